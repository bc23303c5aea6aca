"""The chains of arptables as nf_tables has them, in its table `arp filter`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft.numbers import TableKey
from vnetsim.netfilter.nft.stateful import CounterState
from vnetsim.netfilter.nft.tables import NftChain, NftTable
from vnetsim.programs.arptables.arguments import BUILTIN
from vnetsim.programs.arptables.rule import ArpRule

KEY: Final = ("arp", "filter")


class ArpChains:
    """What is there; NotModelled for a rule or a base chain that arptables has not made."""

    def __init__(self, tables: Mapping[TableKey, NftTable]) -> None:
        self.table = tables.get(KEY)
        self.chains: dict[str, NftChain] = {} if self.table is None else self.table.chains
        for name, chain in self.chains.items():
            if (chain.hook is not None) != (name in BUILTIN):
                raise NotModelled(f"arptables beside the chain {name}, which nft made")

    @property
    def names(self) -> list[str]:
        """INPUT and OUTPUT, made or not, and those of the user by name."""
        return [*BUILTIN, *sorted(name for name in self.chains if name not in BUILTIN)]

    @property
    def made(self) -> list[str]:
        """Those that are there, INPUT and OUTPUT first."""
        return sorted(self.chains, key=lambda name: [*BUILTIN].index(name) if name in BUILTIN else len(BUILTIN))

    def policy(self, name: str) -> str:
        """- for a chain of the user."""
        if name not in BUILTIN:
            return "-"
        hook = self.chains[name].hook if name in self.chains else None
        return "ACCEPT" if hook is None else hook.policy.upper()

    def rules(self, name: str) -> Iterator[tuple[ArpRule, CounterState]]:
        for entry in self.chains[name].entries if name in self.chains else ():
            rule = ArpRule.of(entry.rule.statements)
            counter = next((state for state in entry.states if isinstance(state, CounterState)), None)
            if rule is None or counter is None:
                raise NotModelled(f"arptables beside the rule of {name} with the handle {entry.handle}, which nft made")
            yield rule, counter

    def references(self, name: str) -> int:
        return sum(rule.jump == name for each in self.chains for rule, _ in self.rules(each))

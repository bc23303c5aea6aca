"""The tables of ebtables in one namespace, and the walk of a frame through them (iptables' nft.c, nft_do_chain).

    tables = EbTables()
    tables.apply(operation)                             # EbtablesRefusal as ebtables says it
    tables.walk("nat", "PREROUTING", frame, reply, bridge) -> EbOutcome

Chains of the user have a policy as well: what becomes of a frame at their end, RETURN unless it is set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.netfilter.ebtables.errors import EbtablesRefusal
from vnetsim.netfilter.ebtables.rules import ACCEPT, CONTINUE, RETURN, EbEntry, EbJump, EbRule, EbRuleText
from vnetsim.netfilter.outcome import RuleHit
from vnetsim.values import define

if TYPE_CHECKING:
    from vnetsim.netfilter.ebtables.frame import FrameInfo
    from vnetsim.wire.mac import Mac

BUILTIN: Final = {
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "OUTPUT", "POSTROUTING"),
}
#: The tables of each hook, in the order of their priorities (enum nf_br_hook_priorities).
HOOKS: Final = {
    "PREROUTING": ("nat",),
    "INPUT": ("filter",),
    "FORWARD": ("filter",),
    "OUTPUT": ("nat", "filter"),
    "POSTROUTING": ("nat",),
}
_MOST_JUMPS: Final = 16


@define(eq=False)
class EbChain:
    name: str
    policy: str
    builtin: bool
    entries: list[EbEntry] = attrs.field(factory=list)


@define
class EbOutcome:
    """ACCEPT or DROP, the rules that matched, and whether the policy decided."""

    verdict: str
    hits: tuple[RuleHit, ...]
    by_policy: bool


def _chains(table: str) -> dict[str, EbChain]:
    return {name: EbChain(name, ACCEPT, True) for name in BUILTIN[table]}


@define(eq=False)
class EbTables:
    """All tables; one that was never named has no chains of the user and no rules."""

    tables: dict[str, dict[str, EbChain]] = attrs.field(factory=lambda: {name: _chains(name) for name in BUILTIN})
    #: The tables that ebtables has made, in the order in which they are saved.
    known: list[str] = attrs.field(factory=list)

    @property
    def active(self) -> bool:
        """Whether any frame may meet a rule or a policy."""
        return any(
            chain.entries or (chain.builtin and chain.policy != ACCEPT)
            for chains in self.tables.values()
            for chain in chains.values()
        )

    def chains(self, table: str) -> dict[str, EbChain]:
        return self.tables[table]

    def chain(self, table: str, name: str) -> EbChain:
        found = self.tables[table].get(name)
        if found is None:
            raise EbtablesRefusal("No chain/target/match by that name", plain=True)
        return found

    def apply(self, operation: Any) -> None:
        """Carry out an operation; EbtablesRefusal leaves all as it was."""
        operation.carry_out(self)
        if operation.table not in self.known:
            self.known.append(operation.table)

    # --- what operations do -----------------------------------------------------------------------------------------

    def insert(self, table: str, name: str, rule: EbRule, place: int | None) -> None:
        chain = self.chain(table, name)
        verb = "RULE_APPEND" if place is None else "RULE_INSERT"
        if rule.problem or not self._fits(table, chain, rule):
            raise EbtablesRefusal(f" {verb} failed (Invalid argument): rule in chain {name}", status=4)
        if place is not None and not 1 <= place <= len(chain.entries) + 1:
            raise EbtablesRefusal("Index of insertion too big", plain=True)
        chain.entries.insert(len(chain.entries) if place is None else place - 1, EbEntry.of(rule))
        if self._loops(table):
            del chain.entries[-1 if place is None else place - 1]
            raise EbtablesRefusal(f" {verb} failed (Too many links): rule in chain {name}", status=4)

    def _fits(self, table: str, chain: EbChain, rule: EbRule) -> bool:
        """Whether the kernel takes the target in this chain."""
        return not chain.builtin or rule.target.where is None or f"{table} {chain.name}" in rule.target.where

    def _loops(self, table: str) -> bool:
        """nf_tables_check_loops."""
        chains = self.tables[table]

        def depth(name: str, seen: tuple[str, ...]) -> bool:
            if name in seen or len(seen) > _MOST_JUMPS:
                return True
            targets = [entry.rule.target for entry in chains[name].entries]
            return any(depth(target.chain, (*seen, name)) for target in targets if isinstance(target, EbJump))

        return any(depth(name, ()) for name in chains)

    def delete(self, table: str, name: str, rule: EbRule) -> None:
        chain = self.chain(table, name)
        found = next((entry for entry in chain.entries if str(entry.rule) == str(rule)), None)
        if found is None:
            raise EbtablesRefusal("Bad rule (does a matching rule exist in that chain?)", plain=True)
        chain.entries.remove(found)

    def delete_at(self, table: str, name: str, first: int, last: int) -> None:
        chain = self.chain(table, name)
        end = len(chain.entries) if last < 0 else last
        if first > len(chain.entries) or end > len(chain.entries):
            raise EbtablesRefusal("Index of deletion too big", plain=True)
        del chain.entries[first - 1 : end]

    def new_chain(self, table: str, name: str, policy: str) -> None:
        if name in self.tables[table]:
            raise EbtablesRefusal("Chain already exists", plain=True)
        self.tables[table][name] = EbChain(name, policy, False)

    def delete_chains(self, table: str, name: str | None) -> None:
        """Of all chains of the user without a name, those that are empty and that nothing leads to."""
        chains = self.tables[table]
        if name is not None:
            chain = self.chain(table, name)
            if chain.builtin or chain.entries or self._callers(table, name):
                raise EbtablesRefusal(f" CHAIN_DEL failed (Device or resource busy): chain {name}", status=4)
            del chains[name]
            return
        for each in [chain for chain in chains.values() if not chain.builtin]:
            if each.entries or self._callers(table, each.name):
                raise EbtablesRefusal(f" CHAIN_DEL failed (Device or resource busy): chain {each.name}", status=4)
            del chains[each.name]

    def _callers(self, table: str, name: str) -> bool:
        return any(
            entry.rule.target == EbJump(name) for chain in self.tables[table].values() for entry in chain.entries
        )

    def rename_chain(self, table: str, old: str, new: str) -> None:
        chains, chain = self.tables[table], self.chain(table, old)
        if new in chains:
            raise EbtablesRefusal("File exists", plain=True)
        chain.name = new
        self.tables[table] = {each.name: each for each in chains.values()}
        for each in chains.values():
            for entry in each.entries:
                if entry.rule.target == EbJump(old):
                    entry.rule = attrs.evolve(entry.rule, target=EbJump(new))
                    entry.text = EbRuleText(str(entry.rule))

    def flush(self, table: str, name: str | None) -> None:
        for chain in self.tables[table].values() if name is None else (self.chain(table, name),):
            chain.entries.clear()

    def zero(self, table: str, name: str | None) -> None:
        for chain in self.tables[table].values() if name is None else (self.chain(table, name),):
            for entry in chain.entries:
                entry.packets = entry.bytes = 0

    def initialise(self, table: str) -> None:
        self.tables[table] = _chains(table)

    # --- frames -----------------------------------------------------------------------------------------------------

    def walk(self, table: str, hook: str, frame: FrameInfo, reply: Callable[[Mac], None], bridge: Mac) -> EbOutcome:
        chains = self.tables[table]
        hits: list[RuleHit] = []
        callers: list[tuple[EbChain, int]] = []
        chain, at = chains[hook], 0
        while True:
            if at == len(chain.entries):
                if chain.policy == RETURN:
                    chain, at = callers.pop()
                    continue
                return EbOutcome(chain.policy, tuple(hits), by_policy=chain.builtin)
            entry, at = chain.entries[at], at + 1
            if not all(test(frame) for test in entry.tests):
                continue
            entry.packets += 1
            entry.bytes += frame.length
            hits.append(RuleHit(f"ebtables {table}", chain.name, at, entry.text))
            target = entry.rule.target
            if isinstance(target, EbJump):
                callers.append((chain, at))
                chain, at = chains[target.chain], 0
                continue
            verdict = target.act(frame, reply, bridge)
            if verdict == RETURN:
                if not callers:
                    return EbOutcome(chain.policy, tuple(hits), by_policy=True)
                chain, at = callers.pop()
            elif verdict != CONTINUE:
                return EbOutcome(verdict, tuple(hits), by_policy=False)

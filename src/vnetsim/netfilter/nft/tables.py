"""Tables, chains and rules of the kernel (struct nft_table, nft_chain, nft_rule)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import attrs

from vnetsim.netfilter.nft.expression import VerdictExpr
from vnetsim.netfilter.nft.location import INTERNAL, Location
from vnetsim.netfilter.nft.numbers import Handles, TableKey
from vnetsim.netfilter.nft.sets import NftObject, NftSet
from vnetsim.netfilter.nft.stateful import Stmt, StmtState
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.verdicts import Verdict
from vnetsim.values import define, frozen

IP_FAMILIES: Final = ("ip", "ip6", "inet")
FAMILIES: Final = (*IP_FAMILIES, "arp", "bridge", "netdev")
#: The hooks of IP and of bridges, with their names in the kernel.
HOOKS: Final = {
    "prerouting": "PREROUTING",
    "input": "INPUT",
    "forward": "FORWARD",
    "postrouting": "POSTROUTING",
    "output": "OUTPUT",
}
#: The hooks that nft knows of each family.
FAMILY_HOOKS: Final = {
    **dict.fromkeys(("ip", "ip6", "bridge"), tuple(HOOKS)), "inet": (*HOOKS, "ingress"),
    "arp": ("input", "forward", "output"), "netdev": ("ingress", "egress"),
}  # fmt: skip
#: Hooks that belong to devices.
DEVICE_HOOKS: Final = ("ingress", "egress")


class Break:
    """The rule does not match."""


BREAK: Final = Break()
#: None goes on to the next statement; a VerdictExpr leads to another chain, or back.
Result: TypeAlias = "Verdict | VerdictExpr | Break | None"
Step: TypeAlias = "Callable[[ChainVisit], Result]"


@frozen
class NftRule:
    """The statements of a rule."""

    statements: tuple[Stmt, ...]
    comment: str | None = None
    location: Location = attrs.field(default=INTERNAL, kw_only=True, eq=False, repr=False)


@define(eq=False)
class NftRuleEntry:
    """A rule of a chain with the states of its statements; `steps` evaluate packets and are compiled on first use."""

    rule: NftRule
    handle: int = 0
    states: tuple[StmtState | None, ...] = attrs.field(init=False)
    steps: tuple[Step, ...] | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.states = tuple(statement.begin() for statement in self.rule.statements)

    def saying(self, statements: tuple[Stmt, ...]) -> NftRuleEntry:
        """The same rule with other statements; its counters go on."""
        entry = NftRuleEntry(NftRule(statements, self.rule.comment), self.handle)
        entry.states = self.states
        return entry

    def __getstate__(self) -> tuple[Any, ...]:
        """All but `steps`, which are functions: a copy compiles them again."""
        return self.rule, self.handle, self.states

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.rule, self.handle, self.states = state
        self.steps = None


@frozen(kw_only=True)
class NftHook:
    """Where a base chain is called from: `kind` is filter, nat or route, `policy` accept or drop.

    `devices` are the names of the devices of an ingress or egress chain, which may be missing.
    """

    kind: str
    hook: str
    priority: int
    policy: str = "accept"
    devices: tuple[str, ...] = ()


@define(eq=False)
class NftChain:
    """`hook` is None for a chain that only rules lead to; `registered` grows from base chain to base chain."""

    name: str
    handle: int = 0
    hook: NftHook | None = None
    comment: str | None = None
    entries: list[NftRuleEntry] = attrs.field(factory=list)
    registered: int = 0

    def copy(self) -> NftChain:
        return NftChain(self.name, self.handle, self.hook, self.comment, [*self.entries], self.registered)

    def entry(self, handle: int) -> NftRuleEntry | None:
        return next((entry for entry in self.entries if entry.handle == handle), None)


@define(eq=False)
class NftFlowtable:
    """Where flows of connections are kept, whose packets leave from the ingress hook of `devices` (nft_flowtable).

    The devices may be missing.
    """

    name: str
    handle: int
    priority: int
    devices: tuple[str, ...]
    counter: bool
    registered: int


@define(eq=False)
class NftTable:
    """Objects by kind and name."""

    family: str
    name: str
    handle: int = 0
    dormant: bool = False
    comment: str | None = None
    handles: Handles = attrs.field(factory=Handles)
    chains: dict[str, NftChain] = attrs.field(factory=dict)
    sets: dict[str, NftSet] = attrs.field(factory=dict)
    objects: dict[tuple[str, str], NftObject] = attrs.field(factory=dict)
    flowtables: dict[str, NftFlowtable] = attrs.field(factory=dict)

    @property
    def key(self) -> TableKey:
        return self.family, self.name

    def copy(self) -> NftTable:
        return NftTable(
            self.family, self.name, self.handle, self.dormant, self.comment, self.handles, dict(self.chains),
            dict(self.sets), dict(self.objects), dict(self.flowtables),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.family} {self.name}"


@define
class ChainVisit:
    """A packet at a chain of a table."""

    packet: PktInfo
    table: NftTable

"""Tables, chains and rules at their positions, with their counters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

import attrs

from vnetsim.netfilter.outcome import RuleHit
from vnetsim.netfilter.packet import MatchKey
from vnetsim.netfilter.rules import Jump, Rule, Test, XtTarget
from vnetsim.netfilter.verdict_cache import VerdictCache
from vnetsim.netfilter.verdicts import ACCEPT, Verdict

#: Built-in chains by table; tables in the order of iptables-save.
BUILTIN: Final = {
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
    "raw": ("PREROUTING", "OUTPUT"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
}


@attrs.define(eq=False)
class IptEntry:
    """A rule at its position: its test of packets, and how many have passed it."""

    rule: Rule
    packets: int = 0
    bytes: int = 0
    tests: tuple[Test, ...] = attrs.field(init=False, repr=False)
    #: Copied from the rule.
    cacheable: bool = attrs.field(init=False, repr=False)
    match_keys: tuple[MatchKey, ...] | None = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.tests, self.cacheable, self.match_keys = self.rule.tests(), self.rule.cacheable, self.rule.match_keys

    def zeroed(self) -> IptEntry:
        """The same rule, newly begun: iptables puts it anew, so that a match which remembers forgets."""
        return IptEntry(self.rule)


class RuleStep(NamedTuple):
    """An entry as the evaluator wants it."""

    tests: tuple[Test, ...]
    entry: IptEntry
    hit: RuleHit
    target: XtTarget | None


class Constraint(NamedTuple):
    """What a rule demands of the chains that lead to it: one of these hooks, or that a jump makes no loop."""

    hooks: frozenset[str] | None
    jump: str | None


@attrs.define(eq=False)
class Chain:
    """`policy` is None for a user-defined chain.  A built-in chain is walked once it is `present`.

    `packets` and `bytes` are what fell through, if it is `counting`.  Entries are only changed in a copy, before
    `steps` or `constraints` are read.
    """

    table: str
    name: str
    policy: Verdict | None = None
    present: bool = True
    counting: bool = False
    packets: int = 0
    bytes: int = 0
    entries: list[IptEntry] = attrs.field(factory=list)
    _steps: tuple[RuleStep, ...] | None = attrs.field(init=False, default=None)
    _constraints: tuple[Constraint, ...] | None = attrs.field(init=False, default=None)

    def copy(self) -> Chain:
        return Chain(
            self.table, self.name, self.policy, self.present, self.counting, self.packets, self.bytes, [*self.entries]
        )

    @property
    def rules(self) -> list[Rule]:
        return [entry.rule for entry in self.entries]

    @property
    def hooked(self) -> bool:
        """Whether packets come here by themselves."""
        return self.present and self.policy is not None

    @property
    def is_untouched(self) -> bool:
        """Whether a built-in chain has its initial policy and no rules."""
        return self.policy == ACCEPT and not self.entries

    def steps(self) -> tuple[RuleStep, ...]:
        if self._steps is None:
            self._steps = tuple(
                RuleStep(entry.tests, entry, RuleHit(self.table, self.name, number, entry.rule), entry.rule.target)
                for number, entry in enumerate(self.entries, start=1)
            )
        return self._steps

    def constraints(self) -> tuple[Constraint, ...]:
        if self._constraints is None:
            self._constraints = tuple(found for entry in self.entries for found in constraints(entry.rule))
        return self._constraints


def constraints(rule: Rule) -> Iterable[Constraint]:
    for extension in rule.extensions:
        if isinstance(extension, Jump):
            yield Constraint(None, extension.chain)
        elif (hooks := extension.hooks) is not None:
            yield Constraint(hooks, None)


@attrs.define(eq=False)
class XtTable:
    """`verdict_caches` are the memories of its built-in chains; who changes a table makes a new one."""

    name: str
    chains: dict[str, Chain]
    verdict_caches: defaultdict[str, VerdictCache] = attrs.field(init=False, factory=lambda: defaultdict(VerdictCache))

    @classmethod
    def new(cls, name: str) -> XtTable:
        """With its built-in chains, none of which is present yet."""
        return cls(name, {chain: Chain(name, chain, ACCEPT, present=False) for chain in BUILTIN[name]})

    def listed(self) -> list[Chain]:
        """In the order of `iptables -L`: built-in chains, then the others by name."""
        own = sorted(name for name, chain in self.chains.items() if chain.policy is None)
        return [self.chains[name] for name in (*BUILTIN[self.name], *own)]

    def references(self, name: str) -> int:
        """How many rules lead to the chain `name`."""
        return sum(found.jump == name for chain in self.chains.values() for found in chain.constraints())

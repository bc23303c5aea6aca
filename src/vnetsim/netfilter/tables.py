"""Tables, chains and rules at their positions, with their counters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import Final, NamedTuple, TypeVar

import attrs

from vnetsim.netfilter.outcome import RuleHit
from vnetsim.netfilter.packet import MatchKey
from vnetsim.netfilter.rules import Jump, Rule, Test, XtTarget
from vnetsim.netfilter.verdict_cache import VerdictCache
from vnetsim.netfilter.verdicts import ACCEPT, Verdict
from vnetsim.values import define
from vnetsim.wire.inet import Address

#: Built-in chains by table; tables in the order of iptables-save.
BUILTIN: Final = {
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
    "raw": ("PREROUTING", "OUTPUT"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
}

_Key = TypeVar("_Key", bound=Hashable)

#: A chain of so few rules is searched from its beginning.
_FEW: Final = 8
#: A packet that comes to a chain of more rules is held against those for its destination only.
LONG: Final = 32


@define(eq=False)
class IptEntry:
    """A rule at its position: its test of packets, and how many have passed it."""

    rule: Rule
    packets: int = 0
    bytes: int = 0
    #: The number that nf_tables gives it, once it is committed.
    handle: int = 0
    #: Copied from the rule by `begin`.
    tests: tuple[Test, ...] | None = attrs.field(init=False, default=None, repr=False)
    cacheable: bool = attrs.field(init=False, default=False, repr=False)
    match_keys: tuple[MatchKey, ...] | None = attrs.field(init=False, default=None, repr=False)
    _constraints: Sequence[Constraint] | None = attrs.field(init=False, default=None, repr=False)

    @property
    def constraints(self) -> Sequence[Constraint]:
        """What the rule demands; most demand nothing."""
        if self._constraints is None:
            self._constraints = constraints(self.rule)
        return self._constraints

    def begin(self) -> tuple[Test, ...]:
        """What a packet must pass; called when the first one comes."""
        if self.tests is None:
            self.tests, self.cacheable, self.match_keys = self.rule.tests(), self.rule.cacheable, self.rule.match_keys
        return self.tests

    def zeroed(self) -> IptEntry:
        """The same rule, newly begun: iptables puts it anew, so that a match which remembers forgets."""
        return IptEntry(self.rule, handle=self.handle)


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


class ByDestination:
    """The entries of a long chain and their numbers, by the one address that their packets go to."""

    def __init__(self) -> None:
        self._others: list[tuple[int, IptEntry]] = []
        self._by_address: dict[Address, list[tuple[int, IptEntry]]] = {}

    def append(self, entry: IptEntry, number: int) -> None:
        to = entry.rule.destination
        if to is None or to.negated or to.mask != (1 << to.address.bits) - 1:
            self._others.append((number, entry))
        else:
            self._by_address.setdefault(to.address, []).append((number, entry))

    def of(self, address: Address) -> Iterable[tuple[int, IptEntry]]:
        """In the order of their numbers."""
        own = self._by_address.get(address)
        return self._others if own is None else merge(own, self._others)


@define(eq=False)
class Chain:
    """`policy` is None for a user-defined chain.  A built-in chain is walked once it is `present`.

    `packets` and `bytes` are what fell through, if it is `counting`.  Entries are only changed in a successor, before
    its `steps` are read.
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
    #: How often each rule is in it, and each constraint, and how many need connection tracking, once needed.
    _rules: dict[Rule, int] | None = attrs.field(init=False, default=None)
    _constraints: dict[Constraint, int] | None = attrs.field(init=False, default=None)
    _tracking: int | None = attrs.field(init=False, default=None)
    _by_destination: ByDestination | None = attrs.field(init=False, default=None)

    def successor(self) -> Chain:
        """To be changed, with the same list of entries: who gives it up undoes what was done to the list.

        It takes over the counts of rules, which are made again for this one if they are needed.
        """
        new = Chain(
            self.table, self.name, self.policy, self.present, self.counting, self.packets, self.bytes, self.entries
        )
        new._rules, new._constraints, new._tracking = self._rules, self._constraints, self._tracking
        new._by_destination = self._by_destination
        self._rules = self._constraints = self._tracking = self._by_destination = None
        return new

    def insert(self, at: int, entry: IptEntry) -> None:
        if self._by_destination is not None and at == len(self.entries):
            self._by_destination.append(entry, at + 1)
        else:
            self._by_destination = None
        self.entries.insert(at, entry)
        self._count(entry.rule, 1)

    def remove(self, at: int) -> IptEntry:
        entry = self.entries.pop(at)
        self._by_destination = None
        self._count(entry.rule, -1)
        return entry

    def clear(self) -> None:
        self.entries = []
        self._rules = self._constraints = self._tracking = self._by_destination = None

    def zero(self) -> None:
        self.entries = [entry.zeroed() for entry in self.entries]
        self._by_destination = None

    def _count(self, rule: Rule, times: int) -> None:
        if self._rules is not None:
            _add(self._rules, rule, times)
        if self._tracking is not None and rule.tracks:
            self._tracking += times
        if self._constraints is not None:
            for constraint in constraints(rule):
                _add(self._constraints, constraint, times)

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
            self._steps = tuple(self._step(entry, number) for number, entry in enumerate(self.entries, start=1))
        return self._steps

    @property
    def is_long(self) -> bool:
        """Whether the rules for a destination are worth being looked up."""
        return len(self.entries) > LONG

    def steps_to(self, destination: Address) -> Iterator[RuleStep]:
        """The steps that a packet to an address may pass: all but those of rules for another address."""
        if self._by_destination is None:
            self._by_destination = ByDestination()
            for number, entry in enumerate(self.entries, start=1):
                self._by_destination.append(entry, number)
        return (self._step(entry, number) for number, entry in self._by_destination.of(destination))

    def _step(self, entry: IptEntry, number: int) -> RuleStep:
        hit = RuleHit(self.table, self.name, number, entry.rule)
        return RuleStep(entry.begin(), entry, hit, entry.rule.target)

    def has(self, rule: Rule) -> bool:
        if len(self.entries) <= _FEW:
            return any(entry.rule == rule for entry in self.entries)
        if self._rules is None:
            self._rules = dict(Counter(entry.rule for entry in self.entries))
        return rule in self._rules

    @property
    def tracks(self) -> bool:
        """Whether a rule needs connection tracking."""
        if self._tracking is None:
            self._tracking = sum(entry.rule.tracks for entry in self.entries)
        return self._tracking > 0

    def constraints(self) -> Mapping[Constraint, int]:
        """Those of its rules, and of how many; in no particular order."""
        if self._constraints is not None:
            return self._constraints
        found: dict[Constraint, int] = {}
        for constraint in self.constraints_in_order():
            _add(found, constraint, 1)
        if len(self.entries) > _FEW:
            self._constraints = found
        return found

    def demands(self) -> Iterable[Constraint]:
        """Its constraints in no particular order; those of many rules are counted, each once."""
        return self.constraints_in_order() if len(self.entries) <= _FEW else self.constraints()

    def constraints_in_order(self) -> list[Constraint]:
        return [found for entry in self.entries for found in entry.constraints]


def _add(counts: dict[_Key, int], key: _Key, times: int) -> None:
    counts[key] = counts.get(key, 0) + times
    if not counts[key]:
        del counts[key]


def constraints(rule: Rule) -> Sequence[Constraint]:
    found = []
    for extension in rule.extensions:
        if isinstance(extension, Jump):
            found.append(Constraint(None, extension.chain))
        elif (hooks := extension.hooks) is not None:
            found.append(Constraint(hooks, None))
    return found or ()


@define(eq=False)
class XtTable:
    """`verdict_caches` are the memories of its built-in chains; who changes a table makes a new one."""

    name: str
    chains: dict[str, Chain]
    _tracks: bool | None = attrs.field(init=False, default=None)
    verdict_caches: defaultdict[str, VerdictCache] = attrs.field(init=False, factory=lambda: defaultdict(VerdictCache))

    @classmethod
    def new(cls, name: str) -> XtTable:
        """With its built-in chains, none of which is present yet."""
        return cls(name, {chain: Chain(name, chain, ACCEPT, present=False) for chain in BUILTIN[name]})

    @property
    def tracks(self) -> bool:
        """Whether a rule needs connection tracking; to be asked when the table is complete."""
        if self._tracks is None:
            self._tracks = any(chain.tracks for chain in self.chains.values())
        return self._tracks

    def listed(self) -> list[Chain]:
        """In the order of `iptables -L`: built-in chains, then the others by name."""
        own = sorted(name for name, chain in self.chains.items() if chain.policy is None)
        return [self.chains[name] for name in (*BUILTIN[self.name], *own)]

    def references(self, name: str) -> int:
        """How many rules lead to the chain `name`."""
        leading = Constraint(None, name)
        return sum(chain.constraints().get(leading, 0) for chain in self.chains.values())

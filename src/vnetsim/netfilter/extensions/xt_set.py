"""Packets in sets: set, and SET, which changes sets (xt_set.c; libxt_set revision 4, libxt_SET revision 3).

Not modelled: `--map-queue` and `--map-prio`; a device that is the port of a bridge (physdev:).
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.ipset.entry import CounterTest, SetLookup
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch, XtTarget
from vnetsim.values import frozen

_MOST_SIDES: Final = 6
_LONGEST_NAME: Final = 31
_LONGEST_TIMEOUT: Final = options.UINT32_MAX - 1
_U64: Final = 2**64 - 1
_MAPS: Final = ("map-mark", "map-prio", "map-queue")


@frozen
class SetReference:
    """A set by its name, and the sides of the packet that are looked for in it."""

    name: str
    sides: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} {','.join(self.sides)}"


@frozen(kw_only=True)
class SetMatch(XtMatch):
    name = "set"
    reference: SetReference
    negated: bool = False
    return_nomatch: bool = False
    counts: bool = True
    subcounts: bool = True
    packets: CounterTest | None = None
    bytes: CounterTest | None = None

    @property
    def sets(self) -> tuple[str, ...]:
        return (self.reference.name,)

    def matches(self, packet: PktInfo) -> bool:
        if packet.context.sets is None:
            return self.negated
        lookup = SetLookup(
            sides=self.reference.sides, size=packet.ip.length, counts=self.counts, subcounts=self.subcounts,
            return_nomatch=self.return_nomatch, packets=self.packets, bytes=self.bytes,
        )  # fmt: skip
        return packet.context.sets().matches(self.reference.name, packet, lookup) != self.negated

    def _words(self, prefix: str) -> str:
        parts = [f"{negation(self.negated)}{prefix}match-set {self.reference}"]
        parts += [f"{prefix}return-nomatch"] if self.return_nomatch else []
        parts += [] if self.counts else [f"! {prefix}update-counters"]
        parts += [] if self.subcounts else [f"! {prefix}update-subcounters"]
        for name, test in (("packets", self.packets), ("bytes", self.bytes)):
            if test is not None:
                parts.append(f"{negation(test.negated)}{prefix}{name}-{test.operator} {test.value}")
        return " ".join(parts)

    def listing(self, _numeric: bool) -> str:
        return self._words("")

    def __str__(self) -> str:
        return f"-m set {self._words('--')}"


@frozen(str=False, kw_only=True)
class SetTarget(XtTarget):
    """`added`, `deleted` and `mapped` are the sets of --add-set, --del-set and --map-set."""

    name = "SET"
    added: SetReference | None = None
    deleted: SetReference | None = None
    mapped: SetReference | None = None
    exist: bool = False
    timeout: int | None = None
    maps: tuple[str, ...] = ()

    @property
    def sets(self) -> tuple[str, ...]:
        return tuple(each.name for each in (self.added, self.deleted, self.mapped) if each is not None)

    def act(self, packet: PktInfo) -> None:
        if packet.context.sets is None:
            return
        sets = packet.context.sets()
        if self.added is not None:
            sets.add_packet(self.added.name, packet, self.added.sides, self.timeout, exist=self.exist)
        if self.deleted is not None:
            sets.delete_packet(self.deleted.name, packet, self.deleted.sides)
        if self.mapped is not None:
            entry = sets.entry_of(self.mapped.name, packet, self.mapped.sides)
            if entry is not None:
                value, mask = entry.mark
                packet.mark = packet.mark & ~mask ^ value

    def _words(self, prefix: str) -> str:
        parts = [f"{prefix}add-set {self.added}"] if self.added else []
        parts += [f"{prefix}exist"] if self.exist and self.added else []
        parts += [f"{prefix}timeout {self.timeout}"] if self.timeout is not None and self.added else []
        parts += [f"{prefix}del-set {self.deleted}"] if self.deleted else []
        parts += [f"{prefix}map-set {self.mapped}"] if self.mapped else []
        return " ".join([*parts, *(prefix + each for each in self.maps)])

    def listing(self, _numeric: bool) -> str:
        return self._words("")

    def __str__(self) -> str:
        return f"SET {self._words('--')}"


@frozen(str=False, kw_only=True)
class MapSetTarget(SetTarget):
    tables = frozenset({"mangle"})


def _reference(text: str, context: ParseContext) -> SetReference:
    name, _, sides_text = text.partition(" ")
    if not sides_text:
        raise ArgumentError(f"--{context.option} requires two args.")
    if len(name) > _LONGEST_NAME:
        raise ArgumentError(f"setname `{name}' too long, max {_LONGEST_NAME} characters.")
    if context.option == "set":
        context.notes.append("--set option deprecated, please use --match-set")
    sides = sides_text.split(",")
    if len(sides) > _MOST_SIDES:
        raise ArgumentError(f"Can't be more src/dst options than {_MOST_SIDES}.")
    if not all(side in ("src", "dst") for side in sides):
        raise ArgumentError("You must spefify (the comma separated list of) 'src' or 'dst'.")
    return SetReference(name, tuple(sides))


def _counter(text: str, _context: ParseContext) -> int:
    value = options.number(text)
    if value is None or value > _U64:
        raise ArgumentError(f"Cannot parse {text} as a counter value")
    return value


def _timeout(text: str, _context: ParseContext) -> int:
    value = options.number(text)
    if value is None or value > _LONGEST_TIMEOUT:
        raise ArgumentError(f"Invalid value for option --timeout or out of range 0-{_LONGEST_TIMEOUT}")
    return value


def _test(parsed: ParsedOptions, counter: str) -> CounterTest | None:
    given = [operator for operator in ("eq", "lt", "gt") if f"{counter}-{operator}" in parsed]
    if len(given) > 1:
        raise ArgumentError(f"only one of the --{counter}-[eq|lt|gt] is allowed")
    if not given:
        return None
    key = f"{counter}-{given[0]}"
    return CounterTest(operator=given[0], value=parsed.get(key), negated=parsed.negated(key))


def _match(parsed: ParsedOptions) -> SetMatch:
    if "match-set" not in parsed:
        raise ArgumentError("You must specify `--match-set' with proper arguments")
    return SetMatch(
        reference=parsed.get("match-set"), negated=parsed.negated("match-set"),
        return_nomatch="return-nomatch" in parsed, counts=not parsed.negated("update-counters"),
        subcounts=not parsed.negated("update-subcounters"), packets=_test(parsed, "packets"),
        bytes=_test(parsed, "bytes"),
    )  # fmt: skip


def _target(parsed: ParsedOptions) -> SetTarget:
    kind = MapSetTarget if "map-set" in parsed else SetTarget
    found = kind(
        added=parsed.get("add-set"), deleted=parsed.get("del-set"), mapped=parsed.get("map-set"),
        exist="exist" in parsed, timeout=parsed.get("timeout"), maps=tuple(each for each in _MAPS if each in parsed),
    )  # fmt: skip
    if not found.sets:
        raise ArgumentError("You must specify either `--add-set' or `--del-set' or `--map-set'")
    if found.mapped is not None and not found.maps:
        raise ArgumentError("You must specify flags `--map-mark' or '--map-prio` or `--map-queue'")
    if found.mapped is not None and found.maps != ("map-mark",):
        raise NotModelled("iptables -j SET --map-prio, --map-queue")
    return found if found.mapped is not None else attrs.evolve(found, maps=())


def _set_option(name: str, **more: Any) -> XtOption:
    return XtOption(name, _reference, repeated=f"--{name} can be specified only once", operands=2, **more)


_COUNTERS: Final = tuple(
    XtOption(f"{counter}-{operator}", _counter, inverts=operator == "eq")
    for counter in ("packets", "bytes")
    for operator in ("eq", "lt", "gt")
)
MATCHES: Final = (
    Extension(
        "set",
        (
            _set_option("match-set", inverts=True),
            _set_option("set", inverts=True, key="match-set"),
            XtOption("return-nomatch"),
            XtOption("update-counters", inverts=True),
            XtOption("update-subcounters", inverts=True),
            *_COUNTERS,
        ),
        _match,
    ),
)
TARGETS: Final = (
    Extension(
        "SET",
        (
            *(_set_option(name, inverts=True) for name in ("add-set", "del-set", "map-set")),
            XtOption("exist"),
            XtOption("timeout", _timeout),
            *(XtOption(name) for name in _MAPS),
        ),
        _target,
    ),
)

"""The TTL or hop limit: ttl, hl, TTL, HL (xt_hl.c, xt_HL.c)."""

from __future__ import annotations

from typing import ClassVar, Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.options import Extension, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch, XtTarget
from vnetsim.values import frozen
from vnetsim.wire import ipv4

_MANGLE: Final = frozenset({"mangle"})
_COMPARISONS: Final = {"eq": "==", "lt": "<", "gt": ">"}


@frozen
class HopLimit(XtMatch):
    """`comparison` is eq, lt or gt; only eq can be negated."""

    comparison: str
    value: int
    negated: bool = False
    field: ClassVar[str]

    def matches(self, packet: PktInfo) -> bool:
        found = packet.hop_limit
        if self.comparison == "eq":
            return (found == self.value) != self.negated
        return found < self.value if self.comparison == "lt" else found > self.value

    def listing(self, _numeric: bool) -> str:
        sign = "!=" if self.negated else _COMPARISONS[self.comparison]
        return f"{self.field} match {self.field} {sign} {self.value}"

    def __str__(self) -> str:
        return f"-m {self.name} {negation(self.negated)}--{self.name}-{self.comparison} {self.value}"


class Ttl(HopLimit):
    __slots__ = ()
    name = "ttl"
    field = "TTL"


class Hl(HopLimit):
    __slots__ = ()
    name = "hl"
    field = "HL"


def _hop_limit_match(kind: type[HopLimit], versions: tuple[int, ...], complaint: str) -> Extension:
    name = kind.name
    keys = [f"{name}-{comparison}" for comparison in _COMPARISONS]

    def build(parsed: ParsedOptions) -> HopLimit:
        key = next(key for key in keys if key in parsed)
        return kind(key[-2:], parsed.get(key), parsed.negated(key))

    def option(name: str, key: str) -> XtOption:
        others = tuple(other for other in keys if other != key)
        return XtOption(name, options.integer(0, 255), inverts=key.endswith("eq"), key=key, excludes=others)

    every = [option(key, key) for key in (keys[1], keys[2], keys[0])]
    return Extension(
        name,
        (*every, *([option("ttl", "ttl-eq")] if name == "ttl" else [])),
        build,
        required=complaint,
        versions=versions,
    )


@frozen(str=False)
class ChangeHopLimit(XtTarget):
    """`change` is set, inc or dec."""

    tables = _MANGLE
    change: str
    value: int

    def act(self, packet: PktInfo) -> None:
        found = packet.hop_limit
        changed = {"set": self.value, "inc": min(255, found + self.value), "dec": max(0, found - self.value)}[
            self.change
        ]
        if isinstance(packet.ip, ipv4.Packet):
            packet.ip = attrs.evolve(packet.ip, ttl=changed)
        else:
            packet.ip = attrs.evolve(packet.ip, hop_limit=changed)

    def listing(self, _numeric: bool) -> str:
        verb = {"set": "set to", "inc": "increment by", "dec": "decrement by"}[self.change]
        return f"{self.name} {verb} {self.value}"

    def __str__(self) -> str:
        return f"{self.name} --{self.name.lower()}-{self.change} {self.value}"


class ChangeTtl(ChangeHopLimit):
    __slots__ = ()
    name = "TTL"


class ChangeHl(ChangeHopLimit):
    __slots__ = ()
    name = "HL"


def _hop_limit_target(kind: type[ChangeHopLimit], versions: tuple[int, ...]) -> Extension:
    prefix = kind.name.lower()
    keys = [f"{prefix}-{change}" for change in ("set", "dec", "inc")]

    def build(parsed: ParsedOptions) -> ChangeHopLimit:
        key = next(key for key in keys if key in parsed)
        return kind(key[-3:], parsed.get(key))

    every = tuple(
        XtOption(
            key, options.integer(0 if key.endswith("set") else 1, 255), excludes=tuple(o for o in keys if o != key)
        )
        for key in keys
    )
    return Extension(kind.name, every, build, required=f"{kind.name}: You must specify an action", versions=versions)


MATCHES: Final = (
    _hop_limit_match(Ttl, (4,), "TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt"),
    _hop_limit_match(Hl, (6,), "HL match: You must specify one of `--hl-eq', `--hl-lt', `--hl-gt'"),
)


TARGETS: Final = (
    _hop_limit_target(ChangeTtl, (4,)),
    _hop_limit_target(ChangeHl, (6,)),
)

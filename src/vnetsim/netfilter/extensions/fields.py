"""Matches and targets of fields of the IP header: length, ttl, hl, tos, dscp; TTL, HL, TOS, DSCP.

Follows xt_length.c, xt_hl.c, xt_dscp.c, xt_HL.c, xt_DSCP.c.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Context, Extension, Option, Said, negation
from vnetsim.netfilter.packet import Packet
from vnetsim.netfilter.rules import Match, Target
from vnetsim.wire import ipv4

_MANGLE: Final = frozenset({"mangle"})


@attrs.frozen
class Length(Match):
    """Bytes of the packet from its IP header on."""

    name = "length"
    first: int
    last: int
    negated: bool = False

    def matches(self, packet: Packet) -> bool:
        return (self.first <= packet.ip.length <= self.last) != self.negated

    @property
    def _words(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}:{self.last}"

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"length {'!' if self.negated else ''}{self._words}"

    def __str__(self) -> str:
        return f"-m length {negation(self.negated)}--length {self._words}"


def _length(said: Said, context: Context) -> Length:
    del context
    first, last = said.get("length")
    return Length(first, last, said.negated("length"))


# --- time to live --------------------------------------------------------------------------------------------------

_COMPARISONS: Final = {"eq": "==", "lt": "<", "gt": ">"}


@attrs.frozen
class HopLimit(Match):
    """`comparison` is eq, lt or gt; only eq can be negated."""

    comparison: str
    value: int
    negated: bool = False
    field: ClassVar[str]

    def matches(self, packet: Packet) -> bool:
        found = packet.hop_limit
        if self.comparison == "eq":
            return (found == self.value) != self.negated
        return found < self.value if self.comparison == "lt" else found > self.value

    def listing(self, numeric: bool) -> str:
        del numeric
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

    def check(said: Said, context: Context) -> None:
        del context
        if not said:
            raise ArgumentError(complaint)

    def build(said: Said, context: Context) -> HopLimit:
        del context
        key = next(key for key in keys if key in said)
        return kind(key[-2:], said.get(key), said.negated(key))

    def option(said_as: str, key: str) -> Option:
        others = tuple(other for other in keys if other != key)
        return Option(said_as, options.integer(0, 255), inverts=key.endswith("eq"), key=key, excludes=others)

    every = [option(key, key) for key in (keys[1], keys[2], keys[0])]
    return Extension(name, (*every, *([option("ttl", "ttl-eq")] if name == "ttl" else [])), build, check, versions)


@attrs.frozen(str=False)
class ChangeHopLimit(Target):
    """`change` is set, inc or dec."""

    tables = _MANGLE
    change: str
    value: int

    def act(self, packet: Packet) -> None:
        found = packet.hop_limit
        changed = {"set": self.value, "inc": min(255, found + self.value), "dec": max(0, found - self.value)}[
            self.change
        ]
        if isinstance(packet.ip, ipv4.Packet):
            packet.ip = attrs.evolve(packet.ip, ttl=changed)
        else:
            packet.ip = attrs.evolve(packet.ip, hop_limit=changed)

    def listing(self, numeric: bool) -> str:
        del numeric
        word = {"set": "set to", "inc": "increment by", "dec": "decrement by"}[self.change]
        return f"{self.name} {word} {self.value}"

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

    def check(said: Said, context: Context) -> None:
        del context
        if not said:
            raise ArgumentError(f"{kind.name}: You must specify an action")

    def build(said: Said, context: Context) -> ChangeHopLimit:
        del context
        key = next(key for key in keys if key in said)
        return kind(key[-3:], said.get(key))

    every = tuple(
        Option(key, options.integer(0 if key.endswith("set") else 1, 255), excludes=tuple(o for o in keys if o != key))
        for key in keys
    )
    return Extension(kind.name, every, build, check, versions)


# --- type of service -----------------------------------------------------------------------------------------------

_SERVICES: Final = {
    "Minimize-Delay": 0x10, "Maximize-Throughput": 0x08, "Maximize-Reliability": 0x04, "Minimize-Cost": 0x02,
    "Normal-Service": 0x00,
}  # fmt: skip
#: A name stands for the bits of RFC 1349 and the precedence above them.
_NAMED_MASK: Final = 0x3F


def _named(value: int, mask: int) -> str | None:
    return next((name for name, bits in _SERVICES.items() if bits == value), None) if mask == _NAMED_MASK else None


def _tos_value(text: str, context: Context) -> tuple[int, int]:
    """Value and mask, by number or name."""
    del context
    value, rest = options.leading_number(text)
    if value is None or value > 0xFF:
        named = [name for name in _SERVICES if name.lower() == text.lower()]
        if not named:
            raise ArgumentError(f'Symbolic name "{text}" is unknown')
        return _SERVICES[named[0]], _NAMED_MASK
    mask = options.number(rest[1:]) if rest[:1] == "/" else None if rest else 0xFF
    if mask is None or mask > 0xFF:
        raise ArgumentError(f'Illegal value: "{text}"')
    return value, mask


@attrs.frozen
class Tos(Match):
    """The bits in `mask` are `value`."""

    name = "tos"
    value: int
    mask: int = 0xFF
    negated: bool = False

    def matches(self, packet: Packet) -> bool:
        return (packet.tos & self.mask == self.value) != self.negated

    def listing(self, numeric: bool) -> str:
        name = None if numeric else _named(self.value, self.mask)
        value = f"0x{self.value:02x}/0x{self.mask:02x}" if name is None else f" {name}"
        return f"tos match{'!' if self.negated else ''}{value}"

    def __str__(self) -> str:
        return f"-m tos {negation(self.negated)}--tos 0x{self.value:02x}/0x{self.mask:02x}"


def _tos(said: Said, context: Context) -> Tos:
    del context
    value, mask = said.get("tos")
    return Tos(value, mask, said.negated("tos"))


def _with_tos(packet: Packet, tos: int) -> None:
    if isinstance(packet.ip, ipv4.Packet):
        packet.ip = attrs.evolve(packet.ip, tos=tos)
    else:
        packet.ip = attrs.evolve(packet.ip, traffic_class=tos)


@attrs.frozen(str=False)
class SetTos(Target):
    """The bits in `mask` are cleared, then those in `value` turned."""

    name = "TOS"
    tables = _MANGLE
    value: int
    mask: int = 0xFF

    def act(self, packet: Packet) -> None:
        _with_tos(packet, (packet.tos & ~self.mask) ^ self.value)

    def listing(self, numeric: bool) -> str:
        if numeric:
            return f"TOS set 0x{self.value:02x}/0x{self.mask:02x}"
        name = _named(self.value, self.mask)
        if name is not None:
            return f" TOS set{name}"
        if self.value == self.mask:
            return f"TOS or 0x{self.value:02x}"
        if self.mask == 0:
            return f"TOS xor 0x{self.value:02x}"
        if self.value == 0:
            return f"TOS and 0x{~self.mask & 0xFF:02x}"
        return f"TOS set 0x{self.value:02x}/0x{self.mask:02x}"

    def __str__(self) -> str:
        return f"TOS --set-tos 0x{self.value:02x}/0x{self.mask:02x}"


def _set_tos_check(said: Said, context: Context) -> None:
    del context
    if not said:
        raise ArgumentError("TOS: An action is required")


def _set_tos(said: Said, context: Context) -> SetTos:
    del context
    if "set-tos" in said:
        return SetTos(*said.get("set-tos"))
    bits = said.get("and-tos")
    if bits is not None:
        return SetTos(0, ~bits & 0xFF)
    bits = said.get("or-tos")
    return SetTos(said.get("xor-tos"), 0) if bits is None else SetTos(bits, bits)


# --- differentiated services (RFC 2474) ----------------------------------------------------------------------------

_CLASSES: Final = (
    {f"CS{n}": n << 3 for n in range(8)}
    | {"BE": 0, "EF": 0x2E}
    | {f"AF{n}{drop}": n << 3 | drop << 1 for n in range(1, 5) for drop in range(1, 4)}
)


def _class(text: str, context: Context) -> int:
    del context
    if text.upper() not in _CLASSES:
        raise ArgumentError(f"Invalid DSCP value `{text}'")
    return _CLASSES[text.upper()]


@attrs.frozen
class Dscp(Match):
    name = "dscp"
    value: int
    negated: bool = False

    def matches(self, packet: Packet) -> bool:
        return (packet.tos >> 2 == self.value) != self.negated

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"DSCP match {'!' if self.negated else ''}0x{self.value:02x}"

    def __str__(self) -> str:
        return f"-m dscp {negation(self.negated)}--dscp 0x{self.value:02x}"


@attrs.frozen(str=False)
class SetDscp(Target):
    """The two bits of explicit congestion notification stay."""

    name = "DSCP"
    tables = _MANGLE
    value: int

    def act(self, packet: Packet) -> None:
        _with_tos(packet, packet.tos & 3 | self.value << 2)

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"DSCP set 0x{self.value:02x}"

    def __str__(self) -> str:
        return f"DSCP --set-dscp 0x{self.value:02x}"


def _dscp(said: Said, context: Context) -> Dscp:
    del context
    key = "dscp" if "dscp" in said else "dscp-class"
    return Dscp(said.get(key), said.negated(key))


def _set_dscp(said: Said, context: Context) -> SetDscp:
    del context
    return SetDscp(said.get("set-dscp", said.get("set-dscp-class")))


def _dscp_check(complaint: str) -> Callable[[Said, Context], None]:
    def check(said: Said, context: Context) -> None:
        del context
        if not said:
            raise ArgumentError(complaint)

    return check


def _dscp_options(prefix: str, *, inverts: bool) -> tuple[Option, ...]:
    plain, by_class = f"{prefix}dscp", f"{prefix}dscp-class"
    return (
        Option(plain, options.integer(0, 63), inverts=inverts, excludes=(by_class,)),
        Option(by_class, _class, inverts=inverts, excludes=(plain,)),
    )


MATCHES: Final = (
    Extension("length", (Option("length", options.integers(0xFFFF), inverts=True, mandatory=True),), _length),
    _hop_limit_match(Ttl, (4,), "TTL match: You must specify one of `--ttl-eq', `--ttl-lt', `--ttl-gt"),
    _hop_limit_match(Hl, (6,), "HL match: You must specify one of `--hl-eq', `--hl-lt', `--hl-gt'"),
    Extension("tos", (Option("tos", _tos_value, inverts=True, mandatory=True),), _tos),
    Extension("dscp", _dscp_options("", inverts=True), _dscp, _dscp_check("DSCP match: Parameter --dscp is required")),
)
TARGETS: Final = (
    _hop_limit_target(ChangeTtl, (4,)),
    _hop_limit_target(ChangeHl, (6,)),
    Extension(
        "TOS",
        (
            Option("set-tos", _tos_value, excludes=("and-tos", "or-tos", "xor-tos")),
            *(Option(f"{verb}-tos", options.integer(0, 255)) for verb in ("and", "or", "xor")),
        ),
        _set_tos,
        _set_tos_check,
    ),
    Extension(
        "DSCP",
        _dscp_options("set-", inverts=False),
        _set_dscp,
        _dscp_check("DSCP target: Parameter --set-dscp is required"),
    ),
)

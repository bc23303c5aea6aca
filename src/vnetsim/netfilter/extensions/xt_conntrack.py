"""The connection that a packet belongs to: conntrack, state (xt_conntrack.c, xt_state.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from vnetsim.netfilter import options
from vnetsim.netfilter import packet as read
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_tcpudp import PortRange
from vnetsim.netfilter.header import contiguous_length
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParseContext, ParsedOptions, Reader, XtOption, negation
from vnetsim.netfilter.packet import ConntrackInfo, MatchKey, PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

_STATES: Final = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT")
_STATUSES: Final = ("EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED")


def _in_state(packet: PktInfo, states: tuple[str, ...]) -> bool:
    if packet.ctstate in states:
        return True
    connection = packet.connection
    if connection is None:
        return False
    return any(translated in states and translated in connection.status for translated in ("SNAT", "DNAT"))


def _state_match_keys(match: XtMatch, states: tuple[str, ...]) -> tuple[MatchKey, ...]:
    return (match.matches,) if "SNAT" in states or "DNAT" in states else (read.ctstate,)


@frozen
class StateMatch(XtMatch):
    """`-m state`: an older name for part of conntrack."""

    name = "state"
    tracks = True
    cacheable = True
    states: tuple[str, ...]
    negated: bool = False

    @property
    def match_keys(self) -> tuple[MatchKey, ...]:
        return _state_match_keys(self, self.states)

    def matches(self, packet: PktInfo) -> bool:
        return _in_state(packet, self.states) != self.negated

    def listing(self, _numeric: bool) -> str:
        return f"{negation(self.negated)}state {','.join(self.states)}"

    def __str__(self) -> str:
        return f"-m state {negation(self.negated)}--state {','.join(self.states)}"


@frozen
class Criterion:
    """One option of `-m conntrack`."""

    option: ClassVar[str]
    #: As of matches.
    cacheable: ClassVar[bool] = True

    @property
    def value_text(self) -> str:
        raise NotImplementedError

    def value_listing(self, _numeric: bool, /) -> str:
        """As `iptables -L` shows the value."""
        return self.value_text

    @property
    def label(self) -> str:
        return self.option


@frozen
class CtState(Criterion):
    option = "ctstate"
    states: tuple[str, ...]
    negated: bool = False

    @property
    def value_text(self) -> str:
        return ",".join(self.states)


@frozen
class _OfConnection(Criterion):
    """A criterion that no packet without a connection fits."""

    def holds(self, connection: ConntrackInfo, packet: PktInfo, /) -> bool:
        raise NotImplementedError


@frozen
class CtProtocol(_OfConnection):
    option = "ctproto"
    number: int
    negated: bool = False

    def holds(self, connection: ConntrackInfo, _packet: PktInfo) -> bool:
        return (connection.original.protocol == self.number) != self.negated

    @property
    def value_text(self) -> str:
        return str(self.number)


def _side(connection: ConntrackInfo, which: str) -> tuple[Address, int]:
    flow = connection.original if which.startswith("orig") else connection.reply
    return (flow.source, flow.source_port) if which.endswith("src") else (flow.destination, flow.destination_port)


@frozen
class CtAddress(_OfConnection):
    """`which` is origsrc, origdst, replsrc or repldst; host bits of `address` are kept, as iptables keeps them."""

    which: str
    address: Address
    mask: int
    negated: bool = False

    def holds(self, connection: ConntrackInfo, _packet: PktInfo) -> bool:
        found, _ = _side(connection, self.which)
        return ((found ^ self.address) & self.mask == 0) != self.negated

    @property
    def label(self) -> str:
        return f"ct{self.which}"

    def value_listing(self, numeric: bool) -> str:
        return self.value_text if numeric or self.address else "anywhere"

    def value_named(self, name: Callable[[Address], str]) -> str:
        if not self.address:
            return "anywhere"
        _, slash, length = self.value_text.partition("/")
        return f"{name(self.address)}{slash}{length}"

    @property
    def value_text(self) -> str:
        bits = self.address.bits
        length = contiguous_length(self.mask, bits)
        if length == bits:
            return str(self.address)
        return f"{self.address}/{type(self.address)(self.mask) if length is None else length}"


@frozen
class CtPort(_OfConnection):
    """`which` as in CtAddress."""

    which: str
    ports: PortRange

    @property
    def negated(self) -> bool:
        return self.ports.negated

    def holds(self, connection: ConntrackInfo, _packet: PktInfo) -> bool:
        return _side(connection, self.which)[1] in self.ports

    @property
    def label(self) -> str:
        return f"ct{self.which}port"

    @property
    def value_text(self) -> str:
        return str(self.ports)


@frozen
class CtStatus(_OfConnection):
    """Any of `statuses`; none of them (NONE) is true of no connection, as in the kernel."""

    option = "ctstatus"
    cacheable = False
    statuses: tuple[str, ...]
    negated: bool = False

    def holds(self, connection: ConntrackInfo, _packet: PktInfo) -> bool:
        return any(status in connection.status for status in self.statuses) != self.negated

    @property
    def value_text(self) -> str:
        return ",".join(self.statuses) or "NONE"


@frozen
class CtExpire(_OfConnection):
    """Seconds left, both ends included."""

    option = "ctexpire"
    cacheable = False
    first: int
    last: int
    negated: bool = False

    def holds(self, connection: ConntrackInfo, _packet: PktInfo) -> bool:
        return (self.first <= connection.expires <= self.last) != self.negated

    @property
    def value_text(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}:{self.last}"


@frozen
class CtDirection(_OfConnection):
    option = "ctdir"
    is_reply: bool
    negated: ClassVar[bool] = False

    def holds(self, _connection: ConntrackInfo, packet: PktInfo) -> bool:
        return packet.is_reply == self.is_reply

    @property
    def value_text(self) -> str:
        return "REPLY" if self.is_reply else "ORIGINAL"


AnyCriterion = CtState | CtProtocol | CtAddress | CtPort | CtStatus | CtExpire | CtDirection


@frozen
class Conntrack(XtMatch):
    """All of `criteria`, which are in the order of `iptables -S`."""

    name = "conntrack"
    tracks = True
    criteria: tuple[AnyCriterion, ...]

    @property
    def cacheable(self) -> bool:  # type: ignore[override]  # of the class elsewhere
        return all(criterion.cacheable for criterion in self.criteria)

    @property
    def match_keys(self) -> tuple[MatchKey, ...] | None:
        only = self.criteria[0]
        if len(self.criteria) == 1 and isinstance(only, CtState):
            return _state_match_keys(self, only.states)
        return super().match_keys

    @classmethod
    def state(cls, *states: str) -> Conntrack:
        """`--ctstate STATES`, in the order in which iptables prints them."""
        return cls((CtState(tuple(state for state in _STATES if state in states)),))

    def matches(self, packet: PktInfo) -> bool:
        rest = self.criteria
        if isinstance(rest[0], CtState):
            if _in_state(packet, rest[0].states) == rest[0].negated:
                return False
            rest = rest[1:]
            if packet.connection is None:
                return True
        connection = packet.connection
        return connection is not None and all(
            isinstance(criterion, _OfConnection) and criterion.holds(connection, packet) for criterion in rest
        )

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(c.address for c in self.criteria if isinstance(c, CtAddress) and c.address)

    def listing(self, numeric: bool) -> str:
        return " ".join(f"{negation(c.negated)}{c.label} {c.value_listing(numeric)}" for c in self.criteria)

    def named(self, name: Callable[[Address], str]) -> str:
        values = (c.value_named(name) if isinstance(c, CtAddress) else c.value_listing(False) for c in self.criteria)
        return " ".join(f"{negation(c.negated)}{c.label} {text}" for c, text in zip(self.criteria, values, strict=True))

    def __str__(self) -> str:
        parts = (f"{negation(c.negated)}--{c.label} {c.value_text}" for c in self.criteria)
        return " ".join(("-m conntrack", *parts))


_SIDES: Final = ("origsrc", "origdst", "replsrc", "repldst")


def _parts(known: tuple[str, ...], complaint: str) -> Reader:
    """Names of a list, in any case and order."""

    def read(text: str, _context: ParseContext) -> tuple[str, ...]:
        found, rest = set(), text
        while True:
            token, comma, behind = rest.partition(",")
            if token.upper() not in known:
                raise ArgumentError(complaint.format(rest))
            found.add(token.upper())
            if not comma:
                return tuple(token for token in known if token in found)
            rest = behind

    return read


def _network(text: str, context: ParseContext) -> tuple[Address, int]:
    address_text, slash, length_text = text.partition("/")
    address, bits = options.numeric_host(address_text, context), context.bits
    length = options.prefix_length_or_all(length_text, context) if slash else bits
    return address, (1 << bits) - (1 << bits - length)


def _ct_ports(text: str, context: ParseContext) -> tuple[int, int]:
    first_text, colon, last_text = text.partition(":")
    first = _ct_port(first_text or "0", context)
    return first, _ct_port(last_text or "65535", context) if colon else first


def _ct_port(text: str, context: ParseContext) -> int:
    value = options.number(text)
    found = options.service(text, context.protocol) if value is None else value & 0xFFFF
    if found is None:
        raise ArgumentError(f'Port "{text}" does not resolve to anything.\n')
    return found


def _direction(text: str, context: ParseContext) -> bool:
    if text.upper() not in ("ORIGINAL", "REPLY"):
        raise options.bad_value(text, context)
    return text.upper() == "REPLY"


def _conntrack(parsed: ParsedOptions) -> Conntrack:
    criteria: list[AnyCriterion] = []

    def add(key: str, make: Any) -> None:
        if key in parsed:
            criteria.append(make(parsed.get(key), parsed.negated(key)))

    add("ctstate", CtState)
    add("ctproto", CtProtocol)
    for side in _SIDES:
        add(f"ct{side}", lambda value, negated, side=side: CtAddress(side, value[0], value[1], negated))
    for side in _SIDES:
        add(f"ct{side}port", lambda value, negated, side=side: CtPort(side, PortRange(value[0], value[1], negated)))
    add("ctstatus", CtStatus)
    add("ctexpire", lambda value, negated: CtExpire(value[0], value[1], negated))
    add("ctdir", lambda value, _: CtDirection(value))
    return Conntrack(tuple(criteria))


def _statuses(text: str, context: ParseContext) -> tuple[str, ...]:
    read = _parts((*_STATUSES, "NONE"), 'Bad ctstatus "{}"')
    return tuple(status for status in read(text, context) if status != "NONE")


def _states(text: str, context: ParseContext) -> tuple[str, ...]:
    if not all(text.split(",")):
        raise ArgumentError('"--state" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED')
    states: tuple[str, ...] = _parts(_STATES[:5], 'Bad state "{}"')(text, context)
    return states


def _state(parsed: ParsedOptions) -> StateMatch:
    return StateMatch(parsed.get("state"), parsed.negated("state"))


MATCHES: Final = (
    Extension(
        "conntrack",
        (
            XtOption("ctstate", _parts(_STATES, 'Bad ctstate "{}"'), inverts=True),
            XtOption("ctproto", options.protocol, inverts=True),
            *(XtOption(f"ct{side}", _network, inverts=True) for side in _SIDES),
            *(XtOption(f"ct{side}port", _ct_ports, inverts=True) for side in _SIDES),
            XtOption("ctstatus", _statuses, inverts=True),
            XtOption("ctexpire", options.integers(UINT32_MAX), inverts=True),
            XtOption("ctdir", _direction),
        ),
        _conntrack,
        required="conntrack: At least one option is required",
    ),
    Extension("state", (XtOption("state", _states, inverts=True, mandatory=True),), _state),
)

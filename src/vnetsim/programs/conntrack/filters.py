"""Which connections conntrack lists or changes (src/conntrack.c: filter_nat(), nfct_filter())."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.observations import ConnectionEntry, Flow
from vnetsim.programs.conntrack.arguments import ConntrackArguments, ConntrackError, number
from vnetsim.values import define
from vnetsim.wire.inet import Address, parse_address

Test = Callable[[ConnectionEntry], bool]

_STATUSES: Final = (
    "ASSURED", "SEEN_REPLY", "UNSET", "FIXED_TIMEOUT", "EXPECTED", "OFFLOAD", "HW_OFFLOAD", "UNREPLIED", "SRC_NAT",
    "DST_NAT",
)  # fmt: skip
_IGNORED: Final = {"SRC_NAT": "--src-nat", "DST_NAT": "--dst-nat"}
_HEX: Final = re.compile(r"\s*(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)")
#: The direction and the end that an option is about.
_ENDS: Final = {"s": (0, "source"), "d": (0, "destination"), "r": (1, "source"), "q": (1, "destination")}
_MASKS: Final = {"s": "mask-src", "d": "mask-dst"}
_PORTS: Final = {
    "orig-port-src": (0, "source_port"),
    "orig-port-dst": (0, "destination_port"),
    "reply-port-src": (1, "source_port"),
    "reply-port-dst": (1, "destination_port"),
}


@define(kw_only=True)
class ConntrackFilter:
    """`version` is the family that was named, or that an address is of."""

    version: int | None = None
    tests: list[Test] = attrs.field(factory=list)
    warn: Callable[[str], None]

    def wants(self, entry: ConnectionEntry) -> bool:
        return self.version in (None, entry.version) and all(test(entry) for test in self.tests)

    def family(self, version: int) -> None:
        if self.version not in (None, version):
            raise ConntrackError("mismatched address family")
        self.version = version


def of(arguments: ConntrackArguments, warn: Callable[[str], None]) -> ConntrackFilter:
    """ConntrackError for an invalid address, family or argument."""
    chosen = ConntrackFilter(warn=warn)
    for option, text in arguments.options.items():
        if option == "f":
            if text not in ("ipv4", "ipv6"):
                raise ConntrackError(f"`{text}' unsupported protocol")
            chosen.family(int(text[-1]))
        elif option in _ENDS:
            chosen.tests.append(_end(chosen, arguments, option, text))
        elif option in _MORE:
            chosen.tests.append(_MORE[option](chosen, text))
    if arguments.protocol is not None:
        protocol = arguments.protocol
        chosen.tests.append(lambda entry: entry.original.protocol == protocol)
    _translated(chosen, arguments)
    _take_protocol_options(chosen, arguments)
    return chosen


def _take_protocol_options(chosen: ConntrackFilter, arguments: ConntrackArguments) -> None:
    """The conditions of the protocol's own options."""
    for option, text in arguments.protocol_options.items():
        if option == "state":
            chosen.tests.append(_is_in_state(text))
        elif option in _PORTS:
            direction, port = _PORTS[option]
            chosen.tests.append(_equal(direction, port, number(text) & 0xFFFF))
        elif option == "id":
            chosen.tests.append(_equal(0, "source_port", number(text) & 0xFFFF))
        else:
            shift, value = (8 if option == "type" else 0), number(text) & 0xFF
            chosen.tests.append(_has_kind(shift, value))


def _is_in_state(state: str) -> Test:
    return lambda entry: entry.state == state


def _has_kind(shift: int, value: int) -> Test:
    return lambda entry: entry.original.destination_port >> shift & 0xFF == value


def _flow(entry: ConnectionEntry, direction: int) -> Flow:
    return entry.reply if direction else entry.original


def _equal(direction: int, attribute: str, value: int) -> Test:
    return lambda entry: getattr(_flow(entry, direction), attribute) == value


# --- addresses --------------------------------------------------------------------------------------------------------


def address(text: str) -> Address:
    try:
        return parse_address(text)
    except ValueError:
        raise ConntrackError(f"Invalid IP address `{text}'") from None


def _end(chosen: ConntrackFilter, arguments: ConntrackArguments, option: str, text: str) -> Test:
    token, slash, length = text.partition("/")
    wanted = address(token)
    chosen.family(wanted.version)
    mask = (1 << wanted.bits) - 1
    if slash and length:
        mask = _mask(length, wanted.bits)
    if _MASKS.get(option, "") in arguments:
        mask = int(address(arguments.options[_MASKS[option]]))
    direction, attribute = _ENDS[option]
    return lambda entry: not (getattr(_flow(entry, direction), attribute) ^ wanted) & mask


def _mask(text: str, bits: int) -> int:
    if not is_digits(text) or int(text) > bits:
        raise ConntrackError("Invalid netmask")
    return (1 << bits) - (1 << bits - int(text))


# --- marks, states of tracking, ids -----------------------------------------------------------------------------------


def _unsigned(text: str) -> int:
    """strtoul(3) with base 0."""
    found = _HEX.match(text)
    if not found:
        return 0
    digits = found[1]
    return int(digits, 8) if is_digits(digits) and digits.startswith("0") else int(digits, 0)


def _mark(_: ConntrackFilter, text: str) -> Test:
    value, slash, mask = text.partition("/")
    wanted, bits = _unsigned(value), _unsigned(mask) if slash else 0xFFFFFFFF
    return lambda entry: entry.mark & bits == wanted


def _status(chosen: ConntrackFilter, text: str) -> Test:
    flags = set()
    for token in text.split(","):
        known = next((status for status in _STATUSES if token and status.startswith(token.upper())), None)
        if known is None:
            raise ConntrackError(f"Bad parameter `{token}'")
        if known in _IGNORED:
            chosen.warn(f"WARNING: ignoring {known}, use {_IGNORED[known]} instead\n")
        else:
            flags.add(known)
    if not flags - {"UNSET"}:
        raise ConntrackError("Operation failed: invalid parameters", 1)
    unreplied = "UNREPLIED" in flags
    needed = flags - {"UNREPLIED", "UNSET"}
    return lambda entry: needed <= entry.status and not (unreplied and "SEEN_REPLY" in entry.status)


def _zone(directions: int) -> Callable[[ConntrackFilter, str], Test]:
    def read(_: ConntrackFilter, text: str) -> Test:
        wanted = number(text)
        return lambda entry: entry.zone_as(directions) == wanted

    return read


def _nothing_but_zero(_: ConntrackFilter, text: str) -> Test:
    """Security marks: there is none other than 0."""
    zero = number(text) == 0
    return lambda _: zero


def _id(_: ConntrackFilter, text: str) -> Test:
    wanted = number(text) & 0xFFFFFFFF
    return lambda entry: entry.id == wanted


_MORE: Final[dict[str, Callable[[ConntrackFilter, str], Test]]] = {
    "m": _mark, "u": _status, "w": _zone(3), "c": _nothing_but_zero, "orig-zone": _zone(1), "reply-zone": _zone(2),
    "i": _id,
}  # fmt: skip


# --- translations -----------------------------------------------------------------------------------------------------


def _translated(chosen: ConntrackFilter, arguments: ConntrackArguments) -> None:
    """filter_nat(): -n and -g must both hold, -j is either."""
    if "j" in arguments:
        text = arguments.options["j"]
        one, other = _source(chosen, text), _destination(chosen, text)
        chosen.tests.append(lambda entry: one(entry) or other(entry))
        return
    for option, kind in (("n", _source), ("g", _destination)):
        if option in arguments:
            chosen.tests.append(kind(chosen, arguments.options[option]))


def _source(chosen: ConntrackFilter, text: str) -> Test:
    return _translation(chosen, text, "SRC_NAT_DONE", ("source", "source_port"), ("destination", "destination_port"))


def _destination(chosen: ConntrackFilter, text: str) -> Test:
    return _translation(chosen, text, "DST_NAT_DONE", ("destination", "destination_port"), ("source", "source_port"))


def _translation(
    chosen: ConntrackFilter, text: str, done: str, own: tuple[str, str], answering: tuple[str, str]
) -> Test:
    """Whether NAT changed an end in the reply direction, to the one that was given.

    Of ICMP the identifier is held against type and code, which it never is: such an end counts as another port.
    """
    wanted, port = _address_and_port(chosen, text)

    def test(entry: ConnectionEntry) -> bool:
        if done not in entry.status:
            return False
        moved: bool = getattr(entry.original, own[0]) != getattr(entry.reply, answering[0])
        shifted: bool = getattr(entry.original, own[1]) != getattr(entry.reply, answering[1])
        if wanted is None:
            return moved or shifted
        fits = moved and getattr(entry.reply, answering[0]) == wanted
        return fits and (port is None or (shifted and getattr(entry.reply, answering[1]) == port))

    return test


def _address_and_port(chosen: ConntrackFilter, text: str) -> tuple[Address | None, int | None]:
    if not text:
        return None, None
    token, colon, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    if colon and not port:
        raise ConntrackError("No port specified after `:'")
    wanted = address(token)
    chosen.family(wanted.version)
    if colon and not is_digits(port):
        raise ConntrackError(f"Invalid port `{port}'")
    return wanted, int(port) if colon else None

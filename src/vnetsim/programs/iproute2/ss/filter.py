"""Which sockets `ss` lists: `state established sport = :80 dst 10.0.0.0/8` (iproute2: misc/ss.c, ssfilter.y).

Not modelled: `or`, `not`, parentheses, and conditions other than ports and addresses.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.netfilter.services import service_port
from vnetsim.observations import SocketEntry
from vnetsim.programs.iproute2.lib.arguments import usage_text
from vnetsim.programs.libc.exit import Exit
from vnetsim.values import define
from vnetsim.wire.inet import Address, Prefix, parse_address

_STATES: Final = {
    "established": "ESTAB", "syn-sent": "SYN-SENT", "syn-recv": "SYN-RECV", "fin-wait-1": "FIN-WAIT-1",
    "fin-wait-2": "FIN-WAIT-2", "time-wait": "TIME-WAIT", "closed": "UNCONN", "close-wait": "CLOSE-WAIT",
    "last-ack": "LAST-ACK", "listening": "LISTEN", "closing": "CLOSING",
}  # fmt: skip
ALL_STATES: Final = frozenset(_STATES.values())
_UNCONNECTED: Final = {"LISTEN", "UNCONN"}
_GROUPS: Final = {
    "all": ALL_STATES,
    "connected": ALL_STATES - _UNCONNECTED,
    "synchronized": ALL_STATES - _UNCONNECTED - {"SYN-SENT"},
    "bucket": frozenset({"SYN-RECV", "TIME-WAIT"}),
    "big": ALL_STATES - {"SYN-RECV", "TIME-WAIT"},
}
_OPERATORS: Final[dict[str, Callable[[int, int], bool]]] = {
    "=": operator.eq, "==": operator.eq, "eq": operator.eq, "!=": operator.ne, "ne": operator.ne, "neq": operator.ne,
    ">=": operator.ge, "ge": operator.ge, "geq": operator.ge, "<=": operator.le, "le": operator.le,
    "leq": operator.le, ">": operator.gt, "gt": operator.gt, "<": operator.lt, "lt": operator.lt,
}  # fmt: skip

_SYNTAX: Final = 'ss: bison bellows (while parsing filter): "syntax error!" Sorry.\n'
_CANNOT_PARSE: Final = "Cannot parse dst/src address.\n"
#: The other keywords of ss, all of which may begin a condition.
_OTHERS: Final = ("or", "|", "||", "not", "!", "(", ")", "dev", "fwmark", "cgroup", "autobound")


Condition = Callable[[SocketEntry], bool]


@define
class SocketFilter:
    """`states` None: none were named."""

    states: frozenset[str] | None = None
    conditions: list[Condition] = attrs.field(factory=list)

    def wants(self, socket: SocketEntry) -> bool:
        return all(condition(socket) for condition in self.conditions)


def parse_filter(args: Sequence[str]) -> SocketFilter:
    """The conditions in the arguments; Exit if they make no sense."""
    chosen, rest = SocketFilter(), [part for arg in args for part in arg.split()]
    while rest and rest[0] in ("state", "exclude"):
        verb = rest.pop(0)
        _state(chosen, verb, rest)
    while rest:
        arg = rest.pop(0)
        if arg in ("sport", "dport"):
            chosen.conditions.append(_port(arg == "dport", rest))
        elif arg in ("src", "dst"):
            chosen.conditions.append(_address(arg == "dst", rest))
        elif arg in _OTHERS:
            raise NotModelled(f"ss {arg}")
        elif arg not in ("and", "&&", "&"):
            _prefix(arg)
            raise NotModelled(f"ss {arg}")
    return chosen


def _state(chosen: SocketFilter, verb: str, rest: list[str]) -> None:
    if not rest:
        raise Exit(255, stderr='Command line is not complete. Try option "help"\n')
    arg = rest.pop(0)
    states = frozenset({_STATES[arg]}) if arg in _STATES else _GROUPS.get(arg)
    if states is None:
        raise Exit(255, stderr=f"ss: wrong state name: {arg}\n")
    if verb == "exclude":
        chosen.states = (ALL_STATES if chosen.states is None else chosen.states) - states
    else:
        chosen.states = states | (chosen.states or frozenset())


def _port(remote: bool, rest: list[str]) -> Condition:
    compare = _OPERATORS[rest.pop(0)] if rest and rest[0] in _OPERATORS else operator.eq
    if not rest:
        raise Exit(255, stderr=_SYNTAX + usage_text("ss"))
    wanted = _port_number(rest.pop(0).removeprefix("*").removeprefix(":"))
    return lambda socket: compare(socket.remote_port if remote else socket.local_port, wanted)


def _port_number(text: str) -> int:
    number = int(text) if is_digits(text) else service_port(text)
    if number is None:
        raise Exit(1, stderr=f'Error: "{text}" does not look like a port.\n{_CANNOT_PARSE}')
    return number


def _address(remote: bool, rest: list[str]) -> Condition:
    if rest and rest[0] in ("=", "==", "eq"):
        rest.pop(0)
    if not rest:
        raise Exit(255, stderr=_SYNTAX + usage_text("ss"))
    host, colon, port = _split(rest.pop(0))
    prefix, wanted = _prefix(host), _port_number(port) if colon and port not in ("", "*") else None

    def condition(socket: SocketEntry) -> bool:
        address: Address = socket.remote if remote else socket.local
        number = socket.remote_port if remote else socket.local_port
        matches = prefix is None or (address.version == prefix.version and address in prefix)
        return matches and wanted in (None, number)

    return condition


def _split(text: str) -> tuple[str, str, str]:
    """An address and a port: `10.0.0.1:80`, `[::1]:80`, `fd00::/64`."""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, port[:1], port[1:]
    if text.count(":") > 1:
        return text, "", ""
    return text.partition(":")


def _prefix(text: str) -> Prefix | None:
    if text in ("", "*"):
        return None
    arg, slash, length = text.partition("/")
    try:
        address = parse_address(arg)
        return Prefix.of(address, int(length) if slash else address.bits)
    except ValueError:
        raise Exit(1, stderr=f'Error: an inet prefix is expected rather than "{text}".\n{_CANNOT_PARSE}') from None

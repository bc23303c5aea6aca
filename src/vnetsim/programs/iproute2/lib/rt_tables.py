"""Names for numbers of routing: tables, protocols, types of service, kinds of routes (iproute2: lib/rt_names.c).

Tables that are added to /etc/iproute2/rt_tables are known by their names, too.  Not modelled: realms and the files
in rt_tables.d.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from vnetsim.process.files import Files
from vnetsim.programs.iproute2.lib.arguments import matches, number
from vnetsim.programs.iproute2.lib.rt_names import scope_name
from vnetsim.values import define

RT_TABLES: Final = "/etc/iproute2/rt_tables"

TABLE_DEFAULT: Final = 253
TABLE_MAIN: Final = 254
TABLE_LOCAL: Final = 255

PROTOCOL_BOOT: Final = 3

SCOPE_GLOBAL: Final = 0
SCOPE_LINK: Final = 253
SCOPE_HOST: Final = 254

_TABLES: Final = {0: "unspec", TABLE_DEFAULT: "default", TABLE_MAIN: "main", TABLE_LOCAL: "local"}
_PROTOCOLS: Final = {
    0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra", 10: "mrt", 11: "zebra",
    12: "bird", 13: "dnrouted", 14: "xorp", 15: "ntk", 16: "dhcp", 18: "keepalived", 42: "babel", 99: "openr",
    186: "bgp", 187: "isis", 188: "ospf", 189: "rip", 192: "eigrp",
}  # fmt: skip
#: Differentiated services (RFC 2474), by the whole byte.
_SERVICES: Final = {
    0x00: "default", 0x20: "CS1", 0x28: "AF11", 0x30: "AF12", 0x38: "AF13", 0x40: "CS2", 0x48: "AF21", 0x50: "AF22",
    0x58: "AF23", 0x60: "CS3", 0x68: "AF31", 0x70: "AF32", 0x78: "AF33", 0x80: "CS4", 0x88: "AF41", 0x90: "AF42",
    0x98: "AF43", 0xA0: "CS5", 0xB8: "EF", 0xC0: "CS6", 0xE0: "CS7",
}  # fmt: skip
#: Kinds of routes by their RTN_ number; the empty name of number 0 matches any.
KINDS: Final = (
    "", "unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw",
    "nat", "xresolve",
)  # fmt: skip
#: Which of them may be abbreviated, in the order of matching.
_ABBREVIATED: Final = (
    "broadcast", "anycast", "multicast", "prohibit", "unreachable", "blackhole", "xresolve", "unicast", "throw",
)  # fmt: skip


@define
class RouteNames:
    """The names as one command sees them; `numeric` is `-N`."""

    _files: Files
    numeric: bool = False
    _tables: Mapping[int, str] | None = attrs.field(default=None, init=False)

    @property
    def tables(self) -> Mapping[int, str]:
        """Those of rt_tables, where there is such a file."""
        if self._tables is None:
            text = self._files.read(RT_TABLES) if self._files.exists(RT_TABLES) else None
            self._tables = _TABLES if text is None else _TABLES | parse_names(text)
        return self._tables

    def table(self, value: int) -> str:
        return self._name(self.tables, value)

    def table_number(self, text: str) -> int | None:
        """rtnl_rttable_a2n(): a name or a number; None where it is neither."""
        return _number(self.tables, text, 32)

    def protocol(self, value: int) -> str:
        return self._name(_PROTOCOLS, value)

    def scope(self, value: int) -> str:
        return scope_name(value, numeric=self.numeric)

    def service(self, value: int) -> str:
        """rtnl_dsfield_n2a(): in hexadecimal where it has no name."""
        return f"0x{value:02x}" if self.numeric or value not in _SERVICES else _SERVICES[value]

    def kind(self, kind: str) -> str:
        return str(KINDS.index(kind)) if self.numeric else kind

    def _name(self, names: Mapping[int, str], value: int) -> str:
        return str(value) if self.numeric else names.get(value, str(value))


def protocol_number(text: str) -> int | None:
    """rtnl_rtprot_a2n(); None where `text` is no protocol."""
    return _number(_PROTOCOLS, text, 8)


def service_number(text: str) -> int | None:
    """rtnl_dsfield_a2n(): a number is hexadecimal, with or without 0x; None where `text` is neither."""
    for value, name in _SERVICES.items():
        if name == text:
            return value
    return number(text, 8, 16)


def kind_named(text: str) -> str | None:
    """rtnl_rtntype_a2n(): a kind of route, perhaps abbreviated or by number; None where `text` is none."""
    if text in ("local", "nat"):
        return text
    for kind in _ABBREVIATED:
        if matches(text, kind) or (kind == "broadcast" and text == "brd"):
            return kind
    value = number(text, 8)
    return KINDS[value] if value is not None and value < len(KINDS) else None


def parse_names(text: str) -> dict[int, str]:
    """The lines `NUMBER NAME` of a file in /etc/iproute2; comments and anything else are passed over."""
    names = {}
    for line in text.splitlines():
        args = line.split("#")[0].split()
        value = number(args[0]) if len(args) == 2 else None
        if value is not None:
            names[value] = args[1]
    return names


def _number(names: Mapping[int, str], text: str, bits: int) -> int | None:
    for value, name in names.items():
        if name == text:
            return value
    return number(text, bits)

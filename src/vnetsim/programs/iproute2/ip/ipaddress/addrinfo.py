"""One address as `ip addr` prints it (ip/ipaddress.c: print_addrinfo)."""

from __future__ import annotations

from typing import Final

from vnetsim.observations import AddressEntry
from vnetsim.programs.iproute2.lib.json_print import Color, Iproute2Output
from vnetsim.programs.iproute2.lib.options import Iproute2Options
from vnetsim.programs.iproute2.lib.rt_names import protocol_name, scope_name
from vnetsim.values import frozen

#: The arguments of an address's flags in the order of iproute2.  `dynamic` is the absence of the flag `permanent`.
FLAGS: Final = (
    "secondary", "nodad", "optimistic", "dadfailed", "home", "deprecated", "tentative", "dynamic", "mngtmpaddr",
    "noprefixroute", "autojoin", "stable-privacy",
)  # fmt: skip
_FOREVER: Final = 0xFFFF_FFFF


def flags_of(entry: AddressEntry) -> frozenset[str]:
    """The flags by iproute2's names (`temporary` is IPv6's arg for `secondary`)."""
    flags = {"secondary" if flag == "temporary" else flag for flag in entry.flags}
    return frozenset(flags | {"dynamic"} if entry.valid_seconds is not None else flags)


@frozen
class AddressPrinter:
    """`with_device`: each address is printed with its device (`-o`, and what a flush lists)."""

    out: Iproute2Output
    options: Iproute2Options
    with_device: bool

    def print(self, entry: AddressEntry) -> None:
        out = self.out
        if not self.options.brief:
            self._head(entry)
        self._address(entry)
        if self.options.brief:
            return
        if entry.broadcast is not None:
            out.text("brd ")
            out.both("broadcast", f"{entry.broadcast} ", str(entry.broadcast), _color(entry))
        scope = scope_name(entry.scope, numeric=self.options.numeric)
        out.both("scope", f"scope {scope} ", scope)
        self._flags(entry)
        if self.options.newer and entry.protocol:
            protocol = protocol_name(entry.protocol, numeric=self.options.numeric)
            out.both("protocol", f"proto {protocol} ", protocol)
        if entry.label is not None:
            out.both("label", entry.label, entry.label)
        self._lifetimes(entry)
        out.text("\n")

    def _head(self, entry: AddressEntry) -> None:
        out = self.out
        if self.with_device:
            out.text(f"{entry.index}: {entry.device}")
            out.data("index", entry.index)
            out.data("dev", entry.device)
        family = "inet" if entry.address.version == 4 else "inet6"
        out.both("family", f"    {family} ", family)

    def _address(self, entry: AddressEntry) -> None:
        out, color = self.out, _color(entry)
        out.both("local", str(entry.address), str(entry.address), color)
        if entry.peer is not None and entry.peer != entry.address:
            out.text(" peer ")
            out.both("address", str(entry.peer), str(entry.peer), color)
        out.both("prefixlen", f"/{entry.length} ", entry.length)
        if entry.metric:
            out.both("metric", f"metric {entry.metric} ", entry.metric)

    def _flags(self, entry: AddressEntry) -> None:
        flags = flags_of(entry)
        for flag in FLAGS:
            if flag in flags:
                arg = "temporary" if flag == "secondary" and entry.address.version == 6 else flag
                self.out.both(arg, f"{arg} ", value=True)

    def _lifetimes(self, entry: AddressEntry) -> None:
        out = self.out
        out.line()
        out.text("       valid_lft ")
        self._lifetime("valid_life_time", entry.valid_seconds)
        out.text(" preferred_lft ")
        self._lifetime("preferred_life_time", entry.preferred_seconds)

    def _lifetime(self, key: str, seconds: int | None) -> None:
        if seconds is None:
            self.out.both(key, "forever", _FOREVER)
        else:
            self.out.both(key, f"{seconds}sec", seconds)


def _color(entry: AddressEntry) -> Color:
    return Color.INET if entry.address.version == 4 else Color.INET6

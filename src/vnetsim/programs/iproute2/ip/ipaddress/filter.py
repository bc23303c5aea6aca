"""Which devices and addresses `ip link show`, `ip addr show` and `ip addr flush` are about (ip/ipaddress.c)."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.observations import AddressEntry, Link
from vnetsim.programs.iproute2.ip.ipaddress.addrinfo import flags_of
from vnetsim.programs.iproute2.lib.arguments import (
    Iproute2Error,
    Request,
    duparg2,
    invarg,
    matches,
    number,
    usage,
    valid,
)
from vnetsim.programs.iproute2.lib.ll_map import looked_up
from vnetsim.programs.iproute2.lib.prefixes import PrefixArg, get_prefix
from vnetsim.programs.iproute2.lib.rt_names import group_number, scope_number
from vnetsim.programs.iproute2.lib.vrf import by_vrf_name
from vnetsim.values import define
from vnetsim.wire.inet import Prefix

#: Kinds that the kernel has registered: it filters by them itself.
_KERNEL_KINDS: Final = frozenset({"bridge", "ifb", "macvlan", "macvtap", "tun", "veth", "vxlan"})
_ADDRESS_FLAGS: Final = frozenset(
    {
        "secondary", "temporary", "nodad", "optimistic", "dadfailed", "home", "deprecated", "tentative", "permanent",
        "mngtmpaddr", "noprefixroute", "autojoin", "stable-privacy",
    }
)  # fmt: skip


@define
class Filter:
    """The conditions of a listing.  `master` -1 is `nomaster`; `flags` holds the tested flags and their values."""

    family: int | None
    to: PrefixArg | None = None
    scope: int | None = None
    up: bool = False
    down: bool = False
    protocol: int | None = None
    flags: dict[str, bool] = attrs.field(factory=dict)
    label: str | None = None
    group: int | None = None
    master: int = 0
    kind: str | None = None
    port_kind: str | None = None
    device: str | None = None
    index: int = 0

    def wants_address(self, entry: AddressEntry) -> bool:
        """All conditions on an address, its family included."""
        if self.family is not None and entry.address.version != self.family:
            return False
        if self.scope is not None and entry.scope != self.scope:
            return False
        if self.label is not None and not fnmatch.fnmatchcase(entry.label or entry.device, self.label):
            return False
        if self.protocol is not None and entry.protocol not in (0, self.protocol):
            return False
        return self._wants_flags(entry) and self._wants_prefix(entry)

    def _wants_flags(self, entry: AddressEntry) -> bool:
        present = flags_of(entry)
        return all((self._is_set(flag, present)) == wanted for flag, wanted in self.flags.items())

    @staticmethod
    def _is_set(flag: str, present: frozenset[str]) -> bool:
        return "dynamic" not in present if flag == "permanent" else flag in present

    def _wants_prefix(self, entry: AddressEntry) -> bool:
        if self.to is None or self.to.version is None or self.to.length <= 0:
            return True
        return entry.address.version == self.to.version and entry.address in Prefix.of(self.to.address, self.to.length)

    def wants_flag_up(self, link: Link) -> bool:
        """`up` and `down`."""
        return not (self.down if "UP" in link.flags else self.up)

    def wants_link(self, link: Link, master: Link | None) -> bool:
        """iproute2's conditions on a device beyond its number and being up."""
        if self.group is not None and link.group != self.group:
            return False
        if self.master > 0 and (master is None or master.index != self.master):
            return False
        if self.kind is not None and link.kind != self.kind:
            return False
        of_kind = "bridge" if link.port is not None else None if link.slave is None else link.slave[0]
        return self.port_kind in (None, of_kind)

    def kernel_wants(self, link: Link, master: Link | None) -> bool:
        """What the kernel leaves out of a dump for `ip link` and for `ip addr` without a family."""
        if self.master and (master.index if master is not None else -1) != self.master:
            return False
        return self.kind not in _KERNEL_KINDS or link.kind == self.kind


def parse(request: Request, family: int | None, usage_name: str) -> Filter:
    """Reads what follows `show` and `flush`; names of devices are looked up at the end."""
    chosen = Filter(family)
    args, keywords = request.args, {**_KEYWORDS, **(_NEWER_KEYWORDS if request.options.newer else {})}
    for arg in args:
        if handle := keywords.get(arg):
            handle(request, chosen)
        elif not _parse_flag(chosen, arg):
            if arg == "dev":
                arg = args.next_arg()
            elif matches(arg, "help"):
                raise usage(usage_name)
            if chosen.device is not None:
                raise duparg2("dev", arg)
            chosen.device = arg
    if chosen.device is not None:
        chosen.index = looked_up(request.network, chosen.device)
        if not chosen.index:
            raise Iproute2Error(1, f'Device "{chosen.device}" does not exist.')
    return chosen


def _parse_flag(chosen: Filter, arg: str) -> bool:
    """get_filter(): `dynamic` and `primary` are the opposites of flags."""
    wanted, flag = not arg.startswith("-"), arg.removeprefix("-")
    if flag in ("dynamic", "primary"):
        wanted, flag = not wanted, "permanent" if flag == "dynamic" else "secondary"
    if flag not in _ADDRESS_FLAGS:
        return False
    chosen.flags["secondary" if flag == "temporary" else flag] = wanted
    return True


def _parse_to(request: Request, chosen: Filter) -> None:
    chosen.to = get_prefix(request.args.next_arg(), chosen.family)
    if chosen.family is None:
        chosen.family = chosen.to.version


def _parse_scope(request: Request, chosen: Filter) -> None:
    arg = request.args.next_arg()
    chosen.scope = scope_number(arg)
    if chosen.scope is None and arg != "all":
        raise invarg('invalid "scope"\n', arg)


def _parse_up(_: Request, chosen: Filter) -> None:
    chosen.up = True


def _parse_down(_: Request, chosen: Filter) -> None:
    chosen.down = True


def _parse_protocol(request: Request, chosen: Filter) -> None:
    chosen.protocol = valid(number(arg := request.args.next_arg(), 8), '"proto" value is invalid\n', arg)


def _parse_no_functions(_: Request, __: Filter) -> None:
    """Virtual functions, of which there are none, are left out."""


def _parse_label(request: Request, chosen: Filter) -> None:
    chosen.label = request.args.next_arg()


def _parse_group(request: Request, chosen: Filter) -> None:
    chosen.group = valid(group_number(arg := request.args.next_arg()), 'Invalid "group" value\n', arg)


def _parse_master(request: Request, chosen: Filter) -> None:
    arg = request.args.next_arg()
    chosen.master = looked_up(request.network, arg)
    if not chosen.master:
        raise invarg("Device does not exist\n", arg)


def _parse_vrf(request: Request, chosen: Filter) -> None:
    chosen.master = by_vrf_name(request.network, request.args.next_arg()).index


def _parse_nomaster(_: Request, chosen: Filter) -> None:
    chosen.master = -1


def _parse_type(request: Request, chosen: Filter) -> None:
    arg = request.args.next_arg()
    if arg.endswith("_slave"):
        chosen.port_kind = arg.removesuffix("_slave")
    else:
        chosen.kind = arg


_KEYWORDS: Final[dict[str, Callable[[Request, Filter], None]]] = {
    "to": _parse_to, "scope": _parse_scope, "up": _parse_up, "label": _parse_label, "group": _parse_group,
    "master": _parse_master, "vrf": _parse_vrf, "nomaster": _parse_nomaster, "type": _parse_type,
}  # fmt: skip
_NEWER_KEYWORDS: Final[dict[str, Callable[[Request, Filter], None]]] = {
    "down": _parse_down,
    "proto": _parse_protocol,
    "novf": _parse_no_functions,
}

"""Which neighbours `ip neigh show` and `ip neigh flush` are about (ip/ipneigh.c: do_show_or_flush)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.observations import NeighbourEntry
from vnetsim.programs.iproute2.lib.arguments import Request, duparg, invarg, matches, number, usage
from vnetsim.programs.iproute2.lib.ll_map import find, index_of
from vnetsim.programs.iproute2.lib.prefixes import PrefixArg, get_prefix
from vnetsim.programs.iproute2.lib.vrf import by_vrf_name
from vnetsim.values import define
from vnetsim.wire.inet import Prefix

#: States of neighbours (include/uapi/linux/neighbour.h); 0x100 is what iproute2 makes of no state at all.
NUD: Final = {
    "incomplete": 0x01, "reachable": 0x02, "stale": 0x04, "delay": 0x08, "probe": 0x10, "failed": 0x20,
    "noarp": 0x40, "permanent": 0x80, "none": 0x00,
}  # fmt: skip
_NONE: Final = 0x100
_ALL: Final = 0x1FF


@define
class NeighbourFilter:
    """`states` is a set of bits; `prefix` None is everything."""

    family: int | None
    states: int
    device: str | None = None
    master: str | None = None
    unused: bool = False
    proxy: bool = False
    prefix: PrefixArg | None = None
    ports: dict[str, str | None] = attrs.field(factory=dict)

    def wants(self, entry: NeighbourEntry) -> bool:
        if self.proxy != entry.proxy or self.device not in (None, entry.device):
            return False
        if not entry.proxy and not self.states & (NUD[entry.state.lower()] or _NONE):
            return False
        if self.unused and entry.references:
            return False
        if self.master is not None and self.ports.get(entry.device) != self.master:
            return False
        prefix = self.prefix
        if prefix is None or prefix.everything:
            return True
        inside = Prefix.of(prefix.address, prefix.length)
        return entry.address.version == prefix.address.version and entry.address in inside


def state_number(arg: str) -> int | None:
    """nud_state_a2n(): a name, some of which may be abbreviated, or one bit; None where `arg` is neither."""
    for name in ("permanent", "reachable", "failed"):
        if matches(arg, name):
            return NUD[name]
    state = NUD.get(arg, number(arg, 8))
    return None if state is None or state & state - 1 else state


def parse(request: Request, *, flushing: bool) -> NeighbourFilter:
    """Reads what follows `show` and `flush`; a flush spares PERMANENT and NOARP entries, unless `nud` selects them."""
    spared = NUD["permanent"] | NUD["noarp"] if flushing else NUD["noarp"]
    chosen = NeighbourFilter(request.options.family, 0xFF & ~spared)
    states = 0
    for arg in request.args:
        if arg == "nud":
            states |= _states(request, flushing=flushing)
        else:
            _arg(request, chosen, arg)
    chosen.states = states or chosen.states
    if chosen.device is not None:
        chosen.device = find(request.network, chosen.device).name
    return chosen


def _states(request: Request, *, flushing: bool) -> int:
    arg = request.args.next_arg()
    state = state_number(arg)
    if state is None and arg != "all":
        raise invarg("nud state is bad", arg)
    if state is None:
        return _ALL & ~NUD["noarp"] if flushing else _ALL
    return state or _NONE


def _arg(request: Request, chosen: NeighbourFilter, arg: str) -> None:
    args = request.args
    if arg == "dev":
        device = args.next_arg()
        if chosen.device is not None:
            raise duparg("dev", device)
        chosen.device = device
    elif arg == "master":
        _master(request, chosen, args.next_arg())
    elif arg == "vrf":
        _master(request, chosen, by_vrf_name(request.network, args.next_arg()).name)
    elif arg == "unused":
        chosen.unused = True
    elif arg == "proxy":
        chosen.proxy = True
    elif arg != "nomaster":
        _to(chosen, args.next_arg() if arg == "to" else arg)


def _master(request: Request, chosen: NeighbourFilter, name: str) -> None:
    links = request.network.links()
    if not index_of(links, name):
        raise invarg("Device does not exist\n", name)
    chosen.master = name
    chosen.ports = {link.name: link.master for link in links}


def _to(chosen: NeighbourFilter, arg: str) -> None:
    if matches(arg, "help"):
        raise usage("ip-neighbour")
    chosen.prefix = get_prefix(arg, chosen.family)
    if chosen.family is None:
        chosen.family = chosen.prefix.version

"""One device as `ip link` and `ip addr` print it (ip/ipaddress.c: print_linkinfo, lib/utils.c: print_name_and_link)."""

from __future__ import annotations

from collections.abc import Sequence

from vnetsim.observations import Link
from vnetsim.programs.iproute2.ip.ipaddress.stats import print_statistics
from vnetsim.programs.iproute2.ip.iplink import details
from vnetsim.programs.iproute2.lib.json_print import Color, Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import name_of
from vnetsim.programs.iproute2.lib.options import PACKET, Iproute2Options
from vnetsim.programs.iproute2.lib.rt_names import group_name, link_type_name
from vnetsim.values import frozen

#: States in which the kernel calls a device running (IFF_RUNNING, netif_oper_up).
_RUNNING = ("UP", "UNKNOWN")
#: The smallest MTU of a device that IPv6 is on (RFC 8200, section 5).
SMALLEST_IPV6_MTU = 1280
_GENERAL = (
    ("num_tx_queues", "numtxqueues"),
    ("num_rx_queues", "numrxqueues"),
    ("gso_max_size", "gso_max_size"),
    ("gso_max_segs", "gso_max_segs"),
    ("tso_max_size", "tso_max_size"),
    ("tso_max_segs", "tso_max_segs"),
    ("gro_max_size", "gro_max_size"),
)
_NEWER_GENERAL = (*_GENERAL, ("gso_ipv4_max_size", "gso_ipv4_max_size"), ("gro_ipv4_max_size", "gro_ipv4_max_size"))


@frozen
class LinkPrinter:
    """Prints devices of one listing.

    `family` is the family listed (PACKET for `ip link`); `reduced`: the devices came from IPv6's own dump
    (`ip -6 addr` without a device), which knows little of them (net/ipv6/addrconf.c: inet6_fill_ifinfo).
    """

    out: Iproute2Output
    options: Iproute2Options
    links: Sequence[Link]
    is_link: bool
    family: int | None
    reduced: bool = False
    #: Of `ip monitor`: what happened, and the id and index of a link that moved; it shows no length of the queue.
    event: str = ""
    moved: tuple[int, int] | None = None
    shows_queue: bool = True
    #: Whether they are ports of bridges, of which messages say the bridge.
    is_port: bool = False

    def brief(self, link: Link) -> None:
        """`-br`: the line of a device, without its end where addresses follow."""
        down = self._name(link, "{:<16} ")
        self.out.both("operstate", f"{link.state:<14} ", link.state, _state_color(link.state))
        if self.family == PACKET:
            if link.mac is not None:
                self.out.both("address", f"{link.mac} ", str(link.mac), Color.MAC)
            self._flags(link, down=down)
            self.out.text("\n")

    def full(self, link: Link) -> None:
        """All lines of a device; with `-s` under `ip link` those of its counters, too."""
        out = self.out
        out.both("ifindex", f"{link.index}: ", link.index)
        down = self._name(link, "{}: ")
        self._flags(link, down=down)
        self._properties(link)
        if self.family in (None, PACKET) or self.options.details:
            self._address(link)
        self._other_namespace(link)
        if self.moved is not None:
            out.text(" new-netnsid {} new-ifindex {}".format(*self.moved))
        if self.options.details and not self.reduced:
            self._details(link)
        if not self.reduced:
            self._names_and_counters(link)
        out.text("\n")

    def counters(self, link: Link) -> None:
        """`ip -s addr`: behind the addresses."""
        if not self.reduced:
            print_statistics(self.out, self.options, link.statistics, link.carrier_changes)
        self.out.line()

    def _name(self, link: Link, form: str) -> bool:
        """The name and what it is connected to; True if that is here and administratively down."""
        name, lower_down = link.name, False
        if link.peer_index is not None and not (self.reduced and link.peer_index == link.index):
            other, lower_down = self._other_end(link)
            name = f"{name}@{other}"
        self.out.both("ifname", form.format(name), link.name, Color.IFNAME)
        return lower_down

    def _other_end(self, link: Link) -> tuple[str, bool]:
        index = link.peer_index or 0
        if not index:
            self.out.data("link", None)
            return "NONE", False
        if link.peer_netnsid is not None and not self.reduced:
            self.out.data("link_index", index)
            return f"if{index}", False
        name = name_of(self.links, index) if link.peer_name is None else link.peer_name
        self.out.data("link", name)
        return name, self._is_down(link, index)

    def _is_down(self, link: Link, index: int) -> bool:
        if link.peer_netnsid is None:
            return link.lower_down
        return not any(other.index == index and "UP" in other.flags for other in self.links)

    def _flags(self, link: Link, *, down: bool) -> None:
        flags = [*link.flags, "M-DOWN"] if down else list(link.flags)
        if "UP" in flags and link.state not in _RUNNING:
            flags.insert(0, "NO-CARRIER")
        self.out.both("flags", f"<{','.join(flags)}> ", flags)

    def _properties(self, link: Link) -> None:
        out, numeric = self.out, self.options.numeric
        out.both("mtu", f"mtu {link.mtu} ", link.mtu)
        if not self.reduced:
            out.both("qdisc", f"qdisc {link.qdisc} ", link.qdisc)
        if (not self.reduced or self.is_port) and link.master is not None:
            out.both("master", f"master {link.master} ", link.master)
        out.text("state ")
        out.both("operstate", f"{link.state} ", link.state, _state_color(link.state))
        if self.is_link:
            out.both("linkmode", f"mode {link.mode} ", link.mode)
        if not self.reduced:
            group = group_name(link.group, numeric=numeric)
            out.both("group", f"group {group} ", group)
        if self.shows_queue and (not self.reduced if self.options.newer else link.qlen):
            out.both("txqlen", f"qlen {link.qlen}", link.qlen)
        if self.event:
            out.text(f"event {self.event} ")

    def _address(self, link: Link) -> None:
        out = self.out
        out.line()
        link_type = link_type_name(link.link_type, numeric=self.options.numeric)
        out.both("link_type", f"    link/{link_type} ", link_type)
        if link.mac is not None:
            out.both("address", str(link.mac), str(link.mac), Color.MAC)
        if link.broadcast is None or self.reduced:
            return
        point_to_point = "POINTOPOINT" in link.flags
        out.text(" peer " if point_to_point else " brd ")
        if point_to_point:
            out.data("link_pointtopoint", True)
        out.both("broadcast", str(link.broadcast), str(link.broadcast), Color.MAC)

    def _other_namespace(self, link: Link) -> None:
        if link.peer_netnsid is None or self.reduced:
            return
        self.out.data("link_netnsid", link.peer_netnsid)
        if link.peer_netnsid < 0:
            self.out.text(" link-netnsid unknown")
        elif link.peer_netns is not None:
            self.out.text(f" link-netns {link.peer_netns}")
        else:
            self.out.text(f" link-netnsid {link.peer_netnsid}")

    def _details(self, link: Link) -> None:
        out = self.out
        out.both("promiscuity", f" promiscuity {link.promiscuity} ", link.promiscuity)
        blank = "" if self.options.newer else " "
        out.both("allmulti", f"{blank}allmulti {link.allmulti} ", link.allmulti)
        out.both("min_mtu", f"minmtu {link.min_mtu} ", link.min_mtu)
        out.both("max_mtu", f"maxmtu {link.max_mtu} ", link.max_mtu)
        if self.options.newer and _is_immutable(link):
            out.both("netns-immutable", "netns-immutable ", value=True)
        details.print_kind(out, link, newer=self.options.newer)
        if self.is_link and link.mtu >= SMALLEST_IPV6_MTU and link.addrgenmode:
            out.both("inet6_addr_gen_mode", f"addrgenmode {link.addrgenmode} ", link.addrgenmode)
        for key, keyword in _NEWER_GENERAL if self.options.newer else _GENERAL:
            value = details.general(link, key)
            out.both(key, f"{keyword} {value} ", value)

    def _names_and_counters(self, link: Link) -> None:
        out = self.out
        if link.alias and (self.is_link or self.options.details):
            out.line()
            out.both("ifalias", f"    alias {link.alias}", link.alias)
        if self.is_link and self.options.stats:
            out.line()
            print_statistics(out, self.options, link.statistics, link.carrier_changes)
        for altname in link.altnames:
            out.line()
            out.text(f"    altname {altname}")
        if link.altnames:
            out.data("altnames", link.altnames)


def _is_immutable(link: Link) -> bool:
    """Bound to its namespace."""
    return link.kind == "bridge" or "LOOPBACK" in link.flags


def _state_color(state: str) -> Color:
    return {"UP": Color.UP, "DOWN": Color.DOWN}.get(state, Color.NONE)

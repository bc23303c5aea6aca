"""The files of /proc/net about devices, neighbours, routes and groups, generated when they are read.

As the kernel prints them (net/core/net-procfs.c; net/ipv4/arp.c, fib_trie.c, igmp.c; net/ipv6/addrconf.c, mcast.c).
Not modelled: sockets, protocols' counters (snmp, netstat), netfilter's files and all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.kernel.rtnetlink.group_dump import dump_groups
from vnetsim.kernel.rtnetlink.inet import dump_addresses, dump_routes
from vnetsim.kernel.rtnetlink.link_dump import statistics
from vnetsim.kernel.rtnetlink.neigh import dump_neighbours
from vnetsim.wire.inet import IPv4, IPv6

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.observations import NeighbourEntry, Route

_DEV_HEAD: Final = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier"
    " compressed\n"
)
_ARP_HEAD: Final = "IP address       HW type     Flags       HW address            Mask     Device\n"
_ROUTE_HEAD: Final = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
_ROUTE_WIDTH: Final = 127
_IGMP_HEAD: Final = "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n"
#: RTF_UP, RTF_GATEWAY, RTF_HOST, RTF_REJECT.
_UP, _GATEWAY, _HOST, _REJECT = 1, 2, 4, 0x200
_REJECTING: Final = ("unreachable", "prohibit")
#: ATF_COM, ATF_PERM.
_COMPLETE, _PERMANENT = 2, 4
_ETHER: Final = 1
#: MAF_NOREPORT, MAF_LAST_REPORTER, MAF_LOADED.
_QUIET, _NODE_LOCAL, _REPORTED = 0xC, 8, 4


def _dev(namespace: NetworkNamespace) -> str:
    return _DEV_HEAD + "".join(f"{device.name:>6}: {_counters(device)}\n" for device in namespace.devices())


def _counters(device: Device) -> str:
    count = statistics(device)
    return (
        f"{count.rx_bytes:7d} {count.rx_packets:7d} {count.rx_errors:4d} {count.rx_dropped:4d}    0 "
        f"{count.rx_frame_errors:5d}          0 "
        f"{count.multicast:9d} {count.tx_bytes:8d} {count.tx_packets:7d} {count.tx_errors:4d} "
        f"{count.tx_dropped:4d}    0 {count.collisions:5d} {count.tx_carrier:7d}          0"
    )


def _arp(namespace: NetworkNamespace) -> str:
    return _ARP_HEAD + "".join(_neighbour(entry) for entry in dump_neighbours(namespace, 4))


def _neighbour(entry: NeighbourEntry) -> str:
    flags = (_COMPLETE if entry.mac is not None else 0) | (_PERMANENT if entry.state == "PERMANENT" else 0)
    mac = str(entry.mac) if entry.mac is not None else "00:00:00:00:00:00"
    return f"{entry.address!s:<16} 0x{_ETHER:<10x}0x{flags:<10x}{mac:<21} *        {entry.device}\n"


def _route(namespace: NetworkNamespace) -> str:
    """fib_route_seq_show: table main, but for broadcasts and multicasts; nothing before the first route."""
    if not namespace.inet.fib.has_main:
        return ""
    lines = [_ROUTE_HEAD, *(line for route in dump_routes(namespace, 4, 254) for line in _route_lines(route))]
    return "".join(f"{line:<{_ROUTE_WIDTH}}\n" for line in lines)


def _route_lines(route: Route) -> Iterator[str]:
    if route.kind in ("broadcast", "multicast"):
        return
    length = route.destination.length
    mask = (0xFFFFFFFF << 32 - length) & 0xFFFFFFFF
    hop = route.hops[0] if route.hops else None
    gateway = None if hop is None else hop.via
    via = int(gateway) if isinstance(gateway, IPv4) else 0
    flags = (_REJECT if route.kind in _REJECTING else 0) | (_GATEWAY if gateway else 0) | (_HOST if length == 32 else 0)
    device = "*" if hop is None or hop.device is None else hop.device
    yield (
        f"{device}\t{_backwards(int(route.destination.address))}\t{_backwards(via)}\t{flags | _UP:04X}\t0\t0\t"
        f"{route.metric or 0}\t{_backwards(mask)}\t0\t0\t0"
    )


def _backwards(address: int) -> str:
    """An address as a little-endian machine prints its 32 bits."""
    return address.to_bytes(4, "big")[::-1].hex().upper()


def _igmp(namespace: NetworkNamespace) -> str:
    text = _IGMP_HEAD
    for device in namespace.devices():
        groups = namespace.igmp.groups(device)
        if groups or device.up:
            text += f"{device.index}\t{device.name:<10}: {len(groups):5d} {'V3':>7}\n"
            text += "".join(f"\t\t\t\t{_backwards(group)} {1:5d} 0:{0:08X}\t\t0\n" for group in groups)
    return text


def _igmp6(namespace: NetworkNamespace) -> str:
    groups = [entry for entry in dump_groups(namespace) if entry.family == "inet6"]
    return "".join(
        f"{entry.index:<4} {entry.device:<15} {entry.address:032x} {entry.users:5d} {_flags6(entry.address):08X} 0\n"
        for entry in groups
    )


def _flags6(group: int) -> int:
    if group == IPv6.parse("ff02::1"):
        return _QUIET
    return _NODE_LOCAL if group >> 112 == 0xFF01 else _REPORTED


def _dev_mcast(namespace: NetworkNamespace) -> str:
    return "".join(
        f"{entry.index:<4} {entry.device:<15} {entry.users:<5} {int(entry.static):<5} {entry.address:012x}\n"
        for entry in dump_groups(namespace)
        if entry.family == "link"
    )


def _if_inet6(namespace: NetworkNamespace) -> str:
    """The kernel's numbers of scopes are those of the addresses' types (IPV6_ADDR_LINKLOCAL and so on)."""
    scopes, flags = (
        {254: 0x10, 253: 0x20, 200: 0x40},
        {"tentative": 0x40, "nodad": 0x02, "dadfailed": 0x08, "deprecated": 0x20},
    )
    return "".join(
        f"{entry.address:032x} {entry.index:02x} {entry.length:02x} {scopes.get(entry.scope, 0):02x} "
        f"{sum(flags.get(flag, 0) for flag in entry.flags) | (0x80 if entry.valid_seconds is None else 0):02x} "
        f"{entry.device:>8}\n"
        for entry in dump_addresses(namespace)
        if entry.address.version == 6
    )


FILES: Final[dict[str, Callable[[NetworkNamespace], str]]] = {
    "arp": _arp, "dev": _dev, "dev_mcast": _dev_mcast, "if_inet6": _if_inet6, "igmp": _igmp, "igmp6": _igmp6,
    "route": _route,
}  # fmt: skip

"""The groups and anycast addresses of a device (net/ipv6/mcast.c, anycast.c).

Most groups follow from its addresses; those that sockets of the kernel join are in `joined` (kernel.ipv6.mld).

Not modelled: groups that programs join.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.ipv4.igmp import ALL_SNOOPERS as ALL_SNOOPERS4
from vnetsim.wire.inet import Address, IPv4, IPv6, Prefix
from vnetsim.wire.ipv6 import MINIMUM_MTU
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.inetdevice import Ifa6

ALL_NODES: Final = IPv6.parse("ff02::1")
ALL_ROUTERS: Final = IPv6.parse("ff02::2")
ALL_SNOOPERS: Final = IPv6.parse("ff02::6a")
#: What a router joins besides (RFC 4291, 2.7.1).
MORE_ROUTERS: Final = (IPv6.parse("ff01::2"), IPv6.parse("ff05::2"))
_NODE_LOCAL_NODES: Final = IPv6.parse("ff01::1")
_SOLICITED_NODE: Final = IPv6.parse("ff02::1:ff00:0")
#: RFC 1112, 6.4.
_IPV4_GROUPS: Final = 0x01005E000000
#: Subnets that small have no anycast address of their routers (RFC 6164).
_NO_ANYCAST: Final = 127


def solicited_node(address: IPv6) -> IPv6:
    """The group of the solicitations for an address (RFC 4291, 2.7.1)."""
    return IPv6(_SOLICITED_NODE | address & 0xFFFFFF)


def is_solicited_node(address: IPv6) -> bool:
    return address >> 24 == _SOLICITED_NODE >> 24


def multicast_mac(group: IPv6) -> Mac:
    """RFC 2464, 7."""
    return Mac(0x333300000000 | group & 0xFFFFFFFF)


def is_disabled(device: Device) -> bool:
    """Whether a device has no IPv6: by disable_ipv6, or because its mtu is too small."""
    return bool(device.ip6.conf["disable_ipv6"]) or device.mtu < MINIMUM_MTU


class Mcast6:
    """The groups of one namespace's devices; `proxies` are those of Ndisc, by the index of the soliciting device."""

    def __init__(self, proxies: Iterable[tuple[int, Address]]) -> None:
        self._proxies = proxies
        #: What sockets joined, by the index of the device.
        self.joined: dict[int, tuple[IPv6, ...]] = {}

    def groups(self, device: Device) -> list[IPv6]:
        """Without repetitions, and without all-nodes, which every device is in."""
        groups = [ALL_SNOOPERS] if snoops(device) else []
        if device.link_type != "loopback" and device.arp:  # addrconf_join_solict
            groups += [group for ifa in reversed(device.ip6.addresses) for group in _groups_of(ifa)]
        if device.ip6.conf["forwarding"]:
            groups += [ALL_ROUTERS, *MORE_ROUTERS]
            groups += [solicited_node(address) for address in anycasts(device)]
        groups += [solicited_node(IPv6(address)) for index, address in sorted(self._proxies) if index == device.index]
        groups += self.joined.get(device.index, ())
        return list(dict.fromkeys(groups))

    def multicast_list(self, device: Device, groups4: list[IPv4]) -> list[Mac]:
        """dev->mc: the link-layer groups of IPv6 and of `groups4`, in the order in which they were added."""
        groups = [multicast_mac(ALL_NODES)] if device.mtu >= MINIMUM_MTU else []
        for group4 in reversed(groups4):
            groups.append(Mac(_IPV4_GROUPS | group4 & 0x7FFFFF))
            if group4 == ALL_SNOOPERS4:
                groups.append(multicast_mac(ALL_SNOOPERS))
        for group in self.groups(device):
            if (mac := multicast_mac(group)) not in groups:
                groups.append(mac)
        return groups

    def has_joined(self, device: Device, group: IPv6) -> bool:
        """ipv6_chk_mcast_addr."""
        return group in (ALL_NODES, _NODE_LOCAL_NODES) or group in self.groups(device)


def _groups_of(ifa: Ifa6) -> tuple[IPv6, ...]:
    """In the order in which they are joined."""
    return (*((ifa.address,) if ifa.autojoin else ()), solicited_node(ifa.address))


def has_anycast(device: Device, address: IPv6) -> bool:
    """ipv6_chk_acast_addr: the address of a subnet's routers, if this host is one."""
    return bool(device.ip6.conf["forwarding"]) and address in anycasts(device)


def snoops(device: Device) -> bool:
    return isinstance(device, Bridge) and device.up and bool(device.extra.get("mcast_snooping", 1))


def anycast_of(ifa: Ifa6) -> IPv6 | None:
    """The address of the routers of its subnet (RFC 4291, 2.6.1)."""
    if ifa.tentative or ifa.length >= _NO_ANYCAST:
        return None
    return IPv6(Prefix.of(ifa.address, ifa.length).address) or None


def anycasts(device: Device) -> list[IPv6]:
    found = (anycast_of(ifa) for ifa in device.ip6.addresses)
    return list(dict.fromkeys(address for address in found if address is not None))

"""The groups of devices, as in /proc/net/dev_mcast, igmp and igmp6 (net/core/dev_addr_lists.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.ipv6.mcast import solicited_node
from vnetsim.observations import GroupEntry
from vnetsim.operations import AddGroup, DeleteGroup
from vnetsim.wire.inet import Address, IPv6
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace

_LOWEST_MTU: Final = 1280
_ALL_NODES: Final = (IPv6.parse("ff02::1"), IPv6.parse("ff01::1"))
#: Groups of the node alone (ff01::/16) need no address on the wire.
_NODE_LOCAL: Final = 0xFF01


def change_group(namespace: NetworkNamespace, request: AddGroup | DeleteGroup) -> None:
    """SIOCADDMULTI, SIOCDELMULTI: KernelError(ENOENT) for a group that no user added, (EINVAL) for no group."""
    device = namespace.device(request.device)
    known = device.added_groups
    if device.link_type != "ether" or not request.mac.is_multicast:
        raise KernelError(Errno.EINVAL)
    if isinstance(request, DeleteGroup):
        if request.mac not in known:
            raise KernelError(Errno.ENOENT)
        device.added_groups = tuple(mac for mac in known if mac != request.mac)
    elif request.mac not in known:
        device.added_groups = (*known, request.mac)


def dump_groups(namespace: NetworkNamespace) -> list[GroupEntry]:
    """Device by device: addresses on the wire, groups of IPv4, groups of IPv6, the newest group first."""
    return [entry for device in namespace.devices() for entry in _of(namespace, device)]


def _of(namespace: NetworkNamespace, device: Device) -> list[GroupEntry]:
    groups4 = namespace.igmp.groups(device)
    groups6 = [*reversed(namespace.mcast6.groups(device)), *_ALL_NODES] if device.mtu >= _LOWEST_MTU else []

    def entry(family: str, address: Address | Mac, users: int = 1, *, static: bool = False) -> GroupEntry:
        return GroupEntry(
            index=device.index, device=device.name, family=family, address=address, users=users, static=static
        )

    found: list[GroupEntry] = []
    if device.link_type == "ether":
        wire = [group & 0xFFFFFFFF | 0x333300000000 for group in groups6 if group >> 112 != _NODE_LOCAL]
        found = [entry("link", mac, max(1, wire.count(mac))) for mac in namespace.multicast_list(device)]
        found += [entry("link", mac, static=True) for mac in device.added_groups]
    found += [entry("inet", group) for group in groups4]
    shared = [solicited_node(ifa.address) for ifa in device.ip6.addresses]
    return [*found, *(entry("inet6", group, max(1, shared.count(group))) for group in groups6)]

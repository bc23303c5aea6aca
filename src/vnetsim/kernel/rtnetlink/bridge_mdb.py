"""Requests about the multicast databases of bridges (net/core/rtnetlink.c: rtnl_mdb_add; net/bridge/br_mdb.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.bridge.mdb import MdbKey
from vnetsim.kernel.bridge.port import BridgePort, br_port_get
from vnetsim.kernel.bridge.stp import DISABLED
from vnetsim.kernel.bridge.vlan import HIGHEST
from vnetsim.observations import MdbEntry
from vnetsim.operations import AddMdb, DeleteMdb
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace

_ALL_NODES: Final = IPv6.parse("ff02::1")
_CENTISECOND: Final = 10 * MILLISECOND


def add_mdb(namespace: NetworkNamespace, request: AddMdb) -> None:
    """KernelError as the kernel refuses it."""
    bridge, port = _owner(namespace, request)
    if port is None and request.permanent:
        raise KernelError(Errno.EINVAL, "bridge: Flags are not allowed for host groups")
    if port is not None and port.state == DISABLED and not request.permanent:
        raise KernelError(Errno.EINVAL, "bridge: Port is in disabled state and entry is not permanent")
    if isinstance(request.group, Mac) and not request.permanent:
        raise KernelError(Errno.EINVAL, "bridge: Only permanent L2 entries allowed")
    now = bridge.engine.now()
    for vlan in _vlans(bridge, port, request.vlan):
        key = MdbKey(request.group, vlan, request.source)
        if bridge.mdb.find(key, port, now) is not None:
            what = "(*, G) group" if request.source is None else "(S, G) group"
            who = f"{what} is already joined by port" if port is not None else "Group is already joined by host"
            raise KernelError(Errno.EEXIST, f"bridge: {who}")
        bridge.mdb.add(key, port, now, permanent=request.permanent, static=True)


def delete_mdb(namespace: NetworkNamespace, request: DeleteMdb) -> None:
    """KernelError(EINVAL) for what is not there."""
    bridge, port = _owner(namespace, request)
    for vlan in _vlans(bridge, port, request.vlan):
        member = bridge.mdb.find(MdbKey(request.group, vlan, request.source), port, bridge.engine.now())
        if member is None:
            raise KernelError(Errno.EINVAL)
        bridge.mdb.delete(member)


def _vlans(bridge: Bridge, port: BridgePort | None, vlan: int) -> list[int]:
    """With VLAN filtering and without a VLAN: each of the port's."""
    group = bridge.filtering.group if port is None else port.vlan_group
    return sorted(group.vlans) if bridge.filtering.enabled and not vlan and group.vlans else [vlan]


def _owner(namespace: NetworkNamespace, request: AddMdb | DeleteMdb) -> tuple[Bridge, BridgePort | None]:
    """rtnl_validate_mdb_entry, br_mdb_config_init; the port is None for the bridge itself."""
    _check_group(request)
    bridge = namespace.device(request.device)
    if not isinstance(bridge, Bridge):
        raise KernelError(Errno.EOPNOTSUPP, "Device does not support MDB operations")
    _check_ip(request)
    if not bridge.up:
        raise KernelError(Errno.EINVAL, "bridge: Bridge device is not running")
    if not bridge.snoops:
        raise KernelError(Errno.EINVAL, "bridge: Bridge's multicast processing is disabled")
    device = namespace.device(request.port)
    if device is bridge:
        return bridge, None
    port = br_port_get(device)
    if port is None:
        raise KernelError(Errno.EINVAL, "bridge: Net device is not a bridge port")
    if port.bridge is not bridge:
        raise KernelError(Errno.EINVAL, "bridge: Port belongs to a different bridge device")
    return bridge, port


def _check_group(request: AddMdb | DeleteMdb) -> None:
    group, refusal = request.group, None
    if isinstance(group, IPv4):
        if group and not group.is_multicast:
            refusal = "IPv4 entry group address is not multicast or 0.0.0.0"
        elif group >> 8 == 0xE00000:
            refusal = "IPv4 entry group address is local multicast"
    elif isinstance(group, IPv6):
        if group == _ALL_NODES:
            refusal = "IPv6 entry group address is link-local all nodes"
    elif not group.is_multicast:
        refusal = "L2 entry group is not multicast"
    if refusal is None and not 0 <= request.vlan <= HIGHEST:
        refusal = "Invalid entry VLAN id"
    if refusal is not None:
        raise KernelError(Errno.EINVAL, refusal)


def _check_ip(request: AddMdb | DeleteMdb) -> None:
    """br_mdb_config_attrs_init"""
    group, source = request.group, request.source
    if isinstance(group, IPv4) and not group:
        raise KernelError(Errno.EINVAL, "bridge: IPv4 entry group address 0.0.0.0 is not allowed")
    if source is None:
        return
    version = 4 if isinstance(group, IPv4) else 6
    if isinstance(group, Mac) or source.version != version:
        raise KernelError(Errno.EINVAL, f"bridge: IPv{version} invalid source address length")
    if source.is_multicast:
        raise KernelError(Errno.EINVAL, f"bridge: IPv{version} multicast source address is not allowed")


def dump_mdb(namespace: NetworkNamespace) -> list[MdbEntry]:
    """Bridge by bridge, the newest group first."""
    for bridge in (device for device in namespace.devices() if isinstance(device, Bridge)):
        newer = bridge.extra.get("mcast_igmp_version", 2) > 2 or bridge.extra.get("mcast_mld_version", 1) > 1
        if newer and bridge.mdb.members(bridge.engine.now()):
            raise NotModelled("groups of a bridge with sources (mcast_igmp_version 3, mcast_mld_version 2)")
    return [
        MdbEntry(
            index=device.index, device=device.name, group=member.key.group, source=member.key.source,
            port=device.name if member.port is None else member.port.device.name, permanent=member.until is None,
            static=member.static and member.port is not None, vlan=member.key.vlan,
            expires=0 if member.until is None else (member.until - device.engine.now()) // _CENTISECOND,
        )
        for device in namespace.devices() if isinstance(device, Bridge)
        for member in device.mdb.members(device.engine.now())
    ]  # fmt: skip

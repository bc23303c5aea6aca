"""Requests about forwarding databases (net/core/rtnetlink.c: rtnl_fdb_add and friends, net/bridge/br_fdb.c)."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.bridge.port import BridgePort, br_port_get
from vnetsim.kernel.bridge.stp import FORWARDING, LEARNING
from vnetsim.kernel.bridge.vlan import VlanGroup
from vnetsim.observations import FdbEntry
from vnetsim.operations import AddFdb, DeleteFdb, Verb
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.bridge.fdb import BridgeFdbEntry
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace


def add_fdb(namespace: NetworkNamespace, request: AddFdb) -> None:
    """`master` goes to the bridge of a port, `self` to the device: a bridge, a tunnel, or a device's own filter."""
    device = namespace.device(request.device)
    if request.master and (br_port_get(device) is not None or not request.itself):
        bridge, port = _of_port(device)
        _add_known(bridge, port, request)
    if request.itself or not request.master:
        _add_own(device, request)


def _add_own(device: Device, request: AddFdb) -> None:
    if isinstance(device, Bridge):
        _add_known(device, None, request)
    elif device.kind == "vxlan":
        _vxlan().add_far_end(device, request)
    else:
        _add_filter(device, request)


def _add_known(bridge: Bridge, port: BridgePort | None, request: AddFdb) -> None:
    learns = port is None or port.state in (LEARNING, FORWARDING)
    if request.vlan and request.vlan not in _group(bridge, port).vlans:
        raise KernelError(Errno.EINVAL)
    for vlan in _vlans(bridge, port, request.vlan):
        bridge.fdb.add(
            request.mac, port, request.state, request.verb, bridge.engine.now(), port_learns=learns, vlan=vlan
        )


def _vlans(bridge: Bridge, port: BridgePort | None, vlan: int | None) -> list[int]:
    """br_fdb_add, br_fdb_delete: the one that is named, or none and each VLAN of the group."""
    return [vlan] if vlan else [0, *_group(bridge, port).vlans]


def _group(bridge: Bridge, port: BridgePort | None) -> VlanGroup:
    return bridge.filtering.group if port is None else port.vlan_group


def _delete_known(bridge: Bridge, port: BridgePort | None, request: DeleteFdb) -> None:
    """br_fdb_delete: ENOENT unless one of them was there."""
    missing: list[KernelError] = []
    vlans = _vlans(bridge, port, request.vlan)
    for vlan in vlans:
        try:
            bridge.fdb.delete(request.mac, port, vlan)
        except KernelError as error:
            missing.append(error)
    if len(missing) == len(vlans):
        raise missing[0]


def delete_fdb(namespace: NetworkNamespace, request: DeleteFdb) -> None:
    device = namespace.device(request.device)
    if request.master and (br_port_get(device) is not None or not request.itself):
        bridge, port = _of_port(device)
        _delete_known(bridge, port, request)
    if request.itself or not request.master:
        _delete_own(device, request)


def _delete_own(device: Device, request: DeleteFdb) -> None:
    if isinstance(device, Bridge):
        _delete_known(device, None, request)
    elif device.kind == "vxlan":
        _vxlan().delete_far_end(device, request)
    elif request.mac in device.filters:
        device.delete_filter(request.mac)
    else:
        raise KernelError(Errno.ENOENT)


def _vxlan() -> ModuleType:
    """The functions of VXLAN devices, once there are such."""
    return importlib.import_module("vnetsim.kernel.rtnetlink.vxlan_fdb")


def _of_port(device: Device) -> tuple[Bridge, BridgePort]:
    port = br_port_get(device)
    if port is None:
        raise KernelError(Errno.EOPNOTSUPP)
    return port.bridge, port


def _add_filter(device: Device, request: AddFdb) -> None:
    """ndo_dflt_fdb_add: an address that the device takes beside its own, for good."""
    if request.state != "permanent":
        raise KernelError(Errno.EINVAL)
    if request.mac not in device.filters:
        device.add_filter(request.mac)
    elif request.verb is Verb.ADD:
        raise KernelError(Errno.EEXIST)


# --- listing ---------------------------------------------------------------------------------------------------------


def dump_fdb(namespace: NetworkNamespace) -> list[FdbEntry]:
    """Device by device: what a bridge knows behind it, then what it knows itself."""
    entries: list[FdbEntry] = []
    for device in namespace.devices():
        if (port := br_port_get(device)) is not None:
            entries += _known(port.bridge, port)
        if isinstance(device, Bridge):
            entries += _known(device, None)
        if device.kind == "vxlan":
            entries += _vxlan().far_ends(device)
        else:
            entries += [
                FdbEntry(mac=mac, device=device.name, state="permanent", itself=True) for mac in _filter(device)
            ]
    return entries


def _known(bridge: Bridge, port: BridgePort | None) -> list[FdbEntry]:
    return [observe_fdb(bridge, entry) for entry in bridge.fdb.dump(port, bridge.engine.now())]


def observe_fdb(bridge: Bridge, entry: BridgeFdbEntry[BridgePort]) -> FdbEntry:
    """An entry as `bridge fdb` shows it."""
    now = bridge.engine.now()
    return FdbEntry(
        mac=entry.mac, device=bridge.name if entry.port is None else entry.port.device.name, master=bridge.name,
        state=entry.state, used_seconds=(now - entry.used) // SECOND, updated_seconds=(now - entry.updated) // SECOND,
        vlan=entry.vlan or None,
    )  # fmt: skip


def _filter(device: Device) -> list[Mac]:
    """The device's own list: what users or devices above added, then groups that the protocols joined."""
    if device.link_type != "ether":
        return []
    return [*device.filters, *device.namespace.multicast_list(device)]

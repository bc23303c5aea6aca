"""Requests about forwarding databases (net/core/rtnetlink.c: rtnl_fdb_add and friends, net/bridge/br_fdb.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.devices.bridge import Bridge, BridgePort
from vnetsim.kernel.devices.spanning import FORWARDING, LEARNING
from vnetsim.observations import FdbEntry
from vnetsim.operations import AddFdb, DeleteFdb
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.devices.device import Device
    from vnetsim.kernel.namespace import NetworkNamespace


def add_fdb(namespace: NetworkNamespace, request: AddFdb) -> None:
    """`master` goes to the bridge of a port, otherwise to the device itself: a bridge, or a device's own filter."""
    device = namespace.device(request.device)
    if request.master:
        bridge, port = _of_port(device)
    elif isinstance(device, Bridge):
        bridge, port = device, None
    else:
        _add_filter(device, request)
        return
    now = namespace.host.engine.now()
    learns = port is None or port.state in (LEARNING, FORWARDING)
    bridge.fdb.add(request.mac, port, request.state, request.verb, now, port_learns=learns)


def delete_fdb(namespace: NetworkNamespace, request: DeleteFdb) -> None:
    device = namespace.device(request.device)
    if request.master:
        bridge, port = _of_port(device)
        bridge.fdb.delete(request.mac, port)
    elif isinstance(device, Bridge):
        device.fdb.delete(request.mac, None)
    elif request.mac in device.filters:
        device.filters.remove(request.mac)
    else:
        raise KernelError(Errno.ENOENT)


def _of_port(device: Device) -> tuple[Bridge, BridgePort]:
    if device.port is None:
        raise KernelError(Errno.EOPNOTSUPP)
    return device.port.bridge, device.port


def _add_filter(device: Device, request: AddFdb) -> None:
    """ndo_dflt_fdb_add: an address that the device takes beside its own, for good."""
    if request.state != "permanent":
        raise KernelError(Errno.EINVAL)
    if request.mac in device.filters:
        raise KernelError(Errno.EEXIST)
    device.filters.append(request.mac)


def dump_fdb(namespace: NetworkNamespace) -> list[FdbEntry]:
    """Device by device: what a bridge knows behind it, then its own filter."""
    entries: list[FdbEntry] = []
    for device in namespace.devices():
        if device.port is not None:
            entries += _known(device, device.port.bridge, device.port)
        if isinstance(device, Bridge):
            entries += _known(device, device, None)
        entries += [FdbEntry(mac=mac, device=device.name, state="permanent", itself=True) for mac in _filter(device)]
    return entries


def _known(device: Device, bridge: Bridge, port: BridgePort | None) -> list[FdbEntry]:
    now = bridge.namespace.host.engine.now()
    return [
        FdbEntry(
            mac=entry.mac, device=device.name, master=bridge.name, state=entry.state,
            used_seconds=(now - entry.used) // SECOND, updated_seconds=(now - entry.updated) // SECOND,
        )
        for entry in bridge.fdb.dump(port, now)
    ]  # fmt: skip


def _filter(device: Device) -> list[Mac]:
    """The device's own list: groups that the protocols joined, and what was added by hand."""
    if device.link_type != "ether":
        return []
    return [*device.namespace.inet.groups(device), *device.filters]

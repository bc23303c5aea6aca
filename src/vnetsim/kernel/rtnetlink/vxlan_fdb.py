"""Requests about the entries of VXLAN devices (drivers/net/vxlan/vxlan_core.c: vxlan_fdb_add, vxlan_fdb_dump)."""

from __future__ import annotations

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.drivers.vxlan import VxlanDevice
from vnetsim.kernel.drivers.vxlan_fdb import FarEnd
from vnetsim.observations import FdbEntry
from vnetsim.operations import AddFdb, DeleteFdb
from vnetsim.wire.inet import Address


def add_far_end(device: VxlanDevice, request: AddFdb) -> None:
    """vxlan_fdb_add"""
    if request.remote is None:
        raise KernelError(Errno.EINVAL)
    state = "" if request.state == "dynamic" else request.state
    device.database.add(
        request.mac, _far_end(device, request, request.remote), state, request.verb, device.engine.now()
    )


def _far_end(device: VxlanDevice, request: AddFdb | DeleteFdb, remote: Address) -> FarEnd:
    """vxlan_fdb_parse: KernelError(EAFNOSUPPORT) for an address of the other family."""
    if remote.version != device.version:
        raise KernelError(Errno.EAFNOSUPPORT)
    port = None if request.port == device.port_number else request.port
    vni = None if request.vni == device.vni else request.vni
    return FarEnd(remote, port, vni, 0 if request.via is None else device.underlay.device(request.via).index)


def delete_far_end(device: VxlanDevice, request: DeleteFdb) -> None:
    """vxlan_fdb_delete"""
    far_end = None if not request.remote else _far_end(device, request, request.remote)
    device.database.delete(request.mac, far_end, device.engine.now())


def far_ends(device: VxlanDevice) -> list[FdbEntry]:
    """vxlan_fdb_dump: a line for each far end."""
    now, below = device.engine.now(), device.underlay.by_index
    return [
        FdbEntry(
            mac=entry.mac, device=device.name, state=entry.state, itself=True,
            remote=far_end.address or None, port=far_end.port, vni=far_end.vni,
            via=below[far_end.via].name if far_end.via in below else None,
            used_seconds=(now - entry.used) // SECOND, updated_seconds=(now - entry.updated) // SECOND,
        )
        for entry in device.database.dump(now)
        for far_end in entry.far_ends
    ]  # fmt: skip

"""Requests about the VLANs of bridges and their ports (net/bridge/br_netlink.c: br_afspec, br_fill_ifinfo)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.bridge.port import BridgePort, br_port_get
from vnetsim.kernel.bridge.vlan import HIGHEST
from vnetsim.observations import BridgeVlanEntry
from vnetsim.operations import AddBridgeVlan, DeleteBridgeVlan

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace


def add_vlans(namespace: NetworkNamespace, request: AddBridgeVlan) -> None:
    bridge, port = _owner(namespace, request)
    for vlan in range(request.first, request.last + 1):
        bridge.filtering.add(port, vlan, untagged=request.untagged, pvid=request.pvid)
    if port is not None:
        namespace.tell_port(port.device)


def delete_vlans(namespace: NetworkNamespace, request: DeleteBridgeVlan) -> None:
    bridge, port = _owner(namespace, request)
    for vlan in range(request.first, request.last + 1):
        bridge.filtering.delete(port, vlan)
    if port is not None:
        namespace.tell_port(port.device)


def _owner(
    namespace: NetworkNamespace, request: AddBridgeVlan | DeleteBridgeVlan
) -> tuple[Bridge, BridgePort | None]:  # fmt: skip
    """KernelError(EOPNOTSUPP) for a device that is no port, and for a bridge without `self`."""
    device = namespace.device(request.device)
    port = None if request.itself else br_port_get(device)
    bridge = port.bridge if port is not None else device
    if not isinstance(bridge, Bridge) or (port is None and not request.itself) or not bridge.filtering.is_built:
        raise KernelError(Errno.EOPNOTSUPP)
    if not 0 < request.first <= request.last <= HIGHEST:
        raise KernelError(Errno.EINVAL, "bridge: Vlan id is invalid")
    return bridge, port


def dump_vlans(namespace: NetworkNamespace) -> list[BridgeVlanEntry]:
    """Device by device, in the order of the numbers."""
    found: list[BridgeVlanEntry] = []
    for device in namespace.devices():
        port = br_port_get(device)
        group = port.vlan_group if port is not None else device.filtering.group if isinstance(device, Bridge) else None
        if group is not None:
            found += [
                BridgeVlanEntry(device=device.name, vlan=vlan, pvid=vlan == group.pvid, untagged=group.vlans[vlan])
                for vlan in sorted(group.vlans)
            ]
    return found

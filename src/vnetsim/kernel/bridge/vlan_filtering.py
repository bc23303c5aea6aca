"""The VLANs of a bridge and of its ports, as they are changed (net/bridge/br_vlan.c)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from vnetsim.dropreason import DropReason
from vnetsim.kernel.bridge.fdb import ForwardingDatabase, LocalAddress
from vnetsim.kernel.bridge.vlan import MODULE, BridgeTag, VlanGroup
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.ethernet import VLAN, Tagged
from vnetsim.wire.mac import Mac


class VlanPort(Protocol):
    """A port with a group of its own."""

    vlan_group: VlanGroup
    device: Device


class VlanBridge(Protocol):
    """The part of a bridge that is needed here."""

    mac: Mac
    fdb: ForwardingDatabase[Any]

    @property
    def ports(self) -> Sequence[Any]: ...
    @property
    def namespace(self) -> Any: ...
    def local_addresses(self) -> list[LocalAddress[Any]]: ...
    def flush_flows(self) -> None: ...


class VlanFiltering:
    """`group` is that of the bridge's own stack; `default_pvid` is 0 if new ports have no VLAN."""

    def __init__(self, bridge: VlanBridge) -> None:
        self._bridge = bridge
        self.enabled, self.protocol = False, VLAN
        self.group, self.default_pvid = VlanGroup(), 1

    @property
    def is_built(self) -> bool:
        """Whether the kernel was built with CONFIG_BRIDGE_VLAN_FILTERING."""
        return MODULE not in self._bridge.namespace.host.missing_modules

    # --- frames -----------------------------------------------------------------------------------------------------

    def admit(self, skb: Skb, group: VlanGroup, device: Device) -> BridgeTag | None:
        """The tag of a frame, which the frame itself loses; None if it was dropped.  Nothing is recorded of it."""
        skb.path = None
        found = group.admit(skb.frame, self.protocol)
        if found is None:
            vlan = group.vlan_of(skb.frame, self.protocol)
            why = f"VLAN {vlan} is not one of {device.name}" if vlan else f"untagged, and {device.name} has no PVID"
            self._bridge.namespace.drop(skb, device, DropReason.BRIDGE_VLAN, why)
            return None
        tag, skb.frame = found
        return tag

    def emit(self, skb: Skb, tag: BridgeTag, group: VlanGroup, device: Device) -> bool:
        """Whether the frame leaves by a port; it has its tag then, or none, as the port wants it."""
        frame = group.emit(skb.frame, tag, self.protocol)
        if frame is None:
            why = f"VLAN {tag.vlan} is not one of {device.name}{' itself' if group is self.group else ''}"
            self._bridge.namespace.drop(skb, device, DropReason.BRIDGE_VLAN, why)
            return False
        skb.frame = frame
        return True

    @staticmethod
    def hides(skb: Skb) -> bool:
        """Whether br_netfilter leaves a frame alone because of its tag (bridge-nf-filter-vlan-tagged)."""
        return isinstance(skb.frame.payload, Tagged)

    # --- changes ----------------------------------------------------------------------------------------------------

    def begin(self, port: VlanPort | None) -> None:
        """nbp_vlan_init, br_vlan_init: the default VLAN of a new port, or of a new bridge."""
        if self.is_built and self.default_pvid:
            self.add(port, self.default_pvid, untagged=True, pvid=True)

    def add(self, port: VlanPort | None, vlan: int, *, untagged: bool, pvid: bool) -> None:
        """nbp_vlan_add, br_vlan_add: for a port, or for the bridge's own stack."""
        group, mac = self._of(port)
        if group.add(vlan, untagged=untagged, pvid=pvid):
            self._bridge.fdb.add_local(mac, port, self._bridge.namespace.host.engine.now(), vlan)
        self._bridge.flush_flows()

    def delete(self, port: VlanPort | None, vlan: int) -> None:
        """nbp_vlan_delete, br_vlan_delete: nothing if there is no such VLAN."""
        group, mac = self._of(port)
        if not group.remove(vlan):
            return
        self._bridge.fdb.delete_local(mac, port, self._bridge.local_addresses(), vlan)
        if port is not None:
            self._bridge.fdb.flush_port(port, vlan=vlan)
        self._bridge.flush_flows()

    def _of(self, port: VlanPort | None) -> tuple[VlanGroup, Mac]:
        return (self.group, self._bridge.mac) if port is None else (port.vlan_group, port.device.mac)

    def set_default_pvid(self, vlan: int) -> None:
        """__br_vlan_set_default_pvid: each group whose PVID is the old default gets the new one, or none for 0."""
        old, self.default_pvid = self.default_pvid, vlan
        for port in (None, *self._bridge.ports):
            group, _ = self._of(port)
            if old and not group.is_default(old):
                continue
            if old and old != vlan:
                self.delete(port, old)
            if vlan and vlan not in group.vlans:
                self.add(port, vlan, untagged=True, pvid=True)

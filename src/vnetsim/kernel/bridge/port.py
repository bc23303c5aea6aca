"""A bridge port (struct net_bridge_port; net/bridge/br_private.h, br_if.c)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from vnetsim.dropreason import DropReason
from vnetsim.kernel.bridge.stp import DISABLED, FORWARDING
from vnetsim.kernel.bridge.vlan import VlanGroup
from vnetsim.kernel.netdev.skbuff import Skb

if TYPE_CHECKING:
    from vnetsim.kernel.bridge.bridge import Bridge
    from vnetsim.kernel.netdev.device import Device

#: Flags of a port by the names that `bridge link` uses, with their defaults.
PORT_FLAGS: Final = {
    "hairpin": 0, "guard": 0, "root_block": 0, "fastleave": 0, "learning": 1, "flood": 1, "mcast_flood": 1,
    "bcast_flood": 1, "mcast_to_unicast": 0, "neigh_suppress": 0, "vlan_tunnel": 0, "isolated": 0, "locked": 0,
    "proxy_arp": 0, "proxy_arp_wifi": 0,
}  # fmt: skip
#: The cost of a port of that many Mbit/s; others cost 100 (port_cost).
_COSTS: Final = {10_000: 2, 1_000: 4, 100: 19, 10: 100}
_FASTEST: Final = 10_000


def path_cost(speed: int | None) -> int:
    """port_cost: 1 for what is faster than the fastest of them, as a bond may be."""
    return 100 if speed is None else 1 if speed > _FASTEST else _COSTS.get(speed, 100)


def br_port_get(device: Device) -> BridgePort | None:
    """The bridge port that a device is, if it is one."""
    data = device.rx_handler_data
    return data if isinstance(data, BridgePort) else None


class BridgePort:
    """A device that belongs to a bridge."""

    __slots__ = ("_state", "bridge", "device", "flags", "forwards", "group_fwd_mask", "multicast_router", "number",
                 "vlan_group")  # fmt: skip

    def __init__(self, bridge: Bridge, device: Device, number: int) -> None:
        self.bridge = bridge
        self.device = device
        self.number = number
        #: Replaced when one changes.
        self.flags: Mapping[str, int] = PORT_FLAGS
        self._state = DISABLED
        self.forwards = False
        self.multicast_router = 1
        self.group_fwd_mask = 0
        self.vlan_group = VlanGroup()

    @property
    def state(self) -> int:
        return self._state

    @state.setter
    def state(self, state: int) -> None:
        self._state = state
        self.forwards = state == FORWARDING
        self.device.softirq.generation += 1

    def handle_frame(self, skb: Skb) -> None:
        """The rx_handler of the port's device."""
        self.bridge.handle_frame(skb, self)

    def should_deliver(self, skb: Skb, source: BridgePort | None) -> bool:
        """Not back where it came from, only on forwarding ports, not between isolated ones."""
        namespace, device = self.bridge.namespace, self.device
        if self is source:
            if not self.flags["hairpin"]:
                why = "the destination is behind the port it came from"
                namespace.drop(skb, device, DropReason.NO_TX_TARGET, why)
            return bool(self.flags["hairpin"])
        if self._state != FORWARDING:
            why = self.bridge.spanning.state_name(self.state)
            namespace.drop(skb, device, DropReason.BRIDGE_INGRESS_STP_STATE, why)
            return False
        if source is not None and source.flags["isolated"] and self.flags["isolated"]:
            namespace.drop(skb, device, DropReason.BRIDGE_PORT_POLICY, "both ports are isolated")
            return False
        return True

    def __repr__(self) -> str:
        return f"<BridgePort {self.device.name}>"

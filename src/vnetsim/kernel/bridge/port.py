"""A bridge port and the fast path through it (struct net_bridge_port; net/bridge/br_private.h, br_if.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.dropreason import DropReason
from vnetsim.kernel.bridge.stp import DISABLED, FORWARDING
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.ethernet import IPV4
from vnetsim.wire.ipv4 import Packet

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


def path_cost(speed: int | None) -> int:
    return 100 if speed is None else _COSTS.get(speed, 100)


def br_port_get(device: Device) -> BridgePort | None:
    """The bridge port that a device is, if it is one."""
    data = device.rx_handler_data
    return data if isinstance(data, BridgePort) else None


class BridgePort:
    """A device that belongs to a bridge."""

    __slots__ = ("_state", "bridge", "device", "fast_path_ok", "fdb", "flags", "group_fwd_mask", "multicast_router",
                 "number", "unfiltered")  # fmt: skip

    def __init__(self, bridge: Bridge, device: Device, number: int) -> None:
        self.bridge = bridge
        self.device = device
        self.fdb = bridge.fdb
        self.number = number
        self.flags = dict(PORT_FLAGS)
        self._state = DISABLED
        #: Forwarding, with no flag that could stop a frame, and no packet socket or tracer.
        self.fast_path_ok = False
        #: The same, and no rule that br_netfilter would run.
        self.unfiltered = False
        self.multicast_router = 1
        self.group_fwd_mask = 0

    @property
    def state(self) -> int:
        return self._state

    @state.setter
    def state(self, state: int) -> None:
        self._state = state
        self.update_fast_path()

    def update_fast_path(self) -> None:
        """Also after a change of `flags`."""
        flags, bridge = self.flags, self.bridge
        stops = flags["locked"] or flags["isolated"] or not flags["learning"] or bridge.promisc
        self.fast_path_ok = self._state == FORWARDING and not stops and not bridge.namespace.nit_active
        self.unfiltered = self.fast_path_ok and not bridge.call_iptables and not bridge.call_ip6tables

    def handle_frame(self, skb: Skb) -> None:
        """The rx_handler of the port's device."""
        self.bridge.handle_frame(skb, self)

    def receive(self, skb: Skb) -> None:
        """Device.receive and `handle_frame` in one step: from a known station to one behind another port."""
        if self.unfiltered:
            frame, fdb = skb.frame, self.fdb
            source, target = fdb.entries.get(frame.source), fdb.entries.get(frame.destination)
            if (
                source is not None and target is not None and source.port is self and not source.local
                and (egress := target.port) is not None and egress is not self and egress.unfiltered
                and not target.local
            ):  # fmt: skip
                now = self.device.softirq.instant
                expired = now - fdb.ageing
                if source.updated > expired and target.updated > expired:
                    source.updated = target.used = now
                    out = egress.device
                    if frame.length <= out.mtu + 14:
                        out.transmit(skb)
                        return
        if not self.fast_path_ok or not self._pass_up(skb):
            self.device.receive(skb)

    def _pass_up(self, skb: Skb) -> bool:
        """The same for an IPv4 packet of a known station to this host; False for any other frame."""
        bridge, frame, fdb = self.bridge, skb.frame, self.fdb
        source, target = fdb.entries.get(frame.source), fdb.entries.get(frame.destination)
        if (
            source is None or target is None or source.port is not self or source.local or not target.local
            or not bridge.up or bridge.rx_handler is not None or frame.ethertype != IPV4
        ):  # fmt: skip
            return False
        now = self.device.softirq.instant
        if source.updated <= now - fdb.ageing:
            return False
        skb.port, skb.device, skb.dirty, skb.is_host = self.device, bridge, True, True
        if bridge.call_iptables and isinstance(frame.payload, Packet):
            if not bridge.hooks.pre_routing(skb, bridge):
                return True
            if not skb.is_host:
                bridge.handle_frame_finish(skb, skb.frame, self)
                return True
        source.updated = target.used = now
        bridge.rx_packets += 1
        bridge.rx_bytes += skb.frame.length - 14
        bridge.namespace.packet_types[IPV4](skb)
        return True

    def should_deliver(self, skb: Skb, source: BridgePort | None) -> bool:
        """Not back where it came from, only on forwarding ports, not between isolated ones."""
        namespace, device = self.bridge.namespace, self.device
        if self is source:
            if not self.flags["hairpin"]:
                why = "the destination is behind the port it came from"
                namespace.drop(skb, device, DropReason.NO_TX_TARGET, why)
            return bool(self.flags["hairpin"])
        if self.state != FORWARDING:
            why = self.bridge.spanning.state_name(self.state)
            namespace.drop(skb, device, DropReason.BRIDGE_INGRESS_STP_STATE, why)
            return False
        if source is not None and source.flags["isolated"] and self.flags["isolated"]:
            namespace.drop(skb, device, DropReason.BRIDGE_PORT_POLICY, "both ports are isolated")
            return False
        return True

    def __repr__(self) -> str:
        return f"<BridgePort {self.device.name}>"

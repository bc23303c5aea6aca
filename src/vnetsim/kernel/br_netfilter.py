"""iptables for bridged packets (net/bridge/br_netfilter_hooks.c, br_netfilter_ipv6.c).

Not modelled: bridged IPv6 packets whose destination a rule changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vnetsim.dropreason import DropReason
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.ipv4.igmp import ALL_SNOOPERS
from vnetsim.kernel.netfilter.flow_offload import offloaded
from vnetsim.wire import icmpv6, ipv6
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import Packet

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.wire.mac import Mac


class BrNetfilter:
    """The hooks of the bridges of one namespace."""

    def __init__(self, namespace: InetNetns) -> None:
        self._namespace = namespace

    def calls(self, bridge: Bridge, table: str) -> bool:
        own = bridge.extra.get(f"nf_call_{table}", 0) == 1
        return own or self._namespace.sysctls.number(f"net/bridge/bridge-nf-call-{table}") != 0

    def snooping_changed(self, bridge: Bridge, *, on: bool) -> None:
        """br_multicast_toggle: a bridge that is up joins all-snoopers, or leaves the group."""
        if bridge.up and on:
            self._namespace.igmp.join(bridge, ALL_SNOOPERS)
        elif bridge.up:
            self._namespace.igmp.leave(bridge, ALL_SNOOPERS)

    def pre_routing(self, skb: Skb, bridge: Bridge) -> bool:
        """br_nf_pre_routing."""
        before, netfilter = skb.frame.payload, self._namespace.netfilter
        run = netfilter.run4 if isinstance(before, Packet) else netfilter.run6
        if not run("PREROUTING", skb, bridge, None):
            return False
        skb.nf_prerouted = True
        after = skb.frame.payload
        if after is before or not isinstance(before, Packet) or not isinstance(after, Packet):
            return True
        return after.destination == before.destination or self._redirect(skb, after, bridge)

    def _redirect(self, skb: Skb, packet: Packet, bridge: Bridge) -> bool:
        """br_nf_pre_routing_finish: DNAT changed the destination; False if the packet ends here, or waits.

        To a station on this link it goes on as it came, but for the station's address; else this host routes it.
        """
        assert skb.port is not None
        skb.device, skb.is_host = skb.port, False
        namespace = self._namespace
        route = namespace.ip.routes.input(packet, bridge, skb.mark, namespace.ip.routes.transport(packet))
        if route.reason in (DropReason.ROUTE_BLACKHOLE, DropReason.IP_INVALID_SOURCE, DropReason.IP_RPFILTER):
            namespace.drop(skb, bridge, route.reason)
            return False
        if route.device is not bridge or route.is_local:
            skb.frame = _to(bridge.mac, skb.frame)
            return True
        hop = route.gateway or packet.destination
        neighbours = namespace.arp if isinstance(hop, IPv4) else namespace.ndisc
        entry = neighbours.entry(bridge, hop)
        if entry is None or not entry.ready or entry.mac is None:
            skb.bridged_dnat = _Redirect(bridge)
            neighbours.resolve(skb, bridge, hop)
            return False
        skb.path = None
        skb.frame = _to(entry.mac, skb.frame)
        return True

    def forward(self, skb: Skb, bridge: Bridge, egress: Device) -> bool:
        """br_nf_forward, br_nf_post_routing."""
        run = self._namespace.netfilter.run
        passed = run("FORWARD", skb, bridge, bridge, bridge_out=egress) and run(
            "POSTROUTING", skb, None, bridge, bridge_out=egress
        )
        if skb.path is not None and skb.path.hooks is not None:
            skb.path.record = offloaded
        return passed

    def ebtables(self, hook: str, skb: Skb, bridge: Bridge, ingress: Device | None, egress: Device | None) -> bool:
        return self._namespace.netfilter.bridge_hook(hook, skb, bridge, ingress, egress)

    def fragment(self, skb: Skb, egress: Device) -> None:
        """br_nf_dev_queue_xmit: a packet must fit exactly, or is fragmented as by a router."""
        packet, namespace = skb.frame.payload, self._namespace
        pieces: Sequence[Packet | ipv6.Packet]
        if isinstance(packet, ipv6.Packet):
            if not skb.frag_max_size or skb.frag_max_size > egress.mtu:
                namespace.drop(skb, egress, DropReason.ICMP_FRAG_NEEDED, f"mtu {egress.mtu}")
                namespace.icmp6.error(skb, packet, icmpv6.PACKET_TOO_BIG, 0, rest=egress.mtu)
                return
            pieces = packet.fragments(skb.frag_max_size, namespace.ip6.next_identification())
        else:
            assert isinstance(packet, Packet)
            if packet.dont_fragment and not skb.frag_max_size:
                namespace.drop(skb, egress, DropReason.ICMP_FRAG_NEEDED, f"mtu {egress.mtu}")
                return
            pieces = packet.fragments(egress.mtu)
        for fragment in pieces:
            part, frame = skb.clone(), skb.frame
            part.frame = Frame(frame.destination, frame.source, frame.ethertype, fragment, 14 + fragment.length)
            egress.transmit(part)


class _Redirect:
    """A packet that waits for the link-layer address of the station that DNAT sent it to."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def redirected(self, skb: Skb, mac: Mac) -> None:
        """br_nf_pre_routing_finish_bridge_slow."""
        bridge, ingress = self._bridge, skb.port
        skb.bridged_dnat = None
        skb.frame = _to(mac, skb.frame)
        port = None if ingress is None else br_port_get(ingress)
        if ingress is None or port is None or port.bridge is not bridge:
            bridge.namespace.drop(skb, bridge, DropReason.NO_TX_TARGET)
            return
        if bridge.namespace.nit_active:
            bridge.namespace.transmitted(skb, bridge)
        skb.device = ingress
        bridge.handle_frame_finish(skb, skb.frame, port)


def _to(mac: Mac, frame: Frame) -> Frame:
    return Frame(mac, frame.source, frame.ethertype, frame.payload, frame.length)

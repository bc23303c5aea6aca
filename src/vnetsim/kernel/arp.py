"""ARP in one namespace (net/ipv4/arp.c): asks, answers, and hands waiting packets on.

The states of neighbours are protocols.neighbour's; here are its timer, the frames and the questions of policy
(arp_ignore, arp_announce, arp_accept, arp_filter, proxy_arp).  Not modelled: arp_notify, proxy_arp_pvlan, media ids.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from vnetsim.clock import MILLISECOND, SECOND, Timer
from vnetsim.errors import Errno
from vnetsim.kernel.buffer import Skb
from vnetsim.protocols import neighbour
from vnetsim.protocols.neighbour import Drop, DropWhy, Fail, NeighbourTable, Parameters, Send
from vnetsim.trace import Reason, Waiting
from vnetsim.wire import icmp
from vnetsim.wire.arp import Arp, Operation
from vnetsim.wire.ethernet import ARP, Frame
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.mac import BROADCAST, Mac

if TYPE_CHECKING:
    from vnetsim.kernel.devices.device import Device
    from vnetsim.kernel.namespace import NetworkNamespace

Entry: TypeAlias = neighbour.Entry[Skb]
Action: TypeAlias = neighbour.Action[Skb]
Solicit: TypeAlias = neighbour.Solicit[Skb]

#: A jiffy of USER_HZ, in which some sysctls count.
_CENTISECOND: Final = 10 * MILLISECOND


class Arp4:
    """The ARP of one namespace."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self.namespace = namespace
        self.table: NeighbourTable[Skb] = NeighbourTable(self._parameters, namespace.host.random, _size)
        self._entries = self.table.entries
        self._timer: Timer | None = None
        self._armed_for: int | None = None
        self.proxies: set[tuple[int, IPv4]] = set()

    def _parameters(self, index: int) -> Parameters:
        device = self.namespace.by_index.get(index)
        if device is None:
            return Parameters()
        values = self.namespace.sysctls.neigh("ipv4", device.name)
        return Parameters(
            base_reachable=values["base_reachable_time_ms"] * MILLISECOND,
            retransmit=values["retrans_time_ms"] * MILLISECOND,
            delay_first_probe=values["delay_first_probe_time"] * SECOND,
            mcast_solicit=values["mcast_solicit"],
            ucast_solicit=values["ucast_solicit"],
            mcast_resolicit=values["mcast_resolicit"],
            locktime=values["locktime"] * _CENTISECOND,
            queue_bytes=values["unres_qlen_bytes"],
        )

    # --- asking -------------------------------------------------------------------------------------------------

    def entry(self, device: Device, hop: IPv4) -> Entry | None:
        return self._entries.get((device.index, hop))

    def resolve(self, skb: Skb, device: Device, hop: IPv4) -> Errno | None:
        """The packet leaves now, later, or never, when `hop`'s address is known."""
        tracer = self.namespace.host.tracer
        if tracer is not None:
            known = self._entries.get((device.index, hop))
            if known is None or known.mac is None:
                tracer(Waiting(at=self.namespace.host.engine.now(), namespace=self.namespace.label,
                               device=device.name, packet=skb.identity, hop=str(hop)))  # fmt: skip
        self.carry_out(self.table.resolve(device.index, hop, skb, self.namespace.host.engine.now()))
        return None

    def carry_out(self, actions: Iterable[Action]) -> None:
        """Do what the table asks for, and wake it up when it wants to be."""
        for action in actions:
            self._perform(action)
        deadline = self.table.deadline
        if deadline == self._armed_for:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._armed_for = deadline
        if deadline is not None:
            engine = self.namespace.host.engine
            self._timer = engine.after(max(0, deadline - engine.now()), self._expired)

    def _expired(self) -> None:
        self._timer = self._armed_for = None
        self.carry_out(self.table.expire(self.namespace.host.engine.now()))

    def _perform(self, action: Action) -> None:
        namespace = self.namespace
        if isinstance(action, neighbour.Solicit):
            self._solicit(action)
        elif isinstance(action, Send):
            device = namespace.by_index.get(action.index)
            if device is not None:
                namespace.ip.resolved(action.packet, device, action.mac)
        elif isinstance(action, Fail):
            self._failed(action.packet)
        elif isinstance(action, Drop):
            full = action.why is DropWhy.QUEUE_FULL
            reason = Reason.NEIGHBOUR_QUEUE_FULL if full else Reason.NEIGHBOUR_FAILED
            namespace.drop(action.packet, action.packet.device, reason)

    def _failed(self, skb: Skb) -> None:
        """arp_error_report: the sender hears that the host is unreachable."""
        packet = skb.frame.payload
        assert isinstance(packet, Packet)
        self.namespace.drop(skb, skb.device, Reason.NEIGHBOUR_FAILED)
        self.namespace.icmp.error(skb, packet, icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE)

    def _solicit(self, ask: Solicit) -> None:
        """arp_solicit: with a source address that the target can answer to."""
        device = self.namespace.by_index.get(ask.index)
        if device is None or not device.up:
            return
        target = IPv4(ask.address)
        source = self._announced(device, target, ask.about)
        request = Arp.request(device.mac, source, target)
        self._send(device, request, BROADCAST if ask.unicast_to is None else ask.unicast_to)

    def _announced(self, device: Device, target: IPv4, about: Skb | None) -> IPv4:
        namespace = self.namespace
        announce = max(namespace.sysctls.conf4["all"]["arp_announce"], device.conf4["arp_announce"])
        if about is not None and announce < 2:
            packet = about.frame.payload
            assert isinstance(packet, Packet)
            if namespace.ip.routes.is_local(packet.source) and (
                announce == 0 or namespace.inet.on_subnet(device, packet.source, target)
            ):
                return packet.source
        return namespace.inet.select_address(device, target) or IPv4(0)

    def _send(self, device: Device, packet: Arp, destination: Mac) -> None:
        device.transmit(device.new_skb(Frame.build(destination, device.mac, ARP, packet)))

    # --- hearing ------------------------------------------------------------------------------------------------

    def receive(self, skb: Skb) -> None:
        """arp_rcv, arp_process."""
        frame, device = skb.frame, skb.device
        namespace = self.namespace
        packet = frame.payload
        if frame.destination != device.mac and not frame.destination >> 40 & 1:
            namespace.drop(skb, device, Reason.NOT_FOR_US)
            return
        if not isinstance(packet, Arp) or packet.target_ip.is_loopback or packet.target_ip.is_multicast:
            namespace.drop(skb, device, Reason.MALFORMED)
            return
        if not device.arp or not device.has_arp:
            namespace.drop(skb, device, Reason.UNKNOWN_PROTOCOL)
            return
        if packet.operation == Operation.REQUEST and self._answer(skb, device, packet):
            return
        namespace.ip.delivered(skb, "ARP")
        self._learn(device, packet, unicast=not frame.destination >> 40 & 1)

    def _answer(self, skb: Skb, device: Device, packet: Arp) -> bool:
        """Answer a request if it asks for an address of ours (or one we stand in for); whether that settled it."""
        namespace = self.namespace
        routes = namespace.ip.routes
        if not packet.sender_ip:
            if routes.is_unicast_local(packet.target_ip) and not self._ignores(device, packet):
                self._reply(skb, device, packet)
            return True
        kind = routes.arp_kind(packet.target_ip, packet.sender_ip, device)
        if kind == "local":
            if not self._ignores(device, packet) and not self._filters(device, packet):
                self._learn_requester(device, packet)
                self._reply(skb, device, packet)
            return True
        if kind == "unicast" and self._stands_in(device, packet):
            self._learn_requester(device, packet)
            delay = namespace.sysctls.neigh("ipv4", device.name)["proxy_delay"] * _CENTISECOND
            namespace.host.engine.after(
                namespace.host.random.randrange(max(1, delay)), self._reply, skb, device, packet
            )
            return True
        return False

    def _reply(self, skb: Skb, device: Device, packet: Arp) -> None:
        self.namespace.ip.delivered(skb, "ARP, which answers")
        self._send(device, packet.answer(device.mac), packet.sender_mac)

    def _learn_requester(self, device: Device, packet: Arp) -> None:
        now = self.namespace.host.engine.now()
        self.carry_out(self.table.solicited_by(device.index, packet.sender_ip, packet.sender_mac, now))

    def _learn(self, device: Device, packet: Arp, *, unicast: bool) -> None:
        namespace = self.namespace
        accept = max(namespace.sysctls.conf4["all"]["arp_accept"], device.conf4["arp_accept"])
        gratuitous = packet.sender_ip == packet.target_ip
        if gratuitous and device.conf4["drop_gratuitous_arp"]:
            return
        create = bool(accept) and namespace.ip.routes.address_type(packet.sender_ip, "") == "UNICAST"
        self.carry_out(
            self.table.heard(
                device.index, packet.sender_ip, packet.sender_mac, namespace.host.engine.now(),
                reply=packet.operation == Operation.REPLY, unicast=unicast, gratuitous=gratuitous, create=create,
            )
        )  # fmt: skip

    # --- policy -------------------------------------------------------------------------------------------------

    def _ignores(self, device: Device, packet: Arp) -> bool:
        """arp_ignore: 0 answer for any local address, 1 only on its own device, 2 only to its subnet too, 8 never."""
        namespace = self.namespace
        level = max(namespace.sysctls.conf4["all"]["arp_ignore"], device.conf4["arp_ignore"])
        if level == 0:
            return False
        own = next((ifa for ifa in device.addresses4 if ifa.local == packet.target_ip), None)
        if level in (1, 2):
            return own is None or (level == 2 and packet.sender_ip not in own.network)
        if level == 3:
            return own is not None and own.scope >= 254
        return level == 8

    def _filters(self, device: Device, packet: Arp) -> bool:
        """arp_filter: answer only where a packet to the sender would leave by the same device."""
        conf = self.namespace.sysctls.conf4["all"]["arp_filter"] or device.conf4["arp_filter"]
        return bool(conf) and self.namespace.ip.routes.device_towards(packet.sender_ip, packet.target_ip) is not device

    def _stands_in(self, device: Device, packet: Arp) -> bool:
        """arp_fwd_proxy: the target is reached by another device than the one that asks."""
        namespace = self.namespace
        if not device.conf4["forwarding"]:
            return False
        if (device.index, packet.target_ip) in self.proxies:
            return True
        if not (namespace.sysctls.conf4["all"]["proxy_arp"] or device.conf4["proxy_arp"]):
            return False
        towards = namespace.ip.routes.device_towards(packet.target_ip, packet.sender_ip)
        return towards is not None and towards is not device

    # --- events -------------------------------------------------------------------------------------------------

    def carrier_lost(self, device: Device) -> None:
        if device.conf4["arp_evict_nocarrier"]:
            self.carry_out(self.table.flush(device.index, keep_permanent=True))

    def device_down(self, device: Device) -> None:
        """The device went down, disappeared or changed its address: nothing known about its link holds any more."""
        self.carry_out(self.table.flush(device.index))


def _size(skb: Skb) -> int:
    return skb.frame.length

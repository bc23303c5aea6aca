"""Virtual Ethernet pairs (drivers/net/veth.c): what one end transmits, the other receives.

As in the driver, packets are counted where they are transmitted: what one end has received is what the other has sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.device import HEADROOM, Device
from vnetsim.kernel.netdev.flow_path import FlowHop, FlowPath
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.arp import Arp, ArpOperation
from vnetsim.wire.ethernet import TAG_LENGTH, Frame, Tagged
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.netns import InetNetns


def _longest(frame: Frame, receiver: Device) -> int:
    """is_skb_forwardable: the outer tag is beside the frame (vlan_tci), so that its length does not count."""
    return receiver.mtu + HEADROOM + TAG_LENGTH * isinstance(frame.payload, Tagged)


def ignored(devices: Sequence[Device], begin: int, end: int, skb: Skb) -> int:
    """How many of these devices get a packet sent to all of which nothing comes, from the first to one that does more.

    It is a request that does not concern their hosts.  Here is no call for each device, because bridges flood to many.
    """
    packet = skb.frame.payload
    if not isinstance(packet, Arp) or not _asks(packet):
        return 0
    target, sender = packet.target_ip, packet.sender_ip
    conf: object = None
    every: object = None
    forwards = 0
    for index in range(begin, end):
        device = devices[index]
        namespace: InetNetns = device.namespace  # type: ignore[assignment]
        if not device.up or device.rx_handler is not None or namespace.nit_active or namespace.arp_hook is not None:
            return index - begin
        if not device.arp or not device.has_arp:
            return index - begin
        own, of_all, arp = device.ip.conf, namespace.sysctls.conf4["all"], namespace.arp
        if own is not conf or of_all is not every:  # most containers share theirs
            conf, every, forwards = own, of_all, own["forwarding"]
            if _takes_others(own, of_all):
                return index - begin
        if (arp.entries and (device.index, sender) in arp.entries) or (forwards and arp.proxies):
            return index - begin
        for shift, prefixes in namespace.inet.fib.own or namespace.inet.fib.own_prefixes():
            if target >> shift in prefixes:
                return index - begin
    return end - begin


def _asks(packet: Arp) -> bool:
    target = packet.target_ip
    is_request = packet.operation == ArpOperation.REQUEST and bool(packet.sender_ip)
    return is_request and target >> 24 != 127 and target >> 28 != 0xE


def _takes_others(own: Mapping[str, int], of_all: Mapping[str, int]) -> bool:
    """Whether settings of ARP make a request for another host interesting."""
    proxies = own["forwarding"] and (own["proxy_arp"] or of_all["proxy_arp"])
    return bool(own["arp_accept"] or of_all["arp_accept"] or proxies)


def _receive_copy(end: Any, skb: Skb) -> None:
    copy = skb.clone()
    copy.scrub()
    end.receive(copy)


class Veth(Device):
    kind: str | None = "veth"

    def __init__(self, name: str, mac: Mac) -> None:
        super().__init__(name, mac)
        self.far_end: Veth | None = None
        self.carrier = False
        self.carrier_changes = 1

    @classmethod
    def pair(cls, one: tuple[str, Mac], other: tuple[str, Mac]) -> tuple[Veth, Veth]:
        a, b = cls(*one), cls(*other)
        a.far_end, b.far_end = b, a
        return a, b

    @property
    def queues(self) -> int:  # type: ignore[override]
        """One for each CPU: one of a kernel without SMP (veth_get_num_queues)."""
        return 1 if "smp" in self.namespace.host.missing_modules else 2

    def details(self) -> Mapping[str, str | int]:
        """As `ip -d -j link` has it: nothing but another number of queues than usual."""
        return {"num_tx_queues": 1, "num_rx_queues": 1} if self.queues == 1 else {}

    @property
    def peer(self) -> Device | None:
        return self.far_end

    @property
    def speed(self) -> int | None:
        return 10_000

    @property
    def tso_max_size(self) -> int:
        return 524_280

    def receive(self, skb: Skb) -> None:
        previous, skb.previous = skb.previous, None
        if not self.up:
            self.namespace.drop(skb, self, DropReason.DEV_READY)
            return
        if previous is not None and self.softirq.records and not self.namespace.nit_active:
            skb.path = FlowPath(self.softirq.generation, self, previous, skb.frame)
        self.accept(skb)

    @property
    def received(self) -> tuple[int, int]:
        other = self.far_end
        return (0, 0) if other is None else (other.tx_packets, other.tx_bytes)

    def _xmit(self, skb: Skb) -> Errno | None:
        other = self.far_end
        assert other is not None
        length = skb.frame.length
        if length > other.mtu + HEADROOM and not skb.gso and length > _longest(skb.frame, other):
            return self._too_big(skb, other)
        hop = self._hop(skb, other) if skb.path is not None or skb.dst is not None else None
        if skb.dirty:
            skb.scrub()
        self.tx_packets += 1
        self.tx_bytes += length
        if not self.queue(other.receive if hop is None else hop.arrive, skb):
            other.rx_dropped += 1
            self.namespace.drop(skb, other, DropReason.CPU_BACKLOG)
        return None

    def send_copies(self, skb: Skb, ends: list[Device]) -> None:
        """Nothing comes of most requests of ARP that a bridge floods: an end makes a copy if it needs one."""
        if not self.softirq.queue_copies(_receive_copy, ignored, ends, skb):
            for end in ends:
                if not self.queue(partial(_receive_copy, end), skb):
                    end.rx_dropped += 1
                    self.namespace.drop(skb, end, DropReason.CPU_BACKLOG)

    def _hop(self, skb: Skb, other: Veth) -> FlowHop | None:
        """The hop to the other end, which knows what came next for the packet before."""
        dst, path = skb.dst, skb.path
        skb.dst = skb.path = None
        if path is not None and path.egress is self and self.root_qdisc is None:
            recorded: FlowHop | None = path.leave(skb, other, other.mtu + HEADROOM)
            if recorded is not None:
                return recorded
        if dst is None:
            return None
        if dst.hop is None or dst.hop.peer is not other:
            dst.hop = FlowHop(other)
        hop: FlowHop = dst.hop
        return hop

    def _too_big(self, skb: Skb, other: Veth) -> Errno:
        self.tx_dropped += 1
        other.rx_dropped += 1
        self.namespace.drop(skb, other, DropReason.PKT_TOO_BIG)
        return Errno.ENOBUFS

    def open(self) -> None:
        if self.far_end is not None and self.far_end.up:
            self._set_carriers(True)

    def stop(self) -> None:
        self._set_carriers(False)

    def dependants(self) -> list[Device]:
        return [*super().dependants(), *([] if self.far_end is None else [self.far_end])]

    def uninit(self) -> None:
        self.far_end = None

    def _set_carriers(self, carrier: bool) -> None:
        self.set_carrier(carrier)
        if self.far_end is not None:
            self.far_end.set_carrier(carrier)

"""Virtual Ethernet pairs (drivers/net/veth.c): what one end transmits, the other receives.

As in the driver, packets are counted where they are transmitted: what one end has received is what the other has sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.device import HEADROOM, Device
from vnetsim.kernel.netdev.flow_path import FlowHop, FlowPath
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.ethernet import ARP, TAG_LENGTH, Frame, Tagged
from vnetsim.wire.mac import Mac


def _longest(frame: Frame, receiver: Device) -> int:
    """is_skb_forwardable: the outer tag is beside the frame (vlan_tci), so that its length does not count."""
    return receiver.mtu + HEADROOM + TAG_LENGTH * isinstance(frame.payload, Tagged)


class Veth(Device):
    kind: str | None = "veth"

    def __init__(self, name: str, mac: Mac) -> None:
        super().__init__(name, mac)
        self._other: Veth | None = None
        self.carrier = False
        self.carrier_changes = 1

    @classmethod
    def pair(cls, one: tuple[str, Mac], other: tuple[str, Mac]) -> tuple[Veth, Veth]:
        a, b = cls(*one), cls(*other)
        a._other, b._other = b, a
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
        return self._other

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
        other = self._other
        return (0, 0) if other is None else (other.tx_packets, other.tx_bytes)

    def _xmit(self, skb: Skb) -> Errno | None:
        other = self._other
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

    def transmit_copy(self, skb: Skb) -> None:
        """Nothing comes of most requests of ARP that a bridge floods: the other end makes the copy if it needs one."""
        other, frame = self._other, skb.frame
        if (
            frame.ethertype != ARP or other is None or frame.length > other.mtu + HEADROOM
            or not self.carrier or not self.up or self.root_qdisc is not None or self.nf_egress is not None
            or self.namespace.nit_active
        ):  # fmt: skip
            self.transmit(skb.clone())
            return
        self.tx_packets += 1
        self.tx_bytes += frame.length
        if not self.queue(other.receive_copy, skb):
            other.rx_dropped += 1
            self.namespace.drop(skb, other, DropReason.CPU_BACKLOG)

    def receive_copy(self, skb: Skb) -> None:
        """What `transmit_copy` sent."""
        namespace = self.namespace
        if self.up and self.rx_handler is None and not namespace.nit_active:
            ignores = namespace.arp_ignores
            if ignores is not None and ignores(self, skb.frame.payload):
                return
        copy = skb.clone()
        copy.scrub()
        self.receive(copy)

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
        if self._other is not None and self._other.up:
            self._set_carriers(True)

    def stop(self) -> None:
        self._set_carriers(False)

    def dependants(self) -> list[Device]:
        return [*super().dependants(), *([] if self._other is None else [self._other])]

    def uninit(self) -> None:
        self._other = None

    def _set_carriers(self, carrier: bool) -> None:
        self.set_carrier(carrier)
        if self._other is not None:
            self._other.set_carrier(carrier)

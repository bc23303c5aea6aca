"""Virtual Ethernet pairs (drivers/net/veth.c): what one end transmits, the other receives.

As in the driver, packets are counted where they are transmitted: what one end has received is what the other has sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.engine import HOP_NS
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.device import HEADROOM, Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import QdiscOps


class Veth(Device):
    __slots__ = ("_longest", "_wire", "arrive")

    kind: ClassVar[str | None] = "veth"
    queues: ClassVar[int] = 2

    def __init__(self, name: str, mac: Mac) -> None:
        super().__init__(name, mac)
        self._other: Veth | None = None
        #: The other end if the fast path applies: carrier, no qdisc, no packet socket or tracer; and the longest frame
        #: that it takes.
        self._wire: Veth | None = None
        self._longest = 0
        #: The softirq calls it with a frame for this end: `receive`, or its fast path.
        self.arrive: Callable[[Skb], None] = self.receive
        self.carrier = False
        self.carrier_changes = 1

    @classmethod
    def pair(cls, one: tuple[str, Mac], other: tuple[str, Mac]) -> tuple[Veth, Veth]:
        a, b = cls(*one), cls(*other)
        a._other, b._other = b, a
        return a, b

    @property
    def peer(self) -> Device | None:
        return self._other

    @property
    def speed(self) -> int | None:
        return 10_000

    @property
    def tso_max_size(self) -> int:
        return 524_280

    def transmit(self, skb: Skb) -> Errno | None:
        """Device.transmit and `_xmit` in one step: most hops of a simulation are this one."""
        other = self._wire
        if other is None:
            return super().transmit(skb)
        length = skb.frame.length
        if length > self._longest and not skb.gso:
            return self._too_big(skb, other)
        if skb.dirty:
            skb.scrub()
        self.tx_packets += 1
        self.tx_bytes += length
        softirq = self.softirq
        if not softirq.backlog:
            softirq.backlog.append((softirq.instant + HOP_NS, other.arrive, skb))
        elif not self.queue(other.arrive, skb):
            other.rx_dropped += 1
            self.namespace.drop(skb, other, DropReason.CPU_BACKLOG)
        return None

    def _select_rx_handler(self) -> None:
        super()._select_rx_handler()
        self.arrive = self.receive if self.vlans or self._fast_rx is None else self._fast_rx

    def receive(self, skb: Skb) -> None:
        namespace = self.namespace
        if not self.up:
            namespace.drop(skb, self, DropReason.DEV_READY)
        elif namespace.nit_active or self.rx_handler is not None:
            self.accept(skb)
        else:
            skb.device = self
            protocol = namespace.packet_types.get(skb.frame.ethertype)
            if protocol is not None:
                protocol(skb)
            else:
                namespace.drop(skb, self, DropReason.UNHANDLED_PROTO)

    @property
    def received(self) -> tuple[int, int]:
        other = self._other
        return (0, 0) if other is None else (other.tx_packets, other.tx_bytes)

    def _xmit(self, skb: Skb) -> Errno | None:
        """The same for a frame that a qdisc dequeues."""
        other = self._other
        assert other is not None
        if skb.frame.length > other.mtu + HEADROOM and not skb.gso:
            return self._too_big(skb, other)
        if skb.dirty:
            skb.scrub()
        self.tx_packets += 1
        self.tx_bytes += skb.frame.length
        if not self.queue(other.arrive, skb):
            other.rx_dropped += 1
            self.namespace.drop(skb, other, DropReason.CPU_BACKLOG)
        return None

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

    def set_carrier(self, carrier: bool) -> None:
        super().set_carrier(carrier)
        self.update_fast_path()

    def graft_qdisc(self, discipline: QdiscOps | None) -> None:
        super().graft_qdisc(discipline)
        self.update_fast_path()

    def change_mtu(self, mtu: int) -> None:
        super().change_mtu(mtu)
        if self._other is not None:
            self._other.update_fast_path()

    def update_fast_path(self) -> None:
        other = self._other if self.carrier and self.root_qdisc is None and not self.namespace.nit_active else None
        self._wire = other
        self._longest = 0 if other is None else other.mtu + HEADROOM

    def dependants(self) -> list[Device]:
        return [*super().dependants(), *([] if self._other is None else [self._other])]

    def uninit(self) -> None:
        self._other = None
        self.update_fast_path()

    def _set_carriers(self, carrier: bool) -> None:
        self.set_carrier(carrier)
        if self._other is not None:
            self._other.set_carrier(carrier)

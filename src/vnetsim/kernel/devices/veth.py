"""Virtual Ethernet pairs (drivers/net/veth.c): what one end transmits, the other receives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from vnetsim.errors import Errno
from vnetsim.kernel.buffer import Skb
from vnetsim.kernel.devices.device import Device
from vnetsim.trace import Reason
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.disciplines.discipline import Discipline

#: A frame may be longer than the receiver's mtu by the Ethernet header and a VLAN tag (is_skb_forwardable).
_ROOM = 14 + 4


class Veth(Device):
    kind: ClassVar[str | None] = "veth"
    queues: ClassVar[int] = 2

    def __init__(self, name: str, mac: Mac) -> None:
        super().__init__(name, mac)
        self._other: Veth | None = None
        #: The other end, as long as nothing stands between: a missing carrier or a queueing discipline.
        self._wire: Veth | None = None
        self._arrive: Callable[[Skb], None] = self.receive
        self.carrier = False
        self.carrier_changes = 1

    @classmethod
    def pair(cls, one: tuple[str, Mac], other: tuple[str, Mac]) -> tuple[Veth, Veth]:
        a, b = cls(*one), cls(*other)
        a._other, b._other = b, a
        a._arrive, b._arrive = b.receive, a.receive
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
        if self.namespace.watched:
            self.namespace.transmitted(skb, self)
        length = skb.frame.length
        if length > other.mtu + _ROOM and not skb.gso:
            return self._too_big(skb, other)
        if skb.touched:
            skb.scrub()
        self.tx_packets += 1
        self.tx_bytes += length
        if not self.queue(self._arrive, skb):
            other.rx_dropped += 1
            self.namespace.drop(skb, other, Reason.BACKLOG_FULL)
        return None

    def _xmit(self, skb: Skb) -> Errno | None:
        """The same once more, for a frame that a queueing discipline lets go."""
        other = self._other
        assert other is not None
        if skb.frame.length > other.mtu + _ROOM and not skb.gso:
            return self._too_big(skb, other)
        if skb.touched:
            skb.scrub()
        self.tx_packets += 1
        self.tx_bytes += skb.frame.length
        if not self.queue(self._arrive, skb):
            other.rx_dropped += 1
            self.namespace.drop(skb, other, Reason.BACKLOG_FULL)
        return None

    def _too_big(self, skb: Skb, other: Veth) -> Errno:
        self.tx_dropped += 1
        other.rx_dropped += 1
        self.namespace.drop(skb, other, Reason.TOO_BIG)
        return Errno.ENOBUFS

    def open(self) -> None:
        if self._other is not None and self._other.up:
            self._set_carriers(True)

    def stop(self) -> None:
        self._set_carriers(False)

    def set_carrier(self, carrier: bool) -> None:
        super().set_carrier(carrier)
        self._look_at_wire()

    def set_discipline(self, discipline: Discipline | None) -> None:
        super().set_discipline(discipline)
        self._look_at_wire()

    def _look_at_wire(self) -> None:
        self._wire = self._other if self.carrier and self.discipline is None else None

    def dependants(self) -> list[Device]:
        return [*super().dependants(), *([] if self._other is None else [self._other])]

    def unregistered(self) -> None:
        self._other = None
        self._look_at_wire()

    def _set_carriers(self, carrier: bool) -> None:
        self.set_carrier(carrier)
        if self._other is not None:
            self._other.set_carrier(carrier)

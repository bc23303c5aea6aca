"""The walk of a packet through a host, recorded for the next one (compare dev_fill_forward_path in net/core/dev.c).

A packet that came over a cable walks through bridge, netfilter and IP, and each writes into its `FlowPath` what it did.
Where the same is to be done with the next packet, the end of the walk makes a FlowHop of it: what a packet must have in
common with the recorded one, what is done then, and the generation (`Softirq.generation`) of all else that the walk
read: devices, ports, routes, rules, sysctls.  The hop before keeps it as what will come next (`arrive`).  A packet that
a hop is not for walks, which records another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from vnetsim.dropreason import DropReason
from vnetsim.engine import HOP_NS
from vnetsim.wire.ethernet import HEADER_LENGTH

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.wire.ethernet import Frame

#: Longer than any frame.
_UNLIMITED: Final = 1 << 30


class FlowPath:
    """What the walk of one packet has come to so far.

    It came by `ingress` from the hop `previous`, as `frame`; both are None if it begins on this host.  The bridge of
    `fdb` has `learned` its source and `looked_up` its destination; `passed_up` is that bridge if the packet is for the
    host.  `hooks` are those of netfilter, with the flow entries `flows`, the `outcomes` of tables without one, and the
    verdicts `bound` to a new connection.  `route` is what IP found.  It leaves by `egress`, where the bridge
    `sent_by` sent it by its entry `sent_to` if it went to a bridge.  `record` makes the hop.
    """

    # The usual values are on the class, because most walks set few of them.
    fdb: Any = None
    learned: Any = None
    looked_up: Any = None
    passed_up: Device | None = None
    flows: tuple[Any, ...] = ()
    outcomes: tuple[tuple[str, Any], ...] = ()
    bound: tuple[tuple[str, Any, Device | None, Device | None], ...] = ()
    hooks: Any = None
    route: Any = None
    egress: Device | None = None
    sent_by: Device | None = None
    sent_fdb: Any = None
    sent_to: Any = None
    longest = _UNLIMITED
    record: Callable[[FlowPath, Skb, Device], FlowHop | None] | None = None

    def __init__(self, generation: int, ingress: Device | None, previous: FlowHop | None, frame: Frame) -> None:
        self.generation, self.ingress, self.previous, self.frame = generation, ingress, previous, frame

    @property
    def device(self) -> Device | None:
        """Where the stack sees the packet come in."""
        return self.passed_up or self.ingress

    def leave(self, skb: Skb, peer: Device, longest: int) -> FlowHop | None:
        """The packet goes to `peer`, which takes frames up to that length: the hop for the next one."""
        if self.record is None:
            return None
        self.longest = min(self.longest, longest)
        return self.record(self, skb, peer)


class FlowStep(Protocol):
    """What a recorded hop does with all packets of one flow."""

    longest: int
    arrive: Callable[[Skb], None]

    def fits(self, now: int) -> bool:
        """Whether nothing that changes with packets and time speaks against it."""

    def passed(self, now: int, length: int) -> None:
        """Count a frame of that length."""


class FlowHop:
    """To `peer`, the device at the other end of a cable; the softirq calls `arrive` with the packets there."""

    __slots__ = ("arrive", "peer")

    def __init__(self, peer: Device) -> None:
        self.peer = peer
        self.arrive: Callable[[Skb], None] = self.unrecorded

    def unrecorded(self, skb: Skb) -> None:
        """What the packet meets there is not recorded, or the record is not for it."""
        skb.previous = self
        self.peer.receive(skb)

    def depart(self, packet: Any) -> bool:
        """Send a packet of this host, if that is recorded."""
        del packet
        return False

    def step(self, frame: Frame) -> tuple[FlowStep, Frame] | None:
        """What `arrive` does with frames like this one, and what becomes of them; None if that is not recorded."""
        del frame
        return None


class RecordedHop(FlowHop):
    """What the walk did with a packet between two cables, see FlowPath.

    `destination` and `source` are those of the frames that it is for.
    """

    __slots__ = ("destination", "device", "egress", "fdb", "generation", "learned", "longest", "looked_up", "neighbour",
                 "passed_up", "previous", "sent_by", "sent_fdb", "sent_to", "softirq", "source", "station")  # fmt: skip

    def __init__(self, path: FlowPath, peer: Device) -> None:
        super().__init__(peer)
        self.softirq, self.generation, self.previous = peer.softirq, path.generation, path.previous
        self.destination, self.source = path.frame.destination, path.frame.source
        # None where the walk had none; who uses them was recorded with them.
        self.fdb: Any = path.fdb
        self.learned: Any = path.learned
        self.looked_up: Any = path.looked_up
        self.passed_up, self.longest = path.passed_up, path.longest
        self.egress: Any = path.egress
        self.sent_by: Any = path.sent_by
        self.sent_fdb: Any = path.sent_fdb
        self.sent_to: Any = path.sent_to
        self.device: Any = None if path.route is None else path.route.device
        self.neighbour: Any = None if path.route is None else path.route.neighbour
        #: Its address, as the frames have it.
        self.station: Any = None if self.neighbour is None else self.neighbour.mac

    def walk(self, skb: Skb) -> None:
        """The hop is not for this packet."""
        assert self.previous is not None
        self.previous.unrecorded(skb)

    def fits(self, now: int) -> bool:
        """Whether the neighbour is known, and the bridges before and behind the stack know the stations."""
        neighbour = self.neighbour
        if neighbour is not None and not (neighbour.ready and neighbour.mac is self.station):
            return False
        learned, looked_up, sent_to = self.learned, self.looked_up, self.sent_to
        if learned is not None:
            expired = now - self.fdb.ageing
            if learned.updated <= expired or not (looked_up.local or looked_up.updated > expired):
                return False
        return sent_to is None or sent_to.updated > now - self.sent_fdb.ageing

    def entered(self, now: int, length: int) -> None:
        """Count a frame of that length at the bridge before the stack, if there is one."""
        if self.learned is not None:
            self.learned.updated = self.looked_up.used = now
            if self.passed_up is not None:
                self.passed_up.rx_packets += 1
                self.passed_up.rx_bytes += length - HEADER_LENGTH

    def passed(self, now: int, length: int) -> None:
        """The same where it leaves, too."""
        if self.learned is not None:
            self.entered(now, length)
        if self.sent_to is not None:
            self.sent_to.used = now
            self.sent_by.tx_packets += 1
            self.sent_by.tx_bytes += length
        egress = self.egress
        if egress is not None:
            egress.tx_packets += 1
            egress.tx_bytes += length

    def leave(self, skb: Skb) -> None:
        """It goes over the cable."""
        softirq = self.softirq
        if softirq.backlog:
            self.congested(skb)
        else:
            softirq.backlog.append((softirq.instant + HOP_NS, self.arrive, skb))

    def congested(self, skb: Skb) -> None:
        """Other frames are in the backlog: behind them, unless it is full."""
        if not self.peer.queue(self.arrive, skb):
            self.peer.rx_dropped += 1
            self.egress.namespace.drop(skb, self.peer, DropReason.CPU_BACKLOG)

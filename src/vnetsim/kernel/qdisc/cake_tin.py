"""The tins of cake: a share of the bandwidth each, and the flows that share it (net/sched/sch_cake.c)."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from vnetsim.clock import MICROSECOND, SECOND
from vnetsim.kernel.qdisc.cobalt import Cobalt, CobaltParameters
from vnetsim.kernel.qdisc.codel import TimedQueue

_LONGEST_QUANTUM: Final = 1514
_LEAST_QUANTUM: Final = 300
_LEAST_RATE: Final = 64
_SHIFT: Final = 34
#: What DSCP go to which tin, by the modes in the order of their numbers (diffserv3, diffserv4, diffserv8).
_DIFFSERV3: Final = "0100200010000000000000000000000000000000000020202000000020000000"
_DIFFSERV4: Final = "0100200010000000202020202020202030202020300030303000000030000000"
_DIFFSERV8: Final = "2012422212121212524242423232323262323232622262627222222272222222"
_PRECEDENCE: Final = "".join(str(dscp >> 3) for dscp in range(64))


class TinPlan(NamedTuple):
    """`shares` of the rate and of the turns of each tin, as (numerator, denominator); `order` is that of dumps."""

    by_dscp: str
    shares: tuple[tuple[int, int], ...]
    order: tuple[int, ...]
    quantum: int


def _falling() -> tuple[tuple[int, int], ...]:
    return tuple((7**power, 8**power) for power in range(8))


_EIGHT: Final = tuple(range(8))
#: By the numbers of CAKE_DIFFSERV_*.
PLANS: Final = (
    TinPlan(_DIFFSERV3, ((1, 1), (1, 16), (1, 4)), (1, 0, 2), 1024),
    TinPlan(_DIFFSERV4, ((1, 1), (1, 16), (1, 2), (1, 4)), (1, 0, 2, 3), 1024),
    TinPlan(_DIFFSERV8, _falling(), _EIGHT, 256),
    TinPlan("0" * 64, ((1, 1),), (0,), 65535),
    TinPlan(_PRECEDENCE, _falling(), _EIGHT, 256),
)


class TinFlow:
    """struct cake_flow; `state` is None, `sparse`, `sparse_wait`, `bulk` or `decaying`."""

    def __init__(self, hosts: tuple[object, object]) -> None:
        self.hosts = hosts
        self.queue, self.cobalt = TimedQueue(), Cobalt()
        self.state: str | None = None
        self.deficit = 0


class TimePerByte:
    """How long bytes take: time per byte as a fixed point number (cake_set_rate)."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._factor, self._shift = 0, 0
        if rate:
            self._factor, self._shift = (SECOND << _SHIFT) // max(_LEAST_RATE, rate), _SHIFT
            while self._factor >> _SHIFT:
                self._factor >>= 1
                self._shift -= 1

    def duration(self, length: int) -> int:
        return length * self._factor >> self._shift


def ewma(average: int, sample: int, shift: int) -> int:
    """cake_ewma"""
    return average - (average >> shift) + (sample >> shift)


class Tin:
    """struct cake_tin_data"""

    def __init__(self) -> None:
        self.flows: dict[object, TinFlow] = {}
        self.new: deque[TinFlow] = deque()
        self.old: deque[TinFlow] = deque()
        self.decaying: deque[TinFlow] = deque()
        #: How many bulk flows the hosts have that send, and those that receive.
        self.senders: dict[object, int] = {}
        self.receivers: dict[object, int] = {}
        self.deficit = self.next_packet = self.backlog = 0
        self.flow_quantum, self.quantum = _LONGEST_QUANTUM, 0
        self.pace = TimePerByte(0)
        self.parameters = CobaltParameters(0, 0, 0)
        self.counts = dict.fromkeys(("pkts", "bytes", "way_miss", "drops", "marks", "un_flows", "max_len"), 0)
        self.delays = {"pk_delay": 0, "av_delay": 0, "sp_delay": 0}

    def configure(self, rate: int, mtu: int, target: int, interval: int) -> None:
        """cake_set_rate"""
        self.pace = TimePerByte(rate)
        self.flow_quantum = max(min(rate >> 12, _LONGEST_QUANTUM), _LEAST_QUANTUM) if rate else _LONGEST_QUANTUM
        frame = self.pace.duration(mtu)
        least = max(frame * 3 // 2, target)
        self.parameters = CobaltParameters(least, max(interval + least - target, 2 * least), frame)

    def number_of(self, state: str) -> int:
        """How many flows are `sparse` or `bulk`; one that waits for its turn is sparse, too."""
        states = ("sparse", "sparse_wait") if state == "sparse" else (state,)
        return sum(flow.state in states for chain in (self.new, self.old, self.decaying) for flow in chain)

    @property
    def has_flows(self) -> bool:
        return bool(self.new or self.old)

    def first(self, *, decaying_first: bool) -> tuple[deque[TinFlow], TinFlow] | None:
        """The flow whose turn it is."""
        chains = [self.new, self.old, self.decaying]
        for chain in [self.decaying, *chains] if decaying_first else chains:
            if chain:
                return chain, chain[0]
        return None

    def becomes_bulk(self, flow: TinFlow, change: int) -> None:
        """The hosts of a flow have one more bulk flow, or one less."""
        for counts, host in zip((self.senders, self.receivers), flow.hosts, strict=True):
            if host is not None:
                counts[host] = counts.get(host, 0) + change

    def turn(self, flow: TinFlow) -> int:
        """How much a flow may send: the turn of its host is shared by the host's bulk flows."""
        counts = zip((self.senders, self.receivers), flow.hosts, strict=True)
        load = max([1, *(chain.get(host, 0) for chain, host in counts if host is not None)])
        return -(-self.flow_quantum // load)

    def waited(self, time: int) -> None:
        """The statistics of delays."""
        before, delays = self.delays, dict(self.delays)
        delays["av_delay"] = ewma(before["av_delay"], time, 8)
        delays["pk_delay"] = ewma(before["pk_delay"], time, 2 if time > before["pk_delay"] else 8)
        delays["sp_delay"] = ewma(before["sp_delay"], time, 2 if time < before["sp_delay"] else 8)
        self.delays = delays

    def statistics(self) -> dict[str, int]:
        """What dumps have of it; times in microseconds."""
        times = {"target": self.parameters.target, "interval": self.parameters.interval, **self.delays}
        return {
            "thresh": self.pace.rate, **{key: time // MICROSECOND for key, time in times.items()},
            "backlog": self.backlog, **self.counts, "way_inds": 0, "way_cols": 0, "ack_drop": 0,
            "sp_flows": self.number_of("sparse"), "bk_flows": self.number_of("bulk"), "quantum": self.flow_quantum,
        }  # fmt: skip

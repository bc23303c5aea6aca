"""Laws: whatever a wire does, both ends read what the other one wrote; whatever a stranger sends, nothing breaks."""

from __future__ import annotations

import random

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.protocols.tcp.wire import DELAY, NUMBERS, Fate, Wire, connected
from vnetsim.clock import SECOND
from vnetsim.errors import Errno
from vnetsim.protocols.tcp import TcpConnection, TcpPath, TcpSettings, TcpState
from vnetsim.wire.tcp import ACK, FIN, PSH, RST, SACK, SYN, TIMESTAMPS, Tcp

#: More patience than Linux has, so that bad luck is not the end.
PATIENT = TcpSettings(syn_retries=30, synack_retries=30, orphan_retries=60, retries=60)
LONG = 40_000 * SECOND


@attrs.frozen
class Weather:
    loss: float
    doubling: float
    jitter: int
    seed: int

    def fate(self) -> Fate:
        chance = random.Random(self.seed)

        def fate(_index: int, _segment: Tcp) -> list[int]:
            if chance.random() < self.loss:
                return []
            copies = 1 + (chance.random() < self.doubling)
            return [DELAY + chance.randrange(self.jitter + 1) for _ in range(copies)]

        return fate


@attrs.define
class Talker:
    """Writes `text` piece by piece and closes; reads now and then."""

    chance: random.Random
    text: bytes
    heard: bytearray = attrs.field(factory=bytearray)
    written: int = 0
    closed: bool = False

    def act(self, end: TcpConnection, now: int) -> None:
        if end.state.may_send and not self.closed:
            size = min(end.writable, self.chance.randrange(1, 6000))
            piece = self.text[self.written : self.written + size]
            if piece:
                end.write(piece, now, more=self.chance.random() < 0.1)
                self.written += len(piece)
            elif self.written == len(self.text):
                end.shutdown(now)
                self.closed = True
        if self.chance.random() < 0.8:
            self.heard += end.read(self.chance.randrange(1, 100_000), now)


def converse(wire: Wire, one: Talker, other: Talker) -> None:
    """Until both ends are at rest."""
    wire.connect()
    while (due := wire.deadline()) is not None and due < LONG:
        one.act(wire.a, wire.now)
        if wire.b is not None:
            other.act(wire.b, wire.now)
        wire.flush()
        wire.step()
    one.heard += wire.a.read(1 << 20, wire.now)
    other.heard += wire.other.read(1 << 20, wire.now)


WEATHER = st.builds(
    Weather,
    loss=st.sampled_from([0.0, 0.01, 0.1, 0.25]),
    doubling=st.sampled_from([0.0, 0.1, 0.5]),
    jitter=st.sampled_from([0, 1000, 200_000, 20_000_000]),
    seed=st.integers(0, 1000),
)
SIZES = st.sampled_from([0, 1, 10, 5000, 60_000, 200_000])
BOTH = st.booleans()


@settings(max_examples=examples(60))
@given(WEATHER, SIZES, SIZES, BOTH, BOTH, BOTH, BOTH)
def test_no_data_is_lost_or_in_another_order(
    weather: Weather, size: int, other_size: int, sack: bool, timestamps: bool, scaling: bool, whole: bool
) -> None:
    told = attrs.evolve(PATIENT, sack=sack, timestamps=timestamps, window_scaling=scaling)
    wire = Wire(told, path=TcpPath(mtu=1500, segmentation=whole), fate=weather.fate())
    chance = random.Random(weather.seed)
    one, other = (Talker(chance, chance.randbytes(length)) for length in (size, other_size))
    converse(wire, one, other)
    assert bytes(one.heard) == other.text
    assert bytes(other.heard) == one.text
    assert (wire.a.state, wire.other.state) == (TcpState.CLOSED, TcpState.CLOSED)
    # Once TIME_WAIT is over, who still waits for the last acknowledgement is refused.
    assert {wire.a.error, wire.other.error} <= {None, Errno.ECONNRESET}


def around(number: int) -> st.SearchStrategy[int]:
    return st.one_of(
        st.integers(-3000, 3000).map(lambda offset: number + offset & 0xFFFF_FFFF), st.integers(0, 0xFFFF_FFFF)
    )


OPTIONS = st.lists(
    st.one_of(
        st.tuples(st.just(TIMESTAMPS), st.tuples(st.integers(0, 0xFFFF_FFFF), st.integers(0, 0xFFFF_FFFF))),
        st.tuples(st.just(SACK), st.lists(st.tuples(around(1000), around(1000)), min_size=1, max_size=3).map(tuple)),
    ),
    max_size=2,
).map(tuple)
STRANGE = st.builds(
    Tcp.build,
    st.just(80), st.just(40000), around(NUMBERS["b"] + 1), around(NUMBERS["a"] + 1),
    st.sampled_from([0, ACK, ACK | PSH, ACK | FIN, SYN, SYN | ACK, RST, RST | ACK, FIN, 0xFF]),
    st.integers(0, 0xFFFF), OPTIONS, st.binary(max_size=20),
)  # fmt: skip


@settings(max_examples=examples(200))
@given(st.lists(STRANGE, max_size=12), st.sampled_from(["connecting", "connected", "closing", "waiting"]))
def test_no_segment_breaks_a_connection(segments: list[Tcp], when: str) -> None:
    """It sends only what was written, announces no smaller window than before, and its timers come to an end."""
    wire = Wire() if when == "connecting" else connected()
    if when == "connecting":
        wire.connect()
    else:
        wire.write("a", 4000)
    if when in ("closing", "waiting"):
        wire.close("a")
    if when == "waiting":
        wire.later()
        wire.close("b")
        wire.later()
    wire._events.clear()
    end = wire.a
    edge = end.receiver.right_edge
    for segment in segments:
        end.receive(segment, wire.now)
        for outgoing in end.take():
            first = outgoing.segment.sequence - NUMBERS["a"] & 0xFFFF_FFFF
            assert outgoing.segment.flags & RST or first + outgoing.segment.data_length <= 4002
        if end.state not in (TcpState.CLOSED, TcpState.SYN_SENT, TcpState.SYN_RECV) and when != "connecting":
            assert end.receiver.right_edge >= edge
            edge = end.receiver.right_edge
        wire.now += 1_000_000
    for _ in range(200):
        due = end.deadline
        if due is None:
            break
        wire.now = max(wire.now, due)
        end.expire(wire.now)
        end.take()
        assert end.deadline is None or end.deadline > wire.now

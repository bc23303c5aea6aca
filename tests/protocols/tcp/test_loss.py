"""What is lost, late, doubled or too large for the path.  Times and orders are those recorded on Linux 6.18."""

from __future__ import annotations

import itertools

import pytest

from tests.protocols.tcp.wire import DELAY, Wire, connected, losing
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.errors import Errno
from vnetsim.protocols.tcp import TcpPath, TcpSettings, TcpState
from vnetsim.wire.tcp import ACK, FIN, Tcp

CUT = TcpPath(mtu=1500, segmentation=False)


def carries_data(segment: Tcp) -> bool:
    return bool(segment.data_length)


def ends(segment: Tcp) -> bool:
    return bool(segment.flags & FIN)


def sent(wire: Wire, name: str = "a") -> list[int]:
    """When one end sent something, in milliseconds after the first."""
    first = wire.log[0][0]
    return [(at - first) // MILLISECOND for at, who, _ in wire.log if who == name]


# --- timeouts ---------------------------------------------------------------------------------------------------------


def test_nobody_answers_any_more() -> None:
    """At first the loss probe, then timeouts that double up to two minutes, for about a quarter of an hour."""
    wire = connected(fate=losing(carries_data))
    wire.write("a", 5)
    wire.run(wire.now + 1200 * SECOND)
    times = sent(wire)
    assert times[:9] == [0, 208, 416, 856, 1688, 3352, 6680, 13336, 26648]
    assert {later - sooner for sooner, later in itertools.pairwise(times[11:])} == {120_832}
    assert (wire.a.state, wire.a.error) == (TcpState.CLOSED, Errno.ETIMEDOUT)


def test_what_the_network_said_is_why() -> None:
    wire = connected(fate=losing(carries_data))
    wire.write("a", 5)
    wire.a.unreachable(Errno.EHOSTUNREACH, 1001)
    assert wire.a.state is TcpState.ESTABLISHED
    wire.run(wire.now + 1200 * SECOND)
    assert wire.a.error is Errno.EHOSTUNREACH


def test_an_orphan_gives_up_sooner() -> None:
    wire = connected(fate=losing(carries_data))
    wire.write("a", 5)
    wire.close("a")
    wire.run(wire.now + 1200 * SECOND)
    assert wire.a.state is TcpState.CLOSED
    assert wire.log[-1][0] < 200 * SECOND


def test_the_last_segment_is_asked_for() -> None:
    """A tail loss probe, two round trips and a few jiffies later (RFC 8985, 7)."""
    wire = connected(path=CUT, fate=losing(lambda segment: segment.data_length == 1448 and segment.flags != ACK, 1))
    wire.write("a", 3 * 1448)
    assert wire.later() == [
        "a [.] 1:1449 ack 1", "a [.] 1449:2897 ack 1", "a [P.] 2897:4345 ack 1", "b [.] ack 1449", "b [.] ack 2897",
        "a [P.] 2897:4345 ack 1", "b [.] ack 4345",
    ]  # fmt: skip


@pytest.mark.parametrize("lost", range(1, 6))
def test_after_some_timeouts_it_goes_on(lost: int) -> None:
    wire = connected(fate=losing(carries_data, lost))
    wire.write("a", 5)
    wire.run(wire.now + 100 * SECOND)
    assert (wire.read("b"), wire.lost) == (5, lost)
    wire.log.clear()
    wire.write("a", 5)
    assert len(wire.later(50)) == 2


def test_an_end_that_is_lost_comes_again() -> None:
    wire = connected(fate=losing(ends, 1))
    wire.close("a")
    wire.run(wire.now + SECOND)
    assert sent(wire) == [0, 208]
    assert wire.other.state is TcpState.CLOSE_WAIT


# --- gaps -------------------------------------------------------------------------------------------------------------


def test_a_gap_is_filled_as_soon_as_three_segments_tell_of_it() -> None:
    wire = connected(path=CUT, fate=losing(carries_data, 1))
    wire.write("a", 10 * 1448)
    wire.words()
    assert wire.later() == [
        *(f"b [.] ack 1 1449:{end}" for end in range(2897, 13034, 1448)),
        "b [.] ack 1 1449:14481",
        "a [.] 1:1449 ack 1",
        "b [.] ack 14481",
    ]
    assert wire.read("b") == 14480


def test_the_repair_is_under_way_after_the_third() -> None:
    wire = connected(path=CUT, fate=losing(carries_data, 1))
    wire.write("a", 10 * 1448)
    wire.run(wire.now + 2 * DELAY)
    assert wire.words()[-1] == "a [.] 1:1449 ack 1"


def test_without_sack_three_equal_acknowledgements_tell() -> None:
    wire = connected(settings=TcpSettings(sack=False), path=CUT, fate=losing(carries_data, 1))
    wire.write("a", 10 * 1448)
    wire.words()
    assert wire.later() == [*["b [.] ack 1"] * 9, "a [.] 1:1449 ack 1", "b [.] ack 14481"]


@pytest.mark.parametrize("sack", [True, False])
def test_many_gaps_are_filled_without_a_timeout(sack: bool) -> None:
    numbers = {3, 5, 6}
    index = -1

    def fate(_: int, segment: Tcp) -> list[int]:
        nonlocal index
        index += bool(segment.data_length)
        return [] if segment.data_length and index in numbers else [DELAY]

    wire = connected(settings=TcpSettings(sack=sack), path=CUT, fate=fate)
    wire.write("a", 10 * 1448)
    wire.run(wire.now + (100 if sack else 3000) * MILLISECOND)
    assert wire.read("b") == 14480
    if sack:
        again = [segment.sequence for at, who, segment in wire.log if who == "a" and at > SECOND]
        assert again == [1001 + 1448 * number for number in sorted(numbers)]


def test_half_of_the_speed_after_a_loss() -> None:
    wire = connected(path=CUT, fate=losing(carries_data, 1))
    before = wire.a.sender.congestion.window
    wire.write("a", 10 * 1448)
    wire.later()
    assert wire.a.sender.congestion.window < before


def test_what_only_came_late_is_not_sent_again() -> None:
    """Two neighbours in the wrong order: no repair."""

    def fate(index: int, _: Tcp) -> list[int]:
        return [DELAY + 2000] if index == 11 else [DELAY]

    wire = connected(path=CUT, fate=fate)
    wire.write("a", 10 * 1448)
    wire.later()
    assert wire.read("b") == 14480
    assert wire.a.sender.congestion.window >= 10


def test_everything_twice() -> None:
    wire = connected(path=CUT, fate=lambda _index, _segment: [DELAY, DELAY + 1000])
    wire.write("a", 10 * 1448)
    wire.later()
    assert wire.read("b") == 14480
    wire.close("a")
    wire.later()
    wire.close("b")
    wire.later()
    assert wire.other.state is TcpState.CLOSED
    # The second acknowledgement found nobody, whose answer ended the wait (RFC 1337).
    assert (wire.a.state, wire.a.error) == (TcpState.CLOSED, None)


# --- the path ---------------------------------------------------------------------------------------------------------


def test_a_smaller_mtu_cuts_what_was_under_way() -> None:
    """As recorded: a router says 1300, and the rest of the window leaves at once in the new size."""
    wire = connected(path=CUT, fate=losing(lambda segment: segment.data_length > 1248))
    wire.write("a", 4 * 1448)
    wire.words()
    wire.a.new_path(TcpPath(mtu=1300, segmentation=False), wire.now)
    wire.flush()
    assert wire.words() == [
        "a [.] 1:1249 ack 1",
        "a [.] 1249:2497 ack 1",
        "a [.] 2497:3745 ack 1",
        "a [.] 3745:4993 ack 1",
        "a [P.] 4993:5793 ack 1",
    ]
    wire.later()
    assert wire.read("b") == 4 * 1448


def test_a_larger_mtu_again() -> None:
    wire = connected(path=TcpPath(mtu=1300, segmentation=False))
    wire.write("a", 2000)
    wire.later()
    wire.a.new_path(CUT, wire.now)
    wire.write("a", 2000)
    first = next(segment for _, name, segment in wire.log if name == "a")
    assert first.data_length == 1248


def test_the_other_end_is_not_asked_for_more_than_it_takes() -> None:
    wire = Wire(path=TcpPath(mtu=1300, segmentation=False))
    wire.connect()
    wire.run(SECOND)
    wire.a.new_path(TcpPath(mtu=9000, segmentation=False), wire.now)
    wire.write("a", 5000)
    assert wire.log[-1][2].data_length <= 1248


def test_a_black_hole_ends_with_a_timeout() -> None:
    """Nothing that large arrives, and nobody says so: only what is small comes through."""
    wire = connected(path=CUT, fate=losing(lambda segment: segment.data_length > 1248))
    wire.write("a", 4 * 1448 + 100)
    wire.run(wire.now + 1200 * SECOND)
    assert wire.a.error is Errno.ETIMEDOUT
    assert wire.other.readable == 0

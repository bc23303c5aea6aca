"""How connections end: closing in every order, resets, and what is late (RFC 9293, 3.6 and 3.10.7)."""

from __future__ import annotations

import pytest

from tests.protocols.tcp.wire import DELAY, Wire, connected
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.errors import Errno
from vnetsim.protocols.jiffies import JIFFY
from vnetsim.protocols.tcp import TcpSettings, TcpState
from vnetsim.wire.tcp import ACK, FIN, PSH, RST, SYN, TIMESTAMPS, Tcp


def states(wire: Wire) -> tuple[TcpState, TcpState]:
    return wire.a.state, wire.other.state


def test_one_end_closes_then_the_other() -> None:
    wire = connected()
    wire.close("a")
    assert wire.later() == ["a [F.] 1 ack 1", "b [.] ack 2"]
    assert states(wire) == (TcpState.FIN_WAIT_2, TcpState.CLOSE_WAIT)
    wire.close("b")
    assert wire.later() == ["b [F.] 1 ack 2", "a [.] ack 2"]
    assert states(wire) == (TcpState.TIME_WAIT, TcpState.CLOSED)
    assert (wire.a.error, wire.other.error) == (None, None)


def test_who_closes_at_once_acknowledges_with_its_own_end() -> None:
    wire = connected()
    wire.close("a")
    wire.run(wire.now + 60_000)
    wire.close("b")
    assert wire.later() == ["a [F.] 1 ack 1", "b [F.] 1 ack 2", "a [.] ack 2"]


def test_both_at_once() -> None:
    wire = connected()
    wire.close("a")
    wire.close("b")
    assert wire.later() == ["a [F.] 1 ack 1", "b [F.] 1 ack 1", "b [.] ack 2", "a [.] ack 2"]
    assert states(wire) == (TcpState.TIME_WAIT, TcpState.TIME_WAIT)


def test_time_wait_is_a_minute() -> None:
    wire = connected()
    wire.close("a")
    wire.later()
    wire.close("b")
    wire.run(wire.now + 59 * SECOND)
    assert states(wire) == (TcpState.TIME_WAIT, TcpState.CLOSED)
    wire.run(wire.now + 2 * SECOND)
    assert states(wire) == (TcpState.CLOSED, TcpState.CLOSED)


def test_an_end_that_comes_again_is_acknowledged_and_begins_the_minute_anew() -> None:
    wire = connected()
    wire.close("a")
    wire.later()
    wire.close("b")
    wire.later(30_000)
    wire.put("a", Tcp.build(80, 40000, 900_001, 1002, FIN | ACK, 64))
    assert wire.words() == ["a [.] ack 2"]
    assert wire.a.deadline == wire.now + 60 * SECOND


def test_half_of_a_connection_goes_on() -> None:
    wire = connected()
    wire.shutdown("a")
    wire.later()
    wire.write("b", 100)
    assert wire.later() == ["b [P.] 1:101 ack 2", "a [.] ack 101"]
    assert (wire.read("a"), wire.a.at_end, wire.a.writable) == (100, False, 0)
    wire.close("b")
    wire.later()
    assert wire.a.at_end
    assert wire.a.state is TcpState.TIME_WAIT


def test_what_was_written_is_sent_before_the_end() -> None:
    wire = connected()
    wire.write("a", 100_000)
    wire.close("a")
    total = 0
    for _ in range(20):
        wire.run(wire.now + 10 * MILLISECOND)
        total += wire.read("b")
    assert total == 100_000
    assert (wire.other.at_end, wire.other.state) == (True, TcpState.CLOSE_WAIT)


def test_the_last_data_carries_the_end() -> None:
    wire = connected()
    wire.write("a", 100, more=True)
    wire.close("a")
    assert wire.words() == ["a [F.] 1:101 ack 1"]


def test_an_end_without_data_before_is_acknowledged_when_the_clock_ticks() -> None:
    wire = connected()
    began = wire.now
    wire.shutdown("a")
    wire.run(wire.now + SECOND)
    assert wire.log[-1][0] - began <= 8 * MILLISECOND


def test_who_closes_without_reading_resets() -> None:
    """RFC 2525, 2.17."""
    wire = connected()
    wire.write("b", 100)
    wire.later()
    wire.close("a")
    assert wire.later() == ["a [R.] 1 ack 101"]
    assert states(wire) == (TcpState.CLOSED, TcpState.CLOSED)
    assert wire.other.error is Errno.ECONNRESET


def test_data_for_who_has_closed_is_refused() -> None:
    wire = connected()
    wire.close("a")
    wire.later()
    wire.write("b", 100)
    assert wire.later() == ["b [P.] 1:101 ack 2", "a [R] 2"]
    assert states(wire) == (TcpState.CLOSED, TcpState.CLOSED)
    assert wire.other.error is Errno.EPIPE


def test_nobody_waits_for_ever_for_the_other_end() -> None:
    wire = connected()
    wire.close("a")
    wire.later()
    assert states(wire) == (TcpState.FIN_WAIT_2, TcpState.CLOSE_WAIT)
    wire.run(wire.now + 62 * SECOND)
    assert states(wire) == (TcpState.CLOSED, TcpState.CLOSE_WAIT)


def test_a_program_that_still_reads_waits_for_ever() -> None:
    wire = connected()
    wire.shutdown("a")
    wire.run(wire.now + 3600 * SECOND)
    assert states(wire) == (TcpState.FIN_WAIT_2, TcpState.CLOSE_WAIT)


def test_aborting_resets() -> None:
    wire = connected()
    wire.a.abort(wire.now)
    wire.flush()
    assert wire.later() == ["a [R.] 1 ack 1"]
    assert wire.other.error is Errno.ECONNRESET


@pytest.mark.parametrize("state", ["established", "closing"])
def test_a_reset_with_the_next_number_is_believed(state: str) -> None:
    wire = connected()
    if state == "closing":
        wire.close("a")
    wire.words()
    wire.put("a", Tcp.build(80, 40000, 900_001, 0, RST, 0))
    assert (wire.a.state, wire.a.error, wire.words()) == (TcpState.CLOSED, Errno.ECONNRESET, [])


def test_a_reset_that_only_fits_the_window_is_asked_about() -> None:
    """RFC 5961, 3: the answer makes an honest end reset properly; not more than two a second."""
    wire = connected()
    for offset in (10, 20, 30):
        wire.put("a", Tcp.build(80, 40000, 900_001 + offset, 0, RST, 0))
    assert wire.words() == ["a [.] ack 1"]
    assert wire.a.state is TcpState.ESTABLISHED
    wire.later(600)
    wire.put("a", Tcp.build(80, 40000, 900_011, 0, RST, 0))
    assert wire.words() == ["a [.] ack 1"]


def test_a_reset_outside_the_window_is_nothing() -> None:
    wire = connected()
    wire.put("a", Tcp.build(80, 40000, 950_000_001, 0, RST, 0))
    assert (wire.a.state, wire.words()) == (TcpState.ESTABLISHED, [])


def test_a_syn_on_a_connection_is_asked_about() -> None:
    wire = connected()
    wire.put("a", Tcp.build(80, 40000, 900_001, 0, SYN, 0))
    assert (wire.a.state, wire.words()) == (TcpState.ESTABLISHED, ["a [.] ack 1"])


def test_what_is_older_than_what_came_is_asked_about() -> None:
    """PAWS (RFC 7323, 5)."""
    wire = connected()
    stamp = ((1, None), (1, None), (TIMESTAMPS, (5, 7)))
    wire.put("a", Tcp.build(80, 40000, 900_001, 1001, ACK | PSH, 64, stamp, b"old"))
    assert (wire.a.readable, wire.words()) == (0, ["a [.] ack 1"])


class TestTimeWait:
    @pytest.fixture
    def wire(self) -> Wire:
        wire = connected()
        wire.close("a")
        wire.later()
        wire.close("b")
        wire.later()
        assert wire.a.state is TcpState.TIME_WAIT
        return wire

    def test_late_data_is_told_that_all_arrived(self, wire: Wire) -> None:
        wire.put("a", Tcp.build(80, 40000, 900_000, 1002, ACK, 64, data=b"x"))
        assert wire.words() == ["a [.] ack 2"]

    def test_a_late_acknowledgement_is_nothing(self, wire: Wire) -> None:
        wire.put("a", Tcp.build(80, 40000, 900_002, 1002, ACK, 64))
        assert wire.words() == []

    def test_a_reset_ends_it(self, wire: Wire) -> None:
        wire.put("a", Tcp.build(80, 40000, 900_002, 0, RST, 0))
        assert wire.a.state is TcpState.CLOSED

    def test_another_reset_does_not(self, wire: Wire) -> None:
        wire.put("a", Tcp.build(80, 40000, 900_900, 0, RST, 0))
        assert wire.a.state is TcpState.TIME_WAIT

    @pytest.mark.parametrize(
        ("number", "stamp", "may"),
        [(900_002, 0, False), (900_003, 0, True), (5, 0, False), (5, 2_000_000, True), (900_003, 2_000_000, True)],
    )
    def test_who_may_begin_anew(self, wire: Wire, number: int, stamp: int, may: bool) -> None:
        """RFC 6191: what is surely newer than the old connection."""
        options = ((TIMESTAMPS, (stamp, 0)),) if stamp else ()
        assert wire.a.may_be_replaced(Tcp.build(80, 40000, number, 0, SYN, 64, options)) is may


def test_only_time_wait_may_be_replaced() -> None:
    wire = connected()
    assert not wire.a.may_be_replaced(Tcp.build(80, 40000, 999_999_999, 0, SYN, 64))


def test_a_closed_one_refuses_everything() -> None:
    wire = connected(settings=TcpSettings())
    wire.a.abort(wire.now)
    wire.flush()
    wire.log.clear()
    wire.put("a", Tcp.build(80, 40000, 900_001, 1001, ACK, 64))
    assert wire.words() == ["a [R] 1"]


def test_an_end_that_comes_first_is_acknowledged_by_the_next_tick() -> None:
    """Nothing came that would tell how long one may wait, nobody reads (recorded: 1.7 to 4 ms)."""
    wire = connected()
    wire.shutdown("a")
    began = wire.now
    wire.run(began + SECOND)
    acknowledged = next(at for at, who, _ in wire.log if who == "b")
    assert acknowledged - began <= JIFFY + DELAY

"""How connections begin.  Options, windows and times are those recorded on Linux 6.18."""

from __future__ import annotations

import attrs
import pytest

from tests.protocols.tcp.wire import DELAY, NUMBERS, Wire, connected, losing
from vnetsim.clock import SECOND
from vnetsim.errors import Errno
from vnetsim.protocols.tcp import TcpConnection, TcpPath, TcpPorts, TcpSettings, TcpState, refusal
from vnetsim.wire.tcp import ACK, FIN, RST, SYN, Tcp, flags_text

HANDSHAKE = ["a [S] 0", "b [S.] 0 ack 1", "a [.] ack 1"]
LOOPBACK = TcpPath(mtu=65536)


def of_syn(wire: Wire, index: int) -> tuple[int | None, bool, tuple[int, int] | None, int | None, int]:
    """MSS, SACK, timestamps, window scale and window."""
    segment = wire.log[index][2]
    return segment.mss, segment.sack_permitted, segment.timestamps, segment.window_scale, segment.window


def test_three_segments() -> None:
    wire = Wire()
    wire.connect()
    assert wire.later() == HANDSHAKE
    assert (wire.a.state, wire.other.state) == (TcpState.ESTABLISHED, TcpState.ESTABLISHED)


def test_what_a_connection_offers() -> None:
    wire = Wire()
    wire.connect()
    wire.run(SECOND)
    assert of_syn(wire, 0) == (1460, True, (7, 0), 10, 64240)
    assert of_syn(wire, 1) == (1460, True, (1_000_000, 7), 10, 65160)
    last = wire.log[2][2]
    assert (last.window, last.timestamps, last.mss) == (63, (7, 1_000_000), None)


@pytest.mark.parametrize(
    ("path", "mss", "window", "answer"),
    [
        (TcpPath(mtu=1500), 1460, 64240, 65160),
        (TcpPath(mtu=1400), 1360, 65280, 64704),
        (TcpPath(mtu=1500, advertised=1000), 1000, 65000, 65208),
        (TcpPath(mtu=1500, headers=60), 1440, 64800, 64260),
        (LOOPBACK, 65495, 65495, 65483),
        (TcpPath(mtu=68), 256, 65536 - 65536 % 256, 65392),
    ],
)
def test_the_window_is_whole_segments(path: TcpPath, mss: int, window: int, answer: int) -> None:
    wire = Wire(path=path)
    wire.connect()
    wire.run(SECOND)
    syn, reply = wire.log[0][2], wire.log[1][2]
    assert (syn.mss, syn.window) == (mss, min(window, 65535))
    assert (reply.mss, reply.window) == (mss, answer)


@pytest.mark.parametrize("who", ["a", "b"])
@pytest.mark.parametrize("field", ["timestamps", "sack", "window_scaling"])
def test_what_one_end_does_not_offer_the_other_does_not_use(who: str, field: str) -> None:
    less = attrs.evolve(TcpSettings(), **{field: False})  # type: ignore[arg-type]
    settings, other = (less, TcpSettings()) if who == "a" else (TcpSettings(), less)
    wire = Wire(settings, other)
    wire.connect()
    wire.run(SECOND)
    for connection in (wire.a, wire.other):
        agreed = connection.agreed
        known = {"timestamps": agreed.timestamps, "sack": agreed.sack, "window_scaling": agreed.scaling}
        assert known == {key: key != field for key in known}
    answer = wire.log[1][2]
    offered = {
        "timestamps": answer.timestamps,
        "sack": answer.sack_permitted,
        "window_scaling": answer.window_scale,
    }
    assert not offered[field]


def test_without_window_scaling_the_window_is_told_as_it_is() -> None:
    wire = Wire(TcpSettings(window_scaling=False))
    wire.connect()
    wire.run(SECOND)
    assert wire.log[2][2].window == 64240


def test_syns_at_first_once_a_second_then_at_doubling_intervals() -> None:
    wire = Wire(fate=losing(lambda _: True))
    wire.connect()
    wire.run()
    assert wire.times() == [0, 1024, 2048, 3072, 4096, 5120, 7136, 11264, 19456, 35584, 69632]
    assert (wire.a.state, wire.a.error) == (TcpState.CLOSED, Errno.ETIMEDOUT)
    assert wire.now > 130 * SECOND


def test_fewer_attempts() -> None:
    wire = Wire(TcpSettings(syn_retries=1, syn_linear_timeouts=0), fate=losing(lambda _: True))
    wire.connect()
    wire.run()
    assert wire.times() == [0, 1024]
    assert wire.a.error is Errno.ETIMEDOUT


def test_a_syn_that_comes_again_is_answered_again() -> None:
    wire = Wire(fate=losing(lambda segment: segment.flags == SYN | ACK, 1))
    wire.connect()
    answer, last = "b [S.] 0 ack 1", "a [.] ack 1"
    assert wire.later(2000) == ["a [S] 0", answer, "a [S] 0", answer, answer, last, last]
    assert wire.other.state is TcpState.ESTABLISHED


def test_syn_acks_at_doubling_intervals_until_nobody_is_there() -> None:
    end = TcpConnection.answering(
        syn(), TcpSettings(), TcpPorts(80, 40000), TcpPath(mtu=1500), 0, number=NUMBERS["b"], clock=0
    )
    times, now = [0], 0
    end.take()
    while (due := end.deadline) is not None:
        now = due
        end.expire(now)
        times += [now // SECOND] * len(end.take())
    assert times == [0, 1, 3, 7, 15, 31]
    assert (end.state, end.error) == (TcpState.CLOSED, Errno.ETIMEDOUT)


def syn(number: int = 5) -> Tcp:
    return Tcp.build(40000, 80, number, 0, SYN, 64240)


def test_data_makes_up_for_a_lost_acknowledgement() -> None:
    wire = Wire(fate=losing(lambda segment: segment.flags == ACK, 1))
    wire.connect()
    wire.run(DELAY * 3)
    assert wire.other.state is TcpState.SYN_RECV
    wire.write("a", 5)
    wire.run(wire.now + SECOND // 2)
    assert (wire.other.state, wire.read("b")) == (TcpState.ESTABLISHED, 5)


def test_a_closed_port_refuses() -> None:
    end = TcpConnection(TcpSettings(), TcpPorts(40000, 80), TcpPath(mtu=1500), number=9, clock=0, answering=False)
    end.connect(0)
    (first,) = end.take()
    answer = refusal(first.segment)
    assert answer is not None
    assert (answer.flags, answer.sequence, answer.acknowledgement, answer.window) == (RST | ACK, 0, 10, 0)
    end.receive(answer, 1)
    assert (end.state, end.error, end.take()) == (TcpState.CLOSED, Errno.ECONNREFUSED, [])


@pytest.mark.parametrize(
    ("segment", "flags", "sequence", "acknowledgement"),
    [
        (Tcp.build(1, 2, 100, 0, SYN, 0), "R.", 0, 101),
        (Tcp.build(1, 2, 100, 0, SYN, 0, data=b"abc"), "R.", 0, 104),
        (Tcp.build(1, 2, 100, 77, ACK, 0), "R", 77, 0),
        (Tcp.build(1, 2, 100, 77, ACK | FIN, 0, data=b"abc"), "R", 77, 0),
        (Tcp.build(1, 2, 0xFFFF_FFFF, 0, SYN, 0), "R.", 0, 0),
    ],
)
def test_what_belongs_to_nobody_is_refused(segment: Tcp, flags: str, sequence: int, acknowledgement: int) -> None:
    answer = refusal(segment)
    assert answer is not None
    assert (answer.source_port, answer.destination_port) == (2, 1)
    assert (flags_text(answer.flags), answer.sequence, answer.acknowledgement) == (flags, sequence, acknowledgement)


@pytest.mark.parametrize("flags", [RST, RST | ACK, RST | SYN])
def test_a_reset_is_not_answered(flags: int) -> None:
    assert refusal(Tcp.build(1, 2, 100, 77, flags, 0)) is None


def test_both_ends_at_once() -> None:
    """A simultaneous open (RFC 9293, figure 7)."""
    one, other = (
        TcpConnection(TcpSettings(), TcpPorts(*ports), TcpPath(mtu=1500), number=number, clock=0, answering=False)
        for ports, number in (((1, 2), 100), ((2, 1), 900))
    )
    one.connect(0)
    other.connect(0)
    for _ in range(4):
        first, second = one.take(), other.take()
        for outgoing in first:
            other.receive(outgoing.segment, 10)
        for outgoing in second:
            one.receive(outgoing.segment, 10)
    assert (one.state, other.state) == (TcpState.ESTABLISHED, TcpState.ESTABLISHED)


class TestWhileConnecting:
    """What a SYN may be answered with (RFC 9293, 3.10.7.3)."""

    @pytest.fixture
    def end(self) -> TcpConnection:
        end = TcpConnection(TcpSettings(), TcpPorts(40000, 80), TcpPath(mtu=1500), number=999, clock=0, answering=False)
        end.connect(0)
        end.take()
        return end

    def answer(self, flags: int, acknowledged: int = 1000) -> Tcp:
        return Tcp.build(80, 40000, 5000, acknowledged, flags, 1000)

    @pytest.mark.parametrize("acknowledged", [999, 1001, 0])
    def test_an_acknowledgement_of_something_else_is_refused(self, end: TcpConnection, acknowledged: int) -> None:
        end.receive(self.answer(SYN | ACK, acknowledged), 1)
        (sent,) = end.take()
        assert (sent.segment.flags, sent.segment.sequence) == (RST, acknowledged)
        assert end.state is TcpState.SYN_SENT

    def test_a_reset_of_something_else_is_not(self, end: TcpConnection) -> None:
        end.receive(self.answer(RST | ACK, 77), 1)
        end.receive(self.answer(RST, 0), 1)
        assert (end.take(), end.state) == ([], TcpState.SYN_SENT)

    def test_neither_syn_nor_reset_says_nothing(self, end: TcpConnection) -> None:
        end.receive(self.answer(ACK), 1)
        assert (end.take(), end.state) == ([], TcpState.SYN_SENT)

    @pytest.mark.parametrize("errno", [Errno.EHOSTUNREACH, Errno.ENETUNREACH, Errno.ECONNREFUSED])
    def test_an_icmp_error_ends_it(self, end: TcpConnection, errno: Errno) -> None:
        end.unreachable(errno, 999)
        assert (end.state, end.error) == (TcpState.CLOSED, errno)

    def test_an_icmp_error_about_another_number_does_not(self, end: TcpConnection) -> None:
        end.unreachable(Errno.EHOSTUNREACH, 5)
        assert end.state is TcpState.SYN_SENT

    def test_closing_ends_it(self, end: TcpConnection) -> None:
        end.close(1)
        assert (end.state, end.take(), end.deadline) == (TcpState.CLOSED, [], None)


class TestWhileAnswering:
    """Between the SYN-ACK and its acknowledgement (tcp_check_req)."""

    @pytest.fixture
    def end(self) -> TcpConnection:
        end = TcpConnection.answering(
            syn(), TcpSettings(), TcpPorts(80, 40000), TcpPath(mtu=1500), 0, number=900, clock=0
        )
        (answer,) = end.take()
        assert answer.answer
        return end

    def test_an_acknowledgement_of_something_else_is_refused(self, end: TcpConnection) -> None:
        end.receive(Tcp.build(40000, 80, 6, 77, ACK, 100), 1)
        (sent,) = end.take()
        assert (sent.segment.flags, sent.segment.sequence) == (RST, 77)
        assert end.state is TcpState.SYN_RECV

    def test_a_reset_ends_it(self, end: TcpConnection) -> None:
        end.receive(Tcp.build(40000, 80, 6, 0, RST, 0), 1)
        assert end.state is TcpState.CLOSED

    def test_a_reset_outside_the_window_does_not(self, end: TcpConnection) -> None:
        end.receive(Tcp.build(40000, 80, 6 + 100_000, 0, RST, 0), 1)
        assert (end.state, end.take()) == (TcpState.SYN_RECV, [])

    def test_a_segment_outside_the_window_is_told_where_it_is(self, end: TcpConnection) -> None:
        end.receive(Tcp.build(40000, 80, 6 + 100_000, 901, ACK, 100), 1)
        (sent,) = end.take()
        assert (sent.segment.flags, sent.segment.acknowledgement) == (ACK, 6)

    def test_the_last_acknowledgement_may_bring_data_and_the_end(self, end: TcpConnection) -> None:
        end.receive(Tcp.build(40000, 80, 6, 901, ACK | FIN, 100, data=b"all of it"), 1)
        assert (end.state, end.read(100, 1)) == (TcpState.CLOSE_WAIT, b"all of it")


def test_numbers_that_wrap() -> None:
    ports = TcpPorts(40000, 80)
    a = TcpConnection(TcpSettings(), ports, TcpPath(mtu=1500), number=0xFFFF_FFFE, clock=0xFFFF_FFFF, answering=False)
    wire = Wire()
    wire.a = a
    wire.connect()
    wire.run(SECOND)
    wire.write("a", 10_000)
    wire.run(2 * SECOND)
    assert wire.read("b") == 10_000
    wire.close("a")
    wire.run(3 * SECOND)
    wire.close("b")
    wire.run(4 * SECOND)
    assert (a.state, wire.other.state) == (TcpState.TIME_WAIT, TcpState.CLOSED)


def test_a_connection_without_a_word_stays() -> None:
    wire = connected()
    assert wire.later(10_000_000) == []
    assert wire.a.deadline is None

"""ECN of a connection (RFC 3168): who asks and agrees, what is marked, what a mark does.  See sysctl_tcp_ecn, too."""

from __future__ import annotations

import pytest

from vnetsim.protocols.tcp import Outgoing, TcpConnection, TcpPath, TcpPorts, TcpSettings, TcpState
from vnetsim.protocols.tcp.ecn import CE, ECT_0, NOT_ECT
from vnetsim.wire.tcp import ACK, CWR, ECE, SYN

PATH = TcpPath(mtu=1500, segmentation=False)
TRIP = 10_000_000


class Pair:
    """Two ends; `carry` delivers what is on the way, marked where it may be and `marks` says so."""

    def __init__(self, asking: int, answering: int) -> None:
        self.now = 0
        self.settings = TcpSettings(ecn=answering)
        self.client = TcpConnection(TcpSettings(ecn=asking), TcpPorts(1, 2), PATH, number=1, clock=0, answering=False)
        self.client.connect(0)
        self.syn = self.client.take()[0]
        self.server = TcpConnection.answering(
            self.syn.segment, self.settings, TcpPorts(2, 1), PATH, 0, number=1, clock=0, ecn=self.syn.ecn
        )
        self.log: list[Outgoing] = []

    def carry(self, *, marks: bool = False) -> None:
        """Until nobody has anything to say."""
        for _ in range(20):
            for one, other in ((self.server, self.client), (self.client, self.server)):
                self.now += TRIP // 2
                for each in one.take():
                    self.log.append(each)
                    field = CE if marks and each.ecn == ECT_0 else each.ecn
                    other.receive(each.segment, self.now, field)
                    other.read(1 << 20, self.now)


@pytest.mark.parametrize(
    ("asking", "answering", "asked", "agreed"),
    [
        (0, 0, False, False), (0, 1, False, False), (0, 2, False, False), (1, 0, True, False), (1, 1, True, True),
        (1, 2, True, True), (2, 0, False, False), (2, 1, False, False), (2, 2, False, False),
    ],
)  # fmt: skip
def test_who_asks_and_who_agrees(asking: int, answering: int, asked: bool, agreed: bool) -> None:
    pair = Pair(asking, answering)
    assert pair.syn.segment.flags == SYN | (ECE | CWR if asked else 0)
    pair.carry()
    assert pair.log[0].segment.flags == SYN | ACK | (ECE if agreed else 0)
    assert (pair.client.ecn.agreed, pair.server.ecn.agreed) == (agreed, agreed)
    assert pair.client.state is pair.server.state is TcpState.ESTABLISHED


def test_only_data_that_is_sent_for_the_first_time_may_be_marked() -> None:
    pair = Pair(1, 2)
    pair.carry()
    pair.client.write(bytes(5000), pair.now)
    pair.carry()
    for each in pair.log:
        assert each.ecn == (ECT_0 if each.segment.data else NOT_ECT)
    assert pair.server.ecn.seen
    assert not pair.client.ecn.seen


def test_a_mark_halves_no_window_twice_in_a_round_trip_and_is_echoed_until_the_sender_says_that_it_knows() -> None:
    pair = Pair(1, 2)
    pair.carry()
    before = pair.client.sender.congestion.window
    pair.client.write(bytes(4 * 1448), pair.now)
    pair.carry(marks=True)
    assert pair.client.sender.congestion.threshold == before * 7 // 10
    assert pair.client.sender.congestion.reductions == 1
    assert pair.log[-1].segment.flags & ECE
    pair.client.write(b"more", pair.now)
    pair.carry()
    assert [each.segment.flags & CWR for each in pair.log if each.segment.data][-1]
    pair.client.write(b"last", pair.now)
    pair.carry()
    assert not pair.log[-1].segment.flags & (ECE | CWR)
    assert not [each for each in pair.log if each.segment.data][-1].segment.flags & CWR


def test_without_agreement_nothing_is_marked_or_echoed() -> None:
    pair = Pair(2, 2)
    pair.carry()
    pair.client.write(bytes(5000), pair.now)
    pair.carry(marks=True)
    assert not any(each.ecn or each.segment.flags & (ECE | CWR) for each in pair.log)
    assert not pair.client.sender.congestion.reductions

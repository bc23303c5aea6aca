"""Sequence numbers, the options of segments, and what answers a segment that belongs to no connection."""

from __future__ import annotations

from vnetsim.protocols.tcp import segments
from vnetsim.protocols.tcp.segments import NegotiatedOptions, before, refusal, unwrap
from vnetsim.protocols.tcp.settings import TcpSettings
from vnetsim.wire import tcp
from vnetsim.wire.tcp import ACK, RST, SYN, Tcp

WRAP = 1 << 32


def test_numbers_are_those_next_to_what_is_known() -> None:
    assert unwrap(5, WRAP - 3) == WRAP + 5
    assert unwrap(WRAP - 3, WRAP + 5) == WRAP - 3
    assert (before(WRAP - 1, 0), before(0, WRAP - 1), before(7, 7)) == (True, False, False)


def test_a_segment_without_a_connection_is_reset_and_a_reset_is_not() -> None:
    acknowledging = refusal(Tcp.build(1, 2, 100, 7, ACK, 0))
    opening = refusal(Tcp.build(1, 2, 100, 0, SYN, 0))
    assert acknowledging is not None
    assert (acknowledging.sequence, acknowledging.flags) == (7, RST)
    assert opening is not None
    assert (opening.sequence, opening.acknowledgement, opening.flags) == (0, 101, RST | ACK)
    assert refusal(Tcp.build(1, 2, 100, 0, RST, 0)) is None


def test_what_a_syn_offers_and_what_is_agreed() -> None:
    settings = TcpSettings()
    offered = segments.of_syn(NegotiatedOptions.everything(settings), 1460, 7, 1, 0)
    kinds = [kind for kind, _ in offered]
    assert kinds == [tcp.MSS, tcp.SACK_PERMITTED, tcp.TIMESTAMPS, tcp.NOP, tcp.WINDOW_SCALE]
    bare = NegotiatedOptions.from_syn(Tcp.build(1, 2, 100, 0, SYN, 0), settings)
    assert (bare.mss, bare.timestamps, bare.sack, bare.scaling) == (536, False, False, False)
    assert segments.of_segment(None, ()) == ()

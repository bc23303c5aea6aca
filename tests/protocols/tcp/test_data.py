"""Data on its way: segments, when they are sent and when they are acknowledged.  As recorded on Linux 6.18."""

from __future__ import annotations

import itertools

import pytest

from tests.protocols.tcp.wire import Wire, connected
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.protocols.tcp import TcpPath, TcpSettings
from vnetsim.wire.tcp import ACK, PSH, Tcp

#: Frames as the wire has them; without it one of several segments is one frame here.
CUT = TcpPath(mtu=1500, segmentation=False)


def test_a_write_is_pushed_and_acknowledged_at_once() -> None:
    wire = connected()
    wire.write("a", 5)
    assert wire.later() == ["a [P.] 1:6 ack 1", "b [.] ack 6"]
    assert wire.read("b") == 5


def test_a_large_write_is_cut_and_pushed_at_its_end() -> None:
    wire = connected(path=CUT)
    wire.write("a", 5000)
    assert wire.later() == [
        "a [.] 1:1449 ack 1", "a [.] 1449:2897 ack 1", "a [.] 2897:4345 ack 1", "a [P.] 4345:5001 ack 1",
        "b [.] ack 1449", "b [.] ack 2897", "b [.] ack 4345", "b [.] ack 5001",
    ]  # fmt: skip


def test_a_device_that_cuts_gets_it_in_one_piece() -> None:
    wire = connected()
    wire.write("a", 5000)
    (outgoing,) = [segment for _, name, segment in wire.log if name == "a"]
    assert outgoing.data_length == 5000
    assert wire.later() == ["a [P.] 1:5001 ack 1", "b [.] ack 5001"]


@pytest.mark.parametrize(
    ("settings", "path", "size"),
    [
        (TcpSettings(), CUT, 1448),
        (TcpSettings(timestamps=False), CUT, 1460),
        (TcpSettings(), TcpPath(mtu=1400, segmentation=False), 1348),
        (TcpSettings(), TcpPath(mtu=1500, headers=60, segmentation=False), 1428),
        (TcpSettings(), TcpPath(mtu=1500, advertised=1000, segmentation=False), 988),
    ],
)
def test_how_much_a_segment_carries(settings: TcpSettings, path: TcpPath, size: int) -> None:
    wire = connected(settings=settings, path=path)
    wire.write("a", 3000)
    assert wire.log[0][2].data_length == size


def test_ten_segments_may_be_under_way_at_first() -> None:
    wire = connected(path=CUT)
    wire.write("a", 50_000)
    assert len(wire.log) == 10
    wire.run(wire.now + 101_000)
    assert len([1 for _, name, _ in wire.log if name == "a"]) > 20


def test_small_writes_wait_for_an_acknowledgement_of_one_before() -> None:
    """RFC 896, with Minshall's amendment: only a small segment under way makes another one wait."""
    wire = connected(path=CUT)
    for _ in range(3):
        wire.write("a", 100)
    assert wire.words() == ["a [P.] 1:101 ack 1"]
    assert wire.later() == ["b [.] ack 101", "a [P.] 101:301 ack 1", "b [.] ack 301"]
    wire.write("a", 3000)
    assert wire.words()[-1] == "a [P.] 3197:3301 ack 1"


def test_more_to_come_waits_until_it_is_flushed() -> None:
    wire = connected()
    wire.write("a", 100, more=True)
    assert wire.later(100) == []
    wire.a.flush(wire.now)
    wire.flush()
    assert wire.later() == ["a [P.] 1:101 ack 1", "b [.] ack 101"]


def test_more_to_come_waits_only_so_long() -> None:
    wire = connected()
    began = wire.now
    wire.write("a", 100, more=True)
    wire.run(began + SECOND)
    assert wire.log[0][0] - began == 208 * MILLISECOND


def test_the_first_segments_are_acknowledged_at_once_the_later_ones_when_40_ms_are_over() -> None:
    wire = connected()
    delays = []
    for _ in range(20):
        wire.write("a", 100)
        began = wire.now
        wire.read("b")
        wire.run(wire.now + SECOND // 2)
        delays.append((wire.log[-1][0] - began) // MILLISECOND)
        wire.log.clear()
    assert delays == [0] * 16 + [44] * 4


def test_answers_carry_acknowledgements() -> None:
    wire = connected()
    for number in range(3):
        wire.write("a", 10)
        wire.run(wire.now + 60_000)
        wire.read("b")
        wire.write("b", 20)
        wire.run(wire.now + 60_000)
        wire.read("a")
        told = wire.words()
        if number:
            before, heard = 10 * number, 20 * number
            assert told == [
                f"a [P.] {before + 1}:{before + 11} ack {heard + 1}",
                f"b [P.] {heard + 1}:{heard + 21} ack {before + 11}",
            ]
    assert wire.later() == ["a [.] ack 61"]


def test_the_send_buffer_takes_only_so_much() -> None:
    wire = connected()
    assert wire.a.writable >= 69_120
    wire.write("a", wire.a.writable)
    assert wire.a.writable == 0
    wire.run(wire.now + SECOND)
    assert wire.a.writable > 0


def transferred(wire: Wire, total: int) -> int:
    """Nanoseconds that it takes to move so much, read as it comes."""
    began, sent, got = wire.now, 0, 0
    while got < total:
        size = min(wire.a.writable, total - sent)
        if size:
            wire.write("a", size)
            sent += size
        wire.step()
        got += wire.read("b")
    return wire.now - began


@pytest.mark.parametrize("path", [CUT, TcpPath(mtu=1500)])
def test_the_windows_open_with_what_goes_well(path: TcpPath) -> None:
    wire = connected(path=path)
    first, then = transferred(wire, 200_000), transferred(wire, 200_000)
    assert then < first
    assert wire.lost == 0


def test_a_reader_that_does_not_read_closes_the_window() -> None:
    wire = connected(settings=TcpSettings(receive_buffer=20_000, receive_buffer_max=20_000, window_scaling=False))
    wire.write("a", 60_000)
    wire.run(wire.now + 60 * SECOND)
    waits = wire.other.readable
    assert 10_000 < waits < 20_000
    assert wire.log[-1][2].window == 0
    probes = [at for at, name, segment in wire.log if name == "a" and not segment.data_length]
    gaps = [(then - at) / SECOND for at, then in itertools.pairwise(probes)]
    assert gaps == sorted(gaps)
    assert all(1.8 < then / gap < 2.2 for gap, then in itertools.pairwise(gaps))


def test_a_window_that_opens_again_is_told() -> None:
    wire = connected(settings=TcpSettings(receive_buffer=20_000, receive_buffer_max=20_000, window_scaling=False))
    wire.write("a", 60_000)
    wire.run(wire.now + 10 * SECOND)
    wire.log.clear()
    got, total = 0, 60_000
    while got < total:
        more = wire.read("b")
        got += more
        wire.run(wire.now + 10 * MILLISECOND)
    assert got == total
    assert wire.log[0][1] == "b"
    assert wire.log[0][2].window > 10_000
    assert wire.log[-1][0] - wire.log[0][0] < SECOND


def test_a_probe_that_is_lost_comes_again_for_ever() -> None:
    wire = connected(settings=TcpSettings(receive_buffer=20_000, receive_buffer_max=20_000))
    wire.write("a", 60_000)
    wire.run(wire.now + 3600 * SECOND)
    assert wire.a.error is None
    assert wire.a.deadline is not None


def test_windows_grow_with_every_full_segment() -> None:
    wire = connected(path=CUT)
    wire.write("a", 4 * 1448)
    wire.run(wire.now + SECOND)
    assert [segment.window for _, name, segment in wire.log if name == "b"] == [67, 70, 73, 75]


def test_data_beyond_the_window_is_not_taken() -> None:
    wire = connected()
    number, edge = wire.other.receiver.next, wire.other.receiver.right_edge
    wire.put("b", Tcp.build(40000, 80, edge + 1 & 0xFFFF_FFFF, 900_001, ACK | PSH, 63, data=b"far"))
    assert wire.other.receiver.next == number
    assert wire.words() == ["b [.] ack 1"]


def test_data_twice_is_taken_once_and_told() -> None:
    wire = connected()
    segment = Tcp.build(40000, 80, 1001, 900_001, ACK | PSH, 63, data=b"twice")
    wire.put("b", segment)
    wire.put("b", segment)
    assert wire.words() == ["b [.] ack 6", "b [.] ack 6 1:6"]
    assert wire.read("b") == 5


def test_what_overlaps_is_joined() -> None:
    wire = connected()
    data = bytes(range(100))
    for start, end in ((40, 60), (50, 80), (20, 45), (90, 100), (0, 30), (10, 95)):
        wire.put("b", Tcp.build(40000, 80, 1001 + start, 900_001, ACK, 63, data=data[start:end]))
    assert wire.other.read(1000, wire.now) == data


def test_what_came_early_is_told_newest_first() -> None:
    wire = connected()
    for start in (10, 30, 50, 70):
        wire.put("b", Tcp.build(40000, 80, 1001 + start, 900_001, ACK, 63, data=bytes(5)))
    assert wire.words() == [
        "b [.] ack 1 11:16",
        "b [.] ack 1 31:36 11:16",
        "b [.] ack 1 51:56 31:36 11:16",
        "b [.] ack 1 71:76 51:56 31:36",
    ]


def test_a_segment_without_acknowledgement_is_nothing() -> None:
    wire = connected()
    wire.put("b", Tcp.build(40000, 80, 1001, 0, PSH, 63, data=b"x"))
    assert (wire.words(), wire.other.readable) == ([], 0)


def test_the_acknowledgement_of_what_was_never_sent_is_nothing() -> None:
    wire = connected()
    wire.put("b", Tcp.build(40000, 80, 1001, 999_999, ACK | PSH, 63, data=b"x"))
    assert wire.other.readable == 0


def test_queues_are_counted_as_ss_does() -> None:
    wire = connected()
    wire.write("a", 100)
    assert (wire.a.send_queue, wire.other.receive_queue) == (100, 0)
    wire.later()
    assert (wire.a.send_queue, wire.other.receive_queue) == (0, 100)
    wire.close("a")
    assert wire.a.send_queue == 1
    wire.later()
    assert (wire.a.send_queue, wire.other.receive_queue) == (0, 101)

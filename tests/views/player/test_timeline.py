"""The format of the player: everything once, and only what is new in a further chunk."""

from __future__ import annotations

from tests.views.player.reading import Reading
from tests.views.player.test_layers import FRAMES
from vnetsim.trace import Received, Transmitted
from vnetsim.views.player.timeline import TableCell, Timeline


def sent(at: int, device: str = "v0", packet: int = 1) -> Transmitted:
    return Transmitted(at=at, namespace="host", device=device, packet=packet, frame=FRAMES["ICMP"])


def arrived(at: int, device: str = "eth0", packet: int = 1) -> Received:
    return Received(at=at, namespace="a", device=device, packet=packet, frame=FRAMES["ICMP"])


def filled() -> Timeline:
    timeline = Timeline("test", begins=100)
    host, other = timeline.node("host", -1, "host"), timeline.node("namespace", -1, "a")
    near, far = timeline.node("device", host, "v0"), timeline.node("device", other, "eth0")
    command = timeline.begin(100, "ping a")
    timeline.event(sent(150), near, far)
    timeline.changes(150, [(TableCell(host, "links", "1"), ("v0", "up"))], [(TableCell(host, "links", "1"), 0, 1)])
    timeline.event(arrived(155), far)
    timeline.end(200, command, "ok\n", 0)
    return timeline


def test_a_frame_is_written_once_and_its_hop_is_known() -> None:
    reading = Reading(filled().chunk())
    assert len(reading.chunk["frames"]) == 1
    assert [names for names, _ in reading.hops()] == [("v0", "eth0")]


def test_times_are_counted_from_the_item_before() -> None:
    assert filled().chunk()["after"] == [0, 50, 0, 5, 45]


def test_a_further_chunk_has_only_what_is_new() -> None:
    timeline = filled()
    timeline.chunk()
    timeline.event(sent(300, packet=2), 2, 3)
    chunk = timeline.chunk()
    assert (chunk["kind"], chunk["after"], chunk["frames"], chunk["nodes"], chunk["texts"]) == ([1], [100], [], [], [])


def test_a_cell_that_loses_its_row_is_a_change() -> None:
    timeline = filled()
    timeline.changes(300, [(TableCell(0, "links", "1"), None)], [])
    assert Reading(timeline.chunk()).table("host", "links") == []


def test_a_full_timeline_takes_commands_and_counts_what_it_leaves_out() -> None:
    timeline = Timeline("test", most_items=1)
    command = timeline.begin(0, "ping")
    for at in (5_000, 6_000):
        timeline.event(sent(at), 0)
    timeline.end(9_000, command, "", 1)
    chunk = timeline.chunk()
    assert (chunk["leftOut"], chunk["cutAt"]) == (2, 5_000)
    assert Reading(chunk).kinds() == ["Begin", "End"]
    assert timeline.cut_text == "too long for the player: the 2 events after 0.000005 s are not in this file"


def test_bytes_fill_it_as_well() -> None:
    timeline = Timeline("test", most_bytes=100)
    for packet in (1, 2):
        timeline.event(sent(packet, packet=packet), 0)
    assert timeline.left_out == 1
    assert Timeline("test").cut_text == ""

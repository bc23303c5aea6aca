"""Sets in bitmaps."""

from __future__ import annotations

import pytest

from tests.netfilter.ipset.sets import Sets
from tests.netfilter.packets_for_rules import at, ping6, segment
from vnetsim.clock import SECOND
from vnetsim.netfilter.ipset.entry import SetLookup
from vnetsim.netfilter.packet import PktInfo
from vnetsim.wire.mac import Mac

MAC = Mac(0x020000000001)


def matches(sets: Sets, packet: PktInfo, *sides: str) -> bool:
    return sets.sets.matches("s", packet, SetLookup(sides=sides, size=packet.ip.length))


@pytest.mark.parametrize(
    ("kind", "range_", "element", "packet", "sides", "found"),
    [
        ("bitmap:ip", "10.0.0.0/24", "10.0.0.1", at(), ("src",), True),
        ("bitmap:ip", "10.0.0.0/24", "10.0.0.1", at(), ("dst",), False),
        ("bitmap:ip", "10.1.0.0/24", "10.1.0.1", at(), ("dst",), False),
        ("bitmap:ip", "10.0.0.0/24", "10.0.0.1", at(ping6()), ("src",), False),
        ("bitmap:port", "0-100", "80", at(segment()), ("dst",), True),
        ("bitmap:port", "0-100", "80", at(), ("dst",), False),
        ("bitmap:ip,mac", "10.0.0.0/24", "10.0.0.1", at(source_mac=MAC), ("src", "src"), True),
        ("bitmap:ip,mac", "10.0.0.0/24", "10.0.0.1,02:00:00:00:00:02", at(source_mac=MAC), ("src", "src"), False),
        ("bitmap:ip,mac", "10.0.0.0/24", "10.0.0.1", at(source_mac=MAC), ("src",), False),
    ],
)
def test_a_packet_is_looked_for(
    kind: str, range_: str, element: str, packet: PktInfo, sides: tuple[str, ...], found: bool
) -> None:
    sets = Sets()
    sets.create("s", kind, within=range_)
    sets.add("s", element)
    assert matches(sets, packet, *sides) is found


def test_what_is_out_of_the_range_is_refused_and_not_in_it() -> None:
    sets = Sets()
    sets.create("s", "bitmap:port", within="1000-2000")
    assert sets.refusal("add", "s", "999-1001") == "BITMAP_RANGE"
    assert sets.members("s") == []
    assert not sets.has("s", "80")


def test_a_range_has_a_limit() -> None:
    assert Sets().refusal("create", "s", "bitmap:ip", within="10.0.0.0/15") == "BITMAP_RANGE_SIZE"


def test_a_bit_may_be_a_network() -> None:
    sets = Sets()
    sets.create("s", "bitmap:ip", within="10.0.0.0/16", netmask=24)
    sets.add("s", "10.0.0.77")
    assert sets.members("s") == ["10.0.0.0"]
    assert matches(sets, at(), "src")


def test_adding_and_deleting_again_is_refused() -> None:
    sets = Sets()
    sets.create("s", "bitmap:ip,mac", within="10.0.0.0/24")
    sets.add("s", "10.0.0.1")
    assert sets.refusal("add", "s", "10.0.0.1") == "EXIST"
    sets.add("s", "10.0.0.1,02:00:00:00:00:01")
    assert sets.members("s") == ["10.0.0.1,02:00:00:00:00:01"]
    assert sets.refusal("delete", "s", "10.0.0.2") == "EXIST"
    sets.delete("s", "10.0.0.2", exist=True)
    sets.delete("s", "10.0.0.1")
    assert sets.members("s") == []


def test_packets_add_and_delete() -> None:
    sets = Sets()
    sets.create("s", "bitmap:port", within="0-100", timeout=3)
    sets.sets.add_packet("s", at(segment()), ("dst",), exist=False)
    sets.sets.add_packet("s", at(segment()), ("src",), exist=False)
    assert sets.members("s") == ["80"]
    sets.sets.delete_packet("s", at(segment()), ("dst",))
    assert sets.members("s") == []
    sets.sets.add_packet("s", at(segment()), ("dst",), exist=False)
    sets.time = 3 * SECOND
    assert sets.members("s") == []

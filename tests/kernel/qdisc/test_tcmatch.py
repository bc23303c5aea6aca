"""What filters read of a packet."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from vnetsim.kernel.qdisc.tcmatch import View, matches
from vnetsim.operations.tcfilter import Flower, FwMark, Match, MatchAll
from vnetsim.wire.ethernet import Frame, Tagged
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.mac import Mac
from vnetsim.wire.udp import Udp

HERE, THERE = Mac.parse("02:00:00:00:00:01"), Mac.parse("02:00:00:00:00:02")
PACKET = Packet.build(IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2"), 17, Udp.build(53, 1053, b"x"), tos=0x10)


def view(*, tagged: bool = False, mark: int = 0) -> View:
    inner: Any = Tagged.build(7, 3, 0x0800, PACKET) if tagged else PACKET
    frame = Frame.build(THERE, HERE, 0x8100 if tagged else 0x0800, inner)
    skb: Any = SimpleNamespace(frame=frame, mark=mark)
    return View(skb)


@pytest.mark.parametrize("tagged", [False, True])
@pytest.mark.parametrize(
    ("offset", "word"),
    [(0, 0x4510_001D), (12, 0x0A00_0001), (16, 0x0A00_0002), (20, 0x0035_041D), (26, None), (4096, None),
     (-16, 0x0200), (-14, 0x0200_0000), (-4, 0x0001_0800), (-20, None)],
)  # fmt: skip
def test_words_are_read_from_the_network_header_on(tagged: bool, offset: int, word: int | None) -> None:
    assert view(tagged=tagged).word(offset) == word


@pytest.mark.parametrize(
    ("match", "found"),
    [
        (MatchAll(), True),
        (FwMark(5), True),
        (FwMark(6), False),
        (Flower({}), True),
        (Flower({"eth_type": 0x0800, "ip_proto": 17, "dst_port": 1053, "src_port": 53}), True),
        (Flower({"ip_proto": 17, "dst_port": 53}), False),
        (Flower({"dst_ip": (IPv4.parse("10.0.0.0"), 24), "src_mac": HERE, "dst_mac": THERE}), True),
        (Flower({"dst_ip": (IPv4.parse("10.0.1.0"), 24)}), False),
        (Flower({"dst_ip": (IPv6.parse("::"), 0)}), False),
        (Flower({"ip_tos": 0x10, "ip_ttl": 64}), True),
        (Flower({"vlan_id": 7}), False),
        (Flower({"icmp_type": 8}), False),
    ],
    ids=str,
)
def test_a_packet_matches_if_all_fields_do(match: Match, found: bool) -> None:
    assert matches(match, view(mark=5)) == found


def test_a_tag_has_its_own_fields() -> None:
    assert matches(Flower({"vlan_id": 7, "vlan_prio": 3, "ip_proto": 17}), view(tagged=True))
    assert view(tagged=True).protocol == 0x8100

"""Controlled delay: frames that wait too long are dropped, or marked (RFC 8289)."""

from __future__ import annotations

import pytest

from tests.kernel.qdisc.test_fair import counter, slow
from vnetsim.kernel.qdisc.codel import congestion_experienced
from vnetsim.wire import ipv4
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import Mac


@pytest.mark.parametrize(("tos", "marked"), [(0, None), (1, 3), (2, 3), (0x12, 0x13), (3, 3)])
def test_only_senders_that_know_ecn_are_told_by_a_mark(tos: int, marked: int | None) -> None:
    packet = ipv4.Packet.build(IPv4(1), IPv4(2), 17, b"", tos=tos)
    found = congestion_experienced(Frame.build(Mac(1), Mac(2), IPV4, packet))
    assert (found and found.payload.tos) == marked  # type: ignore[union-attr]


@pytest.mark.parametrize("leaf", ["fq_codel", "codel"])
def test_frames_that_wait_too_long_are_dropped(leaf: str) -> None:
    lab = slow(leaf)
    lab.run("ip netns exec a ping -q -c 60 -l 60 -s 1000 -W 5 10.0.0.2")
    assert 20 < counter(lab, "dropped ") < 50
    assert counter(lab, "drop_overlimit ") == 0

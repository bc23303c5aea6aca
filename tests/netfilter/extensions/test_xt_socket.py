"""-m socket and -j TPROXY as values; with sockets they are in tests/kernel/transport/test_nf_socket.py."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import at, segment
from vnetsim.netfilter import verdicts
from vnetsim.netfilter.parse import parse_rule


@pytest.mark.parametrize(
    ("found", "plain", "nowildcard"), [("", False, False), ("address", True, True), ("wildcard", False, True)]
)
def test_a_socket_of_any_address_counts_only_with_nowildcard(found: str, plain: bool, nowildcard: bool) -> None:
    packet = at(segment(), in_device="eth0", socket=lambda _packet, _device: found)
    assert fits("-m socket", packet) is plain
    assert fits("-m socket --nowildcard", packet) is nowildcard
    assert not fits("-m socket --transparent --nowildcard", packet)


def test_the_mark_of_the_socket_is_restored() -> None:
    packet = at(segment(), mark=7, socket=lambda _packet, _device: "address")
    assert fits("-m socket --restore-skmark", packet)
    assert packet.mark == 0


def test_a_packet_without_a_transparent_socket_is_dropped() -> None:
    target = parse_rule("-p tcp -j TPROXY --on-port 3129 --tproxy-mark 1/1").target
    assert target is not None
    assert target.act(at(segment())) is verdicts.DROP
    assert str(target) == "TPROXY --on-port 3129 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1"

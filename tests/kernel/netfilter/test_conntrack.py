"""Connections whose first packets meet before one is confirmed (nf_ct_resolve_clash)."""

from __future__ import annotations

import pytest

from tests.kernel.netfilter.tracked_router import Router
from tests.kernel.wires import datagram, ip
from vnetsim.wire import ipv4
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.ipv4 import ICMP, TCP
from vnetsim.wire.tcp import SYN, Tcp


@pytest.mark.parametrize(
    ("packet", "joins"),
    [
        (datagram("10.9.0.1", "10.9.0.2", 53), True),
        (ipv4.Packet.build(ip("10.9.0.1"), ip("10.9.0.2"), TCP, Tcp.build(3000, 80, 1, 0, SYN, 64240)), True),
        (ipv4.Packet.build(ip("10.9.0.1"), ip("10.9.0.2"), ICMP, Icmp.echo_request(7, 1, b"")), False),
    ],
)
def test_of_two_first_packets_the_second_joins_the_connection_of_the_first_unless_it_is_icmp(
    packet: ipv4.Packet, joins: bool
) -> None:
    """nf_ct_resolve_clash; ICMP has no allow_clash."""
    router = Router()
    first, second = router.track(packet), router.track(packet)
    assert first.connection is not second.connection
    assert router.connections.confirm(first)
    assert router.connections.confirm(second) is joins
    assert (second.connection is first.connection) is joins
    assert len(router.connections.table) == 1


def test_a_second_packet_that_was_translated_otherwise_is_lost() -> None:
    router = Router()
    first, second = (router.track(datagram("10.9.0.1", "10.9.0.2", 53)) for _ in range(2))
    second.connection.reply = second.connection.reply._replace(source=ip("10.9.0.3"))
    assert router.connections.confirm(first)
    assert not router.connections.confirm(second)


def test_the_first_packet_of_a_connection_that_is_over_already_is_lost() -> None:
    router = Router()
    skb = router.track(datagram("10.9.0.1", "10.9.0.2", 53))
    router.connections.table.forget(skb.connection)
    assert not router.connections.confirm(skb)

"""Metrics of routes in the packets of connections; how SYNs look is in the recording route_metrics_wire."""

from __future__ import annotations

import pytest

from tests.kernel.wires import packets, watched
from tests.machines import pair, typed
from vnetsim import Lab
from vnetsim.clock import MILLISECOND
from vnetsim.kernel.transport.dst_metrics import settings_by
from vnetsim.operations.route import RouteMetrics
from vnetsim.protocols.tcp import TcpSettings
from vnetsim.wire.inet import IPv4
from vnetsim.wire.tcp import Tcp


def test_a_route_decides_before_the_socket_does() -> None:
    settings = TcpSettings(congestion_control="reno")
    assert settings_by(settings, RouteMetrics(rtt=1)) == settings
    found = settings_by(settings, RouteMetrics(congctl="cubic", rto_min=50, quickack=1, ecn=True))
    assert (found.congestion_control, found.rto_min, found.quickack, found.ecn) == ("cubic", 50 * MILLISECOND, True, 1)
    assert (found.initial_window, found.window_clamp, found.initial_receive_window) == (10, 0, 0)


@pytest.fixture(scope="module")
def lab() -> Lab:
    made = pair()
    typed(made, "ip netns exec b nc -lk -p 7 > /dev/null &")
    return made


def first_flight(lab: Lab) -> int:
    """How many segments with data leave before the first is acknowledged."""
    seen = watched(lab, "a")
    typed(lab, "head -c 60000 /dev/zero | ip netns exec a nc -N 10.0.0.2 7")
    sent = 0
    for packet in packets(seen):
        assert isinstance(packet.payload, Tcp)
        if packet.source == IPv4.parse("10.0.0.1"):
            sent += -(-len(packet.payload.data) // 1448)
        elif sent:
            return sent
    return sent


def test_initcwnd_is_the_first_flight(lab: Lab) -> None:
    assert first_flight(lab) == 10
    typed(lab, "ip -n a route add 10.0.0.2 dev eth0 initcwnd 3")
    assert first_flight(lab) == 3
    typed(lab, "ip -n a route del 10.0.0.2")


def test_hoplimit_is_the_ttl_of_what_this_host_sends(lab: Lab) -> None:
    typed(lab, "ip -n a route add 10.0.0.2 dev eth0 hoplimit 33")
    seen = watched(lab, "a")
    typed(lab, "ip netns exec a ping -c 1 10.0.0.2\nip netns exec a ping -c 1 -t 9 10.0.0.2")
    assert not lab.run("ip netns exec a nc -z 10.0.0.2 9")
    assert [packet.ttl for packet in packets(seen)] == [33, 64, 9, 64, 33, 64]
    typed(lab, "ip -n a route del 10.0.0.2")

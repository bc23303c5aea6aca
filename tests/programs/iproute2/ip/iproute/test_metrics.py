"""Metrics of routes: what their arguments become, and how they are printed; texts as recorded in route_metrics."""

from __future__ import annotations

import pytest

from tests.programs.iproute2.ip.routing import Routing, route, run_ip
from vnetsim.operations import AddRoute
from vnetsim.operations.route import RouteMetrics

READ = [
    ("window 0x1000 cwnd 15", RouteMetrics(window=4096, cwnd=15)),
    ("rtt 100 rttvar 50 rto_min 200", RouteMetrics(rtt=100, rttvar=50, rto_min=200, locked=("rto_min",))),
    ("rtt 10ms rttvar 5ms", RouteMetrics(rtt=80, rttvar=20)),
    ("rtt 1.2345s rto_min 0.1ms", RouteMetrics(rtt=9880, rto_min=1, locked=("rto_min",))),
    ("rto_min 2SECS", RouteMetrics(rto_min=2000, locked=("rto_min",))),
    ("hoplimit lock 5 window lock 7", RouteMetrics(hoplimit=5, window=7, locked=("window", "hoplimit"))),
    ("features ecn congctl lock reno", RouteMetrics(ecn=True, congctl="reno", locked=("congctl",))),
    ("initcwnd 5 initcwnd 6 quickack 0", RouteMetrics(initcwnd=6, quickack=0)),
]


@pytest.mark.parametrize(("text", "metrics"), READ)
def test_arguments_become_values(text: str, metrics: RouteMetrics) -> None:
    network = Routing()
    assert run_ip(f"ip route add 10.0.0.0/8 via 10.0.0.2 {text}", network).status == 0
    (asked,) = network.executed
    assert isinstance(asked, AddRoute)
    assert asked.metrics == metrics


REFUSED = [
    ("hoplimit 300", 'argument "300" is wrong: "hoplimit" value is invalid'),
    ("rto_min lock 1s", 'argument "lock" is wrong: "rto_min" value is invalid'),
    ("rto_min 100us", 'argument "100us" is wrong: "rto_min" value is invalid'),
    ("quickack 2", 'argument "2" is wrong: "quickack" value should be 0 or 1'),
    ("features nosuch", 'argument "nosuch" is wrong: "features" value not valid'),
    ("cwnd 99999999999", 'argument "99999999999" is wrong: "cwnd" value is invalid'),
]


@pytest.mark.parametrize(("text", "error"), REFUSED)
def test_what_ip_refuses(text: str, error: str) -> None:
    ended = run_ip(f"ip route add 10.0.0.0/8 via 10.0.0.2 {text}")
    assert (ended.status, ended.err) == (255, f"Error: {error}\n\n")


def test_they_are_printed_in_the_order_of_the_kernel() -> None:
    metrics = RouteMetrics(
        rtt=100, rttvar=4004, window=5000, ecn=True, congctl="reno", rto_min=1500, locked=("window", "rto_min")
    )
    network = Routing(tables=[route("10.0.0.0/8", None, "v0", mtu=1400, mtu_locked=True, metrics=metrics)])
    assert (
        "dev v0 mtu lock 1400 window lock 5000 rtt 12ms rttvar 1.001s features ecn rto_min lock 1.5s congctl reno "
        in (run_ip("ip route", network).out)
    )
    assert (
        '"metrics":[{"mtu":1400,"window":5000,"rtt":12,"rttvar":1001,"ecn":null,"rto_min":1500,"congestion":"reno"}]'
        in (run_ip("ip -j route", network).out)
    )

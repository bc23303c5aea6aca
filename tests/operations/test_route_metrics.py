"""Metrics of routes as values: what is stored of a request, and which routes a deletion means."""

from __future__ import annotations

import pytest

from vnetsim.operations.route import NO_METRICS, RouteMetrics

STORED = RouteMetrics(window=5000, initcwnd=20, ecn=True, congctl="reno", locked=("window",))


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (NO_METRICS, True),
        (RouteMetrics(initcwnd=20), True),
        (RouteMetrics(initcwnd=21), False),
        (RouteMetrics(hoplimit=0), True),
        (RouteMetrics(hoplimit=5), False),
        (RouteMetrics(ecn=True, congctl="reno"), True),
        (RouteMetrics(congctl="cubic"), False),
        (RouteMetrics(window=5000, locked=("window",)), True),
        (RouteMetrics(window=5000, locked=("hoplimit", "window")), False),
    ],
)
def test_a_deletion_means_routes_with_all_that_it_names(asked: RouteMetrics, meant: bool) -> None:
    assert asked.match(STORED) is meant
    assert not RouteMetrics(ecn=True).match(NO_METRICS)


def test_zeros_are_not_stored() -> None:
    assert RouteMetrics(initcwnd=0, hoplimit=0).stored() == NO_METRICS
    assert STORED.stored() is STORED


def test_they_print_as_they_are_typed() -> None:
    assert STORED.arguments() == "window lock 5000 initcwnd 20 congctl reno features ecn"
    assert RouteMetrics(rto_min=300, locked=("rto_min",)).arguments() == "rto_min 300"

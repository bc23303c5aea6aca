"""What the kernel accepts as metrics of a route."""

from __future__ import annotations

import pytest

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.fib.metrics import checked_metrics
from vnetsim.operations.route import RouteMetrics


def test_algorithms_are_those_that_connections_have() -> None:
    assert checked_metrics(RouteMetrics(congctl="reno")).congctl == "reno"
    with pytest.raises(KernelError) as refused:
        checked_metrics(RouteMetrics(congctl="nosuch"))
    assert (refused.value.errno, refused.value.explanation) == (Errno.EINVAL, "Unknown tcp congestion algorithm")
    with pytest.raises(NotModelled, match="congestion control by bbr"):
        checked_metrics(RouteMetrics(congctl="bbr"))


def test_a_hop_limit_is_an_octet() -> None:
    assert checked_metrics(RouteMetrics(hoplimit=300)).hoplimit == 255
    assert checked_metrics(RouteMetrics(hoplimit=0)).hoplimit is None

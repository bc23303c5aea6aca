"""What the metrics of a route mean to a connection by it (tcp_connect_init, tcp_openreq_init_rwin, tcp_ca_dst_init).

kernel.fib.metrics says which metrics have no effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.operations.metrics import NO_METRICS, RouteMetrics

if TYPE_CHECKING:
    from vnetsim.kernel.fib.dst import DstEntry
    from vnetsim.protocols.tcp import TcpSettings


def settings_by(settings: TcpSettings, route: DstEntry, congestion_control: str | None) -> TcpSettings:
    """The parameters of a connection by a route; `congestion_control` is the choice of its socket."""
    if congestion_control is not None:
        settings = attrs.evolve(settings, congestion_control=congestion_control)
    entry = None if route.match is None else route.match.entry
    metrics = NO_METRICS if entry is None else entry.metrics
    return settings if metrics is NO_METRICS or metrics == NO_METRICS else _changed(settings, metrics)


def _changed(settings: TcpSettings, metrics: RouteMetrics) -> TcpSettings:
    """The algorithm of the route is preferred to that of the socket."""
    return attrs.evolve(
        settings, initial_window=metrics.initcwnd or settings.initial_window, window_clamp=metrics.window or 0,
        initial_receive_window=metrics.initrwnd or 0, quickack=bool(metrics.quickack),
        rto_min=metrics.rto_min * MILLISECOND if metrics.rto_min else settings.rto_min,
        ecn=1 if metrics.ecn else settings.ecn, congestion_control=metrics.congctl or settings.congestion_control,
    )  # fmt: skip

"""What the metrics of a route mean to a connection by it (tcp_connect_init, tcp_openreq_init_rwin, tcp_ca_dst_init).

kernel.fib.metrics says which metrics have no effect.
"""

from __future__ import annotations

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.operations.route import RouteMetrics
from vnetsim.protocols.tcp import TcpSettings


def settings_by(settings: TcpSettings, metrics: RouteMetrics) -> TcpSettings:
    """The parameters of a connection by a route; its algorithm is preferred to that of the socket."""
    return attrs.evolve(
        settings, initial_window=metrics.initcwnd or settings.initial_window, window_clamp=metrics.window or 0,
        initial_receive_window=metrics.initrwnd or 0, quickack=bool(metrics.quickack),
        rto_min=metrics.rto_min * MILLISECOND if metrics.rto_min else settings.rto_min,
        ecn=1 if metrics.ecn else settings.ecn, congestion_control=metrics.congctl or settings.congestion_control,
    )  # fmt: skip

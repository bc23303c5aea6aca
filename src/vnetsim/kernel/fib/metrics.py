"""What the kernel accepts as metrics of a route (net/ipv4/metrics.c: ip_metrics_convert).

Not modelled: the cache of TCP metrics (net/ipv4/tcp_metrics.c), which has its first values from `rtt`, `rttvar`,
`ssthresh`, `cwnd` and `reordering` of the route: these are stored and shown only.  So is `fastopen_no_cookie`,
as there is no TCP Fast Open.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.operations.route import RouteMetrics
from vnetsim.protocols.tcp.congestion import ALGORITHMS

#: TCP_CA_NAME_MAX, with the byte that ends it.
_LONGEST_NAME: Final = 15
#: Algorithms that distributions have as modules, which the kernel loads when a route names one.
_MODULES: Final = frozenset((
    "bbr", "bic", "cdg", "dctcp", "highspeed", "htcp", "hybla", "illinois", "lp", "nv", "scalable", "vegas", "veno",
    "westwood", "yeah",
))  # fmt: skip
_MOST_HOPS: Final = 255


def checked_metrics(metrics: RouteMetrics) -> RouteMetrics:
    """The metrics as they are stored: KernelError(EINVAL) for an algorithm that there is not."""
    name = metrics.congctl
    if name is not None and name[:_LONGEST_NAME] not in ALGORITHMS:
        if name in _MODULES:
            raise NotModelled(f"congestion control by {name}")
        raise KernelError(Errno.EINVAL, "Unknown tcp congestion algorithm")
    if metrics.hoplimit is not None and metrics.hoplimit > _MOST_HOPS:
        return attrs.evolve(metrics.stored(), hoplimit=_MOST_HOPS)
    return metrics.stored()

"""Metrics of routes beside MTU and MSS (RTA_METRICS, net/ipv4/metrics.c), as netlink has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.operations.verb import command_line, option
from vnetsim.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator


@frozen(kw_only=True)
class RouteMetrics:
    """None: not given; 0 is a value of a request, but none that a route has.

    `rtt` is in 1/8 ms, `rttvar` in 1/4 ms and `rto_min` in ms.  `locked` are names of metrics that the kernel is not to
    change, in the order of the fields; of `mtu` the route itself tells it.
    """

    window: int | None = None
    rtt: int | None = None
    rttvar: int | None = None
    ssthresh: int | None = None
    cwnd: int | None = None
    reordering: int | None = None
    hoplimit: int | None = None
    initcwnd: int | None = None
    ecn: bool = False
    rto_min: int | None = None
    initrwnd: int | None = None
    quickack: int | None = None
    congctl: str | None = None
    fastopen_no_cookie: int | None = None
    locked: tuple[str, ...] = ()

    def given(self) -> Iterator[tuple[str, int | str]]:
        """The values that are there, `ecn` apart."""
        for name in VALUES:
            value = getattr(self, name)
            if value is not None:
                yield name, value

    def stored(self) -> RouteMetrics:
        """What the kernel keeps: zeros are nothing."""
        zeros: dict[str, Any] = {name: None for name, value in self.given() if value == 0}
        return attrs.evolve(self, **zeros) if zeros else self

    def match(self, entry: RouteMetrics) -> bool:
        """fib_metrics_match: whether a route has all that a deletion names."""
        if self.ecn and not entry.ecn:
            return False
        if self.locked and self.locked != entry.locked:
            return False
        return all((getattr(entry, name) or 0) == value for name, value in self.given())

    def arguments(self) -> str:
        """As `ip route` takes them."""
        values = [
            option(f"{name} lock" if name in self.locked and name != "rto_min" else name, value)
            for name, value in self.given()
        ]
        return command_line(*values, "features ecn" if self.ecn else None)


#: The fields of RouteMetrics that have a value.
VALUES: Final = tuple(field.name for field in attrs.fields(RouteMetrics) if field.name not in ("ecn", "locked"))
NO_METRICS: Final = RouteMetrics()

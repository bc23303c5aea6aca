"""Routes and their metrics, and rules: `ip route`, `ip rule`.

Linux: net/ipv4/fib_frontend.c, fib_rules.c, metrics.c; net/ipv6/route.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.operations.verb import Verb, command_line, option
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, Prefix

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
VALUES: Final = tuple(name for name in RouteMetrics.__annotations__ if name not in ("ecn", "locked"))
NO_METRICS: Final = RouteMetrics()


@frozen(kw_only=True)
class Hop:
    """A next hop: a gateway, a device, or both."""

    via: Address | None = None
    device: str | None = None
    weight: int = 1
    onlink: bool = False

    def arguments(self, version: int) -> str:
        """As `ip route` takes them, for a route of that family."""
        other = "via" if self.via is None or self.via.version == version else f"via inet{'6' if version == 4 else ''}"
        return command_line(option(other, self.via), option("dev", self.device), "onlink" if self.onlink else None)


@frozen(kw_only=True)
class _Route:
    """`kind` is the type of `ip route`: unicast, local, broadcast, blackhole, unreachable, prohibit, throw, ...

    `table` 254 is main, 255 local, 253 default; `protocol` 2 kernel, 3 boot, 4 static; `scope` 0 global, 253 link,
    254 host, None: the kernel's choice of `ip`.  One entry in `hops` is a plain route, several are multipath.
    IPv6 routes may be over after `expires_seconds`.
    """

    destination: Prefix
    hops: tuple[Hop, ...] = ()
    kind: str = "unicast"
    source: Address | None = None
    metric: int | None = None
    table: int = 254
    protocol: int | None = None
    scope: int | None = None
    tos: int = 0
    mtu: int | None = None
    advmss: int | None = None
    preference: str | None = None
    mtu_locked: bool = False
    metrics: RouteMetrics = NO_METRICS
    nhid: int | None = None
    expires_seconds: int | None = None

    def _text(self, verb: object) -> str:
        hops = (
            [hop.arguments(self.destination.version) for hop in self.hops]
            if len(self.hops) == 1
            else [
                command_line("nexthop", hop.arguments(self.destination.version), f"weight {hop.weight}")
                for hop in self.hops
            ]
        )
        everything = self.destination.length == 0
        return command_line(
            "ip", "-6" if self.destination.version == 6 else None, "route", verb,
            None if self.kind == "unicast" else self.kind, "default" if everything else self.destination,
            option("tos", f"{self.tos:#04x}" if self.tos else None),
            option("table", None if self.table == 254 else self.table), option("proto", self.protocol),
            option("scope", self.scope), option("src", self.source),
            option("metric", self.metric), option("mtu lock" if self.mtu_locked else "mtu", self.mtu),
            option("advmss lock" if "advmss" in self.metrics.locked else "advmss", self.advmss),
            self.metrics.arguments() or None, option("expires", self.expires_seconds), option("nhid", self.nhid), *hops,
        )  # fmt: skip


@frozen(kw_only=True)
class AddRoute(_Route):
    verb: Verb = Verb.ADD

    def command(self) -> str:
        return self._text(self.verb)


@frozen(kw_only=True)
class DeleteRoute(_Route):
    """What is not given matches anything, and `unicast` any kind; the lowest metric goes first."""

    def command(self) -> str:
        return self._text("del")


@frozen(kw_only=True)
class _Rule:
    """A rule of the routing policy database; `action` is `lookup` or a route type.

    `protocol` is the transport protocol; `origin` is the rule's routing protocol (numbers of `ip route`'s proto).
    """

    version: int = 4
    priority: int | None = None
    source: Prefix | None = None
    destination: Prefix | None = None
    in_device: str | None = None
    out_device: str | None = None
    mark: int | None = None
    mask: int | None = None
    tos: int = 0
    table: int | None = None
    action: str = "lookup"
    negated: bool = False
    protocol: str | None = None
    sport: tuple[int, int] | None = None
    dport: tuple[int, int] | None = None
    suppress_prefix_length: int | None = None
    l3mdev: bool = False
    target: int | None = None
    origin: int = 0

    def _text(self, verb: str) -> str:
        lookup = option("lookup", self.table) if self.action == "lookup" else self.action
        lookup = option("goto", self.target) if self.action == "goto" else "l3mdev" if self.l3mdev else lookup
        mark = None if self.mark is None else f"{self.mark:#x}" + (f"/{self.mask:#x}" if self.mask is not None else "")
        return command_line(
            "ip", "-6" if self.version == 6 else None, "rule", verb, "not" if self.negated else None,
            option("priority", self.priority), option("from", self.source), option("to", self.destination),
            option("iif", self.in_device), option("oif", self.out_device), option("fwmark", mark),
            option("tos", f"{self.tos:#04x}" if self.tos else None), option("ipproto", self.protocol),
            option("protocol", self.origin or None), lookup,
        )  # fmt: skip


@frozen(kw_only=True)
class AddPolicyRule(_Rule):
    def command(self) -> str:
        return self._text("add")


@frozen(kw_only=True)
class DeletePolicyRule(_Rule):
    """The first rule with all that is given; `lookup` without a table matches any action."""

    def command(self) -> str:
        return self._text("del")

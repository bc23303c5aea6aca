"""Values of routing tables: routes, next hops, lookups and results (struct fib_info, fib_nh, flowi, fib_result).

The tables themselves are in kernel.fib.tables.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import attrs

from vnetsim.errors import Errno
from vnetsim.operations.route import NO_METRICS, RouteMetrics
from vnetsim.values import define, frozen
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.inet import Address, Prefix
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

#: Scopes: how far away a destination is (RT_SCOPE_*).
UNIVERSE: Final = 0
LINK: Final = 253
HOST: Final = 254
NOWHERE: Final = 255

#: Tables (RT_TABLE_*).
DEFAULT: Final = 253
MAIN: Final = 254
LOCAL: Final = 255

#: The input interface of packets of this host, for rules.
LOOPBACK_INDEX: Final = 1

#: Errors of route types (fib_props); throw: the lookup continues in the next table.
ERRORS: Final = {
    "blackhole": Errno.EINVAL,
    "unreachable": Errno.EHOSTUNREACH,
    "prohibit": Errno.EACCES,
    "throw": Errno.EAGAIN,
}

#: The bits of the TOS byte that routes and rules match (IPTOS_RT_MASK).
TOS_MASK: Final = 0x1C
#: The bits of explicit congestion notification, which no rule and no route may have (INET_ECN_MASK).
ECN_MASK: Final = 0x03


@define(kw_only=True)
class NexthopException:
    """A path MTU or redirect for one destination beyond a hop (struct fib_nh_exception, struct rt6_exception).

    None if there is no such thing; times are nanoseconds of the machine's clock.
    """

    gateway: Address | None = None
    gateway_until: int = 0
    mtu: int | None = None
    mtu_until: int = 0
    #: The reported MTU was less than min_pmtu: packets are sent without DF (IPv4).
    mtu_locked: bool = False


@define(kw_only=True)
class FibNexthop:
    """A next hop (struct fib_nh).  `scope` is the distance of the gateway; `dead` and `linkdown` follow the device.

    `exceptions` are kept by `Fib.learn`; None as long as there is none.
    """

    index: int
    #: Of either family: IPv4 routes may have an IPv6 gateway (RFC 5549).
    via: Address | None = None
    weight: int = 1
    onlink: bool = False
    scope: int = LINK
    dead: bool = attrs.field(default=False, eq=False)
    linkdown: bool = attrs.field(default=False, eq=False)
    exceptions: dict[Address, NexthopException] | None = attrs.field(default=None, eq=False, repr=False)


@define(eq=False, kw_only=True)
class FibEntry:
    """A route; numbers as in operations.route.  Several hops are multipath."""

    destination: Prefix
    kind: str = "unicast"
    #: The kind that was asked for; by a blackhole (`nhid`) the route is one.
    asked_kind: str = "unicast"
    nhid: int | None = None
    hops: tuple[FibNexthop, ...] = ()
    source: Address | None = None
    metric: int = 0
    tos: int = 0
    table: int = MAIN
    protocol: int = 3
    scope: int = UNIVERSE
    mtu: int | None = None
    #: `mtu lock`: no path MTU discovery, packets are sent without DF.
    mtu_locked: bool = False
    advmss: int | None = None
    metrics: RouteMetrics = NO_METRICS
    preference: str | None = None
    #: When it expires, in nanoseconds of the machine's clock (IPv6).
    expires: int | None = None

    @property
    def own_hops(self) -> tuple[FibNexthop, ...]:
        """Its hops, but for those of a nexthop object: these are not changed through the route."""
        return self.hops if self.nhid is None else ()

    def same_nexthops(self, other: FibEntry) -> bool:
        """Whether both have the same fib_info and type, given that destination and metric agree."""
        return (
            self.kind == other.kind
            and self.nhid == other.nhid
            and self.hops == other.hops
            and self.source == other.source
            and self.protocol == other.protocol
            and self.scope == other.scope
            and (self.mtu, self.mtu_locked, self.advmss) == (other.mtu, other.mtu_locked, other.advmss)
            and self.metrics == other.metrics
        )

    def same_info(self, other: FibEntry) -> bool:
        """Whether IPv4 keeps one fib_info for both (fib_find_info): exceptions hang on it, not on the prefix."""
        return (self.table, self.metric) == (other.table, other.metric) and self.same_nexthops(other)


@frozen(kw_only=True)
class HopPattern:
    """A next hop of a deletion; None and 0 match any."""

    index: int | None = None
    via: Address | None = None
    weight: int | None = None

    def matches(self, hop: FibNexthop) -> bool:
        return self.index in (None, hop.index) and self.via in (None, hop.via) and self.weight in (None, hop.weight)


@frozen(kw_only=True)
class FibConfig:
    """The routes that a deletion matches (struct fib_config; fib_table_delete, fib_nh_match); None matches any."""

    destination: Prefix
    table: int = MAIN
    tos: int = 0
    kind: str | None = None
    scope: int | None = None
    source: Address | None = None
    protocol: int | None = None
    metric: int | None = None
    mtu: int | None = None
    mtu_locked: bool = False
    advmss: int | None = None
    metrics: RouteMetrics = NO_METRICS
    hops: tuple[HopPattern, ...] = ()
    nhid: int | None = None

    def matches(self, entry: FibEntry) -> bool:
        wanted = (
            (self.kind, entry.kind), (self.scope, entry.scope), (self.source, entry.source),
            (self.protocol, entry.protocol), (self.metric or None, entry.metric), (self.mtu, entry.mtu),
            (self.mtu_locked or None, entry.mtu_locked), (self.advmss, entry.advmss), (self.tos, entry.tos),
        )  # fmt: skip
        agree = all(value in (None, known) for value, known in wanted) and self.metrics.match(entry.metrics)
        return agree and self._hops_match(entry)

    def _hops_match(self, entry: FibEntry) -> bool:
        """A single hop is compared with the first one, several with all; of nexthop objects IPv6 compares none."""
        if self.nhid or entry.nhid:
            if self.nhid:
                return self.nhid == entry.nhid
            return not self.hops or self.destination.version == 6
        if len(self.hops) > 1 and len(self.hops) != len(entry.hops):
            return False
        if len(self.hops) > len(entry.hops):
            return False
        return all(wanted.matches(hop) for wanted, hop in zip(self.hops, entry.hops, strict=False))


class Transport(NamedTuple):
    """The part of a flow that only some lookups use: protocol and ports, None if it has none."""

    protocol: int = 0
    sport: int | None = None
    dport: int | None = None


NO_TRANSPORT: Final = Transport()


def transport_of(packet: ipv4.Packet | ipv6.Packet) -> Transport:
    """skb_flow_dissect, of a packet that is no fragment."""
    payload = packet.payload
    protocol = packet.next_header if isinstance(packet, ipv6.Packet) else packet.protocol
    if isinstance(payload, Tcp | Udp):
        return Transport(protocol, payload.source_port, payload.destination_port)
    return Transport(protocol)


class Flowi(NamedTuple):
    """What a route is looked for (struct flowi): `oif` 0 is any device, `iif` that of this host's own packets."""

    destination: Address
    source: Address | None = None
    oif: int = 0
    iif: int = LOOPBACK_INDEX
    mark: int = 0
    tos: int = 0
    scope: int = UNIVERSE
    protocol: int = 0
    sport: int | None = None
    dport: int | None = None
    #: Ignore ignore_routes_with_linkdown: for checking a gateway.
    without_carrier: bool = False
    #: The table of its VRF (flowi_l3mdev); 0: that of the VRF of `oif` or `iif`, if they have one.
    l3_table: int = 0


class FibResult(NamedTuple):
    """The result of a lookup: `hop` of `entry`, or an `error`, of `entry` if its type has one.

    `table` is the table as `ip route get` tells it: main for what is found in local while the two are one.
    """

    entry: FibEntry | None
    hop: FibNexthop | None
    error: Errno | None
    table: int = MAIN

    @property
    def exceptions(self) -> dict[Address, NexthopException]:
        """The nexthop exceptions of the hop."""
        return (self.hop.exceptions or {}) if self.hop is not None else {}

    @property
    def text(self) -> str:
        """What it leads to, and the table if that is none that the kernel has by itself."""
        assert self.entry is not None
        prefix = self.entry.destination
        what = "default" if prefix.length == 0 else str(prefix)
        return what if self.entry.kind == "unicast" else f"{self.entry.kind} {what}"

    @property
    def table_text(self) -> str:
        return "" if self.table in (DEFAULT, MAIN, LOCAL) else f" table {self.table}"


NO_ROUTE: Final = FibResult(None, None, Errno.ENETUNREACH)

"""The state of a network as values, as in netlink dumps.

Names are those of iproute2's output (`LOWERLAYERDOWN`, `noqueue`, `REACHABLE`), numbers are the kernel's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import attrs

from vnetsim.operations.route import NO_METRICS, RouteMetrics
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, Prefix
from vnetsim.wire.mac import Mac


@frozen(kw_only=True)
class Statistics:
    """struct rtnl_link_stats64; bytes count the Ethernet header."""

    rx_bytes: int = 0
    rx_packets: int = 0
    rx_errors: int = 0
    rx_dropped: int = 0
    rx_missed: int = 0
    rx_frame_errors: int = 0
    multicast: int = 0
    tx_bytes: int = 0
    tx_packets: int = 0
    tx_errors: int = 0
    tx_dropped: int = 0
    tx_carrier: int = 0
    collisions: int = 0


@frozen(kw_only=True)
class Link:
    """A device.

    `flags` are in the order of `ip link` without NO-CARRIER and M-DOWN, which `ip` adds: `lower_down`:
    the lower or peer device is visible from here and administratively down.
    `peer_index` is IFLA_LINK; `peer_netnsid` is the id of its namespace when that is another one
    (then `peer_netns` is that namespace's name in /run/netns, if it has one); `peer_name` its name when it is here.
    `speed` is in Mbit/s, as in ethtool.
    `details` is what `ip -d` adds about the kind, `port` what it adds about a bridge port, by iproute2's names;
    `slave` is the kind of a master other than a bridge, and what `ip -d` adds about its slave.
    """

    index: int
    name: str
    kind: str | None
    flags: tuple[str, ...]
    lower_down: bool = False
    mtu: int
    min_mtu: int = 0
    max_mtu: int = 0
    qdisc: str
    state: str
    mode: str = "DEFAULT"
    group: int = 0
    qlen: int | None
    link_type: str
    mac: Mac | None
    broadcast: Mac | None
    peer_index: int | None = None
    peer_name: str | None = None
    peer_netnsid: int | None = None
    peer_netns: str | None = None
    master: str | None = None
    alias: str | None = None
    altnames: tuple[str, ...] = ()
    promiscuity: int = 0
    allmulti: int = 0
    speed: int | None = None
    addrgenmode: str = "eui64"
    carrier_changes: int = 0
    statistics: Statistics = Statistics()
    details: Mapping[str, str | int] = attrs.field(factory=dict)
    port: Mapping[str, str | int] | None = None
    slave: tuple[str, Mapping[str, str | int]] | None = None


@frozen(kw_only=True)
class Feature:
    """An offload feature of a device: whether it is active, was requested, can be changed."""

    active: bool
    requested: bool
    fixed: bool


@frozen(kw_only=True)
class AddressEntry:
    """One address of a device; `scope` and `protocol` are numbers, lifetimes in seconds (None: for ever).

    `flags` are those of `ip addr` in its order: secondary, tentative, deprecated, nodad, dadfailed, noprefixroute,
    dynamic, ...
    """

    index: int
    device: str
    address: Address
    length: int
    peer: Address | None = None
    broadcast: Address | None = None
    scope: int = 0
    flags: tuple[str, ...] = ()
    label: str | None = None
    protocol: int = 0
    metric: int | None = None
    valid_seconds: int | None = None
    preferred_seconds: int | None = None


@frozen(kw_only=True)
class GroupEntry:
    """A multicast group of a device: of `family` link (an address on the wire), inet or inet6.

    `users` is its reference count; `static`: it was added with `ip maddr`.
    """

    index: int
    device: str
    family: str
    address: Address | Mac
    users: int = 1
    static: bool = False


@frozen(kw_only=True)
class NextHop:
    """`flags`: dead, onlink, linkdown, in the order of iproute2."""

    via: Address | None = None
    device: str | None = None
    weight: int = 1
    flags: tuple[str, ...] = ()

    def arguments(self, version: int) -> str:
        """Gateway and device as `ip route` takes them, for a route of that family; each with a blank before it."""
        other = "" if self.via is None or self.via.version == version else "inet6 " if version == 4 else "inet "
        via = "" if self.via is None else f" via {other}{self.via}"
        return via if self.device is None else f"{via} dev {self.device}"


@frozen(kw_only=True)
class Route:
    """An entry of a routing table; numbers as in operations.route."""

    destination: Prefix
    kind: str = "unicast"
    hops: tuple[NextHop, ...] = ()
    source: Address | None = None
    metric: int | None = None
    table: int = 254
    protocol: int = 3
    scope: int = 0
    tos: int = 0
    mtu: int | None = None
    mtu_locked: bool = False
    advmss: int | None = None
    metrics: RouteMetrics = NO_METRICS
    nhid: int | None = None
    preference: str | None = None
    expires_seconds: int | None = None
    error: int | None = None


@frozen(kw_only=True)
class RouteAnswer:
    """The answer to `ip route get`: the route that a packet to `destination` takes.

    `from_` and `iif` repeat the question; `cache` are the flags in angle brackets (local, brd, mc, redirected).
    `protocol`, `metric` and `preference` are set for IPv6 routes only.
    """

    destination: Address
    kind: str = "unicast"
    from_: Address | None = None
    via: Address | None = None
    device: str | None = None
    source: Address | None = None
    iif: str | None = None
    table: int = 254
    tos: int = 0
    mark: int | None = None
    uid: int | None = 0
    cache: tuple[str, ...] = ()
    expires_seconds: int | None = None
    mtu: int | None = None
    mtu_locked: bool = False
    advmss: int | None = None
    metrics: RouteMetrics = NO_METRICS
    protocol: int | None = None
    metric: int | None = None
    offload_failed: bool = False
    preference: str = "medium"
    matched: Route | None = None


@frozen(kw_only=True)
class RoutingRule:
    """An entry of the routing policy database; `origin` is 2 for the kernel's own rules."""

    priority: int
    version: int = 4
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
    #: Its table is that of the VRF of the packet.
    l3mdev: bool = False
    #: Of `goto`: the priority of the rule to go on with.
    target: int | None = None
    origin: int = 0


@frozen(kw_only=True)
class NeighbourEntry:
    """`state` is that of `ip neigh`; times are seconds since confirmed, used, updated."""

    address: Address
    device: str
    mac: Mac | None
    state: str
    router: bool = False
    proxy: bool = False
    probes: int = 0
    used_seconds: int = 0
    confirmed_seconds: int = 0
    updated_seconds: int = 0
    references: int = 0


@frozen(kw_only=True)
class FdbEntry:
    """`state`: permanent, static or "" (learned); `itself` for a device's own filter, else the bridge's (`master`).

    `remote` is the far end of a tunnel; `port`, `vni` and `via` (a device) are set if they are not the tunnel's own.
    """

    mac: Mac
    device: str
    master: str | None = None
    state: str = ""
    itself: bool = False
    offloaded: bool = False
    remote: Address | None = None
    port: int | None = None
    vni: int | None = None
    via: str | None = None
    used_seconds: int = 0
    updated_seconds: int = 0
    #: None without VLAN filtering.
    vlan: int | None = None


class WireguardPeer(NamedTuple):
    """A peer as `wg show` knows it: bytes that were received and sent, and the time of its latest handshake.

    Keys have 32 bytes, None if there is none.  `latest_handshake` is in nanoseconds since 1970, 0 without one;
    `persistent_keepalive` in seconds, 0 for never.
    """

    public_key: bytes
    preshared_key: bytes | None = None
    endpoint: tuple[Address, int] | None = None
    allowed_ips: tuple[Prefix, ...] = ()
    latest_handshake: int = 0
    received: int = 0
    sent: int = 0
    persistent_keepalive: int = 0


class WireguardConfig(NamedTuple):
    """A WireGuard device; port and mark are 0 if there is none."""

    device: str
    private_key: bytes | None = None
    public_key: bytes | None = None
    listen_port: int = 0
    fwmark: int = 0
    peers: tuple[WireguardPeer, ...] = ()


@frozen(kw_only=True)
class BridgeVlanEntry:
    """A VLAN of a bridge port, or of a bridge's own stack."""

    device: str
    vlan: int
    pvid: bool = False
    untagged: bool = False


@frozen(kw_only=True)
class MdbEntry:
    """Who listens to a group: a port, or the bridge itself.  `expires` is in 1/100 s, 0 for permanent entries."""

    index: int
    device: str
    port: str
    group: Address | Mac
    source: Address | None = None
    permanent: bool = False
    static: bool = False
    vlan: int = 0
    expires: int = 0


@frozen(kw_only=True)
class Qdisc:
    """A queueing discipline; numbers and options as in operations.qdisc, `references` is how often it is attached."""

    kind: str
    device: str
    handle: int = 0
    parent: int = 0
    references: int = 2
    options: Mapping[str, int] = attrs.field(factory=dict)
    bytes: int = 0
    packets: int = 0
    drops: int = 0
    overlimits: int = 0
    requeues: int = 0
    backlog: int = 0
    length: int = 0


@frozen(kw_only=True)
class QdiscClass:
    """A class of a classful discipline: numbers as in Qdisc, `leaf` is the discipline below it, 0 without one.

    Of htb, `level` is 0 for those without classes below; `lends` and `borrows` count the packets that took the tokens
    of this class, and of one above.
    """

    kind: str
    device: str
    classid: int
    parent: int
    leaf: int = 0
    options: Mapping[str, int] = attrs.field(factory=dict)
    bytes: int = 0
    packets: int = 0
    drops: int = 0
    overlimits: int = 0
    backlog: int = 0
    length: int = 0
    tokens: tuple[int, int] = (0, 0)
    level: int = 0
    lends: int = 0
    borrows: int = 0


@frozen(kw_only=True)
class NetnsEntry:
    """A named namespace; `nsid` is the viewer's id for it, if it has given one."""

    name: str
    nsid: int | None = None


@frozen(kw_only=True)
class TcpInfo:
    """TCP_INFO of a connection (struct tcp_info); times in nanoseconds, sizes in bytes.

    `window` (cwnd), `threshold` (ssthresh, None while nothing was lost) and what is in flight count segments;
    `pacing_rate` is in bytes per second; `timer` is the pending timer as `ss -o` names it, its nanoseconds left and
    the retransmission count, None without one; `written` are the bytes that the program has written.
    """

    congestion_control: str
    timestamps: bool = False
    sack: bool = False
    ecn: bool = False
    ecn_seen: bool = False
    scales: tuple[int, int] | None = None
    timeout: int = 0
    trip: int = 0
    trip_deviation: int = 0
    shortest_trip: int = 0
    ato: int = 0
    mss: int = 0
    path_mtu: int = 0
    receive_mss: int = 0
    advertised_mss: int = 0
    window: int = 0
    threshold: int | None = None
    bytes_sent: int = 0
    bytes_resent: int = 0
    bytes_acknowledged: int = 0
    bytes_received: int = 0
    segments_out: int = 0
    segments_in: int = 0
    data_segments_out: int = 0
    data_segments_in: int = 0
    since_sent: int = 0
    since_received: int = 0
    since_acknowledged: int = 0
    pacing_rate: int = 0
    delivered: int = 0
    in_flight: int = 0
    resent: int = 0
    total_resent: int = 0
    lost: int = 0
    sacked: int = 0
    reordering: int = 3
    backoff: int = 0
    receive_space: int = 0
    receive_threshold: int = 0
    not_sent: int = 0
    send_window: int = 0
    written: int = 0
    timer: tuple[str, int, int] | None = None
    receive_buffer: int = 0
    send_buffer: int = 0


@frozen(kw_only=True)
class SocketEntry:
    """A socket in `ss`; `protocol` is udp, tcp, raw, icmp; `state` that of ss (LISTEN, UNCONN, ESTAB, ...)."""

    protocol: str
    state: str
    local: Address
    local_port: int
    remote: Address
    remote_port: int
    receive_queue: int = 0
    send_queue: int = 0
    device: str | None = None
    dual_stack: bool = False
    process: str | None = None
    pid: int | None = None
    descriptor: int | None = None
    #: Of TCP connections and listeners.
    info: TcpInfo | None = None


@frozen(kw_only=True)
class Flow:
    """One direction of a connection (struct nf_conntrack_tuple), with its counters.

    For ICMP `source_port` is the identifier, `destination_port` the type (times 256) and code.  Packets and bytes (of
    IP) are None without accounting (sysctl nf_conntrack_acct).
    """

    protocol: int
    source: Address
    destination: Address
    source_port: int = 0
    destination_port: int = 0
    packets: int | None = None
    bytes: int | None = None


@frozen(kw_only=True)
class ConnectionEntry:
    """A tracked connection; `state` is conntrack's state of a TCP connection.

    `status` has SEEN_REPLY, ASSURED, and SRC_NAT_DONE and DST_NAT_DONE once it was decided how to translate the end
    in question (which may be: not at all).  `seconds` is its timeout.
    """

    id: int
    original: Flow
    reply: Flow
    state: str | None = None
    status: frozenset[str] = frozenset()
    seconds: int = 0
    mark: int = 0
    #: In which it is tracked, and of which directions: 1 original, 2 reply, 3 both.
    zone: int = 0
    zone_directions: int = 3

    def zone_as(self, directions: int) -> int:
        """The zone if it is one of these directions, else 0."""
        return self.zone if self.zone_directions == directions else 0

    @property
    def version(self) -> int:
        return self.original.source.version


@frozen(kw_only=True)
class ConnectionEvent:
    """NEW, UPDATE or DESTROY of a connection, `at` in nanoseconds; `by` is the process that requested it, if any."""

    at: int
    kind: str
    connection: ConnectionEntry
    by: int = 0
    by_name: str = ""

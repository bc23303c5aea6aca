"""Protocol of a network namespace: how programs see and change it.

`vnetsim.kernel.rtnetlink.network` implements it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.observations import (
    AddressEntry,
    BridgeVlanEntry,
    ConnectionEntry,
    FdbEntry,
    Feature,
    GroupEntry,
    Link,
    MdbEntry,
    NeighbourEntry,
    Qdisc,
    QdiscClass,
    Route,
    RouteAnswer,
    RoutingRule,
    SocketEntry,
    WireguardConfig,
)
from vnetsim.sockets import (
    ConnectionWatch,
    NetworkWatch,
    PacketSocket,
    PingSocket,
    ProbeSocket,
    RulesetWatch,
    SocketHolder,
    TcpSocket,
    UdpSocket,
)
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.netfilter.ebtables.tables import EbTables
    from vnetsim.netfilter.ipset.ipsets import IpSets
    from vnetsim.netfilter.nft.numbers import TableKey
    from vnetsim.netfilter.nft.ruleset import NftRuleset
    from vnetsim.netfilter.nft.tables import NftTable
    from vnetsim.observations.nexthop import NexthopEntry
    from vnetsim.observations.tcfilter import TrafficFilter
    from vnetsim.protocols.conntrack import FlowTuple


class Network(Protocol):
    """One network namespace, as the programs in it see and change it."""

    def execute(self, operation: Any) -> None:
        """Carry out a value of vnetsim.operations or vnetsim.netfilter.operations, or raise KernelError."""

    @property
    def vrf(self) -> str | None:
        """The VRF that new sockets are bound to."""

    def in_vrf(self, name: str | None) -> Network:
        """The same namespace, for programs whose sockets are bound to a VRF; None: to none."""

    def links(self) -> Sequence[Link]: ...
    def has_link(self, name: str, mac: Mac) -> bool:
        """Whether a listing has a device of this name and address."""

    def link(self, name: str) -> Link | None:
        """One device by its name: pending carrier events are handled first, unlike in a listing."""

    def ask_link(self, name: str) -> None:
        """As `link`, for callers that only want what the kernel does when it is asked."""

    def addresses(self) -> Sequence[AddressEntry]:
        """Of all devices in the order of their index, each in the kernel's order (IPv4 before IPv6)."""

    def routes(self, version: int = 4, table: int | None = 254) -> Sequence[Route]:
        """In the order of the kernel's dump; KernelError if `table` does not exist, all tables for None."""

    def route_get(
        self, destination: Address, *, source: Address | None = None, iif: str | None = None, oif: str | None = None,
        mark: int = 0, tos: int = 0, fibmatch: bool = False,
        transport: tuple[int, int | None, int | None] | None = None,
    ) -> RouteAnswer:  # fmt: skip
        """`transport`: the protocol and the ports of the flow, as far as the question names them."""

    def routing_rules(self, version: int = 4) -> Sequence[RoutingRule]: ...
    def nexthops(self) -> Sequence[NexthopEntry]: ...
    def neighbours(self, version: int | None = None) -> Sequence[NeighbourEntry]: ...
    def fdb(self) -> Sequence[FdbEntry]: ...
    def wireguard(self, device: str) -> WireguardConfig:
        """KernelError(ENODEV), (EOPNOTSUPP) for a device of another kind."""

    def bridge_vlans(self) -> Sequence[BridgeVlanEntry]: ...

    def bridge_groups(self) -> Sequence[MdbEntry]:
        """The multicast databases of bridges."""

    def groups(self) -> Sequence[GroupEntry]:
        """By device, of each family the newest first."""

    def qdiscs(self) -> Sequence[Qdisc]: ...
    def qdisc_classes(self, device: str) -> Sequence[QdiscClass]: ...
    def traffic_filters(self, device: str, parent: int) -> Sequence[TrafficFilter]: ...
    def features(self, device: str) -> Mapping[str, Feature]:
        """By name, in the order of their bits; KernelError(ENODEV)."""

    def sockets(self, port: int | None = None) -> Sequence[SocketEntry]:
        """All, or those of a local port."""

    def connections(
        self, version: int = 4, wanted: Callable[[FlowTuple, FlowTuple], bool] | None = None
    ) -> Sequence[ConnectionEntry]:
        """The tracked connections of one family, oldest first; of tuples (original and reply) that are `wanted`."""

    def watch_connections(self) -> ConnectionWatch: ...
    def watch_network(self) -> NetworkWatch: ...
    def watch_ruleset(self, *, traces: bool = False) -> RulesetWatch: ...
    def ruleset(self, version: int = 4) -> Ruleset:
        """The netfilter rules with their counters; to be read, and changed by operations only."""

    def native_ruleset(self) -> NftRuleset:
        """The tables that nft made, for both families; to be read, and changed by operations only."""

    def native_tables(self) -> Mapping[TableKey, NftTable]:
        """The tables of `native_ruleset`, by family and name."""

    def ebtables(self) -> EbTables:
        """The tables of ebtables; to be read, and changed by operations only."""

    def ipsets(self) -> IpSets:
        """The sets of `ipset`; to be read, and changed by operations only."""

    def cached_routes(self, version: int = 4) -> Sequence[Route]: ...
    def flush_route_cache(self, version: int = 4) -> None: ...
    def udp_socket(self, version: int = 4, *, owner: SocketHolder | None = None) -> UdpSocket:
        """`owner` is the process that `ss -p` shows."""

    def tcp_socket(self, version: int = 4, *, owner: SocketHolder | None = None) -> TcpSocket:
        """Of `version` 6 it also takes IPv4 connections, whose addresses it knows as ::ffff:10.0.0.1."""

    def ping_socket(
        self, destination: Address, *, source: Address | None = None, device: str | None = None, ttl: int | None = None,
        broadcast: bool = False, dont_fragment: bool | None = None, mark: int = 0, tos: int = 0, options: bytes = b"",
        zone: str | None = None, send_buffer: int | None = None, discovers: bool = False,
    ) -> PingSocket:  # fmt: skip
        """connect(2)s, so that no route is KernelError at once; with `source` it only bind(2)s (EADDRNOTAVAIL).

        IPv6: to what is on one link, that of `zone` (sin6_scope_id) or of `device`, nothing connects: `source` is ::.

        EACCES: a broadcast address without `broadcast`, or a prohibit route.  0.0.0.0 is this host.  `options` are IP
        options as on the wire (record route).  `dont_fragment` None: as long as the path takes it (IP_PMTUDISC_WANT);
        `discovers`: also where the host does not by default.  `send_buffer` are the bytes of SO_SNDBUF.
        """

    def packet_socket(self, device: str | None = None, *, receives: bool = True) -> PacketSocket:
        """Without `receives` one that only sends: its protocol is 0 (packet(7))."""


@runtime_checkable
class Prober(Protocol):
    """A Network that can send probes: `protocol` is udp, icmp or tcp (to `port`).  connect(2)s like `ping_socket`."""

    def probe_socket(
        self, destination: Address, *, protocol: str = "udp", source: Address | None = None,
        device: str | None = None, dont_fragment: bool = False, mark: int = 0, tos: int = 0, zone: str | None = None,
        port: int = 0,
    ) -> ProbeSocket: ...  # fmt: skip

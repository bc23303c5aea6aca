"""One namespace as its processes see and change it: implements process.Network (netlink and sockets)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.ipv6.source import LINK_LOCAL, scope_of
from vnetsim.kernel.netdev.features import features_of, set_features
from vnetsim.kernel.rtnetlink import conntrack as conntrack_netlink
from vnetsim.kernel.rtnetlink import fdb as bridge_netlink
from vnetsim.kernel.rtnetlink import inet as inet_netlink
from vnetsim.kernel.rtnetlink import link
from vnetsim.kernel.rtnetlink import neigh as neighbour_netlink
from vnetsim.kernel.rtnetlink import qdisc as qdisc_netlink
from vnetsim.kernel.rtnetlink import tclass as tclass_netlink
from vnetsim.kernel.rtnetlink.bridge_mdb import add_mdb, delete_mdb, dump_mdb
from vnetsim.kernel.rtnetlink.bridge_vlan import add_vlans, delete_vlans, dump_vlans
from vnetsim.kernel.rtnetlink.group_dump import change_group, dump_groups
from vnetsim.kernel.rtnetlink.link_dump import dump_link, dump_links, prepare_dump
from vnetsim.kernel.transport.bound_dev import check_modelled
from vnetsim.kernel.transport.packet import PacketSock
from vnetsim.kernel.transport.ping import PingSock
from vnetsim.kernel.transport.ping6 import PingSock6
from vnetsim.kernel.transport.probes import EchoProbes, UdpProbes
from vnetsim.kernel.transport.probes6 import UdpProbes6
from vnetsim.kernel.transport.send_buffer import send_buffer as buffer_of
from vnetsim.kernel.transport.sock import may_bind
from vnetsim.kernel.transport.tcp_probes import TcpProbes
from vnetsim.kernel.transport.tcp_sockets import TcpSock
from vnetsim.kernel.transport.udp import UdpSock
from vnetsim.kernel.transport.udp6 import UdpSock6
from vnetsim.netfilter.operations import BridgeRuleOperation, IpsetOperation
from vnetsim.netfilter.operations import IptablesOperation as RuleOperation
from vnetsim.operations import (
    AddAddress,
    AddBridgeVlan,
    AddFdb,
    AddGroup,
    AddLink,
    AddMdb,
    AddPolicyRule,
    AddRoute,
    ChangeClass,
    ChangeNeighbour,
    ChangeQdisc,
    DeleteAddress,
    DeleteBridgeVlan,
    DeleteClass,
    DeleteConnection,
    DeleteFdb,
    DeleteGroup,
    DeleteLink,
    DeleteMdb,
    DeleteNeighbour,
    DeletePolicyRule,
    DeleteQdisc,
    DeleteRoute,
    FlushConnections,
    SetBridgePort,
    SetFeatures,
    SetLink,
    SetSysctl,
)
from vnetsim.wire.inet import ANY6, Address, IPv4, IPv6
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.kernel.rtnetlink.events import NetworkEvents
    from vnetsim.kernel.rtnetlink.nfnetlink import RulesetEvents
    from vnetsim.netfilter.ebtables.tables import EbTables
    from vnetsim.netfilter.ipset.ipsets import IpSets
    from vnetsim.netfilter.nft.numbers import TableKey
    from vnetsim.netfilter.nft.ruleset import NftRuleset
    from vnetsim.netfilter.nft.tables import NftTable
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
    from vnetsim.observations.nexthop import NexthopEntry
    from vnetsim.observations.tcfilter import TrafficFilter
    from vnetsim.protocols.conntrack import FlowTuple
    from vnetsim.sockets import SocketHolder


def _set_sysctl(namespace: NetworkNamespace, operation: SetSysctl) -> None:
    namespace.sysctls.write(operation.key, operation.value)


def _set_features(namespace: NetworkNamespace, operation: SetFeatures) -> None:
    set_features(namespace.device(operation.device), operation.features)


#: Who carries out which operation.
_HANDLERS: Final[dict[type, Callable[[NetworkNamespace, Any], None]]] = {
    AddLink: link.add_link,
    SetLink: link.set_link,
    DeleteLink: link.delete_link,
    SetBridgePort: link.set_bridge_port,
    SetFeatures: _set_features,
    AddAddress: inet_netlink.add_address,
    DeleteAddress: inet_netlink.delete_address,
    AddRoute: inet_netlink.add_route,
    DeleteRoute: inet_netlink.delete_route,
    AddPolicyRule: inet_netlink.add_rule,
    DeletePolicyRule: inet_netlink.delete_rule,
    ChangeNeighbour: neighbour_netlink.change_neighbour,
    DeleteNeighbour: neighbour_netlink.delete_neighbour,
    AddBridgeVlan: add_vlans,
    AddMdb: add_mdb,
    DeleteMdb: delete_mdb,
    DeleteBridgeVlan: delete_vlans,
    AddFdb: bridge_netlink.add_fdb,
    DeleteFdb: bridge_netlink.delete_fdb,
    AddGroup: change_group,
    DeleteGroup: change_group,
    ChangeQdisc: qdisc_netlink.change_qdisc,
    DeleteQdisc: qdisc_netlink.delete_qdisc,
    ChangeClass: tclass_netlink.change_class,
    DeleteClass: tclass_netlink.delete_class,
    SetSysctl: _set_sysctl,
    DeleteConnection: conntrack_netlink.delete_connection,
    FlushConnections: conntrack_netlink.flush_connections,
}
#: The others, by their names: functions of this package that are imported with the first of such requests.
_LATER: Final = {
    "ChangeFilter": "tcfilter.change_filter", "DeleteFilter": "tcfilter.delete_filter",
    "SetWireguard": "wireguard.set_wireguard", "AddNexthop": "nexthop.add_nexthop",
    "DeleteNexthop": "nexthop.delete_nexthop",
}  # fmt: skip


def _of_package(function: str) -> Callable[..., Any]:
    module, name = function.split(".")
    found: Callable[..., Any] = getattr(importlib.import_module(f"vnetsim.kernel.rtnetlink.{module}"), name)
    return found


def _later(operation: type) -> Callable[[NetworkNamespace, Any], None] | None:
    """Who carries it out, of those that are imported then; None for what netfilter does."""
    function = _LATER.get(operation.__name__)
    return None if function is None else _of_package(function)


class NetnsNetwork:
    """A namespace, with the requests that it takes."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self.namespace = namespace
        self.vrf: str | None = None

    def in_vrf(self, name: str | None) -> NetnsNetwork:
        network = NetnsNetwork(self.namespace)
        network.vrf = name
        return network

    def _vrf(self, version: int) -> Device | None:
        """What new sockets are bound to: KernelError(ENODEV) once it is gone."""
        device = None if self.vrf is None else self.namespace.device(self.vrf)
        check_modelled(version, device)
        return device

    def execute(self, operation: Any) -> None:
        on_change = self.namespace.host.on_change
        if on_change is not None:
            on_change(self.namespace, operation)
        softirq = self.namespace.host.engine.softirq
        # Also before it: a change may send packets while half of it is done.
        softirq.generation += 1
        try:
            self._execute(operation)
        finally:
            softirq.generation += 1

    def _execute(self, operation: Any) -> None:
        handler = _HANDLERS.get(type(operation)) or _later(type(operation))
        if handler is not None:
            with self.namespace.host.linkwatch:
                handler(self.namespace, operation)
        elif isinstance(operation, RuleOperation):
            self.namespace.netfilter.apply(operation)
        elif isinstance(operation, IpsetOperation):
            self.namespace.netfilter.ipsets.execute(operation)
        elif isinstance(operation, BridgeRuleOperation):
            self.namespace.netfilter.apply_bridge(operation)
        else:
            self.namespace.netfilter.apply_native(operation)

    # --- what there is --------------------------------------------------------------------------------------------

    def links(self) -> list[Link]:
        return dump_links(self.namespace)

    def has_link(self, name: str, mac: Mac) -> bool:
        device = self.namespace.by_name.get(name)
        return device is not None and device.link_type != "none" and device.mac == mac

    def link(self, name: str) -> Link | None:
        device = self.namespace.find(name)
        if device is None:
            return None
        self.namespace.host.linkwatch.sync(device)
        return dump_link(self.namespace, device)

    def ask_link(self, name: str) -> None:
        device = self.namespace.find(name)
        if device is not None:
            self.namespace.host.linkwatch.sync(device)
            prepare_dump(self.namespace, device)

    def addresses(self) -> list[AddressEntry]:
        return inet_netlink.dump_addresses(self.namespace)

    def routes(self, version: int = 4, table: int | None = 254) -> list[Route]:
        return inet_netlink.dump_routes(self.namespace, version, table)

    def route_get(
        self, destination: Address, *, source: Address | None = None, iif: str | None = None, oif: str | None = None,
        mark: int = 0, tos: int = 0, fibmatch: bool = False,
        transport: tuple[int, int | None, int | None] | None = None,
    ) -> RouteAnswer:  # fmt: skip
        return inet_netlink.route_get(self.namespace, destination, source, iif, oif, mark, tos, fibmatch, transport)

    def routing_rules(self, version: int = 4) -> list[RoutingRule]:
        return inet_netlink.dump_rules(self.namespace, version)

    def nexthops(self) -> list[NexthopEntry]:
        if self.namespace.nexthops is None:
            return []
        found: list[NexthopEntry] = _of_package("nexthop.dump_nexthops")(self.namespace)
        return found

    def neighbours(self, version: int | None = None) -> list[NeighbourEntry]:
        return neighbour_netlink.dump_neighbours(self.namespace, version)

    def fdb(self) -> list[FdbEntry]:
        return bridge_netlink.dump_fdb(self.namespace)

    def bridge_groups(self) -> list[MdbEntry]:
        return dump_mdb(self.namespace)

    def wireguard(self, device: str) -> WireguardConfig:
        config: WireguardConfig = _of_package("wireguard.dump_wireguard")(self.namespace, device)
        return config

    def bridge_vlans(self) -> list[BridgeVlanEntry]:
        return dump_vlans(self.namespace)

    def groups(self) -> list[GroupEntry]:
        return dump_groups(self.namespace)

    def qdiscs(self) -> list[Qdisc]:
        return qdisc_netlink.dump_qdiscs(self.namespace)

    def traffic_filters(self, device: str, parent: int) -> list[TrafficFilter]:
        found: list[TrafficFilter] = _of_package("tcfilter.dump_filters")(self.namespace, device, parent)
        return found

    def qdisc_classes(self, device: str) -> list[QdiscClass]:
        return tclass_netlink.dump_classes(self.namespace, device)

    def features(self, device: str) -> dict[str, Feature]:
        return features_of(self.namespace.device(device))

    def sockets(self, port: int | None = None) -> Sequence[SocketEntry]:
        namespace = self.namespace
        return [*namespace.udp.entries(port), *namespace.tcp.entries(port), *namespace.udp6.entries(port)]

    def connections(
        self, version: int = 4, wanted: Callable[[FlowTuple, FlowTuple], bool] | None = None
    ) -> list[ConnectionEntry]:
        return conntrack_netlink.dump_connections(self.namespace, version, wanted)

    def watch_connections(self) -> conntrack_netlink.ConnectionEvents:
        return conntrack_netlink.ConnectionEvents(self.namespace)

    def watch_ruleset(self, *, traces: bool = False) -> RulesetEvents:
        made: RulesetEvents = _of_package("nfnetlink.RulesetEvents")(self.namespace, traces=traces)
        return made

    def watch_network(self) -> NetworkEvents:
        made: NetworkEvents = _of_package("events.NetworkEvents")(self.namespace)
        return made

    def ruleset(self, version: int = 4) -> Ruleset:
        return self.namespace.netfilter.rulesets[version]

    def native_ruleset(self) -> NftRuleset:
        return self.namespace.netfilter.native

    def native_tables(self) -> Mapping[TableKey, NftTable]:
        return self.namespace.netfilter.native_tables()

    def ebtables(self) -> EbTables:
        return self.namespace.netfilter.ebtables.tables

    def ipsets(self) -> IpSets:
        return self.namespace.netfilter.ipsets

    def flush_route_cache(self, version: int = 4) -> None:
        inet_netlink.flush_route_cache(self.namespace, version)

    def cached_routes(self, version: int = 4) -> list[Route]:
        return inet_netlink.dump_route_cache(self.namespace, version)

    # --- sockets --------------------------------------------------------------------------------------------------

    def udp_socket(self, version: int = 4, *, owner: SocketHolder | None = None) -> UdpSock | UdpSock6:
        socket = UdpSock(self.namespace.udp) if version == 4 else UdpSock6(self.namespace.udp6)
        socket.device = self._vrf(version)
        if owner is not None:
            socket.owner = self.namespace.owners.take(owner, socket)
        return socket

    def tcp_socket(self, version: int = 4, *, owner: SocketHolder | None = None) -> TcpSock:
        socket = TcpSock(self.namespace.tcp, version)
        socket.device = self._vrf(version)
        if owner is not None:
            socket.give(owner)
        return socket

    def ping_socket(
        self, destination: Address, *, source: Address | None = None, device: str | None = None, ttl: int | None = None,
        broadcast: bool = False, dont_fragment: bool | None = None, mark: int = 0, tos: int = 0, options: bytes = b"",
        zone: str | None = None, send_buffer: int | None = None, discovers: bool = False,
    ) -> PingSock | PingSock6:  # fmt: skip
        namespace = self.namespace
        oif = self._vrf(destination.version) if device is None else namespace.device(device)
        if isinstance(destination, IPv6):
            check_modelled(6, None if oif is None else oif.l3mdev)
            assert source is None or isinstance(source, IPv6)
            link = oif if zone is None else namespace.device(zone)
            socket6 = self._ping_socket6(destination, source, oif, link, mark)
            socket6.ttl, socket6.dont_fragment = ttl, bool(dont_fragment)
            socket6.mark, socket6.traffic_class = mark, tos
            return socket6
        assert source is None or isinstance(source, IPv4)
        if source is not None and not may_bind(namespace, source, oif):
            raise KernelError(Errno.EADDRNOTAVAIL)
        own = source
        if own is None:
            route = namespace.ip.routes.route_connect(destination, None, oif, mark, tos)
            if route.is_broadcast and not broadcast:
                raise KernelError(Errno.EACCES)
            own = route.source
        socket = namespace.ping.open(destination)
        socket.source = own
        socket.bind(source, oif)
        socket.ttl, socket.dont_fragment, socket.mark = ttl, dont_fragment, mark
        socket.tos, socket.options, socket.discovers = tos, options, socket.discovers or discovers
        if send_buffer is not None:
            socket.buffer = buffer_of(send_buffer)
        return socket

    def _ping_socket6(
        self, destination: IPv6, source: IPv6 | None, oif: Device | None, link: Device | None, mark: int
    ) -> PingSock6:
        """`link` is that of a link-local destination: no other packet is bound to it."""
        namespace = self.namespace
        nearby = scope_of(destination) == LINK_LOCAL and not destination.is_loopback
        if destination.is_multicast and scope_of(destination) < LINK_LOCAL and link is None:
            raise KernelError(Errno.EINVAL)
        if source is not None and source.is_link_local and oif is None:
            raise KernelError(Errno.EINVAL)
        if source is not None and not may_bind(namespace, source):
            raise KernelError(Errno.EADDRNOTAVAIL)
        own = source
        if own is None and not nearby:
            own = namespace.ip6.routes.route_output(destination, None, oif, mark).source
        socket = namespace.ping6.open(destination)
        socket.source = own or ANY6
        socket.bind(source, link if nearby else oif)
        return socket

    def probe_socket(
        self, destination: Address, *, protocol: str = "udp", source: Address | None = None,
        device: str | None = None, dont_fragment: bool = False, mark: int = 0, tos: int = 0, zone: str | None = None,
        port: int = 0,
    ) -> UdpProbes | UdpProbes6 | EchoProbes | TcpProbes:  # fmt: skip
        """process.Prober."""
        namespace = self.namespace
        ping = self.ping_socket(
            destination, source=source, device=device, dont_fragment=dont_fragment, mark=mark, tos=tos, zone=zone
        )
        if not destination:
            destination = ping.source
            ping.close()
            return self.probe_socket(destination, protocol=protocol, source=source, device=device, port=port)
        if protocol == "icmp":
            return EchoProbes(ping)
        ping.close()
        device = zone or device
        oif = self._vrf(destination.version) if device is None else namespace.device(device)
        if isinstance(destination, IPv6):
            assert source is None or isinstance(source, IPv6)
            if protocol == "tcp":
                raise NotModelled("TCP probes by IPv6")
            return UdpProbes6(namespace.udp6, destination, source, oif, dont_fragment=dont_fragment, mark=mark, tos=tos)
        assert source is None or isinstance(source, IPv4)
        if protocol == "tcp":
            return TcpProbes(namespace.raw_tcp, destination, source, oif, port=port, mark=mark, tos=tos)
        return UdpProbes(namespace.udp, destination, source, oif, dont_fragment=dont_fragment, mark=mark, tos=tos)

    def packet_socket(self, device: str | None = None, *, receives: bool = True) -> PacketSock:
        namespace = self.namespace
        return namespace.packet.open(None if device is None else namespace.device(device), receives=receives)

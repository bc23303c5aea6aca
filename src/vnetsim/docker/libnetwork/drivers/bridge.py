"""The bridge driver: a bridge for each network, a veth pair for each endpoint, and the rules that go with them.

Follows libnetwork/drivers/bridge of moby 28.5, in the order of its operations: they decide interface indexes, the
order of rules and of routes.

Not modelled: firewalld, rootless mode, links from a container that is linked to itself (ParentEndpoints).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

import attrs

from vnetsim.docker.config.options import DaemonOptions
from vnetsim.docker.libnetwork.conntrack import forget_connections
from vnetsim.docker.libnetwork.driverapi import ExternalConnectivity, by_family, check_pools
from vnetsim.docker.libnetwork.drivers.bridge_config import DOCKER0, BridgeConfig
from vnetsim.docker.libnetwork.drivers.iptabler import Firewall, NetworkFirewall, NetworkRules
from vnetsim.docker.libnetwork.netutils import mac_address
from vnetsim.docker.libnetwork.network import GATEWAY_AUX, DockerNetwork, NetworkEndpoint
from vnetsim.docker.libnetwork.nlwrap import EngineHost, NetlinkError
from vnetsim.docker.libnetwork.osl import ContainerNetns, broadcast_of
from vnetsim.docker.libnetwork.portmapper import PortMapper, Publisher
from vnetsim.errors import EngineError
from vnetsim.operations import AddAddress, AddLink, DeleteAddress, Peer, SetBridgePort, SetLink, Verb
from vnetsim.values import define
from vnetsim.wire.inet import Address, InterfaceAddress

_BAD_GATEWAY: Final = "default gateway ip must be part of the network"


@define(eq=False, kw_only=True)
class BridgeNetwork:
    """A network's bridge as it was made."""

    config: BridgeConfig
    network: DockerNetwork
    gateways: dict[int, Address] = attrs.field(factory=dict)
    rules: NetworkFirewall

    def publisher(self) -> Publisher:
        modes = self.config.modes
        return Publisher(
            rules=self.rules, binding=self.config.binding, routed4=modes[4] == "routed", routed6=modes[6] == "routed"
        )


class BridgeDriver:
    """All bridge networks of an engine."""

    def __init__(self, host: EngineHost, options: DaemonOptions, firewall: Firewall, mapper: PortMapper) -> None:
        self._host = host
        self._options = options
        self._firewall = firewall
        self._mapper = mapper
        self._bridges: dict[str, BridgeNetwork] = {}

    # --- networks --------------------------------------------------------------------------------------------------

    def check(self, network: DockerNetwork) -> Mapping[int, bool]:
        config = self._configuration(network)
        skipped = [version for version in (4, 6) if config.isolated(version)]
        if config.inhibit_ipv4 and network.internal:
            skipped.append(4)
        return by_family(skipped)

    def _configuration(self, network: DockerNetwork) -> BridgeConfig:
        config = BridgeConfig.parse(network)
        existing = self._host.link(config.name)
        if existing is not None and existing.kind != "bridge":
            raise EngineError(500, f"existing interface {config.name} is not a bridge")
        if any(config.isolated(version) for version in (4, 6)) and not network.internal:
            raise EngineError(500, "gateway mode 'isolated' can only be used for an internal network")
        config.exists = existing is not None
        config.made_by_user = config.exists if network.owns_device is None else not network.owns_device
        return config

    def create(self, network: DockerNetwork) -> None:
        config = self._configuration(network)
        if not any(network.enable.values()):
            raise EngineError(400, "IPv4 or IPv6 must be enabled")
        check_pools(network)
        if any(len(subnets) > 1 for subnets in network.subnets.values()):
            raise EngineError(403, "bridge driver doesn't support multiple subnets")
        if config.mtu < 0:
            raise EngineError(400, f"invalid MTU number: {config.mtu}")
        bridge = BridgeNetwork(
            config=config, network=network, rules=self._firewall.network(NetworkRules(device=config.name))
        )
        self._take_addresses(bridge)
        self._check_conflicts(bridge)
        if not network.internal and config.masquerade:
            _check_source_addresses(config, self._firewall.tables)
        try:
            self._make(bridge)
        except NetlinkError as error:
            raise EngineError(500, str(error)) from None
        network.owns_device = not config.made_by_user
        self._bridges[network.id] = bridge

    def _take_addresses(self, bridge: BridgeNetwork) -> None:
        """Set the bridge's own addresses and the gateways of containers."""
        config, network = bridge.config, bridge.network
        for version in (4, 6):
            subnet = network.subnet_of(version)
            if subnet is None:
                continue
            own = subnet.interface(subnet.gateway or subnet.prefix.first)
            config.addresses[version] = own
            auxiliary = subnet.auxiliary.get(GATEWAY_AUX[version])
            if auxiliary is not None and network.internal:
                raise EngineError(400, "no gateway can be set on an internal bridge network")
            if not network.internal:
                bridge.gateways[version] = auxiliary or own.address

    def _check_conflicts(self, bridge: BridgeNetwork) -> None:
        config = bridge.config
        for other in self._bridges.values():
            message = _conflict(config, other.config)
            if message:
                mine, theirs = f"{bridge.network.id} ({config.name})", f"{other.network.id} ({other.config.name})"
                raise EngineError(403, f"cannot create network {mine}: conflicts with network {theirs}: {message}")

    def _make(self, bridge: BridgeNetwork) -> None:
        """bridgeSetup: the steps of driver.createNetwork, in their order."""
        config, network = bridge.config, bridge.network
        if not config.exists:
            if config.default_bridge and config.name != DOCKER0:
                message = f"bridge device with non default name {config.name} must be created manually"
                raise EngineError(501, message)
            self._host.check_name(config.name)
            self._host.execute(AddLink(kind="bridge", name=config.name, mac=mac_address(self._host.random), qlen=0))
        if not config.exists or config.default_bridge:
            self._host.set_sysctl(f"net/ipv6/conf/{config.name}/accept_ra", "0")
        if config.mtu > 0:
            self._host.execute(SetLink(device=config.name, mtu=config.mtu))
        if network.enable[4]:
            self._set_ipv4(config)
        if network.enable[6]:
            self._set_ipv6(config)
        self._enable_forwarding(network)
        if not self._options.userland_proxy:
            self._host.set_sysctl(f"net/ipv4/conf/{config.name}/route_localnet", "1")
        if not config.icc or not self._options.userland_proxy:
            self._filter_bridged_packets()
        bridge.rules = self._firewall.network(self._rules(bridge))
        bridge.rules.add()
        self._host.execute(SetLink(device=config.name, up=True))
        self._host.link(config.name)

    def _set_ipv4(self, config: BridgeConfig) -> None:
        if config.has_no_address(4):
            return
        wanted = config.addresses[4]
        present = self._addresses(config.name, 4)
        same_network = [address for address in present if address.address in wanted.network]
        current = next(iter(same_network or present), None)
        if current == wanted:
            return
        if current is not None:
            self._host.execute(DeleteAddress(device=config.name, interface=current))
        self._host.execute(
            AddAddress(device=config.name, interface=wanted, broadcast=broadcast_of(wanted)),
        )

    def _set_ipv6(self, config: BridgeConfig) -> None:
        key = f"net/ipv6/conf/{config.name}/disable_ipv6"
        self._host.ensure_sysctl(key, "1" if config.isolated(6) else "0")
        if config.isolated(6):
            return
        wanted = config.addresses[6]
        for present in self._addresses(config.name, 6):
            if present.address != wanted.address and int(present.address) >> 118 != 0x3FA:
                self._host.try_execute(DeleteAddress(device=config.name, interface=present))
        self._host.execute(AddAddress(device=config.name, interface=wanted, flags=("nodad",), verb=Verb.REPLACE))

    def _addresses(self, device: str, version: int) -> list[InterfaceAddress]:
        return [
            InterfaceAddress(entry.address, entry.length)
            for entry in self._host.network.addresses()
            if entry.device == device and entry.address.version == version
        ]

    def _enable_forwarding(self, network: DockerNetwork) -> None:
        """Set ip_forward=1; if this changes it, set FORWARD's policy to DROP."""
        if not self._options.ip_forward:
            return
        keys = {4: ("net/ipv4/ip_forward",), 6: ("net/ipv6/conf/default/forwarding", "net/ipv6/conf/all/forwarding")}
        for version in (4, 6):
            if not network.enable[version]:
                continue
            changed = [key for key in keys[version] if self._host.ensure_sysctl(key, "1")]
            if changed and not self._options.ip_forward_no_drop:
                self._firewall.drop_forwarded(version)

    def _filter_bridged_packets(self) -> None:
        if self._options.iptables and self._host.sysctl("net/ipv4/ip_forward") == "1":
            self._host.ensure_sysctl("net/bridge/bridge-nf-call-iptables", "1")

    def _rules(self, bridge: BridgeNetwork) -> NetworkRules:
        config, network = bridge.config, bridge.network
        return NetworkRules(
            device=config.name, internal=network.internal, icc=config.icc, masquerade=config.masquerade,
            trusted=config.trusted, snat=dict(config.snat), modes=dict(config.modes),
            prefixes={version: interface.network for version, interface in config.addresses.items()},
        )  # fmt: skip

    def delete(self, network: DockerNetwork) -> None:
        bridge = self._bridges.pop(network.id, None)
        if bridge is None:
            return
        if not bridge.config.made_by_user and not bridge.config.default_bridge:
            self._host.delete_link(bridge.config.name)
        bridge.rules.delete()

    # --- endpoints -------------------------------------------------------------------------------------------------

    def _bridge(self, endpoint: NetworkEndpoint) -> BridgeNetwork:
        return self._bridges[endpoint.network.id]

    def create_endpoint(self, endpoint: NetworkEndpoint, netns: ContainerNetns | None) -> None:
        bridge = self._bridge(endpoint)
        outside, source = self._host.new_interface_name(), self._host.new_interface_name()
        endpoint.source = source
        endpoint.created_in_sandbox = netns is not None
        try:
            self._plug(bridge, endpoint, outside, netns)
        except NetlinkError as error:
            self._host.delete_link(outside)
            raise EngineError(500, f"failed to create endpoint {endpoint.name}: {error}") from None

    def _plug(
        self, bridge: BridgeNetwork, endpoint: NetworkEndpoint, outside: str, netns: ContainerNetns | None
    ) -> None:
        """driver.CreateEndpoint: create the veth pair, the container's end in its namespace."""
        config, host = bridge.config, self._host
        peer = Peer(name=endpoint.source, netns=netns.pid if netns else None, qlen=0)
        host.execute(AddLink(kind="veth", name=outside, qlen=0, peer=peer))
        if config.mtu:
            host.execute(SetLink(device=outside, mtu=config.mtu))
            host.execute(SetLink(device=endpoint.source, mtu=config.mtu), netns.network if netns else None)
        host.execute(SetLink(device=outside, master=config.name))
        if not self._options.userland_proxy:
            host.execute(SetBridgePort(device=outside, options={"hairpin": 1}))
        endpoint.mac = endpoint.mac or mac_address(host.random)
        bridge.rules.add_endpoint(endpoint.addresses)
        host.execute(SetLink(device=outside, up=True))

    def delete_endpoint(self, endpoint: NetworkEndpoint) -> None:
        bridge = self._bridges.get(endpoint.network.id)
        if bridge is not None:
            bridge.rules.delete_endpoint(endpoint.addresses)
        self._host.delete_link(endpoint.source)

    def join(self, endpoint: NetworkEndpoint) -> None:
        bridge = self._bridge(endpoint)
        endpoint.prefix = bridge.config.prefix
        endpoint.gateways = {
            version: gateway for version, gateway in bridge.gateways.items() if not bridge.config.isolated(version)
        }

    def leave(self, endpoint: NetworkEndpoint) -> None:
        bridge = self._bridge(endpoint)
        if not bridge.config.icc:
            _link(endpoint, bridge.rules.delete_link)

    def publish(self, endpoint: NetworkEndpoint, publication: ExternalConnectivity) -> None:
        bridge = self._bridge(endpoint)
        endpoint.exposed = list(publication.exposed)
        if publication.requests:
            endpoint.bindings = self._mapper.add(
                publication.requests,
                (endpoint.address(4), endpoint.address(6)),
                bridge.publisher(),
                only_own_family=publication.own_family_only,
            )
        forget_connections(self._host, endpoint)
        if not bridge.config.icc:
            _link(endpoint, bridge.rules.add_link)

    def withdraw(self, endpoint: NetworkEndpoint) -> None:
        bridge = self._bridge(endpoint)
        self._mapper.remove(endpoint.bindings, bridge.publisher())
        endpoint.bindings = []
        forget_connections(self._host, endpoint)


def _link(endpoint: NetworkEndpoint, change: Callable[..., None]) -> None:
    """--link opens the linked container's exposed ports on a network with icc=false."""
    for child in endpoint.linked:
        change(endpoint.address(4), child.address(4), child.exposed)


def _check_source_addresses(config: BridgeConfig, tables: Collection[int]) -> None:
    """com.docker.network.host_ipv4 and host_ipv6 go to iptables as they are: EngineError for another family's."""
    for version, address in config.snat.items():
        own = config.addresses.get(version)
        if own is None or version not in tables or address.version == version or config.modes[version] == "routed":
            continue
        program = "iptables" if version == 4 else "ip6tables"
        command = f"{program} --wait -t nat -I POSTROUTING -s {own.network} ! -o {config.name} -j SNAT --to-source"
        refusal = (
            f'{program} v1.8.13 (nf_tables): Bad IP address "{address}"\n'
            f"Try `{program} -h' or '{program} --help' for more information.\n"
        )
        failure = f"(iptables failed: {command} {address}: {refusal} (exit status 2))"
        raise EngineError(500, f"Failed to Setup IP tables: Unable to enable NAT rule:  {failure}")


def _conflict(mine: BridgeConfig, theirs: BridgeConfig) -> str:
    if mine.name == theirs.name:
        return "networks have same bridge name"
    for version in (4, 6):
        one, other = mine.addresses.get(version), theirs.addresses.get(version)
        if one is not None and other is not None and one.network.overlaps(other.network):
            return f"networks have overlapping IPv{version}"
    return ""

"""The engine's iptables rules, in the order in which it adds them.

Follows libnetwork/drivers/bridge/internal/iptabler and libnetwork/resolver_unix.go of moby 28.5.  The chains:

    FORWARD             first DOCKER-USER (the user's own), then DOCKER-FORWARD
    DOCKER-FORWARD      DOCKER-CT, DOCKER-ISOLATION-STAGE-1, DOCKER-BRIDGE, then what may leave each bridge
    DOCKER-CT           answers to each bridge
    DOCKER-BRIDGE       packets to a bridge jump to DOCKER, which accepts published ports only
    ..-STAGE-1, -2      no forwarding from bridge to bridge
    nat DOCKER          host ports become container addresses

Not modelled: firewalld, the rules that older engines left behind, Swarm's ingress.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from vnetsim.docker.libnetwork.iptables import (
    FORWARD,
    ChainRule,
    Iptables,
    destination_is,
    not_in,
    not_out,
    ports_are,
    rule_of,
    source_is,
)
from vnetsim.docker.libnetwork.portbinding import PortBinding
from vnetsim.docker.nat import ContainerPort
from vnetsim.netfilter.extensions.xt_addrtype import AddressType, Types
from vnetsim.netfilter.extensions.xt_conntrack import Conntrack
from vnetsim.netfilter.extensions.xt_nat import MASQUERADE, Dnat, Snat
from vnetsim.netfilter.header import InDevice, OutDevice, Protocol
from vnetsim.netfilter.rules import ACCEPT, DROP, RETURN, Jump, XtTarget
from vnetsim.process.network import Network
from vnetsim.values import frozen
from vnetsim.wire.inet import ANY4, Address, InterfaceAddress, Prefix

DOCKER: Final = "DOCKER"
DOCKER_USER: Final = "DOCKER-USER"
DOCKER_FORWARD: Final = "DOCKER-FORWARD"
DOCKER_BRIDGE: Final = "DOCKER-BRIDGE"
DOCKER_CT: Final = "DOCKER-CT"
STAGE1: Final = "DOCKER-ISOLATION-STAGE-1"
STAGE2: Final = "DOCKER-ISOLATION-STAGE-2"
_ICMP: Final = {4: 1, 6: 58}
_LOOPBACK: Final = {4: Prefix.parse("127.0.0.0/8"), 6: Prefix.parse("::1/128")}
_LINK_LOCAL6: Final = Prefix.parse("fe80::/10")
_TO_LOCAL: Final = AddressType(destination=Types(("LOCAL",)))
_FROM_LOCAL: Final = AddressType(source=Types(("LOCAL",)))
_ANSWERS: Final = Conntrack.state("RELATED", "ESTABLISHED")


class Firewall:
    """`hairpin`: without docker-proxy, DNAT serves the host's own connections, too."""

    def __init__(self, network: Network, *, ipv4: bool, ipv6: bool, hairpin: bool, allow_direct_routing: bool) -> None:
        self.hairpin = hairpin
        self.allow_direct_routing = allow_direct_routing
        #: The tables of each family whose rules the engine manages.
        self.tables = {version: Iptables(network, version) for version, wanted in ((4, ipv4), (6, ipv6)) if wanted}

    def setup(self) -> None:
        """Create the chains and the jumps to them, after removing those of the previous engine."""
        for version, tables in self.tables.items():
            self._clear(version, tables)
            for table, chain in _CHAINS:
                tables.new_chain(table, chain)
            tables.add(*self._jumps(version, hairpin=self.hairpin))
            tables.ensure_first(
                ChainRule("filter", FORWARD, rule_of(to=Jump(DOCKER_FORWARD)), inserted=True),
                ChainRule("filter", DOCKER_FORWARD, rule_of(to=Jump(DOCKER_BRIDGE)), inserted=True),
                ChainRule("filter", DOCKER_FORWARD, rule_of(to=Jump(STAGE1)), inserted=True),
                ChainRule("filter", DOCKER_FORWARD, rule_of(to=Jump(DOCKER_CT)), inserted=True),
            )
        for tables in self.tables.values():
            tables.new_chain("filter", DOCKER_USER)
            tables.ensure_first(ChainRule("filter", FORWARD, rule_of(to=Jump(DOCKER_USER)), inserted=True))

    @staticmethod
    def _jumps(version: int, *, hairpin: bool) -> tuple[ChainRule, ChainRule]:
        outside = None if hairpin else destination_is(_LOOPBACK[version], negated=True)
        return (
            ChainRule("nat", "PREROUTING", rule_of(_TO_LOCAL, to=Jump(DOCKER))),
            ChainRule("nat", "OUTPUT", rule_of(outside, _TO_LOCAL, to=Jump(DOCKER))),
        )

    def _clear(self, version: int, tables: Iptables) -> None:
        """removeIPChains.  DOCKER-USER and the rules in built-in chains stay."""
        for hairpin in (False, True):
            tables.delete(*self._jumps(version, hairpin=hairpin))
        for table, chain in _CHAINS:
            tables.remove_chain(table, chain)

    def drop_forwarded(self, version: int) -> None:
        """Set FORWARD's policy to DROP, so that a host that begins to forward does not forward everything."""
        if version in self.tables:
            self.tables[version].drop_forwarded()

    def network(self, rules: NetworkRules) -> NetworkFirewall:
        return NetworkFirewall(self, rules)


_CHAINS: Final = (
    ("nat", DOCKER), ("filter", DOCKER), ("filter", DOCKER_FORWARD), ("filter", DOCKER_BRIDGE),
    ("filter", DOCKER_CT), ("filter", STAGE1), ("filter", STAGE2),
)  # fmt: skip


@frozen(kw_only=True)
class NetworkRules:
    """The configuration of a bridge network's rules; `prefixes`, `modes` (gateway modes) and `snat` are by family."""

    device: str
    internal: bool = False
    icc: bool = True
    masquerade: bool = True
    #: Devices from which containers may be reached by their own address.
    trusted: tuple[str, ...] = ()
    #: The host address that containers leave with, instead of that of the device.
    snat: Mapping[int, Address] = attrs.field(factory=dict)
    modes: Mapping[int, str] = attrs.field(factory=lambda: {4: "nat", 6: "nat"})
    prefixes: Mapping[int, Prefix] = attrs.field(factory=dict)

    def routed(self, version: int) -> bool:
        return self.modes[version] == "routed"

    def unprotected(self, version: int) -> bool:
        return self.modes[version] == "nat-unprotected"


class NetworkFirewall:
    """The rules of one network, its endpoints, ports and links."""

    def __init__(self, firewall: Firewall, rules: NetworkRules) -> None:
        self._firewall = firewall
        self._rules = rules

    def add(self) -> None:
        for version, tables in self._families():
            if not self._firewall.hairpin and not self._rules.internal:
                tables.delete(self._hairpin(version))
            tables.add(*self._network(version))

    def _leaving(self, version: int) -> XtTarget:
        """The source NAT of outgoing packets: MASQUERADE, or the address of com.docker.network.host_ipv4."""
        address = self._rules.snat.get(version)
        return MASQUERADE if address is None else Snat.to(address)

    def _hairpin(self, version: int) -> ChainRule:
        """Masquerades the host's own connections through DNAT; an engine with docker-proxy deletes it."""
        rule = rule_of(OutDevice(self._rules.device), _FROM_LOCAL, to=self._leaving(version))
        return ChainRule("nat", "POSTROUTING", rule, inserted=True)

    def delete(self) -> None:
        for version, tables in self._families():
            tables.delete(*self._network(version))

    def _families(self) -> Iterator[tuple[int, Iptables]]:
        for version, tables in self._firewall.tables.items():
            if version in self._rules.prefixes:
                yield version, tables

    def _network(self, version: int) -> Iterator[ChainRule]:
        if self._rules.internal:
            yield from self._internal(version)
        else:
            yield from self._translation(version)
            yield from self._forwarding(version)
            yield from self._isolation(version)

    def _internal(self, version: int) -> Iterator[ChainRule]:
        """Drop all packets that leave or enter the network."""
        device, prefix = self._rules.device, self._rules.prefixes[version]
        other_out, other_in = (None, None) if version == 4 else (not_out(device), not_in(device))
        leaving = rule_of(destination_is(prefix, negated=True), InDevice(device), other_out, to=DROP)
        entering = rule_of(source_is(prefix, negated=True), OutDevice(device), other_in, to=DROP)
        yield ChainRule("filter", STAGE1, leaving, inserted=True)
        yield ChainRule("filter", STAGE1, entering, inserted=True)
        inside = rule_of(InDevice(device), OutDevice(device), to=ACCEPT if self._rules.icc else DROP)
        yield ChainRule("filter", DOCKER_FORWARD, inside)

    def _translation(self, version: int) -> Iterator[ChainRule]:
        """Source NAT of packets from containers."""
        rules, device, hairpin = self._rules, self._rules.device, self._firewall.hairpin
        if rules.masquerade:
            if not rules.routed(version):
                rule = rule_of(source_is(rules.prefixes[version]), not_out(device), to=self._leaving(version))
                yield ChainRule("nat", "POSTROUTING", rule, inserted=True)
            if not hairpin:
                yield ChainRule("nat", DOCKER, rule_of(InDevice(device), to=RETURN), inserted=True)
        if hairpin:
            yield self._hairpin(version)

    def _forwarding(self, version: int) -> Iterator[ChainRule]:
        rules, device = self._rules, self._rules.device
        enters, leaves = InDevice(device), OutDevice(device)
        if not rules.icc:
            yield ChainRule("filter", DOCKER_FORWARD, rule_of(enters, leaves, to=DROP))
        if rules.routed(version):
            yield ChainRule("filter", DOCKER, rule_of(leaves, Protocol(_ICMP[version]), to=ACCEPT))
        outgoing = rule_of(enters, None if rules.icc else not_out(device), to=ACCEPT)
        yield ChainRule("filter", DOCKER_FORWARD, outgoing)
        unpublished = ACCEPT if rules.unprotected(version) else DROP
        yield ChainRule("filter", DOCKER, rule_of(not_in(device), leaves, to=unpublished))
        yield ChainRule("filter", DOCKER_CT, rule_of(leaves, _ANSWERS, to=ACCEPT))
        yield ChainRule("filter", DOCKER_BRIDGE, rule_of(leaves, to=Jump(DOCKER)))

    def _isolation(self, version: int) -> Iterator[ChainRule]:
        device = self._rules.device
        enters, leaves = InDevice(device), OutDevice(device)
        if self._rules.routed(version):
            yield ChainRule("filter", STAGE1, rule_of(leaves, to=RETURN), inserted=True)
            yield ChainRule("filter", STAGE1, rule_of(enters, _ANSWERS, to=ACCEPT), inserted=True)
        yield ChainRule("filter", STAGE1, rule_of(enters, not_out(device), to=Jump(STAGE2)))
        yield ChainRule("filter", STAGE2, rule_of(leaves, to=DROP), inserted=True)

    # --- endpoints -------------------------------------------------------------------------------------------------

    def add_endpoint(self, addresses: Mapping[int, InterfaceAddress]) -> None:
        for version, tables in self._families():
            if version in addresses:
                tables.add(*self._endpoint(version, addresses[version].address))

    def delete_endpoint(self, addresses: Mapping[int, InterfaceAddress]) -> None:
        for version, tables in self._families():
            if version in addresses:
                tables.delete(*self._endpoint(version, addresses[version].address))

    def _endpoint(self, version: int, address: Address) -> Iterator[ChainRule]:
        """Drop packets to a container's address that do not arrive by its bridge."""
        rules = self._rules
        open_anyway = rules.unprotected(version) or rules.routed(version) or self._firewall.allow_direct_routing
        if rules.internal or open_anyway:
            return
        to = destination_is(address)
        for device in rules.trusted:
            yield ChainRule("raw", "PREROUTING", rule_of(to, InDevice(device), to=ACCEPT))
        yield ChainRule("raw", "PREROUTING", rule_of(to, not_in(rules.device), to=DROP))

    # --- ports -----------------------------------------------------------------------------------------------------

    def add_ports(self, bindings: Sequence[PortBinding]) -> None:
        for version, tables, binding in self._own(bindings):
            tables.add(*self._port(version, binding))

    def delete_ports(self, bindings: Sequence[PortBinding]) -> None:
        for version, tables, binding in self._own(bindings):
            tables.delete(*self._port(version, binding))

    def _own(self, bindings: Iterable[PortBinding]) -> Iterator[tuple[int, Iptables, PortBinding]]:
        for binding in bindings:
            version = 0 if binding.address is None else binding.address.version
            tables = self._firewall.tables.get(version)
            if tables is not None and not self._rules.internal:
                yield version, tables, binding

    def _port(self, version: int, binding: PortBinding) -> Iterator[ChainRule]:
        host, address, protocol = ANY4 if binding.host is None else binding.host, binding.address, binding.port.protocol
        assert address is not None
        if host.version == 4 and host.is_loopback and binding.host_port:
            ports = ports_are(protocol, destination=binding.host_port)
            yield ChainRule("raw", "PREROUTING", rule_of(destination_is(host), not_in("lo"), ports, to=DROP))
        if host.version != version:
            return  # docker-proxy serves it
        if binding.host_port:
            yield self._to_container(version, binding, host, address)
        ports = ports_are(protocol, destination=binding.port.number)
        if self._firewall.hairpin and binding.host_port:
            rule = rule_of(source_is(address), destination_is(address), ports, to=MASQUERADE)
            yield ChainRule("nat", "POSTROUTING", rule)
        if not self._rules.unprotected(version):
            device = self._rules.device
            rule = rule_of(destination_is(address), not_in(device), OutDevice(device), ports, to=ACCEPT)
            yield ChainRule("filter", DOCKER, rule, inserted=True)

    def _to_container(self, version: int, binding: PortBinding, host: Address, address: Address) -> ChainRule:
        """DNAT from the host port to the container's."""
        rule = rule_of(
            destination_is(host) if int(host) else None,
            source_is(_LINK_LOCAL6, negated=True) if version == 6 else None,
            None if self._firewall.hairpin else not_in(self._rules.device),
            ports_are(binding.port.protocol, destination=binding.host_port),
            to=Dnat.to(address, binding.port.number),
        )
        return ChainRule("nat", DOCKER, rule)

    # --- links -----------------------------------------------------------------------------------------------------

    def add_link(self, parent: Address | None, child: Address | None, ports: Iterable[ContainerPort]) -> None:
        if 4 in self._firewall.tables and parent is not None and child is not None:
            self._firewall.tables[4].add(*self._link(parent, child, ports))

    def delete_link(self, parent: Address | None, child: Address | None, ports: Iterable[ContainerPort]) -> None:
        if 4 in self._firewall.tables and parent is not None and child is not None:
            self._firewall.tables[4].delete(*self._link(parent, child, ports))

    def _link(self, parent: Address, child: Address, ports: Iterable[ContainerPort]) -> Iterator[ChainRule]:
        """`parent` may connect to the ports of `child` on a network with icc=false."""
        inside = (InDevice(self._rules.device), OutDevice(self._rules.device))
        for port in ports:
            there = ports_are(port.protocol, destination=port.number)
            back = ports_are(port.protocol, source=port.number)
            asking = rule_of(source_is(parent), destination_is(child), *inside, there, to=ACCEPT)
            answering = rule_of(source_is(child), destination_is(parent), *inside, back, to=ACCEPT)
            yield ChainRule("filter", DOCKER, asking)
            yield ChainRule("filter", DOCKER, answering)

"""The engine's packet filter rules, in the order in which it makes them.

Follows libnetwork/drivers/bridge/internal/iptabler and libnetwork/resolver_unix.go of moby 28.5.  A rule that is
there already is not made again, one that is not there is not removed.  What the chains are for:

    FORWARD             first DOCKER-USER (the user's own), then DOCKER-FORWARD
    DOCKER-FORWARD      DOCKER-CT, DOCKER-ISOLATION-STAGE-1, DOCKER-BRIDGE, then what may leave each bridge
    DOCKER-CT           answers to each bridge
    DOCKER-BRIDGE       what goes to a bridge is for DOCKER: published ports, and no other
    ..-STAGE-1, -2      no way from bridge to bridge
    nat DOCKER          host ports become container addresses

Not modelled: firewalld, the rules that older engines left behind, Swarm's ingress.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from vnetsim.docker.etc import RESOLVER
from vnetsim.docker.portmap import Binding, Port
from vnetsim.netfilter import verdicts
from vnetsim.netfilter.errors import NetfilterError
from vnetsim.netfilter.extensions.addresses import AddressType, Types
from vnetsim.netfilter.extensions.connections import Conntrack
from vnetsim.netfilter.extensions.nat import MASQUERADE, Dnat, Snat
from vnetsim.netfilter.extensions.ports import PortRange, Tcp, Udp
from vnetsim.netfilter.header import Destination, InDevice, OutDevice, Protocol, Source
from vnetsim.netfilter.operations import (
    AppendRule,
    CheckRule,
    DeleteChain,
    DeleteRule,
    Flush,
    InsertRule,
    NewChain,
    SetPolicy,
)
from vnetsim.netfilter.rules import ACCEPT, DROP, RETURN, Jump, Match, Rule, Target
from vnetsim.netfilter.verdicts import Ports
from vnetsim.process import Network
from vnetsim.wire.inet import ANY4, Address, Interface, Prefix

FORWARD: Final = "FORWARD"
DOCKER: Final = "DOCKER"
DOCKER_USER: Final = "DOCKER-USER"
DOCKER_FORWARD: Final = "DOCKER-FORWARD"
DOCKER_BRIDGE: Final = "DOCKER-BRIDGE"
DOCKER_CT: Final = "DOCKER-CT"
STAGE1: Final = "DOCKER-ISOLATION-STAGE-1"
STAGE2: Final = "DOCKER-ISOLATION-STAGE-2"

_PROTOCOLS: Final = {"tcp": 6, "udp": 17, "sctp": 132}
_ICMP: Final = {4: 1, 6: 58}
_LOOPBACK: Final = {4: "127.0.0.0/8", 6: "::1/128"}
_LINK_LOCAL6: Final = "fe80::/10"

_TO_LOCAL: Final = AddressType(destination=Types(("LOCAL",)))
_FROM_LOCAL: Final = AddressType(source=Types(("LOCAL",)))
_ANSWERS: Final = Conntrack.state("RELATED", "ESTABLISHED")

Versions: TypeAlias = Mapping[int, bool]


# --- rules as iptables' words put them -----------------------------------------------------------------------------


def _source(text: object, *, negated: bool = False) -> Source:
    return Source.parse(str(text), negated=negated)


def _destination(text: object, *, negated: bool = False) -> Destination:
    return Destination.parse(str(text), negated=negated)


def _not_in(device: str) -> InDevice:
    return InDevice(device, negated=True)


def _not_out(device: str) -> OutDevice:
    return OutDevice(device, negated=True)


def _ports(protocol: str, *, source: int = 0, destination: int = 0) -> tuple[Protocol, tuple[Match, ...]]:
    """`-p tcp -m tcp --dport 80`."""
    kind = Udp if protocol == "udp" else Tcp
    from_port, to_port = (PortRange(number, number) if number else None for number in (source, destination))
    return Protocol(_PROTOCOLS[protocol]), (kind(source=from_port, destination=to_port),)


def _rule(*parts: object, to: Target) -> Rule:
    """The parts may come in any order; a tuple of protocol and matches is what `_ports` gives."""
    told: dict[str, object] = {"target": to}
    for part in parts:
        if isinstance(part, tuple):
            told["protocol"], told["matches"] = part
        elif isinstance(part, Match):
            told["matches"] = (part,)
        elif part is not None:
            told[_PLACES[type(part)]] = part
    return Rule(**told)  # type: ignore[arg-type]


_PLACES: Final[dict[type, str]] = {
    Source: "source", Destination: "destination", InDevice: "in_device", OutDevice: "out_device", Protocol: "protocol",
}  # fmt: skip


@attrs.frozen
class Placed:
    """A rule and where it goes: at the end of its chain or, inserted, at its beginning."""

    table: str
    chain: str
    rule: Rule
    inserted: bool = False


class _Tables:
    """The rules of one namespace and family, as libnetwork/iptables changes them."""

    def __init__(self, network: Network, version: int) -> None:
        self._network = network
        self._version = version

    def new_chain(self, table: str, chain: str) -> None:
        try:
            self._network.execute(NewChain(table=table, version=self._version, chain=chain))
        except NetfilterError:
            return

    def remove_chain(self, table: str, chain: str) -> None:
        """Its rules, and the chain itself unless something still leads to it."""
        for operation in (Flush, DeleteChain):
            try:
                self._network.execute(operation(table=table, version=self._version, chain=chain))
            except NetfilterError:
                continue

    def ensure_first(self, *rules: Placed) -> None:
        """EnsureJumpRule: at the beginning of its chain, wherever it was before."""
        for placed in rules:
            self.delete(placed)
            self.add(placed)

    def has(self, placed: Placed) -> bool:
        try:
            self._network.execute(
                CheckRule(table=placed.table, version=self._version, chain=placed.chain, rule=placed.rule)
            )
        except NetfilterError:
            return False
        return True

    def add(self, *rules: Placed) -> None:
        """What is not there yet.  A built-in chain that begins to exist by it counts: the engine's iptables is new."""
        for placed in rules:
            if self.has(placed):
                continue
            kind = InsertRule if placed.inserted else AppendRule
            self._network.execute(
                kind(table=placed.table, version=self._version, chain=placed.chain, rule=placed.rule, counting=True)
            )

    def delete(self, *rules: Placed) -> None:
        for placed in rules:
            if self.has(placed):
                self._network.execute(
                    DeleteRule(table=placed.table, version=self._version, chain=placed.chain, rule=placed.rule)
                )

    def drop_forwarded(self) -> None:
        self._network.execute(SetPolicy(table="filter", version=self._version, chain=FORWARD, policy=verdicts.DROP))


# --- the engine's own chains ---------------------------------------------------------------------------------------


class Firewall:
    """`hairpin`: there is no docker-proxy, so that DNAT serves the host's own connections, too."""

    def __init__(self, network: Network, *, ipv4: bool, ipv6: bool, hairpin: bool, allow_direct_routing: bool) -> None:
        self.hairpin = hairpin
        self.allow_direct_routing = allow_direct_routing
        #: By family, those whose rules the engine writes at all.
        self.tables = {version: _Tables(network, version) for version, wanted in ((4, ipv4), (6, ipv6)) if wanted}

    def setup(self) -> None:
        """The chains and the jumps to them; what an engine before this one left in them is taken away."""
        for version, tables in self.tables.items():
            self._clear(version, tables)
            for table, chain in _CHAINS:
                tables.new_chain(table, chain)
            tables.add(*self._jumps(version, hairpin=self.hairpin))
            tables.ensure_first(
                Placed("filter", FORWARD, _rule(to=Jump(DOCKER_FORWARD)), inserted=True),
                Placed("filter", DOCKER_FORWARD, _rule(to=Jump(DOCKER_BRIDGE)), inserted=True),
                Placed("filter", DOCKER_FORWARD, _rule(to=Jump(STAGE1)), inserted=True),
                Placed("filter", DOCKER_FORWARD, _rule(to=Jump(DOCKER_CT)), inserted=True),
            )
        for tables in self.tables.values():
            tables.new_chain("filter", DOCKER_USER)
            tables.ensure_first(Placed("filter", FORWARD, _rule(to=Jump(DOCKER_USER)), inserted=True))

    @staticmethod
    def _jumps(version: int, *, hairpin: bool) -> tuple[Placed, Placed]:
        outside = None if hairpin else _destination(_LOOPBACK[version], negated=True)
        return (
            Placed("nat", "PREROUTING", _rule(_TO_LOCAL, to=Jump(DOCKER))),
            Placed("nat", "OUTPUT", _rule(outside, _TO_LOCAL, to=Jump(DOCKER))),
        )

    def _clear(self, version: int, tables: _Tables) -> None:
        """removeIPChains.  DOCKER-USER and the rules in built-in chains stay."""
        for hairpin in (False, True):
            tables.delete(*self._jumps(version, hairpin=hairpin))
        for table, chain in _CHAINS:
            tables.remove_chain(table, chain)

    def drop_forwarded(self, version: int) -> None:
        """FORWARD's policy, so that a host that now forwards does not do so for everybody."""
        if version in self.tables:
            self.tables[version].drop_forwarded()

    def network(self, rules: NetworkRules) -> NetworkFirewall:
        return NetworkFirewall(self, rules)


_CHAINS: Final = (
    ("nat", DOCKER), ("filter", DOCKER), ("filter", DOCKER_FORWARD), ("filter", DOCKER_BRIDGE),
    ("filter", DOCKER_CT), ("filter", STAGE1), ("filter", STAGE2),
)  # fmt: skip


# --- a network's rules ---------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class NetworkRules:
    """What a bridge network wants; `prefixes`, `modes` (gateway modes) and `snat` are by family."""

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

    def _leaving(self, version: int) -> Target:
        """With which address packets leave: the device's own, or the one that com.docker.network.host_ipv4 names."""
        address = self._rules.snat.get(version)
        return MASQUERADE if address is None else Snat.to(address)

    def _hairpin(self, version: int) -> Placed:
        """The host's own connections through DNAT; an engine that has docker-proxy takes it away."""
        rule = _rule(OutDevice(self._rules.device), _FROM_LOCAL, to=self._leaving(version))
        return Placed("nat", "POSTROUTING", rule, inserted=True)

    def delete(self) -> None:
        for version, tables in self._families():
            tables.delete(*self._network(version))

    def _families(self) -> Iterator[tuple[int, _Tables]]:
        for version, tables in self._firewall.tables.items():
            if version in self._rules.prefixes:
                yield version, tables

    def _network(self, version: int) -> Iterator[Placed]:
        if self._rules.internal:
            yield from self._internal(version)
        else:
            yield from self._translation(version)
            yield from self._forwarding(version)
            yield from self._isolation(version)

    def _internal(self, version: int) -> Iterator[Placed]:
        """Nothing leaves and nothing enters."""
        device, prefix = self._rules.device, self._rules.prefixes[version]
        other_out, other_in = (None, None) if version == 4 else (_not_out(device), _not_in(device))
        leaving = _rule(_destination(prefix, negated=True), InDevice(device), other_out, to=DROP)
        entering = _rule(_source(prefix, negated=True), OutDevice(device), other_in, to=DROP)
        yield Placed("filter", STAGE1, leaving, inserted=True)
        yield Placed("filter", STAGE1, entering, inserted=True)
        inside = _rule(InDevice(device), OutDevice(device), to=ACCEPT if self._rules.icc else DROP)
        yield Placed("filter", DOCKER_FORWARD, inside)

    def _translation(self, version: int) -> Iterator[Placed]:
        """Containers leave with the host's address."""
        rules, device, hairpin = self._rules, self._rules.device, self._firewall.hairpin
        if rules.masquerade:
            if not rules.routed(version):
                rule = _rule(_source(rules.prefixes[version]), _not_out(device), to=self._leaving(version))
                yield Placed("nat", "POSTROUTING", rule, inserted=True)
            if not hairpin:
                yield Placed("nat", DOCKER, _rule(InDevice(device), to=RETURN), inserted=True)
        if hairpin:
            yield self._hairpin(version)

    def _forwarding(self, version: int) -> Iterator[Placed]:
        rules, device = self._rules, self._rules.device
        enters, leaves = InDevice(device), OutDevice(device)
        if not rules.icc:
            yield Placed("filter", DOCKER_FORWARD, _rule(enters, leaves, to=DROP))
        if rules.routed(version):
            yield Placed("filter", DOCKER, _rule(leaves, Protocol(_ICMP[version]), to=ACCEPT))
        outgoing = _rule(enters, None if rules.icc else _not_out(device), to=ACCEPT)
        yield Placed("filter", DOCKER_FORWARD, outgoing)
        unpublished = ACCEPT if rules.unprotected(version) else DROP
        yield Placed("filter", DOCKER, _rule(_not_in(device), leaves, to=unpublished))
        yield Placed("filter", DOCKER_CT, _rule(leaves, _ANSWERS, to=ACCEPT))
        yield Placed("filter", DOCKER_BRIDGE, _rule(leaves, to=Jump(DOCKER)))

    def _isolation(self, version: int) -> Iterator[Placed]:
        device = self._rules.device
        enters, leaves = InDevice(device), OutDevice(device)
        if self._rules.routed(version):
            yield Placed("filter", STAGE1, _rule(leaves, to=RETURN), inserted=True)
            yield Placed("filter", STAGE1, _rule(enters, _ANSWERS, to=ACCEPT), inserted=True)
        yield Placed("filter", STAGE1, _rule(enters, _not_out(device), to=Jump(STAGE2)))
        yield Placed("filter", STAGE2, _rule(leaves, to=DROP), inserted=True)

    # --- endpoints -------------------------------------------------------------------------------------------------

    def add_endpoint(self, addresses: Mapping[int, Interface]) -> None:
        for version, tables in self._families():
            if version in addresses:
                tables.add(*self._endpoint(version, addresses[version].address))

    def delete_endpoint(self, addresses: Mapping[int, Interface]) -> None:
        for version, tables in self._families():
            if version in addresses:
                tables.delete(*self._endpoint(version, addresses[version].address))

    def _endpoint(self, version: int, address: Address) -> Iterator[Placed]:
        """No way to a container's address but by its bridge."""
        rules = self._rules
        open_anyway = rules.unprotected(version) or rules.routed(version) or self._firewall.allow_direct_routing
        if rules.internal or open_anyway:
            return
        to = _destination(address)
        for device in rules.trusted:
            yield Placed("raw", "PREROUTING", _rule(to, InDevice(device), to=ACCEPT))
        yield Placed("raw", "PREROUTING", _rule(to, _not_in(rules.device), to=DROP))

    # --- ports -----------------------------------------------------------------------------------------------------

    def add_ports(self, bindings: Sequence[Binding]) -> None:
        for version, tables, binding in self._own(bindings):
            tables.add(*self._port(version, binding))

    def delete_ports(self, bindings: Sequence[Binding]) -> None:
        for version, tables, binding in self._own(bindings):
            tables.delete(*self._port(version, binding))

    def _own(self, bindings: Iterable[Binding]) -> Iterator[tuple[int, _Tables, Binding]]:
        for binding in bindings:
            version = 0 if binding.address is None else binding.address.version
            tables = self._firewall.tables.get(version)
            if tables is not None and not self._rules.internal:
                yield version, tables, binding

    def _port(self, version: int, binding: Binding) -> Iterator[Placed]:
        host, address, protocol = ANY4 if binding.host is None else binding.host, binding.address, binding.port.protocol
        assert address is not None
        if host.version == 4 and host.is_loopback and binding.host_port:
            ports = _ports(protocol, destination=binding.host_port)
            yield Placed("raw", "PREROUTING", _rule(_destination(host), _not_in("lo"), ports, to=DROP))
        if host.version != version:
            return  # docker-proxy serves it
        if binding.host_port:
            yield self._to_container(version, binding, host, address)
        ports = _ports(protocol, destination=binding.port.number)
        if self._firewall.hairpin and binding.host_port:
            rule = _rule(_source(address), _destination(address), ports, to=MASQUERADE)
            yield Placed("nat", "POSTROUTING", rule)
        if not self._rules.unprotected(version):
            device = self._rules.device
            rule = _rule(_destination(address), _not_in(device), OutDevice(device), ports, to=ACCEPT)
            yield Placed("filter", DOCKER, rule, inserted=True)

    def _to_container(self, version: int, binding: Binding, host: Address, address: Address) -> Placed:
        """A host port becomes the container's."""
        rule = _rule(
            _destination(host) if int(host) else None,
            _source(_LINK_LOCAL6, negated=True) if version == 6 else None,
            None if self._firewall.hairpin else _not_in(self._rules.device),
            _ports(binding.port.protocol, destination=binding.host_port),
            to=Dnat.to(address, binding.port.number),
        )
        return Placed("nat", DOCKER, rule)

    # --- links -----------------------------------------------------------------------------------------------------

    def add_link(self, parent: Address | None, child: Address | None, ports: Iterable[Port]) -> None:
        if 4 in self._firewall.tables and parent is not None and child is not None:
            self._firewall.tables[4].add(*self._link(parent, child, ports))

    def delete_link(self, parent: Address | None, child: Address | None, ports: Iterable[Port]) -> None:
        if 4 in self._firewall.tables and parent is not None and child is not None:
            self._firewall.tables[4].delete(*self._link(parent, child, ports))

    def _link(self, parent: Address, child: Address, ports: Iterable[Port]) -> Iterator[Placed]:
        """`parent` may ask the ports of `child`, on a network whose containers may not talk otherwise."""
        inside = (InDevice(self._rules.device), OutDevice(self._rules.device))
        for port in ports:
            there = _ports(port.protocol, destination=port.number)
            back = _ports(port.protocol, source=port.number)
            asking = _rule(_source(parent), _destination(child), *inside, there, to=ACCEPT)
            answering = _rule(_source(child), _destination(parent), *inside, back, to=ACCEPT)
            yield Placed("filter", DOCKER, asking)
            yield Placed("filter", DOCKER, answering)


# --- in a container ------------------------------------------------------------------------------------------------

_OUTPUT: Final = "DOCKER_OUTPUT"
_POSTROUTING: Final = "DOCKER_POSTROUTING"
_DNS: Final = 53


class ResolverRules:
    """What leads port 53 of 127.0.0.11 to where the embedded name server really listens."""

    def add(self, network: Network, udp_port: int, tcp_port: int) -> None:
        tables = _Tables(network, 4)
        for builtin, chain in (("OUTPUT", _OUTPUT), ("POSTROUTING", _POSTROUTING)):
            tables.new_chain("nat", chain)
            tables.add(Placed("nat", builtin, _rule(_destination(RESOLVER), to=Jump(chain)), inserted=True))
        back = Snat(verdicts.Snat(ports=Ports(_DNS, _DNS)))
        for protocol, port in (("udp", udp_port), ("tcp", tcp_port)):
            asked = _ports(protocol, destination=_DNS)
            answered = _ports(protocol, source=port)
            there = _rule(_destination(RESOLVER), asked, to=Dnat.to(RESOLVER, port))
            tables.add(
                Placed("nat", _OUTPUT, there, inserted=True),
                Placed("nat", _POSTROUTING, _rule(_source(RESOLVER), answered, to=back), inserted=True),
            )

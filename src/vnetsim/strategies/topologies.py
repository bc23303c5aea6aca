"""Topologies as strategies: namespaces, cables between them, bridges, addresses, and routes that make sense.

A topology works as it is drawn: who is cabled together, reaches each other, and routers forward.  What breaks that is
drawn on top of it (`vnetsim.strategies.commands.changes`).

Every shape is there for IPv4 and for IPv6 (`topologies(version=6)`): 10.0.N.H is fd00:0:0:N::H+1 then.

Not drawn: loops of bridges without STP (a storm is the same everywhere and costs a real machine its processor), VLAN
and tunnel devices, both families at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final, Literal

import attrs
from hypothesis import strategies as st

from vnetsim.values import frozen
from vnetsim.wire.inet import Address, InterfaceAddress, IPv4, IPv6
from vnetsim.wire.mac import Mac

#: IPv6 has unsolicited traffic: without it, only the commands put frames on the wire.
QUIET: Final = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
#: What of IPv6 is random can be left out: no duplicate address detection, no router solicitation.  Reports of groups
#: remain (RFC 3810), at times of their own.
CALM6: Final = " ".join(
    ["sysctl -qw"]
    + [
        f"net.ipv6.conf.{which}.{what}=0"
        for which in ("all", "default")
        for what in ("accept_dad", "router_solicitations")
    ]
)
_NAMES: Final = ("a", "b", "c", "d")


@frozen
class DrawnPort:
    """A device in a namespace; `namespace` None is the host's own."""

    namespace: str | None
    device: str


@frozen
class Cable:
    """A veth pair."""

    one: DrawnPort
    other: DrawnPort


@frozen(kw_only=True)
class DrawnBridge:
    """A bridge in `namespace` and its ports; `options` are those of `ip link add ... type bridge`."""

    name: str
    namespace: str | None = None
    ports: tuple[str, ...] = ()
    options: Mapping[str, int] = attrs.field(factory=dict)


@frozen
class Assigned:
    """An address on a device."""

    port: DrawnPort
    interface: InterfaceAddress


@frozen(kw_only=True)
class Topology:
    """Namespaces, cables, bridges, addresses and static routes; `routers` forward IPv4.

    `routes` are (namespace, destination, gateway) as text.  With `quiet` IPv6 is off everywhere, and bridges do not
    snoop, which they announce by IGMP.  Ends of cables have the addresses 02:00:00:00:00:01 and so on, in their order:
    which address is the lowest decides what a bridge is called.  `version` 6: addresses and routes are those of IPv6,
    which routers forward, and which is as calm as it can be with `quiet`.
    """

    namespaces: tuple[str, ...]
    cables: tuple[Cable, ...]
    bridges: tuple[DrawnBridge, ...] = ()
    addresses: tuple[Assigned, ...] = ()
    routes: tuple[tuple[str | None, str, str], ...] = ()
    routers: tuple[str | None, ...] = ()
    quiet: bool = True
    version: Literal[4, 6] = 4

    @property
    def ports(self) -> tuple[DrawnPort, ...]:
        """All devices that frames pass, in the order in which they are made."""
        cabled = [port for cable in self.cables for port in (cable.one, cable.other)]
        return (*cabled, *(DrawnPort(bridge.namespace, bridge.name) for bridge in self.bridges))

    @property
    def probing_namespaces(self) -> tuple[str | None, ...]:
        """The namespaces with an address, where probes can start: the host's own is None."""
        return tuple(dict.fromkeys(assigned.port.namespace for assigned in self.addresses))

    def devices(self, namespace: str | None) -> tuple[str, ...]:
        """The devices of a namespace, without lo."""
        return tuple(port.device for port in self.ports if port.namespace == namespace)

    def commands(self) -> tuple[str, ...]:
        """What a person would type to make it, on a machine with nothing but lo."""
        return tuple(self._commands())

    def _commands(self) -> Iterator[str]:
        silence = QUIET if self.version == 4 else CALM6
        if self.quiet:
            yield silence
        if None in self.probing_namespaces:
            yield "ip link set lo up"
        for name in self.namespaces:
            yield f"ip netns add {name}"
            if self.quiet:
                yield f"ip netns exec {name} {silence}"
            yield f"ip -n {name} link set lo up"
        yield from self._links()
        at_once = " nodad" if self.version == 6 else ""
        for assigned in self.addresses:
            yield f"{ip(assigned.port.namespace)} addr add {assigned.interface} dev {assigned.port.device}{at_once}"
        for port in (port for cable in self.cables for port in (cable.one, cable.other)):
            yield f"{ip(port.namespace)} link set {port.device} up"
        for namespace in self.routers:
            key = "net.ipv4.ip_forward" if self.version == 4 else "net.ipv6.conf.all.forwarding"
            yield inside(namespace, f"sysctl -qw {key}=1")
        for namespace, destination, gateway in self.routes:
            yield f"{ip(namespace)} route add {destination} via {gateway}"

    def _links(self) -> Iterator[str]:
        for number, bridge in enumerate(self.bridges):
            chosen = {"mcast_snooping": 0, **bridge.options} if self.quiet else bridge.options
            options = "".join(f" {key} {value}" for key, value in chosen.items())
            # What a bridge is called by chance would be part of its link-local address.
            called = f" address {Mac(0x02 << 40 | 0xFF00 + number)}" if self.version == 6 else ""
            yield f"{ip(bridge.namespace)} link add {bridge.name}{called} type bridge{options}"
            yield f"{ip(bridge.namespace)} link set {bridge.name} up"
        for number, cable in enumerate(self.cables):
            one, other = (Mac(0x02 << 40 | 2 * number + end) for end in (1, 2))
            yield f"ip link add {_end(cable.one, one)} type veth peer name {_end(cable.other, other)}"
        for bridge in self.bridges:
            for port in bridge.ports:
                yield f"{ip(bridge.namespace)} link set {port} master {bridge.name}"


def ip(namespace: str | None) -> str:
    """`ip` as it is called for a namespace."""
    return "ip" if namespace is None else f"ip -n {namespace}"


def inside(namespace: str | None, command: str) -> str:
    """A command as it is run in a namespace."""
    return command if namespace is None else f"ip netns exec {namespace} {command}"


def _end(port: DrawnPort, mac: Mac) -> str:
    where = "" if port.namespace is None else f" netns {port.namespace}"
    return f"{port.device} address {mac}{where}"


def _at(namespace: str | None, device: str, address: str) -> Assigned:
    return Assigned(DrawnPort(namespace, device), InterfaceAddress.parse(address))


@st.composite
def pairs(draw: st.DrawFn) -> Topology:
    """Namespaces a and b, joined by a cable; networks of various lengths, /31 and /32 with peers left to `changes`."""
    length = draw(st.sampled_from([24, 24, 24, 16, 30, 31, 8]))
    low = 0 if length == 31 else 1
    return Topology(
        namespaces=("a", "b"),
        cables=(Cable(DrawnPort("a", "eth0"), DrawnPort("b", "eth0")),),
        addresses=(_at("a", "eth0", f"10.0.0.{low}/{length}"), _at("b", "eth0", f"10.0.0.{low + 1}/{length}")),
    )


@st.composite
def lans(draw: st.DrawFn, max_hosts: int = 3) -> Topology:
    """Namespaces on a bridge of the host, which may have an address on it and be their gateway."""
    hosts = _NAMES[: draw(st.integers(2, max_hosts))]
    on_bridge = draw(st.booleans())
    options: dict[str, int] = draw(st.sampled_from([{}, {}, {}, {"ageing_time": 0}]))
    addresses = [_at(name, "eth0", f"10.0.0.{number}/24") for number, name in enumerate(hosts, 1)]
    if on_bridge:
        addresses.append(_at(None, "br0", "10.0.0.254/24"))
    return Topology(
        namespaces=hosts,
        cables=tuple(Cable(DrawnPort(name, "eth0"), DrawnPort(None, f"p{name}")) for name in hosts),
        bridges=(DrawnBridge(name="br0", ports=tuple(f"p{name}" for name in hosts), options=options),),
        addresses=tuple(addresses),
    )


@st.composite
def chains(draw: st.DrawFn, max_routers: int = 2) -> Topology:
    """Hosts a and b at the ends of one or more routers in a row (r1, r2 ...), with default routes and routes back."""
    count = draw(st.integers(1, max_routers))
    row = ("a", *(f"r{number}" for number in range(1, count + 1)), "b")
    cables, addresses = [], []
    for number, (left, right) in enumerate(pairwise(row)):
        ends = DrawnPort(left, "eth0" if left == "a" else "right"), DrawnPort(right, "eth0" if right == "b" else "left")
        cables.append(Cable(*ends))
        addresses += [
            _at(left, ends[0].device, f"10.0.{number}.1/24"),
            _at(right, ends[1].device, f"10.0.{number}.2/24"),
        ]
    return Topology(
        namespaces=row,
        cables=tuple(cables),
        addresses=tuple(addresses),
        routes=tuple(_chain_routes(row)),
        routers=row[1:-1],
    )


def _chain_routes(row: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    last = len(row) - 2
    yield row[0], "default", "10.0.0.2"
    for number, router in enumerate(row[1:-1], 1):
        for network in range(last + 1):
            if network < number - 1:
                yield router, f"10.0.{network}.0/24", f"10.0.{number - 1}.1"
            elif network > number:
                yield router, f"10.0.{network}.0/24", f"10.0.{number}.2"
    yield row[-1], "default", f"10.0.{last}.1"


@st.composite
def _routed_lans(draw: st.DrawFn) -> Topology:
    """Two bridges on the host, which routes between them: what an engine makes of two networks, without its rules."""
    sizes = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    hosts = [(name, net) for name, net in zip(_NAMES, [0] * sizes[0] + [1] * sizes[1], strict=False)]
    addresses = [_at(name, "eth0", f"10.0.{net}.{number}/24") for number, (name, net) in enumerate(hosts, 1)]
    addresses += [_at(None, "br0", "10.0.0.254/24"), _at(None, "br1", "10.0.1.254/24")]
    return Topology(
        namespaces=tuple(name for name, _ in hosts),
        cables=tuple(Cable(DrawnPort(name, "eth0"), DrawnPort(None, f"p{name}")) for name, _ in hosts),
        bridges=tuple(
            DrawnBridge(name=f"br{net}", ports=tuple(f"p{name}" for name, on in hosts if on == net)) for net in (0, 1)
        ),
        addresses=tuple(addresses),
        routes=tuple((name, "default", f"10.0.{net}.254") for name, net in hosts),
        routers=(None,),
    )


def topologies(version: Literal[4, 6] = 4) -> st.SearchStrategy[Topology]:
    """Any of the shapes of this module, of one family."""
    shapes = st.one_of(pairs(), lans(), chains(), _routed_lans())
    return shapes if version == 4 else shapes.map(in_ipv6)


def in_ipv6(topology: Topology) -> Topology:
    """The same network with IPv6 instead: 10.0.N.H/L is fd00:0:0:N::H+1/64."""
    return attrs.evolve(
        topology,
        version=6,
        addresses=tuple(
            attrs.evolve(assigned, interface=InterfaceAddress(in6(assigned.interface.address), 64))
            for assigned in topology.addresses
        ),
        routes=tuple(
            (
                namespace,
                destination if destination == "default" else _prefix6(destination),
                str(in6(IPv4.parse(gateway))),
            )
            for namespace, destination, gateway in topology.routes
        ),
    )


def in6(address: Address) -> IPv6:
    """fd00:0:0:N::H+1 for 10.0.N.H; hosts are counted from 1, because ::0 is every router's (RFC 4291, 2.6.1)."""
    return IPv6(0xFD00 << 112 | (int(address) >> 8 & 0xFF) << 64 | (int(address) & 0xFF) + 1)


def _prefix6(network: str) -> str:
    first = IPv4.parse(network.partition("/")[0])
    return f"{IPv6(int(in6(first)) & ~0xFFFF)}/64"


def unused_address(topology: Topology) -> Address:
    """An unused address of the first network."""
    network = topology.addresses[0].interface.network
    taken = {int(assigned.interface.address) for assigned in topology.addresses}
    if topology.version == 6:
        return IPv6(int(network.first) + 0x200)
    return next(IPv4(value) for value in range(int(network.last) - 1, -1, -1) if value not in taken)

"""What changes the destination of packets, as values that can be inverted.

    before = translation.preimage(after)      # which destinations may become one of `after`

A translation covers too much: of a rule's conditions only those about the destination and the protocol are
in it, and that another rule comes first is not.  So each destination that may be translated is found; whether it is,
packets tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.process.network import Network
from vnetsim.reach.translation.intervals import PORTS, Interval, Intervals, complement, contains, intersect, union
from vnetsim.values import frozen
from vnetsim.wire.inet import IPv4, IPv6

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

PROTOCOLS: Final = frozenset({"icmp", "tcp", "udp"})
#: Every address, by version.
EVERYWHERE: Final[dict[int, Intervals]] = {4: ((0, (1 << 32) - 1),), 6: ((0, (1 << 128) - 1),)}
LOOPBACK: Final[dict[int, Intervals]] = {4: ((127 << 24, (128 << 24) - 1),), 6: ((1, 1),)}
#: No packet comes to these from outside, or not to one machine: this network, multicast, reserved and link-local.
_NOT_ROUTED: Final[dict[int, Intervals]] = {
    4: ((0, (1 << 24) - 1), (224 << 24, (1 << 32) - 1)),
    6: ((0, 0), (0xFE80 << 112, (0xFEC0 << 112) - 1), (0xFF << 120, (1 << 128) - 1)),
}
#: A rule that maps one network to another one is inverted for so many networks at most.
_BLOCKS: Final = 1024
#: Who made a route (RTPROT_KERNEL).
_BY_KERNEL: Final = 2
PREROUTING: Final = "PREROUTING"
OUTPUT: Final = "OUTPUT"
PROXY: Final = "docker-proxy"


@frozen
class Selector:
    """Destinations of packets of one IP `version`; ports mean nothing to icmp."""

    version: int
    protocols: frozenset[str]
    addresses: Intervals
    ports: Intervals = PORTS

    def __bool__(self) -> bool:
        return bool(self.protocols and self.addresses and (self.ports or "icmp" in self.protocols))

    def narrowed(
        self,
        *,
        protocols: Iterable[str] | None = None,
        addresses: Intervals | None = None,
        ports: Intervals | None = None,
    ) -> Selector:
        """Those that fulfil this as well; a match on ports includes one on a protocol that has them."""
        kept = self.protocols if protocols is None else self.protocols.intersection(protocols)
        if ports is not None:
            kept -= {"icmp"}
        return Selector(
            self.version,
            kept,
            self.addresses if addresses is None else intersect(self.addresses, addresses),
            self.ports if ports is None else intersect(self.ports, ports),
        )


def anything(version: int) -> Selector:
    return Selector(version, PROTOCOLS, EVERYWHERE[version])


@frozen(kw_only=True, eq=False)
class Translation:
    """Destinations in `matched` become one of `addresses` and `ports`; None: stay as they are.

    `hook` is PREROUTING, OUTPUT or docker-proxy, `namespace` the label of where it happens.  `to_local`: the new
    address is one of the namespace itself, all of which are in `local`.  `host_bits`: only the other bits of the
    address change (NETMAP).  `base`: this port becomes the first of `ports`, the next one the next.  `version` is that
    of the new destination: a proxy may change it.
    """

    namespace: str
    hook: str
    matched: Selector
    version: int
    addresses: Interval | None = None
    ports: Interval | None = None
    base: int | None = None
    to_local: bool = False
    host_bits: int | None = None
    local: Intervals = ()
    text: str = ""

    @property
    def chooses(self) -> bool:
        """Whether there are several new destinations for the same old one."""
        several_ports = self.ports is not None and self.ports[0] != self.ports[1] and self.base is None
        several = self.addresses is not None and self.addresses[0] != self.addresses[1] and self.host_bits is None
        return several or several_ports

    def preimage(self, after: Selector, blocks: Iterable[int] = ()) -> Selector:
        """The destinations that may become one of `after`; `blocks` are addresses in networks to be looked at."""
        protocols = self.matched.protocols & after.protocols
        if after.version != self.version or not protocols:
            return attrs.evolve(self.matched, protocols=frozenset())
        addresses = self._addresses_before(after.addresses, blocks)
        ports = self._ports_before(after.ports)
        if not ports:
            protocols &= {"icmp"}
        return Selector(self.matched.version, protocols, addresses, ports)

    def _addresses_before(self, after: Intervals, blocks: Iterable[int]) -> Intervals:
        if self.to_local:
            return self.matched.addresses if intersect(after, self.local) else ()
        if self.addresses is None:
            return intersect(self.matched.addresses, after)
        met = intersect(after, (self.addresses,))
        if self.host_bits is None or not met:
            return self.matched.addresses if met else ()
        return intersect(self.matched.addresses, self._same_host_bits(met, blocks))

    def _same_host_bits(self, met: Intervals, blocks: Iterable[int]) -> Intervals:
        """In each network of the size of the new one, the addresses that become one of `met`."""
        bits = self.host_bits or 0
        ends = [end for interval in self.matched.addresses for end in interval]
        inside = [address for address in blocks if contains(self.matched.addresses, address)]
        numbers = sorted({address >> bits for address in (*ends, *inside)})[:_BLOCKS]
        mask = (1 << bits) - 1
        return union(((n << bits) + (a & mask), (n << bits) + (b & mask)) for n in numbers for a, b in met)

    def _ports_before(self, after: Intervals) -> Intervals:
        if self.ports is None:
            return intersect(self.matched.ports, after)
        met = intersect(after, (self.ports,))
        first, last = self.ports
        if self.base is None or first == last:
            return self.matched.ports if met else ()
        # Ports outside of as many as there are new ones begin again with the first (nf_nat_core.c).
        size = last - first + 1
        start = self.base - (self.base // size + 1) * size
        turns = range(start, 65536, size)
        return intersect(self.matched.ports, union((t + a - first, t + b - first) for t in turns for a, b in met))

    def image(self, address: int, port: int) -> tuple[int, int]:
        """Where it leads; the first of several."""
        new_address, new_port = address, port
        if self.addresses is not None:
            mask = (1 << (self.host_bits or 0)) - 1
            new_address = self.addresses[0] if self.host_bits is None else self.addresses[0] & ~mask | address & mask
        if self.ports is not None and port:
            first, last = self.ports
            new_port = first if self.base is None else first + (port - self.base) % (last - first + 1)
        return new_address, new_port

    def covers(self, version: int, address: int, protocol: str, port: int) -> bool:
        matched = self.matched
        return (
            matched.version == version
            and protocol in matched.protocols
            and contains(matched.addresses, address)
            and (protocol == "icmp" or contains(matched.ports, port))
        )


@frozen
class Namespace:
    """Where rules are read: `local` are its own addresses, by version, those of routes of the type local."""

    network: Network
    label: str
    local: dict[int, Intervals]

    @classmethod
    def of(cls, lab: BaseLab, network: Network) -> Namespace:
        return cls(network, lab.label_of(network), {version: local_addresses(network, version) for version in (4, 6)})

    def reached_by(self, hook: str, version: int) -> Selector:
        """What comes by there: no packet from outside is for loopback."""
        left_out = _NOT_ROUTED[version] if hook == OUTPUT else union((*_NOT_ROUTED[version], *LOOPBACK[version]))
        return anything(version).narrowed(addresses=complement(left_out, EVERYWHERE[version]))


def any_ip(network: Network, version: int) -> Intervals:
    """Networks that a route made local (AnyIP), without loopback: every address in them is one of its own."""
    made = (r.destination for r in network.routes(version, None) if r.kind == "local" and r.protocol != _BY_KERNEL)
    own = union(
        (int(address.address), int(address.address))
        for address in network.addresses()
        if address.address.version == version
    )
    found = complement(own, union((int(prefix.first), int(prefix.last)) for prefix in made))
    return complement(union((*LOOPBACK[version], *_NOT_ROUTED[version])), found)


def local_addresses(network: Network, version: int) -> Intervals:
    """The addresses at which a namespace takes packets for its own (AnyIP and loopback too)."""
    routes = (route.destination for route in network.routes(version, None) if route.kind in ("local", "anycast"))
    own = (entry.address for entry in network.addresses() if entry.address.version == version)
    return union([*((int(p.first), int(p.last)) for p in routes), *((int(a), int(a)) for a in own)])


def address_of(version: int, number: int) -> IPv4 | IPv6:
    return IPv4(number) if version == 4 else IPv6(number)

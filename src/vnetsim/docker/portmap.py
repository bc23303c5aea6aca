"""Published ports: which host ports are taken, which bindings a mapping becomes, and what can go wrong.

Follows libnetwork/portallocator and libnetwork/drivers/bridge/port_mapping_linux.go of moby 28.5.  The kernel gives
no order to "which address names the conflict": here the requested addresses are looked at first.

Not modelled: SCTP (as on a kernel without it), rootless mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import attrs

from vnetsim.docker.api import Json
from vnetsim.docker.gotypes import parse_int
from vnetsim.errors import EngineError, KernelError, go_words
from vnetsim.process import Network
from vnetsim.wire.inet import ANY4, ANY6, Address, parse_address

PROTOCOLS: Final = ("tcp", "udp", "sctp")
#: What types.ParseProtocol knows; anything else is protocol 0 to the drivers.
_PARSED: Final = ("icmp", *PROTOCOLS)
#: net.ipv4.ip_local_port_range
EPHEMERAL: Final = (32768, 60999)
_ATTEMPTS: Final = 10


def _family_and_number(address: Address | None) -> tuple[int, int]:
    """How netip.Addr.Compare orders addresses; none first."""
    return (0, 0) if address is None else (address.version, int(address))


def _bracketed(address: Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


@attrs.frozen(kw_only=True)
class Port:
    """A container's port, `80/tcp`."""

    number: int
    protocol: str

    @classmethod
    def parse(cls, text: str) -> Port:
        number, _, protocol = text.partition("/")
        try:
            port = parse_int(number)
        except ValueError:
            raise EngineError(400, f'invalid port specification: "{number}"') from None
        return cls(number=port, protocol=(protocol or "tcp").lower())

    @property
    def rank(self) -> tuple[int, int]:
        return self.number, PROTOCOLS.index(self.protocol) if self.protocol in PROTOCOLS else len(PROTOCOLS)

    def __str__(self) -> str:
        return f"{self.number}/{self.protocol}"


@attrs.frozen(kw_only=True)
class Binding:
    """A mapping asked for (`first` to `last` is the range to choose from) or, with `host_port`, one that is there."""

    port: Port
    host: Address | None = attrs.field(default=None, eq=_family_and_number)
    first: int = 0
    last: int = 0
    address: Address | None = attrs.field(default=None, eq=_family_and_number)
    host_port: int = 0

    @property
    def is_range(self) -> bool:
        return self.first == 0 or self.first != self.last

    @property
    def order(self) -> tuple[object, ...]:
        """Exact host ports first; what differs in the host address only stands together."""
        return self.is_range, *self.port.rank, self.first, self.last, _family_and_number(self.host)

    def shares_port_with(self, other: Binding) -> bool:
        return (self.port, self.first, self.last) == (other.port, other.first, other.last)

    def __str__(self) -> str:
        ports = f"{self.first}-{self.last}" if self.first and self.last != self.first else f"{self.first or ''}"
        host = f"{_bracketed(self.host)}:{ports}:" if self.host is not None else f"{ports}:" if ports else ""
        address = f"{_bracketed(self.address)}:" if self.address is not None else ""
        return f"{host}{address}{self.port}"


def exposed_ports(config: Json) -> list[Port]:
    """Of a container's Config, by number, TCP first; a protocol that libnetwork does not know is 0."""
    ports = [Port.parse(text) for text in config.get("ExposedPorts") or {}]
    known = [port if port.protocol in _PARSED else attrs.evolve(port, protocol="0") for port in ports]
    return sorted(known, key=lambda port: port.rank)


def requested_bindings(config: Json, host_config: Json) -> list[Binding]:
    """`-p` and `-P` of a container, as the driver is asked."""
    published: Json = host_config.get("PortBindings") or {}
    wanted: dict[Port, list[Json]] = {Port.parse(text): bindings or [] for text, bindings in published.items()}
    requests = []
    for port in exposed_ports(config):
        for binding in wanted.get(port, ()):
            first, last = _port_range(binding.get("HostPort") or "")
            host = binding.get("HostIp") or ""
            requests.append(Binding(port=port, host=parse_address(host) if host else None, first=first, last=last))
        if host_config.get("PublishAllPorts") and not wanted.get(port):
            requests.append(Binding(port=port))
    return sorted(requests, key=lambda binding: binding.order)


def _port_range(text: str) -> tuple[int, int]:
    """`8080`, `8080-8090`, or nothing for any."""
    try:
        first, dash, last = text.partition("-")
        return (parse_int(first), parse_int(last) if dash else parse_int(first)) if text else (0, 0)
    except ValueError:
        raise EngineError(400, f'invalid port specification: "{text}"') from None


# --- allocation ----------------------------------------------------------------------------------------------------


@attrs.define
class _Range:
    """A range somebody chose from and where the next search begins."""

    first: int
    last: int
    latest: int


@attrs.define
class _Ports:
    """The ports of one address and protocol."""

    taken: set[int] = attrs.field(factory=set)
    ranges: dict[tuple[int, int], _Range] = attrs.field(factory=dict)

    def range(self, first: int, last: int) -> _Range:
        return self.ranges.setdefault((first, last), _Range(first, last, last))


class PortAllocator:
    """Host ports in use by containers.  Ephemeral ones go up from 32768 and are not used again at once."""

    def __init__(self) -> None:
        self._ports: dict[tuple[int, Address, str], _Ports] = {}
        for protocol in PROTOCOLS:
            self._of(ANY4, protocol)
            self._of(ANY6, protocol)

    def _of(self, address: Address, protocol: str) -> _Ports:
        return self._ports.setdefault((address.version, address, protocol), _Ports())

    def request(self, addresses: Sequence[Address], protocol: str, first: int, last: int) -> int:
        """One port free on all of `addresses`: `first` if it equals `last`, else the next one of the range."""
        wanted = [self._of(address, protocol) for address in addresses]
        watched = self._watched(addresses, protocol)
        if first and first == last:
            for address, ports in watched:
                if first in ports.taken:
                    raise EngineError(500, f"Bind for {address}:{first} failed: port is already allocated")
            chosen = first
        else:
            chosen = self._next(wanted, [ports for _, ports in watched], (first, last) if first else EPHEMERAL)
        for ports in wanted:
            ports.taken.add(chosen)
        return chosen

    def _watched(self, addresses: Sequence[Address], protocol: str) -> list[tuple[Address, _Ports]]:
        """Where the port must be free: the addresses; all of the family for an unspecified one, else that one too."""
        watched = [(address, self._of(address, protocol)) for address in addresses]
        for anywhere in (ANY4, ANY6):
            family = [address for address in addresses if address.version == anywhere.version]
            if not family:
                continue
            others = [
                (address, ports)
                for (version, address, proto), ports in self._ports.items()
                if version == anywhere.version and proto == protocol and (anywhere in family or address == anywhere)
            ]
            watched += [(address, ports) for address, ports in others if address not in family]
        return watched

    @staticmethod
    def _next(wanted: Sequence[_Ports], watched: Sequence[_Ports], limits: tuple[int, int]) -> int:
        own = [ports.range(*limits) for ports in wanted]
        first, last = limits
        candidate = own[0].latest
        for _ in range(first, last + 1):
            candidate = candidate + 1 if candidate < last else first
            if not any(candidate in ports.taken for ports in watched):
                for ports in own:
                    ports.latest = candidate
                return candidate
        raise EngineError(500, "all ports are allocated")

    def release(self, address: Address, protocol: str, port: int) -> None:
        self._of(address, protocol).taken.discard(port)


# --- mapping -------------------------------------------------------------------------------------------------------


class PortRules(Protocol):
    """What a network's firewall does about bindings."""

    def add_ports(self, bindings: Sequence[Binding]) -> None: ...
    def delete_ports(self, bindings: Sequence[Binding]) -> None: ...


class Listeners(Protocol):
    """Who holds the host's end of bindings (docker-proxy)."""

    def start(self, binding: Binding) -> None: ...
    def stop(self, binding: Binding) -> None: ...


@attrs.frozen(kw_only=True)
class Publisher:
    """How a network publishes: `binding` is its default host address, `routed` families open ports without NAT."""

    rules: PortRules
    binding: Address
    routed4: bool = False
    routed6: bool = False


class PortMapper:
    """Makes bindings on the host `network` and undoes them."""

    def __init__(self, network: Network, listeners: Listeners, *, userland_proxy: bool) -> None:
        self._network = network
        self._listeners = listeners
        self._proxy = userland_proxy
        self._allocator = PortAllocator()

    def add(
        self, requests: Sequence[Binding], addresses: tuple[Address | None, Address | None], publisher: Publisher,
        *, only_own_family: bool = False,
    ) -> list[Binding]:  # fmt: skip
        """Bind all of `requests` to the container's IPv4 and IPv6 `addresses`, or nothing.

        With `only_own_family`, host IPv6 is not proxied to an IPv4 container (another endpoint is its IPv6 gateway).
        """
        made: list[Binding] = []
        together: list[tuple[Binding, bool]] = []
        try:
            for index, request in enumerate(requests):
                if request.port.protocol not in PROTOCOLS:
                    raise EngineError(500, "unknown protocol")
                together += self._expand(request, addresses, publisher, only_own_family)
                if index + 1 < len(requests) and request.shares_port_with(requests[index + 1]):
                    continue
                made += self._bind(together, publisher.rules)
                together = []
        except EngineError:
            publisher.rules.delete_ports(made)
            self._release(made)
            raise
        self._listen(made, publisher)
        return made

    def _listen(self, bindings: Sequence[Binding], publisher: Publisher) -> None:
        """Hold the ports, all or none: the same one may have been asked for twice."""
        for index, binding in enumerate(bindings):
            if not binding.host_port:
                continue
            try:
                self._listeners.start(binding)
            except KernelError as error:
                words = go_words(error.errno)
                told = f"failed to bind host port for {binding}: {words}"
                if binding.port.protocol == "tcp":
                    told = f"failed to listen on TCP socket: {words}"
                for held in bindings[:index]:
                    self._listeners.stop(held)
                publisher.rules.delete_ports(bindings)
                self._release(bindings)
                raise EngineError(500, told) from None

    def remove(self, bindings: Sequence[Binding], publisher: Publisher) -> None:
        for binding in bindings:
            self._listeners.stop(binding)
        publisher.rules.delete_ports(bindings)
        self._release(bindings)

    def _release(self, bindings: Iterable[Binding]) -> None:
        for binding in bindings:
            if binding.host_port and binding.host is not None:
                self._allocator.release(binding.host, binding.port.protocol, binding.host_port)

    def _expand(
        self, request: Binding, addresses: tuple[Address | None, Address | None], publisher: Publisher, own: bool
    ) -> list[tuple[Binding, bool]]:
        """One per family that the request is about, and whether it goes without NAT."""
        address4, address6 = addresses
        if address6 is None and not own and self._proxy:
            address6 = address4
        found = []
        host4 = _host4(request.host, publisher)
        if address4 is not None and host4 is not None:
            found.append((attrs.evolve(request, host=host4, address=address4), publisher.routed4))
        host6 = _host6(request.host, publisher)
        if address6 is not None and host6 is not None:
            found.append((attrs.evolve(request, host=host6, address=address6), publisher.routed6))
        return found

    def _bind(self, wanted: Sequence[tuple[Binding, bool]], rules: PortRules) -> list[Binding]:
        if not wanted:
            return []
        exact = not wanted[0][0].is_range
        for attempt in range(_ATTEMPTS):
            try:
                return self._attempt(wanted, rules)
            except EngineError:
                if exact or attempt == _ATTEMPTS - 1:
                    raise
        return []

    def _attempt(self, wanted: Sequence[tuple[Binding, bool]], rules: PortRules) -> list[Binding]:
        like = wanted[0][0]
        addresses = [binding.host for binding, routed in wanted if not routed and binding.host is not None]
        port = 0
        if addresses:
            port = self._allocator.request(addresses, like.port.protocol, like.first, like.last)
        bindings = [attrs.evolve(binding, host_port=0 if routed else port) for binding, routed in wanted]
        try:
            for binding in bindings:
                if binding.host_port:
                    self._check(binding)
        except EngineError:
            self._release(bindings)
            raise
        rules.add_ports(bindings)
        return bindings

    def _check(self, binding: Binding) -> None:
        """What socket(2) and bind(2) would refuse."""
        if binding.port.protocol == "sctp":
            host = _bracketed(ANY4 if binding.host is None else binding.host)
            where = f"failed to listen on {host}:{binding.host_port}: protocol not supported"
            raise EngineError(
                500, f"error starting userland proxy: {where}" if self._proxy else "protocol not supported"
            )
        if words := self._refusal(binding):
            which = f"{binding.host_port} for" if binding.is_range else "for"
            raise EngineError(500, f"failed to bind host port {which} {binding}: {words}")

    def _refusal(self, binding: Binding) -> str | None:
        host = binding.host
        if host is None:
            return None
        if host not in (ANY4, ANY6) and not host.is_loopback and not self._is_local(host):
            return "cannot assign requested address"
        for socket in self._network.sockets():
            if socket.protocol != binding.port.protocol or socket.local_port != binding.host_port:
                continue
            listens = socket.state in ("LISTEN", "UNCONN")
            if listens and _same_family(socket.local, socket.dual_stack, host) and _overlap(socket.local, host):
                return "address already in use"
        return None

    def _is_local(self, host: Address) -> bool:
        return any(e.address == host and e.address.version == host.version for e in self._network.addresses())


def _same_family(local: Address, dual_stack: bool, host: Address) -> bool:
    return local.version == host.version or (dual_stack and local == ANY6)


def _overlap(local: Address, host: Address) -> bool:
    return int(local) == 0 or int(host) == 0 or local == host


def _host4(host: Address | None, publisher: Publisher) -> Address | None:
    """The host's IPv4 address to bind, None if the request (or the network's default) is about IPv6."""
    if host is None:
        host = publisher.binding
    if host.version == 6:
        return None
    return ANY4 if publisher.routed4 else host


def _host6(host: Address | None, publisher: Publisher) -> Address | None:
    if host is None:
        host = ANY6 if publisher.binding == ANY4 and publisher.binding.version == 4 else publisher.binding
    if host.version == 4:
        return None
    return ANY6 if publisher.routed6 else host


def as_map(bindings: Iterable[Binding], exposed: Iterable[Port]) -> dict[str, list[Json] | None]:
    """NetworkSettings.Ports: exposed ports without a binding are null; keys sorted as Go sorts them."""
    ports: dict[str, list[Json] | None] = {str(port): None for port in exposed}
    for binding in bindings:
        entries = ports.get(str(binding.port)) or []
        entries.append({"HostIp": str(binding.host), "HostPort": str(binding.host_port or "")})
        ports[str(binding.port)] = entries
    return dict(sorted(ports.items()))

"""Published ports on the host (libnetwork/drivers/bridge/port_mapping_linux.go of moby 28.5).

The kernel gives no order to "which address names the conflict": here the requested addresses are looked at first.

Not modelled: SCTP (as on a kernel without it), rootless mode.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

import attrs

from vnetsim.docker.libnetwork.portallocator import PortAllocator
from vnetsim.docker.libnetwork.portbinding import PortBinding, bracketed
from vnetsim.docker.nat import PROTOCOLS
from vnetsim.errors import EngineError, KernelError, go_errno
from vnetsim.process.network import Network
from vnetsim.values import frozen
from vnetsim.wire.inet import ANY4, ANY6, Address

_ATTEMPTS: Final = 10


class PortRules(Protocol):
    """The firewall of a network, as the port mapper uses it."""

    def add_ports(self, bindings: Sequence[PortBinding]) -> None: ...
    def delete_ports(self, bindings: Sequence[PortBinding]) -> None: ...


class Listeners(Protocol):
    """The listeners on host ports (docker-proxy)."""

    def start(self, binding: PortBinding) -> None: ...
    def stop(self, binding: PortBinding) -> None: ...


class PortDriver(Protocol):
    """Opens published ports outside the machine as well, as RootlessKit does for a rootless engine."""

    def add(self, protocol: str, host: Address, port: int) -> None:
        """KernelError(EADDRINUSE, EACCES ...) if the port cannot be opened there."""

    def remove(self, protocol: str, host: Address, port: int) -> None:
        """A port that is not open is left alone."""


#: Who answers to that: `machine.service(PORT_DRIVER)`, a PortDriver.
PORT_DRIVER: Final = "/run/rootlesskit/api.sock"


@frozen(kw_only=True)
class Publisher:
    """How a network publishes: `binding` is its default host address, `routed` families open ports without NAT."""

    rules: PortRules
    binding: Address
    routed4: bool = False
    routed6: bool = False


class PortMapper:
    """Makes bindings on the host `network` and undoes them; `driver` gives who opens ports outside, if anyone does."""

    def __init__(
        self, network: Network, listeners: Listeners, *, userland_proxy: bool,
        driver: Callable[[], PortDriver | None] = lambda: None,
    ) -> None:  # fmt: skip
        self._network, self._driver = network, driver
        self._listeners = listeners
        self._proxy = userland_proxy
        self._allocator = PortAllocator()

    def add(
        self,
        requests: Sequence[PortBinding],
        addresses: tuple[Address | None, Address | None],
        publisher: Publisher,
        *,
        only_own_family: bool = False,
    ) -> list[PortBinding]:
        """Bind all of `requests` to the container's IPv4 and IPv6 `addresses`, or nothing.

        With `only_own_family`, host IPv6 is not proxied to an IPv4 container (another endpoint is its IPv6 gateway).
        """
        made: list[PortBinding] = []
        together: list[tuple[PortBinding, bool]] = []
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

    def _listen(self, bindings: Sequence[PortBinding], publisher: Publisher) -> None:
        """Start listeners for all bindings or none: two of them may have the same port."""
        for index, binding in enumerate(bindings):
            if not binding.host_port:
                continue
            try:
                self._listeners.start(binding)
            except KernelError as error:
                reason = go_errno(error.errno)
                message = f"failed to bind host port for {binding}: {reason}"
                if binding.port.protocol == "tcp":
                    message = f"failed to listen on TCP socket: {reason}"
                for held in bindings[:index]:
                    self._listeners.stop(held)
                publisher.rules.delete_ports(bindings)
                self._release(bindings)
                raise EngineError(500, message) from None

    def remove(self, bindings: Sequence[PortBinding], publisher: Publisher) -> None:
        for binding in bindings:
            self._listeners.stop(binding)
        publisher.rules.delete_ports(bindings)
        self._release(bindings)

    def _release(self, bindings: Iterable[PortBinding]) -> None:
        for binding in bindings:
            if binding.host_port and binding.host is not None:
                if driver := self._driver():
                    driver.remove(binding.port.protocol, binding.host, binding.host_port)
                self._allocator.release(binding.host, binding.port.protocol, binding.host_port)

    def _expand(
        self, request: PortBinding, addresses: tuple[Address | None, Address | None], publisher: Publisher, own: bool
    ) -> list[tuple[PortBinding, bool]]:
        """A binding for each family of the request, and whether it is routed without NAT."""
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

    def _bind(self, wanted: Sequence[tuple[PortBinding, bool]], rules: PortRules) -> list[PortBinding]:
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

    def _attempt(self, wanted: Sequence[tuple[PortBinding, bool]], rules: PortRules) -> list[PortBinding]:
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

    def _check(self, binding: PortBinding) -> None:
        """EngineError for what socket(2) or bind(2) would refuse."""
        if binding.port.protocol == "sctp":
            host = bracketed(ANY4 if binding.host is None else binding.host)
            where = f"failed to listen on {host}:{binding.host_port}: protocol not supported"
            raise EngineError(
                500, f"error starting userland proxy: {where}" if self._proxy else "protocol not supported"
            )
        if reason := self._refusal(binding) or self._open(binding):
            which = f"{binding.host_port} for" if binding.is_range else "for"
            raise EngineError(500, f"failed to bind host port {which} {binding}: {reason}")

    def _refusal(self, binding: PortBinding) -> str | None:
        host = binding.host
        if host is None:
            return None
        if host not in (ANY4, ANY6) and not host.is_loopback and not self._is_local(host):
            return "cannot assign requested address"
        for socket in self._network.sockets(binding.host_port):
            if socket.protocol != binding.port.protocol:
                continue
            listens = socket.state in ("LISTEN", "UNCONN")
            if listens and _same_family(socket.local, socket.dual_stack, host) and _overlap(socket.local, host):
                return "address already in use"
        return None

    def _open(self, binding: PortBinding) -> str | None:
        """Open it outside the machine, if there is who does; why that is refused."""
        driver = self._driver()
        if driver is None or binding.host is None:
            return None
        try:
            driver.add(binding.port.protocol, binding.host, binding.host_port)
        except KernelError as error:
            return go_errno(error.errno)
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

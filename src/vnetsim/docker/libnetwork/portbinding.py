"""Port bindings (libnetwork/types.PortBinding), from a container's configuration and for its inspection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from vnetsim.docker.api.types import Json, JsonObject
from vnetsim.docker.gotypes import parse_int
from vnetsim.docker.nat import PROTOCOLS, ContainerPort
from vnetsim.errors import EngineError
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, parse_address

#: The protocols of types.ParseProtocol; another one is protocol 0.
_PARSED: Final = ("icmp", *PROTOCOLS)


def family_and_number(address: Address | None) -> tuple[int, int]:
    """How netip.Addr.Compare orders addresses; none first."""
    return (0, 0) if address is None else (address.version, int(address))


def bracketed(address: Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


@frozen(kw_only=True)
class PortBinding:
    """A requested binding (`first` to `last` is the range of host ports) or, with `host_port`, an existing one."""

    port: ContainerPort
    host: Address | None = attrs.field(default=None, eq=family_and_number)
    first: int = 0
    last: int = 0
    address: Address | None = attrs.field(default=None, eq=family_and_number)
    host_port: int = 0

    @property
    def is_range(self) -> bool:
        return self.first == 0 or self.first != self.last

    @property
    def order(self) -> tuple[object, ...]:
        """Exact host ports first; bindings that differ only in the host address follow each other."""
        return self.is_range, *self.port.rank, self.first, self.last, family_and_number(self.host)

    def shares_port_with(self, other: PortBinding) -> bool:
        return (self.port, self.first, self.last) == (other.port, other.first, other.last)

    def __str__(self) -> str:
        ports = f"{self.first}-{self.last}" if self.first and self.last != self.first else f"{self.first or ''}"
        host = f"{bracketed(self.host)}:{ports}:" if self.host is not None else f"{ports}:" if ports else ""
        address = f"{bracketed(self.address)}:" if self.address is not None else ""
        return f"{host}{address}{self.port}"


def exposed_ports(config: JsonObject) -> list[ContainerPort]:
    """Of a container's Config (`80` is `80/tcp`), by number, TCP first; a protocol unknown to libnetwork is 0."""
    ports = dict.fromkeys(ContainerPort.parse(text) for text in config.get("ExposedPorts") or {})
    known = [port if port.protocol in _PARSED else attrs.evolve(port, protocol="0") for port in ports]
    return sorted(known, key=lambda port: port.rank)


def requested_bindings(config: JsonObject, host_config: JsonObject) -> list[PortBinding]:
    """The bindings that `-p` and `-P` request of the driver."""
    published: Json = host_config.get("PortBindings") or {}
    wanted: dict[ContainerPort, list[Json]] = {
        ContainerPort.parse(text): bindings or [] for text, bindings in published.items()
    }
    requests = []
    for port in exposed_ports(config):
        for binding in wanted.get(port, ()):
            first, last = _port_range(binding.get("HostPort") or "")
            host = binding.get("HostIp") or ""
            requests.append(PortBinding(port=port, host=parse_address(host) if host else None, first=first, last=last))
        if host_config.get("PublishAllPorts") and not wanted.get(port):
            requests.append(PortBinding(port=port))
    return sorted(requests, key=lambda binding: binding.order)


def _port_range(text: str) -> tuple[int, int]:
    """`8080`, `8080-8090`, or nothing for any."""
    try:
        first, dash, last = text.partition("-")
        return (parse_int(first), parse_int(last) if dash else parse_int(first)) if text else (0, 0)
    except ValueError:
        raise EngineError(400, f'invalid port specification: "{text}"') from None


def as_map(bindings: Iterable[PortBinding], exposed: Iterable[ContainerPort]) -> dict[str, list[Json] | None]:
    """NetworkSettings.Ports: exposed ports without a binding are null; keys sorted as Go sorts them."""
    ports: dict[str, list[Json] | None] = {str(port): None for port in exposed}
    for binding in bindings:
        entries = ports.get(str(binding.port)) or []
        entries.append({"HostIp": str(binding.host), "HostPort": str(binding.host_port or "")})
        ports[str(binding.port)] = entries
    return dict(sorted(ports.items()))

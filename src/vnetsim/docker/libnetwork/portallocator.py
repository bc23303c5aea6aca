"""Allocation of host ports (libnetwork/portallocator of moby 28.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.docker.nat import PROTOCOLS
from vnetsim.errors import EngineError
from vnetsim.values import define
from vnetsim.wire.inet import ANY4, ANY6, Address

#: net.ipv4.ip_local_port_range
EPHEMERAL: Final = (32768, 60999)


@define
class _Range:
    """A requested range and the port after which the next search begins."""

    first: int
    last: int
    latest: int


@define
class _Ports:
    """The ports of one address and protocol."""

    taken: set[int] = attrs.field(factory=set)
    ranges: dict[tuple[int, int], _Range] = attrs.field(factory=dict)

    def range(self, first: int, last: int) -> _Range:
        return self.ranges.setdefault((first, last), _Range(first, last, last))


class PortAllocator:
    """Host ports in use by containers.  Ephemeral ones count up from 32768 and are not reused at once."""

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
        """Where the port must be free: the requested addresses, and the unspecified one or, for that, all others."""
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

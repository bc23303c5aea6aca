"""What there is to be reached: the ports with a listener."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from vnetsim.observations import SocketEntry
from vnetsim.reach.endpoints.endpoints import Endpoint, network_of
from vnetsim.reach.endpoints.probe import Probe

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: What ss calls a socket that takes what comes, by protocol.
_OPEN: Final = {"tcp": "LISTEN", "udp": "UNCONN"}
_EMBEDDED_DNS: Final = "127.0.0.11"


def listening(lab: BaseLab, endpoint: Endpoint) -> list[SocketEntry]:
    """The sockets that others than the machine itself can reach, by protocol and port."""
    return [entry for entry in sockets(lab, endpoint) if not entry.local.is_loopback]


def servers(lab: BaseLab, endpoint: Endpoint) -> list[Probe]:
    """The ports of all its sockets that take what comes, on loopback too, where a translation may lead.

    Without Docker's embedded DNS, which serves its own container only.
    """
    return list(dict.fromkeys(Probe(entry.protocol, entry.local_port) for entry in sockets(lab, endpoint)))


def sockets(lab: BaseLab, endpoint: Endpoint) -> list[SocketEntry]:
    """The sockets of `servers`."""
    network = network_of(lab, endpoint)
    return [] if network is None else _open(network.sockets())


def _open(entries: Iterable[SocketEntry]) -> list[SocketEntry]:
    found = [
        entry
        for entry in entries
        if _OPEN.get(entry.protocol) == entry.state and entry.local_port and str(entry.local) != _EMBEDDED_DNS
    ]
    return sorted(found, key=lambda entry: (entry.protocol, entry.local_port))

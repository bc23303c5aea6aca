"""What there is to be reached: the ports at which somebody listens, and those that the engine publishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from vnetsim.errors import EngineError
from vnetsim.observations import SocketEntry
from vnetsim.reach.endpoints import Endpoint, Probe, containers, network_of
from vnetsim.wire.inet import Address, parse_address

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: What ss calls a socket that takes what comes, by protocol.
_OPEN: dict[str, str] = {"tcp": "LISTEN", "udp": "UNCONN"}


@attrs.frozen
class Published:
    """A port of the host that leads to one of a container; `address` is 0.0.0.0 or :: for all of the host's."""

    address: Address
    probe: Probe
    container: str
    inside: Probe

    def __str__(self) -> str:
        return f"{self.container} {self.inside}"

    def covers(self, address: Address, probe: Probe) -> bool:
        return self.probe == probe and (
            self.address == address if self.address else self.address.version == address.version
        )


def listening(lab: Lab, endpoint: Endpoint) -> list[SocketEntry]:
    """The sockets that others than the machine itself can reach, by protocol and port."""
    network = network_of(lab, endpoint)
    if network is None:
        return []
    found = [
        entry
        for entry in network.sockets()
        if _OPEN.get(entry.protocol) == entry.state and entry.local_port and not entry.local.is_loopback
    ]
    return sorted(found, key=lambda entry: (entry.protocol, entry.local_port))


def published(lab: Lab) -> list[Published]:
    """The ports that the engine publishes for containers that run, oldest container first."""
    return [port for name in containers(lab) for port in _published(lab, name)]


def _published(lab: Lab, name: str) -> Iterator[Published]:
    try:
        ports = lab.docker.container_inspect(name)["NetworkSettings"]["Ports"] or {}
    except EngineError:
        return
    for inside, bindings in ports.items():
        number, _, protocol = inside.partition("/")
        for binding in bindings or ():
            if not int(binding["HostPort"] or 0):
                continue  # a routed network opens the port of the container, and none of the host
            yield Published(
                parse_address(binding["HostIp"] or "0.0.0.0"), Probe(protocol, int(binding["HostPort"])), name,
                Probe(protocol, int(number)),
            )  # fmt: skip


def probes_for(lab: Lab, endpoint: Endpoint, doors: list[Published]) -> list[Probe]:
    """An echo request, and each port at which it listens or, if it is the host, which is published."""
    found = dict.fromkeys([Probe()])
    found.update(dict.fromkeys(Probe(entry.protocol, entry.local_port) for entry in listening(lab, endpoint)))
    if endpoint.kind == "host":
        outside = (door for door in doors if not door.address.is_loopback)
        found.update(dict.fromkeys(door.probe for door in outside if door.probe.protocol in _OPEN))
    return list(found)

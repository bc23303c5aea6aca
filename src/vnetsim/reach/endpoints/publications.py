"""Ports that the engine publishes for containers that run, as it tells them (`docker port`).

Where packets to them go is another question (`vnetsim.reach.translation.translations`): this is what remedies are about
that bind a publication to an address or take it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnetsim.errors import EngineError
from vnetsim.reach.endpoints.endpoints import containers
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, parse_address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


@frozen
class Publication:
    """A port of the host that leads to one of a container; `address` is 0.0.0.0 or :: for all of the host's."""

    address: Address
    probe: Probe
    container: str
    inside: Probe


def publications(lab: BaseLab) -> list[Publication]:
    """Oldest container first."""
    return [each for name in containers(lab) for each in _of(lab, name)]


def _of(lab: BaseLab, name: str) -> Iterator[Publication]:
    try:
        ports = lab.docker.container_inspect(name)["NetworkSettings"]["Ports"] or {}
    except EngineError:
        return
    for inside, bindings in ports.items():
        number, _, protocol = inside.partition("/")
        for binding in bindings or ():
            if int(binding["HostPort"] or 0):  # a routed network opens the port of the container, and none of the host
                address = parse_address(binding["HostIp"] or "0.0.0.0")
                yield Publication(
                    address, Probe(protocol, int(binding["HostPort"])), name, Probe(protocol, int(number))
                )

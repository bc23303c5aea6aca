"""How a destination may be reached: by its name, by each of its addresses, by ports that are published for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from vnetsim.reach.asking import Asker, question_of
from vnetsim.reach.endpoints import Endpoint, Probe, Question, addresses_of
from vnetsim.reach.sweep import Shot
from vnetsim.wire.inet import LOOPBACK4, Address

if TYPE_CHECKING:
    from vnetsim.reach.services import Published


@attrs.frozen
class Way:
    """`target` is what a person would type: a name or an address; `shot` is what that comes to."""

    target: str
    shot: Shot

    @property
    def question(self) -> Question:
        asked = question_of(self.shot)
        if self.target == str(self.shot.address):
            return asked
        return attrs.evolve(asked, target=Endpoint("name", self.target))

    def __str__(self) -> str:
        return f"{self.shot.sender.short} -> {self.target} {self.shot.probe}"

    @property
    def command(self) -> str:
        """The command line that tries it."""
        sender, probe = self.shot.sender, self.shot.probe
        before = {"container": f"docker exec {sender.name} ", "host": ""}
        place = before.get(sender.kind, f"ip netns exec {sender.short} ")
        if probe.protocol == "icmp":
            return f"{place}ping -c 1 -W 5 {self.target}"
        return f"{place}nc -z {'-u ' if probe.protocol == 'udp' else ''}-w 5 {self.target} {probe.port}"


class Ways:
    """The ways in one lab; names mean what each sender's own resolver says."""

    def __init__(self, asker: Asker, pairs: Iterable[tuple[Endpoint, Endpoint]]) -> None:
        """Between these senders and destinations."""
        self._asker = asker
        self._senders = set(asker.senders)
        names: dict[Endpoint, list[str]] = {}
        for sender, destination in dict.fromkeys(pairs):
            if destination.kind == "container" and sender in self._senders:
                names.setdefault(sender, []).append(destination.name)
        told = asker.meanings(names)
        self._names: Mapping[tuple[Endpoint, str], Address] = {
            key: answer.addresses[0] for key, answer in told.items() if answer.addresses
        }

    def between(self, source: Endpoint, destination: Endpoint, probe: Probe) -> list[Way]:
        """In the order in which a person would try them; none to what does not run, or from what is paused."""
        return list(self._between(source, destination, probe)) if source in self._senders else []

    def _between(self, source: Endpoint, destination: Endpoint, probe: Probe) -> Iterator[Way]:
        address = self._names.get((source, destination.name)) if destination.kind == "container" else None
        if address is not None:
            yield Way(destination.name, Shot(source, address, probe))
        for each in addresses_of(self._asker.lab, destination, source):
            yield Way(str(each), Shot(source, each, probe))
        for door in self._asker.doors:
            if destination == Endpoint("container", door.container) and door.inside == probe:
                yield from self._through(door, source)

    def _through(self, door: Published, source: Endpoint) -> Iterator[Way]:
        """By the host's published port."""
        own = [LOOPBACK4] if source.kind == "host" else []
        for address in [*own, *addresses_of(self._asker.lab, Endpoint("host"), source)]:
            if door.covers(address, door.probe):
                yield Way(str(address), Shot(source, address, door.probe))

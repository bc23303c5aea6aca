"""A mutation, and the namespaces in which it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.observations import Link
from vnetsim.reach.endpoints.endpoints import namespaces
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.lab import Lab

REBOOT: Final = "reboot"
_BARE: Final = re.compile(r"[\w\s/.:,@%+=-]*")


@frozen
class Joining:
    """A container comes to a network; `leaves`: it is on no other one then."""

    container: str
    network: str
    leaves: bool = False


@frozen
class Mutation:
    """Command lines that belong together, typed one after the other.

    `wide`: packets are accepted whatever they are, which breaks a rule that forbids and shows nothing.
    """

    kind: str
    lines: tuple[str, ...]
    wide: bool = attrs.field(default=False, eq=False)
    joining: Joining | None = attrs.field(default=None, eq=False)

    def __str__(self) -> str:
        return "; ".join(self.lines)

    @property
    def reboots(self) -> bool:
        return REBOOT in self.lines

    def split(self) -> tuple[Mutation, ...]:
        """Each line as a mutation of its own."""
        return tuple(Mutation(self.kind, (line,)) for line in self.lines)


@frozen
class MutationNetns:
    """The host, or one of its named namespaces; `prefix` goes before a command that is typed there."""

    name: str | None

    @property
    def prefix(self) -> str:
        return "" if self.name is None else f"ip netns exec {self.name} "

    @property
    def ip(self) -> str:
        return "ip" if self.name is None else f"ip -n {self.name}"


def mutation_netns(lab: Lab) -> list[MutationNetns]:
    return [MutationNetns(None), *(MutationNetns(name) for name in namespaces(lab))]


def cables(lab: Lab, netns: MutationNetns) -> Iterator[Link]:
    """Devices whose names are given by people: the engine's veths are named otherwise each time."""
    links = lab.network(netns.name).links()
    bridges = {link.name for link in links if link.name.startswith("br-")} | {"docker0"}
    return (link for link in links if link.name != "lo" and link.name not in bridges and link.master not in bridges)


def forwards(lab: Lab, netns: MutationNetns, version: int = 4) -> bool:
    key = "net/ipv4/ip_forward" if version == 4 else "net/ipv6/conf/all/forwarding"
    return lab.network(netns.name).namespace.sysctls.read(key).strip() == "1"


def quoted(program: str, text: str) -> str:
    """A program and its arguments, quoted as one argument if the shell would interpret a character in them."""
    return f"{program} {text}" if _BARE.fullmatch(text) else f"{program} '" + text.replace("'", "'\\''") + "'"

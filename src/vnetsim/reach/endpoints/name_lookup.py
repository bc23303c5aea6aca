"""What names mean in a lab, by its engine and by the hosts files; and which networks a container is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.reach.endpoints.endpoints import Endpoint, containers, context_of, network_of
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


def container_exists(lab: BaseLab, name: str) -> bool:
    return lab.has_engine and any(f"/{name}" in entry["Names"] for entry in lab.docker.container_list(all=True))


def lookup(lab: BaseLab, alias: str) -> list[tuple[str, str]]:
    """The containers that have another name on a network, and the networks."""
    if not lab.has_engine:
        return []
    of = {name: lab.docker.container_inspect(name)["NetworkSettings"]["Networks"] for name in containers(lab)}
    return [
        (name, network)
        for name, networks in of.items()
        for network, settings in networks.items()
        if alias in (settings["Aliases"] or ()) and alias != name
    ]


def written(lab: BaseLab, end: Endpoint, name: str, address: Address) -> bool:
    """Whether /etc/hosts of an end has that address for a name."""
    files = context_of(lab, end).files
    text = files.read("/etc/hosts") if files.exists("/etc/hosts") else ""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return any(args[:1] == [str(address)] and name in args[1:] for args in lines)


def hosts_name(lab: BaseLab, end: Endpoint, name: str) -> bool:
    """Whether /etc/hosts of an end has a line for a name."""
    files = context_of(lab, end).files
    text = files.read("/etc/hosts") if files.exists("/etc/hosts") else ""
    return any(name in line.partition("#")[0].split()[1:] for line in text.splitlines())


def networks(lab: BaseLab, container: str) -> list[str]:
    """The Docker networks that a container is on."""
    return list(lab.docker.container_inspect(container)["NetworkSettings"]["Networks"])


def network_owner(lab: BaseLab, container: str) -> str:
    """The container whose network this one has: another one's with `--network container:NAME`, else its own."""
    mode = str(lab.docker.container_inspect(container)["HostConfig"]["NetworkMode"])
    identity = mode.removeprefix("container:")
    if identity == mode:
        return container
    return next((n for n in containers(lab) if lab.docker.container_inspect(n)["Id"] == identity), container)


def left_behind(lab: BaseLab) -> list[tuple[str, str]]:
    """Running containers that joined the network of another, and what they joined ended with a run of that one.

    The engine opens the namespace that the other has at that time (`--network container:NAME`), once.
    """
    pairs = [(name, network_owner(lab, name)) for name in containers(lab)]
    of = {name: network_of(lab, Endpoint("container", name)) for pair in pairs for name in pair}
    return [pair for pair in pairs if of[pair[0]] is not None and of[pair[0]] is not of[pair[1]]]


def linked(lab: BaseLab, alias: str) -> list[str]:
    """The containers that others call so by a link."""
    if not lab.has_engine:
        return []
    links = [
        link for name in containers(lab) for link in lab.docker.container_inspect(name)["HostConfig"]["Links"] or ()
    ]
    pairs = (link.partition(":") for link in links)
    return list(dict.fromkeys(other.rpartition("/")[2] for other, _, name in pairs if name.rpartition("/")[2] == alias))

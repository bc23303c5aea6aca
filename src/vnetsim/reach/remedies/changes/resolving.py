"""Proposals about the name servers of a container: others with --dns, or for the whole engine in daemon.json.

A container queries the servers of its --dns; without, those of the engine's configuration; without, those of the host's
/etc/resolv.conf that are not its loopback addresses; without, Google's (libnetwork/resolvconf).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import KernelError
from vnetsim.reach.endpoints.endpoints import Endpoint, containers, state_of
from vnetsim.reach.endpoints.name_lookup import container_exists, network_owner
from vnetsim.reach.endpoints.netns import listeners, quoted
from vnetsim.reach.remedies.changes.remade import again
from vnetsim.reach.remedies.changes.situation import Change, Situation

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

_DOMAIN: Final = 53
_DIRECTORY: Final = "/etc/docker"
_CONFIGURATION: Final = f"{_DIRECTORY}/daemon.json"
#: How many name servers of the lab are tried.
_MOST: Final = 2


def servers(situation: Situation) -> Iterator[Change]:
    """A name that no container has: a container queries servers that know it, where there are any."""
    sender, name = situation.question.sender, situation.question.target.name
    if (
        situation.code != DropReason.NAME_NOT_RESOLVED.code
        or sender.kind != "container"
        or container_exists(situation.lab, name)
    ):
        return
    asker = network_owner(situation.lab, sender.name)
    configured = situation.lab.docker.container_inspect(asker)["HostConfig"]["Dns"]
    if configured:
        message = f"make {asker} without --dns {' '.join(configured)}, so that it asks the servers of the host"
        yield Change(again(situation, asker, config={"Dns": []}), message)
    for server in list(_known(situation))[:_MOST]:
        if [server] == configured:
            continue
        yield Change(again(situation, asker, config={"Dns": [server]}), f"make {asker} with --dns {server}")
        if not configured:
            yield from _for_all(situation, server)


def _known(situation: Situation) -> Iterator[str]:
    """Addresses at which others than the engine answer questions for names."""
    for netns in situation.namespaces:
        if netns.endpoint == situation.question.sender:
            continue
        for entry in listeners(netns):
            if (entry.protocol, entry.local_port) == ("udp", _DOMAIN) and entry.local.version == 4:
                own = [each.address for each in netns.addresses(4)]
                heard = own if not int(entry.local) else [each for each in own if each == entry.local]
                yield from map(str, heard[:1])


def _for_all(situation: Situation, server: str) -> Iterator[Change]:
    """The engine reads its configuration when it starts; what does not start again by itself is started."""
    configuration = _configuration(situation.lab)
    if configuration is None:
        return
    text = json.dumps({**configuration, "dns": [server]})
    lab = situation.lab
    running = [each for each in containers(lab) if state_of(lab, Endpoint("container", each)) == "running"]
    start = (quoted("docker", "start", *running),) if running else ()
    lines = (f"mkdir -p {_DIRECTORY}", f"echo '{text}' > {_CONFIGURATION}", "systemctl restart docker", *start)
    yield Change(lines, f"let all containers ask {server}, by daemon.json")


def _configuration(lab: BaseLab) -> dict[str, Any] | None:
    """The content of daemon.json; None if it is not to be rewritten (no JSON, or quotes in it)."""
    files = lab.machine.host.files
    try:
        text = files.read(_CONFIGURATION) if files.exists(_CONFIGURATION) else "{}"
        found = json.loads(text)
    except (KernelError, ValueError):
        return None
    return found if isinstance(found, dict) and "'" not in text else None

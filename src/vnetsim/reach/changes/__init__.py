"""Changes that might turn a verdict: each module looks at a diagnosis and proposes commands, the likeliest first.

Nothing here decides anything: what is proposed is made on a copy of the lab, and the question is asked again.
"""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.reach.changes import addresses, containers, filtering, links, memory, routing, servers, stopping
from vnetsim.reach.changes.situation import Change as Change
from vnetsim.reach.changes.situation import Situation as Situation

_HEALING = (
    containers.starting, containers.hosts_files, servers.listening, servers.elsewhere,
    memory.entries, filtering.rules, links.devices, links.neighbours, routing.settings,
    filtering.hairpins, filtering.retargeted, filtering.translations, filtering.translation,
    containers.networks, addresses.fixes, routing.routes, containers.publishing,
    filtering.exceptions, addresses.ways_around, links.sizes, containers.names, servers.others,
)  # fmt: skip


def healing(situation: Situation) -> Iterator[Change]:
    """Changes after which it might arrive."""
    for proposer in _HEALING:
        yield from proposer(situation)


def preventing(situation: Situation) -> Iterator[Change]:
    """Changes after which it might not arrive any more."""
    yield from stopping.walls(situation)

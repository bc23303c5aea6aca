"""Changes that might turn a verdict: each module looks at a diagnosis and proposes commands, the likeliest first.

Nothing here decides anything: what is proposed is made on a copy of the lab, and probed again.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import attrs

from vnetsim.reach.remedies.changes import memory, names, networks, stopping
from vnetsim.reach.remedies.changes.situation import Change, Situation

Proposer = Callable[[Situation], Iterator[Change]]

#: Functions of the modules in `changes/`, in the order in which they propose.
_HEALING: Final = """
    containers.starting servers.in_containers names.hosts_files servers.outside_of_vrfs servers.listening
    servers.elsewhere
    nat.for_others nat.to_loopback neighbours.entries neighbours.proxies tunnels.entries filtering.rules
    filters.tc links.devices uplinks.by_source cards.tables routing.settings bridged.hairpins nat.hairpins
    nat.retargeted nat.translations nat.masquerades nat.translation networks.gateways networks.ipv6
    networks.subnets networks.routed containers.networks addresses.fixes routing.routes containers.publishing
    filtering.exceptions allowances.translated bridged.unfiltered addresses.bypasses sizes.sizes
    names.names resolving.servers servers.others
"""
#: Those that work around a wrong setup of a network: by rules on the host or in a container, or by another network.
_AROUND: Final = frozenset(
    ("routing.routes", "nat.masquerades", "nat.translation", "uplinks.by_source", "containers.networks")
)


@cache
def _proposer(name: str) -> Proposer:
    module, _, function = name.partition(".")
    found: Proposer = getattr(importlib.import_module(f"vnetsim.reach.remedies.changes.{module}"), function)
    return found


def healing(situation: Situation) -> Iterator[Change]:
    """Changes after which it might arrive.

    What is translated as it was when its flow began is not mended by other routes or rules.
    """
    forgotten = list(memory.entries(situation))
    yield from forgotten
    context = networks.are_amiss(situation)
    for name in _HEALING.split():
        makeshift = bool(forgotten) or (context and name in _AROUND)
        for change in _proposer(name)(situation):
            yield attrs.evolve(change, makeshift=True) if makeshift else change


def preventing(situation: Situation) -> Iterator[Change]:
    """Changes after which it might not arrive any more."""
    yield from names.own_names(situation)
    yield from stopping.walls(situation)

"""Mutations of cables and of the machine as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnetsim.reach.exploration.mutations.mutation import REBOOT, Mutation, MutationNetns, cables, mutation_netns

if TYPE_CHECKING:
    from vnetsim.lab import Lab


def link(lab: Lab) -> Iterator[Mutation]:
    for netns in mutation_netns(lab):
        for each in cables(lab, netns):
            state = "down" if "UP" in each.flags else "up"
            yield Mutation("link", (f"{netns.ip} link set {each.name} {state}",))


def loss(lab: Lab) -> Iterator[Mutation]:
    for netns in mutation_netns(lab):
        lossy = {qdisc.device for qdisc in lab.network(netns.name).qdiscs() if qdisc.kind == "netem"}
        for each in cables(lab, netns):
            if each.name in lossy:
                yield Mutation("loss", (f"{netns.prefix}tc qdisc del dev {each.name} root",))
            elif "netem" not in lab.machine.kernel.missing_modules:
                yield Mutation("loss", (f"{netns.prefix}tc qdisc add dev {each.name} root netem loss 100%",))


def reboot(lab: Lab) -> Iterator[Mutation]:
    """Of a host that has an engine or an address: of one that only holds the other machines nothing is lost."""
    if lab.machine.knows(REBOOT, lab.machine.host) and (lab.has_engine or _is_addressed(lab)):
        yield Mutation("reboot", (REBOOT,))


def _is_addressed(lab: Lab) -> bool:
    found = lab.network(MutationNetns(None).name).addresses()
    return any(entry.device != "lo" and not getattr(entry.address, "is_link_local", False) for entry in found)

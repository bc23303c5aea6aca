"""Proposals for who has several uplinks: answers leave by the one by which the question came.

Routes are chosen by the destination; that an answer leaves by the uplink whose address it has takes a rule for its
source and a table of its own (ip-rule(8); Linux Advanced Routing & Traffic Control HOWTO, 4.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.walks.crossing import Crossing, crossings
from vnetsim.trace import Routed
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, Prefix

#: Tables below have names in /etc/iproute2/rt_tables, or are in common use.
_FIRST_TABLE: Final = 100


@frozen
class Uplink:
    """The one by which a question came: the answer's source, the network that it is in, and the router there."""

    netns: LabNetns
    device: str
    source: Address
    network: Prefix
    gateway: Address


def by_source(situation: Situation) -> Iterator[Change]:
    """A routing table for the uplink by which the question came."""
    for uplink in request_uplinks(situation):
        netns, family = uplink.netns, "-6 " if uplink.source.version == 6 else ""
        table = free_table(netns, uplink.source.version)
        lines = (
            f"ip {family}route add {uplink.network} dev {uplink.device} src {uplink.source} table {table}",
            f"ip {family}route add default via {uplink.gateway} dev {uplink.device} table {table}",
            f"ip {family}rule add from {uplink.source} lookup {table}",
        )
        text = f"let {netns.label} answer from {uplink.source} by {uplink.device} and its router {uplink.gateway}"
        yield Change(tuple(map(netns.command, lines)), text)


def request_uplinks(situation: Situation) -> Iterator[Uplink]:
    """The uplink of a question whose answer left by another one and was lost."""
    if situation.diagnosis.packet != "reply":
        return
    found = crossings(situation.namespaces, situation.diagnosis.verdict)
    for before, crossing in pairwise(found):
        out, device, netns = _answered_by(situation, crossing), crossing.in_device, crossing.netns
        if not crossing.is_delivered or not out or out == device or netns.is_outside:
            continue
        for entry in netns.addresses(crossing.came.source.version):
            network = Prefix.of(entry.address, entry.length)
            gateway = _in(network, before.netns)
            has_it = (entry.address, entry.device) == (crossing.came.destination, device)
            if has_it and gateway is not None and crossing.came.source not in network:
                yield Uplink(netns, device, entry.address, network, gateway)


def _answered_by(situation: Situation, crossing: Crossing) -> str:
    """The device by which the answer was routed; "" where a container answered, or no host."""
    verdict = situation.diagnosis.verdict
    for made in verdict.replies() if crossing.netns.endpoint.kind != "container" else ():
        for event in verdict.journey(made.packet):
            if isinstance(event, Routed) and event.namespace == crossing.netns.label and " dev " in event.text:
                return event.text.partition(" dev ")[2].split()[0]
    return ""


def _in(network: Prefix, netns: LabNetns) -> Address | None:
    """The address that a namespace has in a network."""
    found = netns.addresses(network.version)
    return next((entry.address for entry in found if entry.address in network), None)


def free_table(netns: LabNetns, version: int) -> int:
    """The first unused routing table."""
    used = {rule.table for rule in netns.network.routing_rules(version)}
    used |= {route.table for route in netns.network.routes(version, None)}
    return next(number for number in range(_FIRST_TABLE, _FIRST_TABLE + len(used) + 1) if number not in used)

"""Proposals for the opposite: what would keep a packet out that arrives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vnetsim.reach.called import networks
from vnetsim.reach.changes.filtering import matching, program_for
from vnetsim.reach.changes.situation import Change, Situation
from vnetsim.reach.places import Place
from vnetsim.reach.walk import arrival, ip_packet
from vnetsim.trace import Received, Transmitted
from vnetsim.wire.inet import Address


def walls(situation: Situation) -> Iterator[Change]:
    """A rule where it is forwarded, a rule where it arrives, no network in common."""
    for place, source, packet in _forwarded(situation):
        docker = situation.lab.has_engine and place.endpoint.kind == "host"
        chain = "DOCKER-USER" if docker else "FORWARD"
        command = f"{program_for(packet)} -I {chain} {matching(packet, source)} -j DROP"
        yield Change((place.command(command),), f"drop this traffic where {place.label} forwards it")
    arrived = arrival(situation.diagnosis.verdict)
    there = None if arrived is None else situation.places.find(arrived.namespace)
    for chain, end in (("OUTPUT", situation.sender), ("INPUT", there)):
        packet = situation.packet()
        if end is not None and packet is not None and (chain == "INPUT" or end.endpoint.kind == "host"):
            command = f"{program_for(packet)} -I {chain} {matching(packet)} -j DROP"
            yield Change((end.command(command),), f"drop this traffic in {chain} of {end.label}")
    yield from _disconnected(situation)


def _forwarded(situation: Situation) -> Iterator[tuple[Place, Address, Any]]:
    """Where the request came in and went out again: its source as it came (before SNAT), and itself as it left."""
    events = situation.diagnosis.verdict.journey(situation.diagnosis.verdict.request or 0)
    for place in situation.way:
        inside = [event for event in events if event.namespace == place.label]
        came = [packet for event in inside if isinstance(event, Received) and (packet := ip_packet(event))]
        left = [packet for event in inside if isinstance(event, Transmitted) and (packet := ip_packet(event))]
        if came and left and place is not situation.sender:
            yield place, came[0].source, left[-1]


def _disconnected(situation: Situation) -> Iterator[Change]:
    sender, target = situation.question.sender, situation.question.target
    if sender.kind != "container" or target.kind != "container":
        return
    for network in networks(situation.lab, target.name):
        if network in networks(situation.lab, sender.name):
            command = f"docker network disconnect {network} {target.name}"
            yield Change((command,), f"take {target.name} off the network {network}")

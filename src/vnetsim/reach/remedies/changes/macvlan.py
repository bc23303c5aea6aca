"""Proposals about devices that share a card: their modes, and a device of the host's own beside them.

The card and those upon it do not reach each other (Documentation/networking/ipvlan.rst, ip-link(8) about macvlan).
"""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.observations import Link
from vnetsim.reach.diagnosis.shared_cards import sharing
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.wire.inet import Address, Prefix


def modes(situation: Situation) -> Iterator[Change]:
    """macvlan devices hear each other in the mode bridge; ipvlan devices unless they are private."""
    lines, names = [], []
    for netns, link, _, _ in sharing(situation.namespaces):
        if link.kind == "macvlan" and link.details.get("mode") != "bridge" and netns in situation.path:
            lines.append(netns.command(f"ip link set {link.name} type macvlan mode bridge"))
            names.append(f"{link.name} of {netns.label}")
        elif link.kind == "ipvlan" and (link.details.get("private") or link.details.get("vepa")):
            lines.append(netns.command(f"ip link set {link.name} type ipvlan bridge"))
            names.append(f"{link.name} of {netns.label}")
    yield from _shims(situation)
    if lines:
        yield Change(tuple(lines), f"set {' and '.join(names)} to the mode bridge")


def _shims(situation: Situation) -> Iterator[Change]:
    """A device of its own upon the card, by which the host reaches the other devices upon it, and they reach the host.

    The host answers there for all of its addresses: the destination of the question stays.
    """
    towards, sender = situation.towards, situation.sender
    if towards is None:
        return
    for netns, link, below_netns, below in sharing(situation.namespaces):
        for entry in netns.addresses(towards.version) if below_netns is not netns else ():
            free = situation.namespaces.free_address(Prefix.of(entry.address, entry.length), last=True)
            if entry.device != link.name or free is None:
                continue
            lines = _shim(below_netns, below, link, free, entry.address)
            gives = f"give {below_netns.label} a device of its own upon {below.name}"
            if below_netns is situation.spot and entry.address == towards:
                yield Change(lines, f"{gives}, to reach {towards} by it")
            elif netns is sender and below_netns.has(towards):
                yield Change(lines, f"{gives}, which answers {netns.label}")


def _shim(netns: LabNetns, below: Link, beside: Link, own: Address, other: Address) -> tuple[str, ...]:
    lines = (
        f"ip link add shim0 link {below.name} type {beside.kind} mode {beside.details.get('mode', 'bridge')}",
        f"ip address add {own}/{own.bits} dev shim0",
        "ip link set shim0 up",
        f"ip route replace {other}/{other.bits} dev shim0",
    )
    return tuple(map(netns.command, lines))

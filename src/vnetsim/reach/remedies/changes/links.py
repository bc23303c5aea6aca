"""Proposals about devices: up, in the right namespace, on the right bridge, with ARP, long enough."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vnetsim.dropreason import DropReason
from vnetsim.observations import Link
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes import duplicates, macvlan, tunnels
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.trace import Dropped
from vnetsim.wire.inet import Prefix
from vnetsim.wire.mac import Mac

#: Reasons that have to do with frames and links.
_LINK_CODES: Final = frozenset((
    "DEV_READY", "NO_CARRIER", "NEIGH_FAILED", "OTHERHOST", "NO_TX_TARGET", "UNHANDLED_PROTO", "NO_ADDRESS",
    "IP_OUTNOROUTES", "IP_INNOROUTES", "BRIDGE_INGRESS_STP_STATE", "BRIDGE_PORT_POLICY", "BRIDGE_VLAN",
    "NO_SOURCE_ADDRESS", "DUPLICATE_ADDRESS", "ROUTE_UNREACHABLE", "NOT_SPECIFIED", "LINK_LOSS", "NO_SOCKET",
))  # fmt: skip


def devices(situation: Situation) -> Iterator[Change]:
    """What is down is set up, what has no ARP gets it, what is no port becomes one."""
    if situation.code not in _LINK_CODES or situation.is_closed:
        return
    namespaces = list(dict.fromkeys([*situation.path, *situation.namespaces]))
    for netns in namespaces:
        for link in netns.network.links():
            if "UP" not in link.flags and (link.link_type != "loopback" or netns in situation.path):
                yield Change((netns.command(f"ip link set {link.name} up"),), f"set {link.name} of {netns.label} up")
            if "NOARP" in link.flags and link.kind in ("veth", "bridge", "vlan", "macvlan"):
                text = f"let {link.name} of {netns.label} speak ARP"
                yield Change((netns.command(f"ip link set {link.name} arp on"),), text)
    yield from _noise(situation)
    for netns in namespaces:
        yield from _ports(situation, netns)
    yield from _flags(situation)
    yield from _memberships(situation)
    yield from _vlans(situation, namespaces)
    yield from tunnels.anew(situation, namespaces)
    yield from macvlan.modes(situation)
    yield from _twins(namespaces)
    yield from _moves(situation, namespaces)


def _noise(situation: Situation) -> Iterator[Change]:
    """netem loses what it is configured to lose, and a spanning tree takes its time."""
    event = _lost(situation)
    netns = None if event is None else situation.namespaces.find(event.namespace)
    if event is None or netns is None:
        return
    if event.reason is DropReason.LINK_LOSS:
        yield Change((netns.command(f"tc qdisc del dev {event.device} root"),), f"no netem on {event.device}")
    elif event.reason is DropReason.BRIDGE_INGRESS_STP_STATE and event.detail in ("listening", "learning"):
        yield Change(("sleep 60",), f"wait until {event.device} forwards: twice the forward delay of its bridge")


def _lost(situation: Situation) -> Dropped | None:
    """What ended the packet, or the question for its next hop."""
    found = situation.diagnosis.resolution
    if found is not None and found.lost is not None:
        return found.lost.event
    return None if situation.loss is None else situation.loss.event


def _twins(namespaces: list[LabNetns]) -> Iterator[Change]:
    """Two cards with one address."""
    cards = [
        (netns, link) for netns in namespaces for link in netns.links() if link.kind in ("veth", "macvlan", "dummy")
    ]
    taken = {link.mac for _, link in cards}
    for number, (netns, link) in enumerate(cards):
        if any(link.mac == other.mac and link.mac is not None for _, other in cards[:number]):
            command = f"ip link set {link.name} address {duplicates.free_mac(Mac(int(link.mac or 0)), taken)}"
            yield Change((netns.command(command),), f"{link.name} of {netns.label} has a MAC address of its own")


def _ports(situation: Situation, netns: LabNetns) -> Iterator[Change]:
    """A device whose other end is in a namespace that takes part, and which belongs to no bridge of this one."""
    bridges = [link.name for link in netns.links() if link.kind == "bridge"]
    peers = _peers(situation)
    for link in netns.links():
        if link.kind not in ("veth", "vlan") or link.master is not None or not bridges:
            continue
        if any(entry.device == link.name for entry in netns.addresses()):
            continue
        if link.kind == "veth" and peers.get((netns.label, link.name)) is None:
            continue
        for bridge in bridges:
            command = f"ip link set {link.name} master {bridge}"
            yield Change((netns.command(command),), f"make {link.name} a port of {bridge}")
    for link in netns.links():
        for bridge in bridges:
            if link.master is not None and link.master != bridge and link.kind == "veth":
                command = f"ip link set {link.name} master {bridge}"
                yield Change((netns.command(command),), f"move the port {link.name} from {link.master} to {bridge}")


def _peers(situation: Situation) -> dict[tuple[str, str], LabNetns]:
    """Which namespace the other end of a cable is in, by namespace and device."""
    found: dict[tuple[str, str], LabNetns] = {}
    ends = [(netns, link) for netns in situation.namespaces for link in netns.links() if link.kind == "veth"]
    for netns, link in ends:
        for other, far in ends:
            if (other, far) != (netns, link) and _are_ends(link, far):
                found[(netns.label, link.name)] = other
    return found


def far_ends(situation: Situation, netns: LabNetns, device: str) -> Iterator[tuple[LabNetns, Link]]:
    """What is at the other end of a cable: the device itself, or the bridge whose port it is."""
    near = netns.link(device)
    for other in situation.namespaces:
        for link in other.links():
            if near is not None and (other, link) != (netns, near) and link.kind == "veth" and _are_ends(near, link):
                bridge = other.link(link.master) if link.master is not None else None
                yield other, bridge or link


def _are_ends(one: Link, other: Link) -> bool:
    return one.peer_index == other.index and other.peer_index == one.index


def _flags(situation: Situation) -> Iterator[Change]:
    """A port flag that forbids it."""
    event = _lost(situation)
    netns = None if event is None else situation.namespaces.find(event.namespace)
    if event is None or event.reason is not DropReason.BRIDGE_PORT_POLICY or netns is None:
        return
    if event.detail.endswith("flood off"):
        flag = event.detail.split()[0]
        command = f"bridge link set dev {event.device} {flag} on"
        yield Change((netns.command(command),), f"{event.device} is sent what is flooded ({flag} on)")
        return
    flag = "isolated" if "isolated" in event.detail else "locked"
    command = f"bridge link set dev {event.device} {flag} off"
    yield Change((netns.command(command),), f"{event.device} is no {flag} port any more")


def _memberships(situation: Situation) -> Iterator[Change]:
    """A port that the VLAN of the frame is one of: with its tag, or without."""
    for event in situation.diagnosis.verdict.events:
        netns = situation.namespaces.find(event.namespace)
        if not isinstance(event, Dropped) or event.reason is not DropReason.BRIDGE_VLAN or netns is None:
            continue
        found = re.match(r"VLAN (\d+) ", event.detail)
        vlan, itself = found[1] if found else "1", " self" if event.detail.endswith(" itself") else ""
        for flags in ("", " pvid untagged"):
            command = f"bridge vlan add dev {event.device} vid {vlan}{flags}{itself}"
            yield Change((netns.command(command),), f"{event.device} is in VLAN {vlan}{flags and ', without tags'}")


def _vlans(situation: Situation, namespaces: list[LabNetns]) -> Iterator[Change]:
    """A VLAN device with the id that the other side has."""
    ids = [
        (netns, link, link.details.get("id")) for netns in namespaces for link in netns.links() if link.kind == "vlan"
    ]
    for netns, link, number in ids:
        if netns not in situation.path:
            continue
        for wanted in dict.fromkeys(other for owner, _, other in ids if owner is not netns and other != number):
            lower = link.peer_name
            if lower is None or wanted is None:
                continue
            name = f"{lower}.{wanted}"
            entries = [entry for entry in netns.addresses() if entry.device == link.name]
            lines = [
                f"ip link delete {link.name}",
                f"ip link add link {lower} name {name} type vlan id {wanted}",
                *(f"ip address add {entry.address}/{entry.length} dev {name}" for entry in entries),
                *([f"ip link set {name} master {link.master}"] if link.master else []),
                f"ip link set {name} up",
            ]
            text = f"{netns.label} speaks VLAN {wanted} on {lower}, as the other side does, instead of {number}"
            yield Change(tuple(netns.command(line) for line in lines), text)


def _moves(situation: Situation, namespaces: list[LabNetns]) -> Iterator[Change]:
    """A device without an address in a namespace that takes no part belongs into the one that has no device."""
    bare = [netns for netns in (situation.target, situation.sender) if netns is not None and not netns.links()]
    for netns in bare:
        other_end = situation.sender if netns is situation.target else situation.target
        for other in namespaces:
            if other is netns or other is other_end or other.endpoint.kind != "netns":
                continue
            for link in other.links():
                if link.kind == "veth" and not any(entry.device == link.name for entry in other.addresses()):
                    yield from _move(situation, link, other, netns)


def _move(situation: Situation, link: Link, other: LabNetns, netns: LabNetns) -> Iterator[Change]:
    name = netns.endpoint.name or netns.endpoint.kind
    wanted = situation.question.target.address if netns is situation.target else None
    for far in situation.namespaces:
        for entry in far.addresses():
            prefix = Prefix.of(entry.address, entry.length)
            address = wanted if wanted is not None and wanted in prefix else situation.namespaces.free_address(prefix)
            if address is None or far is netns:
                continue
            lines = (
                other.command(f"ip link set {link.name} netns {name}"),
                netns.command(f"ip address add {address}/{entry.length} dev {link.name}"),
                netns.command(f"ip link set {link.name} up"),
            )
            text = f"move {link.name} from {other.label} to {netns.label}, with an address"
            yield Change(lines, text)

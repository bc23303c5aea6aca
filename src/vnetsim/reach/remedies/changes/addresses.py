"""Proposals about addresses: one where there is none, a wider network, one that is not in use twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.observations import AddressEntry
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes import duplicates
from vnetsim.reach.remedies.changes.links import far_ends
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.wire.inet import Address, Prefix

_CODES: Final = frozenset((
    "IP_INNOROUTES", "IP_OUTNOROUTES", "ROUTE_UNREACHABLE", "NEIGH_FAILED", "NO_ADDRESS", "DUPLICATE_ADDRESS",
    "NO_SOCKET", "NO_SOURCE_ADDRESS", "IP_RPFILTER", "OTHERHOST", "IP_INVALID_SOURCE", "NETFILTER_DROP",
))  # fmt: skip


def fixes(situation: Situation) -> Iterator[Change]:
    """Networks of different width, addresses that two have."""
    if situation.code not in _CODES:
        return
    yield from duplicates.addresses(situation)
    yield from _on_ports(situation)
    yield from _widths(situation)
    yield from _gateways(situation)


def _on_ports(situation: Situation) -> Iterator[Change]:
    """An address of a bridge's port, which hears nothing: it belongs to the bridge."""
    for netns in situation.path:
        for entry in netns.addresses():
            link = netns.link(entry.device)
            if link is not None and link.master is not None:
                lines = (
                    netns.command(f"ip address del {entry.address}/{entry.length} dev {entry.device}"),
                    netns.command(f"ip address add {entry.address}/{entry.length} dev {link.master}"),
                )
                yield Change(lines, f"{entry.address} of {netns.label} is an address of {link.master}, not of its port")


def _gateways(situation: Situation) -> Iterator[Change]:
    """A gateway address that is not in use, though there is a host at the other end of its cable."""
    taken = situation.namespaces.taken()
    found = situation.diagnosis.resolution
    asker = None if found is None else situation.namespaces.find(found.namespace)
    if found is not None and asker is not None and found.hop == situation.towards and found.hop not in taken:
        for far, link in far_ends(situation, asker, found.device):
            length = _length_at(asker, found.hop)
            if length and far.endpoint.kind == "netns":
                nodad = " nodad" if found.hop.version == 6 else ""
                command = far.command(f"ip address add {found.hop}/{length} dev {link.name}{nodad}")
                yield Change((command,), f"{far.label} has {found.hop} on {link.name}", makeshift=True)
    for netns in situation.path:
        for route in (*netns.network.routes(4), *netns.network.routes(6)):
            for hop in route.hops:
                if hop.via is None or hop.via in taken or hop.device is None:
                    continue
                length = _length_at(netns, hop.via)
                for far, link in far_ends(situation, netns, hop.device) if length else ():
                    if _length_at(far, hop.via):
                        continue  # it is there, by another address
                    command = far.command(f"ip address add {hop.via}/{length} dev {link.name}")
                    text = f"{far.label} has {hop.via} on {link.name}, where {netns.label} looks for it"
                    yield Change((command,), text)


def _length_at(netns: LabNetns, address: Address) -> int:
    """The length of the network in which a namespace has an address and looks for another; 0 for none."""
    found = netns.addresses(address.version)
    return next((entry.length for entry in found if address in Prefix.of(entry.address, entry.length)), 0)


def _widths(situation: Situation) -> Iterator[Change]:
    """The mask that the other side has, where the networks overlap and their lengths differ."""
    ends = [netns for netns in (situation.spot, situation.target, situation.sender) if netns is not None]
    for netns in dict.fromkeys(ends):
        for entry in netns.addresses():
            for length in _other_widths(situation, netns, entry):
                command = f"ip address add {entry.address}/{length} dev {entry.device}"
                text = f"{entry.address} of {netns.label} is in the network of /{length}, as the other side has it"
                yield Change((netns.command(command),), text)


def _other_widths(situation: Situation, netns: LabNetns, entry: AddressEntry) -> list[int]:
    own = Prefix.of(entry.address, entry.length)
    found = [
        other.length
        for far in situation.namespaces
        if far is not netns
        for other in far.addresses(entry.address.version)
        if other.length != entry.length and Prefix.of(other.address, other.length).overlaps(own)
    ]
    return list(dict.fromkeys(found))


def bypasses(situation: Situation) -> Iterator[Change]:
    """An address in the other side's network, for who has none there."""
    if situation.code not in _CODES:
        return
    sender, target = situation.sender, situation.target
    for netns, other in ((sender, target), (target, sender)):
        if netns is None or other is None or netns is other or netns.endpoint.kind == "container":
            continue
        for entry in other.addresses():
            yield from _joining(situation, netns, entry)
    for netns in (sender, target):
        for far in situation.namespaces:
            if netns is None or far in (sender, target) or netns.endpoint.kind == "container":
                continue
            if not netns.addresses():
                for entry in far.addresses():
                    yield from _joining(situation, netns, entry)


def _joining(situation: Situation, netns: LabNetns, entry: AddressEntry) -> Iterator[Change]:
    prefix = Prefix.of(entry.address, entry.length)
    if any(each.address in prefix for each in netns.addresses()):
        return
    wanted = situation.question.target.address if netns is situation.target else None
    address = wanted if wanted is not None and wanted in prefix else situation.namespaces.free_address(prefix)
    if address is None:
        return
    family = " nodad" if address.version == 6 else ""
    for link in netns.links():
        if link.master is None:
            command = f"ip address add {address}/{entry.length} dev {link.name}{family}"
            text = f"{netns.label} has an address in {prefix}, on {link.name}"
            yield Change((netns.command(command),), text, makeshift=bool(netns.addresses(address.version)))

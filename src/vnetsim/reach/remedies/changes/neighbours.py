"""Proposals about neighbours: entries that name another card, answers that a proxy could give.

An entry outlives the card behind it until it is found dead, one that a user added for ever (ip-neighbour(8)).  It
is only touched where the walk shows that a packet was sent by it and did not come to the owner of the address.
"""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.observations import FdbEntry, Link, NeighbourEntry
from vnetsim.reach.diagnosis.neighbourhood import Silence, having, is_proxy, silences, wrong_entry, wrong_port
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.walks.packets import own


def entries(situation: Situation) -> Iterator[Change]:
    """The entry by which the packet went astray is deleted, or names the card; the machine announces itself."""
    for loss in situation.diagnosis.lost:
        journey = own(situation.diagnosis.verdict.events, loss.packet)
        found = wrong_entry(situation.namespaces, journey, loss)
        if found is not None:
            yield from _corrected(situation, *found)
        port = wrong_port(situation.namespaces, journey, loss)
        if port is not None:
            yield from _forgotten(situation, *port)


def _corrected(situation: Situation, netns: LabNetns, entry: NeighbourEntry) -> Iterator[Change]:
    command = f"ip neigh del {entry.address} dev {entry.device}"
    text = f"forget that {entry.address} is at {entry.mac}, and let {netns.label} ask"
    yield Change((netns.command(command),), text)
    owners = having(situation.namespaces, entry.address)
    permanent = "PERMANENT" in entry.state
    for owner, link in owners if len(owners) == 1 else ():
        if permanent and not _may_resolve(netns.link(entry.device)):
            line = f"ip neigh replace {entry.address} lladdr {owner.card(link.name)} dev {entry.device}"
            yield Change((netns.command(line),), f"{netns.label} knows {entry.address} at {link.mac}, which it has now")
        elif not permanent and entry.address.version == 4 and owner is not netns:
            line = f"arping -U -c 1 -I {link.name} {entry.address}"
            text = f"{owner.label} tells its neighbours that {entry.address} is at {link.mac}"
            yield Change((owner.command(line),), text)


def _forgotten(situation: Situation, netns: LabNetns, entry: FdbEntry) -> Iterator[Change]:
    cards = (owner.card(link.name) for owner in situation.namespaces for link in owner.links() if link.mac == entry.mac)
    mac = str(entry.mac) if entry.state else next(cards, str(entry.mac))
    command = f"bridge fdb del {mac} dev {entry.device} master"
    yield Change((netns.command(command),), f"forget that {entry.mac} is behind {entry.device}")


def _may_resolve(link: Link | None) -> bool:
    """Whether a device can resolve by ARP: tunnels whose entries users add mostly cannot."""
    return link is not None and "NOARP" not in link.flags and link.kind != "vxlan"


def proxies(situation: Situation) -> Iterator[Change]:
    """A host that has a route to the next hop answers for it."""
    found = situation.diagnosis.resolution
    for silence in (
        silences(situation.namespaces, situation.diagnosis.verdict.events, found) if found is not None else ()
    ):
        yield from _answering(silence, is_there=situation.namespaces.owner(silence.hop) is not None)


def _answering(silence: Silence, *, is_there: bool) -> Iterator[Change]:
    netns, device, hop = silence.netns, silence.device, silence.hop
    is_on, key = is_proxy(netns, device, hop)
    entry = netns.command(f"ip {'-6 ' if hop.version == 6 else ''}neigh add proxy {hop} dev {device}")
    text = f"let {netns.label} answer on {device} for {hop}"
    if silence.missing == "proxy_arp":
        yield Change((entry,), text)
        wide = f"let {netns.label} answer on {device} for what it has a route to ({key} = 1)"
        yield Change((netns.sysctl(key, 1),), wide)
    elif silence.missing == "entry":
        yield Change((entry,) if is_on else (netns.sysctl(key, 1), entry), text)
    elif silence.missing == "proxy_ndp":
        yield Change((netns.sysctl(key, 1),), f"{text} ({key} = 1)")
    elif not is_there:
        line = f"ip address add {hop}/{hop.bits} dev {device}"
        yield Change((netns.command(line),), f"{netns.label} has {hop}, which is asked for on {device}")

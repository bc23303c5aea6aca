"""Entries and proxies between an address and a card: stale neighbours, static fdb entries, proxy ARP and NDP.

A neighbour entry outlives a change of the address behind it until it is found dead (net/core/neighbour.c); a host
answers for others' addresses only where proxy_arp is 1 and it has a route by another device (arp_fwd_proxy), or where
it has a proxy entry and proxy_ndp is 1 (ndisc_recv_ns).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnetsim.reach.endpoints.netns import LabNamespaces, LabNetns, conf
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import content, ip_packet
from vnetsim.reach.walks.resolution import Resolution
from vnetsim.trace import Event, Made, Received, Transmitted
from vnetsim.values import frozen
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.observations import FdbEntry, Link, NeighbourEntry


def misled(namespaces: LabNamespaces, journey: list[Event], loss: Loss) -> str:
    """That what a host was to forward was meant for another host: an entry named its card for another's address."""
    frame, packet = loss.event.frame, content([loss.event]) or content(journey)
    here = namespaces.find(loss.event.namespace)
    sent = [event for event in journey if isinstance(event, Transmitted) and ip_packet(event) is not None]
    if packet is None or here is None or not sent or here.has(packet.destination):
        return ""
    mac = frame.destination if frame is not None else sent[-1].frame.destination
    kept = own_entry(here, mac)
    if kept is not None:
        return f"the permanent fdb entry of {mac} dev {kept.device} makes the bridge take it for itself"
    found = _entry(namespaces, journey, packet.destination, mac)
    if found is None:
        return ""
    label, entry = found
    now = namespaces.owner(packet.destination)
    has = f", and {now.label} has that address now" if now is not None else ", and nobody has that address"
    return f"{label} knows {entry.address} at {mac} ({entry.state.lower()} neighbour entry), which is {here.label}{has}"


def own_entry(netns: LabNetns, mac: Mac) -> FdbEntry | None:
    """An fdb entry added by a user that makes a bridge take frames for `mac`, which no device here has, for its own."""
    cards = {link.mac for link in netns.links()}
    return next((entry for entry in netns.network.fdb() if entry.mac == mac and mac not in cards
                 and entry.state == "permanent" and entry.master is not None), None)  # fmt: skip


def _entry(
    namespaces: LabNamespaces, journey: list[Event], address: Address, mac: Mac
) -> tuple[str, NeighbourEntry] | None:
    """The namespace on the path whose neighbour entry has `mac` for `address`."""
    for event in reversed([each for each in journey if isinstance(each, Transmitted)]):
        netns = namespaces.find(event.namespace)
        for entry in netns.network.neighbours() if netns is not None else ():
            if entry.address == address and entry.mac == mac:
                return event.namespace, entry
    return None


def wrong_entry(namespaces: LabNamespaces, journey: list[Event], loss: Loss) -> tuple[LabNetns, NeighbourEntry] | None:
    """The neighbour entry by which a packet was sent last, if who has its address has another card."""
    cards = {link.mac: netns.label for netns in namespaces for link in netns.links()}
    sent_on: set[str] = set()
    for event in reversed(journey[: journey.index(loss.event)]):
        netns, packet = namespaces.find(event.namespace), ip_packet(event)
        if not isinstance(event, Transmitted) or netns is None or packet is None:
            continue
        for entry in netns.network.neighbours(packet.source.version):
            if (entry.mac, entry.device) == (event.frame.destination, event.device) and not entry.proxy:
                right = {link.mac for _, link in having(namespaces, entry.address)} or cards
                if entry.mac not in right and cards.get(entry.mac) not in sent_on:
                    return netns, entry
        sent_on.add(event.namespace)
    return None


def having(namespaces: LabNamespaces, address: Address) -> list[tuple[LabNetns, Link]]:
    """The devices that have an address, with their namespaces."""
    found = [
        (netns, netns.link(entry.device))
        for netns in namespaces
        for entry in netns.addresses(address.version)
        if entry.address == address
    ]
    return [(netns, link) for netns, link in found if link is not None]


def wrong_port(namespaces: LabNamespaces, journey: list[Event], loss: Loss) -> tuple[LabNetns, FdbEntry] | None:
    """The fdb entry by which a bridge sent a frame last, if the frame did not come to the one whose card it names."""
    passed: list[Event] = []
    for event in reversed(journey[: journey.index(loss.event) + 1]):
        netns, frame = namespaces.find(event.namespace), getattr(event, "frame", None)
        link = None if netns is None else netns.link(event.device)
        if netns is None or frame is None or link is None or isinstance(event, Received):
            passed.append(event)
            continue
        for entry in netns.network.fdb() if link.master is not None else ():
            if (entry.mac, entry.device, entry.master) == (frame.destination, link.name, link.master):
                owners = {each.label for each in namespaces if any(card.mac == entry.mac for card in each.links())}
                came = owners & {netns.label, *(each.namespace for each in passed)}
                return (netns, entry) if owners and not came and not _is_behind(namespaces, link, entry.mac) else None
        passed.append(event)
    here = namespaces.find(loss.event.namespace)
    last = next((event for event in reversed(journey) if isinstance(event, Transmitted | Received)), None)
    own = None if here is None or last is None else own_entry(here, last.frame.destination)
    return None if here is None or own is None else (here, own)


def _is_behind(namespaces: LabNamespaces, port: Link, mac: Mac) -> bool:
    """Whether the other end of a bridge's port is the card with this address."""
    cards = [link for netns in namespaces for link in netns.links() if link.mac == mac]
    return any(link.index == port.peer_index and link.peer_index == port.index for link in cards)


# --- tunnels ---------------------------------------------------------------------------------------------------------


def tunnelled(namespaces: LabNamespaces, journey: list[Event], hop: Address) -> str:
    """That a packet was sent to `hop` because of an fdb entry of a tunnel."""
    made = [event for event in journey if isinstance(event, Made)]
    if len(made) < 2:
        return ""
    netns = namespaces.find(made[1].namespace)
    for entry in netns.network.fdb() if netns is not None else ():
        if entry.remote == hop:
            state = f"{entry.state} " if entry.state else ""
            return f"the {state}fdb entry of {entry.mac} dev {entry.device} leads to {hop}"
    return ""


# --- proxies ---------------------------------------------------------------------------------------------------------


@frozen
class Silence:
    """What `netns` lacks to answer on `device` for `hop`: `missing` is proxy_arp, proxy_ndp, entry or route."""

    netns: LabNetns
    device: str
    hop: Address
    missing: str
    text: str


def proxies(namespaces: LabNamespaces, events: tuple[Event, ...], found: Resolution) -> str:
    """Why a host that could forward to the hop did not answer for it."""
    return next((each.text for each in silences(namespaces, events, found)), "")


def silences(namespaces: LabNamespaces, events: tuple[Event, ...], found: Resolution) -> Iterator[Silence]:
    """Those who heard the question, could forward to the hop, and did not answer for it."""
    for label in found.heard_by:
        netns = namespaces.find(label)
        device = _heard_on(events, found, label)
        link = None if netns is None else netns.link(device)
        if netns is None or link is None or link.master is not None or netns.has(found.hop):
            continue
        yield from _silent(netns, device, found.hop, is_there=namespaces.owner(found.hop) is not None)


def _heard_on(events: tuple[Event, ...], found: Resolution, label: str) -> str:
    received = [
        event.device
        for event in events
        if isinstance(event, Received) and event.packet in found.requests and event.namespace == label
    ]
    return received[-1] if received else ""


def _silent(netns: LabNetns, device: str, hop: Address, *, is_there: bool) -> Iterator[Silence]:
    """What is missing for `netns` to answer on `device`; `is_there`: the address of the hop is in use."""
    is_on, key = is_proxy(netns, device, hop)
    route = _route(netns, hop)
    is_beyond = is_there and bool(route) and f" dev {device} " not in f"{route} "
    entered = any(entry.proxy and entry.address == hop for entry in netns.network.neighbours(hop.version))
    if hop.version == 4:
        if is_beyond and not is_on and not entered:
            text = f"{netns.label} has a route to it ({route}), and does not answer for it ({key} = 0)"
            yield Silence(netns, device, hop, "proxy_arp", text)
        elif not route and is_on:
            text = f"{netns.label} answers for what it has a route to ({key} = 1), and has no route to {hop}"
            yield Silence(netns, device, hop, "route", text)
    elif is_beyond and not entered:
        text = f"{netns.label} has a route to it ({route}), and no proxy entry for it (ip -6 neigh add proxy)"
        yield Silence(netns, device, hop, "entry", text)
    elif entered and not is_on:
        yield Silence(
            netns, device, hop, "proxy_ndp", f"{netns.label} has a proxy entry for it, and does not use it ({key} = 0)"
        )


def is_proxy(netns: LabNetns, device: str, hop: Address) -> tuple[bool, str]:
    """Whether a device answers for others at all, and the sysctl that sets it."""
    keys = [conf(each, "proxy_arp") for each in ("all", device)]
    if hop.version == 6:
        keys = [key.replace("ipv4", "ipv6").replace("proxy_arp", "proxy_ndp") for key in keys]
    return any(netns.sysctl_value(key) for key in keys), keys[1]


def _route(netns: LabNetns, hop: Address) -> str:
    """The longest route to `hop` that is not a default one without a gateway; "" for none."""
    matching = [route for route in netns.network.routes(hop.version) if hop in route.destination and route.hops]
    best = max(matching, key=lambda route: route.destination.length, default=None)
    if best is None:
        return ""
    target = str(best.destination) if best.destination.length else "default"
    return f"{target}{best.hops[0].arguments(hop.version)}"

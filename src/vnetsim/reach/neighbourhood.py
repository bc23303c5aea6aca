"""Entries and proxies between an address and a card: stale neighbours, static fdb entries, proxy ARP and NDP.

A neighbour entry outlives a change of the address behind it until it is found dead (net/core/neighbour.c); a host
answers for others' addresses only where proxy_arp is 1 and it has a route by another device (arp_fwd_proxy), or where
it has a proxy entry and proxy_ndp is 1 (ndisc_recv_ns).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnetsim.reach.places import Place, Places, conf
from vnetsim.reach.walk import Loss, Resolution, content, ip_packet
from vnetsim.trace import Event, Made, Received, Transmitted
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.observations import FdbEntry, NeighbourEntry


def misled(places: Places, way: list[Event], loss: Loss) -> str:
    """That what a host was to forward was meant for somebody else: an entry named its card for another's address."""
    frame, packet = loss.event.frame, content([loss.event]) or content(way)
    here = places.find(loss.event.namespace)
    sent = [event for event in way if isinstance(event, Transmitted) and ip_packet(event) is not None]
    if packet is None or here is None or not sent or here.has(packet.destination):
        return ""
    mac = frame.destination if frame is not None else sent[-1].frame.destination
    kept = own_entry(here, mac)
    if kept is not None:
        return f"the permanent fdb entry of {mac} dev {kept.device} makes the bridge take it for itself"
    found = _entry(places, way, packet.destination, mac)
    if found is None:
        return ""
    label, entry = found
    now = places.owner(packet.destination)
    has = f", and {now.label} has that address now" if now is not None else ", and nobody has that address"
    return f"{label} knows {entry.address} at {mac} ({entry.state.lower()} neighbour entry), which is {here.label}{has}"


def own_entry(place: Place, mac: Mac) -> FdbEntry | None:
    """An fdb entry made by hand that makes a bridge take frames for `mac`, which no device here has, for its own."""
    cards = {link.mac for link in place.links()}
    return next((entry for entry in place.network.fdb() if entry.mac == mac and mac not in cards
                 and entry.state == "permanent" and entry.master is not None), None)  # fmt: skip


def _entry(places: Places, way: list[Event], address: Address, mac: Mac) -> tuple[str, NeighbourEntry] | None:
    """Who on the way had the entry that names `mac` for `address`."""
    for event in reversed([each for each in way if isinstance(each, Transmitted)]):
        place = places.find(event.namespace)
        for entry in place.network.neighbours() if place is not None else ():
            if entry.address == address and entry.mac == mac:
                return event.namespace, entry
    return None


# --- tunnels ---------------------------------------------------------------------------------------------------------


def tunnelled(places: Places, way: list[Event], hop: Address) -> str:
    """That a packet was on its way to `hop` because an fdb entry of a tunnel says so."""
    made = [event for event in way if isinstance(event, Made)]
    if len(made) < 2:
        return ""
    place = places.find(made[1].namespace)
    for entry in place.network.fdb() if place is not None else ():
        if entry.remote == hop:
            state = f"{entry.state} " if entry.state else ""
            return f"the {state}fdb entry of {entry.mac} dev {entry.device} leads to {hop}"
    return ""


# --- proxies ---------------------------------------------------------------------------------------------------------


def proxies(places: Places, events: tuple[Event, ...], found: Resolution) -> str:
    """Why a host that could forward to the hop did not answer for it."""
    for label in found.heard_by:
        place = places.find(label)
        device = _heard_on(events, found, label)
        link = None if place is None else place.link(device)
        if place is None or link is None or link.master is not None or place.has(found.hop):
            continue
        words = "; ".join(_silent(place, device, found.hop, is_there=places.owner(found.hop) is not None))
        if words:
            return words
    return ""


def _heard_on(events: tuple[Event, ...], found: Resolution, label: str) -> str:
    received = [event.device for event in events if isinstance(event, Received) and event.packet in found.asked
                and event.namespace == label]  # fmt: skip
    return received[-1] if received else ""


def _silent(place: Place, device: str, hop: Address, *, is_there: bool) -> Iterator[str]:
    """What is missing for `place` to answer on `device`; `is_there`: somebody has the address of the hop."""
    family = "ipv6" if hop.version == 6 else "ipv4"
    name = "proxy_ndp" if hop.version == 6 else "proxy_arp"
    keys = [conf(each, name).replace("ipv4", family) for each in ("all", device)]
    is_on = any(place.sysctl_value(key) for key in keys)
    way = _route(place, hop)
    is_beyond = is_there and bool(way) and f" dev {device} " not in f"{way} "
    if hop.version == 4:
        if is_beyond and not is_on:
            yield f"{place.label} has a route to it ({way}), and does not answer for it ({keys[1]} = 0)"
        elif not way and is_on:
            yield f"{place.label} answers for what it has a route to ({keys[1]} = 1), and has no route to {hop}"
        return
    entered = any(entry.proxy and entry.address == hop for entry in place.network.neighbours(6))
    if is_beyond and not entered:
        yield f"{place.label} has a route to it ({way}), and no proxy entry for it (ip -6 neigh add proxy)"
    elif entered and not is_on:
        yield f"{place.label} has a proxy entry for it, and does not use it ({keys[1]} = 0)"


def _route(place: Place, hop: Address) -> str:
    """The narrowest route to `hop` that is not a default one through nobody; "" for none."""
    matching = [route for route in place.network.routes(hop.version) if hop in route.destination and route.hops]
    best = max(matching, key=lambda route: route.destination.length, default=None)
    if best is None:
        return ""
    target = str(best.destination) if best.destination.length else "default"
    via = f" via {best.hops[0].via}" if best.hops[0].via is not None else ""
    return f"{target}{via} dev {best.hops[0].device}"

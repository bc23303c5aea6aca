"""Devices that share the card below them: macvlan and ipvlan (drivers/net/macvlan.c, drivers/net/ipvlan)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.observations import Link
from vnetsim.reach.endpoints.places import Place, Places
from vnetsim.reach.walks.packets import own
from vnetsim.trace import Received, Transmitted
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.reach.probing.verdict import ProbeVerdict

#: Devices that share the card below them.
SHARING: Final = ("macvlan", "ipvlan")


def sharing(places: Places) -> Iterator[tuple[Place, Link, Place, Link]]:
    """macvlan and ipvlan devices, and the cards that they share, each with its place."""
    for place in places:
        for link in place.links():
            if link.kind in SHARING:
                lower = _lower(places, place, link)
                if lower is not None:
                    yield place, link, *lower


def _lower(places: Places, place: Place, link: Link) -> tuple[Place, Link] | None:
    """The device below another one, which may be in another namespace (then only its number is known here)."""
    if link.peer_name is not None:
        below = place.link(link.peer_name)
        return None if below is None else (place, below)
    named = [each for each in places if link.peer_netns is None or each.endpoint.name == link.peer_netns]
    for each in sorted(named, key=lambda other: other.endpoint.kind != "host"):
        for below in each.links():
            if each is not place and below.index == link.peer_index and below.kind not in SHARING:
                return each, below
    return None


def beside(places: Places, place: Place, device: str, address: Address) -> str:
    """That an address is on a device that shares the card, or another one's, and cannot be reached by it."""
    found = [
        each
        for each in sharing(places)
        if any(e.address == address and e.device == each[1].name for e in each[0].addresses())
    ]
    for upper_place, upper, below_place, below in sharing(places):
        if upper_place is place and upper.name == device and below_place.has(address):
            return f"{address} is on {below_place.label}, and {device} is upon its {below.name}: {_APART}"
    for owner, link, below_place, below in found:
        if below_place is place and below.name == device:
            kind = f"{'an' if link.kind == 'ipvlan' else 'a'} {link.kind} of {device}"
            return f"{address} is on {link.name} of {owner.label}, {kind}: {_APART}"
        for other, mine, mine_place, mine_below in sharing(places):
            if other is place and mine.name == device and (mine_place, mine_below) == (below_place, below):
                modes = ", ".join(dict.fromkeys(_mode(each) for each in (mine, link)))
                return f"both are {link.kind}s of {below.name}, and do not reach each other by it ({modes})"
    return ""


def one_segment(places: Places, verdict: ProbeVerdict) -> str:
    """That what left by the card below one device came back by the card below another one of the same host."""
    journey = own(verdict.events, verdict.request or 0)
    sent = [(event.namespace, event.device) for event in journey if isinstance(event, Transmitted)]
    came = [(event.namespace, event.device) for event in journey if isinstance(event, Received)]
    cards = [(below_place, below.name, (place.label, link.name)) for place, link, below_place, below in sharing(places)]
    for place, out, upper in cards:
        for other, back, far in cards:
            crossed = (place.label, out) in sent and (place.label, back) in came and upper in sent and far in came
            if other is place and out != back and crossed:
                return (
                    f"it left by {out} of {place.label} and came back by {back}: both cards are on one segment, "
                    "and a network of its own upon each does not keep them apart"
                )
    return ""


_APART: Final = "the device below and those upon it do not reach each other"


def _mode(link: Link) -> str:
    mode = str(link.details.get("mode", ""))
    flag = next((flag for flag in ("private", "vepa") if link.details.get(flag)), "")
    return f"mode {mode}{f' {flag}' if flag else ''}"

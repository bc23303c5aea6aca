"""Devices that share the card below them: macvlan and ipvlan (drivers/net/macvlan.c, drivers/net/ipvlan)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.observations import Link
from vnetsim.reach.endpoints.netns import LabNamespaces, LabNetns
from vnetsim.reach.walks.packets import own
from vnetsim.trace import Received, Transmitted
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.reach.probing.verdict import ProbeVerdict

#: Devices that share the card below them.
SHARING: Final = ("macvlan", "ipvlan")


def sharing(namespaces: LabNamespaces) -> Iterator[tuple[LabNetns, Link, LabNetns, Link]]:
    """macvlan and ipvlan devices, and the cards that they share, each with its namespace."""
    for netns in namespaces:
        for link in netns.links():
            if link.kind in SHARING:
                lower = _lower(namespaces, netns, link)
                if lower is not None:
                    yield netns, link, *lower


def _lower(namespaces: LabNamespaces, netns: LabNetns, link: Link) -> tuple[LabNetns, Link] | None:
    """The device below another one, which may be in another namespace (then only its number is known here)."""
    if link.peer_name is not None:
        below = netns.link(link.peer_name)
        return None if below is None else (netns, below)
    named = [each for each in namespaces if link.peer_netns is None or each.endpoint.name == link.peer_netns]
    for each in sorted(named, key=lambda other: other.endpoint.kind != "host"):
        for below in each.links():
            if each is not netns and below.index == link.peer_index and below.kind not in SHARING:
                return each, below
    return None


def beside(namespaces: LabNamespaces, netns: LabNetns, device: str, address: Address) -> str:
    """That an address is on a device that shares the card, or another one's, and cannot be reached by it."""
    found = [
        each
        for each in sharing(namespaces)
        if any(e.address == address and e.device == each[1].name for e in each[0].addresses())
    ]
    for upper_netns, upper, below_netns, below in sharing(namespaces):
        if upper_netns is netns and upper.name == device and below_netns.has(address):
            return f"{address} is on {below_netns.label}, and {device} is upon its {below.name}: {_APART}"
    for owner, link, below_netns, below in found:
        if below_netns is netns and below.name == device:
            kind = f"{'an' if link.kind == 'ipvlan' else 'a'} {link.kind} of {device}"
            return f"{address} is on {link.name} of {owner.label}, {kind}: {_APART}"
        for other, mine, mine_netns, mine_below in sharing(namespaces):
            if other is netns and mine.name == device and (mine_netns, mine_below) == (below_netns, below):
                modes = ", ".join(dict.fromkeys(_mode(each) for each in (mine, link)))
                return f"both are {link.kind}s of {below.name}, and do not reach each other by it ({modes})"
    return ""


def one_segment(namespaces: LabNamespaces, verdict: ProbeVerdict) -> str:
    """That what left by the card below one device came back by the card below another one of the same host."""
    journey = own(verdict.events, verdict.request or 0)
    sent = [(event.namespace, event.device) for event in journey if isinstance(event, Transmitted)]
    came = [(event.namespace, event.device) for event in journey if isinstance(event, Received)]
    cards = [
        (below_netns, below.name, (netns.label, link.name)) for netns, link, below_netns, below in sharing(namespaces)
    ]
    for netns, out, upper in cards:
        for other, back, far in cards:
            crossed = (netns.label, out) in sent and (netns.label, back) in came and upper in sent and far in came
            if other is netns and out != back and crossed:
                return (
                    f"it left by {out} of {netns.label} and came back by {back}: both cards are on one segment, "
                    "and a network of its own upon each does not keep them apart"
                )
    return ""


_APART: Final = "the device below and those upon it do not reach each other"


def _mode(link: Link) -> str:
    mode = str(link.details.get("mode", ""))
    flag = next((flag for flag in ("private", "vepa") if link.details.get(flag)), "")
    return f"mode {mode}{f' {flag}' if flag else ''}"

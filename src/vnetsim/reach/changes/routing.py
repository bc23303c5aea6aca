"""Proposals about routing: forward, believe where a packet comes from, know a way there and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.observations import Route
from vnetsim.reach.changes.situation import Change, Situation
from vnetsim.reach.places import Place, conf
from vnetsim.trace import Reason
from vnetsim.wire.inet import Address, Prefix

_MAIN: Final = 254
#: What the kernel has by itself: priority and table of its rules.
_RULES: Final = {0: "local", 32766: "main", 32767: "default"}


def settings(situation: Situation) -> Iterator[Change]:
    """A sysctl that decided."""
    place, loss = situation.spot, situation.loss
    if place is None or loss is None:
        return
    if loss.reason is Reason.NOT_FORWARDING:
        key = str(loss.decider)
        yield Change((place.sysctl(key, 1),), f"let {place.label} forward")
    elif loss.reason is Reason.REVERSE_PATH:
        yield from _reverse_path(place, loss.event.device)
    elif loss.reason is Reason.ECHO_IGNORED:
        yield Change((place.sysctl(str(loss.decider), 0),), f"let {place.label} answer echo requests")
    elif loss.reason is Reason.MARTIAN_SOURCE:
        key = conf(loss.event.device, "accept_local")
        yield Change((place.sysctl(key, 1),), f"let {place.label} take packets that come from an address of its own")


def _reverse_path(place: Place, device: str) -> Iterator[Change]:
    key = conf(device, "rp_filter")
    yield Change((place.sysctl(key, 2),), f"let {place.label} take on {device} what it can reach by any device")
    both = (place.sysctl(conf("all", "rp_filter"), 0), place.sysctl(key, 0))
    yield Change(both, f"no reverse path filter on {device} of {place.label}")


def routes(situation: Situation) -> Iterator[Change]:
    """A way to where the lost packet was to go, from where it was lost."""
    towards = situation.towards
    if towards is None or situation.code not in _ABOUT_ROUTES:
        return
    if situation.code == "NO_SOCKET" and situation.spot is situation.target:
        return
    spots = [place for place in (situation.spot, situation.sender) if place is not None]
    for place in dict.fromkeys(spots):
        yield from _rules(place, towards.version)
        yield from _without(place, towards)
    for place in dict.fromkeys(spots):
        yield from _ways(situation, place, towards)


_ABOUT_ROUTES: Final = frozenset((
    "IP_INNOROUTES", "IP_OUTNOROUTES", "ROUTE_BLACKHOLE", "ROUTE_UNREACHABLE", "ROUTE_PROHIBIT", "NEIGH_FAILED",
    "IP_RPFILTER", "IP_INVALID_SOURCE", "IP_INADDRERRORS", "NO_SOCKET", "TTL_EXCEEDED", "DEV_READY", "OTHERHOST",
    "NETFILTER_DROP", "NO_TX_TARGET", "NO_CARRIER",
))  # fmt: skip


def _rules(place: Place, version: int) -> Iterator[Change]:
    """Rules that somebody made, and those of the kernel that somebody took away."""
    family = "-6 " if version == 6 else ""
    rules = place.network.routing_rules(version)
    for rule in rules:
        if rule.priority not in _RULES or rule.action != "lookup":
            command = f"ip {family}rule del priority {rule.priority}"
            yield Change((place.command(command),), f"no routing rule {rule.priority} in {place.label}")
    present = {rule.priority for rule in rules}
    for priority, table in _RULES.items():
        if priority not in present and not (version == 6 and table == "default"):
            command = f"ip {family}rule add from all lookup {table} priority {priority}"
            yield Change((place.command(command),), f"{place.label} looks into table {table} again")


def _without(place: Place, towards: Address) -> Iterator[Change]:
    """Routes that lead astray, the narrowest first: those that people made."""
    family = "-6 " if towards.version == 6 else ""
    made = [route for route in place.network.routes(towards.version, None) if towards in route.destination]
    for route in sorted(made, key=lambda each: -each.destination.length):
        if route.table == _LOCAL or (route.protocol == _KERNEL and route.kind == "unicast"):
            continue
        kind = "" if route.kind == "unicast" else f"{route.kind} "
        table = "" if route.table == _MAIN else f" table {route.table}"
        command = f"ip {family}route del {kind}{_words(route.destination)}{table}"
        yield Change((place.command(command),), f"no route {kind}{_words(route.destination)} in {place.label}")


_LOCAL: Final = 255
_KERNEL: Final = 2


def _words(prefix: Prefix) -> str:
    return "default" if not prefix.length else str(prefix)


def _ways(situation: Situation, place: Place, towards: Address) -> Iterator[Change]:
    """Routes that might lead there: by a router on a link of this place, or by a link itself."""
    family = "-6 " if towards.version == 6 else ""
    subnet = _subnet(situation, towards)
    default = _has_default(place, towards.version)
    for gateway in _gateways(situation, place, towards):
        verb = "replace" if default else "add"
        wide = place.command(f"ip {family}route {verb} default via {gateway}")
        narrow = place.command(f"ip {family}route replace {subnet} via {gateway}")
        choices = [
            Change((wide,), f"{place.label} uses the gateway {gateway}"),
            Change((narrow,), f"{place.label} knows the way to {subnet}"),
        ]
        straight = place.label not in _ends(situation) or (default and not _is_default_wrong(situation, place))
        yield from reversed(choices) if straight else choices
    for link in place.links():
        if "UP" in link.flags and link.master is None and link.name != situation.diagnosis.device:
            host = f"{towards}/{towards.bits}"
            command = place.command(f"ip {family}route replace {host} dev {link.name}")
            yield Change(
                (command,), f"{place.label} finds {towards} on {link.name}", makeshift=not _is_near(place, towards)
            )


def _is_near(place: Place, towards: Address) -> bool:
    """Whether it is in a network that this place is on: on more than one link, perhaps."""
    return any(towards in Prefix.of(entry.address, entry.length) for entry in place.addresses(towards.version))


def _ends(situation: Situation) -> set[str]:
    return {place.label for place in (situation.sender, situation.target) if place is not None}


def _is_default_wrong(situation: Situation, place: Place) -> bool:
    """Whether the packet was lost because its default gateway does not answer."""
    found = situation.diagnosis.resolution
    if found is None or found.namespace != place.label:
        return False
    return any(
        not route.destination.length and any(hop.via == found.hop for hop in route.hops)
        for route in place.network.routes(found.hop.version)
    )


def _has_default(place: Place, version: int) -> bool:
    return any(_is_default(route) for route in place.network.routes(version))


def _is_default(route: Route) -> bool:
    return route.destination.length == 0


def _gateways(situation: Situation, place: Place, towards: Address) -> Iterator[Address]:
    """Addresses of others on this place's links, those who forward and are near the goal first."""
    prefixes = [Prefix.of(entry.address, entry.length) for entry in place.addresses(towards.version)]
    found: list[tuple[tuple[bool, bool], Address]] = []
    for other in situation.places:
        if other is place:
            continue
        for entry in other.addresses(towards.version):
            if entry.address != towards and any(entry.address in prefix for prefix in prefixes):
                key = "net.ipv6.conf.all.forwarding" if towards.version == 6 else "net.ipv4.ip_forward"
                far = not any(towards in Prefix.of(e.address, e.length) for e in other.addresses(towards.version))
                found.append(((not other.sysctl_value(key), far), entry.address))
    seen = sorted(found, key=lambda each: each[0])
    yield from dict.fromkeys(address for _, address in seen)


def _subnet(situation: Situation, towards: Address) -> Prefix:
    """The network that an address is in, as those see it who have it."""
    for place in situation.places:
        for entry in place.addresses(towards.version):
            if entry.address == towards:
                return Prefix.of(towards, entry.length)
    return Prefix.of(towards, towards.bits)

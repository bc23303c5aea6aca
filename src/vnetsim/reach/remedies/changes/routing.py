"""Proposals about routing: forwarding, reverse path filter, a route there and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from vnetsim.dropreason import DropReason
from vnetsim.observations import Route
from vnetsim.reach.diagnosis.sysctls import sysctl_of
from vnetsim.reach.endpoints.netns import LabNetns, conf, is_private
from vnetsim.reach.remedies.changes.filtering import program_for
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.remedies.changes.uplinks import request_uplinks
from vnetsim.reach.walks.loss import Loss
from vnetsim.trace import Filtered, Routed
from vnetsim.wire.inet import Address, Prefix

_MAIN: Final = 254
#: What the kernel has by itself: priority and table of its rules.
_RULES: Final = {0: "local", 32766: "main", 32767: "default"}


def settings(situation: Situation) -> Iterator[Change]:
    """A sysctl that decided."""
    for loss in situation.diagnosis.lost:
        netns = situation.namespaces.find(loss.event.namespace)
        if netns is not None:
            yield from _settings(situation, netns, loss)


def _settings(situation: Situation, netns: LabNetns, loss: Loss) -> Iterator[Change]:
    packet = situation.packet(loss)
    if loss.reason is DropReason.IP_INADDRERRORS:
        # A host that had sent it itself is no router, and another host's route is wrong.
        key, own = sysctl_of(netns, loss), "it came back" in situation.diagnosis.sentence
        yield Change((netns.sysctl(key, 1),), f"let {netns.label} forward", makeshift=own)
    elif loss.reason is DropReason.ARP_IGNORED:
        key = sysctl_of(netns, loss)
        yield Change((netns.sysctl(key, 0),), f"let {netns.label} answer ARP ({key} = 0)")
    elif loss.reason is DropReason.TTL_EXCEEDED:
        yield from _time_to_live(situation, loss)
    elif loss.reason is DropReason.IP_RPFILTER:
        yield from _reverse_path(situation, netns, loss.event.device)
    elif loss.reason is DropReason.ICMP_ECHO_IGNORED:
        yield Change((netns.sysctl(str(loss.decider), 0),), f"let {netns.label} answer echo requests")
    elif loss.reason is DropReason.IP_INVALID_SOURCE:
        key = conf(loss.event.device, "accept_local")
        yield Change((netns.sysctl(key, 1),), f"let {netns.label} take packets that come from an address of its own")
    else:
        yield from _device_settings(netns, loss, packet)


def _device_settings(netns: LabNetns, loss: Loss, packet: Any) -> Iterator[Change]:
    """IPv6 that is switched off, packets of 127.0.0.1 that may not leave."""
    if loss.reason is DropReason.UNHANDLED_PROTO and "IPv6 is disabled" in loss.event.detail:
        for scope in (loss.event.device, "all"):
            key = conf(scope, "disable_ipv6").replace("ipv4", "ipv6")
            if netns.sysctl_value(key):
                yield Change((netns.sysctl(key, 0),), f"let {netns.label} speak IPv6 ({key} = 0)")
    elif loss.reason is DropReason.IP_INNOROUTES and packet is not None and packet.source.is_loopback:
        for link in netns.links():
            key = conf(link.name, "route_localnet")
            if not netns.sysctl_value(key):
                yield Change((netns.sysctl(key, 1),), f"let packets of 127.0.0.1 leave by {link.name} ({key} = 1)")


def _time_to_live(situation: Situation, loss: Loss) -> Iterator[Change]:
    """A rule that sets it, or a sender that begins with too little."""
    for event in situation.diagnosis.verdict.journey(loss.packet):
        netns = situation.namespaces.find(event.namespace)
        if isinstance(event, Filtered) and event.table == "mangle" and netns is not None:
            for hit in event.hits:
                if "-j TTL" in str(hit.rule) or "-j HL" in str(hit.rule):
                    line = f"{program_for(situation.packet(loss))} -t mangle -D {hit.chain} {hit.number}"
                    yield Change((netns.command(line),), f"delete rule {hit.number} of mangle {hit.chain}: {hit.rule}")
    sender, key = situation.sender, "net.ipv4.ip_default_ttl"
    if sender is not None and 0 < sender.sysctl_value(key) < _USUAL_TTL:
        yield Change((sender.sysctl(key, _USUAL_TTL),), f"let packets of {sender.label} pass {_USUAL_TTL} hosts")


_USUAL_TTL: Final = 64


def _reverse_path(situation: Situation, netns: LabNetns, device: str) -> Iterator[Change]:
    """The filter guards others, too: who answers by the wrong uplink had better not."""
    key, astray = conf(device, "rp_filter"), any(request_uplinks(situation))
    text = f"let {netns.label} take on {device} what it can reach by any device"
    yield Change((netns.sysctl(key, 2),), text, makeshift=astray)
    both = (netns.sysctl(conf("all", "rp_filter"), 0), netns.sysctl(key, 0))
    yield Change(both, f"no reverse path filter on {device} of {netns.label}", makeshift=astray)


def routes(situation: Situation) -> Iterator[Change]:
    """A route to the destination of the lost packet, in the namespace that lost it."""
    towards = situation.towards
    if towards is None or situation.code not in _ABOUT_ROUTES or situation.is_closed:
        return
    spots = [netns for netns in (situation.spot, situation.sender, *_led(situation)) if netns is not None]
    for netns in dict.fromkeys(spots):
        yield from _rules(netns, towards.version)
        yield from _without(netns, towards)
        yield from _sources(situation, netns)
    for netns in dict.fromkeys(spots):
        if not (netns.is_outside and is_private(towards)):
            yield from _routes_towards(situation, netns, towards)


def _led(situation: Situation) -> Iterator[LabNetns]:
    """Those whose routes the lost packet took, the last first: one of them may have led astray."""
    identity = situation.loss.packet if situation.loss is not None else situation.diagnosis.verdict.request
    for event in reversed(situation.diagnosis.verdict.journey(identity or 0)):
        netns = situation.namespaces.find(event.namespace)
        if isinstance(event, Routed) and netns is not None and not event.text.startswith("local"):
            yield netns


def _sources(situation: Situation, netns: LabNetns) -> Iterator[Change]:
    """A route of the sender's that prescribes a source address to which there is no route."""
    packet = situation.packet()
    if netns is not situation.sender or situation.diagnosis.packet != "reply" or packet is None:
        return
    source, family = situation.towards, "-6 " if packet.source.version == 6 else ""
    for route in netns.network.routes(packet.source.version):
        if route.source == source and route.protocol != _KERNEL and route.hops:
            hop = route.hops[0]
            route_text = f"{_selector(route.destination)}{hop.arguments(packet.source.version)}"
            command = netns.command(f"ip {family}route replace {route_text}")
            yield Change((command,), f"{netns.label} does not speak from {source} to {_selector(route.destination)}")


_ABOUT_ROUTES: Final = frozenset((
    "IP_INNOROUTES", "IP_OUTNOROUTES", "ROUTE_BLACKHOLE", "ROUTE_UNREACHABLE", "ROUTE_PROHIBIT", "NEIGH_FAILED",
    "IP_RPFILTER", "IP_INVALID_SOURCE", "IP_INADDRERRORS", "NO_SOCKET", "TTL_EXCEEDED", "DEV_READY", "OTHERHOST",
    "NETFILTER_DROP", "NO_TX_TARGET", "NO_CARRIER",
))  # fmt: skip


def _rules(netns: LabNetns, version: int) -> Iterator[Change]:
    """Rules that were added, and those of the kernel that were deleted."""
    family = "-6 " if version == 6 else ""
    rules = netns.network.routing_rules(version)
    for rule in rules:
        if rule.priority not in _RULES or rule.action != "lookup":
            command = f"ip {family}rule del priority {rule.priority}"
            yield Change((netns.command(command),), f"no routing rule {rule.priority} in {netns.label}")
    present = {rule.priority for rule in rules}
    for priority, table in _RULES.items():
        if priority not in present and not (version == 6 and table == "default"):
            command = f"ip {family}rule add from all lookup {table} priority {priority}"
            yield Change((netns.command(command),), f"{netns.label} looks into table {table} again")


def _without(netns: LabNetns, towards: Address) -> Iterator[Change]:
    """Routes that lead astray, the narrowest first: those that people made."""
    family = "-6 " if towards.version == 6 else ""
    made = [route for route in netns.network.routes(towards.version, None) if towards in route.destination]
    for route in sorted(made, key=lambda each: -each.destination.length):
        if route.table == _LOCAL or (route.protocol == _KERNEL and route.kind == "unicast"):
            continue
        kind = "" if route.kind == "unicast" else f"{route.kind} "
        table = "" if route.table == _MAIN else f" table {route.table}"
        command = f"ip {family}route del {kind}{_selector(route.destination)}{table}"
        yield Change((netns.command(command),), f"no route {kind}{_selector(route.destination)} in {netns.label}")


_LOCAL: Final = 255
_KERNEL: Final = 2


def _selector(prefix: Prefix) -> str:
    return "default" if not prefix.length else str(prefix)


def _routes_towards(situation: Situation, netns: LabNetns, towards: Address) -> Iterator[Change]:
    """Routes that might lead there: by a router on a link of this namespace, or by a link itself."""
    family = "-6 " if towards.version == 6 else ""
    subnet = _subnet(situation, towards)
    default = _has_default(netns, towards.version)
    for gateway in _gateways(situation, netns, towards):
        verb = "replace" if default else "add"
        wide = netns.command(f"ip {family}route {verb} default via {gateway}")
        narrow = netns.command(f"ip {family}route replace {subnet} via {gateway}")
        # A host on that network itself would only bypass what is wrong with it.
        context = any(entry.address in subnet for entry in netns.addresses(towards.version))
        choices = [
            Change((wide,), f"{netns.label} uses the gateway {gateway}", makeshift=context),
            Change((narrow,), f"{netns.label} knows the way to {subnet}", makeshift=context),
        ]
        straight = netns.label not in _ends(situation) or (default and not _is_default_wrong(situation, netns))
        yield from reversed(choices) if straight else choices
    for link in netns.links():
        if "UP" in link.flags and link.master is None and link.name != situation.diagnosis.device:
            for prefix in _missing(netns, link.name, towards):
                command = netns.command(f"ip {family}route add {prefix} dev {link.name}")
                yield Change((command,), f"{netns.label} finds {prefix} on {link.name} again")
            command = netns.command(f"ip {family}route replace {towards}/{towards.bits} dev {link.name}")
            yield Change((command,), f"{netns.label} finds {towards} on {link.name}", makeshift=True)


def _missing(netns: LabNetns, device: str, towards: Address) -> Iterator[Prefix]:
    """Networks of a device's own addresses whose routes were deleted."""
    routes = netns.network.routes(towards.version)
    known = {(route.destination, hop.device) for route in routes for hop in route.hops}
    for entry in netns.addresses(towards.version):
        prefix = Prefix.of(entry.address, entry.length)
        if entry.device == device and towards in prefix and (prefix, device) not in known:
            yield prefix


def _ends(situation: Situation) -> set[str]:
    return {netns.label for netns in (situation.sender, situation.target) if netns is not None}


def _is_default_wrong(situation: Situation, netns: LabNetns) -> bool:
    """Whether the packet was lost because its default gateway does not answer."""
    found = situation.diagnosis.resolution
    if found is None or found.namespace != netns.label:
        return False
    return any(
        not route.destination.length and any(hop.via == found.hop for hop in route.hops)
        for route in netns.network.routes(found.hop.version)
    )


def _has_default(netns: LabNetns, version: int) -> bool:
    return any(_is_default(route) for route in netns.network.routes(version))


def _is_default(route: Route) -> bool:
    return route.destination.length == 0


def _gateways(situation: Situation, netns: LabNetns, towards: Address) -> Iterator[Address]:
    """Addresses of others on this namespace's links, those who forward and are near the goal first."""
    prefixes = [Prefix.of(entry.address, entry.length) for entry in netns.addresses(towards.version)]
    found: list[tuple[tuple[bool, bool], Address]] = []
    for other in situation.namespaces:
        if other is netns:
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
    for netns in situation.namespaces:
        for entry in netns.addresses(towards.version):
            if entry.address == towards:
                return Prefix.of(towards, entry.length)
    return Prefix.of(towards, towards.bits)

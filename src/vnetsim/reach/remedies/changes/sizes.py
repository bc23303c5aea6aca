"""Proposals about packets that are too long: a longer device, shorter packets, a smaller MSS, another MTU."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from vnetsim.dropreason import DropReason
from vnetsim.observations import Link
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes.containers import free_name
from vnetsim.reach.remedies.changes.filtering import program_for
from vnetsim.reach.remedies.changes.links import far_ends
from vnetsim.reach.remedies.changes.remade import connecting, network_again
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.trace import Routed
from vnetsim.wire.inet import Prefix

_MTU: Final = "com.docker.network.driver.mtu"
_LISTED: Final = re.compile(r"mtu (\d+)")
#: IPv6 routers do not fragment, and IPv6 has no links that are narrower (RFC 8200, 5).
_LEAST: Final = 1280


def sizes(situation: Situation) -> Iterator[Change]:
    """What is too long for a device: a longer device, or shorter packets."""
    if situation.code != "PKT_TOO_BIG":
        return
    yield from _roomy_routes(situation)
    yield from _clamped(situation)
    yield from _network(situation)
    yield from _below_tunnels(situation)
    longest = max((link.mtu for netns in situation.path for link in netns.links()), default=1500)
    needed = _needed(situation)
    narrow = [
        (netns, link)
        for netns in dict.fromkeys([*situation.path, *situation.namespaces])
        for link in netns.links()
        if link.mtu < max(needed, 68)
    ]
    for mtu in dict.fromkeys((longest, needed)):
        for netns, link in narrow:
            if mtu > link.mtu:
                command = netns.command(f"ip link set {link.name} mtu {mtu}")
                # The MTU of a link to machines outside need not be that of its device.
                outside = any(far.is_outside for far, _ in far_ends(situation, netns, link.name))
                yield Change((command,), f"{link.name} of {netns.label} takes {mtu} bytes", makeshift=outside)
        lines = tuple(netns.command(f"ip link set {link.name} mtu {mtu}") for netns, link in narrow if mtu > link.mtu)
        if len(lines) > 1:
            yield Change(lines, f"every device on the way takes {mtu} bytes", makeshift=True)
    sender = situation.sender
    shortest = min((link.mtu for netns in situation.path for link in netns.links()), default=0)
    for link in sender.links() if sender is not None and not situation.question.probe.df else ():
        if link.mtu > shortest >= 68:
            command = sender.command(f"ip link set {link.name} mtu {shortest}") if sender is not None else ""
            text = f"the sender's packets are no longer than {shortest} bytes"
            # The engine sets a container's devices up: what is set in its namespace is gone with it.
            yield Change((command,), text, makeshift=sender is not None and sender.endpoint.kind == "container")


def _roomy_routes(situation: Situation) -> Iterator[Change]:
    """A route with an MTU below its device's loses it."""
    address = situation.diagnosis.verdict.address
    if address is None:
        return
    for netns in situation.path:
        for route in netns.network.routes(address.version):
            if route.mtu is None or address not in route.destination or not route.hops:
                continue
            family, hop = "-6 " if address.version == 6 else "", route.hops[0]
            what = str(route.destination) if route.destination.length else "default"
            route_text = f"{what}{hop.arguments(address.version)}"
            command = netns.command(f"ip {family}route replace {route_text}")
            # A user set it, and may know of a narrow link further on.
            yield Change((command,), f"the route {what} of {netns.label} says no MTU of its own", makeshift=True)


def _needed(situation: Situation) -> int:
    """Bytes of IP that must fit."""
    packet: Any = situation.packet()
    return max(_request_size(situation), 0 if packet is None or getattr(packet, "length", 0) > 9000 else packet.length)


def _request_size(situation: Situation) -> int:
    """Bytes of the IPv4 packet of the question; 0 for TCP, which makes packets that fit."""
    probe = situation.question.probe
    return (probe.size or 0) + 28 if probe.protocol != "tcp" else 0


def _narrow(situation: Situation) -> int:
    """The MTU into which the request did not fit at a router on its path; 0 if that was no router."""
    loss, packet = situation.loss, situation.packet()
    if loss is None or packet is None or loss.role != "request" or loss.reason is not DropReason.ICMP_FRAG_NEEDED:
        return 0
    events = situation.diagnosis.verdict.journey(loss.packet)
    routed = any(isinstance(each, Routed) and each.namespace == loss.event.namespace for each in events)
    found = _LISTED.search(loss.event.detail)
    return int(found[1]) if routed and found and situation.spot is not situation.sender else 0


def _clamped(situation: Situation) -> Iterator[Change]:
    """A router tells both ends of TCP connections what fits (iptables-extensions(8), TCPMSS)."""
    netns = situation.spot
    if situation.question.probe.protocol == "tcp" and _narrow(situation) and netns is not None and not netns.is_outside:
        program = program_for(situation.packet())
        line = f"{program} -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu"
        yield Change((netns.command(line),), f"{netns.label} clamps the MSS of TCP connections to the path's MTU")


def _network(situation: Situation) -> Iterator[Change]:
    """The network by which a container sends gets the MTU of the narrow link; the default bridge cannot be changed."""
    mtu, sender = _narrow(situation), situation.question.sender
    if mtu < _LEAST or sender.kind != "container":
        return
    inspected = situation.lab.docker.container_inspect(sender.name)
    source = str(situation.packet().source)
    for network, settings in inspected["NetworkSettings"]["Networks"].items():
        if source not in (settings["IPAddress"], settings["GlobalIPv6Address"]):
            continue
        if network != "bridge":
            lines = network_again(situation, network, driver_options={_MTU: str(mtu)})
            if lines:
                yield Change(lines, f"make the network {network} with the MTU {mtu}")
        else:
            new = free_name(situation, f"mtu{mtu}")
            lines = (
                f"docker network create --opt {_MTU}={mtu} {new}",
                connecting(inspected, new),
                f"docker network disconnect bridge {sender.name}",
            )
            yield Change(lines, f"move {sender.name} to a network with the MTU {mtu}")


def _below_tunnels(situation: Situation) -> Iterator[Change]:
    """An MTU below a VXLAN device that holds its header, at all its ends; the learned path MTU is deleted."""
    sender, address = situation.sender, situation.diagnosis.verdict.address
    if sender is None or address is None or (situation.loss is not None and situation.spot is not sender):
        return
    inside = _request_size(situation)
    near = {each.device for each in sender.addresses() if address in Prefix.of(each.address, each.length)}
    for link in sender.links():
        if link.kind != "vxlan" or link.name not in near or not 0 < inside <= link.mtu:
            continue
        ends = list(_below(situation, link.details["id"]))
        needed = inside + max((_HEADER[version] for _, _, version in ends), default=0)
        lines = [
            netns.command(f"ip link set {below.name} mtu {needed}") for netns, below, _ in ends if below.mtu < needed
        ]
        if lines:
            text = f"what is below {link.name} takes {needed} bytes, with the header of VXLAN"
            yield Change((*lines, sender.command("ip route flush cache")), text)


#: Ethernet and VXLAN, UDP and IP (RFC 7348, 5), by the version of IP.
_HEADER: Final = {4: 50, 6: 70}


def _below(situation: Situation, number: Any) -> Iterator[tuple[LabNetns, Link, int]]:
    """The devices with the addresses from which the ends of a VXLAN network send."""
    for netns in situation.namespaces:
        for link in netns.links():
            if link.kind != "vxlan" or link.details.get("id") != number:
                continue
            for entry in netns.addresses():
                below = netns.link(entry.device)
                if str(entry.address) == str(link.details.get("local")) and below is not None:
                    yield netns, below, entry.address.version

"""What is beyond a host's network cards: a namespace `lan` with the gateways, and a route back through the host."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

from vnetsim.livehost.addresses import addresses_of, interface
from vnetsim.livehost.devices import CollectedDevice, CollectedDevices
from vnetsim.livehost.directory import CollectedNamespace
from vnetsim.livehost.writer import HostScriptWriter
from vnetsim.values import frozen

_NAME: Final = "lan"
#: The device in that namespace.
_DEVICE: Final = "eth0"


@frozen(eq=False)
class OutsideNetwork:
    """The segment behind a device of the host: `segments` are its devices with addresses, by their VLAN (0: none)."""

    name: str
    device: CollectedDevice
    segments: dict[int, list[CollectedDevice]]


def outside_networks(devices: CollectedDevices) -> list[OutsideNetwork]:
    cards = [device for device in devices.all if devices.is_outside(device)]
    single = len(cards) == 1
    names: set[str] = {device.namespace.name for device in devices.all}
    found = []
    for card in cards:
        where = f"{card.namespace.name}-" if card.namespace.name else ""
        name = _NAME if single and _NAME not in names else f"{_NAME}-{where}{card.name}"
        while name in names:
            name += "_"
        names.add(name)
        found.append(OutsideNetwork(name, card, _segments(devices, card)))
    return found


def _segments(devices: CollectedDevices, card: CollectedDevice) -> dict[int, list[CollectedDevice]]:
    """The card itself, its bridge, and the MACVLAN, IPVLAN and VLAN devices on either."""
    below = [card]
    master = devices.named(card.namespace, card.record.get("master"))
    if master is not None and master.kind == "bridge":
        below.append(master)
    found = {0: list(below)}
    for device in devices.all:
        if device.kind in ("macvlan", "ipvlan", "vlan") and devices.lower(device) in below:
            tag = int(device.data.get("id", 0)) if device.kind == "vlan" else 0
            found.setdefault(tag, []).append(device)
    return found


def make_outside(network: OutsideNetwork, script: HostScriptWriter) -> None:
    """The namespace and the card, which is one end of a veth pair."""
    card = network.device
    script.run("", "ip", "netns", "add", network.name)
    words = ("ip", "link", "add", card.name, "type", "veth", "peer", "name", _DEVICE, "netns", network.name)
    script.run(card.namespace.name, *words)
    what = "a network card" if card.kind == "" else "a veth whose other end was not collected"
    script.note(card.namespace, f"{card.name}: {what}; behind it is a namespace {network.name} of one machine")


def configure_outside(network: OutsideNetwork, script: HostScriptWriter) -> None:
    name = network.name
    script.run(name, "ip", "link", "set", "lo", "up")
    if network.device.has_carrier:
        script.run(name, "ip", "link", "set", _DEVICE, "up")
    for tag, uppers in sorted(network.segments.items()):
        device = f"{_DEVICE}.{tag}" if tag else _DEVICE
        if tag:
            script.run(name, "ip", "link", "add", "link", _DEVICE, "name", device, "type", "vlan", "id", str(tag))
            script.run(name, "ip", "link", "set", device, "up")
        for address in _addresses(uppers):
            options = ("nodad",) if address.version == 6 else ()
            script.run(name, "ip", "addr", "add", str(address), "dev", device, *options)
        for version in (4, 6):
            _routes_back(name, device, uppers, version, script, default=not tag)


def _addresses(uppers: list[CollectedDevice]) -> list[ipaddress.IPv4Interface | ipaddress.IPv6Interface]:
    """The gateways that the devices use; where there are none, a free address of their networks."""
    taken = [interface(record) for device in uppers for record in addresses_of(device)]
    gateways = [
        ipaddress.ip_address(gateway) for device in uppers for gateway in _gateways(device.namespace, device.name)
    ]
    found, covered = [], set()
    for gateway in dict.fromkeys(gateways):
        network = next((each.network for each in taken if gateway in each.network), None)
        length = network.prefixlen if network else gateway.max_prefixlen
        covered.add(network)
        found.append(ipaddress.ip_interface(f"{gateway}/{length}"))
    for each in taken:
        if each.network not in covered and not each.ip.is_link_local and each.network.num_addresses > 1:
            covered.add(each.network)
            used = {other.ip for other in taken}
            free = next((host for host in _hosts(each.network) if host not in used), None)
            if free is not None:
                found.append(ipaddress.ip_interface(f"{free}/{each.network.prefixlen}"))
    return found


def _hosts(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """From the end, where people have fewer machines."""
    last = int(network.broadcast_address) - (1 if network.version == 4 and network.prefixlen < 31 else 0)
    first = int(network.network_address) + (1 if network.prefixlen < network.max_prefixlen - 1 else 0)
    kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    for number in range(last, max(first, last - 300) - 1, -1):
        yield kind(number)


def _gateways(namespace: CollectedNamespace, device: str) -> Iterator[str]:
    for family in "46":
        for route in namespace.records(f"route{family}.json", f"ip -j -d -{family} route show table all"):
            for hop in (route, *route.get("nexthops", ())):
                if hop.get("dev") == device:
                    gateway = hop.get("gateway") or (hop.get("via") or {}).get("host")
                    if gateway:
                        yield str(gateway)


def _routes_back(
    name: str, device: str, uppers: list[CollectedDevice], version: int, script: HostScriptWriter, *, default: bool
) -> None:
    """To an address that no network covers, directly; to all others through the host."""
    of_host = [interface(record) for upper in uppers for record in addresses_of(upper)]
    mine = _addresses(uppers)
    options = ("-6",) if version == 6 else ()
    direct = [each for each in of_host if each.version == version and not each.ip.is_link_local]
    for each in direct:
        if not any(each.ip in other.network for other in mine):
            script.run(name, "ip", *options, "route", "add", str(each.ip), "dev", device)
    if direct and default:
        script.run(name, "ip", *options, "route", "add", "default", "via", str(direct[0].ip), "dev", device)

"""Proposals about Docker's networks: which of several gives the default gateway, IPv6, other subnets, the MTU.

What the engine set up is changed by the engine's own commands, so that it is still so after a restart: a route or an
MTU that is set in a container's namespace is gone with the container.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.reach.diagnosis import membership
from vnetsim.reach.diagnosis.shared_cards import sharing
from vnetsim.reach.endpoints.name_lookup import network_owner
from vnetsim.reach.endpoints.name_lookup import networks as networks_of
from vnetsim.reach.remedies.changes.containers import MODES, free_name
from vnetsim.reach.remedies.changes.remade import network_again, reconnecting
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.wire.inet import Address, Prefix

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

_MTU: Final = "com.docker.network.driver.mtu"
_NAME: Final = "com.docker.network.bridge.name"
#: From where a free subnet is taken, as from the engine's own pools (default-address-pools).
_POOLS: Final = tuple(map(Prefix.parse, ("172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8")))
#: What a wrong default gateway comes to.
_ABOUT_GATEWAYS: Final = frozenset((
    "NEIGH_FAILED", "IP_OUTNOROUTES", "IP_INNOROUTES", "IP_RPFILTER", "IP_INVALID_SOURCE", "NO_TX_TARGET",
    "NO_CARRIER", "ROUTE_UNREACHABLE", "ROUTE_BLACKHOLE", "ROUTE_PROHIBIT",
))  # fmt: skip


def are_amiss(situation: Situation) -> bool:
    """Whether a network's settings are what is wrong, so that other commands than the engine's only go around it."""
    return shadowing(situation) is not None or any(_defaults(situation))


# --- the default gateway ---------------------------------------------------------------------------------------------


def gateways(situation: Situation) -> Iterator[Change]:
    """Of several networks another one gives the default gateway, where a packet went by the wrong one."""
    lab = situation.lab
    for name, chosen in dict.fromkeys(_defaults(situation)):
        found = lab.docker.container_inspect(name)
        highest = max(each["GwPriority"] for each in found["NetworkSettings"]["Networks"].values())
        for network, settings in found["NetworkSettings"]["Networks"].items():
            if network != chosen and settings["Gateway"] and not membership.is_internal(lab, network):
                lines = reconnecting(found, network, priority=highest + 1)
                yield Change(lines, f"{network} gives the default gateway of {name} instead of {chosen}")


def _defaults(situation: Situation) -> Iterator[tuple[str, str]]:
    """Containers of several networks by whose default gateway the request or the lost answer went, and the networks."""
    verdict, lab, loss = situation.diagnosis.verdict, situation.lab, situation.loss
    if not lab.has_engine or situation.code not in _ABOUT_GATEWAYS:
        return
    for packet in dict.fromkeys((verdict.request, None if loss is None else loss.packet)):
        found = membership.default_network(lab, situation.namespaces, verdict, packet)
        if found is not None:
            yield found


# --- IPv6 ------------------------------------------------------------------------------------------------------------


def ipv6(situation: Situation) -> Iterator[Change]:
    """A container without an IPv6 address, whose destination has one, is connected to a network with IPv6."""
    sender, address = situation.question.sender, situation.diagnosis.verdict.address
    if sender.kind != "container" or address is None or address.version != 6 or address.is_loopback:
        return
    if situation.sender is None or situation.sender.addresses(6):
        return
    name = network_owner(situation.lab, sender.name)
    if set(MODES) & set(networks_of(situation.lab, name)):
        return
    new = free_name(situation, "ipv6")
    lines = (f"docker network create --ipv6 {new}", f"docker network connect {new} {name}")
    yield Change(lines, f"connect {name} to a network with IPv6")


# --- subnets ---------------------------------------------------------------------------------------------------------


def subnets(situation: Situation) -> Iterator[Change]:
    """A network whose subnet contains addresses of others gets another one."""
    found = shadowing(situation)
    if found is None:
        return
    network, old = found
    new = _free_subnet(situation, old)
    lines = network_again(situation, network, subnets={str(old): new}) if new is not None else ()
    if lines:
        yield Change(lines, f"make the network {network} with the subnet {new}, as {old} is in use elsewhere")


def shadowing(situation: Situation) -> tuple[str, Prefix] | None:
    """The Docker network on whose link an address was not resolved that is elsewhere, and its subnet."""
    waited = situation.diagnosis.resolution
    if waited is None or not situation.lab.has_engine:
        return None
    owner_of, asker = situation.namespaces.owner(waited.hop), situation.namespaces.find(waited.namespace)
    if owner_of is None or owner_of.endpoint.kind == "container" or asker is None or owner_of is asker:
        return None
    if owner_of.label in waited.heard_by:
        return None
    for network in networks_of(situation.lab, asker.endpoint.name) if asker.endpoint.kind == "container" else ():
        for subnet in _subnets(situation.lab, network):
            if waited.hop in subnet:
                return network, subnet
    if asker.endpoint.kind == "host":
        return _by_bridge(situation.lab, waited.device, waited.hop)
    return None


def _by_bridge(lab: BaseLab, device: str, address: Address) -> tuple[str, Prefix] | None:
    """The network of a bridge, and its subnet that an address is in."""
    for entry in lab.docker.network_list():
        bridge = (entry["Options"] or {}).get(_NAME) or f"br-{entry['Id'][:12]}"
        for subnet in _subnets(lab, entry["Name"]):
            if bridge == device and address in subnet:
                return entry["Name"], subnet
    return None


def _subnets(lab: BaseLab, network: str) -> list[Prefix]:
    """Subnets that the engine chose, or was configured with, for a bridge; a macvlan has that of its card's segment."""
    found = lab.docker.network_inspect(network)
    return (
        [Prefix.parse(pool["Subnet"]) for pool in found["IPAM"]["Config"] or ()] if found["Driver"] == "bridge" else []
    )


def _free_subnet(situation: Situation, like: Prefix) -> Prefix | None:
    """A private subnet of the same length that nothing in the lab knows of."""
    taken = [
        prefix
        for netns in situation.namespaces
        for prefix in (
            *(route.destination for route in netns.network.routes(4)),
            *(Prefix.of(each.address, each.length) for each in netns.addresses(4)),
        )
        if prefix.length
    ]
    size = 1 << like.address.bits - like.length
    candidates = (
        Prefix.of(type(pool.first)(number), like.length)
        for pool in _POOLS
        if pool.version == like.version and pool.length <= like.length
        for number in range(int(pool.first), int(pool.last), size)
    )
    return next((each for each in candidates if not any(each.overlaps(other) for other in taken)), None)


# --- ipvlan in mode l3 -----------------------------------------------------------------------------------------------


def routed(situation: Situation) -> Iterator[Change]:
    """An ipvlan network in mode l3 is not translated and answers no ARP: others need a route to it by the host."""
    source, spot = situation.towards, situation.spot
    if situation.code != "IP_OUTNOROUTES" or situation.diagnosis.packet != "reply" or source is None or spot is None:
        return
    for netns, link, host, lower in sharing(situation.namespaces):
        entry = next((each for each in netns.addresses() if each.address == source and each.device == link.name), None)
        if entry is None or link.kind != "ipvlan" or link.details.get("mode") not in ("l3", "l3s"):
            continue
        family, subnet = "-6 " if source.version == 6 else "", Prefix.of(entry.address, entry.length)
        near = [Prefix.of(each.address, each.length) for each in spot.addresses(source.version)]
        for own in host.addresses(source.version):
            if own.device == lower.name and any(own.address in prefix for prefix in near):
                command = spot.command(f"ip {family}route add {subnet} via {own.address}")
                yield Change((command,), f"{spot.label} knows the way to {subnet}, which {host.label} routes")

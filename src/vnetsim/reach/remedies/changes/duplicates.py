"""Proposals about addresses that two have: one of them gives it up and gets another.

A container gets its addresses from the engine, which would give it the old one again when it starts: it is connected
anew, with an address that is its own from then on (docker network connect --ip).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vnetsim.dropreason import DropReason
from vnetsim.observations import AddressEntry
from vnetsim.reach.endpoints.endpoints import containers
from vnetsim.reach.endpoints.netns import LabNetns, quoted
from vnetsim.reach.remedies.changes.situation import Change, Situation, joined
from vnetsim.wire.inet import Address, Prefix, parse_address
from vnetsim.wire.mac import Mac


def addresses(situation: Situation) -> Iterator[Change]:
    """The other one gives up the address, and who has talked to it forgets where it was."""
    martian = any(loss.reason is DropReason.IP_INVALID_SOURCE for loss in situation.diagnosis.lost)
    if situation.code != DropReason.DUPLICATE_ADDRESS.code and not martian:
        return
    ends = [netns for netns in (situation.target, situation.sender) if netns is not None]
    for netns in dict.fromkeys([*ends, *situation.path]):
        for entry in netns.addresses():
            for other in situation.namespaces:
                for twin in other.addresses():
                    if other not in (netns, *ends) and twin.address == entry.address:
                        yield from _given_up(situation, (other, twin), (netns, entry))


def _given_up(
    situation: Situation, given: tuple[LabNetns, AddressEntry], kept: tuple[LabNetns, AddressEntry]
) -> Iterator[Change]:
    (other, twin), (netns, entry) = given, kept
    free = _free(situation, Prefix.of(twin.address, twin.length))
    text = f"{other.label} gives up {twin.address}, which {netns.label} has"
    text += "" if free is None else f", and has {free} instead"
    mac = _card(other, twin.device)
    if other.endpoint.kind == "container":
        lines = _connected_anew(situation, other.endpoint.name, twin.address, free)
    else:
        lines = tuple(other.command(line) for line in _readdress(twin, free))
        if mac is not None and mac == _card(netns, entry.device):
            taken = {link.mac for each in situation.namespaces for link in each.links()}
            lines += (other.command(f"ip link set {twin.device} address {free_mac(mac, taken)}"),)
            mac = None  # what the others know is right then
    if lines:
        forget = list(_forgotten(situation, twin.address, mac))
        yield joined([Change(lines, text), *forget])


def _forgotten(situation: Situation, address: Address, mac: Mac | None) -> Iterator[Change]:
    """Neighbours of the one that gave up the address resolve it again."""
    for asker in situation.path:
        for known in asker.network.neighbours():
            if (known.address, known.mac) == (address, mac):
                line = f"ip neigh del {known.address} dev {known.device}"
                yield Change((asker.command(line),), f"{asker.label} asks anew")


def _readdress(twin: AddressEntry, free: Address | None) -> Iterator[str]:
    yield f"ip address del {twin.address}/{twin.length} dev {twin.device}"
    if free is not None:
        yield f"ip address add {free}/{twin.length} dev {twin.device}"


def _card(netns: LabNetns, device: str) -> Mac | None:
    link = netns.link(device)
    return None if link is None else link.mac


def free_mac(mac: Mac, taken: set[Mac | None]) -> Mac:
    """The next unused one."""
    while mac in taken:
        mac = Mac(int(mac) + 1)
    return mac


# --- containers ------------------------------------------------------------------------------------------------------


def _connected_anew(situation: Situation, name: str, address: Address, free: Address | None) -> tuple[str, ...]:
    network = _network(situation, name, address)
    return connected_anew(situation, name, network, free) if network and free is not None else ()


def connected_anew(situation: Situation, name: str, network: str, address: Address) -> tuple[str, ...]:
    """The commands that give a container another address on a network, with the names that it has there."""
    inspected = _endpoints(situation, name)[network]
    aliases = [arg for each in inspected["Aliases"] or () for arg in ("--alias", each)]
    flag = "--ip6" if address.version == 6 else "--ip"
    return (
        f"docker network disconnect {network} {name}",
        quoted("docker", "network", "connect", flag, str(address), *aliases, network, name),
    )


def takers(situation: Situation, name: str) -> Iterator[tuple[str, str, Address]]:
    """Those who have an address that a container requests: their names, the networks, and unused addresses."""
    for network, inspected in _endpoints(situation, name).items():
        wanted = (inspected["IPAMConfig"] or {}).get("IPv4Address")
        for other in containers(situation.lab) if wanted else ():
            theirs = _endpoints(situation, other).get(network)
            if other != name and theirs is not None and theirs["IPAddress"] == wanted:
                prefix = Prefix.of(parse_address(wanted), theirs["IPPrefixLen"])
                free = _free(situation, prefix)
                if free is not None:
                    yield other, network, free


def _network(situation: Situation, name: str, address: Address) -> str:
    """The network of the engine on which a container has an address."""
    for network, inspected in _endpoints(situation, name).items():
        if str(address) in (inspected["IPAddress"], inspected["GlobalIPv6Address"]):
            return network
    return ""


def _endpoints(situation: Situation, name: str) -> dict[str, Any]:
    found: dict[str, Any] = situation.lab.docker.container_inspect(name)["NetworkSettings"]["Networks"]
    return found


def _free(situation: Situation, prefix: Prefix) -> Address | None:
    """An unused address that is fixed for none of the containers."""
    fixed = {
        arg
        for name in (containers(situation.lab) if situation.lab.has_engine else ())
        for inspected in _endpoints(situation, name).values()
        for arg in (inspected["IPAMConfig"] or {}).values()
    }
    return situation.namespaces.free_address(prefix, {parse_address(each) for each in fixed if isinstance(each, str)})

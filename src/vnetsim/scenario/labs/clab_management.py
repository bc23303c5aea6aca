"""containerlab's management network (docs/manual/network.md): the subnets, and the address of each node in them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final, TypeAlias

from vnetsim.errors import UsageError
from vnetsim.scenario.composefile import child, pairs
from vnetsim.scenario.labs.clab_file import ClabFile, ClabNode, ClabValue
from vnetsim.values import frozen

_SUBNETS: Final = (("ipv4-subnet", "172.20.20.0/24"), ("ipv6-subnet", "3fff:172:20:20::/64"))
_ADDRESSES: Final = ("mgmt-ipv4", "mgmt-ipv6")
#: The settings of `mgmt` that are honoured, or only name things.
_KNOWN: Final = ("network", "bridge", "ipv4-subnet", "ipv6-subnet")

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Subnet: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@frozen
class ClabManagement:
    """`gateways` are the host's addresses, of IPv4 and IPv6, with the lengths of the prefixes."""

    gateways: tuple[str, str]
    #: Of each node, by its name, the address of IPv4 and of IPv6 with the lengths of the prefixes.
    addresses: dict[str, tuple[str, str]]
    subnet: str
    unknown: tuple[ClabValue, ...]

    @classmethod
    def of(cls, topology: ClabFile, nodes: Iterable[ClabNode]) -> ClabManagement:
        """UsageError for a subnet or an address that makes no sense."""
        mgmt, nodes = child(topology.root, "mgmt"), list(nodes)
        unknown = tuple(ClabValue(key.value, key.line) for key, _ in pairs(mgmt) if key.value not in _KNOWN)
        families = []
        for (key, usual), address_key in zip(_SUBNETS, _ADDRESSES, strict=True):
            given = child(mgmt, key)
            line = given.line if given is not None else 1
            subnet = _parsed(topology.file, line, given.value if given is not None else usual, ":" in usual)
            families.append((subnet, _assigned(topology.file, subnet, nodes, address_key)))
        (subnet4, of4), (subnet6, of6) = families
        return cls(
            gateways=(_with_length(subnet4[1], subnet4), _with_length(subnet6[1], subnet6)),
            addresses={node.name: (_with_length(of4[node.name], subnet4), _with_length(of6[node.name], subnet6))
                       for node in nodes},
            subnet=str(subnet4),
            unknown=unknown,
        )  # fmt: skip


def _parsed(file: str, line: int, text: str, is_ipv6: bool) -> _Subnet:
    try:
        subnet = ipaddress.ip_network(text)
    except ValueError:
        subnet = None
    if subnet is None or (subnet.version == 6) != is_ipv6 or subnet.num_addresses < 4:
        raise UsageError(f"{file}:{line}: expected a subnet of IPv{6 if is_ipv6 else 4}, found {text!r}")
    return subnet


def _assigned(file: str, subnet: _Subnet, nodes: Iterable[ClabNode], key: str) -> dict[str, _Address]:
    """The addresses that nodes ask for, and of the others the next free ones."""
    found: dict[str, _Address] = {}
    for node in nodes:
        wanted = node.scalar(key)
        if wanted is not None:
            found[node.name] = _wanted(file, subnet, wanted, found)
    free = subnet[1]
    for node in nodes:
        while node.name not in found:
            free += 1
            if free not in subnet or (free == subnet[-1] and subnet.version == 4):
                raise UsageError(f"{file}:{node.line}: no address of {subnet} is left for {node.name}")
            if free not in found.values():
                found[node.name] = free
    return found


def _wanted(file: str, subnet: _Subnet, wanted: ClabValue, found: dict[str, _Address]) -> _Address:
    try:
        address = ipaddress.ip_address(wanted.text)
    except ValueError:
        address = None
    if address is None or address not in subnet or address in (subnet[0], subnet[1]):
        raise UsageError(f"{file}:{wanted.line}: expected an address of {subnet}, found {wanted.text!r}")
    if address in found.values():
        raise UsageError(f"{file}:{wanted.line}: {address} is the address of another node already")
    return address


def _with_length(address: _Address, subnet: _Subnet) -> str:
    return f"{address}/{subnet.prefixlen}"

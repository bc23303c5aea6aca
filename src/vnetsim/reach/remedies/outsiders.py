"""Machines that are added to a copy of a lab, so that the effects of a change on other machines can be probed.

A lab seldom has two machines in the network of a rule, or one behind the gateway.  Without them, a rule for
one source address and a rule for all look the same.  So the copies on which changes are compared get them: an
address at the top of the network of the sender (and of the machine outside), and an address of 203.0.113.0/24
(RFC 5737) behind the machine outside.  The address is added to a namespace that exists; the packets are real.

Not modelled: machines with a MAC address of their own, and routers other than the machine outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.netns import LabNamespaces, LabNetns
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, Prefix, parse_address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: A host on the internet, behind the machine outside (RFC 5737, TEST-NET-3).
INTERNET: Final = parse_address("203.0.113.77")
#: Addresses tried from the top of a network, and the longest prefix with a spare address.
_TRIED: Final = 50
_NARROWEST: Final = 29


@frozen
class Outsider:
    """`source` is its address, `host` the end in whose namespace it is, `prefix` its network; `name` is for people."""

    source: Endpoint
    host: Endpoint
    prefix: Prefix
    name: str

    @property
    def version(self) -> int:
        return self.prefix.version

    def __str__(self) -> str:
        return f"{self.name} ({self.source})"


def outsiders(namespaces: LabNamespaces, question: ReachQuestion) -> list[Outsider]:
    """Those of the networks of the sender and of the machine outside, and one on the internet."""
    lan = namespaces.of(Endpoint("lan")) if "lan" in namespaces.lab.machine.named_namespaces() else None
    found: dict[Endpoint, Outsider] = {}
    for netns in dict.fromkeys([namespaces.of(question.sender), lan]):
        if netns is not None and netns.endpoint.kind != "host":
            for each in _neighbours(namespaces, netns):
                found.setdefault(each.source, each)
    if lan is not None and namespaces.owner(INTERNET) is None:
        end = Endpoint("address", str(INTERNET))
        found[end] = Outsider(end, lan.endpoint, Prefix.of(INTERNET, INTERNET.bits), "the internet")
    return list(found.values())


def add_outsiders(lab: BaseLab, wanted: list[Outsider]) -> list[Outsider]:
    """Add them to a copy, unless they are there; those that it has now."""
    namespaces = LabNamespaces(lab)
    return [each for each in wanted if _add(namespaces, each)]


def _add(namespaces: LabNamespaces, outsider: Outsider) -> bool:
    netns, address = namespaces.of(outsider.host), outsider.source.address
    if netns is None or address is None:
        return False
    if netns.has(address):
        return True
    device = "lo" if outsider.prefix.length == address.bits else _device(netns, outsider.prefix)
    nodad = " nodad" if address.version == 6 else ""
    line = f"ip address add {address}/{outsider.prefix.length} dev {device}{nodad}"
    return bool(device) and bool(namespaces.lab.run(netns.command(line)))


def _device(netns: LabNetns, prefix: Prefix) -> str:
    """The device with which a namespace is in a network; "" if it is not."""
    found = (entry for entry in netns.addresses(prefix.version) if entry.address in prefix)
    return next((entry.device for entry in found), "")


def _neighbours(namespaces: LabNamespaces, netns: LabNetns) -> Iterator[Outsider]:
    for version in (4, 6):
        entry = next(iter(netns.addresses(version)), None)
        prefix = None if entry is None else Prefix.of(entry.address, entry.length)
        address = None if prefix is None else _last_free(namespaces, prefix)
        if prefix is not None and address is not None:
            end = Endpoint("address", str(address))
            yield Outsider(end, netns.endpoint, prefix, f"another machine of {prefix}")


def _last_free(namespaces: LabNamespaces, prefix: Prefix) -> Address | None:
    """The last unused address of a network, so that the next to be allocated stays free; None for small networks."""
    if prefix.version == 4 and prefix.length > _NARROWEST:
        return None
    taken = namespaces.taken()
    for number in range(int(prefix.last) - 1, int(prefix.last) - _TRIED, -1):
        candidate = type(prefix.first)(number)
        if candidate not in taken and candidate in prefix:
            return candidate
    return None

"""Names instead of numbers: what tcpdump prints without -n (addrtoname.c, oui.c).

Addresses are looked up as they turn up, ports in the list of services, stations by the maker that their address names.
Not modelled: /etc/ethers, and all makers but those that a virtual network meets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc import netdb
from vnetsim.programs.tcpdump.identifiers import Databases
from vnetsim.wire import icmp, ipv4, ipv6
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import Payload, Tagged
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import BROADCAST, Mac

_MAKERS: Final = {0x000000: "Ethernet", 0x00000C: "Cisco", 0x00005E: "IANA"}


def databases(process: Process) -> Databases:
    protocols = {
        name: int(entry.number)
        for entry in reversed([*netdb.entries(process, "protocols")])
        for name in (*entry.aliases, entry.name)
    }
    return Databases(_services(process), protocols)


def _services(process: Process) -> dict[str, dict[str, int]]:
    """The ports of each service, by protocol."""
    known: dict[str, dict[str, int]] = {}
    for entry in netdb.entries(process, "services"):
        port, _, protocol = entry.number.partition("/")
        for name in (entry.name, *entry.aliases):
            known.setdefault(name, {}).setdefault(protocol, int(port))
    return known


class Lookup:
    """The names that one process has learned so far."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._addresses: dict[tuple[int, Address], str] = {}
        self._ports: dict[tuple[int, str], str] = {}
        for entry in netdb.entries(process, "services"):
            port, _, protocol = entry.number.partition("/")
            self._ports.setdefault((int(port), protocol), entry.name)

    def learn(self, payload: Payload) -> Coroutine[None]:
        """Resolve the addresses in a packet to names."""
        for address in _addresses(payload):
            key = address.version, address
            if key not in self._addresses:
                name: str | None = yield self._process.reverse(address)
                self._addresses[key] = name or str(address)

    def address(self, address: Address) -> str:
        return self._addresses.get((address.version, address), str(address))

    def port(self, port: int, protocol: str) -> str:
        return self._ports.get((port, protocol), str(port))

    def station(self, mac: Mac) -> str:
        if mac == BROADCAST:
            return "Broadcast"
        return f"{mac} (oui {_MAKERS.get(mac >> 24, 'Unknown')})"


def _addresses(payload: Payload) -> Iterator[Address]:
    while isinstance(payload, Tagged):
        payload = payload.payload
    if isinstance(payload, Arp):
        yield payload.sender_ip
        yield payload.target_ip
    elif isinstance(payload, (ipv4.Packet, ipv6.Packet)):
        yield payload.source
        yield payload.destination
        if isinstance(payload.payload, icmp.Icmp):
            yield from _quoted(payload.payload)


def _quoted(message: icmp.Icmp) -> Iterator[Address]:
    quoted = message.quoted()
    if quoted is not None:
        yield quoted.destination
        if message.type == icmp.REDIRECT:
            yield message.gateway

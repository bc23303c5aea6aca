"""A host for tests of net-tools: two interfaces with addresses, routes, neighbours and sockets that change as told."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from tests.programs.clocked import ClockedProcess, Machine, drive
from tests.programs.fake import Ended, FakeContext, FakeFiles
from tests.programs.iproute2.ip.ip_host import LO, inet, veth
from tests.programs.iproute2.ip.routing import Routing, connected, route
from vnetsim.observations import AddressEntry, Link, NeighbourEntry, SocketEntry, Statistics
from vnetsim.operations import AddAddress, DeleteAddress, SetLink
from vnetsim.process import Main
from vnetsim.programs.nettools import arp, ifconfig, netstat
from vnetsim.programs.nettools import route as route_program
from vnetsim.wire.inet import IPv4, parse_address
from vnetsim.wire.mac import Mac

V0 = veth(2, "v0", 3, statistics=Statistics(rx_packets=18, rx_bytes=1284, tx_packets=26, tx_bytes=1902))
V10 = veth(3, "v10", 2, flags=("BROADCAST", "MULTICAST"), state="DOWN")
OF_V0 = inet(V0, "10.0.0.1/24", broadcast=IPv4.parse("10.0.0.255"))
ROUTES = [
    route("default", "10.0.0.2", "v0"),
    connected("10.0.0.0/24", "v0", "10.0.0.1"),
    route("10.5.0.0/16", "10.0.0.2", "v0", advmss=1000),
    route("10.7.0.1", "10.0.0.2", "v0", metric=5),
    route("10.8.0.0/16", kind="unreachable"),
    route("169.254.0.0/16", None, "v0", scope=253),
    connected("10.0.0.1", "v0", "10.0.0.1", kind="local", table=255, scope=254),
]
MAC = Mac.parse("02:00:00:00:00:02")


def neighbour(address: str, state: str, mac: Mac | None = MAC) -> NeighbourEntry:
    return NeighbourEntry(address=parse_address(address), device="v0", mac=mac, state=state)


NEIGHBOURS = [
    neighbour("10.0.0.2", "REACHABLE"),
    neighbour("10.0.0.9", "PERMANENT"),
    neighbour("10.0.0.77", "FAILED", None),
    neighbour("10.0.0.5", "NOARP"),
]


@attrs.define
class Host(Routing):
    """Addresses come and go as operations say."""

    sockets_seen: Sequence[SocketEntry] = ()

    def sockets(self) -> Sequence[SocketEntry]:
        return self.sockets_seen

    def execute(self, operation: Any) -> None:
        Routing.execute(self, operation)
        if isinstance(operation, DeleteAddress):
            self.addresses_seen = [it for it in self.addresses_seen if it.address != operation.interface.address]
        elif isinstance(operation, AddAddress):
            link = next(link for link in self.links_seen if link.name == operation.device)
            entry = AddressEntry(
                index=link.index,
                device=link.name,
                address=operation.interface.address,
                length=operation.interface.length,
                peer=operation.peer,
                broadcast=operation.broadcast,
                label=operation.label,
            )
            self.addresses_seen = [*self.addresses_seen, entry]


_PROGRAMS: dict[str, Main] = {
    "ifconfig": ifconfig.main,
    "route": route_program.main,
    "arp": arp.main,
    "netstat": netstat.main,
}


def tool(
    command: str, *, addresses: Sequence[AddressEntry] = (OF_V0,), links: Sequence[Link] = (LO, V10, V0),
    sockets: Sequence[SocketEntry] = (), names: dict[str, str] | None = None,
    refuse: Callable[[Any], None] = lambda _: None, **of_network: Any,
) -> tuple[Ended, Host]:  # fmt: skip
    """Run one of the tools: how it ended, and the host as it is then."""
    values = {"tables": list(ROUTES), "entries": list(NEIGHBOURS), **of_network}
    network = Host(links, addresses, refuse, sockets_seen=sockets, **values)
    context = FakeContext(network=network, files=FakeFiles())
    process = ClockedProcess(shlex.split(command), context, Machine(), names or {})
    return drive(_PROGRAMS[command.split(maxsplit=1)[0]], process, process.machine), network


def up(device: str) -> SetLink:
    return SetLink(device=device, up=True)

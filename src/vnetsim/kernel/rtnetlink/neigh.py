"""Requests about neighbours (net/core/neighbour.c: neigh_add, neigh_delete, neigh_dump_info)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.observations import NeighbourEntry
from vnetsim.operations import ChangeNeighbour, DeleteNeighbour, Verb
from vnetsim.protocols.neighbour_entry import Neighbour, NudState
from vnetsim.wire.inet import Address, IPv4

if TYPE_CHECKING:
    from vnetsim.kernel.neigh.neighbour import Neighbours
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.kernel.netns import NetworkNamespace


def change_neighbour(namespace: NetworkNamespace, request: ChangeNeighbour) -> None:
    device = namespace.device(request.device)
    neighbours = _of(namespace, request.address)
    if request.proxy:
        neighbours.proxies[device.index, request.address] = None
        return
    now = namespace.host.engine.now()
    neighbours.carry_out(
        neighbours.table.change(
            device.index,
            request.address,
            request.mac,
            NudState[request.state.upper()],
            now,
            create=request.verb in (Verb.ADD, Verb.REPLACE),
            exclusive=request.verb is Verb.ADD,
            replace=request.verb in (Verb.CHANGE, Verb.REPLACE),
            router=request.router,
        )
    )


def delete_neighbour(namespace: NetworkNamespace, request: DeleteNeighbour) -> None:
    device = namespace.device(request.device)
    neighbours = _of(namespace, request.address)
    if request.proxy:
        if (device.index, request.address) not in neighbours.proxies:
            raise KernelError(Errno.ENOENT)
        del neighbours.proxies[device.index, request.address]
        return
    now = namespace.host.engine.now()
    neighbours.carry_out(neighbours.table.delete(device.index, request.address, now))


def _of(namespace: NetworkNamespace, address: Address) -> Neighbours:
    return namespace.arp if isinstance(address, IPv4) else namespace.ndisc


def dump_neighbours(namespace: NetworkNamespace, version: int | None) -> list[NeighbourEntry]:
    """IPv4's first, then IPv6's."""
    entries: list[NeighbourEntry] = []
    for number, neighbours in ((4, namespace.arp), (6, namespace.ndisc)):
        if version in (None, number):
            entries += [neighbour_entry(namespace, entry) for entry in neighbours.table.dump()]
            entries += [
                NeighbourEntry(address=address, device=namespace.by_index[index].name, mac=None, state="", proxy=True)
                for index, address in sorted(neighbours.proxies)
                if index in namespace.by_index
            ]
    return entries


def neighbour_entry(namespace: NetworkNamespace, entry: Neighbour[Skb]) -> NeighbourEntry:
    now = namespace.host.engine.now()
    return NeighbourEntry(
        address=entry.address, device=namespace.by_index[entry.index].name,
        mac=entry.known_mac, state=entry.state.value, references=int(entry.timer is not None),
        router=bool(entry.router), probes=entry.probes, used_seconds=(now - entry.used) // SECOND,
        confirmed_seconds=(now - entry.confirmed) // SECOND, updated_seconds=(now - entry.updated) // SECOND,
    )  # fmt: skip

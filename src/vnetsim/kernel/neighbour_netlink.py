"""Requests about neighbours (net/core/neighbour.c: neigh_add, neigh_delete, neigh_dump_info)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.observations import NeighbourEntry
from vnetsim.operations import ChangeNeighbour, DeleteNeighbour, Verb
from vnetsim.protocols.neighbour import Entry, State
from vnetsim.wire.inet import IPv4

if TYPE_CHECKING:
    from vnetsim.kernel.buffer import Skb
    from vnetsim.kernel.namespace import NetworkNamespace


def change_neighbour(namespace: NetworkNamespace, request: ChangeNeighbour) -> None:
    device = namespace.device(request.device)
    if not isinstance(request.address, IPv4):
        namespace.ip6.change_neighbour(device, request)
        return
    if request.proxy:
        namespace.arp.proxies.add((device.index, request.address))
        return
    now = namespace.host.engine.now()
    table = namespace.arp.table
    namespace.arp.carry_out(
        table.change(
            device.index,
            request.address,
            request.mac,
            State[request.state.upper()],
            now,
            create=request.verb in (Verb.ADD, Verb.REPLACE),
            exclusive=request.verb is Verb.ADD,
            replace=request.verb in (Verb.CHANGE, Verb.REPLACE),
        )
    )  # fmt: skip


def delete_neighbour(namespace: NetworkNamespace, request: DeleteNeighbour) -> None:
    device = namespace.device(request.device)
    if not isinstance(request.address, IPv4):
        namespace.ip6.delete_neighbour(device, request)
        return
    if request.proxy:
        if (device.index, request.address) not in namespace.arp.proxies:
            raise KernelError(Errno.ENOENT)
        namespace.arp.proxies.remove((device.index, request.address))
        return
    now = namespace.host.engine.now()
    namespace.arp.carry_out(namespace.arp.table.delete(device.index, request.address, now))


def dump_neighbours(namespace: NetworkNamespace, version: int | None) -> list[NeighbourEntry]:
    """IPv4's first, then IPv6's."""
    entries = []
    if version in (None, 4):
        entries += [_entry(namespace, entry) for entry in namespace.arp.table.dump()]
        entries += [
            NeighbourEntry(address=address, device=namespace.by_index[index].name, mac=None, state="", proxy=True)
            for index, address in sorted(namespace.arp.proxies) if index in namespace.by_index
        ]  # fmt: skip
    if version in (None, 6):
        entries += [_entry(namespace, entry) for entry in namespace.ip6.neighbours.dump()]
    return entries


def _entry(namespace: NetworkNamespace, entry: Entry[Skb]) -> NeighbourEntry:
    now = namespace.host.engine.now()
    return NeighbourEntry(
        address=entry.address, device=namespace.by_index[entry.index].name,
        mac=entry.known_mac, state=entry.state.value, references=int(entry.timer is not None),
        router=bool(entry.router), probes=entry.probes, used_seconds=(now - entry.used) // SECOND,
        confirmed_seconds=(now - entry.confirmed) // SECOND, updated_seconds=(now - entry.updated) // SECOND,
    )  # fmt: skip

"""The topology of a lab as it is now, for pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.lab.base_lab import BaseLab
from vnetsim.playback import tables
from vnetsim.views.topology import DrawnTopology, NamespaceRows, topology

if TYPE_CHECKING:
    from vnetsim.kernel.host import Host
    from vnetsim.kernel.netdev.device import Device


def topology_of(lab: BaseLab, title: str) -> DrawnTopology:
    """All namespaces but the one outside of a nested machine."""
    host: Host = lab.network().namespace.host
    seen = [each for each in host.namespaces if each is host.root or each is not host.first]
    places = {device: number for number, device in enumerate(d for each in seen for d in each.by_index.values())}

    def place(device: Device | None) -> str:
        return "" if device is None or device not in places else str(places[device])

    return topology(title, [
        NamespaceRows(
            each.label, each is host.root,
            [tables.link(device, place(device), place(device.master), place(device.peer))
             for device in each.by_index.values()],
            [read.row for read in tables.addresses(each)],
        )
        for each in seen
    ])  # fmt: skip

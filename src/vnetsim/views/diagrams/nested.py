"""Wide networks as nested boxes.

A namespace to which several others are connected, and they to no other one, is a box around them: each is below the
port at the other end of its cable, and the ports of a bridge are below the bridge.  The player draws them likewise
(player/src/hubs.ts).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from vnetsim.values import define
from vnetsim.views.diagrams.arrangement import (
    GAP,
    HEIGHT,
    PAD,
    TITLE,
    Arrangement,
    Rectangle,
    device_width,
    masters_of,
    packed,
)
from vnetsim.views.topology import Connection, DrawnDevice, DrawnTopology

#: From so many on, namespaces at another one are in its box.
_MANY: Final = 4
_RAIL, _CABLE, _APART = 18, 16, 28


@define
class _Cell:
    """What is below a bridge: ports, and the namespace below them, if there is one."""

    placed: Arrangement
    ports: list[DrawnDevice]


class _Nesting:
    def __init__(self, topology: DrawnTopology) -> None:
        self.topology = topology
        self.masters = masters_of(topology.connections)
        self.owner = {device.place: n for n, each in enumerate(topology.namespaces) for device in each.devices}
        self.devices = {device.place: device for each in topology.namespaces for device in each.devices}
        #: By namespace and the other namespace: ports of the other one.
        self.ports: dict[int, dict[int, list[int]]] = {}
        for one, other in (each.ends for each in topology.connections):
            if self.owner[one] != self.owner[other]:
                for own, port in ((one, other), (other, one)):
                    self.ports.setdefault(self.owner[own], {}).setdefault(self.owner[port], []).append(port)
        self.held = self._held()

    def _held(self) -> dict[int, list[int]]:
        """The namespaces in the box of another one, by that one."""
        found: dict[int, list[int]] = {}
        for own, others in sorted(self.ports.items()):
            if len(others) == 1:
                found.setdefault(next(iter(others)), []).append(own)
        found = {hub: all_of_it for hub, all_of_it in found.items() if len(all_of_it) >= _MANY}
        return {hub: [own for own in all_of_it if own not in found] for hub, all_of_it in found.items()}

    def arranged(self) -> Arrangement:
        inside = {own for all_of_it in self.held.values() for own in all_of_it}
        whole = packed([self._namespace(n) for n in range(len(self.topology.namespaces)) if n not in inside], _APART)
        found = Arrangement()
        found.take(whole, PAD, PAD)
        found.width, found.height = found.width + PAD, found.height + PAD
        return found

    # --- a namespace -------------------------------------------------------------------------------------------------

    def _namespace(self, number: int) -> Arrangement:
        drawn, found = self.topology.namespaces[number], Arrangement()
        content = self._hub(number) if number in self.held else _row(drawn.devices)
        found.width = max(content.width + 2 * PAD, 8 * len(drawn.label) + 3 * PAD, 110)
        found.height = TITLE + content.height + 2 * PAD
        found.namespaces[number] = Rectangle(0, 0, found.width, found.height)
        found.take(content, (found.width - content.width) / 2, TITLE + PAD)
        return found

    def _hub(self, number: int) -> Arrangement:
        sections: dict[int | None, list[_Cell]] = {}
        done: set[int] = set()
        for own in self.held[number]:
            ports = self.ports[own][number]
            bridge = self.masters.get(ports[0])
            near = [port for port in ports if self.masters.get(port) == bridge]
            sections.setdefault(bridge, []).append(self._cell(own, near))
            done |= set(near)
        bridges = set(self.masters.values())
        for device in self.topology.namespaces[number].devices:
            if device.place not in done | bridges:
                cell = _Cell(Arrangement(0, _RAIL), [device])
                cell.placed.take(_row([device]), 0, _RAIL)
                sections.setdefault(self.masters.get(device.place), []).append(cell)
        return packed([self._section(bridge, cells) for bridge, cells in sections.items()], _APART)

    def _cell(self, own: int, ports: Iterable[int]) -> _Cell:
        found, below = Arrangement(), self._namespace(own)
        devices = [self.devices[port] for port in ports]
        row = _row(devices)
        found.width = max(row.width, below.width)
        found.take(row, (found.width - row.width) / 2, _RAIL)
        found.take(below, (found.width - below.width) / 2, _RAIL + HEIGHT + _CABLE)
        return _Cell(found, devices)

    # --- the ports of a bridge ---------------------------------------------------------------------------------------

    def _section(self, bridge: int | None, cells: Sequence[_Cell]) -> Arrangement:
        found, ordered = Arrangement(), sorted(cells, key=lambda cell: -cell.placed.height)
        content = packed([cell.placed for cell in ordered], GAP)
        if bridge is None:
            return content
        found.take(_row([self.devices[bridge]]), 0, 0)
        found.take(content, _RAIL, HEIGHT)
        for device in (port for cell in ordered for port in cell.ports):
            port = found.devices[device.place]
            middle, rail = port.x + port.width / 2, port.y - _RAIL * 2 / 3
            route = ((_RAIL / 2, HEIGHT), (_RAIL / 2, rail), (middle, rail), (middle, port.y))
            found.routes[Connection("port", (device.place, bridge))] = route
        return found


def _row(devices: Iterable[DrawnDevice]) -> Arrangement:
    found, x = Arrangement(), 0.0
    for device in devices:
        width = device_width(device)
        found.devices[device.place] = Rectangle(x, 0, width, HEIGHT)
        found.width, found.height = x + width, HEIGHT
        x += width + GAP
    return found


def nested(topology: DrawnTopology) -> Arrangement:
    return _Nesting(topology).arranged()

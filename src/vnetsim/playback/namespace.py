"""What was read of one namespace last, and what of it is different now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from vnetsim.playback import tables
from vnetsim.playback.tables import Read, Rules
from vnetsim.views.player.timeline import TableCell, Timeline

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace

_NEVER: Final = 1 << 62


class RecordedNamespace:
    """`node` is its number in the timeline, `place_of` gives that of any device.

    `touched` is whether more than packets may have changed it since it was read; `next_end` is when the next entry
    ends by time alone.
    """

    def __init__(
        self, namespace: NetworkNamespace, node: int, timeline: Timeline, place_of: Callable[[Device], int]
    ) -> None:
        self.namespace, self.node, self._timeline, self._place_of = namespace, node, timeline, place_of
        self._places: dict[Device, int] = {}
        self._known: dict[str, dict[str, tuple[str, ...]]] = {}
        self._counted: dict[TableCell, tuple[int, ...]] = {}
        self._cells: dict[tuple[str, str], TableCell] = {}
        self._rules = Rules(namespace)
        self.touched = True
        self.next_end = _NEVER

    def place(self, device: Device) -> int:
        """The node of a device in this namespace."""
        place = self._places.get(device)
        if place is None:
            place = self._places[device] = self._timeline.node("device", self.node, device.name)
        return place

    def read(self, now: int, rows: list[Any], counters: list[Any]) -> None:
        """Append what is different: rows, and by how much counters grew."""
        namespace = self.namespace
        if self.touched:
            self.touched = False
            name = namespace.host.name_of(namespace) or ""
            self._differ("namespace", [Read("", (namespace.label, name))], rows, counters)
            self._differ("addresses", tables.addresses(namespace), rows, counters)
            self._differ("routes", tables.routes(namespace), rows, counters)
            self._differ("policies", tables.policies(namespace), rows, counters)
            self._differ("vlans", tables.vlans(namespace), rows, counters)
        self._differ("links", self._links(), rows, counters)
        self._differ("rules", self._rules.read(), rows, counters)
        self._differ("neighbours", tables.neighbours(namespace), rows, counters)
        self._timed(now, rows, counters)

    def read_timed(self, at: int, rows: list[Any]) -> None:
        """Append the ends of entries that lasted until `at`."""
        self._timed(at, rows, [])

    def _timed(self, now: int, rows: list[Any], counters: list[Any]) -> None:
        self._differ("forwarding", tables.forwarding(self.namespace, now), rows, counters)
        self._differ("connections", tables.connections(self.namespace, now), rows, counters)
        end = tables.next_end(self.namespace, now)
        self.next_end = _NEVER if end is None else end

    def _links(self) -> Iterable[Read]:
        for device in self.namespace.by_index.values():
            master = "" if device.master is None else str(self._place_of(device.master))
            peer = "" if device.peer is None else str(self._place_of(device.peer))
            row = tables.link(device, str(self.place(device)), master, peer)
            yield Read(str(device.index), row, tables.link_counters(device))

    def _differ(self, table: str, reads: Iterable[Read], rows: list[Any], counters: list[Any]) -> None:
        known = self._known.get(table, {})
        now: dict[str, tuple[str, ...]] = {}
        for key, row, counted in reads:
            now[key] = row
            if known.get(key) != row:
                rows.append((self._cell(table, key), row))
            if counted:
                self._count(self._cell(table, key), counted, counters)
        for key in known:
            if key not in now:
                cell = self._cell(table, key)
                rows.append((cell, None))
                if cell in self._counted:
                    self._count(cell, (0,) * len(self._counted[cell]), counters)
        self._known[table] = now

    def _cell(self, table: str, key: str) -> TableCell:
        cell = self._cells.get((table, key))
        if cell is None:
            cell = self._cells[table, key] = TableCell(self.node, table, key)
        return cell

    def _count(self, cell: TableCell, counted: tuple[int, ...], counters: list[Any]) -> None:
        before = self._counted.get(cell)
        if before == counted:
            return
        self._counted[cell] = counted
        for number, value in enumerate(counted):
            grown = value - (0 if before is None else before[number])
            if grown:
                counters.append((cell, number, grown))

    def gone(self) -> list[Any]:
        """The rows of a namespace that is no more."""
        return [(self._cell(table, key), None) for table, known in self._known.items() for key in known]

"""What the player plays, as JSON: items in the order in which they happened, each once.

An item is an event of a packet, a change of tables, or the beginning or end of a command.  Items are columns of
numbers; texts, frames and rows are written once and named by their index.  Nothing that was added changes later, so
that `chunk` gives what is new since the last one: a file has one chunk, a live page gets them one after the other.

A table is a set of cells, and a cell has a row (texts) or none.  A counter belongs to a cell and a change of it is how
much it grew.  `src/timeline.ts` of the player reads the same format.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final

from vnetsim.clock import SECOND
from vnetsim.trace import Delivered, Dropped, Event, Filtered, Made, Received, Routed, Transmitted, Waiting
from vnetsim.values import define, frozen
from vnetsim.views.player.layers import layers
from vnetsim.views.story import ending, losses
from vnetsim.wire.ethernet import Frame

#: Of the format; a player refuses another one.
FORMAT: Final = 1
_KINDS: Final = {Made: 0, Transmitted: 1, Received: 2, Filtered: 3, Routed: 4, Waiting: 5, Delivered: 6, Dropped: 7}
_CHANGES, _BEGIN, _END = 8, 9, 10
#: No row, no frame, no other item.
NONE: Final = -1
#: Items in a file, and bytes of frames and rows.
MOST_ITEMS: Final = 200_000
MOST_BYTES: Final = 32_000_000


class Index:
    """Values by the number that each gets when it is met first."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self.values: list[Any] = []

    def of(self, key: Hashable, value: object = None) -> int:
        """The number of `key`; what is written for it is `value`, or itself."""
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.values)
            self.values.append(key if value is None else value)
        return number


@frozen
class TableCell:
    """A cell of `table` in the namespace with the number `node`."""

    node: int
    table: str
    key: str


@define
class _Columns:
    """Of each item: kind, nanoseconds since the item before it, node, packet, and two references by kind."""

    kind: list[int]
    after: list[int]
    node: list[int]
    packet: list[int]
    first: list[int]
    second: list[int]

    def append(self, *values: int) -> None:
        for column, value in zip(self.all(), values, strict=True):
            column.append(value)

    def all(self) -> tuple[list[int], ...]:
        return self.kind, self.after, self.node, self.packet, self.first, self.second


class Timeline:
    """`begins` is the time of the machine, in nanoseconds, from which the first item is counted."""

    def __init__(
        self, title: str, begins: int = 0, most_items: int | None = None, most_bytes: int | None = None
    ) -> None:
        self._head = {"format": FORMAT, "title": title, "begins": begins}
        self._most_items, self._bytes_left = most_items or MOST_ITEMS, most_bytes or MOST_BYTES
        self._now = begins
        self._texts, self._tables, self._cells, self._rows = Index(), Index(), Index(), Index()
        self._counters, self._frames, self._fields = Index(), Index(), Index()
        self._nodes: list[list[Any]] = []
        self._columns = _Columns([], [], [], [], [], [])
        self._row_changes: list[int] = []
        self._counter_changes: list[int] = []
        self._commands: list[list[Any]] = []
        self._ended: list[list[Any]] = []
        self._unheard: list[int] = []
        self._journeys: dict[int, list[Event]] = {}
        self._sent: dict[tuple[int, int], int] = {}
        self._given: dict[str, int] = {}
        self._items = 0
        #: Events that came after the file was full, and the time of the first of them; None: there were none.
        self.left_out = 0
        self.cut_at: int | None = None

    # --- what there is ---------------------------------------------------------------------------------------------

    def node(self, kind: str, parent: int, label: str) -> int:
        """A namespace, or a device of one: the number of a new node."""
        self._nodes.append([kind, parent, label])
        return len(self._nodes) - 1

    @property
    def is_full(self) -> bool:
        return self._items >= self._most_items or self._bytes_left <= 0

    @property
    def cut_text(self) -> str:
        """That events were left out; "" if none were."""
        if self.cut_at is None:
            return ""
        seconds = self.cut_at / SECOND
        return f"too long for the player: the {self.left_out} events after {seconds:.6f} s are not in this file"

    # --- what happens ----------------------------------------------------------------------------------------------

    def event(self, event: Event, node: int, peer: int = NONE) -> None:
        """An event at a node; a frame that is transmitted arrives at the node `peer`, if it is known."""
        if self.is_full:
            self.left_out += 1
            self.cut_at = event.at if self.cut_at is None else self.cut_at
            return
        self._note(event)
        first, second = self._references(event, node)
        number = self._append(_KINDS[type(event)], event.at, node, event.packet, first, second)
        if isinstance(event, Transmitted) and peer != NONE:
            self._sent[event.packet, peer] = number

    def _note(self, event: Event) -> None:
        """A packet to a group without a listener is no loss."""
        journey = self._journeys.setdefault(event.packet, [])
        journey.append(event)
        if isinstance(event, Dropped) and event not in losses(journey):
            self._unheard.append(self._items)

    def _references(self, event: Event, node: int) -> tuple[int, int]:
        """Of a frame, its index and the item that sent it (Received) or why it was dropped; of others, their text."""
        if isinstance(event, Transmitted):
            return self._frame(event.frame), NONE
        if isinstance(event, Received):
            return self._frame(event.frame), self._sent.pop((event.packet, node), NONE)
        if isinstance(event, Dropped):
            text = self._texts.of(_why(self._journeys[event.packet], event))
            return NONE if event.frame is None else self._frame(event.frame), text
        return self._texts.of(str(event)), NONE

    def _frame(self, frame: Frame) -> int:
        data = frame.encode()
        key = data
        number = self._frames.of(key, NONE)
        if number == len(self._frames.values) - 1 and self._frames.values[number] == NONE:
            parts = [[self._field(layer.name, layer.fields), layer.length] for layer in layers(frame)]
            self._frames.values[number] = [data.hex(), self._texts.of(str(frame)), parts]
            self._bytes_left -= 3 * len(data) + 100
        return number

    def _field(self, name: str, fields: Sequence[tuple[str, str]]) -> int:
        key = name, tuple(fields)
        flat = [self._texts.of(name)]
        for field in fields:
            flat += [self._texts.of(field[0]), self._texts.of(field[1])]
        return self._fields.of(key, flat)

    def changes(
        self, at: int, rows: Sequence[tuple[TableCell, Sequence[str] | None]],
        counters: Sequence[tuple[TableCell, int, int]],
    ) -> None:  # fmt: skip
        """Rows that a cell has from now on, and by how much a counter of a cell (the number within it) grew."""
        if self.is_full or not (rows or counters):
            return
        self._append(_CHANGES, at, NONE, 0, len(rows), len(counters))
        for cell, row in rows:
            number = NONE if row is None else self._rows.of(tuple(row), [self._texts.of(text) for text in row])
            self._row_changes += [self._cell(cell), number]
        for cell, which, grown in counters:
            self._counter_changes += [self._counters.of((cell, which), [self._cell(cell), which]), grown]
        self._bytes_left -= 16 * len(rows) + 10 * len(counters)

    def _cell(self, cell: TableCell) -> int:
        table = self._tables.of((cell.node, cell.table), [cell.node, self._texts.of(cell.table)])
        return self._cells.of(cell, [table, self._texts.of(cell.key)])

    # --- commands --------------------------------------------------------------------------------------------------

    def begin(self, at: int, line: str, depth: int = 0) -> int:
        """A command begins: its number.  `depth` is 0 for what was typed, 1 for a program that it starts."""
        if depth and self.is_full:
            return NONE
        self._commands.append([line, depth])
        number = len(self._commands) - 1
        self._append(_BEGIN, at, NONE, 0, number, NONE)
        return number

    def end(self, at: int, command: int, output: str, status: int) -> None:
        self._ended.append([command, output, status])
        self._append(_END, at, NONE, 0, command, status)

    def _append(self, kind: int, at: int, node: int, packet: int, first: int, second: int) -> int:
        self._columns.append(kind, max(0, at - self._now), node, packet, first, second)
        self._now = max(at, self._now)
        self._items += 1
        return self._items - 1

    # --- as JSON ---------------------------------------------------------------------------------------------------

    def chunk(self) -> dict[str, Any]:
        """What was added since the last call."""
        lists: dict[str, list[Any]] = {
            "texts": self._texts.values, "nodes": self._nodes, "tables": self._tables.values,
            "cells": self._cells.values, "rows": self._rows.values, "counters": self._counters.values,
            "layers": self._fields.values, "frames": self._frames.values, "commands": self._commands,
            "ended": self._ended, "unheard": self._unheard, "rowChanges": self._row_changes,
            "counterChanges": self._counter_changes,
            **dict(zip(("kind", "after", "node", "packet", "first", "second"), self._columns.all(), strict=True)),
        }  # fmt: skip
        new = {name: values[self._given.get(name, 0) :] for name, values in lists.items()}
        self._given = {name: len(values) for name, values in lists.items()}
        return {**self._head, **new, "leftOut": self.left_out, "cutAt": self.cut_at, "limit": self._most_items}


def _why(journey: Sequence[Event], lost: Dropped) -> str:
    """The sentence with the rule, route or neighbour that decided, and the name that Linux has for the reason."""
    spot = f"{lost.namespace}, {lost.device}: " if lost.device else f"{lost.namespace}: "
    return f"{ending(journey, lost.packet).removeprefix(spot)} [{lost.reason.name}]"

"""A timeline as tests read it: a second reader of its format, beside the player's."""

from __future__ import annotations

from typing import Any

KINDS = [
    "Made", "Transmitted", "Received", "Filtered", "Routed", "Waiting", "Delivered", "Dropped", "Changes",
    "Begin", "End",
]  # fmt: skip
Row = list[str] | None


class Reading:
    """`chunk` is the whole timeline."""

    def __init__(self, chunk: dict[str, Any]) -> None:
        self.chunk = chunk
        self.unheard = set(chunk["unheard"])
        self._rows: dict[tuple[str, str, str], list[tuple[int, Row]]] = {}
        self._counts: dict[tuple[str, str, str, int], list[tuple[int, int]]] = {}
        rows, counters = iter(chunk["rowChanges"]), iter(chunk["counterChanges"])
        for item, kind in enumerate(self.kinds()):
            if kind != "Changes":
                continue
            for _ in range(chunk["first"][item]):
                cell, number = next(rows), next(rows)
                row = None if number < 0 else [chunk["texts"][text] for text in chunk["rows"][number]]
                self._rows.setdefault(self._cell(cell), []).append((item, row))
            for _ in range(chunk["second"][item]):
                (cell, which), grown = chunk["counters"][next(counters)], next(counters)
                self._counts.setdefault((*self._cell(cell), which), []).append((item, grown))
        assert not [*rows, *counters]

    def _cell(self, number: int) -> tuple[str, str, str]:
        table, key = self.chunk["cells"][number]
        node, name = self.chunk["tables"][table]
        return self.chunk["nodes"][node][2], self.chunk["texts"][name], self.chunk["texts"][key]

    def kinds(self) -> list[str]:
        return [KINDS[kind] for kind in self.chunk["kind"]]

    def time(self, item: int) -> int:
        return sum(self.chunk["after"][: item + 1])

    def losses(self) -> list[str]:
        """Why packets were dropped whose loss is one."""
        items = [item for item, kind in enumerate(self.kinds()) if kind == "Dropped" and item not in self.unheard]
        return [self.text(item) for item in items]

    def text(self, item: int) -> str:
        """Of an event without a frame, and why a frame was dropped."""
        column = "second" if self.kinds()[item] == "Dropped" else "first"
        return str(self.chunk["texts"][self.chunk[column][item]])

    def keys(self, namespace: str, table: str) -> list[str]:
        return [key for label, name, key in self._rows if (label, name) == (namespace, table)]

    def row_changes(self, namespace: str, table: str, key: str) -> list[tuple[int, Row]]:
        return self._rows[namespace, table, key]

    def table(self, namespace: str, name: str) -> list[list[str]]:
        """At the end."""
        latest = [self._rows[namespace, name, key][-1][1] for key in self.keys(namespace, name)]
        return [row for row in latest if row is not None]

    def counter_changes(self, namespace: str, table: str, text: str) -> list[tuple[int, int]]:
        """Of the first counter of the row with that text at its end."""
        key = next(key for key in self.keys(namespace, table)
                   if (row := self._rows[namespace, table, key][-1][1]) and row[-1] == text)  # fmt: skip
        return self._counts.get((namespace, table, key, 0), [])

    def hops(self) -> list[tuple[tuple[str, str], str]]:
        """Names of the devices at both ends, and what tcpdump prints of the frame."""
        chunk = self.chunk
        arrivals = [(chunk["second"][item], item) for item, kind in enumerate(self.kinds())
                    if kind == "Received" and chunk["second"][item] >= 0]  # fmt: skip
        names = [node[2] for node in chunk["nodes"]]
        return [
            ((names[chunk["node"][sent]], names[chunk["node"][arrived]]),
             chunk["texts"][chunk["frames"][chunk["first"][sent]][1]])
            for sent, arrived in arrivals
        ]  # fmt: skip

    def commands(self) -> list[tuple[str, str, int]]:
        ended = {number: (output, status) for number, output, status in self.chunk["ended"]}
        typed = [(number, line) for number, (line, depth) in enumerate(self.chunk["commands"]) if not depth]
        return [(line, *ended[number]) for number, line in typed]

    def programs(self) -> list[str]:
        """What commands started."""
        return [line for line, depth in self.chunk["commands"] if depth]

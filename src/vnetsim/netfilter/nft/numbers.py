"""Numbers that nf_tables gives to tables, chains, rules and hooks (nf_tables_alloc_handle)."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from vnetsim.values import define

#: Family and name of a table.
TableKey: TypeAlias = tuple[str, str]


@define(eq=False)
class Handles:
    """Numbers that are given once; a batch that is refused uses up its own all the same."""

    last: int = 0

    def next(self) -> int:
        self.last += 1
        return self.last


@define(eq=False)
class Numbers:
    """Handles of tables, and the order in which base chains came."""

    tables: Handles = attrs.field(factory=Handles)
    hooks: Handles = attrs.field(factory=Handles)

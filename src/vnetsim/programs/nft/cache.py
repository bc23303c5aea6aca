"""The tables that exist, and what earlier commands have added (src/cache.c, cmd.c and intervals.c of nftables 1.0.6).

nft fetches only what a command needs, and so suggests no names that it has not fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import attrs

from vnetsim.netfilter.nft.expression import Interval
from vnetsim.netfilter.nft.location import Location
from vnetsim.netfilter.nft.operations import NewElem
from vnetsim.netfilter.nft.set_expr import SetSpec
from vnetsim.netfilter.nft.sets import OBJECT_KINDS, NftSet
from vnetsim.netfilter.nft.tables import NftTable
from vnetsim.programs.nft.cmd import Cmd, Name, TableBlock
from vnetsim.programs.nft.erec import NftError, nearest_of
from vnetsim.values import define, frozen

NOT_FOUND: Final = "No such file or directory"
#: Kinds of things that can be fetched.
TABLES: Final = frozenset({"tables"})
NAMES: Final = frozenset({"tables", "chains", "sets", "objects"})
EVERYTHING: Final = NAMES | {"rules"}
_ELEMENTS: Final = frozenset({"elements"})
#: Rules are looked up by nft itself, and those that are added are cached.
_UPDATED: Final = "updated"
#: Kinds of names, by what a command is about.
_KINDS: Final = {
    "table": "table", "chain": "chain", "rule": "chain", "flowtable": "flowtable", "set": "set", "map": "set",
    **dict.fromkeys(OBJECT_KINDS, "obj"),
}  # fmt: skip


@define(eq=False)
class CachedElem:
    """Of a set of intervals; `stored`: the kernel has it."""

    first: int
    last: int
    element: NewElem
    location: Location | None = None
    stored: bool = False


@define(eq=False)
class CachedSet:
    """`elements` are those of intervals, in order; `dynamic`: a rule puts elements into it."""

    spec: SetSpec
    elements: list[CachedElem] = attrs.field(factory=list)
    dynamic: bool = False


@define(eq=False)
class CachedChain:
    """`rules` by their handles; None for one that is not there yet."""

    name: str
    rules: list[int | None] = attrs.field(factory=list)


@define(eq=False)
class CachedTable:
    family: str
    name: str
    chains: dict[str, CachedChain] = attrs.field(factory=dict)
    sets: dict[str, CachedSet] = attrs.field(factory=dict)
    objects: dict[tuple[str, str], None] = attrs.field(factory=dict)

    def remove(self, thing: str, name: str) -> None:
        if thing == "chain":
            self.chains.pop(name, None)
        elif thing in (*OBJECT_KINDS, "flowtable"):
            self.objects.pop((thing, name), None)
        else:
            self.sets.pop(name, None)


@frozen
class Suggestion:
    """A table, or something in it: `kind` is chain, set, map or obj."""

    table: CachedTable
    name: str = ""
    kind: str = ""

    def __str__(self) -> str:
        if not self.kind:
            return f"; did you mean table ‘{self.table.name}’ in family {self.table.family}?"
        return f"; did you mean {self.kind} ‘{self.name}’ in table {self.table.family} ‘{self.table.name}’?"


class NftCache:
    """`command` is the one that is being evaluated: its names are the locations of errors."""

    def __init__(self, tables: Iterable[NftTable], kinds: frozenset[str]) -> None:
        self.updated = _UPDATED in kinds
        self.command: Cmd | None = None
        self.tables = {table.key: _cached(table, kinds) for table in tables if "tables" in kinds}

    def table(self, family: str, name: str) -> CachedTable | None:
        return self.tables.get((family, name))

    def own_table(self) -> CachedTable:
        """The table of the command."""
        assert self.command is not None
        assert self.command.table is not None
        found = self.table(self.command.family or "ip", self.command.table.text)
        if found is None:
            raise self.missing("table", self.command.table.text, self.command.table.location)
        return found

    def find_set(self, name: str, location: Location) -> CachedSet:
        found = self.own_table().sets.get(name)
        if found is None:
            raise self.missing("set", name, location)
        return found

    def find_chain(self, name: Name) -> CachedChain:
        found = self.own_table().chains.get(name.text)
        if found is None:
            raise self.missing("chain", name.text, name.location)
        return found

    # --- suggestions ------------------------------------------------------------------------------------------------

    def missing(self, kind: str, name: str, location: Location) -> NftError:
        """`kind` is table, chain, set or obj."""
        return NftError(f"{NOT_FOUND}{self._nearest(kind, name) or ''}", location)

    def _nearest(self, kind: str, name: str) -> Suggestion | None:
        tables = self.tables.values()
        if kind == "table":
            return nearest_of(name, ((table.name, Suggestion(table)) for table in tables))
        found = (suggestion for table in tables for suggestion in _names(table, kind))
        return nearest_of(name, ((suggestion.name, suggestion) for suggestion in found))

    def suggestion(self, command: Cmd) -> Suggestion | None:
        """For a command about something that the kernel did not find (nft_cmd_enoent of src/cmd.c)."""
        kind = _KINDS.get(command.thing)
        if kind is None or command.table is None:
            return None
        if kind == "table":
            return self._nearest(kind, command.table.text)
        name = command.name_text or ""
        if not name:
            return None
        found = self._nearest(kind, name)
        if found is not None and self.table(command.family or "ip", command.table.text) is None:
            return Suggestion(found.table)
        return None if found is not None and command.thing == "rule" and found.name == name else found


def _names(table: CachedTable, kind: str) -> Iterator[Suggestion]:
    if kind == "chain":
        yield from (Suggestion(table, name, kind) for name in table.chains)
    elif kind == "set":
        yield from (Suggestion(table, name, found.spec.kind) for name, found in table.sets.items())
    else:
        found = (name for one, name in table.objects if (one == kind) == (kind == "flowtable"))
        yield from (Suggestion(table, name, kind) for name in found)


def _cached(table: NftTable, kinds: frozenset[str]) -> CachedTable:
    cached = CachedTable(table.family, table.name)
    if "chains" in kinds:
        for chain in table.chains.values():
            rules: list[int | None] = [entry.handle for entry in chain.entries] if "rules" in kinds else []
            cached.chains[chain.name] = CachedChain(chain.name, rules)
    if "sets" in kinds:
        for name, found in table.sets.items():
            if not found.spec.anonymous:
                cached.sets[name] = CachedSet(found.spec, list(_stored(found)) if "elements" in kinds else [])
    if "objects" in kinds:
        cached.objects = dict.fromkeys([*table.objects, *(("flowtable", name) for name in table.flowtables)])
    return cached


def _stored(found: NftSet) -> Iterator[CachedElem]:
    """Intervals that the kernel has."""
    for key, member in found.members.items():
        if isinstance(key, Interval):
            element = NewElem(key=key, data=member.data, comment=member.comment)
            yield CachedElem(key.first, key.last, element, stored=True)


# --- what is fetched (nft_cache_evaluate) ---------------------------------------------------------------------------


def needed(commands: Iterable[Cmd]) -> frozenset[str]:
    """Kinds of things that nft fetches from the kernel before it evaluates the commands."""
    return frozenset[str]().union(*map(_needs, commands))


def _needs(command: Cmd) -> frozenset[str]:
    match command.verb:
        case "add" | "create" | "insert":
            return _needs_to_add(command)
        case "replace" | "list":
            return EVERYTHING
        case "delete":
            return NAMES | _ELEMENTS if command.thing == "element" else NAMES
        case "flush":
            return frozenset({"tables", "sets"}) if command.thing in ("set", "map") else frozenset()
        case "rename":
            return frozenset({"tables", "chains"})
    return TABLES


def _needs_to_add(command: Cmd) -> frozenset[str]:
    if command.thing == "table":
        block = command.payload
        if not isinstance(block, TableBlock):
            return frozenset()
        merging = any(set_block.auto_merge for _, _, set_block in block.sets)
        return NAMES | _ELEMENTS if merging else NAMES
    if command.thing == "element":
        return NAMES | _ELEMENTS
    if command.thing == "rule":
        placed = command.index is not None or command.handle is not None
        return EVERYTHING | {_UPDATED} if placed else NAMES
    return TABLES


# --- intervals (src/intervals.c) -----------------------------------------------------------------------------------


def _together(stored: Sequence[CachedElem], new: Sequence[CachedElem]) -> list[CachedElem]:
    return sorted([*stored, *new], key=lambda element: element.first)


def merged(stored: Sequence[CachedElem], new: Sequence[CachedElem]) -> tuple[list[CachedElem], list[CachedElem]]:
    """The elements to add instead of `new`, and the stored elements to delete for that (setelem_automerge)."""
    kept: list[CachedElem] = []
    gone: list[CachedElem] = []
    for element in _together(stored, new):
        before = kept[-1] if kept else None
        if before is None or element.first > before.last + 1:
            kept.append(element)
            continue
        if element.last <= before.last:
            if element.stored:
                gone.append(element)
            continue
        if before.stored:
            gone.append(before)
            element.first = before.first
            kept[-1] = element
            continue
        if element.stored:
            gone.append(element)
        before.last = element.last
    return [element for element in kept if not element.stored], gone


def check_overlaps(stored: Sequence[CachedElem], new: Sequence[CachedElem]) -> None:
    """Two elements that overlap and are not the same are an error (setelem_overlap)."""
    before: CachedElem | None = None
    for element in _together(stored, new):
        if before is not None and element.first <= before.last and _ends(element) != _ends(before):
            if before.stored or element.stored:
                one = element if before.stored else before
                raise NftError("interval overlaps with an existing one", one.location)
            others: list[Location] = [] if before.location is None else [before.location]
            raise NftError("conflicting intervals specified", element.location, *others)
        before = element


def take_out(stored: list[CachedElem], gone: Sequence[CachedElem]) -> None:
    """An interval that does not exist exactly is an error: nft 1.0.6 cannot delete a part of one (setelem_delete)."""
    for element in gone:
        same = next((known for known in stored if _ends(known) == _ends(element)), None)
        if same is None:
            raise NftError("element does not exist", element.location)
        stored.remove(same)


def _ends(element: CachedElem) -> tuple[int, int]:
    return element.first, element.last

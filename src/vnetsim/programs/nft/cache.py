"""What nft knows of the tables that are there, and of what the commands before have added (src/cache.c, rule.c).

It fetches only what a command needs, and so has no advice about names that it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

import attrs

from vnetsim.netfilter.nft.location import Location
from vnetsim.netfilter.nft.numbers import TableKey
from vnetsim.netfilter.nft.operations import NewElem
from vnetsim.netfilter.nft.set_expr import SetSpec
from vnetsim.netfilter.nft.sets import NftSet
from vnetsim.netfilter.nft.tables import NftTable
from vnetsim.programs.nft.cmd import Cmd, Name
from vnetsim.programs.nft.erec import NftError, nearest_of

T = TypeVar("T")
NOT_FOUND: Final = "No such file or directory"
#: Kinds of things that can be known.
TABLES: Final = frozenset({"tables"})
NAMES: Final = frozenset({"tables", "chains", "sets", "objects"})
EVERYTHING: Final = NAMES | {"rules"}
#: Rules are looked up by nft itself, and those that are added are remembered.
UPDATED: Final = "updated"


@attrs.define(eq=False)
class CachedElem:
    """Of a set of intervals; `stored`: the kernel has it."""

    first: int
    last: int
    element: NewElem
    location: Location | None = None
    stored: bool = False


@attrs.define(eq=False)
class CachedSet:
    """`elements` are those of intervals, in order; `dynamic`: a rule puts elements into it."""

    spec: SetSpec
    elements: list[CachedElem] = attrs.field(factory=list)
    dynamic: bool = False


@attrs.define(eq=False)
class CachedChain:
    """`rules` by their handles; None for one that is not there yet."""

    name: str
    rules: list[int | None] = attrs.field(factory=list)


@attrs.define(eq=False)
class CachedTable:
    family: str
    name: str
    chains: dict[str, CachedChain] = attrs.field(factory=dict)
    sets: dict[str, CachedSet] = attrs.field(factory=dict)
    objects: dict[tuple[str, str], None] = attrs.field(factory=dict)


class NftCache:
    """`command` is the one that is being looked at: its names are what complaints point to."""

    def __init__(
        self, tables: Iterable[NftTable], kinds: frozenset[str], elements: Callable[[NftSet], list[CachedElem]]
    ) -> None:
        self.updated = UPDATED in kinds
        self.tables: dict[TableKey, CachedTable] = {}
        self.command: Cmd | None = None
        for table in tables if "tables" in kinds else ():
            self.tables[table.key] = _known(table, kinds, elements)

    def table(self, family: str, name: str) -> CachedTable | None:
        return self.tables.get((family, name))

    def own_table(self) -> CachedTable:
        """The one that the command is about; Refused where there is none."""
        command = self._own()
        assert command.table is not None
        found = self.table(command.family or "ip", command.table.text)
        if found is None:
            raise NftError(self.no_table(command.table.text), command.table.location)
        return found

    def _own(self) -> Cmd:
        assert self.command is not None
        return self.command

    # --- sets, chains, rules ----------------------------------------------------------------------------------------

    def find_set(self, name: str, location: Location) -> CachedSet:
        found = self.own_table().sets.get(name)
        if found is None:
            raise NftError(self.no_set(name), location)
        return found

    def find_chain(self, name: Name) -> CachedChain:
        found = self.own_table().chains.get(name.text)
        if found is None:
            raise NftError(self.no_chain(name.text), name.location)
        return found

    # --- advice -----------------------------------------------------------------------------------------------------

    def no_table(self, name: str) -> str:
        return NOT_FOUND + (self.table_advice(name) or "")

    def no_set(self, name: str) -> str:
        found = self.nearest_set(name)
        return NOT_FOUND + ("" if found is None else _set_advice(*found))

    def no_chain(self, name: str) -> str:
        found = self.nearest_chain(name)
        return NOT_FOUND + ("" if found is None else _chain_advice(*found))

    def no_object(self, name: str) -> str:
        found = self.nearest_object(name)
        return NOT_FOUND + ("" if found is None else _object_advice(*found))

    def table_advice(self, name: str) -> str | None:
        found = nearest_of(name, ((table.name, table) for table in self.tables.values()))
        return None if found is None else table_advice(found)

    def nearest_set(self, name: str) -> tuple[CachedTable, CachedSet] | None:
        return nearest_of(name, _named((t, ((s, k) for s, k in t.sets.items())) for t in self.tables.values()))

    def nearest_chain(self, name: str) -> tuple[CachedTable, CachedChain] | None:
        return nearest_of(name, _named((t, ((c, k) for c, k in t.chains.items())) for t in self.tables.values()))

    def nearest_object(self, name: str) -> tuple[CachedTable, str] | None:
        return nearest_of(name, _named((t, ((o, o) for _, o in t.objects)) for t in self.tables.values()))

    def refused_advice(self, command: Cmd) -> tuple[str, bool] | None:
        """What nft says when the kernel did not find what a command is about: the message, and whether the table is it.

        (nft_cmd_enoent of src/cmd.c.)
        """
        if command.thing == "table":
            advice = None if command.table is None else self.table_advice(command.table.text)
            return None if advice is None else (advice, False)
        found, advice = self._nearest(command)
        if found is None or command.table is None:
            return None
        if self.table(command.family or "ip", command.table.text) is None and (
            (found.family, found.name) != (command.family or "ip", command.table.text)
        ):
            return table_advice(found), True
        return None if advice is None else (advice, False)

    def _nearest(self, command: Cmd) -> tuple[CachedTable | None, str | None]:
        name = "" if command.name is None else command.name.text
        if command.thing in ("chain", "rule"):
            chain = self.nearest_chain(name)
            if chain is None:
                return None, None
            same = command.thing == "rule" and chain[1].name == name
            return chain[0], None if same else _chain_advice(*chain)
        if command.thing in ("set", "map"):
            found = self.nearest_set(name)
            return (None, None) if found is None else (found[0], _set_advice(*found))
        if command.thing in ("counter", "quota", "limit"):
            named = self.nearest_object(name)
            return (None, None) if named is None else (named[0], _object_advice(*named))
        return None, None


def table_advice(table: CachedTable) -> str:
    return f"; did you mean table ‘{table.name}’ in family {table.family}?"


def _set_advice(table: CachedTable, found: CachedSet) -> str:
    return f"; did you mean {found.spec.word} ‘{found.spec.name}’ in table {table.family} ‘{table.name}’?"


def _chain_advice(table: CachedTable, found: CachedChain) -> str:
    return f"; did you mean chain ‘{found.name}’ in table {table.family} ‘{table.name}’?"


def _object_advice(table: CachedTable, found: str) -> str:
    return f"; did you mean obj ‘{found}’ in table {table.family} ‘{table.name}’?"


def _named(
    tables: Iterable[tuple[CachedTable, Iterable[tuple[str, T]]]],
) -> Iterator[tuple[str, tuple[CachedTable, T]]]:
    for table, things in tables:
        for name, thing in things:
            yield name, (table, thing)


def _known(table: NftTable, kinds: frozenset[str], elements: Callable[[NftSet], list[CachedElem]]) -> CachedTable:
    known = CachedTable(table.family, table.name)
    if "chains" in kinds:
        for chain in table.chains.values():
            rules: list[int | None] = [entry.handle for entry in chain.entries] if "rules" in kinds else []
            known.chains[chain.name] = CachedChain(chain.name, rules)
    if "sets" in kinds:
        known.sets = {
            name: CachedSet(found.spec, elements(found))
            for name, found in table.sets.items()
            if not found.spec.anonymous
        }
    if "objects" in kinds:
        known.objects = dict.fromkeys(table.objects)
    return known


# --- intervals (src/intervals.c) -----------------------------------------------------------------------------------


def _together(stored: Sequence[CachedElem], new: Sequence[CachedElem]) -> list[CachedElem]:
    return sorted([*stored, *new], key=lambda element: element.first)


def merged(stored: Sequence[CachedElem], new: Sequence[CachedElem]) -> tuple[list[CachedElem], list[CachedElem]]:
    """What has to be added instead of `new`, and which stored elements have to go for that (setelem_automerge)."""
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
    """Refused where two elements have something in common and are not the same (setelem_overlap)."""
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
    """Refused for an interval that is not there just so.  nft 1.0.6 cannot take a part out of one (setelem_delete)."""
    for element in gone:
        same = next((known for known in stored if _ends(known) == _ends(element)), None)
        if same is None:
            raise NftError("element does not exist", element.location)
        stored.remove(same)


def _ends(element: CachedElem) -> tuple[int, int]:
    return element.first, element.last

"""The sets of a namespace (ip_set_core.c)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any, Final

import attrs

from vnetsim.netfilter.ipset import operations as ops
from vnetsim.netfilter.ipset.bitmap import BitmapSet
from vnetsim.netfilter.ipset.elements import Element
from vnetsim.netfilter.ipset.entry import Extensions, SetEntry, SetLookup
from vnetsim.netfilter.ipset.hashset import HashSet
from vnetsim.netfilter.ipset.listset import ListSet, answers
from vnetsim.netfilter.ipset.refusals import IpsetRefusal
from vnetsim.netfilter.ipset.request import ElementRequest
from vnetsim.netfilter.ipset.setbase import IpSet, SetOptions
from vnetsim.netfilter.ipset.settypes import TYPES, SetType
from vnetsim.netfilter.operations import IpsetOperation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.values import define

#: Of a bitmap's elements (IPSET_BITMAP_MAX_RANGE).
_MOST: Final = 0x10000
_HASHSIZE: Final = 1024
_SMALLEST: Final = 64
_MOST_IN_BUCKET: Final = 12
_LEAST_SIZE: Final = 4


@define(eq=False)
class IpSets:
    """`names_used` gives the set names of all rules; `slots` are names by their index, None where one is free."""

    now: Callable[[], int]
    random: Random
    names_used: Callable[[], Iterable[str]]
    sets: dict[str, IpSet] = attrs.field(init=False, factory=dict)
    slots: list[str | None] = attrs.field(init=False, factory=list)

    # --- to be read -------------------------------------------------------------------------------------------------

    def find(self, name: str) -> IpSet | None:
        return self.sets.get(name)

    def names(self) -> list[str]:
        """In the order of a dump: lists come last."""
        found = [name for name in self.slots if name is not None]
        return sorted(found, key=lambda name: self.sets[name].type.method == "list")

    def named(self, name: str) -> IpSet:
        found = self.sets.get(name)
        if found is None:
            raise IpsetRefusal("ENOENT")
        return found

    def references(self, name: str) -> int:
        """How many rules and lists have it."""
        lists = [found for found in self.sets.values() if isinstance(found, ListSet)]
        return sum(used == name for used in self.names_used()) + sum(each.refers_to(name, self.now()) for each in lists)

    def members(self, name: str) -> Iterator[tuple[Element, SetEntry]]:
        return self.named(name).members(self.now())

    def contains(self, name: str, element: ElementRequest, *, nomatch: bool = False) -> bool:
        """IPSET_CMD_TEST."""
        return self.named(name).contains(element, self.now(), nomatch=nomatch)

    # --- packets ----------------------------------------------------------------------------------------------------

    def matches(self, name: str, packet: PktInfo, lookup: SetLookup) -> bool:
        found = self._asked(name, packet, lookup.sides)
        return found is not None and found.matches(packet, lookup, self.now())

    def entry_of(self, name: str, packet: PktInfo, sides: tuple[str, ...]) -> SetEntry | None:
        found = self._asked(name, packet, sides)
        return None if found is None else found.entry_of(packet, sides, self.now())

    def add_packet(
        self, name: str, packet: PktInfo, sides: tuple[str, ...], timeout: int | None = None, *, exist: bool
    ) -> None:
        found = self._asked(name, packet, sides)
        if found is not None:
            given = Extensions(timeout=timeout if found.options.timeout is not None else None)
            found.add_packet(packet, sides, given, self.now(), exist=exist)

    def delete_packet(self, name: str, packet: PktInfo, sides: tuple[str, ...]) -> None:
        found = self._asked(name, packet, sides)
        if found is not None:
            found.delete_packet(packet, sides, self.now())

    def _asked(self, name: str, packet: PktInfo, sides: tuple[str, ...]) -> IpSet | None:
        found = self.sets.get(name)
        return found if found is not None and answers(found, sides, packet.ip.source.version) else None

    # --- changes ----------------------------------------------------------------------------------------------------

    def execute(self, operation: IpsetOperation) -> None:
        handlers: dict[type, Callable[[Any], None]] = {
            ops.CreateSet: self._create, ops.DestroySet: self._destroy, ops.FlushSet: self._flush,
            ops.RenameSet: self._rename, ops.SwapSets: self._swap, ops.AddElement: self._add,
            ops.DeleteElement: self._delete,
        }  # fmt: skip
        handlers[type(operation)](operation)

    def _add(self, operation: ops.AddElement) -> None:
        found = self.named(operation.name)
        found.add(operation.element, operation.extensions, self.now(), exist=operation.exist)

    def _delete(self, operation: ops.DeleteElement) -> None:
        self.named(operation.name).delete(operation.element, self.now(), exist=operation.exist)

    def _create(self, operation: ops.CreateSet) -> None:
        kind = TYPES[operation.type]
        there = self.sets.get(operation.name)
        if there is not None:
            if operation.exist and there.type is kind and _alike(there.options, operation.options, kind):
                return
            raise IpsetRefusal("EEXIST")
        self.sets[operation.name] = self._new(kind, operation.options)
        if None in self.slots:
            self.slots[self.slots.index(None)] = operation.name
        else:
            self.slots.append(operation.name)

    def _new(self, kind: SetType, given: SetOptions) -> IpSet:
        if kind.method == "list":
            return ListSet(kind, options=attrs.evolve(given, size=max(given.size, _LEAST_SIZE)), find=self.find)
        if kind.method == "bitmap":
            found = BitmapSet(kind, options=given)
            if found.bits > _MOST:
                raise IpsetRefusal("BITMAP_RANGE_SIZE")
            return found
        wanted = _HASHSIZE if given.hashsize is None else given.hashsize
        bits = (max(wanted, _SMALLEST) - 1).bit_length()
        initval = given.initval or self.random.getrandbits(32)
        size = min(max(2, given.bucketsize + given.bucketsize % 2), _MOST_IN_BUCKET)
        options = attrs.evolve(given, initval=initval, bucketsize=size)
        return HashSet(kind, options=options, bits=bits)

    def _destroy(self, operation: ops.DestroySet) -> None:
        names = list(self.sets) if operation.name is None else [operation.name]
        for name in names:
            self.named(name)
            if self.references(name):
                raise IpsetRefusal("BUSY")
        for name in names:
            del self.sets[name]
            self.slots[self.slots.index(name)] = None

    def _flush(self, operation: ops.FlushSet) -> None:
        for name in list(self.sets) if operation.name is None else [operation.name]:
            self.named(name).flush()

    def _rename(self, operation: ops.RenameSet) -> None:
        found = self.named(operation.name)
        if self.references(operation.name):
            raise IpsetRefusal("REFERENCED")
        if operation.other in self.sets:
            raise IpsetRefusal("EXIST_SETNAME2")
        self.sets[operation.other] = found
        del self.sets[operation.name]
        self.slots[self.slots.index(operation.name)] = operation.other

    def _swap(self, operation: ops.SwapSets) -> None:
        """Who refers to a name then refers to the other set."""
        found, other = self.named(operation.name), self.sets.get(operation.other)
        if other is None:
            raise IpsetRefusal("EXIST_SETNAME2")
        if found.type is not other.type or found.version != other.version:
            raise IpsetRefusal("TYPE_MISMATCH")
        self.sets[operation.name], self.sets[operation.other] = other, found


def _alike(there: SetOptions, given: SetOptions, kind: SetType) -> bool:
    """mtype_same_set: what must be the same for `create -exist`."""
    if kind.method == "bitmap":
        return (there.range, there.netmask, there.timeout) == (given.range, given.netmask, given.timeout)
    if kind.method == "list":
        return there.size == max(given.size, _LEAST_SIZE) and there.timeout == given.timeout
    mine = (there.maxelem, there.timeout, there.netmask, there.markmask)
    return mine == (given.maxelem, given.timeout, given.netmask, given.markmask)

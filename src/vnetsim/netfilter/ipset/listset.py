"""Lists of sets (ip_set_list_set.c)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from vnetsim.netfilter.ipset.elements import Element, SetName
from vnetsim.netfilter.ipset.entry import Extensions, SetEntry, SetLookup
from vnetsim.netfilter.ipset.refusals import IpsetRefusal
from vnetsim.netfilter.ipset.request import ElementRequest
from vnetsim.netfilter.ipset.setbase import IpSet
from vnetsim.netfilter.packet import PktInfo
from vnetsim.values import define


@define(eq=False)
class ListSet(IpSet):
    """`find` gives a set of the namespace by its name; `entries` are in the order of the list."""

    find: Callable[[str], IpSet | None] = attrs.field(kw_only=True)
    entries: dict[str, SetEntry] = attrs.field(init=False, factory=dict)

    @property
    def memory(self) -> int:
        size = self.type.element_size(4, self.options.extensions)
        comments = sum(entry.comment_size for entry in self.entries.values())
        return self.type.bases[0] + size * len(self.entries) + comments

    def members(self, now: int) -> Iterator[tuple[Element, SetEntry]]:
        for name, entry in self.entries.items():
            if entry.alive(now):
                yield (SetName(name),), entry

    def refers_to(self, name: str, now: int) -> bool:
        return name in self.entries and self.entries[name].alive(now)

    def flush(self) -> None:
        self.entries.clear()

    # --- commands ---------------------------------------------------------------------------------------------------

    def _names(self, request: ElementRequest) -> tuple[str, str, str]:
        """The set, and `before` or `after` (or "") and which one."""
        name, *place = [part.name for part in request.parts if isinstance(part, SetName)]
        found = self.find(name)
        if found is None:
            raise IpsetRefusal("NAME")
        if isinstance(found, ListSet):
            raise IpsetRefusal("LOOP")
        if place and self.find(place[1]) is None:
            raise IpsetRefusal("NAMEREF")
        return (name, place[0], place[1]) if place else (name, "", "")

    def _drop_expired(self, now: int) -> None:
        for name in [name for name, entry in self.entries.items() if not entry.alive(now)]:
            del self.entries[name]

    def add(self, request: ElementRequest, given: Extensions, now: int, *, exist: bool) -> None:
        self.check(given)
        name, place, other = self._names(request)
        self._drop_expired(now)
        if name in self.entries:
            if not exist:
                raise IpsetRefusal("EXIST")
            self.entries[name].renew(given, self.options.timeout, now)
            return
        order = list(self.entries)
        if place and other not in order:
            raise IpsetRefusal("REF_EXIST")
        order.insert(order.index(other) + (place == "after") if place else len(order), name)
        entry = SetEntry()
        entry.renew(given, self.options.timeout, now)
        self.entries = {each: self.entries.get(each, entry) for each in order}

    def _placed(self, name: str, place: str, other: str) -> bool:
        """Whether it is where the command says."""
        order = list(self.entries)
        if not place or name not in order:
            return name in order
        behind = order.index(name) + (1 if place == "before" else -1)
        return 0 <= behind < len(order) and order[behind] == other

    def delete(self, request: ElementRequest, now: int, *, exist: bool) -> None:
        name, place, other = self._names(request)
        self._drop_expired(now)
        if not self._placed(name, place, other):
            if place:
                raise IpsetRefusal("REF_EXIST")
            if not exist:
                raise IpsetRefusal("EXIST")
            return
        del self.entries[name]

    def contains(self, request: ElementRequest, now: int, *, nomatch: bool = False) -> bool:
        del nomatch
        try:
            name, place, other = self._names(request)
        except IpsetRefusal:
            return False
        self._drop_expired(now)
        return self._placed(name, place, other)

    # --- packets ----------------------------------------------------------------------------------------------------

    def _sets(self, now: int, sides: tuple[str, ...], version: int) -> Iterator[tuple[IpSet, SetEntry]]:
        """Those that can answer about such a packet."""
        for name, entry in self.entries.items():
            found = self.find(name)
            if found is not None and entry.alive(now) and answers(found, sides, version):
                yield found, entry

    def matches(self, packet: PktInfo, lookup: SetLookup, now: int) -> bool:
        inner = attrs.evolve(lookup, counts=lookup.counts and lookup.subcounts, packets=None, bytes=None)
        return any(
            found.matches(packet, inner, now) and lookup.matches(entry, counting=self.options.counters)
            for found, entry in self._sets(now, lookup.sides, packet.ip.source.version)
        )

    def entry_of(self, packet: PktInfo, sides: tuple[str, ...], now: int) -> SetEntry | None:
        for found, _ in self._sets(now, sides, packet.ip.source.version):
            if (entry := found.entry_of(packet, sides, now)) is not None:
                return entry
        return None

    def add_packet(self, packet: PktInfo, sides: tuple[str, ...], given: Extensions, now: int, *, exist: bool) -> bool:
        sets = self._sets(now, sides, packet.ip.source.version)
        return any(found.add_packet(packet, sides, given, now, exist=exist) for found, _ in sets)

    def delete_packet(self, packet: PktInfo, sides: tuple[str, ...], now: int) -> bool:
        sets = self._sets(now, sides, packet.ip.source.version)
        return any(found.delete_packet(packet, sides, now) for found, _ in sets)


def answers(found: IpSet, sides: tuple[str, ...], version: int) -> bool:
    """ip_set_test: the family of the set, and that the rule names a side for each part."""
    return len(sides) >= len(found.type.parts) and version in families_of(found)


def families_of(found: IpSet) -> tuple[int, ...]:
    """Of the packets that it can hold."""
    return (found.version,) if found.type.has_family else found.type.families

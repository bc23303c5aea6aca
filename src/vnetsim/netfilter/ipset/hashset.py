"""Sets kept in a hash (ip_set_hash_gen.h).  Not modelled: the time until expired elements give back their memory."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.netfilter.ipset.elements import Element, MarkPart, Net, Part, is_null, masked
from vnetsim.netfilter.ipset.entry import Extensions, SetEntry, SetLookup
from vnetsim.netfilter.ipset.fields import field
from vnetsim.netfilter.ipset.layout import jhash2, key_of
from vnetsim.netfilter.ipset.refusals import IpsetRefusal
from vnetsim.netfilter.ipset.request import AddressGroup, ElementRequest
from vnetsim.netfilter.ipset.setbase import IpSet
from vnetsim.netfilter.ipset.settypes import BUCKET, REGION
from vnetsim.netfilter.packet import PktInfo
from vnetsim.values import define

#: Elements by which a bucket grows (AHASH_INIT_SIZE), and the buckets of a region.
_STEP: Final = 2
_REGION_BITS: Final = 10
#: Types that take a network of length 0.
_WHOLE_NETS: Final = ("hash:net,iface", "hash:net,net", "hash:net,port,net")


@define(eq=False)
class HashSet(IpSet):
    """`bits` is the logarithm of the number of buckets."""

    bits: int = attrs.field(default=10, kw_only=True)
    entries: dict[Element, SetEntry] = attrs.field(init=False, factory=dict)
    buckets: dict[int, list[Element]] = attrs.field(init=False, factory=dict)
    #: The lengths of networks, with their counts, by the part of the element.
    lengths: dict[int, Counter[int]] = attrs.field(init=False, factory=dict)

    # --- the hash ---------------------------------------------------------------------------------------------------

    def _bucket(self, element: Element) -> int:
        return jhash2(key_of(self.type.name, element), self.options.initval) & (1 << self.bits) - 1

    def _put(self, element: Element, entry: SetEntry) -> None:
        bucket = self.buckets.setdefault(self._bucket(element), [])
        bucket.append(element)
        self.entries[element] = entry
        for position, part in enumerate(element):
            if isinstance(part, Net):
                self.lengths.setdefault(position, Counter())[part.length] += 1
        if len(bucket) > self.options.bucketsize:
            self._resize()

    def _take(self, element: Element) -> None:
        place = self._bucket(element)
        self.buckets[place].remove(element)
        if not self.buckets[place]:
            del self.buckets[place]
        del self.entries[element]
        for position, part in enumerate(element):
            if isinstance(part, Net):
                self.lengths[position] -= Counter({part.length: 1})

    def _resize(self) -> None:
        """mtype_resize: twice as many buckets."""
        self.bits += 1
        entries, self.entries, self.buckets, self.lengths = self.entries, {}, {}, {}
        for element, entry in entries.items():
            self._put(element, entry)

    def _purge(self, now: int) -> None:
        if self.options.timeout is not None:
            for element in [element for element, entry in self.entries.items() if not entry.alive(now)]:
                self._take(element)

    def members(self, now: int) -> Iterator[tuple[Element, SetEntry]]:
        for place in sorted(self.buckets):
            for element in self.buckets[place]:
                if self.entries[element].alive(now):
                    yield element, self.entries[element]

    def flush(self) -> None:
        self.entries.clear()
        self.buckets.clear()
        self.lengths.clear()

    @property
    def memory(self) -> int:
        size = self.type.element_size(self.version, self.options.extensions)
        regions = max(0, (1 << max(0, self.bits - _REGION_BITS)) - 1)
        buckets = sum(BUCKET + -(-len(bucket) // _STEP) * _STEP * size for bucket in self.buckets.values())
        comments = sum(entry.comment_size for entry in self.entries.values())
        return self.type.bases[self.version == 6] + REGION * regions + buckets + comments

    # --- commands ---------------------------------------------------------------------------------------------------

    def _elements(self, request: ElementRequest) -> Iterator[Element]:
        netmask, markmask = self.options.netmask, self.options.markmask
        if self.type.name not in _WHOLE_NETS and any(
            isinstance(part, AddressGroup) and part.length == 0 for part in request.parts
        ):
            raise IpsetRefusal("INVALID_CIDR")
        for element in request.elements(self.type.parts, netmask=netmask, markmask=markmask):
            if is_null(element):
                raise IpsetRefusal("HASH_ELEM")
            yield element

    def add(self, request: ElementRequest, given: Extensions, now: int, *, exist: bool) -> None:
        self.check(given)
        for element in self._elements(request):
            self._add(element, given, now, exist=exist)

    def _add(self, element: Element, given: Extensions, now: int, *, exist: bool) -> None:
        entry = self.entries.get(element)
        if entry is not None and entry.alive(now):
            if not exist:
                raise IpsetRefusal("EXIST")
            entry.renew(given, self.options.timeout, now)
            return
        if entry is not None:
            self._take(element)
        if len(self.entries) >= self.options.maxelem:
            self._purge(now)
        if len(self.entries) >= self.options.maxelem:
            self._make_room(element)
        entry = SetEntry()
        entry.renew(given, self.options.timeout, now)
        self._put(element, entry)

    def _make_room(self, element: Element) -> None:
        """With forceadd the first element of the same bucket goes."""
        bucket = self.buckets.get(self._bucket(element))
        if not self.options.forceadd or not bucket:
            raise IpsetRefusal("HASH_FULL")
        self._take(bucket[0])

    def delete(self, request: ElementRequest, now: int, *, exist: bool) -> None:
        for element in self._elements(request):
            entry = self.entries.get(element)
            if entry is None or not entry.alive(now):
                if not exist:
                    raise IpsetRefusal("EXIST")
            else:
                self._take(element)

    def contains(self, request: ElementRequest, now: int, *, nomatch: bool = False) -> bool:
        element = next(self._elements(request))
        whole = all(
            not (isinstance(part, AddressGroup) and kind == "net") or part.length in (None, part.first.bits)
            for kind, part in zip(self.type.parts, request.parts, strict=True)
        )
        entry = self._find(element, now) if whole and self.type.has_nets else self.entries.get(element)
        return entry is not None and entry.alive(now) and entry.nomatch == nomatch

    # --- packets ----------------------------------------------------------------------------------------------------

    def _find(self, element: Element, now: int) -> SetEntry | None:
        """The entry of the longest networks around it (mtype_test_cidrs)."""
        lengths = [
            sorted(self.lengths.get(position, ()), reverse=True) if kind == "net" else [0]
            for position, kind in enumerate(self.type.parts)
        ]
        for choice in itertools.product(*lengths):
            shorter = tuple(
                masked(part.address, length) if kind == "net" and isinstance(part, Net) else part
                for kind, part, length in zip(self.type.parts, element, choice, strict=True)
            )
            entry = self.entries.get(shorter)
            if entry is not None and entry.alive(now):
                return entry
        return None

    def element_of(self, packet: PktInfo, sides: tuple[str, ...]) -> Element | None:
        parts: list[Part] = []
        for kind, side in zip(self.type.parts, sides, strict=False):
            part = field(kind, side, packet)
            if part is None:
                return None
            if isinstance(part, Net) and kind == "ip" and self.options.netmask is not None:
                part = Net(masked(part.address, self.options.netmask).address, part.length)
            if isinstance(part, MarkPart) and self.options.markmask is not None:
                part = MarkPart(part.value & self.options.markmask)
            parts.append(part)
        return tuple(parts) if len(parts) == len(self.type.parts) else None

    def matches(self, packet: PktInfo, lookup: SetLookup, now: int) -> bool:
        element = self.element_of(packet, lookup.sides)
        if element is None:
            return False
        entry = self._find(element, now) if self.type.has_nets else self.entries.get(element)
        if entry is None or not entry.alive(now):
            return False
        if not lookup.matches(entry, counting="counters" in self.options.extensions):
            return False
        return not entry.nomatch or lookup.return_nomatch

    def entry_of(self, packet: PktInfo, sides: tuple[str, ...], now: int) -> SetEntry | None:
        element = self.element_of(packet, sides)
        if element is None:
            return None
        return self._find(element, now) if self.type.has_nets else self.entries.get(element)

    def add_packet(self, packet: PktInfo, sides: tuple[str, ...], given: Extensions, now: int, *, exist: bool) -> bool:
        element = self._own(packet, sides)
        if element is None or is_null(element):
            return False
        try:
            self._add(element, given, now, exist=exist)
        except IpsetRefusal:
            return False
        return True

    def delete_packet(self, packet: PktInfo, sides: tuple[str, ...], now: int) -> bool:
        element = self._own(packet, sides)
        entry = None if element is None else self.entries.get(element)
        if element is None or entry is None or not entry.alive(now):
            return False
        self._take(element)
        return True

    def _own(self, packet: PktInfo, sides: tuple[str, ...]) -> Element | None:
        """Its network has the length of the longest ones in the set (INIT_CIDR)."""
        element = self.element_of(packet, sides)
        if element is None or not self.type.has_nets:
            return element
        return tuple(
            masked(part.address, max(self.lengths.get(position) or (part.length,)))
            if kind == "net" and isinstance(part, Net) else part
            for position, (kind, part) in enumerate(zip(self.type.parts, element, strict=True))
        )  # fmt: skip

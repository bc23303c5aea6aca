"""Sets kept in a bitmap: of addresses, with MAC addresses or without, and of ports (ip_set_bitmap_*.c)."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from vnetsim.netfilter.ipset.elements import WITH_PORTS, Element, Ether, Net, PlainPort, masked
from vnetsim.netfilter.ipset.entry import Extensions, SetEntry, SetLookup
from vnetsim.netfilter.ipset.fields import field, port_of
from vnetsim.netfilter.ipset.refusals import IpsetRefusal
from vnetsim.netfilter.ipset.request import AddressGroup, ElementRequest, PortGroup
from vnetsim.netfilter.ipset.setbase import IpSet
from vnetsim.netfilter.packet import PktInfo
from vnetsim.values import define
from vnetsim.wire.inet import IPv4


@define(eq=False)
class BitmapSet(IpSet):
    """`entries` by address or port; `macs` are those of bitmap:ip,mac."""

    entries: dict[int, SetEntry] = attrs.field(init=False, factory=dict)
    macs: dict[int, Ether] = attrs.field(init=False, factory=dict)

    @property
    def bounds(self) -> tuple[int, int]:
        given = self.options.range
        assert given is not None, "create wants it"
        return given.bounds if isinstance(given, AddressGroup) else (min(given), max(given))

    @property
    def _step(self) -> int:
        """The logarithm of the addresses of one bit."""
        return 32 - self.options.netmask if self.options.netmask is not None else 0

    @property
    def bits(self) -> int:
        first, last = self.bounds
        return (last >> self._step) - (first >> self._step) + 1

    @property
    def memory(self) -> int:
        each = self.type.element_size(4, self.options.extensions) * self.bits
        comments = sum(entry.comment_size for entry in self.entries.values())
        return self.type.bases[0] + -(-self.bits // 64) * 8 + each + comments

    def members(self, now: int) -> Iterator[tuple[Element, SetEntry]]:
        for number in sorted(self.entries):
            if self.entries[number].alive(now):
                yield self._element(number), self.entries[number]

    def _element(self, number: int) -> Element:
        if self.type.name == "bitmap:port":
            return (PlainPort(number),)
        net = Net(IPv4(number), 32)
        return (net, self.macs[number]) if "mac" in self.type.parts else (net,)

    def flush(self) -> None:
        self.entries.clear()
        self.macs.clear()

    # --- commands ---------------------------------------------------------------------------------------------------

    def _numbers(self, request: ElementRequest) -> Iterator[int]:
        """The whole range is looked at before anything is done."""
        first, last = self.bounds
        given = request.parts[0]
        assert isinstance(given, AddressGroup | PortGroup), "what the parser makes of such a type"
        wanted = given.bounds
        if not (first <= wanted[0] and wanted[1] <= last):
            raise IpsetRefusal("BITMAP_RANGE")
        for number in range(wanted[0] >> self._step, (wanted[1] >> self._step) + 1):
            yield number << self._step

    def _mac(self, request: ElementRequest) -> Ether:
        given = request.parts[1] if len(request.parts) > 1 else None
        return given if isinstance(given, Ether) else Ether(None)

    def add(self, request: ElementRequest, given: Extensions, now: int, *, exist: bool) -> None:
        self.check(given)
        for number in self._numbers(request):
            self._add(number, self._mac(request), given, now, exist=exist)

    def _add(self, number: int, mac: Ether, given: Extensions, now: int, *, exist: bool) -> None:
        entry = self.entries.get(number)
        if entry is not None and entry.alive(now) and not exist:
            filled = "mac" in self.type.parts and mac.mac is not None and self.macs[number].mac is None
            if not filled:
                raise IpsetRefusal("EXIST")
        entry = self.entries.setdefault(number, SetEntry())
        entry.renew(given, self.options.timeout, now)
        self.macs[number] = mac

    def delete(self, request: ElementRequest, now: int, *, exist: bool) -> None:
        for number in self._numbers(request):
            if number not in self.entries or not self.entries[number].alive(now):
                if not exist:
                    raise IpsetRefusal("EXIST")
            else:
                del self.entries[number], self.macs[number]

    def contains(self, request: ElementRequest, now: int, *, nomatch: bool = False) -> bool:
        del nomatch
        try:
            number = next(self._numbers(request))
        except IpsetRefusal:
            return False
        entry, mac = self.entries.get(number), self._mac(request)
        return entry is not None and entry.alive(now) and self._same(number, mac)

    def _same(self, number: int, mac: Ether) -> bool:
        return mac.mac is None or self.macs[number].mac in (None, mac.mac)

    # --- packets ----------------------------------------------------------------------------------------------------

    def _of(self, packet: PktInfo, sides: tuple[str, ...]) -> tuple[int, Ether] | None:
        number = self._number(packet, sides[0])
        first, last = self.bounds
        if number is None or not first <= number <= last or len(sides) < len(self.type.parts):
            return None
        mac = field("mac", sides[1], packet) if "mac" in self.type.parts else Ether(None)
        return (number, mac) if isinstance(mac, Ether) else None

    def _number(self, packet: PktInfo, side: str) -> int | None:
        if self.type.name == "bitmap:port":
            port = port_of(packet, side)
            return port.number if port is not None and port.protocol in WITH_PORTS else None
        address = packet.ip.source if side == "src" else packet.ip.destination
        return int(masked(address, 32 - self._step).address) if isinstance(address, IPv4) else None

    def entry_of(self, packet: PktInfo, sides: tuple[str, ...], now: int) -> SetEntry | None:
        found = self._of(packet, sides)
        entry = None if found is None else self.entries.get(found[0])
        return entry if found and entry is not None and entry.alive(now) and self._same(*found) else None

    def matches(self, packet: PktInfo, lookup: SetLookup, now: int) -> bool:
        entry = self.entry_of(packet, lookup.sides, now)
        return entry is not None and lookup.matches(entry, counting=self.options.counters)

    def add_packet(self, packet: PktInfo, sides: tuple[str, ...], given: Extensions, now: int, *, exist: bool) -> bool:
        found = self._of(packet, sides)
        if found is None:
            return False
        try:
            self._add(*found, given, now, exist=exist)
        except IpsetRefusal:
            return False
        return True

    def delete_packet(self, packet: PktInfo, sides: tuple[str, ...], now: int) -> bool:
        found = self._of(packet, sides)
        if found is None or self.entry_of(packet, sides, now) is None:
            return False
        del self.entries[found[0]], self.macs[found[0]]
        return True

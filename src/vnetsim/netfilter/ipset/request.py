"""What a command says of an element, and the elements that it means (ip_set_hash_*.c, functions _uadt)."""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.netfilter.ipset.elements import Element, Ether, Iface, MarkPart, Net, PlainPort, Port, SetName, masked
from vnetsim.values import frozen
from vnetsim.wire.inet import Address


@frozen
class AddressGroup:
    """An address, a network, or all from `first` to `last`."""

    first: Address
    length: int | None = None
    last: Address | None = None

    def __str__(self) -> str:
        if self.last is not None:
            return f"{self.first}-{self.last}"
        return str(self.first) if self.length in (None, self.first.bits) else f"{self.first}/{self.length}"

    @property
    def bounds(self) -> tuple[int, int]:
        first = int(self.first)
        if self.last is not None:
            return min(first, int(self.last)), max(first, int(self.last))
        length = self.first.bits if self.length is None else self.length
        whole = int(masked(self.first, length).address)
        return whole, whole + (1 << self.first.bits - length) - 1

    def hosts(self, step: int = 0) -> Iterator[Net]:
        """Each address, or each network of `step` bits behind its prefix."""
        first, last = self.bounds
        kind, bits = type(self.first), self.first.bits
        for number in range(first >> step, (last >> step) + 1):
            yield Net(kind(number << step), bits)

    def nets(self) -> Iterator[Net]:
        """The fewest networks (ip_set_range_to_cidr)."""
        kind, bits = type(self.first), self.first.bits
        if self.last is None:
            yield masked(self.first, bits if self.length is None else self.length)
            return
        start, last = self.bounds
        while start <= last:
            size = min((start & -start or 1 << bits).bit_length(), (last - start + 1).bit_length()) - 1
            yield Net(kind(start), bits - size)
            start += 1 << size


@frozen
class PortGroup:
    """A port of a protocol, or all from `first` to `last`."""

    protocol: int
    first: int
    last: int | None = None

    @property
    def bounds(self) -> tuple[int, int]:
        last = self.first if self.last is None else self.last
        return min(self.first, last), max(self.first, last)

    def __str__(self) -> str:
        text = str(Port(self.protocol, self.first))
        return text if self.last is None else f"{text}-{self.last}"


@frozen
class PlainPortGroup(PortGroup):
    """Of a set of ports alone."""

    def __str__(self) -> str:
        return str(self.first) if self.last is None else f"{self.first}-{self.last}"


Given = AddressGroup | PortGroup | Ether | MarkPart | Iface | SetName


@frozen
class ElementRequest:
    """The parts of an element as a command gives them."""

    parts: tuple[Given, ...]

    def __str__(self) -> str:
        return ",".join(str(part) for part in self.parts if not (isinstance(part, Ether) and part.mac is None))

    def elements(
        self, kinds: tuple[str, ...], *, netmask: int | None = None, markmask: int | None = None
    ) -> Iterator[Element]:
        """In the order in which the kernel takes them; `kinds` are the parts of the type."""
        return _combined(tuple(zip(kinds, self.parts, strict=True)), netmask, markmask)


def _combined(rest: tuple[tuple[str, Given], ...], netmask: int | None, markmask: int | None) -> Iterator[Element]:
    """One after the other: a range of addresses may be larger than any set."""
    if not rest:
        yield ()
        return
    for part in _each(*rest[0], netmask, markmask):
        for others in _combined(rest[1:], netmask, markmask):
            yield (part, *others)


def _each(
    kind: str, part: Given, netmask: int | None, markmask: int | None
) -> Iterator[Net | Port | PlainPort | Ether | MarkPart | Iface | SetName]:
    if isinstance(part, AddressGroup):
        if kind == "net":
            yield from part.nets()
            return
        bits = part.first.bits
        for net in part.hosts(0 if netmask is None else bits - netmask):
            yield net if netmask is None else Net(masked(net.address, netmask).address, bits)
    elif isinstance(part, PortGroup):
        first, last = part.bounds
        for number in range(first, last + 1):
            yield PlainPort(number) if isinstance(part, PlainPortGroup) else Port(part.protocol, number)
    elif isinstance(part, MarkPart):
        yield part if markmask is None else MarkPart(part.value & markmask)
    else:
        yield part

"""Internet addresses and prefixes: integers, so that hashing and comparing cost nothing on the fast path.

Text is read and written as inet_pton(3) and inet_ntop(3) do (RFC 5952 for IPv6).  An IPv4 and an IPv6 address of
the same number are equal as integers: tables are kept per family, as in the kernel.
"""

from __future__ import annotations

import ipaddress
from typing import ClassVar, Final, TypeAlias

from vnetsim.digits import is_digits
from vnetsim.values import frozen

#: How far to shift an IPv6 address for each 16 bits of it, and the zeros between colons that `::` abbreviates.
_WORDS: Final = range(112, -16, -16)
_ZEROS: Final = tuple(f":{'0:' * count}" for count in range(8, 1, -1))


class IPv4(int):
    """A 32-bit address."""

    __slots__ = ()
    version: ClassVar[int] = 4
    bits: ClassVar[int] = 32

    @classmethod
    def parse(cls, text: str) -> IPv4:
        """Dotted quad; ValueError otherwise."""
        return cls(int(ipaddress.IPv4Address(text)))

    @property
    def is_multicast(self) -> bool:
        return self >> 28 == 0xE

    @property
    def is_loopback(self) -> bool:
        return self >> 24 == 127

    def __str__(self) -> str:
        return f"{self >> 24}.{self >> 16 & 255}.{self >> 8 & 255}.{self & 255}"

    def __repr__(self) -> str:
        return f"IPv4({str(self)!r})"


class IPv6(int):
    """A 128-bit address."""

    __slots__ = ()
    version: ClassVar[int] = 6
    bits: ClassVar[int] = 128

    @classmethod
    def parse(cls, text: str) -> IPv6:
        """RFC 4291 text, no zone; ValueError otherwise."""
        if "%" in text:
            raise ValueError(f"{text!r} has a zone")
        return cls(int(ipaddress.IPv6Address(text)))

    @property
    def is_multicast(self) -> bool:
        return self >> 120 == 0xFF

    @property
    def is_loopback(self) -> bool:
        return self == 1

    @property
    def is_link_local(self) -> bool:
        return self >> 118 == 0x3FA

    def __str__(self) -> str:
        if self >> 16 and (self >> 32 == 0 or self >> 32 == 0xFFFF):
            return f"::{'ffff:' * bool(self >> 32)}{IPv4(self & 0xFFFF_FFFF)}"
        words = ":".join([f"{self >> shift & 0xFFFF:x}" for shift in _WORDS])
        padded = f":{words}:"
        zeros = next((each for each in _ZEROS if each in padded), None)
        if zeros is None:
            return words
        before, _, after = padded.partition(zeros)
        return f"{before[1:]}::{after[:-1]}"

    def __repr__(self) -> str:
        return f"IPv6({str(self)!r})"


Address: TypeAlias = IPv4 | IPv6

ANY4: Final = IPv4(0)
BROADCAST4: Final = IPv4(0xFFFF_FFFF)
LOOPBACK4: Final = IPv4.parse("127.0.0.1")
ANY6: Final = IPv6(0)
LOOPBACK6: Final = IPv6(1)


def parse_address(text: str) -> Address:
    """An address of either family; ValueError otherwise."""
    return IPv6.parse(text) if ":" in text else IPv4.parse(text)


def is_address(text: str) -> bool:
    """Whether inet_pton(3) accepts it, which knows no zones."""
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


@frozen
class InterfaceAddress:
    """An address and how many of its leading bits name the network: `10.0.0.1/24`."""

    address: Address
    length: int

    @classmethod
    def parse(cls, text: str) -> InterfaceAddress:
        """`10.0.0.1/24` or `fd00::1/64`; without a length, all bits.  ValueError otherwise."""
        address_text, slash, length_text = text.partition("/")
        address = parse_address(address_text)
        if not slash:
            return cls(address, address.bits)
        if not (length_text.isascii() and is_digits(length_text) and int(length_text) <= address.bits):
            raise ValueError(f"{text!r} has no valid prefix length")
        return cls(address, int(length_text))

    @property
    def network(self) -> Prefix:
        return Prefix.of(self.address, self.length)

    def __str__(self) -> str:
        return f"{self.address}/{self.length}"


@frozen
class Prefix:
    """A network: all addresses that share the first `length` bits of `address` (the rest of which is zero)."""

    address: Address
    length: int

    @classmethod
    def of(cls, address: Address, length: int) -> Prefix:
        """The prefix of `length` that `address` is in."""
        shift = address.bits - length
        return cls(type(address)(address >> shift << shift), length)

    @classmethod
    def parse(cls, text: str) -> Prefix:
        """`10.0.0.0/24`; bits set behind the length are a ValueError, as is anything else."""
        interface = InterfaceAddress.parse(text)
        prefix = interface.network
        if prefix.address != interface.address:
            raise ValueError(f"{text!r} has host bits set")
        return prefix

    @property
    def version(self) -> int:
        return self.address.version

    @property
    def first(self) -> Address:
        return self.address

    @property
    def last(self) -> Address:
        """The highest address: for IPv4 the directed broadcast address."""
        return type(self.address)(self.address | (1 << self.address.bits - self.length) - 1)

    def __contains__(self, address: Address) -> bool:
        shift = self.address.bits - self.length
        return address >> shift == self.address >> shift

    def overlaps(self, other: Prefix) -> bool:
        return self.version == other.version and (self.address in other or other.address in self)

    def __str__(self) -> str:
        return f"{self.address}/{self.length}"


DEFAULT4: Final = Prefix(ANY4, 0)
DEFAULT6: Final = Prefix(ANY6, 0)


def inet_aton(text: str) -> IPv4 | None:
    """`127.1`, `0x7f.1`, `0177.0.0.1`, `2130706433`: the last number fills what is left; None for anything else."""
    numbers = [_number(part) for part in text.split(".")]
    if len(numbers) > 4:
        return None
    value = 0
    for index, number in enumerate(numbers):
        width = 8 if index < len(numbers) - 1 else 8 * (4 - index)
        if number is None or number >> width:
            return None
        value = value << width | number
    return IPv4(value)


def _number(text: str) -> int | None:
    base = 16 if text[:2].lower() == "0x" else 8 if text.startswith("0") else 10
    digits = text[2:] if base == 16 else text
    try:
        return int(digits, base) if digits.isalnum() and digits.isascii() else None
    except ValueError:
        return None

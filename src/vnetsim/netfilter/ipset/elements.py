"""Elements of sets: tuples of parts, as they are printed (lib/print.c)."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from vnetsim.netfilter.header import PROTOCOLS
from vnetsim.netfilter.ipset.icmp_names import name_of_kind
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

TCP: Final = 6
#: Protocols with ports: tcp, udp, sctp, udplite.
WITH_PORTS: Final = (TCP, 17, 132, 136)
ICMP: Final = 1
ICMPV6: Final = 58


class Net(NamedTuple):
    """An address, or all that begin as it does."""

    address: Address
    length: int

    @property
    def host(self) -> bool:
        return self.length == self.address.bits

    def __str__(self) -> str:
        return str(self.address) if self.host else f"{self.address}/{self.length}"


class Port(NamedTuple):
    """A protocol and a port; of ICMP the type and code, 0 where there are none."""

    protocol: int
    number: int

    def __str__(self) -> str:
        name = PROTOCOLS.get(self.protocol, str(self.protocol))
        if self.protocol not in (ICMP, ICMPV6):
            return f"{name}:{self.number}"
        kind, code = self.number >> 8, self.number & 0xFF
        return f"{name}:{name_of_kind(kind, code, v6=self.protocol == ICMPV6) or f'{kind}/{code}'}"


class PlainPort(NamedTuple):
    """A port of any protocol (bitmap:port)."""

    number: int

    def __str__(self) -> str:
        return str(self.number)


class Ether(NamedTuple):
    mac: Mac | None

    def __str__(self) -> str:
        return str(self.mac).upper()


class MarkPart(NamedTuple):
    value: int

    def __str__(self) -> str:
        return f"0x{self.value:08x}"


class Iface(NamedTuple):
    """A device; `physical`: a port of a bridge."""

    name: str
    physical: bool = False
    wildcard: bool = False

    def __str__(self) -> str:
        return f"{'physdev:' * self.physical}{self.name}"


class SetName(NamedTuple):
    """A set in a list of sets."""

    name: str

    def __str__(self) -> str:
        return self.name


Part: TypeAlias = Net | Port | PlainPort | Ether | MarkPart | Iface | SetName
Element: TypeAlias = tuple[Part, ...]


def text_of(element: Element) -> str:
    """As `ipset list` prints it; an address without the MAC address it may have has none (bitmap:ip,mac)."""
    return ",".join(str(part) for part in element if not (isinstance(part, Ether) and part.mac is None))


def is_null(element: Element) -> bool:
    """Whether the kernel takes it for no element (IPSET_ERR_HASH_ELEM)."""
    first = element[0]
    if isinstance(first, Ether):
        return not first.mac
    return len(element) == 1 and isinstance(first, Net) and first.host and int(first.address) == 0


def masked(address: Address, length: int) -> Net:
    """The network of an address."""
    bits = address.bits
    return Net(type(address)(int(address) >> bits - length << bits - length), length)

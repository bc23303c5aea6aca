"""Elements of sets: tuples of parts, as they are printed (lib/print.c), types and codes of ICMP by name
(lib/icmp.c, lib/icmpv6.c).
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from vnetsim.netfilter.header import PROTOCOLS
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


_ICMP_TABLE: Final = """
0/0=echo-reply 0/0=pong 3/0=network-unreachable 3/1=host-unreachable 3/2=protocol-unreachable 3/3=port-unreachable
3/4=fragmentation-needed 3/5=source-route-failed 3/6=network-unknown 3/7=host-unknown 3/9=network-prohibited
3/10=host-prohibited 3/11=TOS-network-unreachable 3/12=TOS-host-unreachable 3/13=communication-prohibited
3/14=host-precedence-violation 3/15=precedence-cutoff 4/0=source-quench 5/0=network-redirect 5/1=host-redirect
5/2=TOS-network-redirect 5/3=TOS-host-redirect 8/0=echo-request 8/0=ping 9/0=router-advertisement
10/0=router-solicitation 11/0=ttl-zero-during-transit 11/1=ttl-zero-during-reassembly 12/0=ip-header-bad
12/1=required-option-missing 13/0=timestamp-request 14/0=timestamp-reply 17/0=address-mask-request
18/0=address-mask-reply
"""
_ICMPV6_TABLE: Final = """
1/0=no-route 1/1=communication-prohibited 1/3=address-unreachable 1/4=port-unreachable 2/0=packet-too-big
3/0=ttl-zero-during-transit 3/1=ttl-zero-during-reassembly 4/0=bad-header 4/1=unknown-header-type 4/2=unknown-option
128/0=echo-request 128/0=ping 129/0=echo-reply 129/0=pong 133/0=router-solicitation 134/0=router-advertisement
135/0=neighbour-solicitation 135/0=neigbour-solicitation 136/0=neighbour-advertisement 136/0=neigbour-advertisement
137/0=redirect
"""


def _read(table: str) -> dict[str, tuple[int, int]]:
    names = {}
    for entry in table.split():
        numbers, _, name = entry.partition("=")
        kind, _, code = numbers.partition("/")
        names[name] = int(kind), int(code)
    return names


_NAMES: Final = {False: _read(_ICMP_TABLE), True: _read(_ICMPV6_TABLE)}


def name_of_kind(kind: int, code: int, *, v6: bool) -> str | None:
    return next((name for name, numbers in _NAMES[v6].items() if numbers == (kind, code)), None)


def kind_of_name(text: str, *, v6: bool) -> tuple[int, int] | None:
    """The first one whose name begins so."""
    return next((numbers for name, numbers in _NAMES[v6].items() if name.lower().startswith(text.lower())), None)

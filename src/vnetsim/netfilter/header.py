"""The part of a rule that needs no extension: addresses, protocol, devices, fragments (struct ipt_ip, struct ip6t_ip6).

Names of protocols are those of netbase's /etc/protocols.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter.packet import Packet
from vnetsim.wire.inet import Address, IPv4, IPv6, parse_address

#: Names of /etc/protocols by number.
PROTOCOLS: Final = {
    0: "ip", 1: "icmp", 2: "igmp", 3: "ggp", 4: "ipencap", 5: "st", 6: "tcp", 8: "egp", 9: "igp", 12: "pup", 17: "udp",
    20: "hmp", 22: "xns-idp", 27: "rdp", 29: "iso-tp4", 33: "dccp", 36: "xtp", 37: "ddp", 38: "idpr-cmtp", 41: "ipv6",
    43: "ipv6-route", 44: "ipv6-frag", 45: "idrp", 46: "rsvp", 47: "gre", 50: "esp", 51: "ah", 57: "skip",
    58: "ipv6-icmp", 59: "ipv6-nonxt", 60: "ipv6-opts", 73: "rspf", 81: "vmtp", 88: "eigrp", 89: "ospf", 93: "ax.25",
    94: "ipip", 97: "etherip", 98: "encap", 103: "pim", 108: "ipcomp", 112: "vrrp", 115: "l2tp", 124: "isis",
    132: "sctp", 133: "fc", 135: "mobility-header", 136: "udplite", 137: "mpls-in-ip", 139: "hip", 140: "shim6",
    141: "wesp", 142: "rohc", 143: "ethernet",
}  # fmt: skip


def protocol_name(number: int) -> str:
    return PROTOCOLS.get(number, str(number))


def contiguous_length(mask: int, bits: int) -> int | None:
    """The prefix length that `mask` stands for, or None if its ones do not all come first."""
    holes = ~mask & (1 << bits) - 1
    return bits - holes.bit_length() if holes & holes + 1 == 0 else None


@attrs.frozen
class Network:
    """The addresses that agree with `address` in the bits that are set in `mask` (which need not come first)."""

    address: Address
    mask: int
    negated: bool = False

    @classmethod
    def parse(cls, text: str, *, negated: bool = False) -> Network:
        """`10.0.0.0/8` or `10.0.0.1`; host bits are cut off.  ValueError if it is neither."""
        address_text, _, length_text = text.partition("/")
        address = parse_address(address_text)
        length = int(length_text) if length_text else address.bits
        if not 0 <= length <= address.bits:
            raise ValueError(f"{text!r} has no valid prefix length")
        mask = (1 << address.bits) - (1 << address.bits - length)
        return cls(type(address)(address & mask), mask, negated)

    @property
    def mask_text(self) -> str:
        """`/24`, or the mask written as an address where no length says it."""
        length = contiguous_length(self.mask, self.address.bits)
        return f"/{type(self.address)(self.mask) if length is None else length}"

    def __str__(self) -> str:
        return f"{self.address}{self.mask_text}"


class _AddressMatch(Network):
    """A match of one of the packet's addresses."""

    __slots__ = ()
    option = "-s"

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}{self.option} {super().__str__()}"


class Source(_AddressMatch):
    __slots__ = ()

    def matches(self, packet: Packet) -> bool:
        return (packet.ip.source & self.mask == self.address) != self.negated


class Destination(_AddressMatch):
    __slots__ = ()
    option = "-d"

    def matches(self, packet: Packet) -> bool:
        return (packet.ip.destination & self.mask == self.address) != self.negated


@attrs.frozen
class _DeviceMatch:
    """A device by name; one that ends with `+` stands for all that begin so."""

    device: str
    negated: bool = False

    def fits(self, device: str) -> bool:
        if self.device.endswith("+"):
            return device.startswith(self.device[:-1]) != self.negated
        return (device == self.device) != self.negated

    @property
    def column(self) -> str:
        """As `iptables -L -v` shows it."""
        return f"{'!' if self.negated else ''}{self.device}"


class InDevice(_DeviceMatch):
    __slots__ = ()

    def matches(self, packet: Packet) -> bool:
        return self.fits(packet.in_device)

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}-i {self.device}"


class OutDevice(_DeviceMatch):
    __slots__ = ()

    def matches(self, packet: Packet) -> bool:
        return self.fits(packet.out_device)

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}-o {self.device}"


@attrs.frozen
class Protocol:
    """The protocol of the payload; 0 (`all`) is no match at all and never becomes one."""

    number: int
    negated: bool = False

    def matches(self, packet: Packet) -> bool:
        return (packet.protocol == self.number) != self.negated

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}-p {protocol_name(self.number)}"


@attrs.frozen
class Fragment:
    """Second and further fragments; negated: first fragments and whole packets."""

    negated: bool = False

    def matches(self, packet: Packet) -> bool:
        return (packet.fragment_offset > 0) != self.negated

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}-f"


#: Everybody, by family.
ANYWHERE: Final = {4: Network(IPv4(0), 0), 6: Network(IPv6(0), 0)}

"""The part of a rule that needs no extension: addresses, protocol, devices, fragments (struct ipt_ip, struct ip6t_ip6).

Names of protocols are those of netbase's /etc/protocols.
"""

from __future__ import annotations

from typing import Final, Self

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.packet import PktInfo
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, parse_address

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
    """The prefix length of `mask`, or None if its ones do not all come first."""
    holes = ~mask & (1 << bits) - 1
    return bits - holes.bit_length() if holes & holes + 1 == 0 else None


@frozen
class MaskedAddress:
    """The addresses that agree with `address` in the bits that are set in `mask` (which need not come first)."""

    address: Address
    mask: int
    negated: bool = False

    @classmethod
    def parse(cls, text: str, *, negated: bool = False) -> Self:
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
        """`/24`, or the mask as an address if it is no prefix."""
        length = contiguous_length(self.mask, self.address.bits)
        return f"/{type(self.address)(self.mask) if length is None else length}"

    @property
    def text(self) -> str:
        return f"{self.address}{self.mask_text}"

    def __str__(self) -> str:
        return self.text


class SourceAddress(MaskedAddress):
    __slots__ = ()

    def matches(self, packet: PktInfo) -> bool:
        return (packet.ip.source & self.mask == self.address) != self.negated

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}-s {self.text}"


class DestinationAddress(MaskedAddress):
    __slots__ = ()

    def matches(self, packet: PktInfo) -> bool:
        return (packet.ip.destination & self.mask == self.address) != self.negated

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}-d {self.text}"


#: How long a device's name may be (IFNAMSIZ without the final zero).
MAX_DEVICE_NAME: Final = 15


def device_name(text: str) -> tuple[str, str]:
    """The name, and a warning about it; ArgumentError if there can be no such device."""
    if len(text) > MAX_DEVICE_NAME:
        raise ArgumentError(f"interface name `{text}' must be shorter than IFNAMSIZ ({MAX_DEVICE_NAME})")
    if any(character in text for character in "/ "):
        return text, f"Warning: weird character in interface `{text}' ('/' and ' ' are not allowed by the kernel)."
    return text, ""


@frozen
class DeviceName:
    """A device by name; one that ends with `+` matches all that begin so."""

    name: str
    negated: bool = False

    def fits(self, device: str) -> bool:
        if self.name.endswith("+"):
            return device.startswith(self.name[:-1]) != self.negated
        return (device == self.name) != self.negated

    @property
    def column(self) -> str:
        """As `iptables -L -v` shows it."""
        return f"{'!' if self.negated else ''}{self.name}"


class InDevice(DeviceName):
    __slots__ = ()

    def matches(self, packet: PktInfo) -> bool:
        return self.fits(packet.in_device)

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}-i {self.name}"


class OutDevice(DeviceName):
    __slots__ = ()

    def matches(self, packet: PktInfo) -> bool:
        return self.fits(packet.out_device)

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}-o {self.name}"


@frozen
class Protocol:
    """The protocol of the payload; 0 (`all`) is no match at all and never becomes one."""

    number: int
    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        return (packet.protocol == self.number) != self.negated

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}-p {protocol_name(self.number)}"


@frozen
class FragmentBit:
    """Second and further fragments; negated: first fragments and whole packets."""

    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        return (packet.fragment_offset > 0) != self.negated

    def __str__(self) -> str:
        return f"{'! ' if self.negated else ''}-f"

"""Marks by hashing: HMARK (xt_HMARK.c), so that the packets of a flow get the same mark on any machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.jhash import jhash_3words
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import IpPacket, PktInfo
from vnetsim.netfilter.rules import XtTarget
from vnetsim.values import frozen
from vnetsim.wire import ipv4
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

_WORD: Final = 32
_PORT: Final = 0xFFFF
_AH: Final = 51
#: Protocols whose first four bytes are ports, or a number that is as good (proto_ports_offset); AH has it behind four.
_WITH_PORTS: Final = (6, 17, 33, 50, 51, 132, 136)
#: Elements of --hmark-tuple: the option that each is short for, and its value (-1: all bits of an address).
_ELEMENTS: Final = {
    "ct": ("ct", 1), "src": ("src-prefix", -1), "dst": ("dst-prefix", -1), "sport": ("sport-mask", _PORT),
    "dport": ("dport-mask", _PORT), "proto": ("proto-mask", _PORT), "spi": ("spi-mask", UINT32_MAX),
}  # fmt: skip
#: The options as they are saved, and how their values are written there and by -L.
_TEXTS: Final[tuple[tuple[str, str, str], ...]] = (
    ("src-prefix", "{}", "{}"), ("dst-prefix", "{}", "{}"), ("sport-mask", "0x{:04x}", "0x{:x}"),
    ("dport-mask", "0x{:04x}", "0x{:x}"), ("spi-mask", "0x{:08x}", "0x{:x}"), ("sport", "0x{:04x}", "0x{:x}"),
    ("dport", "0x{:04x}", "0x{:x}"), ("spi", "0x{:08x}", "0x{:x}"), ("proto-mask", "0x{:02x}", "0x{:x}"),
    ("rnd", "0x{:08x}", "0x{:x}"),
)  # fmt: skip


@frozen(str=False)
class HashMark(XtTarget):
    """`given` are its options, but for the tuple, in the order in which they are saved."""

    name = "HMARK"
    given: tuple[tuple[str, int], ...]

    def _get(self, name: str, default: int = 0) -> int:
        return dict(self.given).get(name, default)

    def fits(self, _rule: object) -> bool:
        """hmark_tg_check"""
        names = {name for name, _ in self.given}
        return not ("spi" in names and names & {"sport", "dport"})

    def act(self, packet: PktInfo) -> None:
        found = self._of_connection(packet) if self._get("ct") else self._of_packet(packet.ip)
        if found is None:
            return
        source, destination, ports, protocol = found
        low, high = sorted((self._masked(source, "src-prefix"), self._masked(destination, "dst-prefix")))
        hashed = jhash_3words(low, high, ports, self._get("rnd")) ^ (protocol & self._get("proto-mask"))
        packet.mark = (hashed * self._get("mod") >> _WORD) + self._get("offset") & UINT32_MAX

    def _masked(self, address: Address, name: str) -> int:
        """hmark_addr_mask: of IPv6, the four parts of 32 bits together."""
        length = self._get(name, 0)
        value = int(address) >> address.bits - length << address.bits - length
        folded = 0
        while value:
            folded ^= value & UINT32_MAX
            value >>= _WORD
        return folded

    def _of_connection(self, packet: PktInfo) -> tuple[Address, Address, int, int] | None:
        """hmark_ct_set_htuple"""
        connection = packet.connection
        if connection is None:
            return None
        first, answer = connection.original, connection.reply
        ports = 0 if first.protocol == ipv4.ICMP else self._ports(first.source_port, answer.source_port)
        return first.source, answer.source, ports, first.protocol

    def _of_packet(self, ip: IpPacket) -> tuple[Address, Address, int, int] | None:
        """hmark_pkt_set_htuple_ipv4, _ipv6: of an error, the packet that it is about."""
        payload = ip.payload
        if isinstance(payload, (Icmp, Icmpv6)) and payload.is_error:
            about = payload.quoted()
            if about is None:
                return None
            ip, payload = about, about.payload
        protocol = ip.protocol if isinstance(ip, ipv4.Packet) else ip.next_header
        fragment = ip.is_fragment if isinstance(ip, ipv4.Packet) else ip.fragment is not None
        if isinstance(payload, (Icmp, Icmpv6)) or fragment or protocol not in _WITH_PORTS:
            return ip.source, ip.destination, 0, protocol
        if isinstance(payload, (Tcp, Udp)):
            source, destination = payload.source_port, payload.destination_port
        else:
            at = 4 if protocol == _AH else 0
            data = bytes(payload)[at : at + 4] if isinstance(payload, bytes) else b""
            source, destination = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:], "big")
        return ip.source, ip.destination, self._ports(source, destination), protocol

    def _ports(self, source: int, destination: int) -> int:
        """hmark_swap_ports: masked, what is given set, the larger one first."""
        mask = self._get("sport-mask") << 16 | self._get("dport-mask") | self._get("spi-mask")
        given = self._get("sport") << 16 | self._get("dport") | self._get("spi")
        both = (source << 16 | destination) & mask | given
        high, low = sorted((both >> 16, both & _PORT), reverse=True)
        return high << 16 | low

    def listing(self, _numeric: bool) -> str:
        words = [f"HMARK mod {self._get('mod')}"]
        known = dict(self.given)
        words += [f"+ 0x{known['offset']:x}"] if "offset" in known else []
        words += ["ct,"] if "ct" in known else []
        words += [f"{name} {shown.format(known[name])}" for name, _, shown in _TEXTS if name in known]
        return " ".join(words)

    def __str__(self) -> str:
        known = dict(self.given)
        words = [f"--hmark-{name} {saved.format(known[name])}" for name, saved, _ in _TEXTS if name in known]
        words.append(f"--hmark-mod {known['mod']}")
        words += [f"--hmark-offset {known['offset']}"] if "offset" in known else []
        words += ["--hmark-tuple ct"] if "ct" in known else []
        return " ".join(["HMARK", *words])


def _elements(text: str, _context: ParseContext) -> tuple[str, ...]:
    """hmark_parse_type: each element may be shortened."""
    parts = text.split(",")
    if not parts[-1]:
        message = '"--hmark-tuple" requires a list of types with no spaces, e.g. src,dst,sport,dport,proto'
        raise ArgumentError(message)
    found = []
    for index, part in enumerate(parts):
        name = next((name for name in _ORDER if part and name.startswith(part.lower())), None)
        if name is None:
            raise ArgumentError(f'Bad type "{",".join(parts[index:])}"')
        found.append(name)
    return tuple(found)


_ORDER: Final = ("ct", "src", "dst", "sport", "dport", "proto", "spi")


def _check(parsed: ParsedOptions) -> None:
    """HMARK_check"""
    known = _known(parsed)
    for name in ("mod", "rnd"):
        if name not in known:
            raise ArgumentError(f"--hmark-{name} is mandatory")
    if "spi-mask" in known and known.keys() & {"sport-mask", "dport-mask"}:
        raise ArgumentError("you cannot use --hmark-spi-mask and --hmark-?port-mask,at the same time")
    if not known.keys() - {"mod", "rnd", "offset"}:
        raise ArgumentError("you have to specify --hmark-tuple at least")


def _known(parsed: ParsedOptions) -> dict[str, int]:
    known = {name: parsed.get(f"hmark-{name}") for name in _READERS if f"hmark-{name}" in parsed}
    for element in parsed.get("hmark-tuple", ()):
        name, value = _ELEMENTS[element]
        known[name] = parsed.context.bits if value < 0 else value
    return known


def _build(parsed: ParsedOptions) -> HashMark:
    known = _known(parsed)
    order = [*(name for name, _, _ in _TEXTS), "mod", "offset", "ct"]
    return HashMark(tuple((name, known[name]) for name in order if name in known))


_READERS: Final[dict[str, Callable[[str, ParseContext], int]]] = {
    "src-prefix": options.prefix_length_or_all, "dst-prefix": options.prefix_length_or_all,
    **{name: options.integer(0, _PORT) for name in ("sport-mask", "dport-mask", "sport", "dport", "proto-mask")},
    **{name: options.integer(0, UINT32_MAX) for name in ("spi-mask", "spi", "rnd", "offset")},
    "mod": options.integer(1, UINT32_MAX),
}  # fmt: skip

TARGETS: Final = (
    Extension(
        "HMARK",
        (
            XtOption("hmark-tuple", _elements),
            *(XtOption(f"hmark-{name}", reader) for name, reader in _READERS.items()),
        ),
        _build,
        _check,
    ),
)

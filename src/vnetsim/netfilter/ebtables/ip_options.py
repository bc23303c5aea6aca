"""Options of the matches ip and ip6 of ebtables (extensions/libebt_ip.c, libebt_ip6.c).

Not modelled: `--ip-igmp-type`, `--ip-sport` of protocols other than TCP and UDP, which match nothing.
"""

from __future__ import annotations

from vnetsim.digits import is_digits
from vnetsim.netfilter import options
from vnetsim.netfilter.ebtables.errors import usage
from vnetsim.netfilter.ebtables.frame import FrameInfo
from vnetsim.netfilter.ebtables.match_option import Build, EbMatchOption, hexadecimal, network_text, plain
from vnetsim.netfilter.ebtables.rules import EbCondition
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_icmp import KINDS, IcmpKind
from vnetsim.netfilter.header import PROTOCOLS
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp


def _network(option: str, version: int, side: str) -> Build:
    bits = 32 if version == 4 else 128

    def build(text: str, negated: bool) -> EbCondition:
        host, slash, mask_text = text.partition("/")
        address, mask = options.address(host, version), (1 << bits) - 1
        if slash:
            found = options.mask(mask_text, version)
            if found is None:
                raise usage(f"invalid mask `{mask_text}' specified")
            mask = found
        if address is None:
            raise usage(f"{'host/network' if version == 4 else 'ip6'} `{host}' not found")
        network = int(address) & mask

        def test(frame: FrameInfo) -> bool:
            packet = frame.ip if version == 4 else frame.ip6
            return packet is not None and int(getattr(packet, side)) & mask == network

        return plain(option, network_text(type(address)(network), mask), test, negated)

    return build


def _tos(option: str, version: int) -> Build:
    def build(text: str, negated: bool) -> EbCondition:
        value = hexadecimal(text)
        if value is None or value > 0xFF:
            raise usage(
                "Problem with specified IP tos" if version == 4 else "Problem with specified IPv6 traffic class"
            )

        def test(frame: FrameInfo) -> bool:
            if version == 4:
                return frame.ip is not None and frame.ip.tos == value
            return frame.ip6 is not None and frame.ip6.traffic_class == value

        return plain(option, f"0x{value:02X}", test, negated)

    return build


def _protocol(option: str, version: int) -> Build:
    def build(text: str, negated: bool) -> EbCondition:
        try:
            number = options.protocol_number(text)
        except ArgumentError as refused:
            raise usage(refused.message) from None

        def test(frame: FrameInfo) -> bool:
            if version == 4:
                return frame.ip is not None and frame.ip.protocol == number
            return frame.ip6 is not None and frame.ip6.next_header == number

        name = "ipv6-icmp" if number == 58 else PROTOCOLS.get(number, str(number))
        return plain(option, name, test, negated)

    return build


def _port(option: str, version: int, side: str) -> Build:
    def build(text: str, negated: bool) -> EbCondition:
        first_text, colon, last_text = text.partition(":")
        first = 0 if colon and not first_text else options.service(first_text)
        last = (0xFFFF if not last_text else options.service(last_text)) if colon else first
        if first is None or last is None:
            raise usage(f"invalid port/service `{first_text if first is None else last_text}' specified")
        if first > last:
            raise usage("invalid portrange (min > max)")

        def test(frame: FrameInfo) -> bool:
            packet = frame.ip if version == 4 else frame.ip6
            segment = None if packet is None else packet.payload
            return isinstance(segment, (Tcp, Udp)) and first <= getattr(segment, side) <= last

        return plain(option, str(first) if first == last else f"{first}:{last}", test, negated)

    return build


def _icmp_type(option: str, version: int) -> Build:
    def build(text: str, negated: bool) -> EbCondition:
        types, codes, printed = _icmp_ranges(text, version)

        def test(frame: FrameInfo) -> bool:
            packet = frame.ip if version == 4 else frame.ip6
            message = None if packet is None else packet.payload
            if not isinstance(message, (Icmp, Icmpv6)):
                return False
            return types[0] <= message.type <= types[1] and codes[0] <= message.code <= codes[1]

        return plain(option, printed, test, negated)

    return build


def _icmp_ranges(text: str, version: int) -> tuple[tuple[int, int], tuple[int, int], str]:
    """Types, codes, and how they are printed: by a name if there is one."""
    named = KINDS[version].get(text.lower())
    if named is not None:
        codes = (0, 0xFF) if named.code is None else (named.code, named.code)
        return (named.type, named.type), codes, _icmp_text((named.type, named.type), codes, version)
    kind_text, slash, code_text = text.partition("/")
    types, code_range = _range(kind_text), _range(code_text) if slash else (0, 0xFF)
    if types is None or code_range is None:
        raise usage(f"Unknown ICMP type `{text}'")
    return types, code_range, _icmp_text(types, code_range, version)


def _icmp_text(types: tuple[int, int], codes: tuple[int, int], version: int) -> str:
    if types[0] != types[1]:
        return f"{_range_text(types)}/{_range_text(codes)}"
    if codes != (0, 0xFF) and codes[0] != codes[1]:
        return f"{types[0]}/{_range_text(codes)}"
    kind = IcmpKind(types[0], None if codes == (0, 0xFF) else codes[0])
    return next((name for name, known in KINDS[version].items() if known == kind), str(kind))


def _range_text(ends: tuple[int, int]) -> str:
    return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]}:{ends[1]}"


def _range(text: str) -> tuple[int, int] | None:
    first, colon, last = text.partition(":")
    if not is_digits(first) or (colon and not is_digits(last)):
        return None
    ends = int(first), int(last) if colon else int(first)
    return ends if ends[0] <= ends[1] <= 0xFF else None


def family(prefix: str, version: int) -> dict[str, EbMatchOption]:
    """The options of ip or ip6, with their other names."""
    sides = (("source", "src", "sport"), ("destination", "dst", "dport"))
    table: dict[str, EbMatchOption] = {}
    for place, (side, short, port) in enumerate(sides):
        address = EbMatchOption(prefix, place, _network(f"--{prefix}-{short}", version, side))
        ports = EbMatchOption(prefix, 4 + place, _port(f"--{prefix}-{port}", version, f"{side}_port"))
        table |= {f"{prefix}-{side}": address, f"{prefix}-{short}": address}
        table |= {f"{prefix}-{side}-port": ports, f"{prefix}-{port}": ports}
    protocol = EbMatchOption(prefix, 3, _protocol(f"--{prefix}-proto", version))
    table |= {f"{prefix}-protocol": protocol, f"{prefix}-proto": protocol}
    tos = f"{prefix}-{'tos' if version == 4 else 'tclass'}"
    table[tos] = EbMatchOption(prefix, 2, _tos(f"--{tos}", version))
    table[f"{prefix}-icmp-type"] = EbMatchOption(prefix, 6, _icmp_type(f"--{prefix}-icmp-type", version))
    return table

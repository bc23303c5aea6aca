"""LOG: a line of the kernel's log about a packet (xt_LOG.c, nf_log_syslog.c)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, quoted
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtTarget
from vnetsim.values import frozen
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import ANY4
from vnetsim.wire.tcp import HEADER_LENGTH, Tcp
from vnetsim.wire.udp import Udp

_LEVELS: Final = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")
#: What `--log-level` takes.
_LEVEL_NAMES: Final = {
    "emerg": 0, "panic": 0, "alert": 1, "crit": 2, "error": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7,
}  # fmt: skip
_WARNING: Final = 4
#: Options that add something to the line, and their bits (NF_LOG_...).
_DETAILS: Final = {"tcp-sequence": 1, "tcp-options": 2, "ip-options": 4, "uid": 8, "macdecode": 32}
_TCP_FLAGS: Final = {"CWR": 0x80, "ECE": 0x40, "URG": 0x20, "ACK": 0x10, "PSH": 8, "RST": 4, "SYN": 2, "FIN": 1}


@frozen(str=False)
class Log(XtTarget):
    """`details` are bits of _DETAILS; the line is given to `packet.context.log`, with its level."""

    name = "LOG"
    prefix: str = ""
    level: int = _WARNING
    details: int = 0

    def act(self, packet: PktInfo) -> None:
        packet.context.log(
            self.level, self.prefix + " ".join([*_where(packet, self.details), *_what(packet, self.details)]) + " "
        )

    def _details(self) -> list[str]:
        return [name for name, bit in _DETAILS.items() if self.details & bit]

    def listing(self, numeric: bool) -> str:
        parts = [f"LOG flags {self.details} level {self.level}" if numeric else f"LOG level {_LEVELS[self.level]}"]
        if not numeric:
            parts += self._details()
        return " ".join([*parts, f'prefix "{self.prefix}"'] if self.prefix else parts)

    def __str__(self) -> str:
        parts = ["LOG"]
        if self.prefix:
            parts.append(f"--log-prefix {quoted(self.prefix)}")
        if self.level != _WARNING:
            parts.append(f"--log-level {self.level}")
        return " ".join([*parts, *(f"--log-{name}" for name in self._details())])


# --- the line ------------------------------------------------------------------------------------------------------


def _where(packet: PktInfo, details: int) -> Iterator[str]:
    yield f"IN={packet.in_device}"
    yield f"OUT={packet.out_device}"
    if packet.physical_in and packet.physical_in != packet.in_device:
        yield f"PHYSIN={packet.physical_in}"
    if packet.physical_out and packet.physical_out != packet.out_device:
        yield f"PHYSOUT={packet.physical_out}"
    if not packet.in_device:
        return
    ethertype = "0800" if isinstance(packet.ip, ipv4.Packet) else "86dd"
    if packet.source_mac is None or packet.destination_mac is None:
        yield "MAC="
    elif details & _DETAILS["macdecode"]:
        yield f"MACSRC={packet.source_mac} MACDST={packet.destination_mac} MACPROTO={ethertype}"
    else:
        yield f"MAC={packet.destination_mac}:{packet.source_mac}:{ethertype[:2]}:{ethertype[2:]}"


def _what(packet: PktInfo, details: int) -> Iterator[str]:
    yield from _datagram(packet.ip, details)
    if details & _DETAILS["uid"] and packet.owner is not None:
        yield f"UID={packet.owner} GID={packet.group or 0}"
    if packet.mark:
        yield f"MARK={packet.mark:#x}"


def _datagram(ip: ipv4.Packet | ipv6.Packet, details: int, *, quoted_packet: bool = False) -> Iterator[str]:
    if isinstance(ip, ipv4.Packet):
        yield from _ipv4_header(ip, details)
        protocol, later = ip.protocol, ip.fragment_offset > 0
    else:
        yield from _ipv6_header(ip, details)
        protocol, later = ip.next_header, ip.fragment is not None and ip.fragment.offset > 0
    names = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"}
    yield f"PROTO={names.get(protocol, protocol)}"
    if later:
        return
    payload = ip.start_of_payload(ip.payload, len(ip.payload)) if isinstance(ip.payload, bytes) else ip.payload
    if isinstance(payload, Tcp):
        yield from _segment(payload, details)
    elif isinstance(payload, Udp):
        yield f"SPT={payload.source_port} DPT={payload.destination_port} LEN={payload.length}"
    elif isinstance(payload, (Icmp, Icmpv6)):
        yield from _message(payload, details, quoted_packet=quoted_packet)


def _ipv4_header(ip: ipv4.Packet, details: int) -> Iterator[str]:
    yield f"SRC={ip.source} DST={ip.destination} LEN={ip.length}"
    yield f"TOS=0x{ip.tos & 0x1E:02X} PREC=0x{ip.tos & 0xE0:02X} TTL={ip.ttl} ID={ip.identification}"
    if ip.dont_fragment:
        yield "DF"
    if ip.more_fragments:
        yield "MF"
    if ip.fragment_offset:
        yield f"FRAG:{ip.fragment_offset >> 3}"
    if details & _DETAILS["ip-options"] and ip.options:
        yield f"OPT ({ip.options.hex().upper()})"


def _ipv6_header(ip: ipv6.Packet, details: int) -> Iterator[str]:
    yield f"SRC={in_full(ip.source)} DST={in_full(ip.destination)} LEN={ip.length}"
    yield f"TC={ip.traffic_class} HOPLIMIT={ip.hop_limit} FLOWLBL={ip.flow_label}"
    if ip.hop_by_hop and details & _DETAILS["ip-options"]:
        yield "OPT ( )"
    if ip.fragment is not None:
        incomplete = " INCOMPLETE" if ip.fragment.more else ""
        fragment = f"FRAG:{ip.fragment.offset}{incomplete} ID:{ip.fragment.identification:08x}"
        yield f"OPT ( {fragment} )" if details & _DETAILS["ip-options"] else fragment


def in_full(address: int) -> str:
    return address.to_bytes(16, "big").hex(":", 2)


def _segment(segment: Tcp, details: int) -> Iterator[str]:
    yield f"SPT={segment.source_port} DPT={segment.destination_port}"
    if details & _DETAILS["tcp-sequence"]:
        yield f"SEQ={segment.sequence} ACK={segment.acknowledgement}"
    yield f"WINDOW={segment.window} RES=0x00"
    yield from (name for name, bit in _TCP_FLAGS.items() if segment.flags & bit)
    yield f"URGP={segment.urgent}"
    if details & _DETAILS["tcp-options"] and segment.options:
        bare = attrs.evolve(segment, data=b"", length=segment.length - len(segment.data))
        yield f"OPT ({bare.encode(ANY4, ANY4)[HEADER_LENGTH:].hex().upper()})"


def _message(message: Icmp | Icmpv6, details: int, *, quoted_packet: bool) -> Iterator[str]:
    yield f"TYPE={message.type} CODE={message.code}"
    echoes = (icmp.ECHO_REQUEST, icmp.ECHO_REPLY) if isinstance(message, Icmp) else (128, 129)
    if message.type in echoes:
        yield f"ID={message.identifier} SEQ={message.sequence}"
    if isinstance(message, Icmp):
        yield from _details4(message)
    elif message.type == icmpv6.PARAMETER_PROBLEM:
        yield f"POINTER={message.rest:08x}"
    # What the pointer of ICMP is about is not shown; it is for ICMPv6.
    hidden = quoted_packet or (isinstance(message, Icmp) and message.type == icmp.PARAMETER_PROBLEM)
    about = None if hidden else message.quoted()
    if about is not None:
        yield f"[{' '.join(_datagram(about, details, quoted_packet=True))} ]"
    if _is_too_big(message):
        yield f"MTU={message.mtu}"


def _is_too_big(message: Icmp | Icmpv6) -> bool:
    if isinstance(message, Icmpv6):
        return message.type == icmpv6.PACKET_TOO_BIG
    return (message.type, message.code) == (icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED)


def _details4(message: Icmp) -> Iterator[str]:
    if message.type == icmp.PARAMETER_PROBLEM:
        yield f"PARAMETER={message.rest >> 24}"
    if message.type == icmp.REDIRECT:
        yield f"GATEWAY={message.gateway}"


# --- reading -------------------------------------------------------------------------------------------------------


def _level(text: str, _context: ParseContext) -> int:
    level = options.number(text)
    if level is None:
        level = _LEVEL_NAMES.get(text, 8)
    if level > 7:
        raise ArgumentError(f'log level "{text}" unknown\n')
    return level


def _log(parsed: ParsedOptions) -> Log:
    details = sum(bit for name, bit in _DETAILS.items() if f"log-{name}" in parsed)
    return Log(parsed.get("log-prefix", ""), parsed.get("log-level", _WARNING), details)


TARGETS: Final = (
    Extension(
        "LOG",
        (
            XtOption("log-level", _level),
            XtOption("log-prefix", options.string(29, minimum=1, one_line=True)),
            *(XtOption(f"log-{name}") for name in _DETAILS),
        ),
        _log,
    ),
)

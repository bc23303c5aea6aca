"""How tcpdump prints ICMPv6 messages (print-icmp6.c).

Not modelled: what -v prints of router advertisements, and the messages that `icmpv6` leaves out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.wire import icmpv6, ipv6
from vnetsim.wire.inet import IPv6
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter, dump

_TRUNCATED: Final = " [|icmp6]"
_ECHO_TEXT: Final = {icmpv6.ECHO_REQUEST: "echo request", icmpv6.ECHO_REPLY: "echo reply"}
_DISCOVERY_NAMES: Final = {
    icmpv6.ROUTER_SOLICITATION: "router solicitation",
    icmpv6.ROUTER_ADVERTISEMENT: "router advertisement",
    icmpv6.NEIGHBOR_SOLICITATION: "neighbor solicitation",
    icmpv6.NEIGHBOR_ADVERTISEMENT: "neighbor advertisement",
    icmpv6.REDIRECT: "redirect",
}
_LISTENER_NAMES: Final = {
    icmpv6.LISTENER_QUERY: "multicast listener query",
    icmpv6.LISTENER_REPORT: "multicast listener report",
    icmpv6.LISTENER_DONE: "multicast listener done",
}
_PROBLEM_TEXT: Final = ("erroneous", "next header", "option", "incomplete header chain")
_FLAG_NAMES: Final = {icmpv6.ROUTER: "router", icmpv6.SOLICITED: "solicited", icmpv6.OVERRIDE: "override"}
_OPTION_NAMES: Final = {
    icmpv6.SOURCE_LINK_LAYER_ADDRESS: "source link-address",
    icmpv6.TARGET_LINK_LAYER_ADDRESS: "destination link-address",
}
_RECORD_NAMES: Final = ("", "is_in", "is_ex", "to_in", "to_ex", "allow", "block")
_PORT_NAMES: Final = {ipv6.UDP: "udp", ipv6.TCP: "tcp"}


def describe(printer: PacketPrinter, message: icmpv6.Icmpv6, encoded: Callable[[], bytes]) -> str:
    """What follows `ICMP6, `: `echo request, id 7, seq 1, length 64`.

    `encoded` gives the message's bytes, which are printed of what is not known.
    """
    if message.type in (icmpv6.DESTINATION_UNREACHABLE, icmpv6.TIME_EXCEEDED):
        return _error(printer, message, encoded)
    if message.type in _DISCOVERY_NAMES:
        return _discovery(printer, message)
    text = _text(printer, message)
    if not text:
        return f"unknown icmp6 type ({message.type}), length {message.length}{_bytes(printer, encoded)}"
    return text if printer.verbosity else f"{text}, length {message.length}"


def _text(printer: PacketPrinter, message: icmpv6.Icmpv6) -> str:
    if message.type in _ECHO_TEXT:
        return f"{_ECHO_TEXT[message.type]}, id {message.identifier}, seq {message.sequence}"
    if message.type in _LISTENER_NAMES:
        return _listener(message)
    if message.type == icmpv6.LISTENER_REPORT_V2:
        records = "".join(_record(printer, record) for record in message.records())
        return f"multicast listener report v2, {message.rest & 0xFFFF} group record(s){records}"
    if message.type == icmpv6.PACKET_TOO_BIG:
        return f"packet too big, mtu {message.mtu}"
    if message.type == icmpv6.PARAMETER_PROBLEM and message.code < len(_PROBLEM_TEXT):
        return f"parameter problem, {_PROBLEM_TEXT[message.code]} - octet {message.rest}"
    return ""


def _error(printer: PacketPrinter, message: icmpv6.Icmpv6, encoded: Callable[[], bytes]) -> str:
    quoted = message.quoted()
    unreachable = message.type == icmpv6.DESTINATION_UNREACHABLE
    text = "destination unreachable, " if unreachable else "time exceeded in-transit"
    if unreachable and message.code > icmpv6.PORT_UNREACHABLE:
        return f"{text}unknown unreach code ({message.code}){_bytes(printer, encoded)}"
    details = _unreachable(message.code, quoted) if unreachable else _time(message.code, quoted)
    length = "" if printer.verbosity or details.endswith(_TRUNCATED) else f", length {message.length}"
    return text + details + length


def _unreachable(code: int, quoted: ipv6.Packet | None) -> str:
    if code == icmpv6.PORT_UNREACHABLE:
        return _port(quoted)
    name = ("unreachable route", " unreachable prohibited", "beyond scope", "unreachable address")[code]
    if quoted is None:
        return name + _TRUNCATED
    source = f", source address {quoted.source}" if code == icmpv6.BEYOND_SCOPE else ""
    return f"{name} {quoted.destination}{source}"


def _port(quoted: ipv6.Packet | None) -> str:
    start = b"" if quoted is None else quoted.encode_payload()
    if quoted is None or quoted.next_header not in _PORT_NAMES or len(start) < 4:
        return f"unreachable port{_TRUNCATED}"
    port = int.from_bytes(start[2:4], "big")
    return f"unreachable port, {quoted.destination} {_PORT_NAMES[quoted.next_header]} port {port}"


def _time(code: int, quoted: ipv6.Packet | None) -> str:
    if code == icmpv6.REASSEMBLY_TIME_EXCEEDED:
        return " (reassembly)"
    if code:
        return f", unknown code ({code})"
    return _TRUNCATED if quoted is None else f" for {quoted.destination}"


def _bytes(printer: PacketPrinter, encoded: Callable[[], bytes]) -> str:
    return dump(encoded(), text=False) if printer.verbosity < 2 else ""


def _listener(message: icmpv6.Icmpv6) -> str:
    """tcpdump forgets the space behind the name."""
    group = IPv6.from_bytes(message.data[:16], "big")
    if message.type == icmpv6.LISTENER_QUERY and len(message.data) > 16:
        return f"multicast listener query v2 [gaddr {group}]"
    return f"{_LISTENER_NAMES[message.type]}max resp delay: {message.rest >> 16} addr: {group}"


def _record(printer: PacketPrinter, record: icmpv6.MldGroupRecord) -> str:
    if not printer.verbosity:
        return ""
    known = 0 < record.type < len(_RECORD_NAMES)
    name = _RECORD_NAMES[record.type] if known else f" [v2-report-#{record.type}]"
    sources = f", {len(record.sources)} source(s)"
    if printer.verbosity > 1:
        sources = f" {{ {''.join(f'{source} ' for source in record.sources)}}}"
    return f" [gaddr {record.group} {name}{sources}]"


# --- neighbour discovery --------------------------------------------------------------------------------------------


def _discovery(printer: PacketPrinter, message: icmpv6.Icmpv6) -> str:
    name = _DISCOVERY_NAMES[message.type]
    about = _about(message)
    if not printer.verbosity:
        return f"{name}{about}, length {message.length}"
    return f"{name}, length {message.length}{about}{_flags(message)}{_options(printer, message)}"


def _about(message: icmpv6.Icmpv6) -> str:
    if message.type == icmpv6.NEIGHBOR_SOLICITATION:
        return f", who has {message.target}"
    if message.type == icmpv6.NEIGHBOR_ADVERTISEMENT:
        return f", tgt is {message.target}"
    if message.type == icmpv6.REDIRECT:
        return f", {IPv6.from_bytes(message.data[16:32], 'big')} to {message.target}"
    return ""


def _flags(message: icmpv6.Icmpv6) -> str:
    if message.type != icmpv6.NEIGHBOR_ADVERTISEMENT:
        return ""
    flags = [name for flag, name in _FLAG_NAMES.items() if message.rest & flag]
    return f", Flags [{', '.join(flags) or 'none'}]"


def _options(printer: PacketPrinter, message: icmpv6.Icmpv6) -> str:
    text = ""
    for kind, body in message.options():
        size = len(body) + 2
        address = Mac.from_bytes(body[:6], "big") if kind in _OPTION_NAMES else ""
        text += f"\n\t  {_OPTION_NAMES.get(kind, 'unknown')} option ({kind}), length {size} ({size // 8}): {address}"
        indent = "    " if printer.verbosity > 1 else "  "
        if printer.verbosity > 1 or kind not in _OPTION_NAMES:
            text += dump(body, text=False).replace("\n\t", f"\n\t{indent}")
    return text

"""Frames made from what tcpdump printed about them: whatever the words do not tell is zero."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from vnetsim.wire import bpdu, ethernet, icmp, icmpv6, igmp, ipv4, ipv6, tcp, udp, vxlan
from vnetsim.wire.arp import Arp
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import UNKNOWN, Mac

ZERO4: Final = IPv4(0)
ZERO6: Final = IPv6(0)
Transport = udp.Udp | tcp.Tcp


def frame(text: str) -> ethernet.Frame:
    """The frame of such words; ValueError where nobody could have printed them."""
    source, destination, kind, length, rest = fields(r"(\S+) > (\S+), (.*?), length (\d+): (.*)", text)
    if kind == "802.3":
        return ethernet.Frame.build(Mac.parse(destination), Mac.parse(source), int(length), _bpdu(rest))
    ethertype = int(fields(r"ethertype .* \(0x(.{4})\)", kind)[0], 16)
    payload = _payload(ethertype, int(length) - ethernet.HEADER_LENGTH, rest)
    made = ethernet.Frame.build(Mac.parse(destination), Mac.parse(source), ethertype, payload)
    if made.length != int(length):
        raise ValueError(f"{made.length} bytes instead of {length}: {text!r}")
    return made


def fields(pattern: str, text: str) -> tuple[str, ...]:
    found = re.fullmatch(pattern, text, re.DOTALL)
    if not found:
        raise ValueError(f"{text!r} is not like {pattern!r}")
    return found.groups()


def _payload(ethertype: int, length: int, text: str) -> ethernet.Payload:
    if ethertype == ethernet.ARP:
        return _arp(text)
    if ethertype == ethernet.IPV4:
        return _packet4(text, length)
    if ethertype == ethernet.IPV6:
        return _packet6(text, length)
    if ethertype == ethernet.VLAN:
        vlan, priority, inner, rest = fields(r"vlan (\d+), p (\d+), ethertype .* \(0x(.{4})\), (.*)", text)
        payload = _payload(int(inner, 16), length - 4, rest)
        return ethernet.Tagged.build(int(vlan), int(priority), int(inner, 16), payload)
    return bytes.fromhex("".join(re.findall(r"\n\t0x....:  ((?:[0-9a-f]{2,4} )+)", text)))


def _arp(text: str) -> Arp:
    if text.startswith("Reply"):
        sender, mac = fields(r"Reply (\S+) is-at (\S+), length 28", text)
        return Arp.reply(Mac.parse(mac), IPv4.parse(sender), UNKNOWN, ZERO4)
    target, _, asked, sender = fields(r"Request who-has (\S+)( \((\S+)\))? tell (\S+), length 28", text)
    return Arp.request(UNKNOWN, IPv4.parse(sender), IPv4.parse(target), Mac.parse(asked) if asked else UNKNOWN)


def _bpdu(text: str) -> bpdu.Config:
    flags, priority, address, port = fields(
        r"LLC, dsap STP .* ctrl 0x03: STP 802.1d, Config, Flags \[(.*)\], bridge-id (.{4})\.(.{17})\.(.{4}), length 35",
        text,
    )
    bit = {"none": 0, "Topology change": bpdu.TOPOLOGY_CHANGE}[flags]
    bridge = bpdu.bridge_id(int(priority, 16), Mac.parse(address))
    return bpdu.Config.build(
        bit, bridge, 0, bridge, int(port, 16), message_age=0, maximum_age=0, hello_time=0, forward_delay=0
    )


# --- IPv4 -----------------------------------------------------------------------------------------------------------


def _packet4(text: str, length: int) -> ipv4.Packet:
    left, right, rest = fields(r"(\S+) > (\S+): (.*)", text)
    if rest.startswith(("ICMP ", "igmp ", "ip-proto-")):
        source, destination = IPv4.parse(left), IPv4.parse(right)
        if rest.startswith("ICMP "):
            return ipv4.Packet.build(source, destination, ipv4.ICMP, _icmp(rest))
        if rest.startswith("igmp "):
            options = igmp.ROUTER_ALERT
            return ipv4.Packet.build(source, destination, ipv4.IGMP, _igmp(rest), options=options)
        protocol = int(rest.removeprefix("ip-proto-"))
        return ipv4.Packet.build(source, destination, protocol, bytes(length - 20), fragment_offset=8)
    (address, port), (other, other_port) = (end.rsplit(".", 1) for end in (left, right))
    payload = _transport(int(port), int(other_port), rest)
    protocol = ipv4.TCP if isinstance(payload, tcp.Tcp) else ipv4.UDP
    return ipv4.Packet.build(IPv4.parse(address), IPv4.parse(other), protocol, payload)


def _igmp(text: str) -> igmp.Igmp:
    (count,) = fields(r"igmp v3 report, (\d+) group record\(s\)", text)
    return igmp.Igmp.report((igmp.IgmpGroupRecord(igmp.TO_EXCLUDE, ZERO4),) * int(count))


def _icmp(text: str) -> icmp.Icmp:
    words, length = fields(r"ICMP (.*), length (\d+)", text)
    for pattern, make in _ICMP.items():
        found = re.fullmatch(pattern, words)
        if found:
            return make(int(length) - icmp.HEADER_LENGTH, *found.groups())
    raise ValueError(f"no ICMP message says {words!r}")


def _echo(size: int, word: str, identifier: str, sequence: str) -> icmp.Icmp:
    request = icmp.Icmp.echo_request(int(identifier), int(sequence), bytes(size))
    return request if word == "request" else request.echo_reply()


def _error(kind: int, code: int) -> Callable[..., icmp.Icmp]:
    """What makes an error that quotes so many bytes of a packet to an address."""

    def make(size: int, host: str = "0.0.0.0", detail: str = "0", port: str = "0") -> icmp.Icmp:
        word = int(IPv4.parse(detail)) if kind == icmp.REDIRECT else int(detail) if detail.isdigit() else 0
        protocol = ipv4.TCP if detail == "tcp" else ipv4.UDP
        rest = (
            tcp.Tcp.build(0, int(port), 0, 0, tcp.SYN, 0, data=bytes(size - 40))
            if detail == "tcp"
            else udp.Udp.build(0, int(port), bytes(size - 28))
        )
        return icmp.error(kind, code, ipv4.Packet.build(ZERO4, IPv4.parse(host), protocol, rest), word)

    return make


_ICMP: Final[dict[str, Callable[..., icmp.Icmp]]] = {
    r"echo (request|reply), id (\d+), seq (\d+)": _echo,
    r"net (\S+) unreachable": _error(icmp.DESTINATION_UNREACHABLE, icmp.NET_UNREACHABLE),
    r"host (\S+) unreachable": _error(icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE),
    r"(\S+) (udp|tcp) port (\d+) unreachable": _error(icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE),
    r"host (\S+) unreachable - admin prohibited filter": _error(
        icmp.DESTINATION_UNREACHABLE, icmp.COMMUNICATION_PROHIBITED
    ),
    r"(\S+) unreachable - need to frag \(mtu (\d+)\)": _error(icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED),
    r"redirect (\S+) to host (\S+)": _error(icmp.REDIRECT, icmp.REDIRECT_HOST),
    r"time exceeded in-transit": _error(icmp.TIME_EXCEEDED, icmp.TTL_EXCEEDED),
}


# --- UDP and TCP ----------------------------------------------------------------------------------------------------


def _transport(source: int, destination: int, text: str) -> Transport:
    if text.startswith("VXLAN"):
        vni, inner = fields(r"VXLAN, flags \[I\] \(0x08\), vni (\d+)\n(.*)", text)
        return udp.Udp.build(source, destination, vxlan.Vxlan.build(int(vni), frame(inner)).encode())
    if text.startswith("UDP"):
        (length,) = fields(r"UDP, length (\d+)", text)
        return udp.Udp.build(source, destination, bytes(int(length)))
    return _tcp(source, destination, text)


def _tcp(source: int, destination: int, text: str) -> tcp.Tcp:
    flags, _, sequence, _, _, acknowledgement, window, _, options, length, _, application = fields(
        r"Flags \[(\S+)\](, seq (\d+)(:\d+)?)?(, ack (\d+))?, win (\d+)(, options \[(.*)\])?, length (\d+)"
        r"(: HTTP(.*))?",
        text,
    )
    bits = sum(1 << "FSRP.UEW".index(letter) for letter in flags)
    data = f"{application.removeprefix(': ')}\r\n".encode() if application else b""
    numbers = int(sequence or 0), int(acknowledgement or 0)
    return tcp.Tcp.build(
        source, destination, *numbers, bits, int(window), _options(options or ""), data.ljust(int(length), b"\0")
    )


def _options(text: str) -> tuple[tcp.Option, ...]:
    return tuple(_option(*word.partition(" ")[::2]) for word in text.split(",") if word)


def _option(name: str, value: str) -> tcp.Option:
    kind = {
        "nop": tcp.NOP,
        "mss": tcp.MSS,
        "wscale": tcp.WINDOW_SCALE,
        "sackOK": tcp.SACK_PERMITTED,
        "TS": 8,
        "sack": 5,
    }
    if name == "TS":
        clock, echo = fields(r"val (\d+) ecr (\d+)", value)
        return kind[name], (int(clock), int(echo))
    if name == "sack":
        return kind[name], tuple((int(a), int(b)) for a, b in re.findall(r"\{(\d+):(\d+)\}", value))
    return kind[name], int(value) if value else None


# --- IPv6 -----------------------------------------------------------------------------------------------------------


def _packet6(text: str, length: int) -> ipv6.Packet:
    left, right, rest = fields(r"(\S+) > (\S+): (.*)", text)
    source, destination = IPv6.parse(left), IPv6.parse(right)
    if rest.startswith("frag "):
        return _fragment(source, destination, rest)
    options = icmpv6.ROUTER_ALERT if rest.startswith("HBH ") else b""
    message = _icmpv6(rest.removeprefix("HBH "))
    packet = ipv6.Packet.build(source, destination, ipv6.ICMPV6, message, hop_by_hop=options)
    if packet.length != length:
        raise ValueError(f"{packet.length} bytes instead of {length}: {text!r}")
    return packet


def _fragment(source: IPv6, destination: IPv6, text: str) -> ipv6.Packet:
    offset, size, rest = fields(r"frag \((\d+)\|(\d+)\) ?(.*)", text)
    data = _icmpv6(rest).encode(source, destination) if rest else bytes(int(size))
    fragment = ipv6.Fragment(int(offset), not int(offset), 1)
    return ipv6.Packet.build(source, destination, ipv6.ICMPV6, data, fragment=fragment)


def _icmpv6(text: str) -> icmpv6.Icmpv6:
    words, length = fields(r"ICMP6, (.*), length (\d+)", text)
    for pattern, make in _ICMPV6.items():
        found = re.fullmatch(pattern, words)
        if found:
            return make(int(length) - icmpv6.HEADER_LENGTH, *found.groups())
    raise ValueError(f"no ICMPv6 message says {words!r}")


def _echo6(size: int, word: str, identifier: str, sequence: str) -> icmpv6.Icmpv6:
    request = icmpv6.Icmpv6.echo_request(int(identifier), int(sequence), bytes(size))
    return request if word == "request" else request.echo_reply()


def _solicitation(size: int, target: str) -> icmpv6.Icmpv6:
    return icmpv6.Icmpv6.neighbor_solicitation(IPv6.parse(target), Mac(1) if size > 16 else None)


def _report(size: int, count: str) -> icmpv6.Icmpv6:
    records = (icmpv6.MldGroupRecord(icmpv6.TO_EXCLUDE, ZERO6),) * int(count)
    assert size == 20 * len(records)
    return icmpv6.Icmpv6.listener_report(records)


_ICMPV6: Final[dict[str, Callable[..., icmpv6.Icmpv6]]] = {
    r"echo (request|reply), id (\d+), seq (\d+)": _echo6,
    r"neighbor solicitation, who has (\S+)": _solicitation,
    r"neighbor advertisement, tgt is (\S+)": lambda _, target: icmpv6.Icmpv6.neighbor_advertisement(
        IPv6.parse(target), Mac(1), icmpv6.SOLICITED
    ),
    r"router solicitation": lambda size: icmpv6.Icmpv6.router_solicitation(Mac(1) if size else None),
    r"multicast listener report v2, (\d+) group record\(s\)": _report,
    r"packet too big, mtu (\d+)": lambda size, mtu: icmpv6.Icmpv6.build(
        icmpv6.PACKET_TOO_BIG, 0, int(mtu), bytes(size)
    ),
}

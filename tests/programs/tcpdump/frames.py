"""One frame of each kind that a filter may ask for, by what it is."""

from __future__ import annotations

from typing import Final

from vnetsim.wire import icmp, icmpv6, ipv4, ipv6, tcp, udp
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import ARP, IPV4, IPV6, VLAN, Frame, Payload, Tagged
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import BROADCAST, Mac

ONE: Final = Mac.parse("02:00:00:00:00:01")
TWO: Final = Mac.parse("02:00:00:00:00:02")
_A: Final = IPv4.parse("10.0.0.1")
_B: Final = IPv4.parse("10.0.0.2")
_FAR: Final = IPv4.parse("192.168.56.20")
_A6: Final = IPv6.parse("fd00::1")
_B6: Final = IPv6.parse("fd00::2")
_GRE: Final = 47
_LLDP: Final = 0x88CC


def _four(protocol: int, payload: ipv4.Payload, *, back: bool = False, ttl: int = 64) -> Frame:
    source, destination = (_B, _A) if back else (_A, _B)
    packet = ipv4.Packet.build(source, destination, protocol, payload, ttl=ttl)
    return Frame.build(ONE if back else TWO, TWO if back else ONE, IPV4, packet)


def _six(protocol: int, payload: ipv6.Payload, to: IPv6 = _B6) -> Frame:
    return Frame.build(TWO, ONE, IPV6, ipv6.Packet.build(_A6, to, protocol, payload))


def _tagged(vlan: int, ethertype: int, payload: Payload) -> Frame:
    return Frame.build(TWO, ONE, VLAN, Tagged.build(vlan, 0, ethertype, payload))


def _group(group: str, mac: Mac, payload: udp.Udp) -> Frame:
    return Frame.build(mac, ONE, IPV4, ipv4.Packet.build(_A, IPv4.parse(group), udp.PROTOCOL, payload, ttl=1))


def _all() -> dict[str, Frame]:
    syn = tcp.Tcp.build(40000, 80, 1000, 0, tcp.SYN, 64240)
    answer = tcp.Tcp.build(80, 40000, 7000, 1001, tcp.SYN | tcp.ACK, 65160)
    data = tcp.Tcp.build(40000, 80, 1001, 7001, tcp.PSH | tcp.ACK, 502, data=b"GET / HTTP/1.1\r\n\r\n")
    end = tcp.Tcp.build(443, 8080, 1, 1, tcp.FIN | tcp.ACK, 502)
    question = udp.Udp.build(40001, 53, b"\x00\x07\x01\x00" + bytes(20))
    first, later = ipv4.Packet.build(_A, _FAR, udp.PROTOCOL, udp.Udp.build(5000, 5001, bytes(1200))).fragments(1000)
    solicited = IPv6.parse("ff02::1:ff00:2")
    asked = icmpv6.Icmpv6.neighbor_solicitation(_B6, ONE)
    return {
        "ARP request": Frame.build(BROADCAST, ONE, ARP, Arp.request(ONE, _A, _B)),
        "ARP reply": Frame.build(ONE, TWO, ARP, Arp.reply(TWO, _B, ONE, _A)),
        "echo request": _four(icmp.PROTOCOL, icmp.Icmp.echo_request(7, 1, bytes(56))),
        "echo reply": _four(icmp.PROTOCOL, icmp.Icmp.echo_request(7, 1, bytes(56)).echo_reply(), back=True),
        "SYN": _four(tcp.PROTOCOL, syn),
        "SYN-ACK": _four(tcp.PROTOCOL, answer, back=True),
        "data": _four(tcp.PROTOCOL, data, ttl=1),
        "FIN": _four(tcp.PROTOCOL, end),
        "DNS": _four(udp.PROTOCOL, question),
        "GRE": _four(_GRE, bytes(30)),
        "first fragment": Frame.build(TWO, ONE, IPV4, first),
        "later fragment": Frame.build(TWO, ONE, IPV4, later),
        "IPv4 multicast": _group("224.0.0.251", Mac.parse("01:00:5e:00:00:fb"), udp.Udp.build(5353, 5353, bytes(12))),
        "IPv4 broadcast": _group("10.0.0.255", BROADCAST, udp.Udp.build(68, 67, bytes(12))),
        "IPv6 SYN": _six(tcp.PROTOCOL, syn),
        "IPv6 DNS": _six(udp.PROTOCOL, question),
        "IPv6 echo request": _six(icmpv6.PROTOCOL, icmpv6.Icmpv6.echo_request(7, 1, bytes(56))),
        "solicitation": _six(icmpv6.PROTOCOL, asked, solicited),
        "tagged SYN": _tagged(10, IPV4, ipv4.Packet.build(_A, _B, tcp.PROTOCOL, syn)),
        "tagged ARP": _tagged(20, ARP, Arp.request(ONE, _A, _B)),
        "LLDP": Frame.build(Mac.parse("01:80:c2:00:00:0e"), ONE, _LLDP, bytes(46)),
    }


FRAMES: Final = _all()

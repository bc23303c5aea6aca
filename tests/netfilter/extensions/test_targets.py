from __future__ import annotations

import pytest

from tests.netfilter.packets_for_rules import (
    CLIENT,
    CLIENT6,
    SERVER,
    SERVER6,
    Connection,
    at,
    datagram,
    ping,
    ping6,
    segment,
)
from vnetsim.netfilter import verdicts
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.parse import parse_rule
from vnetsim.netfilter.verdicts import Addresses, Ports, Verdict
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import Mac
from vnetsim.wire.tcp import MSS, NOP, SACK_PERMITTED, Tcp


def act(target: str, packet: PktInfo, version: int = 4) -> Verdict | None:
    found = parse_rule(f"-p all -j {target}" if "TCPMSS" not in target else f"-p tcp -j {target}", version).target
    assert found is not None
    return found.act(packet)


def address(text: str) -> Addresses:
    first, _, last = text.partition("-")
    parse = IPv6.parse if ":" in text else IPv4.parse
    return Addresses(parse(first), parse(last or first))


def test_accept_drop_and_reject_are_verdicts() -> None:
    assert act("ACCEPT", at()) == verdicts.ACCEPT
    assert act("DROP", at()) == verdicts.DROP
    assert act("REJECT", at()) == verdicts.RejectVerdict("icmp-port-unreachable")
    assert act("REJECT --reject-with host-prohib", at()) == verdicts.RejectVerdict("icmp-host-prohibited")
    assert act("REJECT", at(ping6()), 6) == verdicts.RejectVerdict("icmp6-port-unreachable")


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ("-j SNAT --to-source 10.0.2.50", verdicts.SnatVerdict(address("10.0.2.50"))),
        ("-p tcp -j SNAT --to-source 10.0.2.50-10.0.2.60:6000-6001 --random --persistent",
         verdicts.SnatVerdict(address("10.0.2.50-10.0.2.60"), Ports(6000, 6001), random=True, persistent=True)),
        ("-p udp -j SNAT --to-source :53", verdicts.SnatVerdict(None, Ports(53, 53))),
        ("-p tcp -j DNAT --to-destination 172.17.0.3:80", verdicts.DnatVerdict(address("172.17.0.3"), Ports(80, 80))),
        ("-p tcp -j DNAT --to-destination 1.1.1.1:80-90/1080", verdicts.DnatVerdict(address("1.1.1.1"), Ports(80, 90,
        1080))),
        ("-j MASQUERADE", verdicts.MasqueradeVerdict()),
        ("-p tcp -j MASQUERADE --to-ports 7000-7010 --random-fully",
         verdicts.MasqueradeVerdict(None, Ports(7000, 7010), random_fully=True)),
        ("-p udp -j REDIRECT --to-ports 5353", verdicts.RedirectVerdict(None, Ports(5353, 5353))),
        ("-j NETMAP --to 10.1.2.3/16", verdicts.NetmapVerdict(IPv4.parse("10.1.0.0"), 0xFFFF0000)),
    ],
)  # fmt: skip
def test_a_translation_is_told(rule: str, verdict: Verdict) -> None:
    target = parse_rule(rule).target
    assert target is not None
    assert target.act(at()) == verdict


def test_an_ipv6_address_stands_in_brackets_before_a_port() -> None:
    rule = parse_rule("-p tcp -j DNAT --to-destination [fd00::1]:80", 6)
    assert rule.target is not None
    assert rule.target.act(at(ping6())) == verdicts.DnatVerdict(address("fd00::1"), Ports(80, 80))


@pytest.mark.parametrize(
    ("target", "before", "after"),
    [
        ("MARK --set-mark 7", 1, 7),
        ("MARK --set-mark 0x10/0xf0", 0xFF, 0x1F),
        ("MARK --set-xmark 0x11/0xf0", 0xFF, 0x1E),
        ("MARK --and-mark 0xf", 0xFF, 0xF),
        ("MARK --or-mark 0x100", 0xFF, 0x1FF),
        ("MARK --xor-mark 0xf", 0xFF, 0xF0),
    ],
)
def test_a_mark_is_set_and_the_packet_goes_on(target: str, before: int, after: int) -> None:
    packet = at(mark=before)
    assert act(target, packet) is None
    assert packet.mark == after


@pytest.mark.parametrize(
    ("target", "packet_mark", "connection_mark"),
    [
        ("CONNMARK --set-mark 7", 0x12, 7),
        ("CONNMARK --set-mark 7 --mask 0xf", 0x12, 0x37),
        ("CONNMARK --mask 0xf --set-mark 7", 0x12, 7),
        ("CONNMARK --set-xmark 0x11/0xf0", 0x12, 0x15),
        ("CONNMARK --and-mark 0xf", 0x12, 4),
        ("CONNMARK --xor-mark 0xf", 0x12, 0x3B),
        ("CONNMARK --save-mark --nfmask 0x2 --ctmask 0xf0", 0x12, 0x6),
        ("CONNMARK --restore-mark --nfmask 0xf --ctmask 0x30", 0x20, 0x34),
        ("CONNMARK --or-mark 1", 0x12, 0x35),
        ("CONNMARK --save-mark", 0x12, 0x12),
        ("CONNMARK --save-mark --mask 0xf", 0x12, 0x32),
        ("CONNMARK --restore-mark", 0x34, 0x34),
        ("CONNMARK --restore-mark --mask 0xf", 0x14, 0x34),
    ],
)
def test_marks_go_to_and_from_the_connection(target: str, packet_mark: int, connection_mark: int) -> None:
    connection = Connection(mark=0x34)
    packet = at(mark=0x12, connection=connection)
    assert act(target, packet) is None
    assert (packet.mark, connection.mark) == (packet_mark, connection_mark)


def test_a_packet_without_a_connection_keeps_its_mark() -> None:
    packet = at(mark=0x12)
    act("CONNMARK --restore-mark", packet)
    assert packet.mark == 0x12


def test_notrack_makes_a_packet_untracked() -> None:
    packet = at()
    assert act("NOTRACK", packet) is None
    assert (packet.untracked, packet.ctstate) == (True, "UNTRACKED")


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        ("NFLOG --nflog-group 3", None),
        ("AUDIT --type drop", None),
        ("CHECKSUM --checksum-fill", None),
        ("CLASSIFY --set-class 1:2", None),
        ("LOG", None),
        ("NFQUEUE", verdicts.DROP),
        ("NFQUEUE --queue-num 3 --queue-bypass", verdicts.ACCEPT),
    ],
)
def test_targets_for_user_space_continue_and_a_queue_without_a_listener_drops(
    target: str, verdict: Verdict | None
) -> None:
    """Nobody listens here; with --queue-bypass the packet goes on to the next table (nf_queue)."""
    ip = ping()
    packet = at(ip)
    assert act(target, packet) == verdict
    assert packet.ip is ip


@pytest.mark.parametrize("flags", [0xC2, 0x82, 0x42])
def test_signs_of_congestion_are_taken_out_of_segments(flags: int) -> None:
    packet = at(segment(flags=flags))
    found = parse_rule("-p tcp -j ECN --ecn-tcp-remove").target
    assert found is not None
    assert found.act(packet) is None
    assert isinstance(packet.ip.payload, Tcp)
    assert packet.ip.payload.flags == 2


@pytest.mark.parametrize("ip", [segment(), datagram()])
def test_what_has_no_sign_of_congestion_stays_the_packet_that_it_is(ip: ipv4.Packet) -> None:
    packet = at(ip)
    found = parse_rule("-p tcp -j ECN --ecn-tcp-remove").target
    assert found is not None
    found.act(packet)
    assert packet.ip is ip


@pytest.mark.parametrize("target", ["CONNMARK --set-mark 7", "CONNMARK --save-mark"])
def test_a_packet_without_a_connection_has_no_mark_to_change(target: str) -> None:
    packet = at(mark=0x12)
    assert act(target, packet) is None
    assert packet.mark == 0x12


def test_the_traffic_class_of_ipv6_is_changed() -> None:
    packet = at(ping6())
    act("TOS --set-tos 0x10", packet, 6)
    assert packet.tos == 0x10


@pytest.mark.parametrize(("target", "after"), [("--ttl-set 10", 10), ("--ttl-dec 4", 60), ("--ttl-inc 250", 255)])
def test_the_time_to_live_is_changed_in_a_new_packet(target: str, after: int) -> None:
    """A bridge may have given the same packet to others, who must not notice."""
    ip = ping()
    packet = at(ip)
    assert act(f"TTL {target}", packet) is None
    assert (packet.hop_limit, ip.ttl) == (after, 64)


def test_the_hop_limit_is_the_time_to_live_of_ipv6() -> None:
    packet = at(ping6())
    act("HL --hl-set 3", packet, 6)
    assert packet.hop_limit == 3


@pytest.mark.parametrize(
    ("target", "before", "after"),
    [
        ("TOS --set-tos Minimize-Delay", 0xC3, 0xD0),
        ("TOS --set-tos 0x10", 0xC3, 0x10),
        ("TOS --or-tos 8", 1, 9),
        ("TOS --and-tos 0xf", 0xC3, 3),
        ("TOS --xor-tos 3", 1, 2),
        ("DSCP --set-dscp-class EF", 1, 0xB9),
    ],
)
def test_the_type_of_service_is_changed(target: str, before: int, after: int) -> None:
    packet = at(ping(tos=before))
    act(target, packet)
    assert packet.tos == after


# --- TCPMSS ----------------------------------------------------------------------------------------------------------


def announced(packet: PktInfo) -> object:
    assert isinstance(packet.ip.payload, Tcp)
    return next((value for kind, value in packet.ip.payload.options if kind == MSS), None)


def test_the_announced_size_is_clamped_to_the_path() -> None:
    packet = at(segment(options=((MSS, 1460),)), path_mtu=1400)
    assert act("TCPMSS --clamp-mss-to-pmtu", packet) is None
    assert announced(packet) == 1360


@pytest.mark.parametrize(("target", "after"), [("--set-mss 1000", 1000), ("--set-mss 1500", 1460)])
def test_the_announced_size_never_grows(target: str, after: int) -> None:
    packet = at(segment(options=((MSS, 1460),)))
    act(f"TCPMSS {target}", packet)
    assert announced(packet) == after


def test_who_announced_nothing_announces_what_everybody_can_take() -> None:
    packet = at(segment(options=((SACK_PERMITTED, None), (NOP, None), (NOP, None))))
    before = packet.ip.length
    act("TCPMSS --set-mss 1400", packet)
    assert (announced(packet), packet.ip.length) == (536, before + 4)


@pytest.mark.parametrize(("data", "after"), [(b"", 536), (b"hello", None)])
def test_a_segment_that_is_no_syn_announces_too_if_no_data_follow(data: bytes, after: int | None) -> None:
    """Captured on lo, with `-A OUTPUT -p tcp -j TCPMSS --set-mss 1000`: acknowledgements get `mss 536`."""
    packet = at(segment(flags=0x10, data=data))
    act("TCPMSS --set-mss 1000", packet)
    assert announced(packet) == after


def test_a_full_header_takes_no_mss_option() -> None:
    """tcpmss_mangle_packet: the data offset counts to 15 words."""
    ip = segment(flags=0x10, options=((NOP, None),) * 40)
    packet = at(ip)
    act("TCPMSS --set-mss 1000", packet)
    assert packet.ip is ip


def test_a_later_fragment_announces_nothing() -> None:
    ip = ipv4.Packet.build(CLIENT, SERVER, 6, bytes(40), fragment_offset=1480)
    packet = at(ip)
    act("TCPMSS --set-mss 1000", packet)
    assert packet.ip is ip


# --- LOG: the words of net/netfilter/nf_log_syslog.c -----------------------------------------------------------------


def logged(target: str, packet: PktInfo, version: int = 4) -> list[tuple[int, str]]:
    said: list[tuple[int, str]] = []
    packet.context.log = lambda level, line: said.append((level, line))
    assert act(target, packet, version) is None
    return said


MACS = {"source_mac": Mac.parse("02:00:00:00:00:01"), "destination_mac": Mac.parse("02:00:00:00:00:02")}


def test_an_echo_request_is_told_with_its_prefix() -> None:
    packet = at(ping(dont_fragment=True, identification=77), in_device="eth0", **MACS)
    assert logged('LOG --log-prefix "ping: "', packet) == [(4, (
        "ping: IN=eth0 OUT= MAC=02:00:00:00:00:02:02:00:00:00:00:01:08:00 SRC=10.0.0.1 DST=10.0.0.2 LEN=84 TOS=0x00 "
        "PREC=0x00 TTL=64 ID=77 DF PROTO=ICMP TYPE=8 CODE=0 ID=7 SEQ=1 "
    ))]  # fmt: skip


def test_a_local_segment_has_no_hardware_addresses_but_may_tell_its_owner() -> None:
    packet = at(segment(options=((MSS, 1460),)), out_device="eth0", owner=1000, group=100, mark=7)
    assert logged("LOG --log-tcp-sequence --log-tcp-options --log-uid --log-level 7", packet) == [(7, (
        "IN= OUT=eth0 SRC=10.0.0.1 DST=10.0.0.2 LEN=44 TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=TCP SPT=40000 DPT=80 "
        "SEQ=1 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 OPT (020405B4) UID=1000 GID=100 MARK=0x7 "
    ))]  # fmt: skip


def test_a_bridged_datagram_tells_its_ports_twice_over() -> None:
    packet = at(datagram(), in_device="br0", out_device="br0", physical_in="pa", physical_out="pb", **MACS)
    (said,) = logged("LOG --log-macdecode", packet)
    assert said[1] == (
        "IN=br0 OUT=br0 PHYSIN=pa PHYSOUT=pb MACSRC=02:00:00:00:00:01 MACDST=02:00:00:00:00:02 MACPROTO=0800 "
        "SRC=10.0.0.1 DST=10.0.0.2 LEN=33 TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=UDP SPT=5000 DPT=53 LEN=13 "
    )


ABOUT = "[SRC=10.0.0.1 DST=10.0.0.2 LEN=84 TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=ICMP TYPE=8 CODE=0 ID=7 SEQ=1 ]"
ABOUT6 = (
    "[SRC=fd00:0000:0000:0000:0000:0000:0000:0001 DST=fd00:0000:0000:0000:0000:0000:0000:0002 LEN=104 TC=0 HOPLIMIT=64 "
    "FLOWLBL=0 PROTO=ICMPv6 TYPE=128 CODE=0 ID=7 SEQ=1 ]"
)


def icmp4(kind: int, code: int, word: int = 0) -> ipv4.Packet:
    return ipv4.Packet.build(CLIENT, SERVER, 1, icmp.error(kind, code, ping(), word))


def icmp6(kind: int, word: int = 0) -> ipv6.Packet:
    return ipv6.Packet.build(CLIENT6, SERVER6, 58, icmpv6.error(kind, 0, ping6(), word))


#: What dump_ipv4_packet and dump_ipv6_packet write behind the protocol.
MESSAGES: list[tuple[ipv4.Packet | ipv6.Packet, str]] = [
    (icmp4(3, 1), f"TYPE=3 CODE=1 {ABOUT} "),
    (icmp4(3, 4, 1400), f"TYPE=3 CODE=4 {ABOUT} MTU=1400 "),
    (icmp4(5, 1, 0x0A0000FE), f"TYPE=5 CODE=1 GATEWAY=10.0.0.254 {ABOUT} "),
    (icmp4(11, 0), f"TYPE=11 CODE=0 {ABOUT} "),
    (icmp4(12, 0, 20 << 24), "TYPE=12 CODE=0 PARAMETER=20 "),
    (ipv4.Packet.build(CLIENT, SERVER, 1, Icmp.build(13, 0, 7 << 16 | 1, bytes(12))), "TYPE=13 CODE=0 "),
    (icmp6(1), f"TYPE=1 CODE=0 {ABOUT6} "),
    (icmp6(2, 1280), f"TYPE=2 CODE=0 {ABOUT6} MTU=1280 "),
    (icmp6(4, 40), f"TYPE=4 CODE=0 POINTER=00000028 {ABOUT6} "),
    (ipv6.Packet.build(CLIENT6, SERVER6, 58, Icmpv6.router_solicitation(None)), "TYPE=133 CODE=0 "),
    (ipv4.Packet.build(CLIENT, SERVER, 47, b"gre"), ""),
]


@pytest.mark.parametrize(("ip", "text"), MESSAGES)
def test_an_icmp_message_is_logged_with_the_packet_that_it_quotes(ip: ipv4.Packet | ipv6.Packet, text: str) -> None:
    ((_, line),) = logged("LOG", at(ip), ip.source.version)
    assert line.split("PROTO=", 1)[1].split(" ", 1)[1] == text


def fragment6(offset: int, more: bool) -> ipv6.Packet:
    return ipv6.Packet.build(CLIENT6, SERVER6, 17, bytes(16), fragment=ipv6.Fragment(offset, more, 0xABCD))


#: What they write of the header behind the length, and the protocol.
HEADERS: list[tuple[ipv4.Packet | ipv6.Packet, str, str]] = [
    (ipv4.Packet.build(CLIENT, SERVER, 17, bytes(16), more_fragments=True, fragment_offset=1480), "",
     "TOS=0x00 PREC=0x00 TTL=64 ID=0 MF FRAG:185 PROTO=UDP "),
    (ping(tos=0xFF, options=b"\x01\x94\x04\x00"), "--log-ip-options",
     "TOS=0x1E PREC=0xE0 TTL=64 ID=0 OPT (01940400) PROTO=ICMP TYPE=8 CODE=0 ID=7 SEQ=1 "),
    (ping(options=b"\x01\x94\x04\x00"), "", "TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=ICMP TYPE=8 CODE=0 ID=7 SEQ=1 "),
    (fragment6(1448, more=True), "", "TC=0 HOPLIMIT=64 FLOWLBL=0 FRAG:1448 INCOMPLETE ID:0000abcd PROTO=UDP "),
    (fragment6(1448, more=False), "", "TC=0 HOPLIMIT=64 FLOWLBL=0 FRAG:1448 ID:0000abcd PROTO=UDP "),
    (fragment6(1448, more=False), "--log-ip-options",
     "TC=0 HOPLIMIT=64 FLOWLBL=0 OPT ( FRAG:1448 ID:0000abcd ) PROTO=UDP "),
    (ipv6.Packet.build(CLIENT6, SERVER6, 47, b"gre", hop_by_hop=b"\5\2\0\0"), "--log-ip-options",
     "TC=0 HOPLIMIT=64 FLOWLBL=0 OPT ( ) PROTO=47 "),
    (ipv6.Packet.build(CLIENT6, SERVER6, 47, b"gre", hop_by_hop=b"\5\2\0\0"), "",
     "TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=47 "),
    (segment(), "", "TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=TCP SPT=40000 DPT=80 WINDOW=64240 RES=0x00 SYN URGP=0 "),
    (segment(), "--log-tcp-options --log-tcp-sequence",
     "TOS=0x00 PREC=0x00 TTL=64 ID=0 PROTO=TCP SPT=40000 DPT=80 SEQ=1 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 "),
]  # fmt: skip


@pytest.mark.parametrize(("ip", "options", "text"), HEADERS)
def test_a_header_is_logged_field_by_field(ip: ipv4.Packet | ipv6.Packet, options: str, text: str) -> None:
    ((_, line),) = logged(f"LOG {options}", at(ip), ip.source.version)
    assert line.split(f"LEN={ip.length} ", 1)[1] == text


def test_who_came_by_a_device_without_ethernet_has_no_hardware_addresses() -> None:
    ((_, line),) = logged("LOG", at(ping(), in_device="tun0"))
    assert line.startswith("IN=tun0 OUT= MAC= SRC=10.0.0.1 ")


def test_ipv6_addresses_are_logged_in_full() -> None:
    (said,) = logged("LOG", at(ping6(), in_device="eth0", **MACS), 6)
    assert said[1] == (
        "IN=eth0 OUT= MAC=02:00:00:00:00:02:02:00:00:00:00:01:86:dd SRC=fd00:0000:0000:0000:0000:0000:0000:0001 "
        "DST=fd00:0000:0000:0000:0000:0000:0000:0002 LEN=104 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=ICMPv6 TYPE=128 CODE=0 "
        "ID=7 SEQ=1 "
    )


def test_tcpoptstrip_puts_nothing_in_the_place_of_options() -> None:
    packet = at(segment(options=((MSS, 1460), (SACK_PERMITTED, None))))
    before = packet.ip.length
    act_tcp = parse_rule("-p tcp -j TCPOPTSTRIP --strip-options mss").target
    assert act_tcp is not None
    assert act_tcp.act(packet) is None
    assert isinstance(packet.transport, Tcp)
    assert packet.transport.options[:5] == (*((NOP, None),) * 4, (SACK_PERMITTED, None))
    assert packet.ip.length == before

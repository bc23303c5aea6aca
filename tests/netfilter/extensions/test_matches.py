"""What fits, told in iptables' words."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.netfilter.packets_for_rules import CLIENT, SERVER, Connection, at, datagram, ping, ping6, segment
from vnetsim.clock import SECOND
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.parse import parse_rule
from vnetsim.netfilter.rules import Rule
from vnetsim.wire import ipv4
from vnetsim.wire.inet import Address, IPv4
from vnetsim.wire.mac import Mac
from vnetsim.wire.tcp import MSS


def fits(rule: str, packet: PktInfo, version: int = 4) -> bool:
    return all(test(packet) for test in parse_rule(rule, version).tests())


def address_type(address: Address, device: str) -> str:
    """10.0.0.2 is ours, on eth0."""
    if address == IPv4.parse("10.0.0.255"):
        return "BROADCAST"
    return "LOCAL" if address == SERVER and device in ("", "eth0") else "UNICAST"


def clocked(second: int) -> PktInfo:
    """So many seconds after Thursday, 1970-01-01, 00:00 UTC."""
    return at(clock=lambda: second * SECOND)


DOWN = at(in_device="eth0", out_device="br0", address_type=address_type)
BRIDGED = at(in_device="br0", out_device="br0", physical_in="pa", physical_out="pb")
SYN = at(segment(options=((MSS, 1460),)))
ACK = at(segment(flags=0x10))
TRACKED = at(segment(), connection=Connection(mark=0x10), ctstate="ESTABLISHED", is_reply=False)
LATER_FRAGMENT = at(ipv4.Packet.build(CLIENT, SERVER, 17, bytes(40), fragment_offset=1480))
FIRST_FRAGMENT = at(ipv4.Packet.build(CLIENT, SERVER, 17, datagram().encode_payload(), more_fragments=True))

CASES = [
    ("-s 10.0.0.1", DOWN, True),
    ("-s 10.0.0.0/24 -d 10.0.0.2", DOWN, True),
    ("! -s 10.0.0.0/24", DOWN, False),
    ("! -d 10.0.0.3", DOWN, True),
    ("-s 10.9.0.1/255.0.0.255", DOWN, True),
    ("-s 10.9.0.2/255.0.0.255", DOWN, False),
    ("-i eth0", DOWN, True),
    ("-i eth+", DOWN, True),
    ("-i +", DOWN, True),
    ("! -i eth+", DOWN, False),
    ("-i eth", DOWN, False),
    ("! -i eth1 -o br0", DOWN, True),
    ("-i eth0", at(), False),
    ("! -i eth0", at(), True),
    ("-p icmp", DOWN, True),
    ("-p tcp", DOWN, False),
    ("! -p tcp", DOWN, True),
    ("-p all", DOWN, True),
    ("-f", LATER_FRAGMENT, True),
    ("! -f", LATER_FRAGMENT, False),
    ("! -f", FIRST_FRAGMENT, True),
    ("-p udp --dport 53", at(datagram()), True),
    ("-p udp --dport 50:60 --sport 5000", at(datagram()), True),
    ("-p udp ! --dport 53", at(datagram()), False),
    ("-p udp --dport 53", FIRST_FRAGMENT, True),
    ("-p udp --dport 53", LATER_FRAGMENT, False),
    ("-p udp ! --dport 53", LATER_FRAGMENT, False),
    ("-p tcp --dport http", SYN, True),
    ("-p tcp --syn", SYN, True),
    ("-p tcp --syn", ACK, False),
    ("-p tcp ! --syn", ACK, True),
    ("-p tcp --tcp-flags ALL NONE", ACK, False),
    ("-p tcp --tcp-flags ACK,FIN ACK", ACK, True),
    ("-p tcp --tcp-option 2", SYN, True),
    ("-p tcp --tcp-option 2", ACK, False),
    ("-p tcp ! --tcp-option 2", ACK, True),
    ("-p icmp --icmp-type 8", DOWN, True),
    ("-p icmp --icmp-type echo-reply", DOWN, False),
    ("-p icmp --icmp-type 8/0", DOWN, True),
    ("-p icmp --icmp-type 8/1", DOWN, False),
    ("-p icmp ! --icmp-type 8", DOWN, False),
    ("-p icmp --icmp-type any", DOWN, True),
    ("-p icmp --icmp-type 255/3", DOWN, True),
    ("-p icmp ! --icmp-type any", DOWN, False),
    ("-p icmp --icmp-type 8", at(ipv4.Packet.build(CLIENT, SERVER, 1, bytes(8), fragment_offset=8)), False),
    ("-p icmp ! --icmp-type 8", at(ipv4.Packet.build(CLIENT, SERVER, 1, bytes(8), fragment_offset=8)), False),
    ("-p tcp -m tcpmss --mss 1400:1500", SYN, True),
    ("-p tcp -m tcpmss --mss 1461", SYN, False),
    ("-p tcp -m tcpmss --mss 1460", SYN, True),
    ("-p tcp -m tcpmss --mss 1460", at(ipv4.Packet.build(CLIENT, SERVER, 6, bytes(40), fragment_offset=1480)), False),
    ("-p tcp -m tcpmss --mss 1400:1500", ACK, False),
    ("-p tcp -m tcpmss ! --mss 1400:1500", ACK, True),
    ("-p tcp -m ecn --ecn-tcp-cwr", at(segment(flags=0x80)), True),
    ("-p tcp -m ecn ! --ecn-tcp-ece", at(segment(flags=0x80)), True),
    ("-p tcp -m ecn --ecn-tcp-ece --ecn-ip-ect 0", at(segment(flags=0x80)), False),
    ("-m ecn --ecn-ip-ect 3", at(ping(tos=3)), True),
    ("-m ecn --ecn-ip-ect 3", at(ping(tos=2)), False),
    ("-m ecn ! --ecn-ip-ect 3", at(ping(tos=7)), False),
    ("-p tcp -m ecn --ecn-tcp-cwr", at(segment(flags=0x40)), False),
    ("-p tcp -m ecn --ecn-tcp-cwr", at(ipv4.Packet.build(CLIENT, SERVER, 6, bytes(40), fragment_offset=1480)), False),
    ("-m ecn ! --ecn-ip-ect 3", at(ping(tos=2)), True),
    ("-p udp -m string --string hello --algo bm", at(datagram()), True),
    ("-p udp -m string --string hello --algo bm --from 28 --to 33", at(datagram()), True),
    ("-p udp -m string --string hello --algo bm --to 32", at(datagram()), False),
    ("-p udp -m string --string hello --algo bm --from 29", at(datagram()), False),
    ("-p udp -m string --string HELLO --algo kmp", at(datagram()), False),
    ("-p udp -m string --string HELLO --algo kmp --icase", at(datagram()), True),
    ('-p udp -m string ! --hex-string "|6c 6C|o" --algo bm', at(datagram()), False),
    # 1970-01-01 was a Thursday.
    ("-m time --weekdays Thu", DOWN, True),
    ("-m time ! --weekdays Thu", DOWN, False),
    ("-m time --monthdays 1,2 --timestop 00:00:00", DOWN, True),
    ("-m time --timestart 00:01 --timestop 12:00", DOWN, False),
    ("-m time --timestart 22:00 --timestop 04:00 --weekdays Thu", DOWN, True),
    ("-m time --timestart 22:00 --timestop 04:00 --weekdays Thu --contiguous", DOWN, False),
    ("-m time --timestart 22:00 --timestop 04:00 --weekdays Wed --contiguous", DOWN, True),
    ("-m time --datestart 1970-01-02", DOWN, False),
    ("-m time --datestop 1970-01-01T00:00:00", DOWN, True),
    ("-m time --timestart 22:00 --timestop 04:00", clocked(3 * 3600), True),
    ("-m time --timestart 22:00 --timestop 04:00", clocked(4 * 3600), True),
    ("-m time --timestart 22:00 --timestop 04:00", clocked(4 * 3600 + 1), False),
    ("-m time --timestart 22:00 --timestop 04:00", clocked(22 * 3600 - 1), False),
    ("-m time --timestart 22:00 --timestop 04:00", clocked(22 * 3600), True),
    ("-m time --timestart 22:00 --timestop 04:00 --weekdays Thu --contiguous", clocked(22 * 3600), True),
    ("-m time --timestart 22:00 --timestop 04:00 --weekdays Fri --contiguous", clocked(27 * 3600), False),
    ("-m time --timestart 08:00 --timestop 17:00", clocked(17 * 3600), True),
    ("-m time --timestart 08:00 --timestop 17:00", clocked(17 * 3600 + 1), False),
    ("-m time --timestart 08:00 --timestop 17:00", clocked(8 * 3600), True),
    ("-m time --weekdays 8", DOWN, False),
    ("-m time --monthdays 0", DOWN, False),
    ("-p udp -m multiport --dports 50,53", at(datagram()), True),
    ("-p udp -m multiport --sports 53", at(datagram()), False),
    ("-p udp -m multiport --ports 1:100", at(datagram()), True),
    ("-p udp -m multiport ! --dports 53,54", at(datagram()), False),
    ("-p udp -m multiport --sports 5000,6000", at(datagram()), True),
    ("-p udp -m multiport --dports 5000", at(datagram()), False),
    ("-p udp -m multiport --dports 53", LATER_FRAGMENT, False),
    ("-p udp -m multiport ! --dports 53", LATER_FRAGMENT, False),
    ("-p udp --sport 53", at(datagram()), False),
    ("-m conntrack --ctstate NEW,ESTABLISHED", TRACKED, True),
    ("-m conntrack --ctstate NEW", TRACKED, False),
    ("-m conntrack ! --ctstate NEW", TRACKED, True),
    ("-m conntrack --ctstate INVALID", at(), True),
    ("-m conntrack --ctstate UNTRACKED", at(untracked=True, ctstate="UNTRACKED"), True),
    ("-m conntrack --ctstate DNAT", TRACKED, True),
    ("-m conntrack --ctstate SNAT", TRACKED, False),
    ("-m conntrack --ctproto tcp", TRACKED, True),
    ("-m conntrack --ctorigdst 10.0.0.254 --ctorigdstport 8080", TRACKED, True),
    ("-m conntrack --ctorigsrc 10.0.0.9/24 --ctorigsrcport 40000", TRACKED, True),
    ("-m conntrack --ctreplsrc 10.0.0.2 --ctreplsrcport 80", TRACKED, True),
    ("-m conntrack ! --ctrepldst 10.0.0.1", TRACKED, False),
    ("-m conntrack --ctrepldstport 1:9", TRACKED, False),
    ("-m conntrack --ctstatus SEEN_REPLY", TRACKED, True),
    ("-m conntrack ! --ctstatus ASSURED", TRACKED, True),
    ("-m conntrack --ctstatus NONE", TRACKED, False),
    ("-m conntrack --ctexpire 50:100", TRACKED, True),
    ("-m conntrack --ctdir ORIGINAL", TRACKED, True),
    ("-m conntrack --ctdir REPLY", TRACKED, False),
    ("-m conntrack --ctproto tcp", at(), False),
    ("-m conntrack --ctstate INVALID --ctproto tcp", at(), True),
    ("-m state --state ESTABLISHED", TRACKED, True),
    ("-m state ! --state ESTABLISHED", TRACKED, False),
    ("-m connmark --mark 0x10", TRACKED, True),
    ("-m connmark ! --mark 0x10/0xf0", TRACKED, False),
    ("-m connmark ! --mark 1", at(), False),
    ("-m addrtype --dst-type LOCAL", DOWN, True),
    ("-m addrtype ! --dst-type LOCAL,BROADCAST", DOWN, False),
    ("-m addrtype --src-type UNICAST --dst-type LOCAL", DOWN, True),
    ("-m addrtype --dst-type LOCAL --limit-iface-in", DOWN, True),
    ("-m addrtype --dst-type LOCAL --limit-iface-out", DOWN, False),
    ("-m mark --mark 0x10/0xf0", at(mark=0x1F), True),
    ("-m mark --mark 0x10", at(mark=0x1F), False),
    ("-m mark ! --mark 0x10", at(mark=0x1F), True),
    ("-m comment --comment whatever", DOWN, True),
    ("-m iprange --src-range 10.0.0.0-10.0.0.1 ! --dst-range 10.0.0.3-10.0.0.9", DOWN, True),
    ("-m iprange --src-range 10.0.0.2-10.0.0.9", DOWN, False),
    ("-m length --length 84", DOWN, True),
    ("-m length --length 85:", DOWN, False),
    ("-m length ! --length :50", DOWN, True),
    ("-m mac --mac-source 02:00:00:00:00:01", at(source_mac=Mac.parse("02:00:00:00:00:01")), True),
    ("-m mac ! --mac-source 02:00:00:00:00:01", at(source_mac=Mac.parse("02:00:00:00:00:01")), False),
    ("-m mac ! --mac-source 02:00:00:00:00:01", at(), False),
    ("-m physdev --physdev-in pa --physdev-out pb", BRIDGED, True),
    ("-m physdev --physdev-in p+ ! --physdev-out pa", BRIDGED, True),
    ("-m physdev --physdev-is-bridged", BRIDGED, True),
    ("-m physdev ! --physdev-is-bridged", BRIDGED, False),
    ("-m physdev --physdev-is-in --physdev-is-out", BRIDGED, True),
    ("-m physdev --physdev-in pb", BRIDGED, False),
    ("-m physdev --physdev-out pa", BRIDGED, False),
    ("-m physdev ! --physdev-is-in", BRIDGED, False),
    ("-m physdev ! --physdev-is-out", BRIDGED, False),
    ("-m physdev --physdev-in pa", DOWN, False),
    ("-m physdev ! --physdev-in pa", DOWN, True),
    ("-m physdev --physdev-is-bridged", DOWN, False),
    ("-m physdev ! --physdev-is-bridged", DOWN, True),
    ("-m owner --uid-owner 1000", at(owner=1000), True),
    ("-m owner --uid-owner 0-999 --gid-owner 5", at(owner=7, group=5), True),
    ("-m owner ! --uid-owner 1000", at(owner=1000), False),
    ("-m owner --socket-exists", at(owner=0), True),
    ("-m owner --socket-exists", at(), False),
    ("-m owner ! --socket-exists", at(), True),
    ("-m owner --uid-owner 0", at(), False),
    ("-m owner ! --uid-owner 0", at(), True),
    ("-m ttl --ttl-eq 64", DOWN, True),
    ("-m ttl ! --ttl-eq 64", DOWN, False),
    ("-m ttl --ttl-lt 64", DOWN, False),
    ("-m ttl --ttl-gt 63", DOWN, True),
    ("-m tos --tos Minimize-Delay", at(ping(tos=0x10)), True),
    ("-m tos --tos 0x10/0xff", at(ping(tos=0x11)), False),
    ("-m tos ! --tos 0x10", at(ping(tos=0x11)), True),
    ("-m dscp --dscp-class EF", at(ping(tos=0xB8)), True),
    ("-m dscp ! --dscp 46", at(ping(tos=0xB9)), False),
    ("-m pkttype --pkt-type broadcast", at(packet_type="broadcast"), True),
    ("-m pkttype ! --pkt-type unicast", at(packet_type="unicast"), False),
]


@pytest.mark.parametrize(("rule", "packet", "expected"), CASES)
def test_a_packet_fits_a_rule_or_not(rule: str, packet: PktInfo, expected: bool) -> None:
    assert fits(rule, packet) is expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("-s fd00::/64 -d fd00::2", True),
        ("-p icmpv6 --icmpv6-type echo-request", True),
        ("-p icmpv6 --icmpv6-type echo-reply", False),
        ("-m hl --hl-eq 64", True),
        ("-m length --length 104", True),
        ("-p tcp", False),
    ],
)
def test_ipv6_packets_fit_ip6tables_rules(rule: str, expected: bool) -> None:
    assert fits(rule, at(ping6()), 6) is expected


# --- matches that remember -------------------------------------------------------------------------------------------


def taken(rule: str, moments: list[float]) -> list[float]:
    """At which of these seconds a packet fits."""
    (test,) = parse_rule(rule).tests()
    return [moment for moment in moments if test(at(now=round(moment * SECOND)))]


def test_a_limit_lets_through_a_burst_and_then_one_each_second() -> None:
    """Captured: `ping -c 8 -i 0.2` against 1/second with a burst of 3 loses all but packets 1, 2, 3 and 6."""
    assert taken("-m limit --limit 1/second --limit-burst 3", [n / 5 for n in range(8)]) == [0, 0.2, 0.4, 1.0]


def test_a_limit_is_full_again_after_a_long_time() -> None:
    assert taken("-m limit --limit 1/second --limit-burst 2", [0, 0, 0, 100, 100, 100]) == [0, 0, 100, 100]


def test_each_rule_has_a_limit_of_its_own() -> None:
    rule = parse_rule("-m limit --limit 1/hour --limit-burst 1")
    assert [test(at()) for tests in (rule.tests(), rule.tests()) for test in tests] == [True, True]


def test_every_nth_packet_is_counted_from_zero() -> None:
    (test,) = parse_rule("-m statistic --mode nth --every 3 --packet 1").tests()
    assert [test(at()) for _ in range(7)] == [False, True, False, False, True, False, False]


def test_chance_comes_from_the_machine() -> None:
    (test,) = parse_rule("-m statistic --mode random --probability 0.25").tests()
    chance = random.Random(7)
    assert 200 < sum(test(at(random=chance)) for _ in range(1000)) < 300


@pytest.mark.parametrize(("probability", "expected"), [("0", 0), ("1", 100)])
def test_what_is_certain_needs_no_luck(probability: str, expected: int) -> None:
    (test,) = parse_rule(f"-m statistic --mode random --probability {probability}").tests()
    chance = random.Random(1)
    assert sum(test(at(random=chance)) for _ in range(100)) == expected


# --- matches that remember -------------------------------------------------------------------------------------------


def test_a_list_of_addresses_is_the_same_for_every_rule_that_names_it() -> None:
    """xt_recent.c: one rule notes, another one asks, a third one forgets."""
    memory: dict[tuple[str, str], Any] = {}
    noted = parse_rule("-m recent --name x --set")
    asked = parse_rule("-m recent --name x --rcheck --seconds 2 --hitcount 2")

    def said(rule: Rule, second: float, packet: ipv4.Packet | None = None) -> bool:
        there = at(packet, now=int(second * SECOND), memory=memory)
        return all(test(there) for test in rule.tests())

    assert not said(asked, 0)
    assert said(noted, 0)
    assert not said(asked, 0.5)
    assert said(noted, 1)
    assert said(asked, 1.5)
    assert not said(asked, 2.5), "the first of the two was seen too long ago"
    assert not said(parse_rule("-m recent --name y --rcheck"), 2.5)
    assert said(parse_rule("-m recent --name x --remove"), 2.5)
    assert not said(parse_rule("-m recent --name x --rcheck"), 2.5)


def test_buckets_are_filled_each_for_its_own_address() -> None:
    """xt_hashlimit.c"""
    memory: dict[tuple[str, str], Any] = {}
    rule = parse_rule(
        "-m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 2 --hashlimit-mode srcport --hashlimit-name x"
    )

    def passed(port: int, second: float) -> bool:
        there = at(datagram(port), now=int(second * SECOND), memory=memory)
        return all(test(there) for test in rule.tests())

    assert [passed(1, 0.1 * n) for n in range(4)] == [True, True, False, False]
    assert [passed(2, 0.5), passed(2, 0.6), passed(2, 0.7)] == [True, True, False]
    assert [passed(1, 1.1), passed(1, 1.2)] == [True, False]


def test_connections_are_counted_as_long_as_they_last() -> None:
    """xt_connlimit.c; one that was never confirmed, because its first packet was dropped, does not count."""
    [test] = parse_rule("-m connlimit --connlimit-above 1 --connlimit-mask 24").tests()
    first, second, third = (Tracked() for _ in range(3))
    assert not test(at(connection=first))
    assert not test(at(connection=first))
    assert test(at(connection=second))
    second.counts = False
    assert not test(at(connection=first))
    first.counts = False
    assert not test(at(connection=third))


class Tracked(Connection):
    counts = True

    def lasts(self, now: int) -> bool:
        del now
        return self.counts


def test_a_quota_is_used_up_by_the_first_packet_that_is_too_long() -> None:
    [test] = parse_rule("-m quota --quota 200").tests()
    assert [test(at()), test(at()), test(at()), test(at(datagram()))] == [True, True, False, False]


def test_a_bucket_holds_no_more_than_the_kernels_word() -> None:
    """Captured: of 6 pings 1/hour with a burst of 40 lets 2 pass, and of 12 with a burst of 10 lets 10 pass."""
    wide = passed_at_once("--hashlimit-upto 1/hour --hashlimit-burst 40", 6)
    narrow = passed_at_once("--hashlimit-upto 1/hour --hashlimit-burst 10", 12)
    assert (wide, narrow) == (2, 10)


def passed_at_once(limit: str, packets: int) -> int:
    memory: dict[tuple[str, str], Any] = {}
    [test] = parse_rule(f"-m hashlimit {limit} --hashlimit-name x").tests()
    return sum(test(at(memory=memory)) for _ in range(packets))


def test_what_has_no_ports_shares_the_bucket_of_port_zero() -> None:
    memory: dict[tuple[str, str], Any] = {}
    [test] = parse_rule(
        "-m hashlimit --hashlimit-upto 1/h --hashlimit-burst 1 --hashlimit-mode srcport --hashlimit-name x"
    ).tests()
    assert [test(at(packet, memory=memory)) for packet in (ping(), ping(), datagram(7), datagram(8))] == [
        True,
        False,
        True,
        True,
    ]


class Lately:
    """A list of xt_recent, asked by rules at given seconds for packets of given sources."""

    def __init__(self) -> None:
        self._memory: dict[tuple[str, str], Any] = {}

    def fits(self, rule: str, second: float, source: str = "10.0.0.1", **fields: Any) -> bool:
        packet = ipv4.Packet.build(IPv4.parse(source), SERVER, 17, b"", **fields)
        [test] = parse_rule(f"-m recent --name x {rule}").tests()
        return test(at(packet, now=int(second * SECOND), memory=self._memory))


def test_reaping_forgets_the_address_seen_longest_ago_if_that_is_too_long() -> None:
    """recent_entry_reap: only the head of the list is looked at, and not what is updated just now."""
    lately = Lately()
    for second, source in ((0, "10.0.0.1"), (1, "10.0.0.2"), (50, "10.0.0.3")):
        assert lately.fits("--set", second, source)
    assert lately.fits("--rcheck --seconds 60 --reap", 55, "10.0.0.3")
    assert lately.fits("--rcheck", 55, "10.0.0.1")
    assert lately.fits("--rcheck --seconds 60 --reap", 100, "10.0.0.3")
    assert not lately.fits("--rcheck", 100, "10.0.0.1")
    assert lately.fits("--rcheck", 100, "10.0.0.2")


def test_an_update_is_noted_only_where_it_fits() -> None:
    lately = Lately()
    lately.fits("--set", 0)
    assert lately.fits("--update --seconds 10", 5)
    assert lately.fits("--update --seconds 10", 14)
    assert not lately.fits("--update --seconds 10", 30)
    assert not lately.fits("--rcheck --seconds 10", 31), "who was refused was not seen again"


def test_of_one_address_32_times_are_kept() -> None:
    """recent_entry_update: a ring, where no rule asks for more (nstamps_max_mask)."""
    lately = Lately()
    for second in range(1, 41):
        lately.fits("--set", second)
    assert lately.fits("--rcheck --seconds 31 --hitcount 32", 40)
    assert not lately.fits("--rcheck --seconds 30 --hitcount 32", 40)
    assert lately.fits("--rcheck --hitcount 32", 99)


def test_a_rule_that_asks_for_more_times_empties_the_list() -> None:
    """recent_mt_check: what was kept for less is lost."""
    lately = Lately()
    lately.fits("--set", 0)
    assert lately.fits("--rcheck --hitcount 1", 0)
    assert not lately.fits("--rcheck --hitcount 33", 0)
    assert not lately.fits("--rcheck", 0)


def test_a_list_knows_a_hundred_addresses() -> None:
    lately = Lately()
    for number in range(101):
        lately.fits("--set", 0, f"10.0.1.{number}")
    assert not lately.fits("--rcheck", 0, "10.0.1.0")
    assert lately.fits("--rcheck", 0, "10.0.1.1")
    assert lately.fits("--rcheck", 0, "10.0.1.100")


def test_addresses_are_compared_under_the_mask_and_hop_limits_if_asked_for() -> None:
    lately = Lately()
    lately.fits("--set --mask 255.255.255.0", 0, "10.0.1.7", ttl=60)
    assert lately.fits("--rcheck --mask 255.255.255.0", 0, "10.0.1.9")
    assert lately.fits("--rcheck --rttl --mask 255.255.255.0", 0, "10.0.1.9", ttl=60)
    assert not lately.fits("--rcheck --rttl --mask 255.255.255.0", 0, "10.0.1.9", ttl=61)
    assert lately.fits("! --rcheck --rttl --mask 255.255.255.0", 0, "10.0.1.9", ttl=61)
    assert not lately.fits("--rcheck --rdest", 0)

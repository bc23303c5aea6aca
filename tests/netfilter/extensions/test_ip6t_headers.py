"""Matches of headers between IPv6 and its payload, as ip6tables 1.8.9 saves them."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import CLIENT6, SERVER6, at, ping6
from vnetsim.errors import NotModelled
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.parse import parse_rule
from vnetsim.wire import ipv6
from vnetsim.wire.inet import IPv6
from vnetsim.wire.mac import Mac

ALERT = at(ipv6.Packet.build(CLIENT6, SERVER6, 58, bytes(8), hop_by_hop=bytes((5, 2, 0, 0, 1, 0))))
LAST = at(ipv6.Packet.build(CLIENT6, SERVER6, 17, bytes(8), fragment=ipv6.Fragment(1448, False, 7)))
FIRST = at(ipv6.Packet.build(CLIENT6, SERVER6, 17, bytes(8), fragment=ipv6.Fragment(0, True, 7)))
PLAIN = at(ping6())


@pytest.mark.parametrize(
    "rule",
    [
        "-m frag ! --fragid 1 ! --fraglen 42 --fragres --fragfirst",
        "-m hbh --hbh-len 42 --hbh-opts 1:2,23:42,4:6,8:10,42,23,4:5",
        "-m dst --dst-opts 149:92,12:12,123:12",
        "-m rt --rt-type 0 ! --rt-segsleft 1:23 ! --rt-len 42 --rt-0-res",
        "-m srh ! --srh-next-hdr 17 --srh-segs-left-eq 1 --srh-tag 0",
        "-m srh --srh-psid a::/64 --srh-lsid c::/0",
        "-m ah ! --ahspi 0",
        "-m ipv6header --header ipv6-nonxt --soft",
        "-p mobility-header -m mh --mh-type 4:123",
        "-m eui64",
    ],
)
def test_a_match_is_saved_as_it_was_given(rule: str) -> None:
    assert str(parse_rule(rule, 6)) == rule


def test_what_fits_everything_is_not_saved() -> None:
    assert str(parse_rule("-m ah --ahspi 0:4294967295", 6)) == "-m ah"


@pytest.mark.parametrize(
    ("rule", "packet", "found"),
    [
        ("-m frag --fragfirst", FIRST, True),
        ("-m frag --fragfirst", LAST, False),
        ("-m frag --fragmore", FIRST, True),
        ("-m frag --fraglast", LAST, True),
        ("-m frag --fragid 5:9", LAST, True),
        ("-m frag ! --fragid 5:9", LAST, False),
        ("-m frag --fraglen 8 --fragres", LAST, True),
        ("-m frag", PLAIN, False),
        ("-m hbh", ALERT, True),
        ("-m hbh", PLAIN, False),
        ("-m hbh --hbh-len 8 --hbh-opts 5:2", ALERT, True),
        ("-m hbh --hbh-opts 5:2,1:0", ALERT, True),
        ("-m hbh --hbh-opts 5:4", ALERT, False),
        ("-m ipv6header --header prot", PLAIN, True),
        ("-m ipv6header --header hop,prot", ALERT, True),
        ("-m ipv6header --header frag --soft", LAST, True),
        ("-m ipv6header --header frag", LAST, False),
        ("-m rt", PLAIN, False),
        ("-m srh", PLAIN, False),
    ],
)
def test_a_packet_fits(rule: str, packet: PktInfo, found: bool) -> None:
    assert fits(rule, packet, 6) is found


def test_an_address_may_be_made_of_a_mac_address() -> None:
    made = ipv6.Packet.build(IPv6.parse("fe80::ff:fe00:1"), SERVER6, 58, bytes(8))
    assert fits("-m eui64", at(made, source_mac=Mac(0x020000000001)), 6)
    assert not fits("-m eui64", at(made, source_mac=Mac(0x020000000002)), 6)
    assert not fits("-m eui64", at(made), 6)


def test_listing_and_lists_of_addresses_are_not_modelled() -> None:
    with pytest.raises(NotModelled):
        parse_rule("-m frag --fragfirst", 6).matches[0].listing(True)
    with pytest.raises(NotModelled):
        parse_rule("-m rt --rt-type 0 --rt-0-not-strict", 6)

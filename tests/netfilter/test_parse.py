"""Words are captured from iptables 1.8.9 (nf_tables)."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.netfilter.drawn_rules import rules
from vnetsim.errors import NotModelled
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.parse import parse_rule
from vnetsim.netfilter.rules import Rule
from vnetsim.netfilter.specification import UnknownHostError


@given(rules(4))
@settings(max_examples=examples(400), deadline=None)
def test_what_a_rule_prints_is_that_rule(rule: Rule) -> None:
    assert parse_rule(str(rule)) == rule


@given(rules(6))
@settings(max_examples=examples(200), deadline=None)
def test_what_an_ipv6_rule_prints_is_that_rule(rule: Rule) -> None:
    assert parse_rule(str(rule), 6) == rule


VOCABULARY = """
    -p tcp udp -m limit tcp state --dport --limit 80 5/s -s -d 10.0.0.1 10.0.0.0/8 ! -j DROP LOG -i + -f --state NEW
    REJECT --reject-with icmp -c 1 x - --syn --mark 0x1/2 mark MARK --set-mark comment --comment -g
"""
WORDS = st.sampled_from(VOCABULARY.split())


@given(st.lists(WORDS, max_size=8), st.sampled_from((4, 6)))
@settings(max_examples=examples(400), deadline=None)
def test_any_words_are_a_rule_or_refused(words: list[str], version: int) -> None:
    try:
        rule = parse_rule(words, version)
    except (ArgumentError, NotModelled, UnknownHostError):
        return
    assert parse_rule(str(rule), version) == rule


CANONICAL = [
    ("-s 10.1.2.3/8 -d 10.0.0.2", "-s 10.0.0.0/8 -d 10.0.0.2/32"),
    ("-s 1.2.3.4/255.0.255.0", "-s 1.0.3.0/255.0.255.0"),
    ("-s 1.2.3", "-s 1.2.3.0/32"),
    ("-s 0.0.0.0/0 -i + -p all", ""),
    ("-p ICMP", "-p icmp"),
    ("-p icmpv6", "-p ipv6-icmp"),
    ("-p 47", "-p gre"),
    ("-p 200", "-p 200"),
    ("-p tcp --dport 80 --sport 1:2 -j ACCEPT", "-p tcp -m tcp --sport 1:2 --dport 80 -j ACCEPT"),
    ("-p tcp --dport http ! --sport 1024:", "-p tcp -m tcp ! --sport 1024:65535 --dport 80"),
    ("-p tcp --dport 0:65535", "-p tcp -m tcp"),
    ("-p tcp ! --dport 0:1 ! --sport 1000:", "-p tcp -m tcp ! --sport 1000:65535 --dport 2:65535"),
    ("-p tcp ! --dport 0:1 --tcp-option 2", "-p tcp -m tcp ! --dport 0:1 --tcp-option 2"),
    ("-p tcp --syn", "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN"),
    ("-p tcp ! --tcp-flags ALL NONE", "-p tcp -m tcp ! --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE"),
    ("-p tcp -m conntrack --ctstate NEW --dport 22", "-p tcp -m conntrack --ctstate NEW -m tcp --dport 22"),
    ("-p tcp --dport 80 --sport 70 -m tcp --dport 90", "-p tcp -m tcp --sport 70 --dport 90"),
    ("-p icmp --icmp-type ping", "-p icmp -m icmp --icmp-type 8"),
    ("-p icmp --icmp-type host-unreachable", "-p icmp -m icmp --icmp-type 3/1"),
    ("-p icmp --icmp-type 255", "-p icmp -m icmp --icmp-type any"),
    ("-m conntrack --ctstate established,RELATED", "-m conntrack --ctstate RELATED,ESTABLISHED"),
    ("-m conntrack --ctorigdst 1.2.3.4/24 ! --ctproto tcp", "-m conntrack ! --ctproto 6 --ctorigdst 1.2.3.4/24"),
    ("-m conntrack --ctdir reply", "-m conntrack --ctdir REPLY"),
    ("-m addrtype --dst-type local,unicast", "-m addrtype --dst-type UNICAST,LOCAL"),
    ("-m limit", "-m limit --limit 3/hour"),
    ("-m limit --limit 3600/hour --limit-burst 5", "-m limit --limit 1/sec"),
    ("-m limit --limit 90/minute --limit-burst 7", "-m limit --limit 90/min --limit-burst 7"),
    ("-m limit --limit 24/day", "-m limit --limit 1/hour"),
    ("-m comment --comment 'a \"b\" c'", '-m comment --comment "a \\"b\\" c"'),
    ('-m comment --comment "it\'s"', '-m comment --comment "it\\\'s"'),
    ("-m comment --comment a.b", '-m comment --comment "a.b"'),
    ("-m mark --mark 010", "-m mark --mark 0x8"),
    ("-m ttl --ttl 0x10", "-m ttl --ttl-eq 16"),
    ("-m length --length 100:", "-m length --length 100:65535"),
    ("-m tos --tos Minimize-Delay", "-m tos --tos 0x10/0x3f"),
    ("-m dscp --dscp-class af11", "-m dscp --dscp 0x0a"),
    ("-m statistic --mode random --probability 0.1", "-m statistic --mode random --probability 0.10000000009"),
    ("-m mac --mac-source 2:0:0:0:0:A", "-m mac --mac-source 02:00:00:00:00:0a"),
    ("-m iprange --src-range 10.0.0.1", "-m iprange --src-range 10.0.0.1-10.0.0.1"),
    ("-m pkttype --pkt-type host", "-m pkttype --pkt-type unicast"),
    ("-m owner --uid-owner root", "-m owner --uid-owner 0"),
    ("-j REJECT", "-j REJECT --reject-with icmp-port-unreachable"),
    ("-j REJECT --reject-with icmp", "-j REJECT --reject-with icmp-net-unreachable"),
    ("-j LOG --log-prefix 'ping: ' --log-level 4", '-j LOG --log-prefix "ping: "'),
    ("-j LOG --log-prefix 0123456789012345678901234567890", "-j LOG --log-prefix 01234567890123456789012345678"),
    ("-j LOG --log-level debug --log-uid", "-j LOG --log-level 7 --log-uid"),
    ("-j MARK --set-mark 7", "-j MARK --set-xmark 0x7/0xffffffff"),
    ("-j MARK --and-mark 0xff", "-j MARK --set-xmark 0x0/0xffffff00"),
    ("-j CONNMARK --save-mark --mask 0xff", "-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff"),
    ("-j SNAT --to 1.1.1.1", "-j SNAT --to-source 1.1.1.1"),
    ("-p tcp -j DNAT --to 1.1.1.1:http", "-p tcp -j DNAT --to-destination 1.1.1.1:80"),
    ("-j NETMAP --to 10.1.0.1", "-j NETMAP --to 10.1.0.1/32"),
    ("--proto tcp --jum ACCEPT", "-p tcp -j ACCEPT"),
    ("-g A", "-g A"),
    ("-ptcp -jACCEPT", "-p tcp -j ACCEPT"),
]


@pytest.mark.parametrize(("said", "printed"), CANONICAL)
def test_a_rule_is_printed_as_iptables_prints_it(said: str, printed: str) -> None:
    assert str(parse_rule(shlex.split(said))) == printed


REFUSED = [
    ("--dport 80", 'unknown option "--dport"'),
    ("-p udp --syn", 'unknown option "--syn"'),
    ("-p nosuch", 'unknown protocol "nosuch" specified'),
    ("-p tcp -p udp", "multiple -p flags not allowed"),
    ("-m nosuch", "Couldn't load match `nosuch':No such file or directory\n"),
    ("-m hl --hl-eq 5", "Couldn't load match `hl':No such file or directory\n"),
    ("-s 1.2.3.4/33", "invalid mask `33' specified"),
    ("! -s 1.2.3.4,5.6.7.8", "! not allowed with multiple source or destination IP addresses"),
    ("-i ''", "Empty interface is likely to be undesired"),
    ("-i toolonginterfacename", "interface name `toolonginterfacename' must be shorter than IFNAMSIZ (15)"),
    ("-c 5", "-c requires packet and byte counter"),
    ("! -j ACCEPT", "cannot have ! before -j"),
    ("-p tcp --dport 99999", "invalid port/service `99999' specified"),
    ("-p tcp --dport 5:3", "invalid portrange (min > max)"),
    ("-p tcp --dport 1 --dport 2", "Only one `--destination-port' allowed"),
    ("-p tcp --tcp-flags SYN", "--tcp-flags requires two args."),
    ("-p tcp --tcp-flags SYN FOO", "Unknown TCP flag `FOO'"),
    ("-m tcp --dport 80", "TCP match requires '-p tcp'"),
    ("-p icmp -m icmp", 'icmp: option "--icmp-type" must be specified\n'),
    ("-p icmp --icmp-type echo", "Ambiguous ICMP type `echo': `echo-reply' or `echo-request'?"),
    ("-p icmp --icmp-type 13/256", "Unknown ICMP code `13/256'"),
    ("-m conntrack", "conntrack: At least one option is required"),
    ("-m conntrack --ctstate NEW,FOO", 'Bad ctstate "FOO"'),
    ("-m conntrack --ctstate NEW --ctstate NEW", 'conntrack: option "--ctstate" can only be used once.\n'),
    ("-m conntrack ! --ctdir REPLY", 'conntrack: option "--ctdir" cannot be inverted.\n'),
    ("-m conntrack --ctdir foo", 'conntrack: Bad value for "--ctdir" option: "foo"'),
    ("-m state --state NEW,", '"--state" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED'),
    ("-m addrtype --limit-iface-in", "addrtype: you must specify --src-type or --dst-type"),
    (
        "-m addrtype --dst-type LOCAL --limit-iface-in --limit-iface-out",
        'addrtype: option "--limit-iface-in" cannot be used together with "--limit-iface-out".\n',
    ),
    ("-m multiport --dports 80", "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'"),
    ("-p tcp -m multiport --dports 90:80", "invalid portrange specified"),
    ("-m mark --mark foo", 'mark: bad integer value for option "--mark", or out of range.\n'),
    ("-m limit --limit 1/foo", 'bad rate "1/foo"\''),
    ("-m limit --limit 20000/s", 'Rate too fast "20000/s"'),
    ("-m limit --limit-burst 10001", 'limit: bad value for option "--limit-burst", or out of range (0-10000).\n'),
    ("-m length --length 65536", 'length: bad value for option "--length" near "65536", or out of range (0-65535).\n'),
    ("-m length --length 1-2", 'length: Argument to "--length" has unexpected characters near "-2".\n'),
    ("-m statistic --mode nth --every 3", 'statistic: option "--every" also requires "--packet".\n'),
    ("-j REJECT --reject-with foo", 'unknown reject type "foo"'),
    ("-j SNAT", 'SNAT: option "--to-source" must be specified\n'),
    ("-j DNAT --to 1.1.1.1:80", "Need TCP, UDP, SCTP or DCCP with port specification"),
    ("-p tcp -j DNAT --to 1.1.1.1:80-70", "Port range `70' funky"),
    ("-j DNAT --to foo", 'Bad IP address "foo"'),
    ("-j LOG --log-prefix 'a\nb'", "Newlines not allowed in --log-prefix"),
    ("-j NFLOG --nflog-prefix 'a\nb'", "Newlines not allowed in --log-prefix"),
    ("-j LOG --log-prefix ''", "Argument must have a minimum length of 1 characters\n"),
    (
        "-j TOOLONGNAMEFORACHAIN0123456789012345",
        "Invalid target name `TOOLONGNAMEFORACHAIN0123456789012345' (28 chars max)",
    ),
    ("-j", 'option "-j" requires an argument'),
    ("-d 1.2.3.4 !", "nothing appropriate following !"),
]


@pytest.mark.parametrize(("said", "words"), REFUSED)
def test_a_wrong_rule_is_refused_in_the_words_of_iptables(said: str, words: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        parse_rule(shlex.split(said))
    assert str(raised.value) == f"iptables v1.8.9 (nf_tables): {words}"
    assert raised.value.status == 2


def test_a_stray_word_is_a_bad_argument() -> None:
    with pytest.raises(ArgumentError, match=r"^Bad argument `foo'$"):
        parse_rule("-j ACCEPT foo")


@pytest.mark.parametrize(
    "said",
    [
        "-m osf --genre Linux",
        "-j SYNPROXY",
        "-j CT --ctevents new",
    ],
)
def test_what_only_iptables_has_is_said_not_to_be_modelled(said: str) -> None:
    with pytest.raises(NotModelled, match=r"not modelled|iptables"):
        parse_rule(said)


def test_a_name_is_somebody_elses_to_resolve() -> None:
    with pytest.raises(UnknownHostError, match="localhost"):
        parse_rule("-s localhost")

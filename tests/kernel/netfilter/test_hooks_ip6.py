"""ip6tables meets IPv6 packets: the hooks in order, rejections, connections, translation and bridged frames.

The facts are those of recordings of a real kernel (Linux 6.18, ip6tables-nft 1.8.9).  That rules decide about IPv6 as
they do about IPv4 is a law below; what they decide is in test_netfilter_walk.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

from tests.kernel.netfilter.test_hooks_walk import HOOKS, Rule, journeys, rule_lines, rule_sets, walk, without_nat
from tests.kernel.six import answers, echo6, ip6, pair6, reaches, router6, said
from tests.kernel.wires import datagram, device, echo, lost, put, watched, words
from tests.laws import examples
from tests.machines import ping, router, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.trace import Dropped
from vnetsim.wire import icmpv6
from vnetsim.wire.icmpv6 import PROTOCOL
from vnetsim.wire.ipv6 import UDP, Packet
from vnetsim.wire.udp import Udp

PORT_UNREACHABLE = (icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE)


def udp6(source: str, destination: str, port: int) -> Packet:
    return Packet.build(ip6(source), ip6(destination), UDP, Udp.build(4000, port, b"hello"))


def rules(lab: Lab, name: str, text: str) -> None:
    for line in filter(None, map(str.strip, text.splitlines())):
        typed(lab, f"ip netns exec {name} ip6tables {line}")


#: Of a line of conntrack -L: how long it stays, and numbers that were chosen.
_CHOSEN = re.compile(r" +\d+ \d+(?= src)| id=\d+| mark=.*")


def flows(lab: Lab, name: str) -> list[str]:
    lines = lab.run(f"ip netns exec {name} conntrack -L -f ipv6").stdout.splitlines()
    return [_CHOSEN.sub("", line) for line in lines]


# --- order -----------------------------------------------------------------------------------------------------------

IN = ["raw PREROUTING", "mangle PREROUTING", "nat PREROUTING"]
UP = ["mangle INPUT", "filter INPUT", "nat INPUT"]
OUT = ["raw OUTPUT", "mangle OUTPUT", "nat OUTPUT", "filter OUTPUT"]
ON = ["mangle FORWARD", "filter FORWARD"]
LEAVE = ["mangle POSTROUTING", "nat POSTROUTING"]

#: Who pings what, and the ways of request and reply through the router, as for IPv4.
WAYS = [
    ("h1", "fd02::2", [IN + ON + LEAVE, without_nat(IN + ON + LEAVE)]),
    ("h1", "fd01::1", [IN + UP, without_nat(OUT + LEAVE)]),
    ("r", "fd02::2", [OUT + LEAVE, without_nat(IN + UP)]),
    ("r", "::1", [OUT + LEAVE + without_nat(IN) + without_nat(UP), without_nat(OUT + LEAVE + IN + UP)]),
]


@pytest.mark.parametrize(("source", "target", "ways"), WAYS)
def test_hooks_and_tables_are_met_in_order(source: str, target: str, ways: list[list[str]]) -> None:
    lab = router6(watch=True)
    assert reaches(lab, "h1", "fd02::2")
    rules(lab, "r", "-t nat -A POSTROUTING -s fd99::1 -j MASQUERADE")
    for table, hooks in HOOKS.items():
        for hook in hooks:
            rules(lab, "r", f"-t {table} -A {hook} -p ipv6-icmp --icmpv6-type echo-request")
    lab.events.clear()
    assert reaches(lab, source, target)
    assert [walk(lab, "r", packet) for packet in journeys(lab, "r")] == ways


def test_the_rules_of_the_other_protocol_are_not_met() -> None:
    lab = router6(watch=True)
    typed(lab, "ip netns exec r iptables -A FORWARD -j DROP")
    assert reaches(lab, "h1", "fd02::2")
    rules(lab, "r", "-A FORWARD -j DROP")
    typed(lab, "ip netns exec r iptables -F")
    assert not reaches(lab, "h1", "fd02::2")


# --- rejections ------------------------------------------------------------------------------------------------------

#: What ping prints of each kind.
KINDS = [
    ("icmp6-no-route", "No route"),
    ("icmp6-adm-prohibited", "Administratively prohibited"),
    ("icmp6-addr-unreachable", "Address unreachable"),
    ("icmp6-port-unreachable", "Port unreachable"),
    ("icmp6-policy-fail", "Unknown code 5"),
    ("icmp6-reject-route", "Unknown code 6"),
]


@pytest.mark.parametrize(("kind", "told"), KINDS)
@pytest.mark.parametrize(
    ("chain", "target", "whose"), [("FORWARD", "fd02::2", "fd01::1"), ("INPUT", "fd02::1", "fd02::1")]
)
def test_each_kind_of_rejection_is_told_as_it_is(kind: str, told: str, chain: str, target: str, whose: str) -> None:
    lab = router6(watch=True)
    rules(lab, "r", f"-A {chain} -p ipv6-icmp --icmpv6-type 128 -j REJECT --reject-with {kind}")
    assert said(lab, "h1", target) == [f"From {whose} icmp_seq=1 Destination unreachable: {told}"]
    assert lost(lab, namespace="r") == [DropReason.NETFILTER_REJECT]


def test_what_one_does_not_let_oneself_send() -> None:
    lab = pair6()
    rules(lab, "a", "-A OUTPUT -d fd00::2 -j DROP")
    result = lab.run("ip netns exec a ping -c 1 -W 1 fd00::2")
    assert (result.exit_code, result.stderr) == (1, "")
    rules(lab, "a", "-R OUTPUT 1 -d fd00::2 -j REJECT")
    result = lab.run("ip netns exec a ping -c 1 -W 1 fd00::2")
    assert "From fd00::1 icmp_seq=1 Destination unreachable: Port unreachable" in result.stdout
    assert result.stderr == "ping: sendmsg: Operation not permitted\n"


def test_nothing_is_rejected_that_may_not_be_answered() -> None:
    lab = pair6()
    assert reaches(lab, "a", "fd00::2")
    rules(lab, "b", "-A INPUT -j REJECT")
    about = icmpv6.error(icmpv6.DESTINATION_UNREACHABLE, 0, udp6("fd00::2", "fd00::1", 9))
    assert answers(lab, "a", Packet.build(ip6("fd00::1"), ip6("fd00::2"), PROTOCOL, about)) == []
    assert answers(lab, "a", udp6("::", "fd00::2", 9)) == []
    assert answers(lab, "a", udp6("fd00::1", "fd00::2", 9)) == [PORT_UNREACHABLE]


# --- neighbour discovery ---------------------------------------------------------------------------------------------


def test_who_drops_everything_is_no_neighbour_any_more() -> None:
    lab = pair6()
    rules(lab, "b", "-P INPUT DROP")
    assert not reaches(lab, "a", "fd00::2")
    assert "fd00::2 dev eth0 INCOMPLETE" in lab.run("ip -n a -6 neigh").stdout
    rules(
        lab,
        "b",
        """
        -A INPUT -p ipv6-icmp --icmpv6-type neighbour-solicitation -j ACCEPT
        -A INPUT -p ipv6-icmp --icmpv6-type neighbour-advertisement -j ACCEPT
    """,
    )
    lab.sleep(4)
    assert not reaches(lab, "a", "fd00::2")
    assert "fd00::2 dev eth0 lladdr 02:00:00:00:02:01 REACHABLE" in lab.run("ip -n a -6 neigh").stdout
    rules(lab, "b", "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
    assert reaches(lab, "b", "fd00::1")


def test_neighbour_discovery_is_not_tracked() -> None:
    lab = pair6()
    rules(
        lab, "b", "-A INPUT -m conntrack --ctstate UNTRACKED -j ACCEPT\n-A INPUT -m conntrack --ctstate INVALID -j DROP"
    )
    assert reaches(lab, "a", "fd00::2")
    assert flows(lab, "b") == ["icmpv6 src=fd00::1 dst=fd00::2 type=128 code=0 src=fd00::2 dst=fd00::1 type=129 code=0"]
    met = lab.run("ip netns exec b ip6tables -vnL INPUT").stdout.splitlines()
    assert [line.split()[0] for line in met[2:]] == ["1", "0"]


# --- connections and translation -------------------------------------------------------------------------------------

ECHO = "icmpv6 src=fd01::2 dst={} type=128 code=0 src=fd02::2 dst={} type=129 code=0"


def behind_router(text: str) -> Lab:
    """A router with these rules, whose h2 knows no way back to h1."""
    lab = router6(watch=True)
    typed(lab, "ip -n h2 -6 route del default")
    assert not reaches(lab, "h1", "fd02::2")
    rules(lab, "r", text)
    return lab


def test_masquerading_lends_the_address_of_the_device_and_knows_the_way_back() -> None:
    lab = behind_router("-t nat -A POSTROUTING -s fd01::/64 -o r2 -j MASQUERADE")
    heard = watched(lab, "h2", "eth0")
    assert said(lab, "h1", "fd02::2") == ["64 bytes from fd02::2: icmp_seq=1 ttl=63"]
    echoes = [line for line in words(heard) if "echo" in line]
    assert [line.split(": ")[0] for line in echoes] == ["fd02::1 > fd02::2", "fd02::2 > fd02::1"]
    assert flows(lab, "r") == [ECHO.format("fd02::2", "fd02::1")]


def test_an_error_about_a_translated_packet_finds_its_sender() -> None:
    lab = behind_router("-t nat -A POSTROUTING -o r2 -j MASQUERADE")
    typed(lab, "ip netns exec h2 ip6tables -A INPUT -p ipv6-icmp --icmpv6-type 128 -j REJECT")
    told = "From fd02::2 icmp_seq=1 Destination unreachable: Port unreachable"
    assert said(lab, "h1", "fd02::2") == [told]


@pytest.mark.parametrize(
    ("text", "target", "flow"),
    [
        ("PREROUTING -d fd01::99 -j DNAT --to-destination fd02::2", "fd01::99", ECHO.format("fd01::99", "fd01::2")),
        ("POSTROUTING -o r2 -j SNAT --to-source fd02::77", "fd02::2", ECHO.format("fd02::2", "fd02::77")),
    ],
)
def test_addresses_can_be_put_in_the_place_of_others(text: str, target: str, flow: str) -> None:
    lab = behind_router(f"-t nat -A {text}")
    typed(
        lab,
        """
        ip -n r addr add fd01::99/64 dev r1
        ip -n r addr add fd02::77/64 dev r2
        ip -n h2 -6 route add default via fd02::1
    """,
    )
    assert said(lab, "h1", target) == [f"64 bytes from {target}: icmp_seq=1 ttl=63"]
    assert flows(lab, "r") == [flow]


def test_a_port_can_be_sent_elsewhere_and_a_local_one_too() -> None:
    lab = behind_router("""
        -t nat -A PREROUTING -d fd01::1 -p udp --dport 5000 -j DNAT --to-destination [fd02::2]:53
        -t nat -A PREROUTING -m addrtype --dst-type LOCAL -p udp --dport 7 -j REDIRECT --to-ports 9
        -t nat -A POSTROUTING -o r2 -j MASQUERADE
    """)
    for port in (5000, 7):
        answers(lab, "h1", udp6("fd01::2", "fd01::1", port))
    assert sorted(flows(lab, "r")) == [
        "udp src=fd01::2 dst=fd01::1 sport=4000 dport=5000 [UNREPLIED] src=fd02::2 dst=fd02::1 sport=53 dport=4000",
        "udp src=fd01::2 dst=fd01::1 sport=4000 dport=7 [UNREPLIED] src=fd01::1 dst=fd01::2 sport=9 dport=4000",
    ]


def test_what_this_host_sends_can_be_sent_elsewhere() -> None:
    lab = router6()
    rules(lab, "r", "-t nat -A OUTPUT -d fd0f::1 -j DNAT --to-destination fd02::2")
    typed(lab, "ip -n r -6 route add fd0f::/64 dev r2")
    assert said(lab, "r", "fd0f::1") == ["64 bytes from fd0f::1: icmp_seq=1 ttl=64"]


def test_a_filter_by_state_lets_one_side_begin() -> None:
    lab = router6()
    rules(
        lab,
        "r",
        """
        -P FORWARD DROP
        -A FORWARD -i r1 -j ACCEPT
        -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    """,
    )
    assert reaches(lab, "h1", "fd02::2")
    assert not reaches(lab, "h2", "fd01::2")


def test_a_packet_in_pieces_is_tracked_as_one() -> None:
    lab = behind_router("-t nat -A POSTROUTING -o r2 -j MASQUERADE")
    assert said(lab, "h1", "fd02::2", "-c 1 -W 1 -s 4000") == ["4008 bytes from fd02::2: icmp_seq=1 ttl=63"]
    assert flows(lab, "r") == [ECHO.format("fd02::2", "fd02::1")]


# --- bridged frames --------------------------------------------------------------------------------------------------


def bridged6() -> Lab:
    """br0 (fd00::1, fe80::ff:fe00:b0) of the host, with the ports pa and pb to a (fd00::a) and b (fd00::b)."""
    lab = Lab(docker=False, watch=True)
    typed(lab, "ip link add br0 address 02:00:00:00:00:b0 type bridge")
    for name, number in (("a", "0a"), ("b", "0b")):
        typed(
            lab,
            f"""
            ip netns add {name}
            ip link add eth0 netns {name} address 02:00:00:00:00:{number} type veth peer name p{name}
            ip link set p{name} master br0 up
            ip -n {name} link set eth0 up
            ip -n {name} addr add fd00::{name}/64 dev eth0 nodad
        """,
        )
    typed(lab, "ip link set br0 up\nip addr add fd00::1/64 dev br0 nodad")
    lab.sleep(4)
    return lab


def test_bridged_frames_meet_rules_if_br_netfilter_shows_them() -> None:
    lab = bridged6()
    typed(
        lab,
        """
        ip6tables -A FORWARD -p ipv6-icmp --icmpv6-type 128 -m physdev --physdev-in pa --physdev-is-bridged
        ip6tables -A FORWARD -i br0 -o br0 -d fd00::b
    """,
    )
    assert reaches(lab, "a", "fd00::b")
    met = lab.run("ip6tables -vnL FORWARD").stdout.splitlines()
    assert [line.split()[:2] for line in met[2:]] == [["1", "104"]] * 2
    typed(lab, "ip6tables -P FORWARD DROP")
    assert not reaches(lab, "a", "fd00::b")
    assert reaches(lab, "a", "fd00::1")
    assert [line.split()[3] for line in said(lab, "a", "ff02::1%eth0", "-c 2 -i 0.2 -W 1")][
        -1
    ] == "fe80::ff:fe00:b0%eth0:"
    typed(lab, "sysctl -qw net.bridge.bridge-nf-call-ip6tables=0")
    assert reaches(lab, "a", "fd00::b")
    typed(lab, "ip link set br0 type bridge nf_call_ip6tables 1")
    assert not reaches(lab, "a", "fd00::b")


def test_the_bridge_rejects_in_its_own_name_and_by_nobody_without_an_address() -> None:
    lab = bridged6()
    typed(lab, "ip6tables -A FORWARD -d fd00::b -p ipv6-icmp --icmpv6-type 128 -j REJECT")
    assert said(lab, "a", "fd00::b") == ["From fd00::1 icmp_seq=1 Destination unreachable: Port unreachable"]


def test_a_bridge_tells_of_a_port_that_is_too_narrow_if_br_netfilter_looks() -> None:
    lab = bridged6()
    assert reaches(lab, "a", "fd00::b")
    typed(lab, "ip link set pb mtu 1300\nsysctl -qw net.bridge.bridge-nf-call-ip6tables=0")
    lab.events.clear()
    assert said(lab, "a", "fd00::b", "-c 1 -W 1 -s 1400") == []
    assert lost(lab, namespace="host") == [DropReason.PKT_TOO_BIG]
    typed(lab, "sysctl -qw net.bridge.bridge-nf-call-ip6tables=1")
    assert said(lab, "a", "fd00::b", "-c 1 -W 1 -s 1400") == ["From fd00::1 icmp_seq=1 Packet too big: mtu=1300"]


# --- law: the rules of both protocols are the same rules -------------------------------------------------------------

#: What stands for what.
_SIX = [
    ("iptables", "ip6tables"),
    ("-p icmp", "-p ipv6-icmp"),
    (r"\b0\.0\.0\.0/0", "::/0"),
    (r"\b10\.0\.(\d)\.0/24", r"fd0\1::/64"),
    (r"\b10\.0\.(\d)\.(\d+)/32", r"fd0\1::\2/128"),
    (r"\b192\.0\.2\.0/24", "fd99::/64"),
]


def in_six(line: str) -> str:
    for four, six in _SIX:
        line = re.sub(four, six, line)
    return line


#: Packets that come to the router, of both protocols.
PAIRS = [
    (echo("10.0.1.2", "10.0.2.2"), echo6("fd01::2", "fd02::2")),
    (echo("10.0.1.77", "10.0.2.2"), echo6("fd01::77", "fd02::2")),
    (datagram("10.0.1.2", "10.0.2.2", 9), udp6("fd01::2", "fd02::2", 9)),
    (datagram("10.0.1.2", "10.0.2.2", 53), udp6("fd01::2", "fd02::2", 53)),
    (echo("10.0.1.2", "10.0.1.1"), echo6("fd01::2", "fd01::1")),
    (datagram("10.0.1.2", "10.0.2.1", 53), udp6("fd01::2", "fd02::1", 53)),
]


def filtered(lab: Lab) -> bool:
    """Whether rules ended the packet that was put on a cable just now."""
    sent = lab.events[0].packet
    return any(
        isinstance(event, Dropped) and event.reason is DropReason.NETFILTER_DROP and event.packet == sent
        for event in lab.events
    )


@settings(max_examples=examples(20), deadline=None)
@given(rule_sets())
def test_rules_decide_about_both_protocols_alike(
    given_: tuple[dict[tuple[str, str], list[Rule]], dict[tuple[str, str], str]],
) -> None:
    four, six = router(watch=True), router6(watch=True)
    assert ping(four, "h1", "10.0.2.2")
    assert reaches(six, "h1", "fd02::2")
    for line in rule_lines(*given_):
        typed(four, f"ip netns exec r {line}")
        typed(six, f"ip netns exec r {in_six(line)}")
    for packet, packet6 in PAIRS:
        put(four, "h1", "eth0", packet, device(four, "r", "r1").mac)
        answers(six, "h1", packet6)
        assert filtered(six) is filtered(four), f"{packet6}\n{given_}"

"""The hooks and what is rare: redirects, ports that are all taken, native chains that route, clamping of IPv6."""

from __future__ import annotations

import re

import pytest

from tests.kernel.servers import received, udp_client, udp_server
from tests.kernel.six import ip6, router6
from tests.kernel.wires import datagram, device, ip, packets, put, watched
from tests.machines import pair, ping, router, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.trace import Dropped
from vnetsim.wire import icmp, ipv4, ipv6
from vnetsim.wire.ethernet import IPV6, Frame
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.tcp import ACK, MSS, SYN, Tcp


def reasons(lab: Lab, namespace: str) -> list[tuple[DropReason, str]]:
    found = (event for event in lab.events if isinstance(event, Dropped) and event.namespace == namespace)
    return [(event.reason, event.detail) for event in found]


def translating() -> Lab:
    """r lends its address to h1, which has spoken to h2."""
    lab = router(watch=True)
    typed(
        lab,
        """
        ip netns exec r iptables -t nat -A POSTROUTING -o r2 -j MASQUERADE
        ip netns exec h1 ping -c 1 10.0.2.2
    """,
    )
    return lab


def test_a_redirect_about_a_translated_connection_ends_at_the_router() -> None:
    """nf_nat_icmp_reply_translation: who followed it would send without the translation."""
    lab = translating()
    put(lab, "h1", "eth0", datagram("10.0.1.2", "10.0.2.2", 9), device(lab, "r", "r1").mac)
    about = datagram("10.0.2.1", "10.0.2.2", 9)
    redirect = Icmp.build(icmp.REDIRECT, 1, int(ip("10.0.2.9")), about.encode())
    heard = watched(lab, "h1", "eth0")
    put(lab, "h2", "eth0", ipv4.Packet.build(ip("10.0.2.2"), ip("10.0.2.1"), 1, redirect), device(lab, "r", "r2").mac)
    assert reasons(lab, "r") == [(DropReason.NETFILTER_DROP, "a redirect about a translated connection")]
    assert packets(each for each in heard if not each.outgoing) == []


def test_where_no_port_is_free_the_packet_is_lost() -> None:
    lab = router(watch=True)
    typed(lab, "ip netns exec r iptables -t nat -A POSTROUTING -o r2 -p udp -j SNAT --to-source 10.0.2.1:6000")
    heard = udp_server(lab, "h2", 7)
    for port in (3000, 3001):
        udp_client(lab, "h1", port).send_to(b"x", ip("10.0.2.2"), 7)
        lab.sleep(0.05)
    assert [(str(each.source), each.source_port) for each in heard] == [("10.0.2.1", 6000)]
    assert reasons(lab, "r") == [(DropReason.NETFILTER_DROP, "no free port or address for NAT")]


@pytest.mark.parametrize("tracked", [False, True])
def test_a_nat_chain_of_nft_drops_the_first_packets_of_connections_if_these_are_tracked(tracked: bool) -> None:
    """Captured: without a rule that needs connections the chain is not asked."""
    lab = router(watch=True)
    if tracked:
        typed(lab, "ip netns exec r iptables -A FORWARD -m conntrack --ctstate NEW")
    typed(
        lab,
        """
        ip netns exec r nft add table ip t
        ip netns exec r nft 'add chain ip t c { type nat hook prerouting priority -100; }'
        ip netns exec r nft add rule ip t c ip daddr 10.0.2.2 drop
    """,
    )
    assert bool(ping(lab, "h1", "10.0.2.2")) is not tracked
    assert [reason for reason, _ in reasons(lab, "r")] == ([DropReason.NETFILTER_DROP] if tracked else [])
    assert ping(lab, "h1", "10.0.2.1")


@pytest.mark.parametrize(("kind", "reaches"), [("route", True), ("filter", False)])
def test_only_a_chain_of_the_type_route_reroutes_a_marked_packet(kind: str, reaches: bool) -> None:
    """ip_route_me_harder is nf_route_table_hook4's; a mark that a filter sets comes too late for the route."""
    lab = pair(watch=True)
    typed(
        lab,
        f"""
        ip netns exec a ip rule add fwmark 7 table 7
        ip netns exec a ip route add 192.0.2.9 via 10.0.0.2 table 7
        ip netns exec a ip route add blackhole 192.0.2.9 table 8
        ip netns exec a ip route add 192.0.2.9 dev lo
        ip -n b addr add 192.0.2.9/32 dev lo
        ip netns exec a nft add table ip t
        ip netns exec a nft 'add chain ip t c {{ type {kind} hook output priority -150; }}'
        ip netns exec a nft add rule ip t c ip daddr 192.0.2.9 meta mark set 7
    """,
    )
    heard = watched(lab, "b", "eth0")
    ping(lab, "a", "192.0.2.9")
    assert any(str(each.destination) == "192.0.2.9" for each in packets(heard)) is reaches


@pytest.mark.parametrize(("source", "passes"), [("10.0.1.2", True), ("10.0.2.9", False), ("192.0.2.1", False)])
def test_nft_asks_by_which_device_a_source_would_be_reached(source: str, passes: bool) -> None:
    """`fib saddr . iif oif missing`: what came by another device than the answer would leave by."""
    lab = router(watch=True)
    typed(
        lab,
        """
        ip netns exec r sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.r1.rp_filter=0
        ip netns exec r nft add table ip t
        ip netns exec r nft 'add chain ip t c { type filter hook prerouting priority -300; }'
        ip netns exec r nft add rule ip t c fib saddr . iif oif missing counter drop
    """,
    )
    heard = watched(lab, "h2", "eth0")
    put(lab, "h1", "eth0", datagram(source, "10.0.2.2", 9), device(lab, "r", "r1").mac)
    assert bool([each for each in packets(heard) if str(each.source) == source]) is passes


@pytest.mark.parametrize(("daddr", "oifname", "passes"), [("10.0.2.2", "r2", True), ("10.0.2.2", "r1", False)])
def test_nft_asks_by_which_device_a_destination_is_reached(daddr: str, oifname: str, passes: bool) -> None:
    lab = router(watch=True)
    typed(
        lab,
        f"""
        ip netns exec r nft add table ip t
        ip netns exec r nft 'add chain ip t c {{ type filter hook prerouting priority -300; policy drop; }}'
        ip netns exec r nft add rule ip t c ip daddr 10.0.1.0/24 accept
        ip netns exec r nft add rule ip t c ip daddr {daddr} fib daddr oifname {oifname} accept
    """,
    )
    assert bool(ping(lab, "h1", daddr)) is passes


@pytest.mark.parametrize(
    "rule",
    [
        "nft 'add rule inet t p icmpv6 type { echo-request, nd-neighbor-solicit } fib saddr . iif oif missing drop'",
        "nft add rule inet t p icmpv6 type nd-neighbor-solicit fib daddr . iif oif missing drop",
        "ip6tables -t raw -A PREROUTING -p icmpv6 --icmpv6-type 128 -m rpfilter --invert -j DROP",
    ],
)
def test_a_link_local_address_is_looked_up_on_the_device_that_the_packet_came_in_by(rule: str) -> None:
    """Recorded in kernel-vm/vrf_rpfilter."""
    lab = router6()
    typed(
        lab,
        """
        ip netns exec r nft add table inet t
        ip netns exec r nft 'add chain inet t p { type filter hook prerouting priority -300; }'
        ip -n h1 addr add fe80::1:2/64 dev eth0 nodad
        ip -n h2 addr add fe80::2:2/64 dev eth0 nodad
        ip -n r addr add fe80::1:1/64 dev r1 nodad
        ip -n r addr add fe80::2:1/64 dev r2 nodad
    """,
    )
    typed(lab, f"ip netns exec r {rule}")
    assert ping(lab, "h1", "fe80::1:1%eth0")
    assert ping(lab, "h2", "fe80::2:1%eth0")


def test_a_syn_of_ipv6_is_clamped_to_the_narrower_of_both_routes() -> None:
    lab = router6()
    typed(
        lab,
        """
        ip -n r link set r2 mtu 1400
        ip netns exec r ip6tables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
        ip netns exec h1 ping -c 1 fd02::2
    """,
    )
    heard = watched(lab, "h2", "eth0")
    syn = Tcp.build(3000, 80, 1, 0, SYN, 64240, ((MSS, 1440),))
    packet = ipv6.Packet.build(ip6("fd01::2"), ip6("fd02::2"), 6, syn)
    own, peer = device(lab, "h1", "eth0").mac, device(lab, "r", "r1").mac
    lab.network("h1").packet_socket("eth0").send(Frame.build(peer, own, IPV6, packet))
    lab.sleep(0.01)
    found = [each.frame.payload for each in heard if not each.outgoing]
    segments = [each.payload for each in found if isinstance(each, ipv6.Packet) and isinstance(each.payload, Tcp)]
    assert [each.options for each in segments] == [((MSS, 1340),)]


@pytest.mark.parametrize(("source", "clamped"), [("10.0.1.2", 1360), ("192.0.2.1", 1360)])
def test_without_a_reverse_route_only_the_forward_route_counts(source: str, clamped: int) -> None:
    """tcpmss_reverse_mtu: an unknown reverse route is no limit."""
    lab = router(mtu=1400)
    typed(
        lab,
        """
        ip netns exec r sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.r1.rp_filter=0
        ip netns exec r iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
        ip netns exec h1 ping -c 1 10.0.2.2
    """,
    )
    heard = watched(lab, "h2", "eth0")
    syn = Tcp.build(3000, 80, 1, 0, SYN, 64240, ((MSS, 1460),))
    put(lab, "h1", "eth0", ipv4.Packet.build(ip(source), ip("10.0.2.2"), 6, syn), device(lab, "r", "r1").mac)
    found = [each.payload for each in packets(each for each in heard if not each.outgoing)]
    assert [each.options for each in found if isinstance(each, Tcp)] == [((MSS, clamped),)]


def test_an_acknowledgement_gets_the_default_announcement_where_the_rule_does_not_ask_for_syns() -> None:
    lab = router()
    typed(
        lab,
        """
        ip netns exec r iptables -t mangle -A FORWARD -p tcp -j TCPMSS --clamp-mss-to-pmtu
        ip netns exec h1 ping -c 1 10.0.2.2
    """,
    )
    heard = watched(lab, "h2", "eth0")
    acknowledgement = Tcp.build(3000, 80, 1, 1, ACK, 64240)
    packet = ipv4.Packet.build(ip("10.0.1.2"), ip("10.0.2.2"), 6, acknowledgement)
    put(lab, "h1", "eth0", packet, device(lab, "r", "r1").mac)
    found = [each.payload for each in packets(each for each in heard if not each.outgoing)]
    assert [each.options for each in found if isinstance(each, Tcp)] == [((MSS, 536),)]


@pytest.mark.parametrize("watch", [False, True])
def test_rules_that_change_while_connections_last_hold_for_their_next_packet(watch: bool) -> None:
    """Decisions cached for a connection are stale after every change, watched or not."""
    lab = router(watch=watch)
    typed(lab, "ip netns exec r iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT")
    heard = udp_server(lab, "h2", 7)
    client = udp_client(lab, "h1", 3000)

    def sends(count: int) -> int:
        before = len(heard)
        for _ in range(count):
            client.send_to(b"x", ip("10.0.2.2"), 7)
            lab.sleep(0.05)
        received(client)
        return len(heard) - before

    assert sends(4) == 4
    typed(lab, "ip netns exec r iptables -I FORWARD -p udp -j DROP")
    assert sends(3) == 0
    typed(lab, "ip netns exec r iptables -D FORWARD -p udp -j DROP")
    assert sends(3) == 3
    typed(lab, "ip netns exec r iptables -t mangle -A PREROUTING -p udp -j DROP")
    assert sends(3) == 0


def test_the_fast_path_counts_packets_and_keeps_connections_alive() -> None:
    """The same table of connections, with packets, bytes and seconds left, whether somebody watches or not."""
    tables = []
    for watch in (False, True):
        lab = router(watch=watch)
        typed(
            lab,
            """
            ip netns exec r sysctl -qw net.netfilter.nf_conntrack_acct=1
            ip netns exec r iptables -A FORWARD -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT
        """,
        )
        udp_server(lab, "h2", 7)
        client = udp_client(lab, "h1", 3000)
        for _ in range(8):
            client.send_to(b"x", ip("10.0.2.2"), 7)
            lab.sleep(20)
        tables.append(re.sub(r"id=\d+", "", lab.run("ip netns exec r conntrack -L").stdout))
    assert tables[0] == tables[1]
    assert "packets=8 bytes=232" in tables[0]
    assert "udp      17 9" in tables[0], "more than ninety of 120 seconds are left"

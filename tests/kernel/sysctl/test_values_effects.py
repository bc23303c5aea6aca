"""What a sysctl that is modelled changes: the same commands are answered otherwise once it has another value.

The sysctls that the recordings sysctl_* and route_rule_ports are about are not repeated here.
"""

from __future__ import annotations

import pytest

from vnetsim import Lab

#: a (10.0.0.1, fd00::1) and b (10.0.0.2, fd00::2); b has 10.9.0.2, too.
PAIR = """
    ip netns add a
    ip netns add b
    ip link add v netns a address 02:00:00:00:00:0a type veth peer name v netns b address 02:00:00:00:00:0b
    ip -n a link set lo up
    ip -n b link set lo up
    ip -n a addr add 10.0.0.1/24 dev v
    ip -n b addr add 10.0.0.2/24 dev v
    ip -n b addr add 10.9.0.2/24 dev lo
    ip -n a addr add fd00::1/64 dev v nodad
    ip -n b addr add fd00::2/64 dev v nodad
    ip -n a link set v up
    ip -n b link set v up
    ip -n a route add 10.9.0.0/24 via 10.0.0.2
    sleep 3
"""
DROP = "ip netns exec b iptables -A INPUT -p tcp -j DROP"
TRACK = "ip netns exec b iptables -A INPUT -m conntrack --ctstate NEW -j ACCEPT"
COUNT = "ip netns exec b iptables -nvxL INPUT | awk '{print $1}'"
LISTED = "ip netns exec b conntrack -L"
HELD = "ip netns exec b nc -lk 5000 > /dev/null & sleep 1"
TALK = "sh -c '{ echo x; sleep 30; } | ip netns exec a nc 10.0.0.2 5000' & sleep 1"

LATER = "sh -c '{ echo x; sleep 2; echo more; sleep 1; } | ip netns exec a nc -N 10.0.0.2 5000' & sleep 1"
ONCE = "echo x | ip netns exec a nc -N -w 1 10.0.0.2 5000"
DEAF = "ip netns exec a iptables -A INPUT -p tcp -j DROP"
KNOWN = "ip -n a neigh replace 10.0.0.2 lladdr 02:00:00:00:00:0b dev v"
SILENT = "ip -n b link set v arp off"
#: b's FIN does not reach a.
NO_FIN = "ip netns exec b iptables -A OUTPUT -p tcp --tcp-flags FIN FIN -j DROP"

#: Namespace and setting, what is done, and what is asked in the end.
EFFECTS = [
    ("a net.ipv4.ip_default_ttl=9", "", "ip netns exec b ping -c 1 10.0.0.1"),
    ("b net.ipv4.icmp_echo_ignore_all=1", "", "ip netns exec a ping -c 1 -W 1 10.0.0.2"),
    ("b net.ipv6.icmp.echo_ignore_all=1", "", "ip netns exec a ping -c 1 -W 1 fd00::2"),
    ("a net.ipv4.conf.v.ignore_routes_with_linkdown=1", "ip -n b link set v down; sleep 2",
     "ip -n a route get 10.0.0.2"),
    ("a net.ipv6.conf.v.ignore_routes_with_linkdown=1", "ip -n b link set v down; sleep 2",
     "ip -n a route get fd00::2"),
    ("a net.ipv4.tcp_syn_retries=1", DROP, "ip netns exec a nc -v -w 60 10.0.0.2 5000"),
    ("a net.ipv4.tcp_syn_linear_timeouts=0", f"{DROP}; ip netns exec a nc -w 6 10.0.0.2 5000", COUNT),
    ("b net.ipv4.tcp_synack_retries=1",
     f"{HELD}; {DEAF}; ip netns exec a nc -w 1 10.0.0.2 5000; sleep 6",
     "ip netns exec b ss -Htan state syn-recv"),
    ("a net.ipv4.tcp_retries2=1", f"{HELD}; {LATER}; {DROP}; sleep 9", "ip netns exec a ss -Htn"),
    ("a net.ipv4.tcp_fin_timeout=5", f"{HELD}; {NO_FIN}; {ONCE}; sleep 10", "ip netns exec a ss -Htan"),
    ("b net.ipv4.tcp_orphan_retries=1", f"{HELD}; {NO_FIN}; {ONCE}; sleep 10", "ip netns exec b ss -Htan"),
    ("a net.ipv4.tcp_wmem='4096 500000 4194304'", f"{HELD}; {TALK}", "ip netns exec a ss -Htmn"),
    ("a net.ipv4.tcp_rmem='4096 500000 6291456'", f"{HELD}; {TALK}", "ip netns exec a ss -Htmn"),
    ("a net.ipv4.tcp_rto_min_us=400000", f"{HELD}; {TALK}", "ip netns exec a ss -Htin | grep -o rto:[0-9]*"),
    ("a net.ipv4.tcp_congestion_control=reno", f"{HELD}; {TALK}", "ip netns exec a ss -Htin | grep -o 'reno\\|cubic'"),
    ("a net.ipv4.tcp_sack=0", f"{HELD}; {TALK}", "ip netns exec a ss -Htion | grep -o sack"),
    ("a net.ipv4.tcp_timestamps=0", f"{HELD}; {TALK}", "ip netns exec a ss -Htion | grep -ow ts"),
    ("a net.ipv4.tcp_window_scaling=0", f"{HELD}; {TALK}", "ip netns exec a ss -Htin | grep -o wscale"),
    ("b net.netfilter.nf_conntrack_icmp_timeout=77", f"{TRACK}; ip netns exec a ping -c 1 10.0.0.2", LISTED),
    ("b net.netfilter.nf_conntrack_icmpv6_timeout=77",
     "ip netns exec b ip6tables -A INPUT -m conntrack --ctstate NEW -j ACCEPT; ip netns exec a ping -c 1 fd00::2",
     f"{LISTED} -f ipv6 -p icmpv6"),
    ("b net.netfilter.nf_conntrack_udp_timeout=77", f"{TRACK}; echo x | ip netns exec a nc -u -w 1 10.0.0.2 9",
     LISTED),
    ("b net.netfilter.nf_conntrack_tcp_timeout_syn_sent=77",
     f"{TRACK}; {DEAF}; ip netns exec b nc -w 1 10.0.0.1 9", LISTED),
    ("b net.netfilter.nf_conntrack_tcp_timeout_syn_recv=77",
     f"{TRACK}; {HELD}; {DEAF}; ip netns exec a nc -w 1 10.0.0.2 5000",
     LISTED),
    ("b net.netfilter.nf_conntrack_tcp_timeout_established=77", f"{TRACK}; {HELD}; {TALK}", LISTED),
    ("b net.netfilter.nf_conntrack_tcp_timeout_time_wait=77",
     f"{TRACK}; {HELD}; {ONCE}", LISTED),
    ("b net.netfilter.nf_conntrack_acct=1", f"{TRACK}; ip netns exec a ping -c 1 10.0.0.2", LISTED),
    ("a net.ipv4.neigh.v.mcast_solicit=1", "", "time ip netns exec a ping -c 1 -W 9 10.0.0.99"),
    ("a net.ipv4.neigh.v.retrans_time_ms=200", "", "time ip netns exec a ping -c 1 -W 9 10.0.0.99"),
    ("a net.ipv6.neigh.v.mcast_solicit=1", "", "time ip netns exec a ping -c 1 -W 9 fd00::99"),
    ("a net.ipv4.neigh.v.base_reachable_time_ms=1000", "ip netns exec a ping -c 1 10.0.0.2; sleep 3",
     "ip -n a neigh show 10.0.0.2"),
    ("a net.ipv4.neigh.v.delay_first_probe_time=1",
     f"{KNOWN} nud stale; {SILENT}; ip netns exec a ping -c 1 -W 1 10.0.0.2; sleep 2", "ip -n a neigh show 10.0.0.2"),
    ("a net.ipv4.neigh.v.ucast_solicit=1",
     f"{KNOWN} nud probe; {SILENT}; sleep 2.5", "ip -n a neigh show 10.0.0.2"),
    ("a net.ipv4.neigh.v.unres_qlen_bytes=2000", "",
     "ip netns exec a ping -c 6 -i 0.01 -W 6 10.0.0.98 | grep -c Unreachable"),
    ("a net.ipv6.conf.v.hop_limit=9", "", "ip netns exec b ping -c 1 fd00::1"),
    ("a net.ipv6.conf.v.keep_addr_on_down=1", "ip -n a link set v down", "ip -n a -6 addr show dev v"),
    ("a net.ipv6.conf.v.disable_ipv6=1", "", "ip -n a -6 addr show dev v"),
    ("a net.ipv4.conf.v.promote_secondaries=1",
     "ip -n a addr add 10.0.0.3/24 dev v; ip -n a addr del 10.0.0.1/24 dev v", "ip -n a -4 addr show dev v"),
    ("b net.ipv4.conf.v.arp_ignore=1", "", "ip netns exec a arping -c 1 -w 1 -I v 10.9.0.2"),
    ("b net.ipv4.conf.v.route_localnet=1", "ip -n a route add 127.9.0.0/16 via 10.0.0.2",
     "ip -n b route get 127.9.0.1 from 10.0.0.1 iif v"),
]  # fmt: skip


def answers(setting: str, done: str, asked: str, *, as_it_is: bool = False) -> str:
    """`as_it_is`: the present value is written, so that nothing but the value makes a difference."""
    lab = Lab(docker=False)
    for line in filter(None, map(str.strip, PAIR.splitlines())):
        assert lab.run(line), line
    namespace, assignment = setting.split(" ", 1)
    key, value = assignment.split("=")
    if as_it_is:
        value = "'" + lab.network(namespace).namespace.sysctls.read(key.replace(".", "/")) + "'"
    assert lab.run(f"ip netns exec {namespace} sysctl -qw {key}={value}")
    lab.run(done)
    return lab.run(asked, timeout_seconds=400).output


@pytest.mark.parametrize(("setting", "done", "asked"), EFFECTS, ids=[effect[0].split("=")[0] for effect in EFFECTS])
def test_another_value_is_answered_otherwise(setting: str, done: str, asked: str) -> None:
    assert answers(setting, done, asked) != answers(setting, done, asked, as_it_is=True)

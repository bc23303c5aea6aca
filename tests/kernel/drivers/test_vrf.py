"""VRFs: routes of their own, the same addresses twice, and who hears what comes in by them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.machines import QUIET, typed
from vnetsim import Lab
from vnetsim.record import lab_for

#: Two VRFs, each with a host 10.0.0.2 behind an address 10.0.0.1.
OVERLAP = f"""
    {QUIET}
    ip netns add a
    ip netns add b
    ip link add red type vrf table 10
    ip link add blue type vrf table 20
    ip link set red up
    ip link set blue up
    ip link add va type veth peer name eth0 netns a
    ip link add vb type veth peer name eth0 netns b
    ip link set va up master red
    ip link set vb up master blue
    ip addr add 10.0.0.1/24 dev va
    ip addr add 10.0.0.1/24 dev vb
    ip -n a addr add 10.0.0.2/24 dev eth0
    ip -n b addr add 10.0.0.2/24 dev eth0
    ip -n a link set eth0 up
    ip -n b link set eth0 up
"""


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab(docker=False)
    typed(lab, OVERLAP)
    return lab


def _packets(lab: Lab, namespace: str) -> int:
    return int(lab.run(f"ip -n {namespace} -s link show eth0").stdout.splitlines()[3].split()[1])


@pytest.mark.parametrize(("vrf", "near", "far"), [("red", "a", "b"), ("blue", "b", "a")])
def test_the_same_address_is_another_host_in_each_vrf(lab: Lab, vrf: str, near: str, far: str) -> None:
    before = _packets(lab, far)
    assert lab.run(f"ip vrf exec {vrf} ping -c 1 -W 1 10.0.0.2")
    assert lab.run(f"ping -c 1 -W 1 -I {vrf} 10.0.0.2")
    assert _packets(lab, far) == before
    assert lab.run(f"ip netns exec {near} ping -c 1 -W 1 10.0.0.1")


def test_outside_of_the_vrfs_there_is_no_route() -> None:
    lab = Lab(docker=False)
    typed(lab, OVERLAP)
    assert lab.run("ping -c 1 -W 1 10.0.0.2").stderr == "ping: connect: Network is unreachable\n"
    lab.run("ip link set va nomaster")
    assert lab.run("ping -c 1 -W 1 10.0.0.2")
    lab.run("ip link del blue")
    assert "10.0.0.0/24 dev vb" in lab.run("ip route").stdout


def test_a_listener_outside_hears_vrfs_only_with_tcp_l3mdev_accept(lab: Lab) -> None:
    lab.run("nc -lk -p 9000 >/dev/null &")
    refused = "ip netns exec a nc -w 1 -z 10.0.0.1 9000"
    assert not lab.run(refused)
    lab.run("sysctl -w net.ipv4.tcp_l3mdev_accept=1")
    assert lab.run(refused)
    lab.run("sysctl -w net.ipv4.tcp_l3mdev_accept=0")


def test_two_listeners_have_the_same_port_in_two_vrfs(lab: Lab) -> None:
    lab.run("ip vrf exec red nc -lk -p 9001 >/dev/null &")
    assert lab.run("ip netns exec a nc -w 1 -z 10.0.0.1 9001")
    assert not lab.run("ip netns exec b nc -w 1 -z 10.0.0.1 9001")
    lab.run("ip vrf exec blue nc -lk -p 9001 >/dev/null &")
    assert lab.run("ip netns exec b nc -w 1 -z 10.0.0.1 9001")
    assert "0.0.0.0%red:9001" in lab.run("ss -Htln").stdout


def test_rules_see_a_packet_of_a_vrf_by_both_devices(lab: Lab) -> None:
    typed(lab, "iptables -A INPUT -i red -p icmp -j ACCEPT\niptables -t raw -A PREROUTING -i va -p icmp")
    typed(lab, "iptables -t raw -A PREROUTING -i red -p icmp\niptables -t raw -A OUTPUT -o red -p icmp")
    lab.run("ip netns exec a ping -c 1 -W 1 10.0.0.1")
    assert "[1:84] -A INPUT -i red -p icmp" in lab.run("iptables-save -c").stdout
    assert lab.run("iptables-save -c -t raw").stdout.count("[1:84] -A") == 3
    typed(lab, "iptables -F\niptables -t raw -F")


def test_rules_of_ipv6_see_a_packet_by_the_vrf_and_neighbour_discovery_by_the_slave() -> None:
    lab = Lab(docker=False)
    typed(lab, """
        ip netns add a
        ip link add red type vrf table 10
        ip link set red up
        ip link add va type veth peer name eth0 netns a
        ip link set va up master red
        ip -n a link set eth0 up
        ip addr add fd00::1/64 dev va nodad
        ip -n a addr add fd00::2/64 dev eth0 nodad
        ip6tables -A INPUT -i va -p icmpv6 --icmpv6-type 128 -j DROP
        ip6tables -A INPUT -i red -p icmpv6 --icmpv6-type 135 -j DROP
    """)  # fmt: skip
    assert lab.run("ip netns exec a ping -c 1 -W 1 fd00::1")
    typed(lab, "ip6tables -t raw -A PREROUTING -i red -p icmpv6 --icmpv6-type 128 -j DROP")
    assert not lab.run("ip netns exec a ping -c 1 -W 1 fd00::1")
    typed(lab, "ip6tables -t raw -F\nip6tables -A INPUT -i red -p icmpv6 --icmpv6-type 128 -j DROP")
    assert not lab.run("ip netns exec a ping -c 1 -W 1 fd00::1")
    typed(lab, """
        ip6tables -F
        ip link add out type dummy
        ip link set out up
        ip addr add fd00:7::1/64 dev out nodad
        ip -n a route add default via fd00::1
    """)  # fmt: skip
    assert not lab.run("ip netns exec a ping -c 1 -W 1 fd00:7::1")  # the answer would leave by the address's device


def test_a_capture_on_the_vrf_shows_what_comes_in_by_its_slaves(lab: Lab) -> None:
    lab.run("tcpdump -nli red icmp >/tmp/red 2>/dev/null &")
    lab.run("ip netns exec a ping -c 1 -W 1 10.0.0.1")
    assert "ICMP echo request" in lab.run("cat /tmp/red").stdout
    lab.run("kill %1")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("ip link add r type vrf", "Error: VRF table id is missing."),
        ("ip link add r type vrf table 0", "Error: Invalid VRF table id."),
        ("ip link set lo master red", "Error: Can not enslave loopback device to a VRF."),
        ("ip link set blue master red", "Error: Can not enslave an L3 master device to a VRF."),
        ("ip link set red type vrf table 30", "RTNETLINK answers: Operation not supported"),
        ("ip vrf exec red curl http://[::1]/", "vnetsim: not modelled: sockets of IPv6 in a VRF"),
    ],
)
def test_what_is_refused(lab: Lab, command: str, message: str) -> None:
    result = lab.run(command)
    assert message in result.stderr
    assert result.exit_code


def test_a_machine_without_the_module_has_no_vrfs() -> None:
    assert lab_for("kernel", "").run("ip link add red type vrf table 10").stderr == "Error: Unknown device type.\n"


@settings(max_examples=6, deadline=None)
@given(st.permutations(["va", "vb"]), st.booleans())
def test_a_packet_never_leaves_the_vrf_that_it_came_in_by(order: list[str], up_again: bool) -> None:
    lab = Lab(docker=False)
    typed(lab, OVERLAP + "\nsysctl -w net.ipv4.ip_forward=1")
    typed(lab, "ip -n a route add default via 10.0.0.1\nip -n b addr add 10.9.0.2/24 dev eth0")
    typed(lab, "ip route add vrf blue 10.9.0.0/24 via 10.0.0.2")
    for device in order:
        vrf = "red" if device == "va" else "blue"
        typed(lab, f"ip link set {device} nomaster\nip link set {device} master {vrf}")
        if up_again:
            typed(lab, f"ip link set {device} down\nip link set {device} up")
    typed(lab, "ip route replace vrf blue 10.9.0.0/24 via 10.0.0.2")
    before = _packets(lab, "b")
    assert not lab.run("ip netns exec a ping -c 1 -W 1 10.9.0.2")
    assert _packets(lab, "b") == before


#: A VRF with va, and a way for packets between it and the main table; recorded on Linux 6.18.
LEAK = """
    ip netns add a
    ip netns add b
    ip link add va type veth peer name eth0 netns a
    ip link add vb type veth peer name eth0 netns b
    ip addr add 10.0.2.1/24 dev vb
    ip -6 addr add 2001:db8:2::1/64 dev vb nodad
    ip link set vb up
    ip link add red type vrf table 10
    ip link set red up
    ip link set va up master red
    ip addr add 10.0.1.1/24 dev va
    ip -6 addr add 2001:db8:1::1/64 dev va nodad
    ip -n a addr add 10.0.1.2/24 dev eth0
    ip -n a addr add 2001:db8:1::2/64 dev eth0 nodad
    ip -n b addr add 10.0.2.2/24 dev eth0
    ip -n b addr add 2001:db8:2::2/64 dev eth0 nodad
    ip -n a link set eth0 up
    ip -n b link set eth0 up
    ip -n a route add default via 10.0.1.1
    ip -n b route add default via 10.0.2.1
    ip -n a route add default via 2001:db8:1::1
    ip -n b route add default via 2001:db8:2::1
    sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    ip route add 10.0.2.0/24 dev vb table 10
    ip route add 2001:db8:2::/64 dev vb table 10
    sleep 3
"""


def test_a_route_into_a_vrf_goes_on_by_the_routes_of_the_vrf() -> None:
    lab = Lab(docker=False)
    typed(lab, LEAK)
    reach = "ip netns exec b ping -c 1 -W 1"
    assert not lab.run(f"{reach} 10.0.1.2")
    typed(lab, "ip route add 10.0.1.0/24 dev red\nip route add 2001:db8:1::/64 dev red")
    for hook, device in (("FORWARD", "red"), ("FORWARD", "va"), ("OUTPUT", "va"), ("POSTROUTING", "va")):
        lab.run(f"iptables -t mangle -A {hook} -o {device}")
    assert "ttl=63" in lab.run(f"{reach} 10.0.1.2").stdout
    counted = lab.run("iptables -t mangle -L -nvx").stdout.splitlines()
    assert [line.split()[0] for line in counted if " red " in line or " va " in line] == ["1", "0", "1", "1"]
    assert "ttl=64" in lab.run(f"{reach} 10.0.1.1").stdout
    assert "ttl=64" in lab.run("ping -c 1 -W 1 10.0.1.2").stdout
    assert "ttl=63" in lab.run(f"{reach} 2001:db8:1::2").stdout
    assert "ttl=64" in lab.run(f"{reach} 2001:db8:1::1").stdout
    assert lab.run("ip route get 10.0.1.2").stdout == "10.0.1.2 dev red src 10.0.1.1 uid 0 \n    cache \n"
    assert "10.0.2.2 dev vb table 10 src 10.0.1.1 uid 0" in lab.run("ip route get 10.0.2.2 vrf red").stdout


def test_a_vrf_without_the_route_drops_what_is_led_into_it() -> None:
    lab = Lab(docker=False)
    typed(lab, LEAK)
    typed(lab, "ip route add 10.9.0.0/24 dev red\nip route add 2001:db8:9::/64 dev red")
    assert not lab.run("ip netns exec b ping -c 1 -W 1 10.9.0.9")
    assert not lab.run("ip netns exec b ping -c 1 -W 1 2001:db8:9::9")
    assert "no route" in str(lab.why("b", "10.9.0.9"))


def test_rules_see_the_mark_of_what_is_led_into_a_vrf_in_ipv6_only_and_ports_never() -> None:
    lab = Lab(docker=False)
    typed(lab, LEAK)
    typed(lab, "ip route add 10.0.1.0/24 dev red\nip route add 2001:db8:1::/64 dev red")
    typed(lab, "ip route add blackhole default table 77\nip -6 route add blackhole default table 77")
    for tables in ("iptables", "ip6tables"):
        lab.run(f"{tables} -t mangle -A PREROUTING -i vb -j MARK --set-mark 1")
    typed(lab, "ip rule add pref 500 iif lo fwmark 1 lookup 77\nip -6 rule add pref 500 iif lo fwmark 1 lookup 77")
    assert lab.run("ip netns exec b ping -c 1 -W 1 10.0.1.2")
    assert not lab.run("ip netns exec b ping -c 1 -W 1 2001:db8:1::2")
    typed(lab, "ip rule add pref 400 iif lo ipproto tcp dport 80 lookup 77")
    lab.run("ip netns exec a nc -l -p 80 -w 3 > /tmp/got &")
    assert lab.run("echo hi | ip netns exec b nc -N -w 2 10.0.1.2 80")


def test_what_is_for_an_address_in_the_vrf_is_seen_there_once() -> None:
    lab = Lab(docker=False)
    typed(lab, LEAK)
    typed(lab, "ip route add 10.0.1.0/24 dev red")
    sent = "cat /sys/class/net/red/statistics/tx_packets"
    before = int(lab.run(sent).stdout)
    lab.run("timeout 2 tcpdump -ni red icmp > /tmp/seen &")
    lab.sleep(1)
    assert lab.run("ip netns exec b ping -c 1 -W 1 10.0.1.1")
    assert lab.run("ping -c 1 -W 1 -I red 10.0.1.1")
    assert int(lab.run(sent).stdout) - before == 3
    lab.sleep(2)
    lines = lab.run("cat /tmp/seen").stdout.splitlines()
    assert [line.split()[2] for line in lines if line] == ["10.0.2.2", "10.0.1.1", "10.0.1.1"]


def test_a_vrf_may_have_the_loopback_address_and_has_no_route_to_groups() -> None:
    """Recorded on Linux 6.18 (netif_is_l3_master in ipv6_add_addr and addrconf_add_dev); no other device may."""
    lab = Lab(docker=False)
    typed(lab, "ip link add red type vrf table 10\n ip link set red up\n ip link add d0 type dummy")
    typed(lab, "ip -6 addr add ::1 dev red")
    assert "    inet6 ::1/128 scope host \n" in lab.run("ip -6 addr show dev red").stdout
    routes = "local ::1 dev red proto kernel metric 0 pref medium\n::1 dev red proto kernel metric 256 pref medium\n"
    assert lab.run("ip -6 route show table 10").stdout == routes
    assert "Cannot assign loopback address" in lab.run("ip -6 addr add ::1 dev d0").stderr
    typed(lab, "ip -6 addr del ::1/128 dev red")
    assert lab.run("ip -6 route show table 10").stdout == ""

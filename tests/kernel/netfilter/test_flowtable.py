"""Packets of connections in flowtables pass the hooks by; floors of what was recorded: tests/recorded."""

from __future__ import annotations

import json

import pytest

from tests.recorded.floor import FLOOR, judged
from vnetsim.errors import NotModelled
from vnetsim.lab import Lab

FLOORS: dict[str, int] = json.loads(FLOOR.read_text("utf-8"))
_LAB = """
for n in a b; do ip netns add $n; ip link add eth0 netns $n type veth peer name v$n; ip link set v$n up; ip -n $n link set eth0 up; done
ip -n a addr add 10.1.0.2/24 dev eth0; ip addr add 10.1.0.1/24 dev va; ip -n a route add default via 10.1.0.1
ip -n b addr add 10.2.0.2/24 dev eth0; ip addr add 10.2.0.1/24 dev vb; ip -n b route add default via 10.2.0.1
ip -n a addr add fd01::2/64 dev eth0 nodad; ip addr add fd01::1/64 dev va nodad; ip -n a route add default via fd01::1
ip -n b addr add fd02::2/64 dev eth0 nodad; ip addr add fd02::1/64 dev vb nodad; ip -n b route add default via fd02::1
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
nft 'add table inet t; add flowtable inet t f { hook ingress priority 0; devices = { va, vb }; }'
nft 'add chain inet t fo { type filter hook forward priority 0; }'
nft 'add rule inet t fo flow add @f; add rule inet t fo counter'
sleep 2
"""  # noqa: E501


@pytest.fixture(scope="module")
def lab() -> Lab:
    return routed()


def routed() -> Lab:
    """A router between a and b, with a flowtable."""
    lab = Lab(1, docker=False)
    for line in _LAB.strip().splitlines():
        assert lab.run(line).exit_code == 0, line
    return lab


def forwarded(lab: Lab) -> int:
    """Packets that the forward chain has seen since the last time."""
    text = lab.run("nft list chain inet t fo").stdout
    lab.run("nft 'flush chain inet t fo; add rule inet t fo flow add @f; add rule inet t fo counter'")
    return int(text.split("counter packets ")[1].split()[0])


@pytest.mark.parametrize("scenario", ["kernel-vm/nft_flow_walk", "kernel-vm/nft_flow_nat", "kernel-vm/nft_flow_idle"])
def test_flows_are_the_recorded_ones(scenario: str) -> None:
    assert sum(step.verdict == "same" for step in judged(scenario)) >= FLOORS[scenario]


@pytest.mark.parametrize(("listen", "address"), [("-4", "10.2.0.2"), ("-6", "fd02::2")])
def test_only_the_handshake_is_forwarded_by_the_stack(lab: Lab, listen: str, address: str) -> None:
    lab.run(f"ip netns exec b nc {listen} -l -k 80 > /tmp/got &")
    assert lab.run(f"seq 3000 | ip netns exec a nc -N {address} 80").exit_code == 0
    assert forwarded(lab) == 3
    assert "[OFFLOAD]" in lab.run("conntrack -L; conntrack -L -f ipv6").stdout
    lab.run("kill %%; conntrack -F")


def test_long_packets_and_errors_are_for_the_stack(lab: Lab) -> None:
    assert lab.run("ip netns exec a ping -c 2 -i 0.2 10.2.0.2").exit_code == 0
    assert lab.run("ip netns exec a ping -c 1 -t 1 -W 1 10.2.0.2").exit_code == 1
    assert forwarded(lab) == 4


def test_what_is_over_a_device_of_the_flowtable_is_refused(lab: Lab) -> None:
    lab.run("ip link add v5 link vb type vlan id 5; ip link set v5 up; ip addr add 10.5.0.1/24 dev v5")
    lab.run("ip -n b link add v5 link eth0 type vlan id 5; ip -n b link set v5 up; ip -n b addr add 10.5.0.2/24 dev v5")
    lab.run("ip netns exec b nc -u -l 53 &")
    with pytest.raises(NotModelled, match="over a device of the flowtable"):
        lab.run("ip netns exec a sh -c '(echo 1; sleep 1; echo 2; sleep 1) | timeout 3 nc -u 10.5.0.2 53'")


def test_a_rule_that_ends_for_want_of_a_route_back_is_refused() -> None:
    lab = routed()
    assert lab.run("sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.va.rp_filter=0; ip route del 10.1.0.0/24")
    with pytest.raises(NotModelled, match="has no route, which ends its rule"):
        lab.run("ip netns exec a sh -c '(echo 1; sleep 1; echo 2; sleep 1) | timeout 3 nc -u 10.2.0.2 53'")


#: A connection of UDP that is in the flowtable, and goes on.
_TALK = """
nft 'flush chain inet t fo; add rule inet t fo flow add @f; add rule inet t fo counter'
ip netns exec b sh -c '(sleep 1; echo r1; sleep 60) | timeout 60 nc -u -l 5000' > /tmp/heard &
ip netns exec a sh -c '(for i in `seq 8`; do echo h$i; sleep 1; done) | timeout 40 nc -u -p 6000 10.2.0.2 5000' &
sleep 3.5
"""
_RULES = """flush ruleset
table inet t {
  flowtable f { hook ingress priority 0; devices = { va, vb }; }
  chain fo { type filter hook forward priority 0; counter drop; }
}
"""


def heard(prepare: str, change: str) -> str:
    """What the server has of a connection during which there was a change."""
    lab = routed()
    lab.run(prepare)
    for line in _TALK.strip().splitlines():
        lab.run(line)
    assert "[OFFLOAD]" in lab.run("conntrack -L -p udp").stdout
    lab.run(change)
    text: str = lab.run("sleep 6; cat /tmp/heard").stdout
    return text.replace("\n", " ").strip()


def test_a_flow_keeps_the_mark_by_which_it_was_routed() -> None:
    prepare = "nft 'add table ip m; add chain ip m p { type filter hook prerouting priority -150; meta mark set 7; }'"
    assert heard(prepare, "nft add rule inet t fo drop") == "h1 h2 h3 h4 h5 h6 h7 h8"


def test_a_flow_ends_when_its_device_is_down() -> None:
    assert heard("", "ip link set va down; conntrack -L | grep -o OFFLOAD >> /tmp/heard") == "h1 h2 h3 h4"


def test_flows_do_not_survive_their_flowtable_although_another_has_its_name() -> None:
    assert heard("", f"echo '{_RULES}' | nft -f -") == "h1 h2 h3 h4"


def test_routes_by_the_source_are_refused() -> None:
    other = "ip route add 10.2.0.2 via 10.2.0.77 dev vb table 100; ip -n b addr add 10.2.0.77/24 dev eth0"
    with pytest.raises(NotModelled, match="more than the destination"):
        heard(f"{other}; ip rule add from 10.1.0.2 lookup 100", "")


@pytest.mark.parametrize(
    "command", ["nft 'add flowtable inet t g { hook ingress priority 0; flags offload; }'", "nft list meters"]
)
def test_hardware_and_meters_are_refused(lab: Lab, command: str) -> None:
    done = lab.run(command)
    assert done.exit_code == 1
    assert "not modelled" in done.stderr

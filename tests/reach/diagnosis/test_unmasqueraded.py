"""Why a rule gave a request no other source, where the answer found no way back."""

from __future__ import annotations

import pytest

from tests.reach.labs import made_by

LAB = (
    "ip netns add red", "ip netns add blue", "ip netns add gw",
    "ip link add r0 netns red type veth peer name gr netns gw",
    "ip link add b0 netns blue type veth peer name gb netns gw",
    "ip -n red addr add 10.0.1.2/24 dev r0", "ip -n blue addr add 10.0.2.2/24 dev b0",
    "ip -n gw addr add 10.0.1.1/24 dev gr", "ip -n gw addr add 10.0.2.1/24 dev gb",
    "ip -n red link set r0 up", "ip -n blue link set b0 up", "ip -n gw link set gr up", "ip -n gw link set gb up",
    "ip -n red route add default via 10.0.1.1", "ip netns exec gw sysctl -qw net.ipv4.ip_forward=1",
)  # fmt: skip
NO_WAY = "the request arrived at blue, and no answer left: no route to 10.0.1.2"


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([], ""),
        (["-s 10.0.1.2/32 -o e9 -j MASQUERADE"],
         "POSTROUTING rule 1 (-s 10.0.1.2/32 -o e9 -j MASQUERADE) is not about it: it left by gb, and there is no e9"),
        (["-o gr -j MASQUERADE", "-o eth9 -j MASQUERADE"],
         "POSTROUTING rule 2 (-o eth9 -j MASQUERADE) is not about it: it left by gb, and there is no eth9"),
        (["-o gr -j MASQUERADE"], "POSTROUTING rule 1 (-o gr -j MASQUERADE) is not about it: it left by gb"),
        (["-p icmp -j ACCEPT", "-o gb -j MASQUERADE"],
         "POSTROUTING rule 1 (-p icmp -j ACCEPT) lets it go as it is before POSTROUTING rule 2 (-o gb -j MASQUERADE)"),
        (["-s 10.9.0.0/16 -o gb -j MASQUERADE"],
         "POSTROUTING rule 1 (-s 10.9.0.0/16 -o gb -j MASQUERADE) is not about it: it comes from 10.0.1.2"),
        (["-s 10.9.0.0/16 ! -o gr -j MASQUERADE"], ""),
        (["-p udp -j MASQUERADE", "-o gb -j ACCEPT"], ""),
    ],
)  # fmt: skip
def test_the_rule_that_was_to_masquerade_is_named(rules: list[str], told: str) -> None:
    lab = made_by(*LAB, *(f"ip netns exec gw iptables -t nat -A POSTROUTING {rule}" for rule in rules))
    wanted = f"{NO_WAY}; gw did not masquerade it: {told}" if told else NO_WAY
    assert lab.why("red", "10.0.2.2", change=False).sentence == wanted


def test_nothing_is_said_of_a_request_that_was_masqueraded() -> None:
    lab = made_by(*LAB, "ip netns exec gw iptables -t nat -A POSTROUTING -o gb -j MASQUERADE")
    assert lab.why("red", "10.0.2.2", change=False).arrives
    lab = made_by(*LAB, "ip netns exec gw iptables -t nat -A POSTROUTING -o gb -j SNAT --to-source 10.8.8.8")
    assert "masquerade" not in lab.why("red", "10.0.2.2", change=False).sentence
    chain = "{ type nat hook postrouting priority 110; }"
    rules = (f"add table ip n; add chain ip n c {chain}", "add rule ip n c snat to 10.8.8.8")
    lab = made_by(*LAB, "ip netns exec gw iptables -t nat -A POSTROUTING -s 10.9.0.0/16 -j MASQUERADE",
                  *(f"ip netns exec gw nft '{rule}'" for rule in rules))  # fmt: skip
    assert lab.why("red", "10.0.2.2", change=False).sentence == NO_WAY.replace("10.0.1.2", "10.8.8.8")

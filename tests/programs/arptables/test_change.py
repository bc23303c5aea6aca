"""The rules of arptables are in nf_tables, where each of the two programs finds what the other has made."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    for command in (
        "ip netns add b", "ip link add eth0 type veth peer name eth0 netns b", "ip addr add 10.0.0.1/24 dev eth0",
        "ip link set eth0 up", "ip -n b addr add 10.0.0.2/24 dev eth0", "ip -n b link set eth0 up",
    ):  # fmt: skip
        assert lab.run(command).exit_code == 0
    return lab


def test_nft_deletes_a_rule_of_arptables(lab: Lab) -> None:
    assert lab.run("arptables -A INPUT -s 10.0.0.2 -j DROP").exit_code == 0
    assert lab.run("ip netns exec b ping -c 1 -W 1 10.0.0.1").exit_code == 1
    handle = lab.run("nft -a list chain arp filter INPUT").stdout.split("drop # handle ")[1].split()[0]
    lab.run(f"nft delete rule arp filter INPUT handle {handle}")
    assert lab.run("arptables -S INPUT").stdout == "-P INPUT ACCEPT\n"
    lab.run("ip -n b neigh flush all")
    assert lab.run("ip netns exec b ping -c 1 -W 1 10.0.0.1").exit_code == 0


@pytest.mark.parametrize(
    "made",
    [
        "chain arp filter other { type filter hook input priority 5 ; }",
        "rule arp filter INPUT ether saddr 2:0:0:0:0:1 drop",
    ],
)
def test_what_nft_alone_can_make_is_refused(made: str) -> None:
    lab = Lab()
    lab.run("arptables -A INPUT -j ACCEPT")
    assert lab.run(f"nft add {made.replace(';', chr(92) + ';')}").exit_code == 0
    refused = lab.run("arptables -S")
    assert refused.exit_code != 0
    assert "vnetsim: not modelled: arptables beside the " in refused.stderr


@pytest.mark.parametrize("line", ["arptables -E INPUT x", "arptables-save -t filter"])
def test_what_is_left_out_is_said(line: str) -> None:
    refused = Lab().run(line)
    assert refused.exit_code != 0
    assert "vnetsim: not modelled: arptables" in refused.stderr

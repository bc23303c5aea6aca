"""Exposures: it arrives although a rule was meant to stop it.

Each names the rule that missed and why it did, and what is proposed keeps out everybody whom the rule was meant for, as
packets say that are sent on a fresh lab after the commands were typed there.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.reach.labs import made_by
from vnetsim import Lab
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.probing.probes import ask
from vnetsim.reach.remedies.remedy import Remedy

WEB = ("docker run -d --name web -p 8080:80 nginx",)
#: Others than the machine outside itself: one of its network, and one behind it.
OUTSIDE = ("192.168.56.77", "198.51.100.7")
ROUTER = (
    "ip netns add red", "ip netns add blue",
    "ip link add to-red type veth peer name eth0 netns red", "ip link add to-blue type veth peer name eth0 netns blue",
    "ip address add 10.0.1.1/24 dev to-red", "ip address add 10.0.2.1/24 dev to-blue",
    "ip -n red address add 10.0.1.2/24 dev eth0", "ip -n red address add 10.0.1.3/24 dev eth0",
    "ip -n blue address add 10.0.2.2/24 dev eth0",
    "ip link set to-red up", "ip link set to-blue up", "ip -n red link set eth0 up", "ip -n blue link set eth0 up",
    "ip link set lo up", "ip -n blue link set lo up", "ip -n red link set lo up",
    "ip -n red route add default via 10.0.1.1", "ip -n blue route add default via 10.0.2.1",
    "sysctl -w net.ipv4.ip_forward=1",
)  # fmt: skip
BRIDGE = (
    "ip netns add red", "ip netns add blue", "ip link add br0 type bridge", "ip link set br0 up",
    "ip link add to-red type veth peer name eth0 netns red", "ip link add to-blue type veth peer name eth0 netns blue",
    "ip link set to-red master br0 up", "ip link set to-blue master br0 up",
    "ip -n red address add 10.0.0.2/24 dev eth0", "ip -n red address add 10.0.0.4/24 dev eth0",
    "ip -n blue address add 10.0.0.3/24 dev eth0", "ip -n red link set eth0 up", "ip -n blue link set eth0 up",
    "sysctl -w net.bridge.bridge-nf-call-iptables=0",
)  # fmt: skip
APP = (
    "docker network create app",
    "docker run -d --name db --network app -e POSTGRES_PASSWORD=secret postgres",
    "docker run -d --name web --network app nginx",
    "docker run -d --name other --network app nginx",
)
NFT = "nft add table inet fw"
SERVER = "blue nc -lk -p 5000"


class Exposure(NamedTuple):
    """`lines` make the lab; `missed` is part of the rule, `cause` why; `others` must be kept out too."""

    kind: str
    lines: tuple[str, ...]
    ends: tuple[str, ...]
    missed: str
    cause: str
    others: tuple[str, ...] = ()


def published(*lines: str, missed: str, cause: str, others: tuple[str, ...] = OUTSIDE) -> Exposure:
    return Exposure("docker", (*WEB, *lines), ("lan", "host:8080"), missed, cause, others)


def routed(*lines: str, missed: str, cause: str, ends: tuple[str, ...] = ("red", "blue:5000")) -> Exposure:
    return Exposure("kernel", (*ROUTER, *lines), ends, missed, cause, ("10.0.1.3",))


TABLE = {
    "in-input": published(
        "iptables -A INPUT -p tcp --dport 8080 -j DROP", missed="--dport 8080 -j DROP", cause="chain"
    ),
    "in-input-by-device": published(
        "iptables -I INPUT -i eth0 -p tcp --dport 8080 -j DROP", missed="-i eth0", cause="chain"
    ),
    "rejected-in-input": published(
        "iptables -I INPUT -p tcp --dport 8080 -j REJECT", missed="-j REJECT", cause="chain"
    ),
    "container-port-in-input": published(
        "iptables -I INPUT -p tcp --dport 80 -j DROP", missed="--dport 80", cause="chain"
    ),
    "input-policy": published("iptables -P INPUT DROP", missed="the policy of filter INPUT is DROP", cause="chain"),
    "wall-in-input": published(
        "iptables -A INPUT -p tcp --dport 22 -j ACCEPT", "iptables -A INPUT -j DROP", missed="-j DROP", cause="chain"
    ),
    "in-output": published("iptables -I OUTPUT -p tcp --dport 8080 -j DROP", missed="--dport 8080", cause="chain"),
    "docker-user-by-host-port": published(
        "iptables -I DOCKER-USER -p tcp --dport 8080 -j DROP", missed="--dport 8080", cause="dnat"
    ),
    "docker-user-by-host-address": published(
        "iptables -I DOCKER-USER -d 192.168.56.10 -p tcp -j DROP", missed="-d 192.168.56.10/32", cause="dnat"
    ),
    "docker-user-by-ports": published(
        "iptables -I DOCKER-USER -p tcp -m multiport --dports 8080,8443 -j DROP",
        missed="--dports 8080,8443",
        cause="dnat",
    ),
    "docker-user-by-range": published(
        "iptables -I DOCKER-USER -p tcp --dport 8000:8999 -j REJECT", missed="--dport 8000:8999", cause="dnat"
    ),
    "forward-by-host-port": published(
        "iptables -I FORWARD -p tcp --dport 8080 -j DROP", missed="--dport 8080", cause="dnat"
    ),
    "wrong-device": published(
        "iptables -I DOCKER-USER -i eth1 -p tcp --dport 80 -j DROP", missed="-i eth1", cause="device"
    ),
    "wrong-direction": published(
        "iptables -I DOCKER-USER -i docker0 -p tcp --dport 80 -j DROP", missed="-i docker0", cause="device"
    ),
    "wrong-way-out": published(
        "iptables -I DOCKER-USER -o eth0 -p tcp --dport 80 -j DROP", missed="-o eth0", cause="device"
    ),
    "appended-to-forward": published(
        "iptables -A FORWARD -p tcp --dport 80 -j DROP", missed="--dport 80", cause="order"
    ),
    "behind-an-accept": published(
        "iptables -I DOCKER-USER -i eth0 -j ACCEPT",
        "iptables -A DOCKER-USER -p tcp --dport 80 -j DROP",
        missed="--dport 80",
        cause="order",
    ),
    "behind-a-return": published(
        "iptables -I DOCKER-USER -j RETURN",
        "iptables -A DOCKER-USER -p tcp --dport 80 -j DROP",
        missed="--dport 80",
        cause="order",
    ),
    "ip6tables": published("ip6tables -I DOCKER-USER -p tcp --dport 80 -j DROP", missed="--dport 80", cause="family"),
    "udp": published("iptables -I DOCKER-USER -p udp --dport 80 -j DROP", missed="-p udp", cause="protocol"),
    "wrong-source": published(
        "iptables -I DOCKER-USER -s 10.0.0.0/8 -p tcp --dport 80 -j DROP", missed="-s 10.0.0.0/8", cause="source"
    ),
    "no-jump": published(
        "iptables -N WALL", "iptables -A WALL -p tcp --dport 80 -j DROP", missed="--dport 80", cause="unreferenced"
    ),
    "state": published(
        "iptables -I DOCKER-USER -p tcp --dport 80 -m conntrack --ctstate INVALID -j DROP",
        missed="INVALID",
        cause="state",
    ),
    "before-translation": published(
        "iptables -t mangle -A PREROUTING -p tcp --dport 80 -j DROP", missed="--dport 80", cause="port"
    ),
    "for-one-subnet": published(
        "iptables -I INPUT -s 192.168.56.0/24 -p tcp --dport 8080 -j DROP",
        missed="-s 192.168.56.0/24",
        cause="chain",
        others=OUTSIDE[:1],
    ),
    "nft-input": published(
        NFT,
        "nft add chain inet fw in '{ type filter hook input priority 0; }'",
        "nft add rule inet fw in tcp dport 8080 drop",
        missed="tcp dport 8080 drop",
        cause="chain",
    ),
    "nft-input-policy": published(
        NFT,
        "nft add chain inet fw in '{ type filter hook input priority 0; policy drop; }'",
        missed="the policy of inet fw in is drop",
        cause="chain",
    ),
    "nft-forward-by-host-port": published(
        NFT,
        "nft add chain inet fw passing '{ type filter hook forward priority 10; }'",
        "nft add rule inet fw passing tcp dport 8080 drop",
        missed="tcp dport 8080 drop",
        cause="dnat",
    ),
    "nft-wrong-device": published(
        NFT,
        "nft add chain inet fw passing '{ type filter hook forward priority 10; }'",
        "nft add rule inet fw passing iifname eth1 tcp dport 80 drop",
        missed='iifname "eth1"',
        cause="device",
    ),
    "router-order": routed(
        "iptables -A FORWARD -j ACCEPT",
        "iptables -A FORWARD -p tcp --dport 5000 -j DROP",
        missed="--dport 5000",
        cause="order",
    ),
    "router-input": routed("iptables -A INPUT -p tcp --dport 5000 -j DROP", missed="--dport 5000", cause="chain"),
    "router-source": routed(
        "iptables -A FORWARD -s 10.0.9.0/24 -p tcp --dport 5000 -j DROP", missed="-s 10.0.9.0/24", cause="source"
    ),
    "router-family": routed("ip6tables -A FORWARD -p tcp --dport 5000 -j DROP", missed="--dport 5000", cause="family"),
    "target-device": routed(
        "ip netns exec blue iptables -A INPUT -i eth1 -p tcp --dport 5000 -j DROP", missed="-i eth1", cause="device"
    ),
    "target-output": routed(
        "ip netns exec blue iptables -A OUTPUT -p tcp --dport 5000 -j DROP", missed="--dport 5000", cause="chain"
    ),
    "port-forward": routed(
        "iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.0.2.2:5000",
        "iptables -A FORWARD -p tcp --dport 80 -j DROP",
        missed="--dport 80",
        cause="dnat",
        ends=("red", "10.0.1.1:80"),
    ),
    "port-forward-input": routed(
        "iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.0.2.2:5000",
        "iptables -A INPUT -p tcp --dport 80 -j DROP",
        missed="--dport 80",
        cause="chain",
        ends=("red", "10.0.1.1:80"),
    ),
    "echo": routed(
        "iptables -A INPUT -i to-red -d 10.0.2.2 -p icmp -j DROP", missed="-p icmp", cause="chain", ends=("red", "blue")
    ),
    "bridge": Exposure(
        "kernel",
        (*BRIDGE, "iptables -A FORWARD -p tcp --dport 5000 -j DROP"),
        ("red", "blue:5000"),
        "--dport 5000",
        "bridged",
        ("10.0.0.4",),
    ),
    "between-containers": Exposure(
        "docker",
        (*APP, "iptables -A INPUT -p tcp --dport 5432 -j DROP"),
        ("web", "db:5432"),
        "--dport 5432",
        "chain",
        ("other",),
    ),
    "container-to-published": Exposure(
        "docker",
        (*WEB, "docker run -d --name other alpine sleep infinity", "iptables -I DOCKER-USER -p tcp --dport 80 -j DROP"),
        ("other", "192.168.56.10:8080"),
        "--dport 80",
        "chain",
        (),
    ),
    "host-itself": Exposure(
        "docker",
        (*WEB, "iptables -I DOCKER-USER -d 172.17.0.2 -p tcp --dport 80 -j DROP"),
        ("host", "web:80"),
        "--dport 80",
        "chain",
    ),
}


def laboratory(name: str) -> Lab:
    exposure = TABLE[name]
    lab = Lab.docker_host() if exposure.kind == "docker" else made_by()
    for line in exposure.lines:
        assert lab.run(line), line
    if exposure.kind == "kernel":
        lab.start(f"ip netns exec {SERVER}")
        lab.sleep(1)
    return lab


@pytest.mark.parametrize("name", TABLE)
def test_the_rule_that_missed_is_named_and_the_remedies_close_it(name: str) -> None:
    found = laboratory(name).why(*TABLE[name].ends)
    assert found.arrives
    assert (found.missed[0].cause, TABLE[name].missed in found.missed[0].text) == (TABLE[name].cause, True)
    assert f"missed   {found.missed[0].namespace}, {found.missed[0].table}" in str(found)
    assert found.remedies
    assert not any(remedy.opens for remedy in found.remedies)
    assert not found.remedies[0].closes
    for remedy in found.remedies:
        assert not arriving(name, remedy), remedy


def arriving(name: str, remedy: Remedy) -> list[str]:
    """From whom it still arrives, of those whom the rule was meant for, on a fresh lab."""
    exposure, lab = TABLE[name], laboratory(name)
    if exposure.kind == "docker":
        assert lab.run("ip -n lan address add 192.168.56.77/24 dev eth0")
        assert lab.run("ip -n lan address add 198.51.100.7/32 dev lo")
    senders = (exposure.ends[0], *exposure.others)
    assert all(arrives(lab, sender, exposure) for sender in senders)
    for line in remedy.commands:
        assert lab.run(line), line
    lab.sleep(1)
    return [sender for sender in senders if arrives(lab, sender, exposure)]


def arrives(lab: Lab, sender: str, exposure: Exposure) -> bool:
    return bool(ask(lab, ReachQuestion.parse(lab, sender, *exposure.ends[1:])))


def test_rules_about_the_original_port_are_not_said_to_come_after_what_other_tables_accept() -> None:
    lab = Lab.docker_host()
    for line in (*WEB, NFT, "nft add chain inet fw passing '{ type filter hook forward priority 10; }'"):
        assert lab.run(line), line
    assert lab.run("nft add rule inet fw passing ct original proto-dst 9090 drop")
    (missed,) = lab.why("lan", "host:8080", change=False).missed
    assert (missed.cause, missed.sentence[:25]) == ("port", "it was sent to port 8080,")
    assert lab.run("nft add rule inet fw passing ct original proto-dst 8080 drop")
    assert "ct original proto-dst 8080 drop" in lab.why("lan", "host:8080", change=False).sentence

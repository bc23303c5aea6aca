"""A macvlan with a tap that nobody opens, as recorded on Linux 6.18 (macvtap_basic, macvtap_more)."""

from __future__ import annotations

import pytest

from tests.machines import QUIET, typed
from vnetsim import Lab
from vnetsim.record import lab_for


@pytest.fixture(scope="module")
def lab() -> Lab:
    """mt0 (10.0.0.5) on p0, whose cable leads to w (10.0.0.9)."""
    lab = Lab(docker=False)
    typed(
        lab,
        f"""
        {QUIET}
        ip netns add w
        ip netns exec w {QUIET}
        ip link add p0 address 02:00:00:00:00:10 type veth peer name eth0 netns w
        ip link set p0 up
        ip -n w link set eth0 up
        ip -n w addr add 10.0.0.9/24 dev eth0
        ip link add link p0 name mt0 address 02:00:00:00:00:11 type macvtap mode bridge
        ip link set mt0 up
        ip addr add 10.0.0.5/24 dev mt0
    """,
    )
    return lab


def test_without_a_reader_it_is_a_macvlan_with_a_queue(lab: Lab) -> None:
    typed(lab, "ping -c 1 -W 1 10.0.0.9")
    assert "mtu 1500 qdisc fq_codel state UP mode DEFAULT group default qlen 500" in lab.run("ip link show mt0").stdout
    assert lab.run("tc qdisc show dev mt0").stdout.startswith("qdisc fq_codel 0: root refcnt 2 limit 10240p flows 1024")


def test_another_discipline_gives_way_to_the_default_one(lab: Lab) -> None:
    typed(lab, "tc qdisc add dev mt0 root pfifo\ntc qdisc del dev mt0 root")
    assert lab.run("tc qdisc show dev mt0").stdout.startswith("qdisc fq_codel 0: root refcnt 2 limit 10240p")


def test_its_tap_has_the_number_of_the_device(lab: Lab) -> None:
    index = lab.run("cat /sys/class/net/mt0/ifindex").stdout.strip()
    assert lab.run("ls /sys/class/net/mt0/macvtap").stdout == f"tap{index}\n"
    assert lab.run("ls -d /sys/class/net/mt0/tap*").stdout == f"/sys/class/net/mt0/tap{index}\n"
    assert not lab.run("test -e /sys/class/net/p0/macvtap")


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("ip link add name mt3 type macvtap", "RTNETLINK answers: Invalid argument"),
        ("ip link add link p0 name mt1 type macvtap mode passthru", "RTNETLINK answers: Invalid argument"),
        ("ip link set mt0 type macvlan mode vepa", "RTNETLINK answers: Operation not supported"),
        ("ip link add link p0 name mt1 type macvtap mode source", "vnetsim: not modelled: macvlan mode source"),
    ],
)
def test_what_it_refuses(lab: Lab, command: str, refusal: str) -> None:
    assert lab.run(command).stderr == f"{refusal}\n"


def test_no_bridge_takes_its_frames(lab: Lab) -> None:
    typed(lab, "ip link add br0 type bridge")
    assert lab.run("ip link set mt0 master br0").stderr == "RTNETLINK answers: Device or resource busy\n"


def test_the_kernel_without_fq_codel_has_another_default() -> None:
    lab = lab_for("kernel", "")
    typed(lab, "ip link add p0 type veth peer name p1\nip link set p0 up\nip link set p1 up")
    typed(lab, "ip link add link p0 name mt0 type macvtap\nip link set mt0 up")
    assert "qdisc pfifo_fast state UP" in lab.run("ip link show mt0").stdout

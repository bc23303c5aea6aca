"""Bands: which one a frame takes, and who leaves first (recorded on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.machines import pair, ping
from vnetsim import Lab


def banded(words: str = "") -> Lab:
    lab = pair()
    ping(lab, "a", "10.0.0.2")
    assert lab.run(f"ip netns exec a tc qdisc add dev eth0 root handle 1: prio {words}")
    return lab


def sent(lab: Lab) -> list[int]:
    """Packets of each band."""
    lines = lab.run("ip netns exec a tc -s class show dev eth0").stdout.splitlines()
    return [int(line.split()[3]) for line in lines if line.startswith(" Sent")]


@pytest.mark.parametrize(("tos", "band"), [("0x00", 1), ("0x08", 2), ("0x10", 0), ("0x18", 1)])
def test_the_type_of_service_decides(tos: str, band: int) -> None:
    lab = banded()
    assert lab.run(f"ip netns exec a ping -c 1 -Q {tos} 10.0.0.2")
    assert sent(lab) == [int(index == band) for index in range(3)]


def test_the_map_says_which_band_a_priority_has() -> None:
    lab = banded("bands 2 priomap 1 1 1 1 1 1 0 0 1 1 1 1 1 1 1 1")
    lab.run("ip netns exec a ping -c 1 10.0.0.2")
    lab.run("ip netns exec a ping -c 2 -i 0.2 -Q 0x10 10.0.0.2")
    assert sent(lab) == [2, 1]


def test_a_band_below_a_slow_root_is_asked_first() -> None:
    lab = pair()
    ping(lab, "a", "10.0.0.2")
    for line in ("root handle 1: tbf rate 80kbit burst 1600 limit 100000", "parent 1:1 handle 2: prio"):
        assert lab.run(f"ip netns exec a tc qdisc add dev eth0 {line}")
    lab.run("ip netns exec a ping -q -c 20 -l 20 -s 1000 10.0.0.2 &")
    lab.sleep(0.1)
    quick = lab.run("ip netns exec a ping -c 1 -W 3 -Q 0x10 10.0.0.2")
    slow = lab.run("ip netns exec a ping -c 1 -W 3 10.0.0.2")
    assert float(quick.stdout.split("time=")[1].split()[0]) < 250
    assert float(slow.stdout.split("time=")[1].split()[0]) > 250


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        ("bands 17", "RTNETLINK answers: Invalid argument\n", 2),
        ("bands 1", "RTNETLINK answers: Invalid argument\n", 2),
        ("priomap 9", '"priomap" element is out of bands\n', 1),
        ("multiqueue", "vnetsim: not modelled: prio multiqueue\n", 2),
    ],
)
def test_what_is_refused(words: str, said: str, status: int) -> None:
    result = banded().run(f"ip netns exec a tc qdisc replace dev eth0 root prio {words}")
    assert (result.stderr, result.exit_code) == (said, status)

"""Disciplines below disciplines: who counts what is dropped where."""

from __future__ import annotations

from tests.kernel.qdisc.test_tbf import send
from tests.machines import pair, ping


def test_those_above_count_what_a_queue_below_drops_later() -> None:
    """sfq drops a frame that it has taken: tbf has one less in its backlog, and one drop more."""
    lab = pair(watch=True)
    ping(lab, "a", "10.0.0.2")
    for line in ("root handle 1: tbf rate 80kbit burst 1600 limit 100000", "parent 1:1 handle 2: sfq limit 3"):
        assert lab.run(f"ip netns exec a tc qdisc add dev eth0 {line}")
    assert len(send(lab, 10)) == 4
    shown = lab.run("ip netns exec a tc -s qdisc show dev eth0").stdout
    assert shown.count("(dropped 6,") == 2
    assert shown.count(" backlog 0b 0p requeues 0") == 2


def test_a_device_that_goes_down_empties_all_of_them() -> None:
    lab = pair(watch=True)
    for line in ("root handle 1: htb default 1", "parent 1:1 handle 2: netem delay 1s"):
        lab.run(f"ip netns exec a tc qdisc add dev eth0 {line}")
        lab.run("ip netns exec a tc class add dev eth0 parent 1: classid 1:1 htb rate 1mbit")
    lab.run("ip netns exec a ping -c 1 -W 0.1 10.0.0.2")
    lab.run("ip -n a link set eth0 down")
    assert " backlog 0b 0p" in lab.run("ip netns exec a tc -s qdisc show dev eth0").stdout

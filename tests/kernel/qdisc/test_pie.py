"""PIE: it drops by chance what a queue would keep for too long (RFC 8033; options recorded on Linux 6.18)."""

from __future__ import annotations

from typing import Any

from tests.kernel.qdisc.test_drr import shared
from tests.kernel.qdisc.test_hooks import INSIDE
from vnetsim import Lab
from vnetsim.clock import MILLISECOND
from vnetsim.kernel.qdisc.pie import MAX_PROBABILITY, Pie


def stand(lab: Lab, seconds: float, words: str = "-i 0.01") -> dict[str, float]:
    """Three send more than fits for a while: the counters then."""
    lab.run(f"{INSIDE}tc qdisc change dev eth0 root handle 9: tbf rate 1mbit burst 1600 limit 100000")
    for _ in range(3):
        lab.run(f"{INSIDE}ping -q -c 5000 -s 958 -W 1 {words} 10.0.0.2 &")
    lab.sleep(seconds)
    lines = lab.run(f"{INSIDE}tc -s qdisc show dev eth0 parent 9:1").stdout.split("\n  ")
    found = " ".join(lines[1:]).split()
    return {key: float(value.rstrip("smu")) for key, value in zip(found[::2], found[1::2], strict=False)}


def test_it_drops_before_the_queue_is_full() -> None:
    counters = stand(shared("pie limit 1000"), 3)
    assert counters["dropped"] > 0 == counters["overlimit"]
    assert counters["prob"] > 0


def test_it_marks_instead_of_dropping_while_drops_are_rare() -> None:
    for percent, found in ((5, "dropped 0 maxq 7 ecn_mark 4"), (20, "dropped 1 maxq 3 ecn_mark 0")):
        lab = shared("pie ecn target 0")
        root: Any = lab.machine.kernel.named["a"].device("eth0").root_qdisc
        pie: Any = root.find(1)
        pie.probability, pie.delay, pie._burst = MAX_PROBABILITY // 100 * percent, 20 * MILLISECOND, 0
        pie._accumulated = MAX_PROBABILITY * 9
        lab.run(f"{INSIDE}ping -q -l 9 -c 9 -s 958 -W 0.01 -Q 0x02 10.0.0.2")
        assert found in lab.run(f"{INSIDE}tc -s qdisc show dev eth0 parent 9:1").stdout


def test_its_limit_is_one() -> None:
    counters = stand(shared("pie limit 5 target 10s"), 1)
    assert counters["overlimit"] == counters["dropped"] > 0


class Still:
    """A device that sends nothing."""

    mtu = 1500

    def __init__(self) -> None:
        self.time = 0
        self.engine: Any = self
        self.namespace: Any = self

    def now(self) -> int:
        return self.time


def test_the_probability_rises_with_the_delay_and_falls_without_one() -> None:
    device: Any = Still()
    pie = Pie(device, 1)
    pie.configure({})
    pie.delay = 100 * MILLISECOND
    device.time = 200 * MILLISECOND
    high = pie.details()["prob"]
    assert 0 < high < MAX_PROBABILITY
    pie.delay = 0
    device.time = 60_000 * MILLISECOND
    assert pie.details()["prob"] == 0


def test_intervals_are_whole_jiffies() -> None:
    device: Any = Still()
    pie = Pie(device, 1)
    pie.configure({"tupdate": 30 * MILLISECOND})
    assert pie.details()["tupdate"] == 32 * MILLISECOND

"""RED: it drops, or marks, by the average of its queue (recorded on Linux 6.18: tc_red)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.kernel.qdisc.test_drr import shared
from tests.kernel.qdisc.test_hooks import INSIDE, drops
from tests.machines import ping
from vnetsim.dropreason import DropReason
from vnetsim.kernel.qdisc.red import Red

AVERAGE = "min 2000 max 6000 avpkt 1000 burst 3"


def counted(words: str, tos: str = "0") -> dict[str, int]:
    """The counters after five senders had more than fits."""
    lab = shared(f"red {words}")
    for _ in range(5):
        lab.run(f"{INSIDE}ping -q -c 40 -i 0.01 -s 958 -Q {tos} 10.0.0.2 > /dev/null &")
    lab.sleep(2)
    shown = lab.run(f"{INSIDE}tc -s qdisc show dev eth0 parent 9:1").stdout
    return {key: int(value) for key, value in re.findall(r"(marked|early|pdrop|dropped|overlimits) (\d+)", shown)}


@pytest.mark.parametrize(
    ("words", "tos", "those"),
    [
        (f"limit 20000 {AVERAGE}", "0", {"early"}),
        ("limit 4000 min 4500 max 9000 avpkt 1000 burst 6", "0", {"pdrop"}),
        (f"limit 400000 {AVERAGE} ecn", "2", {"marked"}),
        (f"limit 400000 {AVERAGE} ecn", "0", {"early"}),
        ("limit 400000 min 2000 max 60000 avpkt 1000 burst 3 probability 0.9 ecn harddrop", "2", {"marked", "early"}),
        (f"limit 4000000 {AVERAGE} ecn nodrop", "0", set()),
    ],
)
def test_what_happens_to_those_that_are_too_many(words: str, tos: str, those: set[str]) -> None:
    found = counted(words, tos)
    assert {key for key in ("marked", "early", "pdrop") if found[key]} == those
    assert found["dropped"] == found["early"] + found["pdrop"]
    assert found["overlimits"] >= found["early"] + found["marked"]


def test_without_a_discipline_below_it_everything_is_dropped() -> None:
    lab = shared("red limit 60KB avpkt 1000")
    assert lab.run(f"{INSIDE}tc qdisc add dev eth0 parent 1:1 handle 3: bfifo limit 20000")
    assert lab.run(f"{INSIDE}tc qdisc del dev eth0 parent 1:1")
    assert "1 received" not in ping(lab, "a", "10.0.0.2").stdout
    assert drops(lab)[-1] == (DropReason.QDISC_DROP, "eth0", "noop: no discipline below the class")
    assert "pdrop 1" in lab.run(f"{INSIDE}tc -s qdisc show dev eth0 parent 9:1").stdout


class Still:
    """A device that sends nothing."""

    mtu = 1500
    qlen = 1000

    def __init__(self) -> None:
        self.time = 0
        self.engine: Any = self

    def now(self) -> int:
        return self.time


def test_the_average_of_an_idle_queue_shrinks_to_nothing() -> None:
    device: Any = Still()
    red = Red(device, 1)
    red.configure({"limit": 60_000, "min": 5000, "max": 15_000, "avpkt": 1000, "ewma": 3, "plog": 19, "cell_log": 13,
                   "probability": 1 << 26})  # fmt: skip
    red._average = 40_000
    averages = []
    for device.time in range(0, 3_000_000_000, 40_000_000):
        averages.append(red._next_average())
    assert averages == sorted(averages, reverse=True)
    assert averages[0] == 40_000
    assert averages[-1] < 40

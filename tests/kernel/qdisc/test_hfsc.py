"""hfsc: who is served, when, and how much (recorded on Linux 6.18: tc_hfsc)."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.qdisc.test_hooks import INSIDE, drops
from tests.kernel.qdisc.test_tbf import FRAME_NS, send
from tests.laws import examples
from tests.machines import pair, ping
from vnetsim import Lab
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.dropreason import DropReason
from vnetsim.kernel.qdisc.hfsc import Hfsc

CLASS = "class add dev eth0 parent 5: classid 5:1 hfsc"


def shaped(*words: str, default: int = 1) -> Lab:
    lab = pair(watch=True)
    ping(lab, "a", "10.0.0.2")
    for line in (f"qdisc add dev eth0 root handle 5: hfsc default {default}", *words):
        assert lab.run(f"{INSIDE}tc {line}"), line
    return lab


@pytest.mark.parametrize("curve", ["rt rate 80kbit", "sc rate 80kbit ul rate 80kbit", "ls rate 1kbit ul m2 80kbit"])
def test_a_class_is_served_at_its_rate(curve: str) -> None:
    arrived = send(shaped(f"{CLASS} {curve}"), 5)
    assert [later - earlier for earlier, later in pairwise(arrived)] == pytest.approx([FRAME_NS] * 4, rel=0.01)


def test_a_class_without_a_limit_takes_what_is_there() -> None:
    assert max(send(shaped(f"{CLASS} ls rate 1kbit"), 5)) < MILLISECOND


def test_a_concave_curve_serves_the_first_frames_sooner() -> None:
    arrived = send(shaped(f"{CLASS} rt m1 800kbit d 21ms m2 80kbit"), 4)
    assert arrived[2] < 23 * MILLISECOND
    assert arrived[3] - arrived[2] > 50 * MILLISECOND


def sent(lab: Lab) -> list[int]:
    """Bytes of each class after two senders had more than fits for two seconds."""
    for tos in ("0x00", "0x08"):
        lab.run(f"{INSIDE}ping -q -c 60 -l 60 -s 958 -W 1 -Q {tos} 10.0.0.2 &")
    lab.sleep(2)
    lines = lab.run(f"{INSIDE}tc -s class show dev eth0").stdout.splitlines()
    starts = {line.split()[2]: index for index, line in enumerate(lines) if line.startswith("class")}
    return [int(lines[starts[name] + 1].split()[1]) for name in ("5:1", "5:2")]


@pytest.mark.parametrize(("first", "second"), [(10, 10), (10, 30), (50, 10)])
def test_classes_share_what_the_class_above_may_send(first: int, second: int) -> None:
    lab = shaped(
        "class add dev eth0 parent 5: classid 5:9 hfsc ls rate 80kbit ul rate 80kbit",
        f"class add dev eth0 parent 5:9 classid 5:1 hfsc ls rate {first}kbit",
        f"class add dev eth0 parent 5:9 classid 5:2 hfsc ls rate {second}kbit",
        "filter add dev eth0 parent 5: protocol ip prio 1 u32 match ip tos 0x08 0xff flowid 5:2",
    )
    one, other = sent(lab)
    assert one / (one + other) == pytest.approx(first / (first + second), abs=0.1)
    assert one + other == pytest.approx(20_000, rel=0.1)


def test_a_real_time_curve_comes_before_what_is_shared() -> None:
    lab = shaped(
        "class add dev eth0 parent 5: classid 5:9 hfsc ls rate 80kbit ul rate 80kbit",
        "class add dev eth0 parent 5:9 classid 5:1 hfsc sc rate 60kbit",
        "class add dev eth0 parent 5:9 classid 5:2 hfsc ls rate 60kbit",
        "filter add dev eth0 parent 5: protocol ip prio 1 u32 match ip tos 0x08 0xff flowid 5:2",
    )
    one, other = sent(lab)
    assert one == pytest.approx(15_000, rel=0.15)
    assert other == pytest.approx(5000, rel=0.4)


class Slow:
    """A device that sends what its discipline gives, and tells when."""

    qlen, mtu = 1000, 1500

    def __init__(self) -> None:
        self.engine: Any = self
        self.time = 0
        self.wakes: list[int] = []
        self.sent: list[tuple[int, int]] = []

    def now(self) -> int:
        return self.time

    def after(self, delay: int, _call: object) -> Any:
        self.wakes.append(self.time + delay)
        return SimpleNamespace(cancel=self.wakes.clear)

    def send(self, skb: Any) -> None:
        self.sent.append((self.time, skb.frame.length))


def served(options: dict[str, int], frames: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """When frames leave, and their lengths: each comes so long after the one before it."""
    slow: Any = Slow()
    hfsc = Hfsc(slow, 5)
    hfsc.add_class(1, 0, options)
    comes = 0
    for gap, size in frames:
        comes += gap
        while slow.wakes and slow.wakes[0] <= comes:
            slow.time = slow.wakes.pop(0)
            hfsc.run()
        slow.time = comes
        frame: Any = SimpleNamespace(frame=SimpleNamespace(length=size), gso=None, sender=None, priority=5 << 16 | 1)
        hfsc.transmit(frame)
    while slow.wakes:
        slow.time = slow.wakes.pop(0)
        hfsc.run()
    return slow.sent  # type: ignore[no-any-return]


FRAMES = st.lists(st.tuples(st.integers(0, SECOND // 5), st.integers(60, 1500)), min_size=1, max_size=20)


@given(rate=st.integers(1000, 10**6), delay=st.integers(0, 10**5), frames=FRAMES)
@settings(max_examples=examples(200))
def test_no_class_ever_sends_more_than_its_limit(rate: int, delay: int, frames: list[tuple[int, int]]) -> None:
    """Also after it was idle: of the frames of any span, all but the last one fit its rate.  None is lost."""
    limited = {"ls_m1": 3 * rate, "ls_d": delay, "ls_m2": rate, "ul_m2": rate}
    sent = served({"rt_m2": rate} if delay % 2 else limited, frames)
    assert [size for _, size in sent] == [size for _, size in frames]
    for first, (began, _) in enumerate(sent):
        work = 0
        for at, size in sent[first:]:
            assert work * SECOND <= rate * (at - began + 200_000)
            work += size


def test_a_frame_without_a_class_is_dropped_and_its_sender_learns_nothing() -> None:
    lab = shaped(f"{CLASS} sc rate 1mbit", default=7)
    assert ping(lab, "a", "10.0.0.2").stderr == ""
    assert drops(lab)[-1] == (DropReason.QDISC_DROP, "eth0", "hfsc: it belongs to no class")


def test_without_any_class_frames_leave_at_once() -> None:
    assert max(send(shaped(default=0), 3)) < MILLISECOND


INNER = "class add dev eth0 parent 5:1 classid 5:2 hfsc ls rate 10kbit"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("class del dev eth0 classid 5:1", "Error: HFSC class in use.\n"),
        ("class del dev eth0 classid 5:9", "RTNETLINK answers: No such file or directory\n"),
        ("class add dev eth0 parent 5:1 classid 5:2 hfsc sc rate 1mbit", "RTNETLINK answers: File exists\n"),
        ("class add dev eth0 parent 5:9 classid 5:3 hfsc ls m2 8bit", "RTNETLINK answers: No such file or directory\n"),
        ("class add dev eth0 root classid 5:3 hfsc sc rate 1mbit", "RTNETLINK answers: File exists\n"),
        ("qdisc add dev eth0 parent 5:1 handle 9: pfifo", "RTNETLINK answers: Invalid argument\n"),
        (
            "class add dev eth0 parent 5:4 classid 5:5 hfsc ls rate 1mbit",
            "vnetsim: not modelled: an hfsc class below one with a real-time curve only\n",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(line: str, said: str) -> None:
    lab = shaped(f"{CLASS} sc rate 1mbit", INNER, "class add dev eth0 parent 5: classid 5:4 hfsc rt rate 1mbit")
    result = lab.run(f"{INSIDE}tc {line}")
    assert (result.stderr, result.exit_code) == (said, 2)


def test_a_class_is_a_leaf_again_when_the_one_below_it_is_gone() -> None:
    lab = shaped(f"{CLASS} sc rate 80kbit ul rate 80kbit", INNER)
    assert max(send(lab, 3), default=0) == 0
    assert lab.run(f"{INSIDE}tc class del dev eth0 classid 5:2")
    assert len(send(lab, 3)) >= 3


def test_what_waits_in_a_class_is_lost_with_it_and_curves_change() -> None:
    lab = shaped(f"{CLASS} sc rate 8kbit ul rate 8kbit")
    lab.run(f"{INSIDE}ping -q -c 20 -l 20 -s 958 -W 1 10.0.0.2 &")
    lab.sleep(0.5)
    assert lab.run(f"{INSIDE}tc class change dev eth0 classid 5:1 hfsc sc rate 80kbit ul rate 80kbit")
    lab.sleep(1)
    assert int(lab.run(f"{INSIDE}tc -s class show dev eth0 classid 5:1").stdout.split("Sent ")[1].split()[0]) > 8000
    assert lab.run(f"{INSIDE}tc class del dev eth0 classid 5:1")
    assert "backlog 0b 0p" in lab.run(f"{INSIDE}tc -s qdisc show dev eth0").stdout

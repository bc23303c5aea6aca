"""Deficit round robin: who has a class, and how classes share what a slow device sends (recorded on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.kernel.qdisc.test_hooks import INSIDE, drops
from tests.machines import pair, ping
from vnetsim import Lab
from vnetsim.dropreason import DropReason

BELOW_TBF = ("qdisc add dev eth0 root handle 9: tbf rate 80kbit burst 1600 limit 100000",)


def shared(discipline: str, *lines: str) -> Lab:
    """a's eth0 sends 80 kbit/s, which `discipline` shares."""
    lab = pair(watch=True)
    ping(lab, "a", "10.0.0.2")
    for line in (*BELOW_TBF, f"qdisc add dev eth0 parent 9:1 handle 1: {discipline}", *lines):
        assert lab.run(f"{INSIDE}tc {line}"), line
    return lab


def sent(lab: Lab, seconds: float) -> list[int]:
    """Bytes of each class while two senders have more than fits."""
    for tos in ("0x00", "0x08"):
        lab.run(f"{INSIDE}ping -q -c 30 -l 30 -s 958 -W 1 -Q {tos} 10.0.0.2 &")
    lab.sleep(seconds)
    lines = lab.run(f"{INSIDE}tc -s class show dev eth0").stdout.splitlines()
    inner = next(index for index, line in enumerate(lines) if " 1:1 " in line)
    return [int(line.split()[1]) for line in lines[inner:] if line.startswith(" Sent")]


def two_classes(first: int, second: int) -> Lab:
    return shared(
        "drr",
        f"class add dev eth0 parent 1: classid 1:1 drr quantum {first}",
        f"class add dev eth0 parent 1: classid 1:2 drr quantum {second}",
        "filter add dev eth0 parent 1: protocol ip prio 1 u32 match ip tos 0x08 0xff flowid 1:2",
        "filter add dev eth0 parent 1: prio 2 matchall flowid 1:1",
    )


@pytest.mark.parametrize(("first", "second"), [(1000, 1000), (1000, 3000), (3000, 1000), (500, 1500)])
def test_classes_share_by_their_quanta(first: int, second: int) -> None:
    one, other = sent(two_classes(first, second), 2)
    assert one / (one + other) == pytest.approx(first / (first + second), abs=0.1)


def test_a_frame_without_a_class_is_dropped_and_its_sender_learns_nothing() -> None:
    lab = shared("drr")
    assert ping(lab, "a", "10.0.0.2").stderr == ""
    assert drops(lab)[-1] == (DropReason.QDISC_DROP, "eth0", "drr: it belongs to no class")


def test_what_waits_in_a_class_that_is_deleted_is_lost() -> None:
    lab = two_classes(1000, 1000)
    sent(lab, 0.5)
    assert lab.run(f"{INSIDE}tc filter del dev eth0 parent 1:")
    assert lab.run(f"{INSIDE}tc class del dev eth0 classid 1:1")
    assert lab.run(f"{INSIDE}tc class del dev eth0 classid 1:2")
    # One frame has left its class already: the slow discipline above has looked at it.
    assert "backlog 1000b 1p" in lab.run(f"{INSIDE}tc -s qdisc show dev eth0 parent 9:1").stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("class add dev eth0 parent 1: classid 1:3 drr quantum 0", "Error: Specified DRR quantum cannot be zero.\n"),
        ("class add dev eth0 parent 1: classid 1:1 drr", "RTNETLINK answers: File exists\n"),
        ("class change dev eth0 classid 1:9 drr quantum 5", "RTNETLINK answers: No such file or directory\n"),
        ("class del dev eth0 classid 1:1", "Error: DRR class is in use.\n"),
        ("class del dev eth0 classid 1:9", "RTNETLINK answers: No such file or directory\n"),
    ],
)
def test_what_is_refused(line: str, said: str) -> None:
    result = two_classes(1000, 1000).run(f"{INSIDE}tc {line}")
    assert (result.stderr, result.exit_code) == (said, 2)

"""Strict bands first, then bands that share by their quanta (recorded on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.kernel.qdisc.test_drr import sent, shared
from tests.kernel.qdisc.test_hooks import INSIDE

#: Best effort is priority 0, bulk (TOS 8) priority 2.
MAP = "priomap 0 1 1"


def test_a_strict_band_leaves_nothing_to_others_while_it_has_frames() -> None:
    first, second = sent(shared(f"ets strict 2 {MAP}"), 2)
    assert first > 0
    assert second <= 2000


@pytest.mark.parametrize(("first", "second"), [(1000, 1000), (1000, 3000)])
def test_the_others_share_by_their_quanta(first: int, second: int) -> None:
    one, other = sent(shared(f"ets quanta {first} {second} {MAP}"), 2)
    assert one / (one + other) == pytest.approx(first / (first + second), abs=0.1)


def test_bands_that_go_lose_what_waits_in_them() -> None:
    lab = shared(f"ets bands 2 {MAP}")
    sent(lab, 0.5)
    assert lab.run(f"{INSIDE}tc qdisc change dev eth0 parent 9:1 handle 1: ets bands 1")
    assert lab.run(f"{INSIDE}tc class show dev eth0").stdout.endswith("class ets 1:1 root quantum 1514 \n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("change dev eth0 classid 1:1 ets quantum 9", "Error: Strict bands do not have a configurable quantum.\n"),
        ("change dev eth0 classid 1:9 ets quantum 9", "RTNETLINK answers: No such file or directory\n"),
        (
            "add dev eth0 parent 1: classid 1:7 ets quantum 9",
            "Error: Fine-grained class addition and removal is not supported.\n",
        ),
        ("del dev eth0 classid 1:1", "RTNETLINK answers: Operation not supported\n"),
        ("change dev eth0 classid 1:2 ets quantum 9", ""),
    ],
)
def test_classes_are_those_of_the_bands(line: str, said: str) -> None:
    assert shared("ets bands 2 strict 1").run(f"{INSIDE}tc class {line}").stderr == said

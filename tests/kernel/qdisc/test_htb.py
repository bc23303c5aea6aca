"""Classes of htb: what tc shows of them, and how long frames wait (recorded on Linux 6.18, iproute2 6.1)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.qdisc.test_tbf import FRAME, FRAME_NS, send
from tests.kernel.wires import lost
from tests.machines import pair, ping
from vnetsim import Lab
from vnetsim.clock import MILLISECOND
from vnetsim.dropreason import DropReason


def shaped(*words: str) -> Lab:
    lab = pair(watch=True)
    ping(lab, "a", "10.0.0.2")
    for line in ("qdisc add dev eth0 root handle 5:0 htb default 1", *words):
        assert lab.run(f"ip netns exec a tc {line}"), line
    return lab


def tc(lab: Lab, line: str) -> tuple[int, str]:
    result = lab.run(f"ip netns exec a tc {line}")
    return result.exit_code, result.output


CLASS = "class add dev eth0 parent 5:0 classid 5:1 htb rate 80kbit burst 2000"


def test_a_class_sends_while_it_has_tokens_and_pays_afterwards() -> None:
    """The bucket of the ceiling holds 1600 bytes: it is overdrawn by the second frame."""
    first, second, third, fourth = send(shaped(CLASS), 4)
    assert second - first < MILLISECOND
    debt = 2 * FRAME - 1600
    assert third - second == pytest.approx(debt * FRAME_NS // FRAME, abs=MILLISECOND)
    assert fourth - third == pytest.approx(FRAME_NS, abs=1000)


def test_without_its_default_class_frames_leave_at_once() -> None:
    lab = shaped()
    assert max(send(lab, 3)) < MILLISECOND
    assert "direct_packets_stat 3 direct_qlen 1000" in tc(lab, "qdisc show dev eth0")[1]


def test_frames_wait_below_the_class_first() -> None:
    lab = shaped(CLASS, "qdisc add dev eth0 parent 5:1 handle 10: netem delay 50ms")
    first, second, third = send(lab, 3)
    assert 50 * MILLISECOND <= first <= second < 51 * MILLISECOND
    assert third - second > 40 * MILLISECOND


def test_a_full_queue_drops() -> None:
    lab = shaped(CLASS, "qdisc add dev eth0 parent 5:1 handle 10: netem delay 1ms limit 3")
    assert len(send(lab, 20)) == 3
    assert lost(lab).count(DropReason.QDISC_DROP) == 17


INNER = (
    "class add dev eth0 parent 5: classid 5:9 htb rate 160kbit ceil 160kbit",
    "class add dev eth0 parent 5:9 classid 5:1 htb rate 40kbit ceil 160kbit",
    "class add dev eth0 parent 5:9 classid 5:2 htb rate 40kbit ceil 80kbit",
)


def test_a_class_borrows_up_to_its_ceiling() -> None:
    """Alone it has all of the class above: a frame takes half as long as at 80 kbit/s."""
    times = send(shaped(*INNER), 6)
    assert times[5] - times[4] == pytest.approx(FRAME_NS // 2, abs=1000)


def test_classes_are_counted_and_shown_by_level() -> None:
    lab = shaped(*INNER)
    send(lab, 4)
    shown = tc(lab, "-s class show dev eth0")[1]
    assert "class htb 5:9 root rate 160Kbit" in shown
    assert "class htb 5:1 parent 5:9 prio 0 rate 40Kbit ceil 160Kbit" in shown
    assert " lended: 2 borrowed: 2 giants: 0" in shown


@pytest.mark.parametrize("minor", ["9", "2"])
def test_a_class_in_use_stays(minor: str) -> None:
    lab = shaped(*INNER)
    code, said = tc(lab, f"class del dev eth0 classid 5:{minor}")
    assert (code, said) == ((2, "Error: HTB class in use.\n") if minor == "9" else (0, ""))


@given(rate=st.integers(2, 40), ceiling=st.integers(2, 80), frames=st.integers(4, 30), size=st.integers(200, 1400))
@settings(max_examples=12, deadline=None)
def test_a_class_never_exceeds_its_ceiling(rate: int, ceiling: int, frames: int, size: int) -> None:
    """In no interval more leaves than the ceiling gives, its burst, and the frame that overdraws it."""
    ceiling = max(rate, ceiling)
    lab = shaped(f"class add dev eth0 parent 5: classid 5:9 htb rate {ceiling * 2}kbit",
                 f"class add dev eth0 parent 5:9 classid 5:1 htb rate {rate}kbit ceil {ceiling}kbit")  # fmt: skip
    times = send(lab, frames, size=size)
    for first in range(len(times)):
        for last in range(first + 1, len(times)):
            sent = (last - first) * (size + 42)
            assert sent <= ceiling * 125 * (times[last] - times[first]) / 1_000_000_000 + 1600 + 2 * (size + 42)

"""Classes of htb: what tc shows of them, and how long frames wait (recorded on Linux 6.18, iproute2 6.1)."""

from __future__ import annotations

import pytest

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

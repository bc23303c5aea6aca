"""Classes of htb: what tc shows of them, and how long frames wait (recorded on Linux 6.18, iproute2 6.1)."""

from __future__ import annotations

import re

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


def test_what_tc_shows() -> None:
    lab = shaped("class add dev eth0 parent 5:0 classid 5:1 htb rate 10.000000Mbit burst 15k")
    assert tc(lab, "qdisc show dev eth0")[1].startswith(
        "qdisc htb 5: root refcnt 3 r2q 10 default 0x1 direct_packets_stat 0 direct_qlen 1000\n"
    )
    assert tc(lab, "class show dev eth0")[1] == (
        "class htb 5:1 root prio 0 rate 10Mbit ceil 10Mbit burst 15Kb cburst 1600b \n"
    )
    assert tc(lab, "-d class show dev eth0")[1] == (
        "class htb 5:1 root prio 0 quantum 125000 rate 10Mbit ceil 10Mbit linklayer ethernet burst 15Kb/1 mpu 0b "
        "cburst 1600b/1 mpu 0b level 0 \n"
    )
    assert tc(lab, "-s class show dev eth0")[1].endswith(
        " Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) \n backlog 0b 0p requeues 0\n"
        " lended: 0 borrowed: 0 giants: 0\n tokens: 192000 ctokens: 20000\n\n"
    )
    assert tc(lab, "qdisc add dev eth0 parent 5:1 handle 12: pfifo limit 7") == (0, "")
    assert tc(lab, "qdisc show dev eth0")[1].endswith("qdisc pfifo 12: parent 5:1 limit 7p\n")
    assert "class htb 5:1 root leaf 12: prio 0" in tc(lab, "class show dev eth0")[1]
    assert tc(lab, "class del dev eth0 classid 5:1") == (0, "")
    assert tc(lab, "class show dev eth0") == (0, "")


def test_a_quantum_that_is_changed_is_a_warning() -> None:
    lab = shaped()
    assert tc(lab, "class add dev eth0 parent 5:0 classid 5:1 htb rate 20Mbit") == (
        0, "Warning: sch_htb: quantum of class 50001 is big. Consider r2q change.\n")  # fmt: skip


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("class add dev eth0 parent 5:0 classid 5:1 htb rate 10Mbit", (2, "RTNETLINK answers: File exists\n")),
        ("class add dev eth0 parent 6:0 classid 6:1 htb rate 1Mbit",
         (2, "RTNETLINK answers: No such file or directory\n")),
        ("class add dev eth0 parent 5:0 classid 5:9 htb", (1, '"rate" is required.\n')),
        ("qdisc add dev eth0 parent 5:7 handle 11: netem delay 1ms", (2, "Error: Specified class not found.\n")),
        ("qdisc change dev eth0 root handle 5: htb default 2",
         (2, "Error: Change operation not supported by specified qdisc.\n")),
        ("qdisc add dev eth0 root htb", (2, "Error: Exclusivity flag on, cannot modify.\n")),
    ],
)  # fmt: skip
def test_what_is_refused(line: str, answer: tuple[int, str]) -> None:
    assert tc(shaped(CLASS), line) == answer


@pytest.mark.parametrize(
    "line",
    [
        "class add dev eth0 parent 5:1 classid 5:3 htb rate 1Mbit",
        "class add dev eth0 parent 5:0 classid 5:3 htb rate 1Mbit overhead 4",
        "class add dev eth0 parent 5:0 classid 5:3 hfsc sc rate 1Mbit",
        "qdisc add dev eth0 parent 5:1 handle 9: tbf rate 1Mbit burst 1500 latency 1ms",
        "qdisc add dev eth0 parent 5:1 handle 9: fq_codel",
        "filter add dev eth0 parent 5:0 matchall",
    ],
)
def test_what_is_not_modelled_says_so(line: str) -> None:
    status, output = tc(shaped(CLASS), line)
    assert status != 0
    assert re.match(r"vnetsim: not modelled: ", output)

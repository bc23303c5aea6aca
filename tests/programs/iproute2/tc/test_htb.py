"""The options of htb and of its classes (recorded with iproute2 6.1)."""

from __future__ import annotations

import pytest

from tests.machines import pair
from vnetsim import Lab

CLASS = "class add dev eth0 parent 5:0 classid 5:1 htb rate 80kbit burst 2000"


def shaped(*words: str) -> Lab:
    lab = pair()
    for line in ("qdisc add dev eth0 root handle 5:0 htb default 1", *words):
        assert lab.run(f"ip netns exec a tc {line}"), line
    return lab


def tc(lab: Lab, line: str) -> tuple[int, str]:
    result = lab.run(f"ip netns exec a tc {line}")
    return result.exit_code, result.output


def test_a_quantum_that_is_changed_is_a_warning() -> None:
    lab = shaped()
    assert tc(lab, "class add dev eth0 parent 5:0 classid 5:1 htb rate 20Mbit") == (
        0, "Warning: sch_htb: quantum of class 50001 is big. Consider r2q change.\n")  # fmt: skip


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("rate 1Mbit ceil 2mbit burst 5k cburst 6k prio 3 quantum 1600",
         "class htb 5:1 root prio 3 rate 1Mbit ceil 2Mbit burst 5Kb cburst 6Kb \n"),
        ("rate 1Mbit", "class htb 5:1 root prio 0 rate 1Mbit ceil 1Mbit burst 1600b cburst 1600b \n"),
    ],
)  # fmt: skip
def test_options_of_a_class(words: str, shown: str) -> None:
    lab = shaped(f"class add dev eth0 parent 5:0 classid 5:1 htb {words}")
    assert tc(lab, "class show dev eth0") == (0, shown)


def test_options_of_the_discipline() -> None:
    lab = pair()
    assert tc(lab, "qdisc add dev eth0 root htb default 12 r2q 5") == (0, "")
    assert "r2q 5 default 0x12 direct_packets_stat 0" in tc(lab, "qdisc show dev eth0")[1]


def test_what_is_no_number() -> None:
    status, output = tc(shaped(), "class add dev eth0 parent 5:0 classid 5:9 htb rate foo")
    assert (status, output.splitlines()[0]) == (1, 'Illegal "rate"')
    assert output.endswith("TC HTB version 3.3\n")
    for words in ("default zz", "r2q many", "offload", "nosuch 1"):
        assert tc(pair(), f"qdisc add dev eth0 root htb {words}")[0] != 0

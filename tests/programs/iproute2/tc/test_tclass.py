"""`tc class`: what it shows and refuses of classes of htb (recorded on Linux 6.18, iproute2 6.1)."""

from __future__ import annotations

import re

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
        "class add dev eth0 parent 5:0 classid 5:3 htb rate 1Mbit overhead 4",
        "class add dev eth0 parent 5:0 classid 5:3 qfq weight 10",
        "qdisc add dev eth0 parent 5:1 handle 9: choke limit 10",
        "filter add dev eth0 parent 5:0 bpf",
    ],
)
def test_what_is_not_modelled_says_so(line: str) -> None:
    status, output = tc(shaped(CLASS), line)
    assert status != 0
    assert re.match(r"vnetsim: not modelled: ", output)

"""The options of drr, ets and pie as tc reads and shows them (recorded on Linux 6.18 and iproute2 6.1)."""

from __future__ import annotations

import pytest

from tests.kernel.rtnetlink.test_qdisc import machine, shown
from vnetsim.programs.iproute2.lib.arguments import usage_text

ONES = "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("drr", ""),
        ("ets bands 2", f"bands 2 quanta 1514 1514 priomap {ONES} "),
        ("ets strict 2", f"bands 2 strict 2 priomap {ONES} "),
        (
            "ets bands 3 strict 1 quanta 4000 2000 priomap 0 1 2 2",
            "bands 3 strict 1 quanta 4000 2000 priomap 0 1 2 2 2 2 2 2 2 2 2 2 2 2 2 2 ",
        ),
        ("pie", "limit 1000p target 15ms tupdate 16ms alpha 2 beta 20 "),
        (
            "pie limit 100 target 20ms tupdate 30ms alpha 4 beta 16 ecn bytemode",
            "limit 100p target 20ms tupdate 32ms alpha 4 beta 16 ecn bytemode ",
        ),
    ],
)
def test_what_is_shown(words: str, options: str) -> None:
    lab = machine(f"tc qdisc add dev v0 root handle 1: {words}")
    assert shown(lab) == f"qdisc {words.split(maxsplit=1)[0]} 1: root refcnt 3 {options}\n"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("drr bogus", 1, f'What is "bogus"?\n{usage_text("tc-drr")}'),
        ("ets", 1, f'One of "bands", "quanta" or "strict" needs to be specified\n{usage_text("tc-ets")}'),
        ("ets bogus", 1, f'What is "bogus"?\n{usage_text("tc-ets")}'),
        ("ets bands 17", 1, 'The number of "bands" must be <= 16\n'),
        (
            "ets bands 2 strict 3",
            1,
            f"Not enough total bands to cover all the strict bands and quanta\n{usage_text('tc-ets')}",
        ),
        ("ets bands 2 priomap 0 5", 1, '"priomap" element is out of bounds\n'),
        ("pie alpha 99", 1, 'Illegal "alpha"\n'),
        ("pie target x", 1, 'Illegal "target"\n'),
        ("pie bogus", 1, f'What is "bogus"?\n{usage_text("tc-pie")}'),
        ("pie dq_rate_estimator", 2, "vnetsim: not modelled: pie dq_rate_estimator\n"),
    ],
)
def test_what_is_refused(words: str, status: int, said: str) -> None:
    result = machine().run(f"tc qdisc add dev v0 root {words}")
    assert (result.stderr, result.exit_code) == (said, status)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("numtxqueues 0", "Error: Invalid number of transmit queues.\n"),
        ("numrxqueues 5000", "Error: Invalid number of receive queues.\n"),
        ("numtxqueues x", 'Error: argument "x" is wrong: Invalid "numtxqueues" value\n\n'),
    ],
)
def test_numbers_of_queues_that_are_none(words: str, said: str) -> None:
    lab = machine()
    assert lab.run(f"ip link add d0 {words} type dummy").stderr == said
    assert not lab.run("ip link show d0")


def test_a_device_has_as_many_queues_as_asked_for() -> None:
    lab = machine("ip link add m0 numtxqueues 3 numrxqueues 2 type veth peer name m1 numtxqueues 4")
    assert "numtxqueues 3 numrxqueues 2 " in lab.run("ip -d link show m0").stdout
    assert "numtxqueues 4 numrxqueues " in lab.run("ip -d link show m1").stdout
    lab.run("tc qdisc add dev m0 root pfifo")
    assert "root refcnt 4 " in shown(lab, "dev m0")

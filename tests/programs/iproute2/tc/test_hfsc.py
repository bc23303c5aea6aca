"""The options of hfsc and of its classes as tc reads and shows them (recorded on Linux 6.18 and iproute2 6.1)."""

from __future__ import annotations

import pytest

from tests.kernel.rtnetlink.test_qdisc import machine, shown
from vnetsim.programs.iproute2.lib.arguments import usage_text


@pytest.mark.parametrize(
    ("words", "curves"),
    [
        ("sc rate 1mbit ul rate 1mbit", "sc m1 0bit d 0us m2 1Mbit ul m1 0bit d 0us m2 1Mbit "),
        ("sc rate 700kbit", "sc m1 0bit d 0us m2 700Kbit "),
        (
            "rt m1 500kbit d 10ms m2 100kbit ls rate 300kbit",
            "rt m1 500Kbit d 10ms m2 100Kbit ls m1 0bit d 0us m2 300Kbit ",
        ),
        ("ls m2 100kbit", "ls m1 0bit d 0us m2 100Kbit "),
        ("sc umax 1500b dmax 20ms rate 100kbit", "sc m1 600Kbit d 20ms m2 100Kbit "),
        ("rt umax 1500b dmax 200ms rate 100kbit", "rt m1 0bit d 80ms m2 100Kbit "),
        ("rt dmax 5ms rate 80kbit ls m1 1mbit d 1ms m2 8kbit",
         "rt m1 0bit d 5ms m2 80Kbit ls m1 1Mbit d 1ms m2 8Kbit "),
    ],
)  # fmt: skip
def test_what_is_shown(words: str, curves: str) -> None:
    lab = machine("tc qdisc add dev v0 root handle 1: hfsc", f"tc class add dev v0 parent 1: classid 1:1 hfsc {words}")
    assert lab.run("tc class show dev v0").stdout == f"class hfsc 1: root \nclass hfsc 1:1 parent 1: {curves}\n"
    assert shown(lab) == "qdisc hfsc 1: root refcnt 3 \n"


USAGE = usage_text("tc-hfsc-class")


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("qdisc replace dev v0 root hfsc bogus", 1, f'HFSC: What is "bogus" ?\n{usage_text("tc-hfsc")}'),
        ("qdisc replace dev v0 root hfsc default x", 1, 'HFSC: Illegal "default"\n'),
        ("qdisc replace dev v0 root hfsc default 1 default 2", 1, 'HFSC: Double "default"\n'),
        ("class add dev v0 parent 1: classid 1:1 hfsc", 1, f"HFSC: no parameters given\n{USAGE}"),
        (
            "class add dev v0 parent 1: classid 1:1 hfsc ul rate 1mbit",
            1,
            f"HFSC: Upper-limit Service Curve without Link-Share Service Curve\n{USAGE}",
        ),
        ("class add dev v0 parent 1: classid 1:1 hfsc bogus", 1, f'HFSC: What is "bogus" ?\n{USAGE}'),
        ("class add dev v0 parent 1: classid 1:1 hfsc sc bogus", 1, 'HFSC: Illegal "sc"\n'),
        ("class add dev v0 parent 1: classid 1:1 hfsc sc rate x", 1, 'HFSC: Illegal "rate"\nHFSC: Illegal "sc"\n'),
        (
            "class add dev v0 parent 1: classid 1:1 hfsc sc umax 1500b rate 100kbit",
            1,
            'HFSC: umax given but dmax is zero.\nHFSC: Illegal "sc"\n',
        ),
        (
            "class add dev v0 parent 1: classid 1:1 hfsc sc rate 0bit",
            1,
            'HFSC: Service Curve has two zero slopes\nHFSC: Illegal "sc"\n',
        ),
        (
            "class add dev v0 parent 1: classid 1:1 hfsc sc m1 1mbit",
            255,
            'Command line is not complete. Try option "help"\n',
        ),
        (
            "class add dev v0 parent 1: classid 1:1 hfsc sc rate 10%",
            2,
            "vnetsim: not modelled: hfsc rate in percent\n",
        ),
    ],
)
def test_what_is_refused(line: str, status: int, said: str) -> None:
    result = machine("tc qdisc add dev v0 root handle 1: hfsc").run(f"tc {line}")
    assert (result.stderr, result.exit_code) == (said, status)


def test_its_default_class_is_text_also_in_json() -> None:
    lab = machine("tc qdisc add dev v0 root handle 1: hfsc default 20")
    assert "not modelled: tc -j for hfsc" in lab.run("tc -j qdisc show dev v0").stderr

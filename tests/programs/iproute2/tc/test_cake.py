"""The options of cake as tc reads and shows them (recorded on Linux 6.18 and iproute2 6.1)."""

from __future__ import annotations

import json

import pytest

from tests.kernel.rtnetlink.test_qdisc import machine, shown
from vnetsim.programs.iproute2.lib.arguments import usage_text

REST = "nonat nowash no-ack-filter split-gso rtt 100ms raw overhead 0 "


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("", f"bandwidth unlimited diffserv3 triple-isolate {REST}"),
        ("bandwidth 10mbit nat", f"bandwidth 10Mbit diffserv3 triple-isolate {REST.replace('nonat', 'nat')}"),
        ("besteffort wash no-split-gso rtt 50ms dual-srchost ingress",
         ("bandwidth unlimited besteffort dual-srchost "
          f"{REST.replace('nowash', 'wash ingress').replace('split', 'no-split').replace('100ms', '50ms')}")),
        ("flowblind overhead 18 mpu 64 atm metro",
         ("bandwidth unlimited diffserv3 flowblind "
          f"{REST.replace('100ms raw overhead 0', '10ms atm overhead 18 mpu 64')}")),
        ("precedence conservative memlimit 1mb fwmark 0xff",
         ("bandwidth unlimited precedence triple-isolate "
          f"{REST.replace('raw overhead 0', 'atm overhead 48 memlimit 1Mb fwmark 0xff')}")),
        ("bandwidth 1mbit ethernet ether-vlan",
         ("bandwidth 1Mbit diffserv3 triple-isolate "
          f"{REST.replace('raw overhead 0', 'noatm overhead 42 mpu 84')}")),
        ("interplanetary raw", f"bandwidth unlimited diffserv3 triple-isolate {REST.replace('100ms', '1e+03s')}"),
    ],
)  # fmt: skip
def test_what_is_shown(words: str, options: str) -> None:
    lab = machine(f"tc qdisc add dev v0 root handle 1: cake {words}")
    assert shown(lab) == f"qdisc cake 1: root refcnt 3 {options}\n"


def test_options_that_are_not_given_stay() -> None:
    lab = machine("tc qdisc add dev v0 root handle 1: cake pppoe-ptm diffserv4 wash")
    assert lab.run("tc qdisc change dev v0 root handle 1: cake bandwidth 1mbit")
    assert "bandwidth 1Mbit diffserv4 triple-isolate nonat wash " in shown(lab)
    assert "ptm overhead 30" in shown(lab)
    assert lab.run("tc qdisc change dev v0 root handle 1: cake raw unlimited")
    assert "bandwidth unlimited diffserv4" in shown(lab)
    assert "raw overhead 0" in shown(lab)


def test_statistics_as_text_and_as_json() -> None:
    lab = machine("tc qdisc add dev v0 root handle 1: cake bandwidth 10mbit")
    lines = lab.run("tc -s qdisc show dev v0").stdout.splitlines()
    assert lines[3:13] == [
        " memory used: 0b of 4Mb",
        " capacity estimate: 10Mbit",
        " min/max network layer size:        65535 /       0",
        " min/max overhead-adjusted size:    65535 /       0",
        " average network hdr offset:            0",
        "",
        "                   Bulk  Best Effort        Voice",
        "  thresh        625Kbit       10Mbit     2500Kbit",
        "  target         29.1ms          5ms       7.27ms",
        "  interval        124ms        100ms        102ms",
    ]
    assert "  quantum           300          305          300" in lines
    (found,) = json.loads(lab.run("tc -j -s qdisc show dev v0").stdout)
    assert found["options"]["bandwidth"] == 1_250_000
    assert [tin["target_us"] for tin in found["tins"]] == [29_068, 5000, 7267]
    assert list(found["tins"][0])[:4] == ["threshold_rate", "sent_bytes", "backlog_bytes", "target_us"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("bogus", 1, f'What is "bogus"?\n{usage_text("tc-cake")}'),
        ("bandwidth x", 1, 'Illegal "bandwidth"\n'),
        ("rtt x", 1, 'Illegal "rtt"\n'),
        ("overhead 300", 1, 'Illegal "overhead", valid range is -64 to 256\\n\n'),
        ("mpu 300", 1, 'Illegal "mpu", valid range is 0 to 256\\n\n'),
        ("memlimit x", 1, 'Illegal value for "memlimit": "x"\n'),
        ("fwmark x", 1, 'Illegal value for "fwmark": "x"\n'),
        ("lan metro", 255, 'Error: duplicate "metro": "lan" is the second value.\n'),
        ("ack-filter", 2, "vnetsim: not modelled: cake ack-filter\n"),
        ("autorate-ingress", 2, "vnetsim: not modelled: cake autorate-ingress\n"),
    ],
)
def test_what_is_refused(words: str, status: int, said: str) -> None:
    result = machine().run(f"tc qdisc add dev v0 root cake {words}")
    assert (result.stderr, result.exit_code) == (said, status)

"""`tc filter`: what it shows and refuses (recorded on Linux 6.18 and iproute2 6.1)."""

from __future__ import annotations

import pytest

from tests.kernel.rtnetlink.test_qdisc import machine
from vnetsim import Lab

TALK = "We have an error talking to the kernel\n"


def with_clsact() -> Lab:
    return machine("tc qdisc add dev v0 clsact")


def shown(words: str, options: str = "") -> str:
    lab = with_clsact()
    assert lab.run(f"tc filter add dev v0 egress {words}"), words
    return lab.run(f"tc {options} filter show dev v0 egress").stdout


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            "matchall action drop",
            (
                "filter protocol all pref 49152 matchall chain 0 \n"
                "filter protocol all pref 49152 matchall chain 0 handle 0x1 \n"
                "  not_in_hw\n"
                "\taction order 1: gact action drop\n"
                "\t random type none pass val 0\n"
                "\t index 1 ref 1 bind 1\n\n"
            ),
        ),
        (
            "protocol all prio 4 matchall classid 1:7",
            (
                "filter protocol all pref 4 matchall chain 0 \n"
                "filter protocol all pref 4 matchall chain 0 handle 0x1 flowid 1:7 \n"
                "  not_in_hw\n"
            ),
        ),
        (
            "protocol ip prio 4 handle 7 fw action drop",
            (
                "filter protocol ip pref 4 fw chain 0 \n"
                "filter protocol ip pref 4 fw chain 0 handle 0x7 \n\n"
                "\taction order 1: gact action drop\n"
                "\t random type none pass val 0\n"
                "\t index 1 ref 1 bind 1\n\n"
            ),
        ),
        (
            "protocol ip u32",
            (
                "filter protocol ip pref 49152 u32 chain 0 \n"
                "filter protocol ip pref 49152 u32 chain 0 fh 800: ht divisor 1 \n"
            ),
        ),
    ],
)
def test_what_is_shown(words: str, lines: str) -> None:
    assert shown(words) == lines


def test_json() -> None:
    assert shown("matchall action drop", "-j") == (
        '[{"protocol":"all","pref":49152,"kind":"matchall","chain":0},'
        '{"protocol":"all","pref":49152,"kind":"matchall","chain":0,"options":{"handle":1,"not_in_hw":true,'
        '"actions":[{"order":1,"kind":"gact","control_action":{"type":"drop"},'
        '"prob":{"random_type":"none","control_action":{"type":"pass"},"val":0},"index":1,"ref":1,"bind":1}]}}]\n'
    )


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("add dev nosuch ingress matchall action drop", 1, 'Cannot find device "nosuch"\n'),
        ("add dev v0 ingress bogus action drop", 1, 'Unknown filter "bogus", hence option "action" is unparsable\n'),
        ("add dev v0 ingress parent 1: matchall", 255, 'Error: duplicate "parent": "1:" is the second value.\n'),
        ("add dev v0 protocol bogus matchall", 255, 'Error: argument "bogus" is wrong: invalid protocol\n'),
        ("add dev v0 prio bogus matchall", 255, 'Error: argument "bogus" is wrong: invalid priority value\n'),
        ("add dev v0 parent x: matchall", 255, 'Error: argument "x:" is wrong: Invalid parent ID\n'),
        ("add dev v0 ingress handle zz fw flowid 1:1", 1, 'Illegal "handle"\n'),
        ("add dev v0 ingress matchall flowid zz action drop", 1, 'Illegal "classid"\n'),
        ("add dev v0 ingress matchall action", 255, 'Command line is not complete. Try option "help"\n'),
        ("add dev v0 ingress matchall", 2, f"RTNETLINK answers: Invalid argument\n{TALK}"),
        ("add dev v0 parent ffff: matchall action drop", 2, f"RTNETLINK answers: Invalid argument\n{TALK}"),
        ("add dev v0 ingress u32 police rate 1mbit", 1, "'burst' requires 'rate'.\nIllegal \"police\"\n"),
        (
            "del dev v0 ingress protocol ip",
            2,
            f"Error: Cannot flush filters with protocol, handle or kind set.\n{TALK}",
        ),
        ("bogus", 255, 'Command "bogus" is unknown, try "tc filter help".\n'),
        ("show dev v0 bogus", 255, ' What is "bogus"? Try "tc filter help"\n'),
        ("get dev v0", 2, "vnetsim: not modelled: tc filter get\n"),
        ("add dev v0 ingress chain 3 matchall", 2, "vnetsim: not modelled: tc filter chain\n"),
        ("add dev v0 ingress basic match x", 2, "vnetsim: not modelled: tc filter basic\n"),
        ("add dev v0 root matchall action drop", 2, "vnetsim: not modelled: tc filter root\n"),
        ("add dev v0 ingress handle 1/2 fw action drop", 2, "vnetsim: not modelled: fw with a mask\n"),
        ("add dev v0 ingress matchall skip_sw action drop", 2, "vnetsim: not modelled: matchall skip_sw\n"),
    ],
)
def test_what_is_refused(line: str, status: int, said: str) -> None:
    lab = with_clsact()
    result = lab.run(f"tc filter {line}")
    assert (result.stderr, result.exit_code, result.stdout) == (said, status, "")
    assert lab.run("tc filter show dev v0 ingress").stdout == ""


def test_help_and_devices_without_filters() -> None:
    assert with_clsact().run("tc filter help").stderr.startswith("Usage: tc filter [ add | del | change | replace")
    assert with_clsact().run("tc filter show dev v1; tc filter show dev v0 root; tc filter show").output == ""

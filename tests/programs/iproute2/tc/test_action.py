"""Actions as tc reads and shows them (recorded on Linux 6.18 and iproute2 6.1)."""

from __future__ import annotations

import pytest

from tests.programs.iproute2.tc.test_tcfilter import TALK, shown, with_clsact
from vnetsim.programs.iproute2.lib.arguments import usage_text


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("ok", ["gact action pass", "\t random type none pass val 0", "\t index 1 ref 1 bind 1"]),
        ("gact shot", ["gact action drop", "\t random type none pass val 0", "\t index 1 ref 1 bind 1"]),
        ("skbedit priority 1:3 mark 7", ["skbedit  priority 1:3 mark 7 pipe", "\t index 1 ref 1 bind 1"]),
        ("skbedit mark 3 drop", ["skbedit  mark 3 drop", "\t index 1 ref 1 bind 1"]),
        ("skbedit mark 0xff/0x0f", ["skbedit  mark 255/0xf pipe", "\t index 1 ref 1 bind 1"]),
        ("skbedit mark 5/0", ["skbedit  mark 5/0 pipe", "\t index 1 ref 1 bind 1"]),
        (
            "mirred egress mirror dev v1",
            ["mirred (Egress Mirror to device v1) pipe", "\tindex 1 ref 1 bind 1"],
        ),
        (
            "mirred ingress redirect dev v1",
            ["mirred (Ingress Redirect to device v1) stolen", "\tindex 1 ref 1 bind 1"],
        ),
        (
            "police rate 8kbit burst 100 conform-exceed pass/pipe",
            [" police 0x1 rate 8Kbit burst 100b mtu 2Kb action pass/pipe overhead 0b ", "\tref 1 bind 1 "],
        ),
        ("vlan pop", ["vlan  pop pipe", "\t index 1 ref 1 bind 1"]),
        ("vlan push id 5", ["vlan  push id 5 protocol 802.1Q priority 0 pipe", "\t index 1 ref 1 bind 1"]),
        ("vlan modify id 7 drop", ["vlan  modify id 7 protocol 802.1Q drop", "\t index 1 ref 1 bind 1"]),
    ],
)
def test_what_is_shown(words: str, lines: list[str]) -> None:
    found = shown(f"matchall action {words}").split("not_in_hw\n")[1].splitlines()
    assert [found[0].removeprefix("\taction order 1: "), *filter(None, found[1:])] == lines


def test_counters_and_times() -> None:
    assert shown("matchall action drop", "-s").endswith(
        "\t index 1 ref 1 bind 1 installed 0 sec used 0 sec\n"
        "\tAction statistics:\n"
        "\tSent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) \n"
        "\tbacklog 0b 0p requeues 0\n\n"
    )


def test_more_of_police_is_shown_where_asked_for() -> None:
    assert " mtu 2Kb [00138800] action reclassify overhead 0b linklayer ethernet \n" in shown(
        "matchall police rate 1mbit burst 10k", "-r -d"
    )


def test_json() -> None:
    assert '"actions":[{"order":1,"kind":"vlan","vlan_action":"push","id":7,"protocol":"802.1Q","priority":0,' in shown(
        "matchall action vlan push id 7", "-j"
    )


def failed(kind: str, count: int, problem: str) -> str:
    return f'{problem}\nbad action parsing\nparse_action: bad value ({count}:{kind})!\nIllegal "action"\n'


USAGE = usage_text("tc-vlan").rstrip()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("bogus", 255, f"Bad action type bogus\n{usage_text('tc-gact')}"),
        ("drop bogus", 255, f"Bad action type bogus\n{usage_text('tc-gact')}"),
        ("vlan bogus", 255, f"Bad action type bogus\n{usage_text('tc-gact')}"),
        ("mirred egress redirect dev nosuch", 1, failed("mirred", 5, 'Cannot find device "nosuch"')),
        ("mirred up redirect dev v1", 1, failed("mirred", 5, "mirred option not supported up")),
        ("mirred egress mirror v1", 255, 'Command line is not complete. Try option "help"\n'),
        ("mirred egress", 255, 'Command line is not complete. Try option "help"\n'),
        (
            "police burst 10k drop",
            1,
            failed("police", 4, "'rate' or 'avrate' or 'mtu' or 'pkts_rate' MUST be specified."),
        ),
        ("police rate 1mbit drop", 1, failed("police", 4, "'burst' requires 'rate'.")),
        ("police rate x burst 10k", 255, 'Error: argument "x" is wrong: rate\n'),
        ("police rate 1mbit burst x", 255, 'Error: argument "x" is wrong: buffer\n'),
        ("police rate 1mbit burst 10k mtu 100", 2, f"RTNETLINK answers: Cannot allocate memory\n{TALK}"),
        ("police rate 1mbit burst 10k conform-exceed x", 1, failed("police", 7, "Bad action type x")),
        ("skbedit mark zz", 1, failed("skbedit", 3, "Illegal mark")),
        ("skbedit priority zz", 1, failed("skbedit", 3, "Illegal priority")),
        ("vlan push", 1, failed("vlan", 2, f"id needs to be set for push\n{USAGE}")),
        ("vlan push id zz", 255, 'Error: argument "zz" is wrong: id is invalid\n'),
        ("vlan push id 7 priority 9", 255, 'Error: argument "9" is wrong: prio is invalid\n'),
        ("vlan push id 5000", 2, f"RTNETLINK answers: Numerical result out of range\n{TALK}"),
        ("vlan push id 7 protocol ip", 1, failed("vlan", 6, f"protocol not supported\n{USAGE}")),
        ("vlan push protocol x id 7", 255, 'Error: argument "x" is wrong: protocol is invalid\n'),
        ("vlan pop id 7", 255, 'Error: argument "id" is wrong: only valid for push/modify\n'),
        ("skbedit mark 5/x", 1, failed("skbedit", 3, "Illegal mask")),
        ("drop index 5", 2, "vnetsim: not modelled: index of an action\n"),
        ("mirred egress mirror dev v1 index 7", 2, "vnetsim: not modelled: index of an action\n"),
        ("pass cookie a1b2", 2, "vnetsim: not modelled: cookie of an action\n"),
        ("pass hw_stats disabled", 2, "vnetsim: not modelled: hw_stats of an action\n"),
        ("vlan push_eth", 2, "vnetsim: not modelled: action vlan push_eth\n"),
        ("drop random determ pass 2", 2, "vnetsim: not modelled: gact random\n"),
        ("pedit ex munge ip ttl set 3", 2, "vnetsim: not modelled: action pedit\n"),
        ("goto chain 3", 2, "vnetsim: not modelled: action goto\n"),
        ("mirred egress redirect dev v1 pipe", 2, "vnetsim: not modelled: mirred with a verdict\n"),
        ("police rate 1mbit burst 10k overhead 4", 2, "vnetsim: not modelled: police overhead\n"),
        ("police mtu 1000 drop", 2, "vnetsim: not modelled: police without a rate\n"),
        ("skbedit ptype host", 2, "vnetsim: not modelled: skbedit ptype\n"),
    ],
)
def test_what_is_refused(words: str, status: int, said: str) -> None:
    result = with_clsact().run(f"tc filter add dev v0 ingress matchall action {words}")
    assert (result.stderr, result.exit_code) == (said, status)

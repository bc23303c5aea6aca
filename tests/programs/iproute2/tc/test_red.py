"""The options of red as tc reads and shows them (recorded on Linux 6.18 and iproute2 6.1)."""

from __future__ import annotations

import pytest

from tests.kernel.rtnetlink.test_qdisc import machine
from vnetsim.programs.iproute2.lib.arguments import usage_text

ASSUMED = "RED: set bandwidth to 10Mbit\n"


@pytest.mark.parametrize(
    ("words", "said", "options"),
    [
        ("limit 400000 min 30000 max 90000 avpkt 1000 burst 55", ASSUMED,
         "limit 400000b min 30000b max 90000b ewma 5 probability 0.02 Scell_log 15"),
        ("limit 60KB min 10K max 30K avpkt 1000 burst 20 ecn probability 0.1 bandwidth 1mbit", "",
         "limit 60Kb min 10Kb max 30Kb ecn ewma 4 probability 0.1 Scell_log 17"),
        ("limit 60KB min 10K max 30K avpkt 1000 burst 20 ecn harddrop", ASSUMED,
         "limit 60Kb min 10Kb max 30Kb ecn harddrop ewma 4 probability 0.02 Scell_log 14"),
        ("limit 60KB min 10K max 30K avpkt 1000 ecn nodrop", ASSUMED,
         "limit 60Kb min 10Kb max 30Kb ecn nodrop ewma 4 probability 0.02 Scell_log 14"),
        ("limit 60KB avpkt 1000 probability 1", ASSUMED,
         "limit 60Kb min 5Kb max 15Kb ewma 3 probability 0.624998 Scell_log 13"),
        ("limit 60KB avpkt 1000", ASSUMED, "limit 60Kb min 5Kb max 15Kb ewma 3 probability 0.02 Scell_log 13"),
    ],
)  # fmt: skip
def test_what_is_shown(words: str, said: str, options: str) -> None:
    lab = machine()
    assert lab.run(f"tc qdisc add dev v0 root handle 1: red {words}").stderr == said
    assert lab.run("tc -d qdisc show dev v0").stdout == f"qdisc red 1: root refcnt 3 {options}\n"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("", 1, "RED: Required parameter (limit, avpkt) is missing\n"),
        ("limit 1000", 1, "RED: Required parameter (limit, avpkt) is missing\n"),
        ("limit x avpkt 1000", 1, 'Illegal "limit"\n'),
        ("limit 60KB avpkt 1000 probability x", 1, 'Illegal "probability"\n'),
        ("limit 60KB avpkt 1000 probability 0", 1, f"{ASSUMED}RED: failed to calculate probability.\n"),
        ("limit 60KB avpkt 1000 bogus", 1, f'What is "bogus"?\n{usage_text("tc-red")}'),
        ("limit 60KB min 10K max 30K avpkt 1000 burst 5", 1,
         f"{ASSUMED}tc_red_eval_ewma() burst 5 is too small ? Try burst 11\nRED: failed to calculate EWMA constant.\n"),
        ("limit 60KB min 10K max 30K avpkt 1000 nodrop", 2,
         f"{ASSUMED}Error: sch_red: nodrop mode is only meaningful with ECN.\n"),
        ("limit 60KB avpkt 1000 adaptive", 2, "vnetsim: not modelled: red adaptive\n"),
        ("limit 60KB avpkt 1000 qevent early_drop block 10", 2, "vnetsim: not modelled: red qevent\n"),
        ("limit 60KB avpkt 1000 bandwidth 10%", 2, "vnetsim: not modelled: red bandwidth in percent\n"),
    ],
)  # fmt: skip
def test_what_is_refused(words: str, status: int, said: str) -> None:
    result = machine().run(f"tc qdisc add dev v0 root red {words}")
    assert (result.stderr, result.exit_code) == (said, status)

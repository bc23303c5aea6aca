"""Rules as iptables and ip6tables 1.8.9 (nf_tables) on Linux 6.18 take, print and refuse them (captured_rules.json).

Each rule was appended, printed by `-S`, `-nvL` and `-vL` without the lines above the rules, and deleted.  Rules
that are not modelled were left out, and so were names of hosts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.programs.iptables.fake_iptables import Bench
from vnetsim.errors import NotModelled

CAPTURED: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("captured_rules.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "real", [pytest.param(real, id=f"{real['program']} {real['chain']} {real['rule']}"[:80]) for real in CAPTURED]
)
def test_a_rule_is_taken_printed_and_deleted_as_by_the_real_one(real: dict[str, Any]) -> None:
    bench, chain, iptables = Bench(), real["chain"], f"{real['program']} -t {real['table']}"
    added = bench.run(f"{iptables} -A {chain} {real['rule']}")
    assert (added.status, added.stderr, added.stdout) == (real["status"], real["stderr"], "")
    for option, expected in (("-S", real["saved"]), ("-nvL", real["numeric"]), ("-vL", real["named"])):
        printed = bench.run(f"{iptables} {option} {chain}").stdout.splitlines()
        assert printed[1 if option == "-S" else 2 :] == expected
    deleted = bench.run(f"{iptables} -D {chain} {real['rule']}")
    assert [deleted.status, deleted.stderr] == real["deleted"]


@pytest.mark.parametrize(
    "rule",
    [
        "-t raw -A PREROUTING -j CT --helper ftp",
        "-t raw -A PREROUTING -j CT --timeout x",
        "-t nat -A POSTROUTING -p tcp -j SNAT --to-source 10.0.0.1:80-90/1080",
        "-t nat -A POSTROUTING -p tcp -j MASQUERADE --to-ports 80-90/1080",
    ],
)
def test_what_is_not_modelled_is_refused_and_adds_nothing(rule: str) -> None:
    bench = Bench()
    with pytest.raises(NotModelled):
        bench.run(f"iptables {rule}")
    assert "-A" not in bench.save()

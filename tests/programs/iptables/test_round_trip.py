"""Saving, restoring and saving again changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.netfilter.drawn_rules import rules
from tests.programs.iptables.fake_iptables import Bench
from vnetsim.netfilter import operations as ops
from vnetsim.netfilter.errors import NetfilterError
from vnetsim.netfilter.rules import DROP as DISCARD
from vnetsim.netfilter.rules import Jump, Rule
from vnetsim.netfilter.tables import BUILTIN
from vnetsim.netfilter.verdicts import ACCEPT, DROP

RECORDED = Path(__file__).parents[2] / "recorded"
OWN = ("A", "DOCKER-USER")
#: What iptables 1.8.9 saves and then refuses itself: masks of nodes of a cluster that are more than 32.
UNRESTORABLE = {("ipt_cluster", 19)}
PLACES = [(table, chain) for table, chains in BUILTIN.items() for chain in (*chains, *OWN)]


def _fitting(rule: Rule, table: str) -> Rule:
    """Without what iptables (not the kernel) forbids at such a place: -i and -o with some chains, DROP in nat."""
    target = Jump("A") if isinstance(rule.target, Jump) or (table, rule.target) == ("nat", DISCARD) else rule.target
    return attrs.evolve(rule, in_device=None, out_device=None, target=target)


@given(
    st.lists(st.tuples(st.sampled_from(PLACES), rules(4), st.integers(0, 10**12), st.integers(0, 10**12)), max_size=8),
    st.lists(st.tuples(st.sampled_from([place for place in PLACES if place[1] not in OWN]), st.booleans()), max_size=3),
)
@settings(max_examples=examples(150), deadline=None)
def test_save_restore_save_is_the_identity(
    appended: list[tuple[tuple[str, str], Rule, int, int]], policies: list[tuple[tuple[str, str], bool]]
) -> None:
    bench = Bench()
    network = bench.network
    for (table, chain), drops in policies:
        network.execute(ops.SetPolicy(table=table, chain=chain, policy=DROP if drops else ACCEPT))
    for (table, chain), rule, packets, size in appended:
        for name in OWN:
            if name not in network.ruleset().table(table).chains:
                network.execute(ops.NewChain(table=table, chain=name))
        rule = _fitting(rule, table)
        try:
            network.execute(ops.AppendRule(table=table, chain=chain, rule=rule, packets=packets, bytes=size))
        except NetfilterError:
            continue
    saved = bench.run("iptables-save -c").stdout
    other = Bench()
    restored = other.run("iptables-restore -c", saved)
    assert (restored.status, restored.stderr) == (0, "")
    assert other.run("iptables-save -c").stdout == saved


def _recorded() -> Iterator[tuple[str, str, str]]:
    for path in sorted([*RECORDED.glob("kernel*/*.json"), *RECORDED.glob("docker/*.json")]):
        for number, step in enumerate(json.loads(path.read_text("utf-8")).get("steps", ())):
            found = re.search(r"(ip6?tables)-save( -c)?( -t \w+)?$", step.get("cmd", ""))
            if found and step["stdout"] and (path.stem, number) not in UNRESTORABLE:
                yield f"{path.stem}-{number}", f"{found[1]}{found[2] or ''}", step["stdout"]


@pytest.mark.parametrize(("where", "command", "text"), list(_recorded()))
def test_what_a_real_machine_saved_is_restored_and_saved_again(where: str, command: str, text: str) -> None:
    program, _, counters = command.partition(" ")
    bench = Bench()
    assert bench.run(f"{program}-restore -c", text).status == 0, where
    saved = bench.run(f"{program}-save {counters}").stdout
    assert [line for line in saved.splitlines() if line[0] != "#"] == [
        line for line in text.splitlines() if line[0] != "#"
    ]

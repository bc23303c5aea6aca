"""What iptables made, as `nft list ruleset` shows it: the real nft in a namespace of its own, and ours.

Rules and scripts are random, but the same each time.
"""

from __future__ import annotations

import random
import shlex
import shutil
import subprocess
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conformance import test_iptables as conformance
from tests.netfilter.drawn_rules import rules
from vnetsim import Lab
from vnetsim.netfilter.parse import split
from vnetsim.netfilter.rules import Jump, Rule

VERSION = "nftables v1.0.6 (Lester Gooch #5)"
SCRIPTS = 3
SETTINGS = settings(
    max_examples=5,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)


def missing() -> str | None:
    """Why there is no real nft to compare with."""
    if shutil.which("nft") is None:
        return "needs nft"
    told = subprocess.run(["nft", "-v"], capture_output=True, text=True, check=False).stdout.strip()
    return conformance.missing() if told == VERSION else f"is about {VERSION}, here is {told}"


def compare(commands: Sequence[str]) -> None:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    lab = Lab(docker=False)
    for command, real in zip(commands, conformance.really(commands), strict=True):
        result = lab.run(command)
        assert (result.exit_code, conformance.without_dates(result.stdout), result.stderr) == real, command


def shown(rule: Rule, program: str) -> list[str]:
    table = next((sorted(extension.tables)[0] for extension in rule.extensions if extension.tables), "filter")
    chain = conformance.USUAL[table]
    target = [f"{program} -t {table} -N {rule.target.chain}"] if isinstance(rule.target, Jump) else []
    append = f"{program} -t {table} -A {chain} {shlex.join(split(str(rule)))}"
    return [*target, append, "nft list ruleset", "nft flush ruleset"]


@pytest.mark.parametrize(("version", "program"), [(4, "iptables"), (6, "ip6tables")])
def test_nft_shows_the_rules_of_iptables_as_it_really_does(version: int, program: str) -> None:
    @SETTINGS
    @given(st.lists(rules(version), min_size=4, max_size=8))
    def law(found: list[Rule]) -> None:
        compare([command for rule in found for command in shown(rule, program)])

    law()


@pytest.mark.parametrize("seed", range(SCRIPTS))
def test_nft_shows_the_chains_of_iptables_in_their_order(seed: int) -> None:
    chance = random.Random(seed)
    commands = []
    for command in conformance.script(seed):
        commands += [command, "nft list ruleset"] if chance.random() < 0.3 else [command]
    compare([each for each in commands if " | " not in each])

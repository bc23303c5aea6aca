"""The walk of a frame through a table of ebtables."""

from __future__ import annotations

import pytest

from tests.netfilter.ebtables import bridged_frames as frames
from tests.programs.ebtables.test_arguments import run
from vnetsim.netfilter.ebtables.tables import EbOutcome, EbTables
from vnetsim.wire.mac import UNKNOWN


def walked(*lines: str, table: str = "filter", hook: str = "FORWARD") -> EbOutcome:
    tables = EbTables()
    for line in lines:
        assert run(tables, line) == (0, "", "")
    return tables.walk(table, hook, frames.ping(), lambda _mac: None, UNKNOWN)


@pytest.mark.parametrize(
    ("lines", "verdict", "hits", "by_policy"),
    [
        ([], "ACCEPT", 0, True),
        (["-P FORWARD DROP"], "DROP", 0, True),
        (["-A FORWARD -p IPv4", "-A FORWARD -p IPv4 -j DROP"], "DROP", 2, False),
        (["-A FORWARD -p ARP -j DROP"], "ACCEPT", 0, True),
        (["-N c -P RETURN", "-A FORWARD -j c", "-A c -p ARP -j DROP", "-A FORWARD -j DROP"], "DROP", 2, False),
        (["-N c", "-A FORWARD -j c", "-A FORWARD -j DROP"], "ACCEPT", 1, False),
        (["-N c -P DROP", "-A FORWARD -j c"], "DROP", 1, False),
        (["-N c -P DROP", "-A c -j RETURN", "-A FORWARD -j c"], "ACCEPT", 2, True),
        (["-A FORWARD -j RETURN", "-A FORWARD -j DROP"], "ACCEPT", 1, True),
    ],
)
def test_a_frame_walks_the_rules(lines: list[str], verdict: str, hits: int, by_policy: bool) -> None:
    outcome = walked(*lines)
    assert (outcome.verdict, len(outcome.hits), outcome.by_policy) == (verdict, hits, by_policy)


@pytest.mark.parametrize(
    ("before", "line", "message"),
    [
        (["-N c"], "-N c", "ebtables: Chain already exists"),
        ([], "-N INPUT", "ebtables: Chain already exists"),
        ([], "-A c -j DROP", "ebtables: No chain/target/match by that name"),
        ([], "-D FORWARD -j DROP", "ebtables: Bad rule (does a matching rule exist in that chain?)"),
        ([], "-D FORWARD 1", "ebtables: Index of deletion too big"),
        (["-N c", "-A FORWARD -j c"], "-X c", "CHAIN_DEL failed (Device or resource busy): chain c"),
        ([], "-X INPUT", "CHAIN_DEL failed (Device or resource busy): chain INPUT"),
        (["-N c", "-N d", "-A c -j d"], "-A d -j c", "RULE_APPEND failed (Too many links): rule in chain d"),
        ([], "-A FORWARD -j dnat --to-dst 2:0:0:0:0:1", "RULE_APPEND failed (Invalid argument): rule in chain FORWARD"),
        (["-N c"], "-E c INPUT", "File exists"),
    ],
)
def test_a_change_is_refused_and_changes_nothing(before: list[str], line: str, message: str) -> None:
    tables = EbTables()
    for each in before:
        run(tables, each)
    whole = run(tables, "-L")
    status, _, error = run(tables, line)
    assert status != 0
    assert message in error
    assert run(tables, "-L") == whole


def test_a_renamed_chain_is_still_led_to() -> None:
    tables = EbTables()
    for line in ("-N c", "-A FORWARD -j c", "-E c d"):
        run(tables, line)
    assert "-j d" in run(tables, "-L FORWARD")[1]
    for line in ("-F FORWARD", "-X"):
        assert run(tables, line)[0] == 0
    assert not tables.active
    run(tables, "--init-table")
    assert list(tables.chains("filter")) == ["INPUT", "FORWARD", "OUTPUT"]

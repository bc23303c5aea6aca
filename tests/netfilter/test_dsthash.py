"""The entries of hashlimit: bytes and intervals (packets are in extensions/test_matches.py)."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.netfilter.dsthash import DsthashTable, bytes_of_cost, cost_of_bytes
from vnetsim.netfilter.parse import parse_rule


def taken(rule: str, length: int, times: list[int]) -> list[bool]:
    """Whether packets of one address at these milliseconds match; rules with `--hashlimit-upto` only."""
    match = parse_rule(f"-m hashlimit {rule} --hashlimit-name x").matches[0]
    entries = DsthashTable(match, 0)  # type: ignore[arg-type]
    return [entries.take((1,), length, time * MILLISECOND) for time in times]


def test_bytes_of_a_second_are_a_bucket() -> None:
    """As recorded (tests/recorded/kernel-vm/nfx_byterate.json): one packet of 1,000 bytes a second."""
    assert taken("--hashlimit-upto 1kb/s", 1000, [0, 200, 400, 600, 2600]) == [True, False, False, False, True]


def test_a_burst_fills_the_bucket_again_so_many_times() -> None:
    found = taken("--hashlimit-upto 1kb/s --hashlimit-burst 3kb", 1000, [0, 1, 2, 3, 4, 5])
    assert found == [True, True, True, True, False, False]


def test_a_rate_is_compared_with_what_an_interval_brings() -> None:
    """As recorded: 2 and 3 packets of the first interval, none of the next as the one before had too many."""
    rule = "--hashlimit-upto 3/sec --hashlimit-burst 2 --hashlimit-rate-match"
    assert taken(rule, 84, [0, 100, 200, 300, 400, 500, 600, 700]) == [True] * 5 + [False] * 3
    assert taken(rule, 84, [0, 100, 200, 300, 400, 500, 1100, 1200, 2300]) == [True] * 5 + [False] * 3 + [True]


def test_a_rate_of_bytes_is_compared_over_its_interval() -> None:
    rule = "--hashlimit-upto 2kb/s --hashlimit-rate-match --hashlimit-rate-interval 2"
    assert taken(rule, 500, [0, 200, 400, 600, 800, 1000]) == [True] * 4 + [False] * 2


def test_an_entry_that_is_not_used_is_forgotten() -> None:
    match: Any = parse_rule("-m hashlimit --hashlimit-upto 1kb/s --hashlimit-name x").matches[0]
    assert match.expire == 15_000
    entries = DsthashTable(match, 0)
    entries.take((1,), 1000, 0)
    first = entries.each[(1,)][0]
    entries.take((1,), 1000, 20 * SECOND)
    assert entries.each[(1,)][0] is not first


@pytest.mark.parametrize("rate", [16, 1024, 4096, 123_456, 10 * 1024 * 1024])
def test_a_rate_in_chunks_is_kept(rate: int) -> None:
    assert cost_of_bytes(bytes_of_cost(cost_of_bytes(rate))) == cost_of_bytes(rate)


def test_packets_and_bytes_are_told_apart() -> None:
    match: Any = parse_rule("-m hashlimit --hashlimit-upto 1kb/s --hashlimit-name x").matches[0]
    assert match.counts_bytes
    assert not attrs.evolve(match, cost=None).counts_bytes

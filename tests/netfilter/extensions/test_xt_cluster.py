"""-m cluster: texts, errors, and the nodes of some addresses, as recorded on Linux 6.18 with iptables 1.8.9."""

from __future__ import annotations

import pytest

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_cluster import node_of
from vnetsim.netfilter.parse import parse_rule
from vnetsim.wire.inet import IPv4, IPv6


@pytest.mark.parametrize(
    ("words", "saved", "listed"),
    [
        ("--cluster-total-nodes 32 ! --cluster-local-node 9 --cluster-hash-seed 1",
         "! --cluster-local-nodemask 0x00000100 --cluster-total-nodes 32 --cluster-hash-seed 0x00000001",
         "cluster !node_mask=0x00000100 total_nodes=32 hash_seed=0x00000001"),
        ("--cluster-total-nodes 5 --cluster-local-nodemask 0x13 --cluster-hash-seed 7",
         "--cluster-local-nodemask 0x00000013 --cluster-total-nodes 5 --cluster-hash-seed 0x00000007",
         "cluster node_mask=0x00000013 total_nodes=5 hash_seed=0x00000007"),
    ],
)  # fmt: skip
def test_texts(words: str, saved: str, listed: str) -> None:
    rule = parse_rule(f"-m cluster {words}")
    assert str(rule) == f"-m cluster {saved}"
    assert rule.matches[0].listing(True) == listed


def test_nodes() -> None:
    """Those of 10.0.0.1 to 10.0.0.9, of two nodes, and of fd00::1 to fd00::9, of three."""
    assert [node_of(IPv4.parse(f"10.0.0.{n}"), 2, 0xDEADBEEF) for n in range(1, 10)] == [0, 0, 0, 1, 1, 1, 1, 0, 0]
    assert {node_of(IPv6.parse(f"fd00::{n}"), 3, 0xDEADBEEF) for n in range(1, 10)} == {0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "cluster match: `--cluster-local-node' or`--cluster-local-nodemask' is missing"),
        ("--cluster-total-nodes 2 --cluster-local-node 2", 'cluster: option "--cluster-hash-seed" must be specified'),
        ("--cluster-total-nodes 2 --cluster-local-node 3 --cluster-hash-seed 1",
         "cluster match: `--cluster-local-node' must be <= `--cluster-total-nodes'"),
        ("--cluster-total-nodes 2 --cluster-local-nodemask 8 --cluster-hash-seed 1",
         "cluster match: `--cluster-local-nodemask' too big for `--cluster-total-nodes'"),
    ],
)  # fmt: skip
def test_errors(words: str, said: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        parse_rule(f"-m cluster {words}")
    assert said in str(refused.value)

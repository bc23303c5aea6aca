"""What tc prints of fair queues, and what it refuses (recorded: Linux 6.18, iproute2 6.1)."""

from __future__ import annotations

import json

import pytest

from tests.machines import pair

SHOWN = {
    "sfq perturb 10": "limit 127p quantum 1514b depth 127 divisor 1024 perturb 10sec ",
    "fq_codel limit 100 target 3ms noecn": "limit 100p flows 1024 quantum 1514 target 3ms interval 100ms "
    "memory_limit 32Mb drop_batch 64 ",
    "fq": "limit 10000p flow_limit 100p buckets 1024 orphan_mask 1023 quantum 3028b initial_quantum 15140b "
    "low_rate_threshold 550Kbit refill_delay 40ms timer_slack 10us horizon 10s horizon_drop ",
    "codel": "limit 1000p target 5ms interval 100ms ",
    "codel limit 50 target 10ms interval 50ms ecn": "limit 50p target 10ms interval 50ms ecn ",
    "prio": "bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1",
}


@pytest.mark.parametrize("words", SHOWN)
def test_what_is_shown(words: str) -> None:
    lab = pair()
    assert lab.run(f"ip netns exec a tc qdisc add dev eth0 root {words}")
    kind = words.split(maxsplit=1)[0]
    shown = lab.run("ip netns exec a tc qdisc show dev eth0").stdout
    assert shown == f"qdisc {kind} 8001: root refcnt 3 {SHOWN[words]}\n"
    (entry,) = json.loads(lab.run("ip netns exec a tc -s -j qdisc show dev eth0").stdout)
    assert entry["kind"] == kind


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("sfq bogus", 1, 'What is "bogus"?'),
        ("sfq limit x", 1, 'Illegal "limit"'),
        ("sfq redflowlimit 5", 2, "vnetsim: not modelled: sfq redflowlimit"),
        ("fq maxrate 5mbit", 2, "vnetsim: not modelled: fq maxrate"),
        ("fq_codel bogus 3", 1, 'What is "bogus"?'),
        ("codel ce_threshold 1ms", 2, "vnetsim: not modelled: codel ce_threshold"),
        ("codel target", 255, 'Command line is not complete. Try option "help"'),
    ],
)
def test_what_is_refused(words: str, status: int, said: str) -> None:
    result = pair().run(f"ip netns exec a tc qdisc add dev eth0 root {words}")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (status, said)

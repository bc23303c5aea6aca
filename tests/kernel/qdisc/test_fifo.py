"""Queues that never fill, as the device takes everything at once (recorded on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.machines import pair, ping
from vnetsim import Lab


def with_queue(words: str) -> Lab:
    lab = pair()
    assert lab.run(f"ip netns exec a tc qdisc add dev eth0 root {words}")
    return lab


@pytest.mark.parametrize("words", ["pfifo", "pfifo limit 1", "bfifo limit 200", "pfifo_fast", "noqueue"])
def test_frames_pass(words: str) -> None:
    assert ping(with_queue(words), "a", "10.0.0.2")


@pytest.mark.parametrize("words", ["pfifo limit 0", "bfifo limit 41"])
def test_a_limit_without_room_for_one_frame_drops_all(words: str) -> None:
    lab = with_queue(words)
    assert not ping(lab, "a", "10.0.0.2")
    assert "dropped 0," not in lab.run("ip netns exec a tc -s qdisc show dev eth0").stdout


@pytest.mark.parametrize(
    ("qlen", "words", "limit"),
    [(1000, "pfifo", "1000p"), (5, "pfifo", "5p"), (0, "pfifo", "1000p"), (5, "bfifo", f"{5 * 1514}b")],
)
def test_the_limit_is_the_length_of_the_devices_queue_unless_told(qlen: int, words: str, limit: str) -> None:
    lab = pair()
    lab.run(f"ip -n a link set eth0 txqueuelen {qlen}")
    lab.run(f"ip netns exec a tc qdisc add dev eth0 root {words}")
    assert f"limit {limit}" in lab.run("ip netns exec a tc qdisc show dev eth0").stdout


def test_what_passes_is_counted() -> None:
    lab = with_queue("pfifo")
    ping(lab, "a", "10.0.0.2")
    assert " Sent 140 bytes 2 pkt " in lab.run("ip netns exec a tc -s qdisc show dev eth0").stdout

"""cake: its bandwidth, tins and flows (recorded on Linux 6.18: tc_cake)."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.qdisc.test_hfsc import FRAMES, Slow
from tests.kernel.qdisc.test_hooks import INSIDE
from tests.kernel.qdisc.test_tbf import FRAME_NS, send
from tests.kernel.wires import echo
from tests.laws import examples
from tests.machines import pair, ping, typed
from vnetsim import Lab
from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.kernel.qdisc.cake import Cake, true_size


def shaped(words: str) -> Lab:
    lab = pair(watch=True)
    ping(lab, "a", "10.0.0.2")
    assert lab.run(f"{INSIDE}tc qdisc add dev eth0 root handle 5: cake {words}")
    return lab


def test_it_sends_at_its_bandwidth() -> None:
    arrived = send(shaped("bandwidth 80kbit besteffort"), 5)
    gaps = [(later - earlier) / FRAME_NS for earlier, later in pairwise(arrived)]
    assert gaps == pytest.approx([1.0] * 4, rel=0.01)


def test_without_a_bandwidth_frames_leave_at_once() -> None:
    assert max(send(shaped("besteffort"), 5)) < MILLISECOND


@given(rate=st.integers(1000, 10**6), overhead=st.integers(-10, 100), frames=FRAMES)
@settings(max_examples=examples(200))
def test_it_never_sends_more_than_its_bandwidth(rate: int, overhead: int, frames: list[tuple[int, int]]) -> None:
    """Also after it was idle: of the frames of any span, all but the last one fit its rate."""
    slow: Any = Slow()
    slow.namespace = SimpleNamespace(
        drop=lambda *_: None, host=SimpleNamespace(random=SimpleNamespace(getrandbits=lambda _: 0))
    )
    cake = Cake(slow, 5)
    cake.configure({"bandwidth": rate, "overhead": overhead})
    comes = 0
    for gap, size in frames:
        comes += gap
        while slow.wakes and slow.wakes[0] <= comes:
            slow.time = slow.wakes.pop(0)
            cake.run()
        slow.time = comes
        frame: Any = SimpleNamespace(length=size, payload=b"", ethertype=0x88B5)
        cake.transmit(SimpleNamespace(frame=frame, gso=0, sender=None, priority=0, mark=0, connection=None))  # type: ignore[arg-type]
    while slow.wakes:
        slow.time = slow.wakes.pop(0)
        cake.run()
    assert cake.length == cake.backlog == 0
    assert len(slow.sent) + cake.drops == len(frames)
    for first, (began, _) in enumerate(slow.sent):
        work = 0
        for at, size in slow.sent[first:]:
            assert work * SECOND <= rate * (at - began + 1000)
            work += max(size - 14 + overhead, 0)


def tins(lab: Lab) -> dict[str, list[str]]:
    lines = lab.run(f"{INSIDE}tc -s qdisc show dev eth0").stdout.splitlines()
    return {line.split()[0]: line.split()[1:] for line in lines if re.match(r"  \w", line)}


@pytest.mark.parametrize(
    ("mode", "tos", "tin"),
    [
        ("diffserv3", "0x00", 1), ("diffserv3", "0x20", 0), ("diffserv3", "0xb8", 2), ("diffserv3", "0x04", 0),
        ("diffserv4", "0x00", 1), ("diffserv4", "0x20", 0), ("diffserv4", "0xb8", 3), ("diffserv4", "0x40", 2),
        ("diffserv8", "0x10", 4), ("diffserv8", "0x00", 2), ("precedence", "0x40", 2), ("besteffort", "0xb8", 0),
    ],
)  # fmt: skip
def test_which_tin_a_frame_is_in(mode: str, tos: str, tin: int) -> None:
    lab = shaped(f"{mode} bandwidth 10mbit")
    lab.run(f"{INSIDE}ping -c 1 -Q {tos} 10.0.0.2")
    assert [index for index, count in enumerate(tins(lab)["pkts"]) if count == "1"] == [tin]
    assert tins(lab)["way_miss"][tin] == "1"


def test_voice_comes_before_bulk() -> None:
    lab = shaped("bandwidth 80kbit diffserv3")
    lab.run(f"{INSIDE}ping -q -c 40 -l 40 -s 958 -W 1 -Q 0x20 10.0.0.2 &")
    lab.sleep(0.1)
    assert "1 received" in lab.run(f"{INSIDE}ping -c 1 -W 1 -Q 0xb8 10.0.0.2").stdout


def test_a_flow_with_few_frames_comes_before_one_with_many_but_not_in_one_queue() -> None:
    for mode, received in (("flows", True), ("flowblind", False)):
        lab = shaped(f"bandwidth 80kbit besteffort {mode}")
        for _ in range(2):
            lab.run(f"{INSIDE}ping -q -c 60 -l 60 -s 958 -W 1 -Q 0x20 10.0.0.2 &")
        typed(lab, "ip netns exec b ip addr add 10.0.0.3/24 dev eth0")
        lab.sleep(0.1)
        assert ("1 received" in lab.run(f"{INSIDE}ping -c 1 -W 0.7 10.0.0.3").stdout) == received


@pytest.mark.parametrize(("mode", "share"), [(6, 0.5), (7, 0.25), (4, 0.25), (3, 0.5)])
def test_hosts_share_before_their_flows_do(mode: int, share: float) -> None:
    """One host has three flows, the other one: by dual-dsthost, triple-isolate (they have one sender), flows, hosts."""
    slow: Any = Slow()
    cake = Cake(slow, 5)
    cake.configure({"bandwidth": 20_000, "flow_mode": mode, "rtt": 100_000_000, "target_of_rtt": 5_000_000})
    sent: Counter[str] = Counter()
    slow.send = lambda skb: sent.update([str(skb.frame.payload.destination)])
    for _ in range(60):
        for address, port in (("10.0.0.2", 1), ("10.0.0.2", 2), ("10.0.0.2", 3), ("10.0.0.3", 4)):
            ports: Any = SimpleNamespace(source_port=port, destination_port=port)
            packet = attrs.evolve(echo("10.0.0.1", address), payload=ports)
            frame: Any = SimpleNamespace(length=1000, payload=packet)
            cake.transmit(SimpleNamespace(frame=frame, gso=0, sender=None, priority=0, mark=0, connection=None))  # type: ignore[arg-type]
    while slow.wakes and sent.total() < 100:
        slow.time = slow.wakes.pop(0)
        cake.run()
    assert sent["10.0.0.3"] / sent.total() == pytest.approx(share, abs=0.06)


def test_what_is_too_late_is_marked_or_dropped() -> None:
    for tos, counter in (("2", "marks"), ("0", "drops")):
        lab = shaped("bandwidth 80kbit besteffort rtt 10ms")
        for _ in range(4):
            lab.run(f"{INSIDE}ping -q -c 100 -i 0.01 -s 400 -W 1 -Q {tos} 10.0.0.2 > /dev/null &")
        lab.sleep(6)
        counted = {name: int(tins(lab)[name][0]) for name in ("marks", "drops")}
        assert counted[counter] > 0
        assert sum(counted.values()) == counted[counter]


def test_a_full_memory_drops_of_the_longest_queue() -> None:
    lab = shaped("bandwidth 8kbit besteffort memlimit 20kb")
    for _ in range(4):
        lab.run(f"{INSIDE}ping -q -c 100 -i 0.01 -s 400 -W 1 10.0.0.2 > /dev/null &")
    lab.sleep(1)
    assert int(tins(lab)["drops"][0]) > 0
    used = re.search(r"memory used: (\d+)b of 20Kb", lab.run(f"{INSIDE}tc -s qdisc show dev eth0").stdout)
    assert used is not None
    assert int(used[1]) <= 20 * 1024 + true_size(500)


def test_what_washes_takes_the_class_off_the_packet() -> None:
    lab = shaped("wash")
    typed(lab, "ip netns exec b iptables -A INPUT -m tos --tos 0x20\nip netns exec b iptables -A INPUT -m tos --tos 0")
    lab.run(f"{INSIDE}ping -c 1 -Q 0x20 10.0.0.2")
    lines = lab.run("ip netns exec b iptables -nvxL INPUT").stdout.splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["0", "1"]


def test_a_mark_chooses_a_tin() -> None:
    lab = shaped("fwmark 0xf0")
    typed(lab, f"{INSIDE}iptables -t mangle -A OUTPUT -j MARK --set-mark 0x30")
    lab.run(f"{INSIDE}ping -c 1 10.0.0.2")
    assert tins(lab)["pkts"] == ["0", "0", "1"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("qdisc add dev eth0 parent 5:1 handle 9: pfifo", "Error: Specified class not found.\n"),
        ("filter add dev eth0 parent 5: matchall classid 5:1", "vnetsim: not modelled: filters of cake\n"),
        ("class show dev eth0", "vnetsim: not modelled: the classes of cake, which are its flows\n"),
    ],
)
def test_what_is_refused(line: str, said: str) -> None:
    lab = shaped("")
    lab.run(f"{INSIDE}ping -c 1 10.0.0.2")
    result = lab.run(f"{INSIDE}tc {line}")
    assert (result.stderr, result.exit_code) == (said, 2)

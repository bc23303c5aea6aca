"""The token bucket filter: a burst at once, then one frame after the other at the rate (recorded on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.kernel.wires import device, echo, lost, put, watched
from tests.machines import pair, ping
from vnetsim import Lab
from vnetsim.clock import MILLISECOND
from vnetsim.dropreason import DropReason
from vnetsim.wire.ethernet import IPV4, Frame

#: Bytes of the frame of an echo request with 1000 bytes of data, and how long it takes at 80 kbit/s.
FRAME = 1042
FRAME_NS = 104_200_000


def shaped(words: str = "rate 80kbit burst 2000 latency 400ms") -> Lab:
    lab = pair(watch=True)
    ping(lab, "a", "10.0.0.2")
    assert lab.run(f"ip netns exec a tc qdisc add dev eth0 root tbf {words}")
    return lab


def send(lab: Lab, count: int, size: int = 1000) -> list[int]:
    """When frames that were sent at once arrived, in nanoseconds from then."""
    seen = watched(lab, "b", "eth0")
    began = lab.now()
    socket = lab.network("a").packet_socket("eth0")
    mine, theirs = device(lab, "a", "eth0").mac, device(lab, "b", "eth0").mac
    lab.events.clear()
    for _ in range(count):
        device_frame = Frame.build(theirs, mine, IPV4, echo("10.0.0.1", "10.0.0.2", size=size))
        lab.network("a").namespace.device("eth0").transmit(
            lab.network("a").namespace.device("eth0").new_skb(device_frame)
        )
    lab.sleep(5)
    socket.close()
    return [each.at - began for each in seen if not each.outgoing]


def test_the_burst_leaves_at_once_and_the_rest_at_the_rate() -> None:
    first, second, third = send(shaped(), 3)
    assert first < MILLISECOND
    missing = 2 * FRAME - 2000
    assert second - first == missing * FRAME_NS // FRAME
    assert third - second == FRAME_NS


def test_what_does_not_fit_the_limit_is_dropped() -> None:
    lab = shaped()
    limit = 80_000 // 8 * 4 // 10 + 2000
    assert len(send(lab, 20)) == 1 + limit // FRAME
    assert lost(lab).count(DropReason.QDISC_DROP) == 20 - 1 - limit // FRAME


def test_the_bucket_fills_again() -> None:
    lab = shaped()
    send(lab, 3)
    assert send(lab, 1)[0] < MILLISECOND


def test_a_frame_that_is_longer_than_the_bucket_never_leaves_and_its_sender_is_told() -> None:
    lab = shaped("rate 80kbit burst 1000 latency 400ms")
    result = ping(lab, "a", "10.0.0.2", "-c 1 -W 1 -s 1000")
    assert "ping: sendmsg: No buffer space available" in result.output
    assert ping(lab, "a", "10.0.0.2", "-c 1 -W 1 -s 100")


def test_a_peak_rate_holds_the_burst_back() -> None:
    lab = shaped("rate 80kbit burst 5000 limit 9000 peakrate 160kbit mtu 1500")
    first, second, third = send(lab, 3)
    assert first < MILLISECOND
    assert second - first == (2 * FRAME - 1500) * FRAME_NS // FRAME // 2
    assert third - second == FRAME_NS // 2


def test_what_waits_is_lost_when_the_device_goes_down_or_the_discipline_goes() -> None:
    for command in ("ip link set eth0 down", "tc qdisc del dev eth0 root"):
        lab = shaped()
        seen = watched(lab, "b", "eth0")
        eth0 = device(lab, "a", "eth0")
        for _ in range(3):
            eth0.transmit(eth0.new_skb(Frame.build(device(lab, "b", "eth0").mac, eth0.mac, IPV4, b"x" * 1028)))
        lab.run(f"ip netns exec a {command}")
        lab.sleep(1)
        assert len([each for each in seen if not each.outgoing]) == 1


def test_the_counters_tell_it() -> None:
    lab = shaped()
    send(lab, 3)
    shown = lab.run("ip netns exec a tc -s qdisc show dev eth0").stdout
    assert f" Sent {3 * FRAME} bytes 3 pkt (dropped 0, overlimits 3 requeues 0) " in shown
    assert " backlog 0b 0p requeues 0" in shown


def test_captures_see_a_frame_when_it_leaves() -> None:
    lab = shaped()
    seen = watched(lab, "a", "eth0")
    began = lab.now()
    eth0 = device(lab, "a", "eth0")
    for _ in range(2):
        eth0.transmit(eth0.new_skb(Frame.build(device(lab, "b", "eth0").mac, eth0.mac, IPV4, b"x" * 1028)))
    lab.sleep(1)
    assert [each.at - began > MILLISECOND for each in seen if each.outgoing] == [False, True]


@pytest.mark.parametrize("words", ["rate 2mbit burst 10kb limit 3000 peakrate 1mbit mtu 1500"])
def test_a_peak_that_is_none_is_refused(words: str) -> None:
    lab = pair()
    assert "Invalid argument" in lab.run(f"ip netns exec a tc qdisc add dev eth0 root tbf {words}").output


def test_put_still_works_without_a_discipline() -> None:
    lab = pair(watch=True)
    put(lab, "a", "eth0", echo("10.0.0.1", "10.0.0.2"), device(lab, "b", "eth0").mac)
    assert lost(lab) == []

"""A packet inside a host: what a copy has, and what is forgotten with the namespace."""

from __future__ import annotations

from tests.machines import pair
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.ethernet import Frame


def packet() -> Skb:
    device = pair().machine.kernel.namespaces[1].device("eth0")
    return Skb(Frame.build(device.mac, device.mac, 0x0800, b"\0" * 46), 1, device)


def test_a_copy_is_its_own_and_has_no_route() -> None:
    skb = packet()
    skb.mark, skb.dst = 7, object()
    other = skb.clone()
    other.mark = 8
    assert (skb.mark, other.dst, other.frame is skb.frame) == (7, None, True)


def test_marks_and_priorities_end_with_the_namespace() -> None:
    skb = packet()
    skb.mark, skb.priority, skb.is_host, skb.dirty = 7, 0x1_0003, True, True
    skb.scrub()
    after = [getattr(skb, name) for name in ("mark", "priority", "is_host", "dirty")]
    assert after == [0, None, False, False]


def test_a_report_on_a_packet_goes_the_other_direction() -> None:
    skb, error = packet(), packet()
    error.attach(skb)
    assert error.ctstate == ""
    skb.connection = object()
    error.attach(skb)
    assert (error.direction, error.ctstate, error.connection is skb.connection) == (1, "RELATED", True)
    error.untrack()
    assert (error.direction, error.ctstate, error.connection) == (0, "", None)

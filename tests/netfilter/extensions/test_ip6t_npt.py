"""-j SNPT, -j DNPT."""

from __future__ import annotations

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.netfilter.extensions.test_targets import act
from tests.netfilter.packets_for_rules import at, ping6
from vnetsim.netfilter import verdicts
from vnetsim.wire.inet import IPv6


def sent_by(source: str, target: str) -> str | None:
    """What becomes of the source; None if the packet is dropped."""
    packet = at(attrs.evolve(ping6(), source=IPv6.parse(source)))
    return None if act(target, packet, 6) is verdicts.DROP else str(packet.ip.source)


def test_the_example_of_the_rfc() -> None:
    """RFC 6296, 2.3."""
    target = "SNPT --src-pfx fd01:203:405::/48 --dst-pfx 2001:db8:1::/48"
    assert sent_by("fd01:203:405:1::1234", target) == "2001:db8:1:d550::1234"


def test_an_address_without_room_for_the_difference_is_dropped() -> None:
    target = "SNPT --src-pfx fd01:203:405:1::/64 --dst-pfx 2001:db8:1:2::/64"
    assert sent_by("fd01:203:405:1:ffff:ffff:ffff:ffff", target) is None


@settings(max_examples=examples(30))
@given(st.integers(0, 2**80 - 1))
def test_the_way_back_gives_the_address_again(host: int) -> None:
    inside = IPv6(int(IPv6.parse("fd01:203:405::")) | host)
    outside = sent_by(str(inside), "SNPT --src-pfx fd01:203:405::/48 --dst-pfx 2001:db8:1::/48")
    assert outside is not None
    back = sent_by(outside, "SNPT --src-pfx 2001:db8:1::/48 --dst-pfx fd01:203:405::/48")
    subnet = host >> 64
    assert back == str(inside) or subnet == 0xFFFF  # 0xffff and 0 are the same sum

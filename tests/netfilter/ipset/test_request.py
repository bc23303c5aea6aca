"""Ranges of addresses and ports."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from vnetsim.netfilter.ipset.elements import Net
from vnetsim.netfilter.ipset.request import AddressGroup, PortGroup
from vnetsim.wire.inet import IPv4


@given(st.integers(0, 2**32 - 1), st.integers(0, 5000))
@settings(max_examples=examples(100), deadline=None)
def test_the_fewest_networks_cover_a_range_exactly(first: int, count: int) -> None:
    last = min(first + count, 2**32 - 1)
    nets = list(AddressGroup(IPv4(first), last=IPv4(last)).nets())
    position = first
    for net in nets:
        assert int(net.address) == position
        assert position % (1 << 32 - net.length) == 0
        position += 1 << 32 - net.length
    assert position == last + 1
    assert len(nets) <= 2 * max(1, (count + 1).bit_length())


def test_the_whole_range_is_one_network() -> None:
    assert list(AddressGroup(IPv4(0), last=IPv4(2**32 - 1)).nets()) == [Net(IPv4(0), 0)]


def test_a_netmask_makes_steps() -> None:
    found = AddressGroup(IPv4.parse("10.0.0.7"), last=IPv4.parse("10.0.2.1")).hosts(8)
    assert [str(net) for net in found] == ["10.0.0.0", "10.0.1.0", "10.0.2.0"]


def test_texts() -> None:
    assert str(AddressGroup(IPv4.parse("10.0.0.0"), 8)) == "10.0.0.0/8"
    assert str(AddressGroup(IPv4.parse("10.0.0.1"), last=IPv4.parse("10.0.0.2"))) == "10.0.0.1-10.0.0.2"
    assert str(PortGroup(6, 80, 90)) == "tcp:80-90"
    assert PortGroup(6, 90, 80).bounds == (80, 90)

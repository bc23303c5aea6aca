from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.packets import ipv4s, ipv6s
from vnetsim.wire.inet import (
    ANY4,
    BROADCAST4,
    DEFAULT4,
    DEFAULT6,
    Address,
    InterfaceAddress,
    IPv4,
    IPv6,
    Prefix,
    parse_address,
)

addresses: st.SearchStrategy[Address] = st.one_of(ipv4s, ipv6s)
prefixes = addresses.flatmap(lambda address: st.builds(Prefix.of, st.just(address), st.integers(0, address.bits)))


@given(addresses)
def test_an_address_prints_as_it_is_parsed(address: Address) -> None:
    parsed = parse_address(str(address))
    assert parsed == address
    assert type(parsed) is type(address)


@given(ipv4s)
def test_ipv4_text_is_a_dotted_quad(address: IPv4) -> None:
    assert str(address) == str(ipaddress.IPv4Address(int(address)))


@given(st.lists(st.sampled_from((0, 0, 0, 1, 0xFE80, 0xFFFF)), min_size=8, max_size=8))
def test_ipv6_text_without_an_ipv4_address_in_it_is_that_of_pythons_library(words: list[int]) -> None:
    value = sum(word << 16 * number for number, word in enumerate(words))
    if value >> 32 not in (0, 0xFFFF):
        assert str(IPv6(value)) == str(ipaddress.IPv6Address(value))


# What inet_ntop(3) of glibc prints.
@pytest.mark.parametrize(
    "text",
    [
        "::", "::1", "fe80::1", "ff02::1:ff00:2", "fd00:0:0:1::2", "1:2:3:4:5:6:7:8", "1:0:2:3:4:5:6:7",
        "::ffff:10.0.0.1", "::10.0.0.1", "::2:0:1", "1::", "64:ff9b::a00:1", "::ffff:0:a00:1",
    ],
)  # fmt: skip
def test_ipv6_text_is_as_short_as_the_c_library_makes_it(text: str) -> None:
    assert str(IPv6.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1 ", "1.2.3.4.5", "x", "fe80::1%eth0", ":::", "1::2::3", "::g"],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "multicast", "loopback"),
    [
        ("224.0.0.22", True, False),
        ("239.255.255.255", True, False),
        ("223.255.255.255", False, False),
        ("127.9.9.9", False, True),
        ("10.0.0.1", False, False),
        ("ff02::1", True, False),
        ("::1", False, True),
        ("fd00::1", False, False),
    ],
)
def test_special_addresses_are_known(text: str, multicast: bool, loopback: bool) -> None:
    address = parse_address(text)
    assert address.is_multicast is multicast
    assert address.is_loopback is loopback


@pytest.mark.parametrize(
    ("text", "expected"), [("fe80::1", True), ("febf::1", True), ("fec0::1", False), ("::1", False)]
)
def test_link_local_is_fe80_slash_10(text: str, expected: bool) -> None:
    assert IPv6.parse(text).is_link_local is expected


def test_an_interface_without_a_length_is_one_address() -> None:
    assert str(InterfaceAddress.parse("10.0.0.1")) == "10.0.0.1/32"
    assert str(InterfaceAddress.parse("fd00::1")) == "fd00::1/128"


def test_an_interface_knows_its_network() -> None:
    assert str(InterfaceAddress.parse("10.1.2.3/12").network) == "10.0.0.0/12"


@pytest.mark.parametrize(
    "text", ["10.0.0.1/", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/x", "10.0.0.1/24/8", "fd00::/129", "10.0.0.1/²"]
)
def test_other_lengths_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        InterfaceAddress.parse(text)


def test_a_prefix_with_host_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="has host bits set"):
        Prefix.parse("10.0.0.1/24")


@given(prefixes)
def test_a_prefix_prints_as_it_is_parsed(prefix: Prefix) -> None:
    assert Prefix.parse(str(prefix)) == prefix


@given(prefixes)
def test_a_prefix_holds_its_first_and_last_address_and_no_more(prefix: Prefix) -> None:
    kind = type(prefix.first)
    assert prefix.first in prefix
    assert prefix.last in prefix
    assert prefix.last - prefix.first + 1 == 1 << prefix.address.bits - prefix.length
    assert prefix.first == 0 or kind(prefix.first - 1) not in prefix
    assert prefix.last == (1 << kind.bits) - 1 or kind(prefix.last + 1) not in prefix


@given(prefixes, prefixes)
def test_prefixes_overlap_where_they_share_an_address(one: Prefix, other: Prefix) -> None:
    share = one.version == other.version and max(one.first, other.first) <= min(one.last, other.last)
    assert one.overlaps(other) is share
    assert other.overlaps(one) is share


def test_the_default_prefixes_hold_everything() -> None:
    assert ANY4 in DEFAULT4
    assert BROADCAST4 in DEFAULT4
    assert IPv6(2**128 - 1) in DEFAULT6


def test_repr_can_be_typed() -> None:
    assert repr(IPv4(0x0A000001)) == "IPv4('10.0.0.1')"
    assert repr(IPv6(1)) == "IPv6('::1')"

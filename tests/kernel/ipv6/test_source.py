"""Which address a host sends with, and in which order it tries the addresses of a name: a recording, and laws."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.six import cable, ip6, namespace, pair6
from tests.laws import examples
from tests.machines import typed
from vnetsim import Lab
from vnetsim.errors import KernelError
from vnetsim.kernel.ipv6.source import common_bits, label_of, scope_of
from vnetsim.kernel.proc.destinations import sorted_destinations
from vnetsim.wire.inet import IPv4, IPv6, parse_address


def multihomed() -> Lab:
    """a with addresses of several kinds on eth0, eth1 and lo; its default route is by eth1."""
    lab = Lab(docker=False)
    namespace(lab, "a", "b")
    cable(lab, "a", "eth0", "b", "eth0", 1)
    cable(lab, "a", "eth1", "b", "eth1", 2)
    typed(
        lab,
        """
        ip -n a addr add fd00::1/64 dev eth0
        ip -n a addr add fd00::5/64 dev eth0
        ip -n a addr add fd00:0:0:1::1/64 dev eth0
        ip -n a addr add 2001:db8::1/64 dev eth1
        ip -n a addr add fd33::1/128 dev lo
        ip -n a -6 route add default via 2001:db8::2
    """,
    )
    lab.sleep(2)
    return lab


def source(lab: Lab, destination: str, more: str = "") -> str:
    words = lab.run(f"ip -n a -6 route get {destination} {more}").stdout.split()
    return words[words.index("src") + 1]


#: As recorded: the destination, and the source that the kernel chose.
CHOSEN = [
    ("fd00::2", "", "fd00::5"), ("fd00:0:0:1::2", "", "fd00:0:0:1::1"), ("2001:db8::2", "", "2001:db8::1"),
    ("2001:db8:5::2", "", "2001:db8::1"), ("fd77::1", "", "2001:db8::1"),
    ("fe80::5", "dev eth0", "fe80::ff:fe00:101"), ("fe80::5", "dev eth1", "fe80::ff:fe00:102"),
    ("ff02::1", "dev eth0", "fe80::ff:fe00:101"), ("ff05::1", "dev eth0", "fd00:0:0:1::1"),
    ("ff0e::1", "dev eth1", "2001:db8::1"), ("fd33::1", "", "fd33::1"), ("fd00::1", "", "fd00::1"), ("::1", "", "::1"),
]  # fmt: skip


@pytest.mark.parametrize(("destination", "more", "chosen"), CHOSEN)
def test_a_host_sends_with_the_address_that_linux_chooses(destination: str, more: str, chosen: str) -> None:
    assert source(multihomed(), destination, more) == chosen


def test_a_deprecated_address_is_the_last_resort_on_its_link_and_worse_than_any_other_of_the_host() -> None:
    lab = multihomed()
    typed(lab, "ip -n a addr change fd00::5/64 dev eth0 preferred_lft 0")
    assert source(lab, "fd00::2") == "fd00::1"
    typed(lab, "ip -n a addr change fd00::1/64 dev eth0 preferred_lft 0")
    assert source(lab, "fd00::2") == "fd00:0:0:1::1"
    typed(lab, "ip -n a addr del fd00:0:0:1::1/64 dev eth0")
    assert source(lab, "fd00::2") == "fd33::1"


def test_a_tentative_address_is_not_sent_with() -> None:
    lab = multihomed()
    typed(lab, "ip netns exec a sysctl -qw net.ipv6.conf.eth0.accept_dad=1")
    typed(lab, "ip -n a addr add fd00::100/64 dev eth0")
    assert source(lab, "fd00::2") == "fd00::5"
    lab.sleep(3)
    assert source(lab, "fd00::2") == "fd00::100"


ADDRESSES = st.sampled_from(
    ["fe80::1", "fd00::9", "fd00:0:0:1::9", "2001:db8::9", "2002::1", "ff02::5", "ff0e::5", "::1", "fd33::9", "2001::7"]
)


@settings(max_examples=examples(60), deadline=None)
@given(destination=ADDRESSES, gone=st.sets(st.sampled_from(["fd00::1", "fd00::5", "fd00:0:0:1::1"])))
def test_the_source_is_always_an_address_of_this_host(destination: str, gone: set[str]) -> None:
    lab = multihomed()
    for address in sorted(gone):
        typed(lab, f"ip -n a addr del {address}/64 dev eth0")
    network = lab.network("a")
    try:
        answer = network.route_get(ip6(destination))
    except KernelError:
        return
    assert answer.source in [entry.address for entry in network.addresses()]


@pytest.mark.parametrize(
    ("address", "scope", "label"),
    [
        ("::1", 2, 0), ("fe80::1", 2, 1), ("fec0::1", 5, 1), ("fd00::1", 14, 5), ("2001:db8::1", 14, 1),
        ("2002::1", 14, 2), ("2001::1", 14, 6), ("::ffff:10.0.0.1", 14, 4), ("ff02::1", 2, 1), ("ff05::1", 5, 1),
        ("ff01::1", 1, 1), ("::", 0, 3),
    ],
)  # fmt: skip
def test_addresses_have_the_scope_and_the_label_of_the_policy_table(address: str, scope: int, label: int) -> None:
    assert (scope_of(ip6(address)), label_of(ip6(address))) == (scope, label)


@given(one=st.integers(0, 2**128 - 1), bits=st.integers(0, 128))
def test_addresses_share_as_many_bits_as_come_before_the_first_difference(one: int, bits: int) -> None:
    other = one if bits == 128 else one ^ 1 << 127 - bits
    assert common_bits(IPv6(one), IPv6(other)) == bits


# --- the order of the addresses of a name ----------------------------------------------------------------------------

#: Addresses as a server tells them, and as they are tried by a host with 10.0.0.1, fd00::1 and ::1.
TRIED = [
    (["10.0.0.2", "fd00::2"], ["fd00::2", "10.0.0.2"]),
    (["10.0.0.2", "2001:db8::2"], ["10.0.0.2", "2001:db8::2"]),
    (["127.0.0.1", "::1"], ["::1", "127.0.0.1"]),
    (["10.0.0.3", "10.0.0.2", "10.0.0.3"], ["10.0.0.3", "10.0.0.2"]),
    (["2001:db8::2", "192.0.2.1"], ["2001:db8::2", "192.0.2.1"]),
]


@pytest.mark.parametrize(("told", "tried"), TRIED)
def test_what_cannot_be_reached_is_tried_last_and_ipv6_before_ipv4(told: list[str], tried: list[str]) -> None:
    lab = pair6()
    typed(lab, "ip -n a addr add 10.0.0.1/24 dev eth0")
    network = lab.network("a")
    found = sorted_destinations(network.namespace, [parse_address(text) for text in told])
    assert [str(address) for address in found] == tried


@given(addresses=st.lists(st.sampled_from([IPv4(1), IPv4(0x0A000002), IPv6(1), IPv6(2), ip6("fd00::2")]), max_size=6))
def test_sorting_loses_nothing_and_repeats_nothing(addresses: list[IPv4 | IPv6]) -> None:
    found = sorted_destinations(Lab(docker=False).network().namespace, addresses)
    assert sorted(map(str, found)) == sorted(set(map(str, addresses)))

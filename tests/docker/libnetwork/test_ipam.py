"""Addresses and pools: laws that hold whatever is asked for in whatever order, and the order of the default pools."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.docker.ipamutils import DEFAULT_POOLS
from vnetsim.docker.libnetwork.ipam import AddressSpace, Lease, NoAddressError, Pool
from vnetsim.errors import EngineError
from vnetsim.wire.inet import IPv4, IPv6, Prefix

#: Small subnets, so that they run out.
SUBNETS = st.builds(
    lambda length, number: Prefix.of(IPv4(0x0A00_0000 + (number << 32 - length)), length),
    st.integers(26, 32),
    st.integers(0, 3),
)


def space() -> AddressSpace:
    return AddressSpace(DEFAULT_POOLS)


def usable(prefix: Prefix) -> list[int]:
    every = range(int(prefix.first), int(prefix.last) + 1)
    return list(every) if prefix.length > 30 else list(every)[1:-1]


@given(SUBNETS)
def test_addresses_come_from_the_lowest_to_the_highest_and_never_the_network_nor_the_broadcast(prefix: Prefix) -> None:
    pool = Pool.of(prefix)
    given_out = [int(pool.take(None, prefix)) for _ in usable(prefix)]
    assert given_out == usable(prefix)
    with pytest.raises(NoAddressError, match="no available addresses on this pool"):
        pool.take(None, prefix)


@given(SUBNETS, st.lists(st.tuples(st.booleans(), st.integers(0, 63))))
def test_no_address_is_given_twice_and_what_is_given_back_is_given_again(
    prefix: Prefix, steps: Sequence[tuple[bool, int]]
) -> None:
    lease = Lease(Pool.of(prefix), prefix)
    out: list[int] = []
    for back, which in steps:
        if back and out:
            lease.release(IPv4(out.pop(which % len(out))))
        elif len(out) < len(usable(prefix)):
            address = int(lease.take())
            assert address not in out
            assert address == min(set(usable(prefix)) - set(out))
            out.append(address)


@given(SUBNETS, st.integers(0, 0xFFFF_FFFF))
def test_a_wish_is_granted_inside_the_subnet_and_only_once(prefix: Prefix, number: int) -> None:
    lease = Lease(Pool.of(prefix), prefix)
    outside = IPv4(number)
    if outside not in prefix:
        with pytest.raises(EngineError, match="requested address is out of range"):
            lease.take(outside)
    inside = IPv4(usable(prefix)[number % len(usable(prefix))])
    assert lease.take(inside) == inside
    with pytest.raises(EngineError, match="Address already in use"):
        lease.take(inside)


@given(st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=60))
def test_subnets_in_use_never_overlap_and_the_lowest_free_one_is_next(steps: Sequence[int | None]) -> None:
    """None asks for a subnet, a number gives one back."""
    pools, leases = space(), list[Lease]()
    for step in steps:
        if step is not None:
            if leases:
                pools.release(leases.pop(step % len(leases)))
            continue
        if len(leases) == 31:
            with pytest.raises(EngineError, match="all predefined address pools have been fully subnetted"):
                pools.request_any(())
            continue
        lease = pools.request_any(())
        assert lease.prefix == free_subnets(leases)[0]
        leases.append(lease)


def free_subnets(leases: Sequence[Lease]) -> list[Prefix]:
    """Of the default pools, from the lowest."""
    cut = [
        Prefix.of(IPv4(int(base.first) + (number << 32 - length)), length)
        for base, length in DEFAULT_POOLS
        for number in range(1 << length - base.length)
    ]
    return [prefix for prefix in cut if prefix not in [lease.prefix for lease in leases]]


def test_the_default_pools_are_fifteen_of_16_and_sixteen_of_20() -> None:
    pools = space()
    found = [str(pools.request_any(()).prefix) for _ in range(31)]
    assert found[:2] == ["172.17.0.0/16", "172.18.0.0/16"]
    assert found[14:17] == ["172.31.0.0/16", "192.168.0.0/20", "192.168.16.0/20"]
    assert found[-1] == "192.168.240.0/20"


def test_what_the_host_has_routes_to_is_left_out() -> None:
    pools = space()
    avoided = [Prefix.parse("172.17.5.0/24"), Prefix.parse("172.18.0.0/15"), Prefix.parse("192.168.56.0/24")]
    found = [str(pools.request_any(avoided).prefix) for _ in range(27)]
    assert found[0] == "172.20.0.0/16"
    assert "192.168.48.0/20" not in found
    assert found[-1] == "192.168.240.0/20"


def test_subnets_of_a_smaller_host_network_are_jumped_over_whole() -> None:
    pools = AddressSpace([(Prefix.parse("10.0.0.0/22"), 24)])
    found = [str(pools.request_any([Prefix.parse("10.0.0.128/25"), Prefix.parse("10.0.2.0/24")]).prefix) for _ in "ab"]
    assert found == ["10.0.1.0/24", "10.0.3.0/24"]


def test_pools_that_overlap_an_earlier_one_are_forgotten() -> None:
    pools = AddressSpace([(Prefix.parse("10.1.0.0/24"), 24), (Prefix.parse("10.1.0.0/16"), 24)])
    assert str(pools.request_any(()).prefix) == "10.1.0.0/24"
    assert str(pools.request_any(()).prefix) == "10.1.1.0/24"


@pytest.mark.parametrize("other", ["10.0.0.0/8", "10.5.0.0/16", "10.5.7.0/24", "0.0.0.0/0"])
def test_a_subnet_that_meets_another_network_is_refused(other: str) -> None:
    pools = space()
    pools.request(Prefix.parse("10.5.0.0/16"), None)
    with pytest.raises(EngineError, match="invalid pool request: Pool overlaps with other one on this address space"):
        pools.request(Prefix.parse(other), None)


def test_one_subnet_serves_two_networks_whose_ranges_differ() -> None:
    pools, subnet = space(), Prefix.parse("10.5.0.0/16")
    one = pools.request(subnet, Prefix.parse("10.5.1.0/24"))
    other = pools.request(subnet, Prefix.parse("10.5.2.0/24"))
    assert [str(one.take()), str(other.take()), str(one.take())] == ["10.5.1.0", "10.5.2.0", "10.5.1.1"]
    with pytest.raises(EngineError, match="Pool overlaps"):
        pools.request(subnet, Prefix.parse("10.5.1.0/24"))
    with pytest.raises(EngineError, match="Address already in use"):
        other.take(IPv4.parse("10.5.1.0"))


def test_ipv6_keeps_the_anycast_address_of_the_routers_only() -> None:
    prefix = Prefix.parse("fd00::/126")
    pool = Pool.of(prefix)
    assert [str(pool.take(None, prefix)) for _ in range(3)] == ["fd00::1", "fd00::2", "fd00::3"]
    assert IPv6.parse("fd00::") in pool.taken


def test_the_default_pools_end_and_what_is_given_back_is_next() -> None:
    """Captured: 15 networks of /16 and 16 of /20; after two are gone the lower one of them is given again."""
    every = space()
    leases = [every.request_any(()) for _ in range(31)]
    assert [str(leases[at].prefix) for at in (0, 14, 15, 30)] == [
        "172.17.0.0/16",
        "172.31.0.0/16",
        "192.168.0.0/20",
        "192.168.240.0/20",
    ]
    with pytest.raises(EngineError, match="all predefined address pools have been fully subnetted"):
        every.request_any(())
    every.release(leases[20])
    every.release(leases[8])
    assert every.request_any(()).prefix == leases[8].prefix


def test_a_subnet_is_in_use_until_the_last_of_its_ranges_is_given_back() -> None:
    every, subnet = space(), Prefix.parse("10.1.0.0/16")
    low, high = (every.request(subnet, Prefix.parse(within)) for within in ("10.1.1.0/24", "10.1.2.0/24"))
    assert (str(low.take()), str(high.take())) == ("10.1.1.0", "10.1.2.0")
    every.release(low)
    with pytest.raises(EngineError, match="Pool overlaps"):
        every.request(subnet, None)
    assert every.request(subnet, Prefix.parse("10.1.1.0/24")).prefix == subnet
    every.release(every.request(subnet, Prefix.parse("10.1.3.0/24")))
    every.release(high)
    with pytest.raises(EngineError, match="Pool overlaps"):
        every.request(subnet, None)
    every.release(low)
    assert every.request(subnet, None).prefix == subnet


BLOCKED = st.lists(st.builds(lambda number, length: Prefix.of(IPv4(0x0A00_0000 + number), length),
                             st.integers(0, 300), st.integers(22, 32)), max_size=8)  # fmt: skip


@given(BLOCKED, st.integers(24, 28))
def test_the_lowest_free_subnet_is_the_first_that_overlaps_nothing(avoid: list[Prefix], length: int) -> None:
    base = Prefix.parse("10.0.0.0/24")
    subnets = (Prefix(IPv4(start), length) for start in range(base.first, base.last, 1 << 32 - length))
    expected = next((subnet for subnet in subnets if not any(subnet.overlaps(each) for each in avoid)), None)
    try:
        found = AddressSpace([(base, length)]).request_any(avoid).prefix
    except EngineError:
        found = None
    assert found == expected

"""Routes that come and go by themselves, in the words of `ip route`, as recorded on Linux 6.18; then laws."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.fake_routing import FakeNetwork
from tests.laws import examples
from vnetsim.kernel.fib import connected
from vnetsim.kernel.fib.info import LOCAL
from vnetsim.observations import AddressEntry
from vnetsim.wire.inet import Address, IPv4


@pytest.fixture
def network() -> FakeNetwork:
    return FakeNetwork("v0", "w0")


def local(network: FakeNetwork) -> list[str]:
    """Table local, without what every line of it says."""
    return [line.replace(" proto kernel", "").replace(" scope host", "") for line in network.table(LOCAL)]


def test_an_address_on_a_device_that_is_down_is_local_and_nothing_more(network: FakeNetwork) -> None:
    network.address("v0", "10.0.0.1/24")
    assert network.table() == []
    assert network.table(LOCAL) == ["local 10.0.0.1 dev v0 proto kernel scope host src 10.0.0.1"]
    network.up("v0")
    assert network.table() == ["10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1"]
    assert network.table(LOCAL) == [
        "local 10.0.0.1 dev v0 proto kernel scope host src 10.0.0.1",
        "broadcast 10.0.0.255 dev v0 proto kernel scope link src 10.0.0.1",
    ]


#: address, broadcast, peer, flags, metric -> table main, table local
MEANINGS = [
    ("10.1.0.1/16", "10.1.255.255", None, (), None,
     ["10.1.0.0/16 dev v0 proto kernel scope link src 10.1.0.1"],
     ["local 10.1.0.1 dev v0 src 10.1.0.1", "broadcast 10.1.255.255 dev v0 scope link src 10.1.0.1"]),
    ("10.3.0.1/24", "10.3.0.0", None, (), None,
     ["10.3.0.0/24 dev v0 proto kernel scope link src 10.3.0.1"],
     ["broadcast 10.3.0.0 dev v0 scope link src 10.3.0.1", "local 10.3.0.1 dev v0 src 10.3.0.1",
      "broadcast 10.3.0.255 dev v0 scope link src 10.3.0.1"]),
    ("10.4.0.1/32", None, None, (), None, [], ["local 10.4.0.1 dev v0 src 10.4.0.1"]),
    ("10.0.0.0/31", None, None, (), None,
     ["10.0.0.0/31 dev v0 proto kernel scope link src 10.0.0.0"], ["local 10.0.0.0 dev v0 src 10.0.0.0"]),
    ("10.0.0.1/32", None, "10.0.0.2", (), None,
     ["10.0.0.2 dev v0 proto kernel scope link src 10.0.0.1"], ["local 10.0.0.1 dev v0 src 10.0.0.1"]),
    ("10.8.0.1/24", None, "10.9.0.2", (), None,
     ["10.9.0.0/24 dev v0 proto kernel scope link src 10.8.0.1"],
     ["local 10.8.0.1 dev v0 src 10.8.0.1", "broadcast 10.9.0.255 dev v0 scope link src 10.8.0.1"]),
    ("10.0.0.1/24", None, None, ("noprefixroute",), None, [],
     ["local 10.0.0.1 dev v0 src 10.0.0.1", "broadcast 10.0.0.255 dev v0 scope link src 10.0.0.1"]),
    ("10.1.0.1/24", None, None, (), 77,
     ["10.1.0.0/24 dev v0 proto kernel scope link src 10.1.0.1 metric 77"],
     ["local 10.1.0.1 dev v0 src 10.1.0.1", "broadcast 10.1.0.255 dev v0 scope link src 10.1.0.1"]),
    ("0.0.0.5/8", None, None, (), None, [], ["local 0.0.0.5 dev v0 src 0.0.0.5"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "broadcast", "peer", "flags", "metric", "main", "own"), MEANINGS)
def test_what_an_address_means(
    network: FakeNetwork, text: str, broadcast: str | None, peer: str | None, flags: tuple[str, ...],
    metric: int | None, main: list[str], own: list[str],
) -> None:  # fmt: skip
    network.up("v0")
    address = network.address("v0", text, broadcast=broadcast, peer=peer, flags=flags, metric=metric)
    assert (network.table(), local(network)) == (main, own)
    connected.device_up(network.fib, network, address.index)  # routes that are there are not made again
    assert (network.table(), local(network)) == (main, own)
    assert network.take(address)
    assert (network.table(), network.table(LOCAL)) == ([], [])


def test_all_of_an_addresss_subnet_is_local_on_lo(network: FakeNetwork) -> None:
    network.address("lo", "127.0.0.1/8", scope=254)
    network.address("lo", "10.5.0.1/24")
    network.up("lo")
    assert network.table() == []
    assert local(network) == [
        "local 10.5.0.0/24 dev lo src 10.5.0.1",
        "local 10.5.0.1 dev lo src 10.5.0.1",
        "broadcast 10.5.0.255 dev lo scope link src 10.5.0.1",
        "local 127.0.0.0/8 dev lo src 127.0.0.1",
        "local 127.0.0.1 dev lo src 127.0.0.1",
        "broadcast 127.255.255.255 dev lo scope link src 127.0.0.1",
    ]
    assert network.way("10.5.0.99") == "local dev lo"


# --- going down and coming up ----------------------------------------------------------------------------------------


def test_going_down_takes_every_route_but_the_local_ones_and_only_connected_ones_come_back(
    network: FakeNetwork,
) -> None:
    network.up("v0")
    network.address("v0", "10.0.0.1/24")
    network.add("default via 10.0.0.2")
    network.add("blackhole 10.6.0.0/16")
    network.down("v0")
    assert network.table() == ["blackhole 10.6.0.0/16"]
    assert local(network) == ["local 10.0.0.1 dev v0 src 10.0.0.1"]
    network.up("v0")
    assert network.table() == ["10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1", "blackhole 10.6.0.0/16"]


def test_losing_the_carrier_only_marks_the_routes(network: FakeNetwork) -> None:
    network.up("v0")
    network.address("v0", "10.0.0.1/24")
    network.add("default via 10.0.0.2")
    network.carrier("v0", on=False)
    assert network.table() == [
        "default via 10.0.0.2 dev v0 linkdown",
        "10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1 linkdown",
    ]
    assert "linkdown" not in network.table(LOCAL)[0]
    assert network.way("8.8.8.8") == "via 10.0.0.2 dev v0"
    network.ignoring_linkdown = True
    assert network.table()[0] == "default via 10.0.0.2 dev v0 dead linkdown"
    assert network.way("8.8.8.8") == "ENETUNREACH"
    network.carrier("v0", on=True)
    assert network.way("8.8.8.8") == "via 10.0.0.2 dev v0"


def test_a_device_that_comes_up_without_carrier_makes_marked_routes(network: FakeNetwork) -> None:
    network.devices[network.index("v0")].carrier = False
    network.up("v0")
    network.address("v0", "10.0.0.1/24")
    assert network.table() == ["10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1 linkdown"]


def test_a_device_that_is_gone_leaves_nothing(network: FakeNetwork) -> None:
    network.up("v0")
    network.address("v0", "10.0.0.1/24")
    network.add("default via 10.0.0.2")
    connected.device_gone(network.fib, network, network.index("v0"))
    assert network.table() + network.table(LOCAL) == []


# --- several addresses -----------------------------------------------------------------------------------------------


def test_a_secondary_address_is_local_and_speaks_for_its_primary(network: FakeNetwork) -> None:
    network.up("v0")
    network.address("v0", "10.0.0.1/24")
    second = network.address("v0", "10.0.0.9/24", flags=("secondary",))
    assert local(network) == [
        "local 10.0.0.1 dev v0 src 10.0.0.1",
        "local 10.0.0.9 dev v0 src 10.0.0.1",
        "broadcast 10.0.0.255 dev v0 scope link src 10.0.0.1",
    ]
    assert not network.take(second)
    assert local(network) == [
        "local 10.0.0.1 dev v0 src 10.0.0.1",
        "broadcast 10.0.0.255 dev v0 scope link src 10.0.0.1",
    ]
    assert len(network.table()) == 1


def test_the_same_address_with_another_length_keeps_what_both_need(network: FakeNetwork) -> None:
    network.up("v0")
    network.address("v0", "10.0.0.1/24")
    wide = network.address("v0", "10.0.0.1/16")
    assert network.table() == [
        "10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1",
        "10.0.0.0/16 dev v0 proto kernel scope link src 10.0.0.1",
    ]
    network.take(wide)
    assert network.table() == ["10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1"]
    assert local(network) == [
        "local 10.0.0.1 dev v0 src 10.0.0.1",
        "broadcast 10.0.0.255 dev v0 scope link src 10.0.0.1",
    ]


def test_one_subnet_on_two_devices_is_reached_by_the_first(network: FakeNetwork) -> None:
    network.up("v0", "w0")
    first = network.address("v0", "10.7.0.1/24")
    network.address("w0", "10.7.0.2/24")
    assert network.way("10.7.0.50") == "dev v0"
    network.take(first)
    assert network.way("10.7.0.50") == "dev w0"
    assert local(network) == [
        "local 10.7.0.2 dev w0 src 10.7.0.2",
        "broadcast 10.7.0.255 dev w0 scope link src 10.7.0.2",
    ]


def test_routes_that_send_with_an_address_go_with_it_but_only_those_of_main(network: FakeNetwork) -> None:
    network.up("v0", "w0")
    network.address("v0", "10.0.0.1/24")
    network.address("w0", "10.3.0.1/24")
    other = network.address("w0", "10.2.0.1/24")
    network.add("10.30.0.0/16 via 10.0.0.2 src 10.2.0.1")
    network.add("10.30.0.0/16 via 10.0.0.2 src 10.2.0.1 table 100")
    network.take(other)
    assert "10.30.0.0/16 via 10.0.0.2 dev v0 src 10.2.0.1" not in network.table()
    assert network.table(100) == ["10.30.0.0/16 via 10.0.0.2 dev v0 src 10.2.0.1"]


def test_an_address_that_another_device_has_too_is_still_one_to_send_with(network: FakeNetwork) -> None:
    network.up("v0", "w0")
    network.address("v0", "10.0.0.1/24")
    network.address("w0", "10.3.0.1/24")
    twin = network.address("w0", "10.0.0.1/32")
    network.add("10.30.0.0/16 via 10.0.0.2 src 10.0.0.1")
    network.take(twin)
    assert "10.30.0.0/16 via 10.0.0.2 dev v0 src 10.0.0.1" in network.table()


def test_with_its_last_address_a_device_loses_all_its_routes(network: FakeNetwork) -> None:
    network.up("v0", "w0")
    network.address("v0", "10.0.0.1/24")
    only = network.address("w0", "10.2.0.1/24")
    network.add("10.50.0.0/16 dev w0")
    network.add("default nexthop via 10.0.0.2 nexthop via 10.2.0.2")
    assert network.take(only)
    assert network.table() == [
        "default nexthop via 10.0.0.2 dev v0 weight 1 nexthop via 10.2.0.2 dev w0 weight 1 dead linkdown",
        "10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1",
    ]
    network.address("w0", "10.2.0.1/24")
    assert "dead" not in network.table()[0]


def test_a_promoted_secondary_takes_over_the_routes(network: FakeNetwork) -> None:
    network.up("v0")
    old = network.address("v0", "10.0.0.1/24")
    heirs = [network.address("v0", f"10.0.0.{n}/24", flags=("secondary",)) for n in (8, 9)]
    for heir in heirs:
        connected.address_deleted(network.fib, network, heir, primary=old)
    network.take(old)
    addresses = network.devices[network.index("v0")].addresses
    assert addresses == heirs
    addresses[0] = AddressEntry(index=addresses[0].index, device="v0", address=IPv4.parse("10.0.0.8"), length=24)
    for address in addresses:
        connected.address_added(network.fib, network, address)
    assert network.table() == ["10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.8"]
    assert local(network) == [
        "local 10.0.0.8 dev v0 src 10.0.0.8",
        "local 10.0.0.9 dev v0 src 10.0.0.8",
        "broadcast 10.0.0.255 dev v0 scope link src 10.0.0.8",
    ]


# --- IPv6 ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def network6() -> FakeNetwork:
    return FakeNetwork("v0", "v1", version=6)


def test_an_ipv6_address_is_local_at_once_and_connected_while_its_device_is_up(network6: FakeNetwork) -> None:
    network6.address("v0", "fd00:1::1/64")
    assert network6.table() == []
    assert network6.table(LOCAL) == ["local fd00:1::1 dev v0 proto kernel metric 0"]
    network6.up("v0")
    assert network6.table() == ["fd00:1::/64 dev v0 proto kernel metric 256"]
    assert network6.table(LOCAL) == [
        "local fd00:1::1 dev v0 proto kernel metric 0",
        "multicast ff00::/8 dev v0 proto kernel metric 256",
    ]


def test_ipv6_connected_routes_have_their_metric_and_both_ends(network6: FakeNetwork) -> None:
    network6.up("v0")
    network6.address("v0", "fd00:2::1/128")
    network6.address("v0", "fd00:4::1/64", metric=77)
    network6.address("v0", "fd00:5::1/64", flags=("noprefixroute",))
    network6.address("v0", "fd00:6::1/128", peer="fd00:6::2")
    assert network6.table() == [
        "fd00:2::1 dev v0 proto kernel metric 256",
        "fd00:4::/64 dev v0 proto kernel metric 77",
        "fd00:6::1 dev v0 proto kernel metric 256",
        "fd00:6::2 dev v0 proto kernel metric 256",
    ]


def test_one_ipv6_subnet_is_connected_by_every_device_in_it(network6: FakeNetwork) -> None:
    network6.up("v1", "v0")
    network6.address("v1", "fe80::2/64")
    network6.address("v0", "fe80::1/64")
    assert network6.table() == [
        "fe80::/64 dev v1 proto kernel metric 256",
        "fe80::/64 dev v0 proto kernel metric 256",
    ]


def test_an_ipv6_subnet_stays_connected_while_an_address_of_it_is_left(network6: FakeNetwork) -> None:
    network6.up("v0")
    one, other = network6.address("v0", "fd00:1::1/64"), network6.address("v0", "fd00:1::2/64")
    network6.take(one)
    assert network6.table() == ["fd00:1::/64 dev v0 proto kernel metric 256"]
    network6.take(other)
    assert network6.table() == []


def test_ipv6_forgets_everything_of_a_device_that_goes_down(network6: FakeNetwork) -> None:
    network6.up("v0")
    network6.address("v0", "fd00:1::1/64")
    network6.add("default via fd00:1::9")
    network6.carrier("v0", on=False)
    assert network6.table()[0] == "fd00:1::/64 dev v0 proto kernel metric 256 linkdown"
    network6.down("v0")
    assert network6.table() + network6.table(LOCAL) == []


# --- laws ------------------------------------------------------------------------------------------------------------

ADDRESSES = st.tuples(
    st.sampled_from(["v0", "w0"]),
    st.builds(
        lambda host, length: f"10.0.{host >> 8}.{host & 255}/{length}",
        st.integers(0, 0x3FF),
        st.sampled_from([16, 22, 24, 30, 31, 32]),
    ),
)


def is_edge(address: Address, other: AddressEntry) -> bool:
    """Whether it is the other's network or broadcast address: there, as on a real machine, the older route answers."""
    host_bits = (1 << (32 - other.length)) - 1
    return (
        host_bits > 1
        and (int(address) ^ int(other.address)) & ~host_bits == 0
        and (int(address) & host_bits in (0, host_bits))
    )


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(ADDRESSES, min_size=1, max_size=6, unique=True))
def test_an_address_is_local_while_it_is_there_and_nothing_is_left_after_the_last(asked: list[tuple[str, str]]) -> None:
    network = FakeNetwork("v0", "w0")
    network.up("v0", "w0")
    held: list[AddressEntry] = []
    for device, text in asked:
        held.append(network.address(device, text, flags=secondary_flag(held, device, text)))
    while held:
        going = held.pop(0)
        dependants = [
            known
            for known in held
            if known.index == going.index
            and connected.is_secondary(known)
            and connected.network_of(known) == connected.network_of(going)
        ]
        for gone in [*(dependants if not connected.is_secondary(going) else []), going]:
            network.take(gone)
            if gone in held:
                held.remove(gone)
        for known in held:
            if not any(is_edge(known.address, other) for other in [*held, going]):
                assert network.fib.address_type(known.address) == "local", f"{known.address} after {going}"
    assert network.table() + network.table(LOCAL) == []


def secondary_flag(held: list[AddressEntry], device: str, text: str) -> tuple[str, ...]:
    probe = FakeNetwork(device).address(device, text)
    same = any(known.device == device and connected.network_of(known) == connected.network_of(probe) for known in held)
    return ("secondary",) if same else ()

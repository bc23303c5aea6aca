"""Cryptokey routing: the longest network decides, and each network has one peer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from vnetsim.protocols.wireguard.allowedips import AllowedIps
from vnetsim.wire.inet import Address, IPv4, IPv6, Prefix, parse_address


def table(*entries: tuple[str, str]) -> AllowedIps[str]:
    made: AllowedIps[str] = AllowedIps()
    for network, peer in entries:
        made.insert(Prefix.parse(network), peer)
    return made


def test_the_longest_network_decides() -> None:
    found = table(("10.0.0.0/8", "b"), ("10.5.0.0/16", "c"), ("fd00::/64", "c"))
    expected = {"10.1.0.1": "b", "10.5.0.1": "c", "11.0.0.1": None, "fd00::9": "c", "fd01::1": None}
    assert {text: found.lookup(parse_address(text)) for text in expected} == expected


def test_a_network_moves_to_the_peer_that_was_given_it_last() -> None:
    found = table(("192.168.9.0/24", "b"), ("10.0.0.0/8", "b"), ("192.168.9.0/24", "c"))
    assert (found.of("b"), found.of("c")) == ((Prefix.parse("10.0.0.0/8"),), (Prefix.parse("192.168.9.0/24"),))
    found.insert(Prefix.parse("10.0.0.0/8"), "c")
    assert [str(network) for network in found.of("c")] == ["192.168.9.0/24", "10.0.0.0/8"]


def test_a_peer_that_is_removed_leaves_the_shorter_networks_of_others() -> None:
    found = table(("0.0.0.0/0", "b"), ("10.5.0.0/16", "c"))
    found.remove_by_peer("c")
    assert found.lookup(parse_address("10.5.0.1")) == "b"
    assert found.of("c") == ()


def _addresses(version: int) -> st.SearchStrategy[Address]:
    return st.integers(0, 255).map(lambda low: IPv4(0x0A000000 | low) if version == 4 else IPv6(0xFD << 120 | low))


@settings(max_examples=50)
@given(st.data(), st.sampled_from([4, 6]))
def test_the_peer_of_an_address_is_that_of_a_search_through_all_networks(data: st.DataObject, version: int) -> None:
    bits = 32 if version == 4 else 128
    entries = data.draw(
        st.lists(
            st.tuples(_addresses(version), st.integers(bits - 8, bits) | st.just(0), st.sampled_from("abc")), max_size=8
        )
    )
    found: AllowedIps[str] = AllowedIps()
    known: dict[Prefix, str] = {}
    for address, length, peer in entries:
        found.insert(Prefix.of(address, length), peer)
        known[Prefix.of(address, length)] = peer
    asked = data.draw(_addresses(version))
    fitting = [network for network in known if asked in network]
    expected = known[max(fitting, key=lambda network: network.length)] if fitting else None
    assert found.lookup(asked) == expected

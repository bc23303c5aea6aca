"""Sets in hashes: what they hold, what they refuse, what a packet finds in them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.netfilter.ipset.sets import Sets
from tests.netfilter.packets_for_rules import at, datagram, ping6, segment
from vnetsim.clock import SECOND
from vnetsim.netfilter.ipset.entry import CounterTest, SetLookup
from vnetsim.netfilter.ipset.hashset import HashSet
from vnetsim.netfilter.packet import PktInfo
from vnetsim.wire.mac import Mac


def matches(sets: Sets, packet: PktInfo, *sides: str, **more: Any) -> bool:
    return sets.sets.matches("s", packet, SetLookup(sides=sides, size=packet.ip.length, **more))


@pytest.mark.parametrize(
    ("kind", "element", "packet", "sides", "found"),
    [
        ("hash:ip", "10.0.0.1", at(), ("src",), True),
        ("hash:ip", "10.0.0.1", at(), ("dst",), False),
        ("hash:ip", "10.0.0.1", at(ping6()), ("src",), False),
        ("hash:net", "10.0.0.0/30", at(), ("dst",), True),
        ("hash:net", "10.0.1.0/24", at(), ("dst",), False),
        ("hash:ip,port", "10.0.0.1,tcp:80", at(segment()), ("src", "dst"), True),
        ("hash:ip,port", "10.0.0.1,tcp:80", at(segment()), ("src",), False),
        ("hash:ip,port", "10.0.0.1,tcp:80", at(segment()), ("src", "src"), False),
        ("hash:ip,port", "10.0.0.1,udp:53", at(datagram()), ("src", "dst"), True),
        ("hash:ip,port", "10.0.0.1,icmp:ping", at(), ("src", "src"), True),
        ("hash:ip,port", "10.0.0.1,icmp:0/0", at(), ("src", "src"), False),
        ("hash:net,port", "10.0.0.0/24,80", at(segment()), ("dst", "dst"), True),
        ("hash:ip,port,ip", "10.0.0.1,80,10.0.0.2", at(segment()), ("src", "dst", "dst"), True),
        ("hash:ip,port,net", "10.0.0.1,80,10.0.0.0/8", at(segment()), ("src", "dst", "dst"), True),
        ("hash:net,net", "10.0.0.0/24,10.0.0.2/31", at(segment()), ("src", "dst"), True),
        ("hash:net,port,net", "0.0.0.0/0,80,10.0.0.2", at(segment()), ("src", "dst", "dst"), True),
        ("hash:net,iface", "10.0.0.0/24,eth0", at(in_device="eth0"), ("src", "src"), True),
        ("hash:net,iface", "10.0.0.0/24,eth0", at(in_device="eth0"), ("src", "dst"), False),
        ("hash:ip,mark", "10.0.0.1,0x5", at(mark=5), ("src", "src"), True),
        ("hash:ip,mark", "10.0.0.1,0x5", at(mark=4), ("src", "src"), False),
        ("hash:mac", "02:00:00:00:00:01", at(source_mac=Mac(0x020000000001)), ("src",), True),
        ("hash:mac", "02:00:00:00:00:01", at(), ("src",), False),
        ("hash:ip,mac", "10.0.0.1,02:00:00:00:00:01", at(source_mac=Mac(0x020000000001)), ("src", "src"), True),
    ],
)
def test_a_packet_is_looked_for_by_its_sides(
    kind: str, element: str, packet: PktInfo, sides: tuple[str, ...], found: bool
) -> None:
    sets = Sets()
    sets.create("s", kind)
    sets.add("s", element)
    assert matches(sets, packet, *sides) is found


def test_the_longest_network_decides() -> None:
    sets = Sets()
    sets.create("s", "hash:net")
    sets.add("s", "10.0.0.0/8")
    sets.add("s", "10.0.0.0/24", nomatch=True)
    assert not matches(sets, at(), "src")
    assert matches(sets, at(), "src", return_nomatch=True)
    sets.add("s", "10.0.0.1")
    assert matches(sets, at(), "src")
    assert (sets.has("s", "10.9.0.1"), sets.has("s", "10.0.0.9"), sets.has("s", "10.0.0.9", nomatch=True)) == (
        True, False, True,
    )  # fmt: skip
    assert sets.has("s", "10.0.0.0/8")
    assert not sets.has("s", "10.0.0.0/9")


def test_a_match_counts_and_compares() -> None:
    sets = Sets()
    sets.create("s", "hash:ip", counters=True)
    sets.add("s", "10.0.0.1", packets=3, bytes=10)
    assert not matches(sets, at(), "src", packets=CounterTest(operator="gt", value=4))
    assert matches(sets, at(), "src", packets=CounterTest(operator="gt", value=4))
    assert matches(sets, at(), "src", counts=False, packets=CounterTest(operator="eq", value=5))
    assert not matches(sets, at(), "src", counts=False, bytes=CounterTest(operator="eq", value=178, negated=True))
    ((_, entry),) = sets.sets.members("s")
    assert (entry.packets, entry.bytes) == (5, 178)


def test_an_element_is_forgotten_when_its_time_is_over() -> None:
    sets = Sets()
    sets.create("s", "hash:ip", timeout=5)
    sets.add("s", "10.0.0.1")
    sets.add("s", "10.0.0.2", timeout=0)
    sets.time = 5 * SECOND
    assert sets.members("s") == ["10.0.0.2"]
    assert not matches(sets, at(), "src")
    assert sets.refusal("delete", "s", "10.0.0.1") == "EXIST"
    assert sets.refusal("add", "s", "10.0.0.1") == ""


def test_packets_add_and_delete() -> None:
    sets = Sets()
    sets.create("s", "hash:net", timeout=5)
    sets.add("s", "10.9.0.0/24")
    sets.sets.add_packet("s", at(), ("src",), exist=False)
    assert sorted(sets.members("s")) == ["10.0.0.0/24", "10.9.0.0/24"]
    sets.time = 3 * SECOND
    sets.sets.add_packet("s", at(), ("src",), exist=False)
    sets.time = 5 * SECOND
    assert sets.members("s") == []
    sets.sets.add_packet("s", at(), ("src",), 100, exist=True)
    assert sets.has("s", "10.0.0.1")
    sets.sets.delete_packet("s", at(), ("src",))
    assert not sets.has("s", "10.0.0.1")


@pytest.mark.parametrize(
    ("kind", "options", "element", "given", "code"),
    [
        ("hash:ip", {}, "0.0.0.0", {}, "HASH_ELEM"),
        ("hash:mac", {}, "00:00:00:00:00:00", {}, "HASH_ELEM"),
        ("hash:ip", {"maxelem": 1}, "10.0.0.1-10.0.0.2", {}, "HASH_FULL"),
        ("hash:net", {}, "0.0.0.0/0", {}, "INVALID_CIDR"),
        ("hash:net", {}, "10.0.0.0/8", {"timeout": 5}, "TIMEOUT"),
        ("hash:ip", {}, "10.0.0.1", {"packets": 5}, "COUNTER"),
        ("hash:ip", {}, "10.0.0.1", {"comment": "x"}, "COMMENT"),
        ("hash:ip", {}, "10.0.0.1", {"skbmark": (1, 1)}, "SKBINFO"),
    ],
)
def test_an_element_is_refused(kind: str, options: Any, element: str, given: Any, code: str) -> None:
    sets = Sets()
    sets.create("s", kind, **options)
    assert sets.refusal("add", "s", element, **given) == code


def test_forceadd_takes_the_place_of_an_element_of_the_same_bucket() -> None:
    sets = Sets()
    sets.create("s", "hash:ip", maxelem=1, forceadd=True, hashsize=64)
    sets.add("s", "10.0.0.1")
    results = {sets.refusal("add", "s", f"10.0.0.{n}") for n in range(2, 250)}
    assert results == {"", "HASH_FULL"}
    assert len(sets.members("s")) == 1


def test_a_full_bucket_makes_the_hash_grow() -> None:
    sets = Sets()
    sets.create("s", "hash:ip", hashsize=64, bucketsize=2)
    sets.add("s", "10.0.0.0/24")
    found = sets.sets.named("s")
    assert isinstance(found, HashSet)
    assert found.bits > 6
    assert len(set(sets.members("s"))) == 256


ADDRESS = st.integers(0, 15).map(lambda n: f"10.0.0.{n + 1}")


@given(st.lists(st.tuples(st.booleans(), ADDRESS), max_size=30))
@settings(max_examples=examples(40), deadline=None)
def test_a_set_holds_what_was_added_and_not_deleted(changes: list[tuple[bool, str]]) -> None:
    sets, model = Sets(), set()
    sets.create("s", "hash:ip", hashsize=64)
    for adds, address in changes:
        if adds:
            sets.add("s", address, exist=True)
            model.add(address)
        else:
            sets.delete("s", address, exist=True)
            model.discard(address)
    assert set(sets.members("s")) == model
    assert all(sets.has("s", address) for address in model)
    assert sets.sets.named("s").memory >= 216

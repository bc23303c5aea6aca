"""-m set and -j SET: their texts, as iptables 1.8.9 printed them, and what they do to packets."""

from __future__ import annotations

import pytest

from tests.netfilter.ipset.sets import Sets
from tests.netfilter.packets_for_rules import at
from vnetsim.errors import NotModelled
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.parse import parse_rule
from vnetsim.netfilter.rules import XtTarget


@pytest.mark.parametrize(
    ("rule", "text", "listing"),
    [
        ("-m set --match-set h src,dst", "", "match-set h src,dst"),
        ("-m set ! --match-set h src", "", "! match-set h src"),
        ("-m set --match-set h src --return-nomatch ! --update-counters --packets-gt 5 --bytes-lt 100",
         "", "match-set h src return-nomatch ! update-counters packets-gt 5 bytes-lt 100"),
        ("-m set --match-set h src ! --packets-eq 5 ! --bytes-eq 100", "",
         "match-set h src ! packets-eq 5 ! bytes-eq 100"),
        ("-m set --match-set h src --update-counters", "-m set --match-set h src", "match-set h src"),
        ("-j SET --add-set h src --exist --timeout 5", "", "add-set h src exist timeout 5"),
        ("-j SET --add-set h src --del-set h dst", "", "add-set h src del-set h dst"),
        ("-j SET --map-set h src --map-mark", "", "map-set h src map-mark"),
    ],
)  # fmt: skip
def test_a_rule_is_printed(rule: str, text: str, listing: str) -> None:
    found = parse_rule(rule)
    assert str(found) == (text or rule)
    assert [extension.listing(True) for extension in found.extensions] == [listing]
    assert {name for extension in found.extensions for name in extension.sets} == {"h"}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("-m set", "You must specify `--match-set' with proper arguments"),
        ("-m set --match-set h", "--match-set requires two args."),
        ("-m set --match-set h src --match-set h dst", "--match-set can be specified only once"),
        ("-m set --match-set h bogus", "You must spefify (the comma separated list of) 'src' or 'dst'."),
        ("-m set --match-set h " + ",".join(["src"] * 7), "Can't be more src/dst options than 6."),
        ("-m set --match-set " + "a" * 32 + " src", f"setname `{'a' * 32}' too long, max 31 characters."),
        ("-m set --match-set h src --packets-eq 1 --packets-lt 1", "only one of the --packets-[eq|lt|gt] is allowed"),
        ("-m set --match-set h src --packets-eq x", "Cannot parse x as a counter value"),
        ("-j SET", "You must specify either `--add-set' or `--del-set' or `--map-set'"),
        ("-j SET --map-set h src", "You must specify flags `--map-mark' or '--map-prio` or `--map-queue'"),
        ("-j SET --add-set h src --timeout x", "Invalid value for option --timeout or out of range 0-4294967294"),
    ],
)
def test_a_rule_is_refused(rule: str, message: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        parse_rule(rule)
    assert refused.value.message == message


def test_queues_and_priorities_are_not_modelled() -> None:
    with pytest.raises(NotModelled):
        parse_rule("-j SET --map-set h src --map-queue")


def test_packets_go_into_sets_and_out_of_them() -> None:
    sets = Sets()
    sets.create("h", "hash:ip", timeout=9, skbinfo=True)
    packet = at(sets=lambda: sets.sets)

    def act(rule: str) -> None:
        target = parse_rule(rule).target
        assert isinstance(target, XtTarget)
        target.act(packet)

    def fits(rule: str) -> bool:
        return all(test(packet) for test in parse_rule(rule).tests())

    assert not fits("-m set --match-set h src")
    act("-j SET --add-set h src --timeout 100")
    assert fits("-m set --match-set h src")
    assert fits("-m set ! --match-set h dst")
    assert [entry.remaining(0) for _, entry in sets.sets.members("h")] == [100]
    act("-j SET --del-set h src")
    assert not fits("-m set --match-set h src")
    sets.add("h", "10.0.0.1", skbmark=(0x5, 0xF))
    packet.mark = 0x12
    act("-j SET --map-set h src --map-mark")
    assert packet.mark == 0x15


def test_a_namespace_without_sets_has_no_packet_in_one() -> None:
    rule = parse_rule("-m set ! --match-set h src -j SET --add-set h src")
    assert all(test(at()) for test in rule.tests())
    assert rule.target is not None
    rule.target.act(at())

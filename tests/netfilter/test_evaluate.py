from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from unittest.mock import patch

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.netfilter.packets_for_rules import at, datagram, ping, segment
from vnetsim.netfilter import operations as ops
from vnetsim.netfilter.errors import NetfilterError
from vnetsim.netfilter.evaluate import evaluate
from vnetsim.netfilter.header import InDevice, OutDevice, Protocol
from vnetsim.netfilter.outcome import TableOutcome
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.parse import parse_rule
from vnetsim.netfilter.rules import ACCEPT, DROP, RETURN, Jump, Rule, XtTarget
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.netfilter.verdicts import ACCEPT as ACCEPTED
from vnetsim.netfilter.verdicts import DROP as DROPPED
from vnetsim.netfilter.verdicts import Verdict
from vnetsim.wire import ipv4
from vnetsim.wire.inet import IPv4


def ruleset(*lines: str) -> Ruleset:
    """`N CHAIN`, `P CHAIN POLICY`, or `CHAIN RULE`."""
    made = Ruleset()
    for line in lines:
        first, rest = line.split(" ", 1)
        if first == "N":
            made.apply(ops.NewChain(chain=rest))
        elif first == "P":
            chain, policy = rest.split()
            made.apply(ops.SetPolicy(chain=chain, policy=DROPPED if policy == "DROP" else ACCEPTED))
        else:
            made.apply(ops.AppendRule(chain=first, rule=parse_rule(rest)))
    return made


def trail(rules: Ruleset, packet: PktInfo) -> tuple[Verdict, list[str]]:
    outcome = evaluate(rules, "filter", "FORWARD", packet)
    return outcome.verdict, [str(hit) for hit in outcome.hits]


#: Port 80 of one container published on docker0, in the words of the engine's rules.
PUBLISHED = (
    "N DOCKER-USER",
    "N DOCKER",
    "P FORWARD DROP",
    "FORWARD -j DOCKER-USER",
    "FORWARD -o docker0 -j DOCKER",
    "FORWARD -i docker0 -j ACCEPT",
    "DOCKER-USER -j RETURN",
    "DOCKER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "DOCKER ! -i docker0 -p tcp -m tcp --dport 80 -j ACCEPT",
    "DOCKER ! -i docker0 -j DROP",
)


def test_a_published_port_is_accepted_and_the_trail_says_why() -> None:
    packet = at(segment(), in_device="eth0", out_device="docker0", ctstate="NEW")
    assert trail(ruleset(*PUBLISHED), packet) == (
        ACCEPTED,
        [
            "FORWARD rule 1: -j DOCKER-USER",
            "DOCKER-USER rule 1: -j RETURN",
            "FORWARD rule 2: -o docker0 -j DOCKER",
            "DOCKER rule 2: ! -i docker0 -p tcp -m tcp --dport 80 -j ACCEPT",
        ],
    )


def test_another_port_is_dropped_by_the_last_rule_of_docker() -> None:
    packet = at(segment(destination_port=22), in_device="eth0", out_device="docker0", ctstate="NEW")
    verdict, hits = trail(ruleset(*PUBLISHED), packet)
    assert (verdict, hits[-1]) == (DROPPED, "DOCKER rule 3: ! -i docker0 -j DROP")


def test_a_chain_without_a_verdict_comes_back_to_its_caller() -> None:
    packet = at(segment(), in_device="docker0", out_device="docker0", ctstate="NEW")
    assert trail(ruleset(*PUBLISHED), packet)[1][-1] == "FORWARD rule 3: -i docker0 -j ACCEPT"


def test_the_policy_decides_when_no_rule_does() -> None:
    outcome = evaluate(ruleset("P FORWARD DROP", "FORWARD -p udp -j ACCEPT"), "filter", "FORWARD", at())
    assert outcome == TableOutcome(DROPPED, (), by_policy=True)


def test_a_verdict_of_a_rule_is_not_the_policys() -> None:
    assert not evaluate(ruleset("FORWARD -j DROP"), "filter", "FORWARD", at()).by_policy


def test_a_rule_without_a_target_is_counted_and_the_packet_goes_on() -> None:
    rules = ruleset("FORWARD -p icmp", "FORWARD -p icmp -j DROP")
    assert trail(rules, at()) == (DROPPED, ["FORWARD rule 1: -p icmp", "FORWARD rule 2: -p icmp -j DROP"])
    assert [(entry.packets, entry.bytes) for entry in rules.tables["filter"].chains["FORWARD"].entries] == [(1, 84)] * 2


def test_return_in_a_built_in_chain_asks_the_policy() -> None:
    rules = ruleset("P FORWARD DROP", "FORWARD -j RETURN", "FORWARD -j ACCEPT")
    assert evaluate(rules, "filter", "FORWARD", at()).by_policy


def test_goto_comes_back_to_where_its_own_chain_was_called_from() -> None:
    rules = ruleset("N A", "N B", "A -g B", "A -j DROP", "FORWARD -j A", "FORWARD -j ACCEPT")
    assert trail(rules, at()) == (
        ACCEPTED,
        ["FORWARD rule 1: -j A", "A rule 1: -g B", "FORWARD rule 2: -j ACCEPT"],
    )


def test_goto_from_a_built_in_chain_ends_at_its_policy() -> None:
    rules = ruleset("N B", "P FORWARD DROP", "FORWARD -g B", "FORWARD -j ACCEPT")
    assert evaluate(rules, "filter", "FORWARD", at()).by_policy


def test_what_falls_through_is_counted_only_once_somebody_asked_for_it() -> None:
    """Captured: a chain that `-A` made says [0:0] for ever, one that `-P` or `-Z` touched counts."""
    rules = ruleset("FORWARD -p udp")
    chain = rules.tables["filter"].chains["FORWARD"]
    evaluate(rules, "filter", "FORWARD", at())
    assert (chain.packets, chain.bytes) == (0, 0)
    rules.apply(ops.Zero())
    evaluate(rules, "filter", "FORWARD", at())
    chain = rules.tables["filter"].chains["FORWARD"]
    assert (chain.packets, chain.bytes) == (1, 84)


def test_a_packet_that_a_rule_took_is_not_counted_by_the_policy() -> None:
    rules = ruleset("P FORWARD ACCEPT", "FORWARD -p icmp -j ACCEPT")
    evaluate(rules, "filter", "FORWARD", at())
    evaluate(rules, "filter", "FORWARD", at(datagram()))
    chain = rules.tables["filter"].chains["FORWARD"]
    assert (chain.packets, chain.bytes) == (1, 33)


def test_changing_another_rule_keeps_what_was_counted() -> None:
    rules = ruleset("FORWARD -p icmp")
    evaluate(rules, "filter", "FORWARD", at())
    rules.apply(ops.InsertRule(chain="FORWARD", rule=Rule(target=ACCEPT)))
    assert [entry.packets for entry in rules.tables["filter"].chains["FORWARD"].entries] == [0, 1]


# --- the law: a short evaluator that was written twice ---------------------------------------------------------------


@attrs.frozen
class Line:
    """Matches when `needs` says so of a packet's (in, out, protocol); None is any."""

    needs: tuple[str | None, str | None, int | None]
    action: str | None  #: ACCEPT, DROP, RETURN, `-j X`, `-g X` or nothing

    def rule(self) -> Rule:
        came, leaves, protocol = self.needs
        return Rule(
            in_device=InDevice(came) if came else None,
            out_device=OutDevice(leaves) if leaves else None,
            protocol=Protocol(protocol) if protocol else None,
            target=self._target(),
        )

    def _target(self) -> XtTarget | None:
        if self.action is None:
            return None
        known = {"ACCEPT": ACCEPT, "DROP": DROP, "RETURN": RETURN}.get(self.action)
        return known or Jump(self.action[3:], goto=self.action.startswith("-g"))


def reference(
    chains: dict[str, list[Line]], facts: tuple[str, str, int], policy: str
) -> tuple[str, list[tuple[str, int]]]:
    """By recursion, as one would say it: a goto is a jump after which nothing follows."""
    hits: list[tuple[str, int]] = []

    def walk(name: str) -> str | None:
        for number, line in enumerate(chains[name], start=1):
            if any(wanted not in (None, fact) for wanted, fact in zip(line.needs, facts, strict=True)):
                continue
            hits.append((name, number))
            if line.action in ("ACCEPT", "DROP"):
                return line.action
            if line.action == "RETURN":
                return None
            if line.action is not None:
                found = walk(line.action[3:])
                if found is not None or line.action.startswith("-g"):
                    return found
        return None

    return walk("FORWARD") or policy, hits


DEVICES = ("eth0", "eth1")
NAMES = ("FORWARD", "A", "B", "C")


def lines(after: Sequence[str]) -> st.SearchStrategy[list[Line]]:
    """Rules that lead to chains in `after` only, so that there is no loop."""
    needs = st.tuples(
        st.sampled_from((None, *DEVICES)), st.sampled_from((None, *DEVICES)), st.sampled_from((None, 1, 6))
    )
    jumps = [f"{how} {name}" for name in after for how in ("-j", "-g")]
    return st.lists(st.builds(Line, needs, st.sampled_from((None, "ACCEPT", "DROP", "RETURN", *jumps))), max_size=4)


rule_sets = st.tuples(*(lines(NAMES[index + 1 :]) for index in range(len(NAMES)))).map(
    lambda found: dict(zip(NAMES, found, strict=True))
)


@given(
    rule_sets, st.sampled_from(DEVICES), st.sampled_from(DEVICES), st.booleans(), st.sampled_from(("ACCEPT", "DROP"))
)
@settings(max_examples=examples(300), deadline=None)
def test_the_evaluator_agrees_with_a_recursive_one(
    chains: dict[str, list[Line]], came: str, leaves: str, is_ping: bool, policy: str
) -> None:
    rules = ruleset("N A", "N B", "N C", f"P FORWARD {policy}")
    for name, found in chains.items():
        for line in found:
            rules.apply(ops.AppendRule(chain=name, rule=line.rule()))
    outcome = evaluate(
        rules, "filter", "FORWARD", at(ping() if is_ping else segment(), in_device=came, out_device=leaves)
    )
    verdict, hits = reference(chains, (came, leaves, 1 if is_ping else 6), policy)
    assert (str(outcome.verdict), [(hit.chain, hit.number) for hit in outcome.hits]) == (verdict, hits)


#: Rules of which some read little of a packet, some much, and some remember how often they were asked.
READERS = (
    "-d 10.0.0.2 ! -i eth0 -j DROP", "-s 10.0.0.0/30 -j A", "-p tcp -m tcp --dport 80 -j ACCEPT", "-j A",
    "-p udp -m udp --sport 5000 -j RETURN", "-m conntrack --ctstate ESTABLISHED -j ACCEPT", "-p icmp",
    "-m addrtype --dst-type LOCAL -j REJECT", "-m state ! --state NEW", "-m conntrack --ctstate NEW --ctdir REPLY",
    "-m statistic --mode nth --every 2 --packet 0 -j ACCEPT", "-p tcp -m tcp --tcp-flags SYN SYN -j DROP", "! -f",
)  # fmt: skip
packets = st.builds(
    at,
    st.sampled_from([ping(), segment(), segment(flags=16), segment(destination_port=81), datagram(), datagram(1)]),
    in_device=st.sampled_from(DEVICES),
    ctstate=st.sampled_from(("NEW", "ESTABLISHED", "INVALID")),
    address_type=st.sampled_from([lambda _address, _device: "LOCAL", lambda _address, _device: "UNICAST"]),
)


@given(
    st.lists(st.sampled_from([*READERS, "-j ACCEPT"]), max_size=6),
    st.lists(st.sampled_from([line for line in READERS if " A" not in line]), max_size=4),
    st.lists(packets, min_size=1, max_size=8),
)
@settings(max_examples=examples(200), deadline=None)
def test_a_packet_like_an_earlier_one_meets_the_same_rules(
    forward: list[str], other: list[str], some: list[PktInfo]
) -> None:
    """A table that remembers is held against one that forgets before each packet."""
    lines = ("P FORWARD DROP", "N A", *(f"FORWARD {rule}" for rule in forward), *(f"A {rule}" for rule in other))
    remembering, forgetting = ruleset(*lines), ruleset(*lines)
    for packet in some:
        forgetting.tables["filter"].verdict_caches.clear()
        assert trail(remembering, packet) == trail(forgetting, packet)
    assert counters(remembering) == counters(forgetting)


#: Of the destinations of `packets`, of others, and of no one address.
TO = ("-d 10.0.0.2", "-d 10.0.0.9", "! -d 10.0.0.2", "-d 10.0.0.0/24", "-d 10.0.0.2 -p tcp", "")
CHANGES = st.lists(st.tuples(
    st.sampled_from(("append", "insert", "delete", "zero")), st.sampled_from(TO),
    st.sampled_from(("", " -j A", " -g A", " -j ACCEPT", " -j RETURN",
                     " -m statistic --mode nth --every 2 --packet 0")),
), min_size=1, max_size=5)  # fmt: skip


ANYWHERE = st.builds(
    lambda subject, to: at(ipv4.Packet.build(subject.ip.source, to, subject.ip.protocol, subject.ip.payload)),
    packets,
    st.sampled_from([IPv4.parse("10.0.0.2"), IPv4.parse("10.0.0.9"), IPv4.parse("10.0.0.8"), IPv4.parse("10.1.0.1")]),
)


@given(st.lists(st.tuples(CHANGES, st.lists(ANYWHERE, max_size=3)), max_size=4))
@settings(max_examples=examples(200), deadline=None)
def test_a_long_chain_is_as_one_that_is_read_from_its_beginning(
    history: list[tuple[list[tuple[str, str, str]], list[PktInfo]]],
) -> None:
    """Rules are found by the destination in both chains of one, and in none of the other."""
    lines = ("P FORWARD DROP", "N A", *(f"{chain} {to}" for chain in ("A", "FORWARD") for to in TO))
    looking_up, reading = ruleset(*lines), ruleset(*lines)
    for changes, some in history:
        for how, to, rest in changes:
            rule = parse_rule(to + rest)
            operation: ops.IptablesOperation
            match how:
                case "append":
                    operation = ops.AppendRule(chain="FORWARD", rule=rule)
                case "insert":
                    operation = ops.InsertRule(chain="FORWARD", rule=rule)
                case "delete":
                    operation = ops.DeleteRule(chain="FORWARD", number=1)
                case _:
                    operation = ops.Zero(chain="FORWARD")
            for rules in (looking_up, reading):
                with suppress(NetfilterError):
                    rules.apply(operation)
        for packet in some:
            with patch("vnetsim.netfilter.tables.LONG", 2):
                found = trail(looking_up, packet)
            assert found == trail(reading, packet)
        assert counters(looking_up) == counters(reading)


def counters(rules: Ruleset) -> list[tuple[str, int, int]]:
    chains = rules.tables["filter"].chains
    inside = [(name, entry.packets, entry.bytes) for name, chain in chains.items() for entry in chain.entries]
    return inside + [(name, chain.packets, chain.bytes) for name, chain in chains.items()]


def test_the_longest_way_that_the_kernel_allows_can_be_walked() -> None:
    rules = ruleset(*(f"N C{n}" for n in range(1, 17)), "C16 -j DROP")
    for number in range(15, 0, -1):
        rules.apply(ops.AppendRule(chain=f"C{number}", rule=Rule(target=Jump(f"C{number + 1}"))))
    rules.apply(ops.AppendRule(chain="FORWARD", rule=Rule(target=Jump("C1"))))
    outcome = evaluate(rules, "filter", "FORWARD", at())
    assert (outcome.verdict, len(outcome.hits)) == (DROPPED, 17)


def test_one_jump_more_is_refused() -> None:
    rules = ruleset(*(f"N C{n}" for n in range(1, 18)), *(f"C{n} -j C{n + 1}" for n in range(1, 17)))
    with pytest.raises(NetfilterError, match="Too many links") as raised:
        rules.apply(ops.AppendRule(chain="FORWARD", rule=Rule(target=Jump("C1"))))
    assert raised.value.status == 4

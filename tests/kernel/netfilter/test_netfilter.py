"""The first rules of a namespace wait until they are used, and have the effect of rules that do not wait."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from tests.machines import pair
from vnetsim import Lab
from vnetsim.docker.libnetwork.resolver_rules import ResolverRules
from vnetsim.kernel.netns import NetworkNamespace
from vnetsim.netfilter.errors import NetfilterError
from vnetsim.netfilter.operations import Deferred, IptablesOperation, NewChain

FIRST = ResolverRules(udp_port=40_001, tcp_port=40_002)
#: What reads rules, changes them, or sends packets to their hooks.
LINES = [
    "iptables -t nat -A OUTPUT -d 10.0.0.2 -j DNAT --to-destination 10.0.0.9",
    "iptables -A OUTPUT -p icmp -j DROP",
    "iptables -t nat -X DOCKER_OUTPUT",
    "iptables -t nat -N DOCKER_OUTPUT",
    "iptables -t nat -F",
    "ip6tables -A INPUT -j ACCEPT",
    "ip6tables-save -c",
    "iptables-save -c",
    "nft add table inet own",
    "nft -a list ruleset",
    "nft flush ruleset",
    "conntrack -L",
    "ip link set eth0 name eth1",
    "ip addr add 10.0.0.3/24 dev lo",
    "ping -c 1 -W 1 10.0.0.2",
    "ping -c 1 -W 1 127.0.0.11",
    "nc -z -u -w 1 127.0.0.11 53",
    "cat /proc/net/ip_tables_names",
]


def namespace(lab: Lab) -> NetworkNamespace:
    return lab.machine.kernel.named["a"]


class _Refused(Deferred):
    def operations(self) -> Iterator[IptablesOperation]:
        yield NewChain(chain="own")
        yield NewChain(chain="own")
        yield NewChain(chain="other")


@given(st.lists(st.sampled_from(LINES), max_size=3), st.lists(st.sampled_from(LINES), max_size=6))
def test_rules_that_wait_are_those_that_were_made_at_once(before: list[str], after: list[str]) -> None:
    waiting, at_once = pair(), pair()
    for line in before:
        assert waiting.run(f"ip netns exec a {line}") == at_once.run(f"ip netns exec a {line}"), line
    waiting.machine.network(namespace(waiting)).execute(FIRST)
    for operation in FIRST.operations():
        with suppress(NetfilterError):
            at_once.machine.network(namespace(at_once)).execute(operation)
    for line in [*after, "iptables-save -c", "nft -a list ruleset"]:
        assert waiting.run(f"ip netns exec a {line}") == at_once.run(f"ip netns exec a {line}"), line


def test_they_wait_until_they_are_used() -> None:
    lab = pair()
    netfilter = namespace(lab).netfilter
    lab.machine.network(namespace(lab)).execute(FIRST)
    assert netfilter._families[4].ruleset.tables == {}
    assert netfilter.active
    assert not netfilter.active6
    lab.run("ip netns exec a ping -c 1 10.0.0.2")
    assert list(netfilter._families[4].ruleset.tables) == ["nat"]


def test_what_is_refused_is_left_out() -> None:
    lab = pair()
    lab.machine.network(namespace(lab)).execute(_Refused())
    assert set(namespace(lab).netfilter.rulesets[4].tables["filter"].chains) >= {"own", "other"}

"""`ip rule`: which rules are made, deleted and shown.  Captured from iproute2 6.1 on Linux 6.18."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from tests.programs.iproute2.ip.ip_host import cases
from tests.programs.iproute2.ip.routing import Routing, prefix, refuse, run_ip, said, session
from vnetsim.errors import Errno
from vnetsim.observations import RoutingRule
from vnetsim.operations import AddPolicyRule, DeletePolicyRule

SOURCE = prefix("10.0.0.1")
NET = prefix("10.0.0.0/24")

RULES = [
    RoutingRule(priority=0, table=255, origin=2),
    RoutingRule(priority=0, table=55, suppress_prefix_length=0),
    RoutingRule(priority=1, source=prefix("10.7.0.0/16"), action="prohibit"),
    RoutingRule(priority=4, source=SOURCE, negated=True, table=300),
    RoutingRule(priority=5, protocol="udp", sport=(1000, 2000), table=300),
    RoutingRule(priority=6, protocol="tcp", dport=(80, 80), table=300),
    RoutingRule(priority=7, tos=8, table=300),
    RoutingRule(priority=8, table=8, origin=4),
    RoutingRule(priority=45, in_device="nosuch", table=200),
    RoutingRule(priority=46, out_device="v0", table=200),
    RoutingRule(priority=48, mark=16, mask=0xFF, table=200),
    RoutingRule(priority=49, mark=5, table=200),
    RoutingRule(priority=50, destination=prefix("10.9.0.0/16"), table=254),
    RoutingRule(priority=100, source=SOURCE, table=100),
    RoutingRule(priority=32765, source=NET, table=100),
    RoutingRule(priority=32766, table=254, origin=2),
    RoutingRule(priority=32767, table=253, origin=2),
]

SHOWN = session(
    """\
$ ip rule
0:	from all lookup local
0:	from all lookup 55 suppress_prefixlength 0
1:	from 10.7.0.0/16 prohibit
4:	not from 10.0.0.1 lookup 300
5:	from all ipproto udp sport 1000-2000 lookup 300
6:	from all ipproto tcp dport 80 lookup 300
7:	from all tos 0x08 lookup 300
8:	from all lookup 8 proto static
45:	from all iif nosuch [detached] lookup 200
46:	from all oif v0 lookup 200
48:	from all fwmark 0x10/0xff lookup 200
49:	from all fwmark 0x5 lookup 200
50:	from all to 10.9.0.0/16 lookup main
100:	from 10.0.0.1 lookup 100
32765:	from 10.0.0.0/24 lookup 100
32766:	from all lookup main
32767:	from all lookup default
$ ip -N rule show pref 1
1:	from 10.7.0.0/16 8
$ ip -N rule show ipproto tcp
6:	from all ipproto ipproto-6 dport 80 lookup 300
$ ip -d rule show table main
50:	from all to 10.9.0.0/16 lookup main proto unspec
32766:	from all lookup main proto kernel
$ ip rule show table 100
100:	from 10.0.0.1 lookup 100
32765:	from 10.0.0.0/24 lookup 100
$ ip rule show from 10.0.0.1
4:	not from 10.0.0.1 lookup 300
100:	from 10.0.0.1 lookup 100
$ ip rule show to 10.9.0.0/16
50:	from all to 10.9.0.0/16 lookup main
$ ip rule show fwmark 5
49:	from all fwmark 0x5 lookup 200
$ ip rule show fwmark 0x10
48:	from all fwmark 0x10/0xff lookup 200
$ ip ru l oif v0
46:	from all oif v0 lookup 200
$ ip rule lst pref 50
50:	from all to 10.9.0.0/16 lookup main
$ ip -6 rule
"""
)


@pytest.mark.parametrize(("command", "printed"), SHOWN)
def test_rules_are_printed_as_iproute2_prints_them(command: str, printed: str) -> None:
    assert said(command, Routing(rules=RULES)) == printed


def test_rules_are_documents_too() -> None:
    documents = {it["priority"]: it for it in json.loads(said("ip -j rule", Routing(rules=RULES[1:])))}
    assert documents[0] == {"priority": 0, "src": "all", "table": "55", "suppress_prefixlen": 0}
    assert documents[1] == {"priority": 1, "src": "10.7.0.0", "srclen": 16, "action": "prohibit"}
    assert documents[4] == {"priority": 4, "not": None, "src": "10.0.0.1", "table": "300"}
    ports = {"sport_start": 1000, "sport_end": 2000}
    assert documents[5] == {"priority": 5, "src": "all", "ipproto": "udp", **ports, "table": "300"}
    assert documents[45] == {"priority": 45, "src": "all", "iif": "nosuch", "iif_detached": None, "table": "200"}
    assert documents[48] == {"priority": 48, "src": "all", "fwmark": "0x10", "fwmask": "0xff", "table": "200"}


ASKED: list[tuple[str, dict[str, Any]]] = [
    ("from 10.0.0.0/24 table 100", {"source": NET, "table": 100}),
    ("from 10.0.0.1 lookup 100 priority 100", {"source": SOURCE, "table": 100, "priority": 100}),
    ("to 10.9.0.0/16 table main pref 50", {"destination": prefix("10.9.0.0/16"), "table": 254, "priority": 50}),
    ("fwmark 5 table 200", {"mark": 5, "table": 200}),
    ("fwmark 0x10/0xff table 200", {"mark": 16, "mask": 255, "table": 200}),
    ("iif v0 table 200", {"in_device": "v0", "table": 200}),
    ("dev v0 table 200", {"in_device": "v0", "table": 200}),
    ("oif v0 table 200", {"out_device": "v0", "table": 200}),
    ("iif nosuch table local", {"in_device": "nosuch", "table": 255}),
    ("tos 0x10 table 300", {"tos": 16, "table": 300}),
    ("ipproto tcp dport 80 table 300", {"protocol": "tcp", "dport": (80, 80), "table": 300}),
    ("ipproto udp sport 1000-2000 table 300", {"protocol": "udp", "sport": (1000, 2000), "table": 300}),
    ("not from 10.0.0.1 table 300", {"negated": True, "source": SOURCE, "table": 300}),
    ("from 10.0.0.1 unreachable", {"source": SOURCE, "action": "unreachable"}),
    ("from 10.0.0.1 type blackhole", {"source": SOURCE, "action": "blackhole"}),
    ("from 10.0.0.1 prohibit pref 77", {"source": SOURCE, "action": "prohibit", "priority": 77}),
    ("table 55 suppress_prefixlength 0", {"table": 55, "suppress_prefix_length": 0}),
    ("protocol static table 8 pref 8", {"origin": 4, "table": 8, "priority": 8}),
]


@pytest.mark.parametrize(("words", "values"), ASKED)
def test_a_rule_becomes_an_operation_and_back(words: str, values: dict[str, Any]) -> None:
    network = Routing()
    assert said(f"ip rule add {words}", network) == ""
    assert said(f"ip rule del {words}", network) == ""
    assert network.executed == [AddPolicyRule(**values), DeletePolicyRule(**values)]


@pytest.mark.parametrize("words", ["from all", "pref 200"])
def test_a_rule_looks_into_main_where_nothing_is_said(words: str) -> None:
    network = Routing()
    said(f"ip rule add {words}", network)
    assert network.executed[0].table == 254
    said(f"ip rule del {words}", network)
    assert network.executed[1].table is None


REFUSED = cases(
    """\
$ ip rule add  [1]
"ip rule add" requires arguments.
$ ip rule del  [1]
"ip rule del" requires arguments.
$ ip rule add from x table 100  [1]
Error: any valid prefix is expected rather than "x".
$ ip rule add fwmark x table 100  [255]
Error: argument "x" is wrong: fwmark value is invalid

$ ip rule add table nosuch  [255]
Error: argument "nosuch" is wrong: invalid table ID

$ ip rule add pref x  [255]
Error: argument "x" is wrong: preference value is invalid

$ ip rule add iif  [255]
Command line is not complete. Try option "help"
$ ip rule add bogus  [255]
Error: argument "bogus" is wrong: Failed to parse rule type
$ ip rule add tos x table 4  [255]
Error: argument "x" is wrong: TOS value is invalid

$ ip rule add ipproto nosuch table 4  [255]
Error: argument "nosuch" is wrong: Invalid "ipproto" value

$ ip rule add dport x table 4  [255]
Error: argument "x" is wrong: invalid dport range

$ ip rule show bogus  [1]
Error: inet prefix is expected rather than "bogus".
$ ip rule bogus  [255]
Command "bogus" is unknown, try "ip rule help".
$ ip rule add uidrange 5-6 pref 150  [2]
vnetsim: not modelled: ip rule uidrange
$ ip rule add goto x pref 150  [255]
Error: argument "x" is wrong: invalid target

$ ip rule add pref 45 unicast  [2]
vnetsim: not modelled: a rule of type unicast
$ ip rule add l3mdev table 7  [22]
table can not be specified for l3mdev rules
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_ip_refuses_itself(command: str, status: int, text: str) -> None:
    network = Routing(rules=RULES)
    ended = run_ip(command, network)
    assert (ended.status, ended.out, ended.err) == (status, "", text)
    assert network.executed == []


def test_flush_leaves_rules_of_priority_zero() -> None:
    network = Routing(rules=list(RULES))
    said("ip rule flush", network)
    assert [rule.priority for rule in network.rules] == [0, 0]


@pytest.mark.parametrize(("words", "gone"), [("table 100", {100, 32765}), ("protocol static", {8}), ("pref 50", {50})])
def test_flush_deletes_what_was_chosen(words: str, gone: set[int]) -> None:
    network = Routing(rules=list(RULES))
    said(f"ip rule flush {words}", network)
    assert {rule.priority for rule in RULES} - {rule.priority for rule in network.rules} == gone


@pytest.mark.parametrize("rule", RULES)
def test_a_flushed_rule_is_deleted_by_all_it_says(rule: RoutingRule) -> None:
    network = Routing(rules=[attrs.evolve(rule, priority=9)])
    said("ip rule flush", network)
    fields = {field.name: getattr(network.executed[0], field.name) for field in attrs.fields(RoutingRule)}
    assert RoutingRule(**fields) == attrs.evolve(rule, priority=9)


def test_what_the_kernel_says_is_passed_on() -> None:
    ended = run_ip("ip rule add from 10.0.0.1 lookup 100 priority 100", Routing(refuse=refuse(Errno.EEXIST)))
    assert (ended.status, ended.err) == (2, "RTNETLINK answers: File exists\n")

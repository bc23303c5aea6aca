"""`ip route show` and `flush`: what is printed, and which routes a selector means.

Captured from iproute2 6.1 on Linux 6.18; `.` stands for the blank that iproute2 leaves at the end of a line.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.programs.iproute2.ip.ip_host import cases
from tests.programs.iproute2.ip.routing import Routing, connected, hop, prefix, route, run_ip, said, session
from vnetsim.observations import Route
from vnetsim.operations import DeleteRoute
from vnetsim.wire.inet import Address, IPv4, IPv6, Prefix

PLAIN = [
    route("default", "10.0.0.254", "v0"),
    connected("10.0.0.0/24", "v0", "10.0.0.1"),
    connected("10.1.0.0/24", "w0", "10.1.0.1"),
    route("10.50.0.0/16", "10.0.0.9", "v0", protocol=4, mtu=1400, advmss=1000),
    route("172.16.0.0/12", None, "w0", scope=253),
    route("172.20.0.1", None, "v0", scope=253, source="10.1.0.1"),
    route("192.168.0.0/16", "10.1.0.254", "w0"),
    route("192.168.5.0/24", "10.1.0.253", "w0", metric=50),
    route("192.168.5.0/24", "10.0.0.253", "v0", metric=100),
    connected("10.0.0.1", "v0", "10.0.0.1", kind="local", table=255, scope=254),
    route("default", "10.0.0.254", "v0", table=100),
]

SHOWN = session(
    """\
$ ip route
default via 10.0.0.254 dev v0 .
10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1 .
10.1.0.0/24 dev w0 proto kernel scope link src 10.1.0.1 .
10.50.0.0/16 via 10.0.0.9 dev v0 proto static mtu 1400 advmss 1000 .
172.16.0.0/12 dev w0 scope link .
172.20.0.1 dev v0 scope link src 10.1.0.1 .
192.168.0.0/16 via 10.1.0.254 dev w0 .
192.168.5.0/24 via 10.1.0.253 dev w0 metric 50 .
192.168.5.0/24 via 10.0.0.253 dev v0 metric 100 .
$ ip -d route
unicast default via 10.0.0.254 dev v0 proto boot scope global .
unicast 10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1 .
unicast 10.1.0.0/24 dev w0 proto kernel scope link src 10.1.0.1 .
unicast 10.50.0.0/16 via 10.0.0.9 dev v0 proto static scope global mtu 1400 advmss 1000 .
unicast 172.16.0.0/12 dev w0 proto boot scope link .
unicast 172.20.0.1 dev v0 proto boot scope link src 10.1.0.1 .
unicast 192.168.0.0/16 via 10.1.0.254 dev w0 proto boot scope global .
unicast 192.168.5.0/24 via 10.1.0.253 dev w0 proto boot scope global metric 50 .
unicast 192.168.5.0/24 via 10.0.0.253 dev v0 proto boot scope global metric 100 .
$ ip route show default
default via 10.0.0.254 dev v0 .
$ ip route show exact 192.168.5/24
192.168.5.0/24 via 10.1.0.253 dev w0 metric 50 .
192.168.5.0/24 via 10.0.0.253 dev v0 metric 100 .
$ ip ro l dev w0
10.1.0.0/24 proto kernel scope link src 10.1.0.1 .
172.16.0.0/12 scope link .
192.168.0.0/16 via 10.1.0.254 .
192.168.5.0/24 via 10.1.0.253 metric 50 .
$ ip route show via 10.0.0.254
default dev v0 .
$ ip route show via 10.1.0.0/24
192.168.0.0/16 via 10.1.0.254 dev w0 .
192.168.5.0/24 via 10.1.0.253 dev w0 metric 50 .
$ ip route show to root 192.168.0.0/16
192.168.0.0/16 via 10.1.0.254 dev w0 .
192.168.5.0/24 via 10.1.0.253 dev w0 metric 50 .
192.168.5.0/24 via 10.0.0.253 dev v0 metric 100 .
$ ip route show to match 192.168.5.7
default via 10.0.0.254 dev v0 .
192.168.0.0/16 via 10.1.0.254 dev w0 .
192.168.5.0/24 via 10.1.0.253 dev w0 metric 50 .
192.168.5.0/24 via 10.0.0.253 dev v0 metric 100 .
$ ip route show proto kernel
10.0.0.0/24 dev v0 scope link src 10.0.0.1 .
10.1.0.0/24 dev w0 scope link src 10.1.0.1 .
$ ip route show scope link
10.0.0.0/24 dev v0 proto kernel src 10.0.0.1 .
10.1.0.0/24 dev w0 proto kernel src 10.1.0.1 .
172.16.0.0/12 dev w0 .
172.20.0.1 dev v0 src 10.1.0.1 .
$ ip route show src 10.0.0.1
10.0.0.0/24 dev v0 proto kernel scope link .
$ ip route show metric 50
192.168.5.0/24 via 10.1.0.253 dev w0 .
$ ip route show table local
local 10.0.0.1 dev v0 proto kernel scope host src 10.0.0.1 .
$ ip route show table 100
default via 10.0.0.254 dev v0 .
$ ip route list table all type local
local 10.0.0.1 dev v0 table local proto kernel scope host src 10.0.0.1 .
$ ip route show table 0 default
default via 10.0.0.254 dev v0 .
default via 10.0.0.254 dev v0 table 100 .
$ ip route show from 1.2.3.4
$ ip route show cache
$ ip route list cached
$ ip -6 route
"""
)


@pytest.mark.parametrize(("command", "printed"), SHOWN)
def test_routes_are_printed_as_iproute2_prints_them(command: str, printed: str) -> None:
    assert said(command, Routing(tables=PLAIN)) == printed


KINDS = [
    route("10.4.0.0/16", kind="blackhole"),
    route("10.5.0.0/16", kind="unreachable", metric=5),
    route("10.6.0.0/16", kind="prohibit"),
    route("10.7.0.0/16", kind="throw"),
    route("10.10.0.0/16", None, "v0", protocol=99, scope=253),
    route("10.11.0.0/16", None, "v0", protocol=11, tos=0x10, scope=253, metric=7),
    route("10.12.0.0/16", None, "v0", scope=253, mtu=1300, mtu_locked=True),
    route("10.14.0.0/16", None, "v0", scope=200),
    route("230.0.0.0/8", None, "v0", kind="multicast", scope=253),
]

KINDS_SHOWN = session(
    """\
$ ip route
blackhole 10.4.0.0/16 .
unreachable 10.5.0.0/16 metric 5 .
prohibit 10.6.0.0/16 .
throw 10.7.0.0/16 .
10.10.0.0/16 dev v0 proto openr scope link .
10.11.0.0/16 tos 0x10 dev v0 proto zebra scope link metric 7 .
10.12.0.0/16 dev v0 scope link mtu lock 1300 .
10.14.0.0/16 dev v0 scope site .
multicast 230.0.0.0/8 dev v0 scope link .
$ ip -N route
6 10.4.0.0/16 .
7 10.5.0.0/16 metric 5 .
8 10.6.0.0/16 .
9 10.7.0.0/16 .
10.10.0.0/16 dev v0 proto 99 scope 253 .
10.11.0.0/16 tos 0x10 dev v0 proto 11 scope 253 metric 7 .
10.12.0.0/16 dev v0 scope 253 mtu lock 1300 .
10.14.0.0/16 dev v0 scope 200 .
5 230.0.0.0/8 dev v0 scope 253 .
$ ip route show tos 0x10
10.11.0.0/16 dev v0 proto zebra scope link metric 7 .
$ ip route show proto 99
10.10.0.0/16 dev v0 scope link .
$ ip -j route show type prohibit
[{"type":"prohibit","dst":"10.6.0.0/16","flags":[]}]
$ ip -j route show 10.11.0.0/16
[{"dst":"10.11.0.0/16","tos":"0x10","dev":"v0","protocol":"zebra","scope":"link","metric":7,"flags":[]}]
"""
)


@pytest.mark.parametrize(("command", "printed"), KINDS_SHOWN)
def test_every_kind_of_route_has_its_word(command: str, printed: str) -> None:
    assert said(command, Routing(tables=KINDS)) == printed


MULTIPATH = [
    connected("10.0.0.0/24", "v0", "10.0.0.1", "dead", "linkdown"),
    Route(
        destination=prefix("10.3.0.0/16"),
        hops=(hop(None, "v0", "linkdown", weight=3), hop("10.1.0.2", "w0", "dead", "onlink", "linkdown")),
    ),
]

MULTIPATH_SHOWN = session(
    """\
$ ip route
10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1 dead linkdown .
10.3.0.0/16 .
\tnexthop dev v0 weight 3 linkdown .
\tnexthop via 10.1.0.2 dev w0 weight 1 dead onlink linkdown .
$ ip -o route show root 10.3/16
10.3.0.0/16 \\\tnexthop dev v0 weight 3 linkdown \\\tnexthop via 10.1.0.2 dev w0 weight 1 dead onlink linkdown .
$ ip route show dev w0
$ ip route show via 10.1.0.2
$ ip -j -p route
[ {
        "dst": "10.0.0.0/24",
        "dev": "v0",
        "protocol": "kernel",
        "scope": "link",
        "prefsrc": "10.0.0.1",
        "flags": [ "dead","linkdown" ]
    },{
        "dst": "10.3.0.0/16",
        "flags": [ ],
        "nexthops": [ {
                "dev": "v0",
                "weight": 3,
                "flags": [ "linkdown" ]
            },{
                "gateway": "10.1.0.2",
                "dev": "w0",
                "weight": 1,
                "flags": [ "dead","onlink","linkdown" ]
            } ]
    } ]
"""
)


@pytest.mark.parametrize(("command", "printed"), MULTIPATH_SHOWN)
def test_several_ways_are_printed_one_a_line(command: str, printed: str) -> None:
    assert said(command, Routing(tables=MULTIPATH)) == printed


def test_routes_are_documents_too() -> None:
    documents = json.loads(said("ip -j route", Routing(tables=PLAIN)))
    assert documents[0] == {"dst": "default", "gateway": "10.0.0.254", "dev": "v0", "flags": []}
    assert documents[3]["metrics"] == [{"mtu": 1400, "advmss": 1000}]
    assert [it["dst"] for it in documents] == [line.split()[0] for line in SHOWN[0][1].splitlines()]


REFUSED = cases(
    """\
$ ip route show table 77  [2]
Error: ipv4: FIB table does not exist.
Dump terminated
$ ip route show table nosuch  [255]
Error: argument "nosuch" is wrong: table id value is invalid

$ ip route show scope bogus  [255]
Error: argument "bogus" is wrong: invalid "scope"

$ ip route show proto bogus  [255]
Error: argument "bogus" is wrong: invalid "protocol"

$ ip route show type bogus  [255]
Error: argument "bogus" is wrong: node type value is invalid

$ ip route show via bogus  [1]
Error: any valid prefix is expected rather than "bogus".
$ ip route show dev nosuch  [1]
Cannot find device "nosuch"
$ ip route show table  [255]
Command line is not complete. Try option "help"
$ ip route show vrf x  [255]
Error: argument "x" is wrong: Invalid VRF

$ ip route show bogus  [1]
Error: any valid prefix is expected rather than "bogus".
$ ip route bogus  [255]
Command "bogus" is unknown, try "ip route help".
$ ip route flush  [1]
"ip route flush" requires arguments.
$ ip route flush table 77  [2]
Error: ipv4: FIB table does not exist.
Flush terminated
$ ip route save  [2]
vnetsim: not modelled: ip route save
$ ip route show iif v0  [2]
vnetsim: not modelled: ip route show iif
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_cannot_be_shown(command: str, status: int, text: str) -> None:
    ended = run_ip(command, Routing(tables=list(PLAIN)))
    assert (ended.status, ended.out, ended.err) == (status, "", text)


def test_tables_have_the_names_of_rt_tables() -> None:
    named = {"/etc/iproute2/rt_tables": "# reserved\n255\tlocal\n100\tlab # a comment\n"}
    routes = Routing(tables=PLAIN)
    assert run_ip("ip route show table lab", routes, named).out == "default via 10.0.0.254 dev v0 \n"
    shown = run_ip("ip route show table all default", routes, named).out
    assert shown.splitlines()[1] == "default via 10.0.0.254 dev v0 table lab "


def test_flush_deletes_what_was_chosen_and_nothing_else() -> None:
    network = Routing(tables=list(PLAIN))
    assert said("ip route flush dev w0", network) == ""
    assert [str(it.destination) for it in network.tables if it.hops[0].device == "w0"] == []
    assert len(network.tables) == len(PLAIN) - 4
    assert [type(it) for it in network.executed] == [DeleteRoute] * 4


def test_flush_tells_of_its_rounds_if_statistics_are_wanted() -> None:
    network = Routing(tables=list(KINDS))
    told = "\n*** Round 1, deleting 9 entries ***\n*** Flush is complete after 1 round ***\n"
    assert said("ip -s route flush table main", network) == told
    assert said("ip -s route flush table main", network) == "Nothing to flush.\n"
    assert said("ip route flush table main", network) == ""


def test_flush_shows_what_it_deletes_if_asked_twice() -> None:
    printed = said("ip -s -s route flush proto 11", Routing(tables=list(KINDS)))
    assert printed == (
        "10.11.0.0/16 tos 0x10 dev v0 scope link metric 7 \n"
        "\n*** Round 1, deleting 1 entries ***\n*** Flush is complete after 1 round ***\n"
    )


def test_the_cache_of_routes_can_only_be_flushed() -> None:
    network = Routing(tables=list(PLAIN))
    assert said("ip -s route flush cache", network) == "*** IPv4 routing cache is flushed.\n"
    assert network.cache_flushed
    assert network.executed == []


def test_ipv6_routes_have_a_preference() -> None:
    everywhere = Route(destination=Prefix(IPv6.parse("::"), 0), hops=(hop("fe80::1", "v0"),), metric=1024)
    assert said("ip -6 route", Routing(tables=[everywhere])) == "default via fe80::1 dev v0 metric 1024 pref medium\n"


ADDRESSES: st.SearchStrategy[Address] = st.integers(0, 2**32 - 1).map(IPv4)
PREFIXES = st.builds(Prefix.of, ADDRESSES, st.integers(0, 32))


@given(st.lists(PREFIXES, max_size=8, unique=True), PREFIXES)
def test_root_match_and_exact_divide_prefixes_by_length(destinations: list[Prefix], wanted: Prefix) -> None:
    network = Routing(tables=[route(str(it), None, "v0", scope=253) for it in destinations])

    def chosen(how: str) -> list[str]:
        return [line.split()[0] for line in said(f"ip route show {how} {wanted}", network).splitlines()]

    both = [it for it in chosen("root") if it in chosen("match")]
    assert both == chosen("exact")
    assert len(both) == destinations.count(wanted)
    every = [line.split()[0] for line in said("ip route", network).splitlines()]
    for text, destination in zip(every, destinations, strict=True):
        assert (text in chosen("root")) == (destination.length >= wanted.length and destination.address in wanted)
        assert (text in chosen("match")) == (destination.length <= wanted.length and wanted.address in destination)

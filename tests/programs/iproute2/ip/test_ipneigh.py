"""`ip neigh`: which entries are made, deleted and shown.  Captured from iproute2 6.1 on Linux 6.18."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.programs.iproute2.ip.ip_host import cases
from tests.programs.iproute2.ip.routing import Routing, refuse, run_ip, said, session
from vnetsim.errors import Errno
from vnetsim.observations import NeighbourEntry
from vnetsim.operations import ChangeNeighbour, DeleteNeighbour, Verb
from vnetsim.wire.inet import IPv4, parse_address
from vnetsim.wire.mac import Mac

MAC = Mac.parse("02:00:00:00:00:09")


def entry(address: str, state: str, mac: Mac | None = MAC, **changes: Any) -> NeighbourEntry:
    values = {"address": parse_address(address), "device": "v0", "mac": mac, "state": state}
    return NeighbourEntry(**{**values, **changes})


ENTRIES = [
    entry("10.0.0.21", "PERMANENT", router=True),
    entry("10.0.0.14", "PROBE", references=1, confirmed_seconds=60, probes=1),
    entry("10.0.0.12", "STALE", confirmed_seconds=60),
    entry("10.0.0.17", "NONE", None),
    entry("10.0.0.15", "INCOMPLETE", None, confirmed_seconds=60),
    entry("10.0.0.18", "NOARP"),
    entry("10.0.0.11", "REACHABLE", references=1, device="w0"),
    entry("10.0.0.16", "FAILED", None, confirmed_seconds=60),
    entry("10.0.0.50", "NONE", None, proxy=True),
    entry("fe80::1", "STALE", device="w0"),
]

SHOWN = session(
    """\
$ ip neigh
10.0.0.21 dev v0 lladdr 02:00:00:00:00:09 router PERMANENT .
10.0.0.14 dev v0 lladdr 02:00:00:00:00:09 PROBE .
10.0.0.12 dev v0 lladdr 02:00:00:00:00:09 STALE .
10.0.0.15 dev v0 INCOMPLETE .
10.0.0.11 dev w0 lladdr 02:00:00:00:00:09 REACHABLE .
10.0.0.16 dev v0 FAILED .
fe80::1 dev w0 lladdr 02:00:00:00:00:09 STALE .
$ ip -s -4 neigh
10.0.0.21 dev v0 lladdr 02:00:00:00:00:09 router  used 0/0/0probes 0 PERMANENT .
10.0.0.14 dev v0 lladdr 02:00:00:00:00:09  ref 1 used 0/60/0probes 1 PROBE .
10.0.0.12 dev v0 lladdr 02:00:00:00:00:09  used 0/60/0probes 0 STALE .
10.0.0.15 dev v0  used 0/60/0probes 0 INCOMPLETE .
10.0.0.11 dev w0 lladdr 02:00:00:00:00:09  ref 1 used 0/0/0probes 0 REACHABLE .
10.0.0.16 dev v0  used 0/60/0probes 0 FAILED .
$ ip n show dev w0
10.0.0.11 lladdr 02:00:00:00:00:09 REACHABLE .
fe80::1 lladdr 02:00:00:00:00:09 STALE .
$ ip neighbor show to 10.0.0.21
10.0.0.21 dev v0 lladdr 02:00:00:00:00:09 router PERMANENT .
$ ip neigh show 10.0.0.8/29
10.0.0.14 dev v0 lladdr 02:00:00:00:00:09 PROBE .
10.0.0.12 dev v0 lladdr 02:00:00:00:00:09 STALE .
10.0.0.15 dev v0 INCOMPLETE .
10.0.0.11 dev w0 lladdr 02:00:00:00:00:09 REACHABLE .
$ ip -4 neigh show nud stale
10.0.0.12 dev v0 lladdr 02:00:00:00:00:09 STALE .
$ ip -4 neigh show nud noarp
10.0.0.18 dev v0 lladdr 02:00:00:00:00:09 NOARP .
$ ip -4 neigh show nud all
10.0.0.21 dev v0 lladdr 02:00:00:00:00:09 router PERMANENT .
10.0.0.14 dev v0 lladdr 02:00:00:00:00:09 PROBE .
10.0.0.12 dev v0 lladdr 02:00:00:00:00:09 STALE .
10.0.0.17 dev v0 .
10.0.0.15 dev v0 INCOMPLETE .
10.0.0.18 dev v0 lladdr 02:00:00:00:00:09 NOARP .
10.0.0.11 dev w0 lladdr 02:00:00:00:00:09 REACHABLE .
10.0.0.16 dev v0 FAILED .
$ ip -4 neigh show unused
10.0.0.21 dev v0 lladdr 02:00:00:00:00:09 router PERMANENT .
10.0.0.12 dev v0 lladdr 02:00:00:00:00:09 STALE .
10.0.0.15 dev v0 INCOMPLETE .
10.0.0.16 dev v0 FAILED .
$ ip neigh show proxy
10.0.0.50 dev v0 proxy .
$ ip neigh show proxy dev v0
10.0.0.50 proxy .
$ ip neigh get 10.0.0.12 dev v0
10.0.0.12 dev v0 lladdr 02:00:00:00:00:09 STALE .
$ ip -j neigh get 10.0.0.12 dev v0
10.0.0.12 dev v0 lladdr 02:00:00:00:00:09 STALE .
$ ip -j -s neigh show dev w0 nud reachable
[{"dst":"10.0.0.11","lladdr":"02:00:00:00:00:09","refcnt":1,"used":0,"confirmed":0,"updated":0,"probes":0,\
"state":["REACHABLE"]}]
"""
)


@pytest.mark.parametrize(("command", "printed"), SHOWN)
def test_neighbours_are_printed_as_iproute2_prints_them(command: str, printed: str) -> None:
    assert said(command, Routing(entries=ENTRIES)) == printed


def test_neighbours_are_documents_too() -> None:
    documents = json.loads(said("ip -j neigh", Routing(entries=ENTRIES)))
    assert documents[0] == {
        "dst": "10.0.0.21",
        "dev": "v0",
        "lladdr": str(MAC),
        "router": None,
        "state": ["PERMANENT"],
    }
    assert json.loads(said("ip -j neigh show proxy", Routing(entries=ENTRIES))) == [
        {"dst": "10.0.0.50", "dev": "v0", "proxy": None}
    ]


ASKED: list[tuple[str, ChangeNeighbour | DeleteNeighbour]] = [
    ("ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0",
     ChangeNeighbour(device="v0", address=IPv4.parse("10.0.0.9"), mac=MAC)),
    ("ip neigh add to 10.0.0.9 lladdr 2:0:0:0:0:9 nud reachable dev v0",
     ChangeNeighbour(device="v0", address=IPv4.parse("10.0.0.9"), mac=MAC, state="reachable")),
    ("ip n replace 10.0.0.9 dev v0 nud stale",
     ChangeNeighbour(device="v0", address=IPv4.parse("10.0.0.9"), state="stale", verb=Verb.REPLACE)),
    ("ip neigh chg 10.0.0.9 dev v0 lladdr 02:00:00:00:00:09",
     ChangeNeighbour(device="v0", address=IPv4.parse("10.0.0.9"), mac=MAC, verb=Verb.CHANGE)),
    ("ip neigh add proxy 10.0.0.9 dev v0",
     ChangeNeighbour(device="v0", address=IPv4.parse("10.0.0.9"), proxy=True)),
    ("ip neigh del 10.0.0.9 dev v0", DeleteNeighbour(device="v0", address=IPv4.parse("10.0.0.9"))),
    ("ip neigh del proxy 10.0.0.9 dev v0", DeleteNeighbour(device="v0", address=IPv4.parse("10.0.0.9"), proxy=True)),
]  # fmt: skip


@pytest.mark.parametrize(("command", "operation"), ASKED)
def test_a_command_becomes_an_operation(command: str, operation: ChangeNeighbour | DeleteNeighbour) -> None:
    network = Routing()
    assert said(command, network) == ""
    assert said(operation.command(), network) == ""
    assert network.executed == [operation, operation]


REFUSED = cases(
    """\
$ ip neigh show nud bogus  [255]
Error: argument "bogus" is wrong: nud state is bad
$ ip neigh show dev nosuch  [1]
Cannot find device "nosuch"
$ ip neigh show bogus  [1]
Error: any valid prefix is expected rather than "bogus".
$ ip neigh set 10.0.0.78 dev v0  [255]
Command "set" is unknown, try "ip neigh help".
$ ip neigh del 10.0.0.9  [255]
Device and destination are required arguments.
$ ip neigh get 10.0.0.9  [1]
Device and address are required arguments.
$ ip neigh get dev v0  [1]
Device and address are required arguments.
$ ip neigh get 10.0.0.99 dev v0  [2]
Error: Neighbour entry not found.
$ ip neigh flush  [1]
Flush requires arguments.
$ ip neigh flush dev nosuch  [1]
Cannot find device "nosuch"
$ ip neigh add 10.0.0.9 dev v0 use  [2]
vnetsim: not modelled: ip neigh use
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_ip_refuses_itself(command: str, status: int, text: str) -> None:
    network = Routing(entries=list(ENTRIES))
    ended = run_ip(command, network)
    assert (ended.status, ended.out, ended.err) == (status, "", text)
    assert network.executed == []


def test_flush_spares_what_is_permanent() -> None:
    network = Routing(entries=list(ENTRIES))
    assert said("ip neigh flush dev v0", network) == ""
    left = [it.state for it in network.entries if it.device == "v0" and not it.proxy]
    assert "PERMANENT" in left
    assert not {"STALE", "PROBE", "INCOMPLETE", "FAILED"} & set(left)


def test_flush_takes_what_is_permanent_if_told_so() -> None:
    network = Routing(entries=list(ENTRIES))
    said("ip neigh flush nud permanent", network)
    assert [it.address for it in ENTRIES if it not in network.entries] == [IPv4.parse("10.0.0.21")]


def test_flush_tells_of_its_rounds_if_statistics_are_wanted() -> None:
    network = Routing(entries=[ENTRIES[2]])
    told = "\n*** Round 1, deleting 1 entries ***\n*** Flush is complete after 1 round ***\n"
    assert said("ip -s neigh flush all", network) == told
    assert said("ip -s neigh flush all", network) == "Nothing to flush.\n"


def test_what_the_kernel_says_is_passed_on() -> None:
    network = Routing(refuse=refuse(Errno.EINVAL, "No link layer address given"))
    ended = run_ip("ip neigh replace 10.0.0.78 dev v0", network)
    assert (ended.status, ended.err) == (2, "Error: No link layer address given.\n")

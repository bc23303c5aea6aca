"""`bridge fdb`: forwarding databases and how they are changed.  Captured from iproute2 6.1 on Linux 6.18."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.programs.iproute2.bridge.bridge_host import bridge_, said
from tests.programs.iproute2.ip.ip_host import cases
from tests.programs.iproute2.ip.routing import refuse, session
from vnetsim.errors import Errno
from vnetsim.operations import AddFdb, DeleteFdb, Verb
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import Mac

MAC = Mac.parse("02:00:00:00:00:55")

SHOWN = session(
    """\
$ bridge fdb
33:33:00:00:00:01 dev br0 self permanent
96:b7:b1:2f:88:29 dev br0 master br0 permanent
33:33:00:00:00:01 dev br1 self permanent
02:00:00:00:00:57 dev pa master br0 .
02:00:00:00:00:56 dev pa master br0 static
02:00:00:00:01:0a dev pa master br0 permanent
01:00:5e:00:00:01 dev pa self permanent
02:00:00:00:01:0b dev pb master br0 permanent
$ bridge fdb show br br1
33:33:00:00:00:01 dev br1 self permanent
$ bridge fdb show br pa
$ bridge fdb show brport pa
02:00:00:00:00:57 master br0 .
02:00:00:00:00:56 master br0 static
02:00:00:00:01:0a master br0 permanent
01:00:5e:00:00:01 self permanent
$ bridge fdb show br br0 dev pb
02:00:00:00:01:0b master br0 permanent
$ bridge fdb show br br0 dynamic
02:00:00:00:00:57 dev pa master br0 .
02:00:00:00:00:56 dev pa master br0 static
$ bridge fdb show br br0 state static
02:00:00:00:00:56 dev pa master br0 static
$ bridge fdb show br br0 vlan 5
$ bridge -s fdb show dev pa dynamic
02:00:00:00:00:57 used 3/7 master br0 .
02:00:00:00:00:56 used 0/0 master br0 static
$ bridge fdb get 02:00:00:00:00:56 br br0
02:00:00:00:00:56 dev pa master br0 static
$ bridge fdb get to 02:00:00:00:00:56 brport pa
02:00:00:00:00:56 dev pa master br0 static
"""
)


@pytest.mark.parametrize(("command", "printed"), SHOWN)
def test_entries_are_printed_as_iproute2_prints_them(command: str, printed: str) -> None:
    assert said(command) == printed


def test_entries_are_documents_too() -> None:
    first, second, *_ = json.loads(said("bridge -j -s fdb show brport pa"))
    assert first == {
        "mac": "02:00:00:00:00:57", "used": 3, "updated": 7, "flags": [], "master": "br0", "state": "",
    }  # fmt: skip
    assert second["state"] == "static"
    assert json.loads(said("bridge -j fdb show br br1")) == [
        {"mac": "33:33:00:00:00:01", "ifname": "br1", "flags": ["self"], "state": "permanent"}
    ]


ASKED: list[tuple[str, dict[str, Any]]] = [
    ("dev pa", {"itself": True}),
    ("dev pa master", {"master": True}),
    ("dev pa master static", {"master": True, "state": "static"}),
    ("dev pa master dynamic", {"master": True, "state": "dynamic"}),
    ("dev pa master local", {"master": True}),
    ("dev pa master temp", {"master": True, "state": "static"}),
    ("dev pa self master", {"master": True, "itself": True}),
    ("dev pa dst 1.2.3.4", {"itself": True, "remote": IPv4.parse("1.2.3.4")}),
]


@pytest.mark.parametrize("verb", [Verb.ADD, Verb.APPEND, Verb.REPLACE])
@pytest.mark.parametrize(("words", "values"), ASKED)
def test_a_command_becomes_an_operation(verb: Verb, words: str, values: dict[str, Any]) -> None:
    ended, executed = bridge_(f"bridge fdb {verb} {MAC} {words}")
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    operation = AddFdb(**{"mac": MAC, "device": "pa", "verb": verb, **values})
    assert executed == [operation]
    assert bridge_(operation.command())[1] == [operation]


@pytest.mark.parametrize(("words", "values"), ASKED)
def test_del_takes_the_words_of_add(words: str, values: dict[str, Any]) -> None:
    _, executed = bridge_(f"bridge fdb del {MAC} {words}")
    meant = {key: value for key, value in values.items() if key != "state"}
    assert executed == [DeleteFdb(**{"mac": MAC, "device": "pa", **meant})]


REFUSED = cases(
    """\
$ bridge fdb show state bogus  [255]
Error: argument "bogus" is wrong: invalid state
$ bridge fdb show br nosuch  [255]
Cannot find bridge device "nosuch"
$ bridge fdb add  [255]
Device and address are required arguments.
$ bridge fdb add 02:00:00:00:00:69  [255]
Device and address are required arguments.
$ bridge fdb add bogus dev pa master  [255]
Invalid mac address bogus
$ bridge fdb add 02:00:00 dev pa master  [255]
Invalid mac address 02:00:00
$ bridge fdb add 02:00:00:00:00:68 dev nosuch master  [255]
Cannot find device "nosuch"
$ bridge fdb add 02:00:00:00:00:69 dev pa bogus  [255]
Error: either "to" is duplicate, or "bogus" is a garbage.
$ bridge fdb change 02:00:00:00:00:71 dev pb master  [255]
Command "change" is unknown, try "bridge fdb help".
$ bridge fdb get  [255]
Device or master and address are required arguments.
$ bridge fdb get bogus br br0  [255]
Invalid mac address bogus
$ bridge fdb get 02:00:00:00:00:99 br br0  [254]
Error: Fdb entry not found.
$ bridge fdb get 02:00:00:00:00:55 br nosuch  [255]
Cannot find bridge device "nosuch"
$ bridge fdb add 02:00:00:00:00:61 dev pa master sticky  [2]
vnetsim: not modelled: bridge fdb ... sticky
$ bridge fdb add 02:00:00:00:00:61 dev pa master router  [2]
vnetsim: not modelled: bridge fdb ... router
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_bridge_refuses_itself(command: str, status: int, text: str) -> None:
    ended, executed = bridge_(command)
    assert (ended.status, ended.out, ended.err) == (status, "", text)
    assert executed == []


def test_flush_of_a_bridge_takes_every_entry_of_it() -> None:
    _, executed = bridge_("bridge fdb flush dev br0")
    assert [(str(it.mac), it.device, it.itself) for it in executed] == [
        ("96:b7:b1:2f:88:29", "br0", True),
        ("02:00:00:00:00:57", "pa", False),
        ("02:00:00:00:00:56", "pa", False),
        ("02:00:00:00:01:0a", "pa", False),
        ("02:00:00:00:01:0b", "pb", False),
    ]


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("dynamic", ["57"]),
        ("static", ["56"]),
        ("permanent", ["0a"]),
        ("nopermanent", ["57", "56"]),
        ("", ["57", "56", "0a"]),
    ],
)
def test_flush_of_a_port_takes_the_states_it_is_told(words: str, gone: list[str]) -> None:
    _, executed = bridge_(f"bridge fdb flush dev pa master {words}")
    assert [str(it.mac)[-2:] for it in executed] == gone


def test_what_the_kernel_says_is_passed_on() -> None:
    ended, _ = bridge_(f"bridge fdb add {MAC} dev pa master", refuse=refuse(Errno.EEXIST))
    assert (ended.status, ended.err) == (255, "RTNETLINK answers: File exists\n")

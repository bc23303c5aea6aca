"""`arp`: captured from net-tools 2.10 on Linux 6.18."""

from __future__ import annotations

from typing import Any

import pytest

from tests.programs.iproute2.ip.ip_host import cases
from tests.programs.nettools.nettools_host import MAC, neighbour, tool
from vnetsim.errors import NotModelled
from vnetsim.observations import RouteAnswer
from vnetsim.operations import ChangeNeighbour, DeleteNeighbour, Verb
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import Mac

LINUX = """\
Address                  HWtype  HWaddress           Flags Mask            Iface
10.0.0.2                 ether   02:00:00:00:00:02   C                     v0
10.0.0.9                 ether   02:00:00:00:00:02   CM                    v0
10.0.0.77                        (incomplete)                              v0
"""
BSD = """\
? (10.0.0.2) at 02:00:00:00:00:02 [ether] on v0
? (10.0.0.9) at 02:00:00:00:00:02 [ether] PERM on v0
? (10.0.0.77) at <incomplete> on v0
"""


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("arp -n", LINUX),
        ("arp", LINUX),
        ("arp -e", LINUX),
        ("arp -i v0", LINUX),
        ("arp -an", BSD),
        ("arp -a", BSD),
        ("arp -n 10.0.0.9", "".join(LINUX.splitlines(keepends=True)[::2])),
        ("arp -n 10.0.0.88", "10.0.0.88 (10.0.0.88) -- no entry\n"),
        ("arp -i nosuch -n", "arp: in 3 entries no match found.\n"),
        ("arp -v -n", f"{LINUX}Entries: 3\tSkipped: 0\tFound: 3\n"),
    ],
)
def test_neighbours_are_shown_as_net_tools_shows_them(command: str, printed: str) -> None:
    ended, _ = tool(command)
    assert (ended.status, ended.out, ended.err) == (0, printed, "")


def test_neighbours_have_names_unless_numbers_are_wanted() -> None:
    names = {"router": "10.0.0.2"}
    assert tool("arp -a", names=names)[0].out.startswith("router (10.0.0.2) at 02:00:00:00:00:02 [ether] on v0\n")
    assert tool("arp", names=names)[0].out.splitlines()[1].startswith("router                   ether   02:")
    assert tool("arp router", names=names)[0].out.splitlines()[1].startswith("router ")


def test_nobody_is_shown_where_nobody_is() -> None:
    assert tool("arp -n", entries=[neighbour("10.0.0.5", "NOARP")])[0].out == ""


WAY = RouteAnswer(destination=IPv4.parse("10.0.0.8"), device="v0")


def changed(address: str, **changes: Any) -> ChangeNeighbour:
    values: dict[str, Any] = {"device": "v0", "address": IPv4.parse(address), "mac": MAC, "verb": Verb.REPLACE}
    return ChangeNeighbour(**{**values, **changes})


ASKED: list[tuple[str, Any]] = [
    ("-s 10.0.0.8 02:00:00:00:00:02", changed("10.0.0.8")),
    ("-s 10.0.0.8 02:00:00:00:00:02 temp", changed("10.0.0.8", state="stale")),
    ("-i v10 -s 10.0.0.9 02:00:00:00:00:02", changed("10.0.0.9", device="v10")),
    ("-Ds 10.0.0.8 v10", changed("10.0.0.8", mac=Mac.parse("02:00:00:00:00:03"))),
    ("-d 10.0.0.2", DeleteNeighbour(device="v0", address=IPv4.parse("10.0.0.2"))),
]


@pytest.mark.parametrize(("words", "operation"), ASKED)
def test_a_command_becomes_an_operation(words: str, operation: Any) -> None:
    ended, network = tool(f"arp {words}", answers={"10.0.0.8": WAY})
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert network.executed == [operation]


REFUSED = cases(
    """\
$ arp -s 10.0.0.9  [255]
arp: need hardware address
$ arp -s 10.0.0.10 bogus  [255]
arp: invalid hardware address
$ arp -s 10.99.0.1 02:00:00:00:00:99  [255]
SIOCSARP: Network is unreachable
$ arp -s nosuch 02:00:00:00:00:99  [255]
nosuch: Host name lookup failure
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_arp_refuses(command: str, status: int, text: str) -> None:
    ended, network = tool(command)
    assert (ended.status, ended.out, ended.err) == (status, "", text)
    assert network.executed == []


def test_who_is_not_there_cannot_be_deleted() -> None:
    ended, network = tool("arp -d 10.0.0.88")
    assert (ended.status, ended.out, ended.err) == (255, "No ARP entry for 10.0.0.88\n", "")
    assert network.executed == []


def test_how_to_use_it() -> None:
    unknown, _ = tool("arp -Z")
    assert (unknown.status, unknown.out) == (3, "")
    assert unknown.err.startswith("arp: invalid option -- 'Z'\nUsage:\n  arp [-vn]  [<HW>] [-i <if>] [-a] [<hostname>]")
    assert tool("arp -V")[0].out.startswith("net-tools 2.10\n+I18N +SELINUX\nAF: (inet) +UNIX")


@pytest.mark.parametrize("words", ["-f /etc/ethers", "-H fddi", "-s 10.0.0.8 02:00:00:00:00:02 pub"])
def test_what_is_not_modelled_is_said(words: str) -> None:
    with pytest.raises(NotModelled):
        tool(f"arp {words}")

"""`bridge link`: ports and how they are set.  Captured from iproute2 6.1 on Linux 6.18."""

from __future__ import annotations

import json

import pytest

from tests.programs.iproute2.bridge.bridge_host import bridge_, said
from tests.programs.iproute2.ip.ip_host import cases
from tests.programs.iproute2.ip.routing import refuse, session
from vnetsim.errors import Errno
from vnetsim.operations import SetBridgePort

OFF_AND_ON = (
    "    hairpin off guard off root_block off fastleave off learning on flood on mcast_flood on bcast_flood on "
    "mcast_router 1 mcast_to_unicast off neigh_suppress off vlan_tunnel off isolated off locked off "
)

SHOWN = session(
    """\
$ bridge link
4: pa@br0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br0 state forwarding priority 32 cost 2 .
6: pb@pbx: <NO-CARRIER,BROADCAST,MULTICAST,UP,M-DOWN> mtu 1500 master br0 state disabled priority 32 cost 2 .
$ bridge -s link show dev pa
4: pa@br0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br0 state forwarding priority 32 cost 2 .
$ bridge link list bogus dev pa
4: pa@br0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br0 state forwarding priority 32 cost 2 .
$ bridge link show dev br0
$ bridge link show dev pbx
"""
)


@pytest.mark.parametrize(("command", "printed"), SHOWN)
def test_ports_are_printed_as_iproute2_prints_them(command: str, printed: str) -> None:
    assert said(command) == printed


def test_details_are_on_a_line_of_their_own() -> None:
    line = SHOWN[1][1]
    assert said("bridge -d link show dev pa") == f"{line}{OFF_AND_ON}\n"
    assert said("bridge -o -d link show dev pa") == f"{line[:-1]}\\{OFF_AND_ON}\n"


def test_ports_are_documents_too() -> None:
    pa, pb = json.loads(said("bridge -j link"))
    assert pa == {
        "ifindex": 4, "link": "br0", "ifname": "pa", "flags": ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
        "mtu": 1500, "master": "br0", "state": "forwarding", "priority": 32, "cost": 2,
    }  # fmt: skip
    assert pb["flags"] == ["NO-CARRIER", "BROADCAST", "MULTICAST", "UP", "M-DOWN"]
    detailed = json.loads(said("bridge -j -d link show dev pa"))[0]
    assert {key: value for key, value in detailed.items() if key not in pa} == {
        "hairpin": False, "guard": False, "root_block": False, "fastleave": False, "learning": True, "flood": True,
        "mcast_flood": True, "bcast_flood": True, "mcast_router": 1, "mcast_to_unicast": False,
        "neigh_suppress": False, "vlan_tunnel": False, "isolated": False, "locked": False,
    }  # fmt: skip


ASKED: list[tuple[str, dict[str, int]]] = [
    ("cost 5", {"cost": 5}),
    ("cost 0", {}),
    ("cost x", {}),
    ("priority 8", {"priority": 8}),
    ("priority x", {"priority": 0}),
    ("state 2", {"state": 2}),
    ("state forwarding", {"state": 3}),
    ("hairpin on", {"hairpin": 1}),
    ("hairpin off learning off flood off", {"hairpin": 0, "learning": 0, "flood": 0}),
    ("isolated on locked on master", {"isolated": 1, "locked": 1}),
    ("mcast_router 2", {"mcast_router": 2}),
    ("learning_sync on", {}),
]


@pytest.mark.parametrize(("words", "options"), ASKED)
def test_set_becomes_an_operation(words: str, options: dict[str, int]) -> None:
    ended, executed = bridge_(f"bridge link set dev pa {words}")
    assert (ended.status, ended.err) == (0, "")
    assert executed == [SetBridgePort(device="pa", options=options)]


REFUSED = cases(
    """\
$ bridge link bogus  [255]
Command "bogus" is unknown, try "bridge link help".
$ bridge link show dev nosuch  [255]
Cannot find device "nosuch"
$ bridge link set  [255]
Device is a required argument.
$ bridge link set dev  [255]
Command line is not complete. Try option "help"
$ bridge link set dev nosuch  [255]
Cannot find bridge device "nosuch"
$ bridge link set dev pa cost  [255]
Command line is not complete. Try option "help"
$ bridge link set dev pa state bogus  [255]
Error: invalid STP port state
$ bridge link set dev pa hairpin 1  [234]
Error: argument of "hairpin" must be one of "off", "on", not "1"
$ bridge link set dev pa hwmode x  [255]
Mode argument must be "vepa" or "veb".
$ bridge link set dev pa backup_port pb  [2]
vnetsim: not modelled: bridge link set backup_port
$ bridge monitor  [2]
vnetsim: not modelled: bridge monitor all
$ bridge frob  [255]
Object "frob" is unknown, try "bridge help".
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_bridge_refuses_itself(command: str, status: int, text: str) -> None:
    ended, executed = bridge_(command)
    assert (ended.status, ended.out, ended.err) == (status, "", text)
    assert executed == []


def test_what_the_kernel_says_is_passed_on() -> None:
    ended, _ = bridge_("bridge link set dev pa cost 65536", refuse=refuse(Errno.ERANGE))
    assert (ended.status, ended.err) == (255, "RTNETLINK answers: Numerical result out of range\n")


@pytest.mark.parametrize("command", ["bridge link help", "bridge link set pa hairpin on", "bridge link set dev pa x 1"])
def test_how_to_use_it_goes_to_standard_error(command: str) -> None:
    ended, executed = bridge_(command)
    assert (ended.status, ended.out, executed) == (255, "", [])
    assert ended.err.startswith("Usage: bridge link set dev DEV [ cost COST ] [ priority PRIO ] [ state STATE ]\n")

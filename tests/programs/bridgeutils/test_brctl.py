"""`brctl`: captured from bridge-utils 1.7 on Linux 6.18."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeProcess, run
from tests.programs.iproute2.bridge.bridge_host import BR0, BR1, ENTRIES, PA, PB, PBX, Bridged
from tests.programs.iproute2.ip.ip_host import LO, cases
from tests.programs.iproute2.ip.routing import refuse
from vnetsim.errors import Errno
from vnetsim.operations import AddLink, DeleteLink, SetBridgePort, SetLink
from vnetsim.programs.bridgeutils import brctl

ROOT = "8000.2:0:0:0:0:b"
STP = attrs.evolve(
    BR0, details={"bridge_id": "8000.2:0:0:0:b:1", "root_id": ROOT, "root_port": 1, "root_path_cost": 2, "max_age": 600,
                  "hello_time": 100, "forward_delay": 200, "ageing_time": 400, "gc_timer": 28960, "stp_state": 1,
                  "topology_change": 1, "bridge_max_age": 2000},
)  # fmt: skip
EMPTY = attrs.evolve(BR1, details={"bridge_id": "8000.0:0:0:0:0:0"})
PORT: dict[str, str | int] = {
    "id": 0x8001,
    "no": 1,
    "designated_port": 0x8001,
    "bridge_id": ROOT,
    "root_id": ROOT,
    "message_age_timer": 582,
}
PORT_A = attrs.evolve(PA, port={**PORT, "state": "forwarding"})
PORT_B = attrs.evolve(PB, port={**PORT, "state": 4, "no": 2, "config_pending": 1, "hold_timer": 82, "hairpin": 1})


def brctl_(command: str, *, refuse: Callable[[Any], None] = lambda _: None) -> tuple[Ended, list[Any]]:
    network = Bridged((LO, STP, EMPTY, PBX, PORT_B, PORT_A), (), refuse, entries=ENTRIES)
    process = FakeProcess(shlex.split(command), FakeContext(network=network, files=FakeFiles()))
    return run(brctl.main, process), network.executed


def test_bridges_and_ports_are_listed_by_name() -> None:
    head = "bridge name\tbridge id\t\tSTP enabled\tinterfaces\n"
    br0 = "br0\t\t8000.020000000b01\tyes\t\tpa\n\t\t\t\t\t\t\tpb\n"
    br1 = "br1\t\t8000.000000000000\tno\t\t\n"
    assert brctl_("brctl show")[0].out == head + br0 + br1
    assert brctl_("brctl show br1")[0].out == head + br1
    ended, _ = brctl_("brctl show br0 pa")
    assert (ended.status, ended.out, ended.err) == (1, head + br0, "device pa is not a bridge!\n")


def test_addresses_are_listed_by_number() -> None:
    assert brctl_("brctl showmacs br0")[0].out == (
        "port no\tmac addr\t\tis local?\tageing timer\n"
        "  1\t02:00:00:00:00:56\tno\t\t   0.00\n"
        "  1\t02:00:00:00:00:57\tno\t\t   7.00\n"
        "  1\t02:00:00:00:01:0a\tyes\t\t   0.00\n"
        "  2\t02:00:00:00:01:0b\tyes\t\t   0.00\n"
    )


def test_the_spanning_tree_is_shown() -> None:
    assert brctl_("brctl showstp br0")[0].out == (
        "br0\n bridge id\t\t8000.020000000b01\n designated root\t8000.02000000000b\n"
        " root port\t\t   1\t\t\tpath cost\t\t   2\n"
        " max age\t\t   6.00\t\t\tbridge max age\t\t  20.00\n"
        " hello time\t\t   1.00\t\t\tbridge hello time\t   1.00\n"
        " forward delay\t\t   2.00\t\t\tbridge forward delay\t   2.00\n"
        " ageing time\t\t   4.00\n"
        " hello timer\t\t   0.00\t\t\ttcn timer\t\t   0.00\n"
        " topology change timer\t   0.00\t\t\tgc timer\t\t 289.60\n"
        " flags\t\t\tTOPOLOGY_CHANGE \n\n\n"
        "pa (1)\n port id\t\t8001\t\t\tstate\t\t     forwarding\n"
        " designated root\t8000.02000000000b\tpath cost\t\t   2\n"
        " designated bridge\t8000.02000000000b\tmessage age timer\t   5.82\n"
        " designated port\t8001\t\t\tforward delay timer\t   0.00\n"
        " designated cost\t   0\t\t\thold timer\t\t   0.00\n flags\t\t\t\n\n"
        "pb (2)\n port id\t\t8001\t\t\tstate\t\t       blocking\n"
        " designated root\t8000.02000000000b\tpath cost\t\t   2\n"
        " designated bridge\t8000.02000000000b\tmessage age timer\t   5.82\n"
        " designated port\t8001\t\t\tforward delay timer\t   0.00\n"
        " designated cost\t   0\t\t\thold timer\t\t   0.82\n"
        " flags\t\t\tCONFIG_PENDING \n hairpin mode\t\t   1\n\n"
    )


ASKED: list[tuple[str, Any]] = [
    ("addbr br7", AddLink(kind="bridge", name="br7")),
    ("addbr averylongbridgename", AddLink(kind="bridge", name="averylongbridge")),
    ("delbr br1", DeleteLink(device="br1")),
    ("addif br0 pbx", SetLink(device="pbx", master="br0")),
    ("delif br0 pa", SetLink(device="pa", master="")),
    ("stp br0 on", SetLink(device="br0", kind="bridge", options={"stp_state": 1})),
    ("stp br0 no", SetLink(device="br0", kind="bridge", options={"stp_state": 0})),
    ("setfd br0 4", SetLink(device="br0", kind="bridge", options={"forward_delay": 400})),
    ("sethello br0 1", SetLink(device="br0", kind="bridge", options={"hello_time": 100})),
    ("setmaxage br0 10", SetLink(device="br0", kind="bridge", options={"max_age": 1000})),
    ("setageing br0 0.5", SetLink(device="br0", kind="bridge", options={"ageing_time": 50})),
    ("setbridgeprio br0 65537", SetLink(device="br0", kind="bridge", options={"priority": 1})),
    ("setpathcost nosuch pa 10", SetBridgePort(device="pa", options={"cost": 10})),
    ("setportprio br0 pa 8", SetBridgePort(device="pa", options={"priority": 8})),
    ("hairpin br0 pa on", SetBridgePort(device="pa", options={"hairpin": 1})),
]


@pytest.mark.parametrize(("words", "operation"), ASKED)
def test_a_command_becomes_an_operation(words: str, operation: Any) -> None:
    ended, executed = brctl_(f"brctl {words}")
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert executed == [operation]


REFUSED = cases(
    """\
$ brctl show nosuch  [1]
bridge nosuch does not exist!
$ brctl delbr nosuch  [1]
bridge nosuch doesn't exist; can't delete it
$ brctl delbr br0  [1]
bridge br0 is still up; can't delete it
$ brctl delbr pbx  [1]
can't delete bridge pbx: Operation not permitted
$ brctl addif br0 pa  [1]
device pa is already a member of a bridge; can't add it to bridge br0.
$ brctl addif br0 br1  [1]
device br1 is a bridge device itself; can't add a bridge device to a bridge device.
$ brctl addif br0 nosuch  [1]
interface nosuch does not exist!
$ brctl addif nosuch pbx  [1]
bridge nosuch does not exist!
$ brctl addif pa pbx  [1]
can't add pbx to bridge pa: Operation not supported
$ brctl delif br0 pbx  [1]
device pbx is not a port of br0
$ brctl showmacs nosuch  [1]
read of forward table failed: No such device
$ brctl showmacs pbx  [1]
read of forward table failed: Operation not supported
$ brctl showstp pbx  [1]
device pbx is not a bridge!
$ brctl stp br0 maybe  [1]
expect on/off for argument
$ brctl stp nosuch on  [1]
set stp status failed: No such device
$ brctl setageing br0 x  [1]
bad ageing time value
$ brctl setbridgeprio br0 x  [1]
bad priority
$ brctl setportprio br0 pa x  [1]
bad path priority value
$ brctl setpathcost br0 nosuch 10  [1]
set path cost failed: No such device
$ brctl setpathcost br0 pbx 10  [1]
set path cost failed: No such file or directory
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_brctl_refuses_itself(command: str, status: int, text: str) -> None:
    ended, executed = brctl_(command)
    assert (ended.status, ended.out, ended.err) == (status, "", text)
    assert executed == []


@pytest.mark.parametrize(
    ("words", "errno", "text"),
    [
        ("addbr br0", Errno.EEXIST, "device br0 already exists; can't create bridge with the same name\n"),
        ("addif br0 lo", Errno.EINVAL, "can't add lo to bridge br0: Invalid argument\n"),
        ("setfd br0 1", Errno.ERANGE, "set forward delay failed: Numerical result out of range\n"),
        ("setportprio br0 pa 64", Errno.ERANGE, "set port priority failed: Numerical result out of range\n"),
    ],
)
def test_what_the_kernel_says_is_passed_on(words: str, errno: Errno, text: str) -> None:
    ended, _ = brctl_(f"brctl {words}", refuse=refuse(errno))
    assert (ended.status, ended.err) == (1, text)


@pytest.mark.parametrize(
    ("command", "status", "err"),
    [
        ("brctl", 1, ""),
        ("brctl --help", 0, ""),
        ("brctl bogus", 1, "never heard of command [bogus]\n"),
        ("brctl -Z", 1, "brctl: invalid option -- 'Z'\nUnknown option '?'\n"),
    ],
)
def test_how_to_use_it(command: str, status: int, err: str) -> None:
    ended, _ = brctl_(command)
    assert (ended.status, ended.err) == (status, err)
    assert ended.out.startswith("Usage: brctl [commands]\ncommands:\n\taddbr     \t<bridge>\t\tadd bridge\n")
    assert ended.out.endswith("\tstp       \t<bridge> {on|off}\tturn stp on/off\n")


def test_arguments_may_be_missing() -> None:
    ended, _ = brctl_("brctl addif br0")
    assert (ended.status, ended.err) == (1, "")
    assert ended.out == (
        "Incorrect number of arguments for command\nUsage: brctl addif <bridge> <device>\tadd interface to bridge\n"
    )

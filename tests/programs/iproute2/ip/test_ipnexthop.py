"""`ip nexthop`: which operation a command becomes, and what `ip` says itself; texts as in the recordings nexthop_*."""

from __future__ import annotations

import pytest

from tests.programs.iproute2.ip.routing import Routing, run_ip
from vnetsim.operations.nexthop import AddNexthop, DeleteNexthop, GroupMember
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import IPv4, IPv6

GATEWAY = IPv4.parse("10.0.0.2")

ASKED = [
    ("ip nexthop add id 1 blackhole", AddNexthop(id=1, version=4, blackhole=True)),
    ("ip -6 nexthop add id 1 blackhole", AddNexthop(id=1, version=6, blackhole=True)),
    ("ip nexthop a id 1 via 10.0.0.2 onlink", AddNexthop(id=1, version=4, via=GATEWAY, onlink=True)),
    ("ip nexthop add id 1 via inet6 fe80::1", AddNexthop(id=1, version=6, via=IPv6.parse("fe80::1"))),
    ("ip nexthop replace id 9 group 1/2,5 proto static",
     AddNexthop(id=9, group=(GroupMember(id=1), GroupMember(id=2, weight=5)), protocol=4, verb=Verb.REPLACE)),
    ("ip nexthop del id 7", DeleteNexthop(id=7)),
]  # fmt: skip


@pytest.mark.parametrize(("command", "operation"), ASKED)
def test_a_command_is_an_operation(command: str, operation: AddNexthop | DeleteNexthop) -> None:
    network = Routing()
    assert run_ip(command, network).status == 0
    assert network.executed == [operation]


@pytest.mark.parametrize(("_", "operation"), ASKED)
def test_an_operation_prints_as_a_command_that_means_the_same(_: str, operation: AddNexthop | DeleteNexthop) -> None:
    network = Routing()
    run_ip(operation.command(), network)
    assert network.executed == [operation]


REFUSED = [
    ("add id abc", 'Error: argument "abc" is wrong: invalid id value\n'),
    ("add id 1 nosuch", 'Error: argument "nosuch" is wrong: \n'),
    ("add id 1 dev nosuch", 'Error: argument "nosuch" is wrong: Device does not exist\n\n'),
    ("add id 1 group 1,0/2", 'Error: argument "0" is wrong: "weight" is invalid\n\n'),
    ("add id 1 group 1,257/2", 'Error: argument "257" is wrong: "weight" is invalid\n\n'),
    ("add id 1 group 1/", 'Error: argument "1" is wrong: "group" value is invalid\n\n'),
    ("add id 1 group 1 type nosuch", 'Error: argument "nosuch" is wrong: "type" value is invalid\n\n'),
    ("add id 1 protocol nosuch", 'Error: argument "nosuch" is wrong: "protocol" value is invalid\n\n'),
    ("show proto static", 'Error: argument "static" is wrong: invalid protocol value\n'),
    ("nosuch", 'Command "nosuch" is unknown, try "ip nexthop help".\n'),
]


@pytest.mark.parametrize(("arguments", "text"), REFUSED)
def test_what_ip_refuses_itself(arguments: str, text: str) -> None:
    network = Routing()
    ended = run_ip(f"ip nexthop {arguments}", network)
    assert (ended.status, ended.err, network.executed) == (255, text, [])

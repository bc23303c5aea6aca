"""`ip route add`, `replace`, `del` ...: which operation a command becomes, or what `ip` says before it asks."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.programs.iproute2.ip.ip_host import cases
from tests.programs.iproute2.ip.routing import Routing, prefix, refuse, run_ip
from vnetsim.errors import Errno
from vnetsim.operations import AddRoute, DeleteRoute, Hop, Verb
from vnetsim.wire.inet import IPv4, IPv6, Prefix

GATEWAY = IPv4.parse("10.0.0.2")
BY_GATEWAY = (Hop(via=GATEWAY),)


def added(to: str, *hops: Hop, **changes: Any) -> AddRoute:
    """What `ip route add TO via ...` asks for."""
    values: dict[str, Any] = {"destination": prefix(to), "hops": hops or BY_GATEWAY, "protocol": 3, "scope": 0}
    return AddRoute(**{**values, **changes})


def deleted(to: str, *hops: Hop, **changes: Any) -> DeleteRoute:
    return DeleteRoute(**{"destination": prefix(to), "hops": hops, **changes})


ASKED: list[tuple[str, AddRoute | DeleteRoute]] = [
    ("ip route add default via 10.0.0.2", added("default")),
    ("ip route add all via 10.0.0.2", added("default")),
    ("ip route add 0/0 via 10.0.0.2 dev v0", added("default", Hop(via=GATEWAY, device="v0"))),
    ("ip route add 10/8 via 10.0.0.2", added("10.0.0.0/8")),
    ("ip route add 11.1/16 via 10.0.0.2", added("11.1.0.0/16")),
    ("ip route add 12 via 10.0.0.2", added("12.0.0.0")),
    ("ip route add 12.1.0.0/255.255.0.0 via 10.0.0.2", added("12.1.0.0/16")),
    ("ip route add 10.5.1.0/16 via 10.0.0.2", added("10.5.1.0/16")),
    ("ip r a to 16/8 via inet 10.0.0.2", added("16.0.0.0/8")),
    ("ip route add 10.9.0.0/16 dev v0", added("10.9.0.0/16", Hop(device="v0"), scope=253)),
    ("ip route add 10.9.0.0/16 dev v0 via 0.0.0.0", added("10.9.0.0/16", Hop(device="v0"))),
    ("ip route add 10.9.0.0/16", added("10.9.0.0/16", hops=(), scope=253)),
    ("ip route add 10.9.0.0/16 via 10.0.0.2 table 100 proto static", added("10.9.0.0/16", table=100, protocol=4)),
    ("ip route add 10.9.0.0/16 via 10.0.0.2 table local proto dhcp", added("10.9.0.0/16", table=255, protocol=16)),
    ("ip route add 10.9.0.0/16 via 10.0.0.2 metric 5 src 10.0.0.1",
     added("10.9.0.0/16", metric=5, source=IPv4.parse("10.0.0.1"))),
    ("ip route add 10.9.0.0/16 via 10.0.0.2 preference 7", added("10.9.0.0/16", metric=7)),
    ("ip route add 10.9.0.0/16 via 10.0.0.2 dsfield 0x10 mtu 1400 advmss 1000",
     added("10.9.0.0/16", tos=0x10, mtu=1400, advmss=1000)),
    ("ip route add 10.9.0.0/16 via 10.0.0.2 mtu lock 1300", added("10.9.0.0/16", mtu=1300, mtu_locked=True)),
    ("ip route add 10.9.0.0/16 via 10.0.0.2 dev v0 onlink",
     added("10.9.0.0/16", Hop(via=GATEWAY, device="v0", onlink=True))),
    ("ip route add 10.9.0.0/16 via 10.0.0.2 scope link", added("10.9.0.0/16", scope=253)),
    ("ip route add 10.9.0.0/16 via 10.0.0.2 scope 200", added("10.9.0.0/16", scope=200)),
    ("ip route add blackhole 10.9.0.0/16", added("10.9.0.0/16", hops=(), kind="blackhole")),
    ("ip route add unreachable default metric 7", added("default", hops=(), kind="unreachable", metric=7)),
    ("ip route add local 10.9.0.1 dev lo", added("10.9.0.1", Hop(device="lo"), kind="local", table=255, scope=254)),
    ("ip route add broadcast 10.9.0.255 dev v0",
     added("10.9.0.255", Hop(device="v0"), kind="broadcast", table=255, scope=253)),
    ("ip route add multicast 230.0.0.0/8 dev v0",
     added("230.0.0.0/8", Hop(device="v0"), kind="multicast", scope=253)),
    ("ip route add 10.3.0.0/16 nexthop via 10.0.0.2 weight 2 nexthop dev w0",
     added("10.3.0.0/16", Hop(via=GATEWAY, weight=2), Hop(device="w0"))),
    ("ip route add 10.3.0.0/16 nexthop via 10.0.0.2 dev v0 onlink",
     added("10.3.0.0/16", Hop(via=GATEWAY, device="v0", onlink=True))),
    ("ip route add 10.9.0.0/16 via inet6 fe80::1 dev v0",
     added("10.9.0.0/16", Hop(via=IPv6.parse("fe80::1"), device="v0"))),
    ("ip route add 10.9.0.0/16 nexthop via inet6 fe80::1 dev v0 nexthop via 10.0.0.2",
     added("10.9.0.0/16", Hop(via=IPv6.parse("fe80::1"), device="v0"), Hop(via=GATEWAY))),
    ("ip route replace default via 10.0.0.2", added("default", verb=Verb.REPLACE)),
    ("ip route change default via 10.0.0.2", added("default", verb=Verb.CHANGE)),
    ("ip route chg default via 10.0.0.2", added("default", verb=Verb.CHANGE)),
    ("ip route append default via 10.0.0.2", added("default", verb=Verb.APPEND)),
    ("ip route prepend default via 10.0.0.2", added("default", verb=Verb.PREPEND)),
    ("ip -6 route add fd00::/64 via fe80::1 dev v0",
     AddRoute(destination=Prefix(IPv6.parse("fd00::"), 64), hops=(Hop(via=IPv6.parse("fe80::1"), device="v0"),),
              protocol=3, scope=0)),
    ("ip -6 route add fd00::/64 onlink nexthop via fd01::1 dev v0 nexthop via fd02::1 dev v0",
     AddRoute(destination=Prefix(IPv6.parse("fd00::"), 64), protocol=3, scope=0, hops=tuple(
         Hop(via=IPv6.parse(via), device="v0", onlink=True) for via in ("fd01::1", "fd02::1")))),
    ("ip route add 10.3.0.0/16 onlink nexthop via 10.0.0.2 dev v0 nexthop via 10.0.0.2 dev w0",
     added("10.3.0.0/16", Hop(via=GATEWAY, device="v0"), Hop(via=GATEWAY, device="w0"))),
    ("ip route del default", deleted("default")),
    ("ip route delete 10.9.0.0/16 via 10.0.0.2", deleted("10.9.0.0/16", *BY_GATEWAY)),
    ("ip r d 10.9.0.0/16 dev v0 metric 5", deleted("10.9.0.0/16", Hop(device="v0"), metric=5)),
    ("ip route del blackhole 10.9.0.0/16", deleted("10.9.0.0/16", kind="blackhole", scope=0)),
    ("ip route del local 10.0.0.1", deleted("10.0.0.1", kind="local", table=255, scope=254)),
    ("ip route del 10.9.0.0/16 proto static scope link", deleted("10.9.0.0/16", protocol=4, scope=253)),
]  # fmt: skip


@pytest.mark.parametrize(("command", "operation"), ASKED)
def test_a_command_becomes_an_operation(command: str, operation: AddRoute | DeleteRoute) -> None:
    network = Routing()
    ended = run_ip(command, network)
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert network.executed == [operation]


@pytest.mark.parametrize(("_", "operation"), ASKED)
def test_an_operation_told_as_a_command_becomes_itself(_: str, operation: AddRoute | DeleteRoute) -> None:
    network = Routing()
    assert run_ip(operation.command(), network).err == ""
    again = network.executed[0]
    assert attrs.evolve(again, hops=()) == attrs.evolve(operation, hops=())
    assert [it for it in again.hops if it.device is not None or it.via is not None] == list(operation.hops)


REFUSED = cases(
    """\
$ ip route add 10.6.0.0/33 via 10.0.0.2  [1]
Error: any valid prefix is expected rather than "10.6.0.0/33".
$ ip route add hello via 10.0.0.2  [1]
Error: any valid prefix is expected rather than "hello".
$ ip route add any via 10.0.0.2  [1]
Error: any valid prefix is expected rather than "via".
$ ip route add 10.6.0.0/16 dev nosuch  [1]
Cannot find device "nosuch"
$ ip route add 10.6.0.0/16 via hello  [1]
Error: inet address is expected rather than "hello".
$ ip route add 10.6.0.0/16 via fd00::1  [1]
Error: inet address is expected rather than "fd00::1".
$ ip -6 route add fd00::/64 via 10.0.0.1  [1]
Error: inet6 address is expected rather than "10.0.0.1".
$ ip route add default via  [255]
Command line is not complete. Try option "help"
$ ip route add default via 10.0.0.2 metric x  [255]
Error: argument "x" is wrong: "metric" value is invalid

$ ip route add default via 10.0.0.2 table all  [255]
Error: argument "all" is wrong: "table" value is invalid

$ ip route add default via 10.0.0.2 proto nosuch  [255]
Error: argument "nosuch" is wrong: "protocol" value is invalid

$ ip route add default via 10.0.0.2 scope nosuch  [255]
Error: argument "nosuch" is wrong: invalid "scope" value

$ ip route add default via 10.0.0.2 tos nosuch  [255]
Error: argument "nosuch" is wrong: "tos" value is invalid

$ ip route add default via 10.0.0.2 mtu x  [255]
Error: argument "x" is wrong: "mtu" value is invalid

$ ip route add default via 10.0.0.2 src x  [1]
Error: inet address is expected rather than "x".
$ ip route add default via 10.0.0.2 bogus  [255]
Error: either "to" is duplicate, or "bogus" is a garbage.
$ ip route add default via 10.0.0.2 weight 5  [255]
Error: either "to" is duplicate, or "weight" is a garbage.
$ ip route add default nexthop  [255]
Error: unexpected end of line after "nexthop"
$ ip route add default nexthop bogus  [255]
Error: "nexthop" or end of line is expected instead of "bogus"
$ ip route add 10.9.5.0/24 nexthop via 10.0.0.2 nexthop via 10.0.0.3 scope host  [255]
Error: "nexthop" or end of line is expected instead of "scope"
$ ip route add default nexthop via 10.0.0.2 weight 0  [255]
Error: argument "0" is wrong: "weight" is invalid

$ ip route add default nexthop via 10.0.0.2 weight 300  [255]
Error: argument "300" is wrong: "weight" is invalid

$ ip route add default via 10.0.0.2 nexthop via 10.0.0.3  [2]
Error: Nexthop gateway does not match RTA_GATEWAY or RTA_VIA.
$ ip route del any  [255]
Command line is not complete. Try option "help"
$ ip route add 10.9.0.0/16 via 10.0.0.2 realm 5  [2]
vnetsim: not modelled: ip route realms
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_ip_refuses_itself(command: str, status: int, text: str) -> None:
    network = Routing()
    ended = run_ip(command, network)
    assert (ended.status, ended.out, ended.err) == (status, "", text)
    assert network.executed == []


@pytest.mark.parametrize("command", ["ip route add", "ip route del", "ip route add via 10.0.0.2", "ip route help"])
def test_without_a_prefix_it_tells_how_it_is_used(command: str) -> None:
    ended = run_ip(command)
    assert (ended.status, ended.out) == (255, "")
    assert ended.err.startswith("Usage: ip route { list | flush } SELECTOR\n       ip route save SELECTOR\n")
    assert ended.err.endswith("\n")


def test_what_the_kernel_says_is_passed_on() -> None:
    explained = Routing(refuse=refuse(Errno.EINVAL, "Nexthop has invalid gateway"))
    ended = run_ip("ip route add default via 10.9.9.9", explained)
    assert (ended.status, ended.err) == (2, "Error: Nexthop has invalid gateway.\n")
    ended = run_ip("ip route add default via 10.0.0.2", Routing(refuse=refuse(Errno.EEXIST)))
    assert (ended.status, ended.err) == (2, "RTNETLINK answers: File exists\n")

"""`route` of net-tools 2.10, captured on Linux 6.18."""

from __future__ import annotations

from typing import Any

import pytest

from tests.programs.iproute2.ip.routing import prefix, refuse
from tests.programs.nettools.nettools_host import tool
from vnetsim.errors import Errno, NotModelled
from vnetsim.operations import AddRoute, DeleteRoute, Hop, Verb
from vnetsim.wire.inet import IPv4

NUMERIC = """\
Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
0.0.0.0         10.0.0.2        0.0.0.0         UG    0      0        0 v0
10.0.0.0        0.0.0.0         255.255.255.0   U     0      0        0 v0
10.5.0.0        10.0.0.2        255.255.0.0     UG    0      0        0 v0
10.7.0.1        10.0.0.2        255.255.255.255 UGH   5      0        0 v0
10.8.0.0        -               255.255.0.0     !     0      -        0 -
169.254.0.0     0.0.0.0         255.255.0.0     U     0      0        0 v0
"""
NAMED = """\
Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
default         gateway         0.0.0.0         UG    0      0        0 v0
10.0.0.0        0.0.0.0         255.255.255.0   U     0      0        0 v0
10.5.0.0        gateway         255.255.0.0     UG    0      0        0 v0
10.7.0.1        gateway         255.255.255.255 UGH   5      0        0 v0
10.8.0.0        -               255.255.0.0     !     0      -        0 -
link-local      0.0.0.0         255.255.0.0     U     0      0        0 v0
"""
EXTENDED = """\
Kernel IP routing table
Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface
0.0.0.0         10.0.0.2        0.0.0.0         UG        0 0          0 v0
10.0.0.0        0.0.0.0         255.255.255.0   U         0 0          0 v0
10.5.0.0        10.0.0.2        255.255.0.0     UG     1000 0          0 v0
10.7.0.1        10.0.0.2        255.255.255.255 UGH       0 0          0 v0
10.8.0.0        -               255.255.0.0     !         - -          - -
169.254.0.0     0.0.0.0         255.255.0.0     U         0 0          0 v0
"""
EVERYTHING = """\
Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window irtt
0.0.0.0         10.0.0.2        0.0.0.0         UG    0      0        0 v0       0     0      0
10.0.0.0        0.0.0.0         255.255.255.0   U     0      0        0 v0       0     0      0
10.5.0.0        10.0.0.2        255.255.0.0     UG    0      0        0 v0       1000  0      0
10.7.0.1        10.0.0.2        255.255.255.255 UGH   5      0        0 v0       0     0      0
10.8.0.0        -               255.255.0.0     !     0      -        0 -        -     -      -
169.254.0.0     0.0.0.0         255.255.0.0     U     0      0        0 v0       0     0      0
"""


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("route -n", NUMERIC),
        ("route", NAMED),
        ("route -ne", EXTENDED),
        ("route -n -ee", EVERYTHING),
        ("route -n -A inet", NUMERIC),
        ("netstat -rn", EXTENDED),
        ("netstat -rne", NUMERIC),
        ("netstat -rnee", EVERYTHING),
    ],
)
def test_the_main_table_is_shown_as_net_tools_shows_it(command: str, printed: str) -> None:
    ended, _ = tool(command, names={"gateway": "10.0.0.2"})
    assert (ended.status, ended.out, ended.err) == (0, printed, "")


def added(to: str, via: str | None = "10.0.0.2", **changes: Any) -> AddRoute:
    """SIOCADDRT puts a route before its like."""
    values: dict[str, Any] = {
        "destination": prefix(to),
        "hops": (Hop(via=IPv4.parse(via)),) if via else (),
        "protocol": 3,
        "scope": 0,
        "verb": Verb.PREPEND,
    }
    return AddRoute(**{**values, **changes})


V0 = (Hop(device="v0"),)

ASKED: list[tuple[str, AddRoute | DeleteRoute]] = [
    ("add default gw 10.0.0.2", added("default")),
    ("add default gateway router", added("default")),
    ("add -net 10.5.0.0 netmask 255.255.0.0 gw 10.0.0.2", added("10.5.0.0/16")),
    ("add -net 10.6.0.0/16 dev v0", added("10.6.0.0/16", hops=V0, scope=253)),
    ("add -net 10.6.0.0/16 v0", added("10.6.0.0/16", hops=V0, scope=253)),
    ("add -net 10.0.0.0 gw 10.0.0.2", added("10.0.0.0/8")),
    ("add -net 10.5.0.0 gw 10.0.0.2", added("10.5.0.0/8")),
    ("add -host 10.7.0.1 gw 10.0.0.2 metric 5", added("10.7.0.1", metric=5)),
    ("add 10.11.0.0 gw 10.0.0.2", added("10.11.0.0")),
    ("add -net 10.8.0.0/16 reject", added("10.8.0.0/16", None, kind="unreachable")),
    ("add -net 10.13.0.0/16", added("10.13.0.0/16", None, scope=253)),
    ("del default", DeleteRoute(destination=prefix("default"))),
    ("del -net 10.5.0.0 netmask 255.255.0.0", DeleteRoute(destination=prefix("10.5.0.0/16"))),
    ("del -host 10.7.0.1", DeleteRoute(destination=prefix("10.7.0.1"))),
]


@pytest.mark.parametrize(("words", "operation"), ASKED)
def test_a_command_becomes_an_operation(words: str, operation: AddRoute | DeleteRoute) -> None:
    ended, network = tool(f"route {words}", names={"router": "10.0.0.2"})
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert network.executed == [operation]


INET_USAGE = "Usage: inet_route [-vF] del {-host|-net} Target[/prefix] [gw Gw] [metric M] [[dev] If]\n"


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        ("add -net 10.5.1.0 netmask 255.255.0.0 gw 10.0.0.2", 3,
         f"route: netmask doesn't match route address\n{INET_USAGE}"),
        ("add -host 10.12.0.1/24 gw 10.0.0.2", 3,
         f"route: netmask 000000ff doesn't make sense with host route\n{INET_USAGE}"),
        ("add bogus gw 10.0.0.2", 6, "bogus: Host name lookup failure\n"),
        ("add default gw", 3, INET_USAGE),
        ("bogus", 3, "Usage: route [-nNvee] [-FC] [<AF>]           List kernel routing tables\n"),
        ("-Z", 3, "route: invalid option -- 'Z'\nUsage: route [-nNvee] [-FC] [<AF>]"),
    ],
)  # fmt: skip
def test_what_route_refuses_itself(words: str, status: int, text: str) -> None:
    ended, network = tool(f"route {words}")
    assert (ended.status, ended.out) == (status, "")
    assert ended.err.startswith(text)
    assert network.executed == []


@pytest.mark.parametrize(
    ("words", "errno", "text"),
    [
        ("add default gw 10.0.0.2", Errno.EEXIST, "SIOCADDRT: File exists\n"),
        ("add default gw 10.9.9.9", Errno.ENETUNREACH, "SIOCADDRT: Network is unreachable\n"),
        ("del default", Errno.ESRCH, "SIOCDELRT: No such process\n"),
    ],
)
def test_what_the_kernel_says_is_passed_on(words: str, errno: Errno, text: str) -> None:
    ended, _ = tool(f"route {words}", refuse=refuse(errno))
    assert (ended.status, ended.err) == (7, text)


def test_what_else_it_tells() -> None:
    assert tool("route add")[0].out.startswith(INET_USAGE)
    assert tool("route -C")[0].out.startswith("Kernel IP routing cache\n")
    assert tool("route -V")[0].out.startswith("net-tools 2.10\n+NEW_ADDRT +RTF_IRTT +RTF_REJECT +I18N +SELINUX\n")
    assert tool("route --help")[0].err == (
        "    inet (DARPA Internet) inet6 (IPv6) ax25 (AMPR AX.25) \n"
        "    netrom (AMPR NET/ROM) rose (AMPR ROSE) ipx (Novell IPX) \n"
        "    ddp (Appletalk DDP) x25 (CCITT X.25) \n"
    )


@pytest.mark.parametrize("words", ["-6 -n", "-A inet6", "add default gw 10.0.0.2 mss 1000"])
def test_what_is_not_modelled_is_said(words: str) -> None:
    with pytest.raises(NotModelled):
        tool(f"route {words}")

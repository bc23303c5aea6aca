"""`ifconfig`: captured from net-tools 2.10 on Linux 6.18."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.programs.iproute2.ip.ip_host import LO, cases, inet
from tests.programs.iproute2.ip.routing import refuse
from tests.programs.nettools.nettools_host import OF_V0, V0, tool, up
from vnetsim.errors import Errno, NotModelled
from vnetsim.operations import AddAddress, DeleteAddress, SetLink
from vnetsim.wire.inet import InterfaceAddress, IPv4, IPv6
from vnetsim.wire.mac import Mac

LOOPBACK = """\
lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536
        inet 127.0.0.1  netmask 255.0.0.0
        inet6 ::1  prefixlen 128  scopeid 0x10<host>
        loop  txqueuelen 1000  (Local Loopback)
        RX packets 0  bytes 0 (0.0 B)
        RX errors 0  dropped 0  overruns 0  frame 0
        TX packets 0  bytes 0 (0.0 B)
        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0

"""
VETH = """\
v0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 10.0.0.1  netmask 255.255.255.0  broadcast 10.0.0.255
        inet6 fe80::2  prefixlen 64  scopeid 0x20<link>
        inet6 fd00::1  prefixlen 64  scopeid 0x0<global>
        ether 02:00:00:00:00:02  txqueuelen 1000  (Ethernet)
        RX packets 18  bytes 1284 (1.2 KiB)
        RX errors 0  dropped 0  overruns 0  frame 0
        TX packets 26  bytes 1902 (1.8 KiB)
        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0

"""
DOWN = """\
v10: flags=4098<BROADCAST,MULTICAST>  mtu 1500
        ether 02:00:00:00:00:03  txqueuelen 1000  (Ethernet)
        RX packets 0  bytes 0 (0.0 B)
        RX errors 0  dropped 0  overruns 0  frame 0
        TX packets 0  bytes 0 (0.0 B)
        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0

"""
ALIAS = """\
v0:1: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 10.7.0.1  netmask 255.255.255.0  broadcast 0.0.0.0
        ether 02:00:00:00:00:02  txqueuelen 1000  (Ethernet)

"""
OF_ALIAS = inet(V0, "10.7.0.1/24", label="v0:1")
ADDRESSES = [
    inet(LO, "127.0.0.1/8", scope=254),
    inet(LO, "::1/128", scope=254),
    OF_V0,
    OF_ALIAS,
    inet(V0, "fd00::1/64"),
    inet(V0, "fe80::2/64", scope=253),
]


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("ifconfig", LOOPBACK + VETH + ALIAS),
        ("ifconfig -a", LOOPBACK + VETH + ALIAS + DOWN),
        ("ifconfig v10", DOWN),
        ("ifconfig -v v0", VETH),
        ("ifconfig v0:1", ALIAS),
    ],
)
def test_interfaces_are_shown_as_net_tools_shows_them(command: str, printed: str) -> None:
    ended, _ = tool(command, addresses=ADDRESSES)
    assert (ended.status, ended.out, ended.err) == (0, printed, "")


def test_short_listings_have_a_line_for_each() -> None:
    head = "Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n"
    ended, _ = tool("ifconfig -a -s")
    assert ended.out == (
        f"{head}lo              65536        0      0      0 0             0      0      0      0 LRU\n"
        "v0               1500       18      0      0 0            26      0      0      0 BMRU\n"
        "v10              1500        0      0      0 0             0      0      0      0 BM\n"
    )


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0.0 B"),
        (1024, "1024.0 B"),
        (1025, "1.0 KiB"),
        (1902, "1.8 KiB"),
        (5 << 20, "5.0 MiB"),
        (3 << 40, "3.0 TiB"),
    ],
)
def test_bytes_are_told_readably(count: int, text: str) -> None:
    statistics = attrs.evolve(V0.statistics, rx_bytes=count)
    ended, _ = tool("ifconfig v0", links=[attrs.evolve(V0, statistics=statistics)])
    assert f"RX packets 18  bytes {count} ({text})\n" in ended.out


def added(address: str, broadcast: str | None = None, label: str = "v0", **changes: Any) -> AddAddress:
    text, _, length = address.partition("/")
    values: dict[str, Any] = {
        "device": "v0",
        "interface": InterfaceAddress(IPv4.parse(text), int(length)),
        "label": label,
        "broadcast": IPv4.parse(broadcast) if broadcast else None,
    }
    return AddAddress(**{**values, **changes})


def deleted(address: str, label: str = "v0") -> DeleteAddress:
    text, _, length = address.partition("/")
    return DeleteAddress(device="v0", interface=InterfaceAddress(IPv4.parse(text), int(length)), label=label)


OLD = deleted("10.0.0.1/24")

ASKED: list[tuple[str, list[Any]]] = [
    ("v0 10.0.0.1", [up("v0")]),
    ("v0 10.9.0.1", [OLD, added("10.9.0.1/8", "10.255.255.255"), up("v0")]),
    ("v0 192.168.1.1", [OLD, added("192.168.1.1/24", "192.168.1.255"), up("v0")]),
    ("v0 172.16.0.1/12",
     [OLD, added("172.16.0.1/16", "172.16.255.255"), up("v0"), deleted("172.16.0.1/16"),
      added("172.16.0.1/12", "172.31.255.255")]),
    ("v0 netmask 255.255.0.0", [OLD, added("10.0.0.1/16", "10.0.255.255")]),
    ("v0 netmask 255.255.255.0", []),
    ("v0 broadcast 10.0.0.127", [OLD, added("10.0.0.1/24", "10.0.0.127")]),
    ("v0 pointopoint 10.0.0.9", [OLD, added("10.0.0.1/24", "10.0.0.255", peer=IPv4.parse("10.0.0.9"))]),
    ("v0 0.0.0.0", [OLD, up("v0")]),
    ("v0 host", [OLD, added("10.0.0.8/8", "10.255.255.255"), up("v0")]),
    ("v0:1 10.7.0.1/8", [added("10.7.0.1/8", "10.255.255.255", "v0:1"), up("v0")]),
    ("v0 up", [up("v0")]),
    ("v0 down", [SetLink(device="v0", up=False)]),
    ("v0 -arp promisc", [SetLink(device="v0", arp=False), SetLink(device="v0", promisc=True)]),
    ("v0 allmulti -multicast", [SetLink(device="v0", allmulticast=True), SetLink(device="v0", multicast=False)]),
    ("v0 mtu 1400 txqueuelen 100", [SetLink(device="v0", mtu=1400), SetLink(device="v0", qlen=100)]),
    ("v0 hw ether 2:0:0:0:0:11", [SetLink(device="v0", mac=Mac.parse("02:00:00:00:00:11"))]),
    ("v0 name v9", [SetLink(device="v0", name="v9")]),
    ("v0 add fd00::2/64", [AddAddress(device="v0", interface=InterfaceAddress(IPv6.parse("fd00::2"), 64))]),
    ("v0 inet6 del fd00::2/64", [DeleteAddress(device="v0", interface=InterfaceAddress(IPv6.parse("fd00::2"), 64))]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "operations"), ASKED)
def test_words_become_operations_one_after_the_other(words: str, operations: list[Any]) -> None:
    ended, network = tool(f"ifconfig {words}", names={"host": "10.0.0.8"})
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert network.executed == operations


def test_an_alias_that_goes_down_goes_away() -> None:
    ended, network = tool("ifconfig v0:1 down", addresses=ADDRESSES)
    assert (ended.status, network.executed) == (0, [deleted("10.7.0.1/24", "v0:1")])
    ended, network = tool("ifconfig v0:2 down", addresses=ADDRESSES)
    assert (ended.status, ended.err) == (255, "SIOCSIFFLAGS: Cannot assign requested address\n")


REFUSED = cases(
    """\
$ ifconfig nosuch  [1]
nosuch: error fetching interface information: Device not found
$ ifconfig -Z  [1]
ifconfig: option `-Z' not recognised.
ifconfig: `--help' gives usage information.
$ ifconfig v0 bogus  [1]
bogus: Host name lookup failure
ifconfig: `--help' gives usage information.
$ ifconfig v0 -bogus  [1]
-bogus: Unknown host
ifconfig: `--help' gives usage information.
$ ifconfig v0 netmask x  [1]
x: Host name lookup failure
$ ifconfig v0 hw ether bogus  [1]
bogus: invalid ether address.
$ ifconfig v10 netmask 255.255.0.0  [1]
SIOCSIFNETMASK: Cannot assign requested address
$ ifconfig v10 broadcast 1.2.3.4  [1]
SIOCSIFBRDADDR: Cannot assign requested address
$ ifconfig v0 netmask 255.0.255.0  [1]
SIOCSIFNETMASK: Invalid argument
$ ifconfig bogus up  [255]
bogus: ERROR while getting interface flags: No such device
$ ifconfig bogus 10.0.0.9  [255]
SIOCSIFADDR: No such device
bogus: ERROR while getting interface flags: No such device
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_ifconfig_refuses_itself(command: str, status: int, text: str) -> None:
    ended, network = tool(command)
    assert (ended.status, ended.out, ended.err) == (status, "", text)
    assert network.executed == []


def test_what_the_kernel_says_is_passed_on_and_gone_on_with() -> None:
    ended, _ = tool("ifconfig v0 mtu 50 txqueuelen 5", refuse=refuse(Errno.EINVAL))
    assert (ended.status, ended.err) == (1, "SIOCSIFMTU: Invalid argument\nSIOCSIFTXQLEN: Invalid argument\n")


@pytest.mark.parametrize("words", ["v0 netmask", "v0 hw", "v0 hw bogus 02:00:00:00:00:01", "v0 10.0.0.1/x"])
def test_how_to_use_it_goes_to_standard_error(words: str) -> None:
    ended, _ = tool(f"ifconfig {words}")
    assert (ended.status, ended.out) == (3, "")
    assert ended.err.startswith("Usage:\n  ifconfig [-a] [-v] [-s] <interface> [[<AF>] <address>]\n")
    wanted, _ = tool("ifconfig --help")
    assert wanted.status == 0
    assert wanted.out.endswith("  List of possible address families:\n")
    assert wanted.err.startswith("    loop (Local Loopback) slip (Serial Line IP) ")


@pytest.mark.parametrize("words", ["v0 add 10.0.0.5/24", "v0 tunnel ::1", "v0 -broadcast"])
def test_what_is_not_modelled_is_said(words: str) -> None:
    with pytest.raises(NotModelled):
        tool(f"ifconfig {words}")

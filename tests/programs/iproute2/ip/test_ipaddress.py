"""`ip addr`: what it prints, which operations it becomes, what it refuses.  Captured from iproute2 6.1, Linux 6.18."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from tests.programs.iproute2.ip.ip_host import BR0, LO, V0, V1, cases, inet, ip_, out, veth
from vnetsim.errors import Errno, KernelError
from vnetsim.observations import AddressEntry
from vnetsim.operations import AddAddress, DeleteAddress, Verb
from vnetsim.wire.inet import InterfaceAddress, IPv4, IPv6

PAIR0 = attrs.evolve(V0, master=None, port=None)
LINK_LOCAL = "fe80::4805:afff:fe62:e6a7/64"

#: An address, its line in `ip addr` and its object in `ip -j addr`, both but for the lifetimes where they are endless.
ADDRESSES: list[tuple[AddressEntry, str, str]] = [
    (
        inet(V0, "10.0.0.1/24"),
        "inet 10.0.0.1/24 scope global v0",
        '{"family":"inet","local":"10.0.0.1","prefixlen":24,"scope":"global","label":"v0"',
    ),
    (
        inet(V0, "10.2.0.1/24", broadcast=IPv4.parse("10.2.0.255"), label="v0:lab"),
        "inet 10.2.0.1/24 brd 10.2.0.255 scope global v0:lab",
        '{"family":"inet","local":"10.2.0.1","prefixlen":24,"broadcast":"10.2.0.255","scope":"global","label":"v0:lab"',
    ),
    (
        inet(V0, "10.0.0.1/32", peer=IPv4.parse("10.0.0.2")),
        "inet 10.0.0.1 peer 10.0.0.2/32 scope global v0",
        '{"family":"inet","local":"10.0.0.1","address":"10.0.0.2","prefixlen":32,"scope":"global","label":"v0"',
    ),
    (
        inet(V0, "10.1.0.1/24", metric=77, scope=253),
        "inet 10.1.0.1/24 metric 77 scope link v0",
        '{"family":"inet","local":"10.1.0.1","prefixlen":24,"metric":77,"scope":"link","label":"v0"',
    ),
    (
        inet(V0, "10.0.0.26/24", flags=("noprefixroute", "secondary")),
        "inet 10.0.0.26/24 scope global secondary noprefixroute v0",
        (
            '{"family":"inet","local":"10.0.0.26","prefixlen":24,"scope":"global","secondary":true,"noprefixroute":true,'
            '"label":"v0"'
        ),
    ),
    (
        inet(V0, LINK_LOCAL, scope=253, flags=("tentative",)),
        "inet6 fe80::4805:afff:fe62:e6a7/64 scope link tentative ",
        '{"family":"inet6","local":"fe80::4805:afff:fe62:e6a7","prefixlen":64,"scope":"link","tentative":true',
    ),
    (
        inet(V0, "fd00::3/64", flags=("mngtmpaddr", "tentative")),
        "inet6 fd00::3/64 scope global tentative mngtmpaddr ",
        '{"family":"inet6","local":"fd00::3","prefixlen":64,"scope":"global","tentative":true,"mngtmpaddr":true',
    ),
    (
        inet(V0, "fd00::1/64", flags=("dadfailed", "tentative")),
        "inet6 fd00::1/64 scope global dadfailed tentative ",
        '{"family":"inet6","local":"fd00::1","prefixlen":64,"scope":"global","dadfailed":true,"tentative":true',
    ),
    (
        inet(LO, "::1/128", scope=254),
        "inet6 ::1/128 scope host ",
        '{"family":"inet6","local":"::1","prefixlen":128,"scope":"host"',
    ),
]


@pytest.mark.parametrize(("entry", "line", "document"), ADDRESSES)
def test_an_address_is_printed_as_iproute2_prints_it(entry: AddressEntry, line: str, document: str) -> None:
    links = [LO, PAIR0]
    forever = "       valid_lft forever preferred_lft forever\n"
    assert out(f"ip addr show {entry.device}", links, [entry]).split("\n", 2)[2] == f"    {line}\n{forever}"
    assert out("ip -o addr", links, [entry]) == f"{entry.index}: {entry.device}    {line}\\{forever}"
    lives = '"valid_life_time":4294967295,"preferred_life_time":4294967295}]}]\n'
    assert out(f"ip -j addr show {entry.device}", links, [entry]).endswith(f'"addr_info":[{document},{lives}')


def test_an_address_that_ends_is_dynamic() -> None:
    entries = [
        inet(PAIR0, "10.3.0.1/24", valid_seconds=2, preferred_seconds=1),
        inet(PAIR0, "fd00::8/128", valid_seconds=100, preferred_seconds=0, flags=("nodad", "deprecated", "dynamic")),
    ]
    assert out("ip -o addr", [PAIR0], entries) == (
        "3: v0    inet 10.3.0.1/24 scope global dynamic v0\\       valid_lft 2sec preferred_lft 1sec\n"
        "3: v0    inet6 fd00::8/128 scope global nodad deprecated dynamic \\"
        "       valid_lft 100sec preferred_lft 0sec\n"
    )


LINKS = [LO, V1, PAIR0, attrs.evolve(BR0, flags=("BROADCAST", "MULTICAST"), state="DOWN", qdisc="noop")]
ENTRIES = [
    inet(LO, "127.0.0.1/8", scope=254),
    inet(LO, "::1/128", scope=254),
    inet(V1, LINK_LOCAL, scope=253),
    inet(PAIR0, "10.0.0.1/24", label="v0:1"),
    inet(PAIR0, "10.1.0.1/24", valid_seconds=1000, preferred_seconds=500),
    inet(PAIR0, "10.0.0.2/24", flags=("secondary",)),
    inet(PAIR0, LINK_LOCAL, scope=253, flags=("tentative",)),
]


def marked(text: str) -> str:
    """With the blanks at the ends of lines made visible."""
    return text.replace(" \n", " ~\n")


def test_ip_addr_joins_devices_and_their_addresses() -> None:
    assert (
        marked(out("ip addr", LINKS, ENTRIES))
        == """\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet6 ::1/128 scope host ~
       valid_lft forever preferred_lft forever
2: v1@v0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff
    inet6 fe80::4805:afff:fe62:e6a7/64 scope link ~
       valid_lft forever preferred_lft forever
3: v0@v1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.1/24 scope global v0:1
       valid_lft forever preferred_lft forever
    inet 10.1.0.1/24 scope global dynamic v0
       valid_lft 1000sec preferred_lft 500sec
    inet 10.0.0.2/24 scope global secondary v0
       valid_lft forever preferred_lft forever
    inet6 fe80::4805:afff:fe62:e6a7/64 scope link tentative ~
       valid_lft forever preferred_lft forever
4: br0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default qlen 1000
    link/ether 02:00:00:00:00:b0 brd ff:ff:ff:ff:ff:ff
"""
    )


def test_ipv6s_own_listing_knows_little_of_devices() -> None:
    assert (
        marked(out("ip -6 addr", LINKS, ENTRIES))
        == """\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN qlen 1000
    inet6 ::1/128 scope host ~
       valid_lft forever preferred_lft forever
2: v1@v0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP qlen 1000
    inet6 fe80::4805:afff:fe62:e6a7/64 scope link ~
       valid_lft forever preferred_lft forever
3: v0@v1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP qlen 1000
    inet6 fe80::4805:afff:fe62:e6a7/64 scope link tentative ~
       valid_lft forever preferred_lft forever
"""
    )


def test_of_one_device_ipv6_knows_all() -> None:
    assert (
        marked(out("ip -6 addr show dev v1", LINKS, ENTRIES))
        == """\
2: v1@v0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    inet6 fe80::4805:afff:fe62:e6a7/64 scope link ~
       valid_lft forever preferred_lft forever
"""
    )


def test_ipv6s_own_listing_sees_a_peer_index_without_its_namespace() -> None:
    far = veth(2, "v0", 4)
    text = out("ip -6 addr", [LO, far, attrs.evolve(BR0, index=4)], [inet(far, LINK_LOCAL, scope=253)])
    assert text.startswith("2: v0@br0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP qlen 1000\n")
    text = out("ip -6 addr", [LO, far], [inet(far, LINK_LOCAL, scope=253)])
    assert text.startswith("2: v0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 state UP qlen 1000\n")


def test_brief_addresses_stand_in_one_line() -> None:
    assert out("ip -br addr", LINKS, ENTRIES) == (
        "lo               UNKNOWN        127.0.0.1/8 ::1/128 \n"
        "v1@v0            UP             fe80::4805:afff:fe62:e6a7/64 \n"
        "v0@v1            UP             10.0.0.1/24 10.1.0.1/24 10.0.0.2/24 fe80::4805:afff:fe62:e6a7/64 \n"
        "br0              DOWN           \n"
    )
    assert out("ip -4 -br addr", LINKS, ENTRIES).splitlines()[0] == "lo               UNKNOWN        127.0.0.1/8 "
    assert out("ip -br -j addr show lo", LINKS, ENTRIES) == (
        '[{"ifname":"lo","operstate":"UNKNOWN","addr_info":[{"local":"127.0.0.1","prefixlen":8},'
        '{"local":"::1","prefixlen":128}]}]\n'
    )


def test_oneline_json_tells_the_device_with_each_address() -> None:
    assert out("ip -o -j addr show lo", LINKS, ENTRIES[:1]) == (
        '[{"addr_info":[{"index":1,"dev":"lo","family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host",'
        '"label":"lo","valid_life_time":4294967295,"preferred_life_time":4294967295}]}]\n'
    )


def test_counters_come_behind_the_addresses() -> None:
    lines = out("ip -s addr show lo", LINKS, ENTRIES).splitlines()
    assert lines[4] == "    inet6 ::1/128 scope host "
    assert lines[6] == "    RX:  bytes packets errors dropped  missed   mcast           "


@pytest.mark.parametrize(
    ("words", "addresses"),
    [
        ("", ["127.0.0.1", "::1", "v1", "10.0.0.1", "10.1.0.1", "10.0.0.2", "v0"]),
        ("scope host", ["127.0.0.1", "::1"]),
        ("scope 253", ["v1", "v0"]),
        ("to 10.0.0.0/24", ["10.0.0.1", "10.0.0.2"]),
        ("to 10.0.0.2", ["10.0.0.2"]),
        ("to 10.0.0.0/15", ["10.0.0.1", "10.1.0.1", "10.0.0.2"]),
        ("to fe80::/10", ["v1", "v0"]),
        ("v0 primary", ["10.0.0.1", "10.1.0.1", "v0"]),
        ("v0 secondary", ["10.0.0.2"]),
        ("v0 -secondary", ["10.0.0.1", "10.1.0.1", "v0"]),
        ("v0 dynamic", ["10.1.0.1"]),
        ("v0 -permanent", ["10.1.0.1"]),
        ("v0 permanent", ["10.0.0.1", "10.0.0.2", "v0"]),
        ("tentative", ["v0"]),
        ("label v0:*", ["10.0.0.1"]),
        ("label v?", ["v1", "10.1.0.1", "10.0.0.2", "v0"]),
        ("label * scope host", ["127.0.0.1", "::1"]),
    ],
)
def test_addresses_are_chosen(words: str, addresses: list[str]) -> None:
    lines = out(f"ip -o addr show {words}", LINKS, ENTRIES).splitlines()
    found = [line.split()[3].partition("/")[0] for line in lines]
    assert [line.split()[1] if a.startswith("fe80") else a for a, line in zip(found, lines, strict=True)] == addresses


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("scope host", ["lo", "br0"]),
        ("up", ["lo", "v1", "v0"]),
        ("to 10.0.0.0/24", ["v0"]),
        ("type veth", ["v1", "v0"]),
        ("master br0", []),
        ("group 3", []),
        ("dev br0", ["br0"]),
        ("dev br0 up", []),
    ],
)
def test_devices_without_a_wanted_address_are_left_out(words: str, names: list[str]) -> None:
    lines = out(f"ip -br addr show {words}", LINKS, ENTRIES).splitlines()
    assert [line.split()[0].partition("@")[0] for line in lines] == names


def test_a_label_hides_the_devices() -> None:
    assert out("ip addr show label v0:*", LINKS, ENTRIES) == (
        "    inet 10.0.0.1/24 scope global v0:1\n       valid_lft forever preferred_lft forever\n"
    )


def test_addresses_left_out_are_empty_objects() -> None:
    found = json.loads(out("ip -j addr show to 10.0.0.2/32", LINKS, ENTRIES))
    assert [len(entry) > 0 for entry in found[0]["addr_info"]] == [False, False, True]


ASKED: list[tuple[str, list[Any]]] = [
    ("ip addr add 10.0.0.1/24 dev v0", [AddAddress(device="v0", interface=InterfaceAddress.parse("10.0.0.1/24"))]),
    ("ip a a 10.9/24 dev if3", [AddAddress(device="v0", interface=InterfaceAddress.parse("10.9.0.0/24"))]),
    (
        "ip addr add 10.0.0.6/255.255.255.0 dev v0",
        [AddAddress(device="v0", interface=InterfaceAddress.parse("10.0.0.6/24"))],
    ),
    ("ip addr add 010.6.0.1/0x18 dev v0", [AddAddress(device="v0", interface=InterfaceAddress.parse("8.6.0.1/24"))]),
    ("ip addr add 10.4.0.1 dev v0", [AddAddress(device="v0", interface=InterfaceAddress.parse("10.4.0.1/32"))]),
    (
        "ip addr add 10.1.0.1/16 brd + dev v0 label v0:lab",
        [
            AddAddress(
                device="v0",
                interface=InterfaceAddress.parse("10.1.0.1/16"),
                broadcast=IPv4.parse("10.1.255.255"),
                label="v0:lab",
            )
        ],
    ),
    (
        "ip addr add 10.3.0.1/24 broadcast - dev v0",
        [AddAddress(device="v0", interface=InterfaceAddress.parse("10.3.0.1/24"), broadcast=IPv4.parse("10.3.0.0"))],
    ),
    (
        "ip addr add 10.0.0.14/31 brd + dev v0",
        [AddAddress(device="v0", interface=InterfaceAddress.parse("10.0.0.14/31"))],
    ),
    (
        "ip addr add 10.8.0.1 peer 10.9.0.2/24 dev v0",
        [AddAddress(device="v0", interface=InterfaceAddress.parse("10.8.0.1/24"), peer=IPv4.parse("10.9.0.2"))],
    ),
    (
        "ip addr add 10.5.0.1 peer 10.5.0.2/0 dev v0",
        [AddAddress(device="v0", interface=InterfaceAddress.parse("10.5.0.1/32"), peer=IPv4.parse("10.5.0.2"))],
    ),
    (
        "ip addr change 10.2.0.1/24 dev v0 valid_lft 100 preferred_lft 50 metric 7 scope link noprefixroute",
        [
            AddAddress(
                device="v0",
                interface=InterfaceAddress.parse("10.2.0.1/24"),
                valid_seconds=100,
                preferred_seconds=50,
                metric=7,
                scope=253,
                flags=("noprefixroute",),
                verb=Verb.CHANGE,
            )
        ],
    ),
    (
        "ip addr chg 10.2.0.1/24 dev v0 valid_lft forever preferred_lft forever",
        [AddAddress(device="v0", interface=InterfaceAddress.parse("10.2.0.1/24"), verb=Verb.CHANGE)],
    ),
    (
        "ip addr replace fd00::1/64 dev v0 nodad home",
        [
            AddAddress(
                device="v0", interface=InterfaceAddress.parse("fd00::1/64"), flags=("nodad", "home"), verb=Verb.REPLACE
            )
        ],
    ),
    (
        "ip addr add 127.0.0.2/8 dev v0",
        [AddAddress(device="v0", interface=InterfaceAddress.parse("127.0.0.2/8"), scope=254)],
    ),
    ("ip addr del 10.0.0.1/24 dev v0", [DeleteAddress(device="v0", interface=InterfaceAddress.parse("10.0.0.1/24"))]),
    (
        "ip addr del 10.8.0.1 peer 10.9.0.2/24 dev v0",
        [DeleteAddress(device="v0", interface=InterfaceAddress.parse("10.8.0.1/24"), peer=IPv4.parse("10.9.0.2"))],
    ),
    (
        "ip addr del fd00::9 dev v0",
        [DeleteAddress(device="v0", interface=InterfaceAddress(IPv6.parse("fd00::9"), 128))],
    ),
    (
        "ip -4 addr del dev v0 label v0:1",
        [DeleteAddress(device="v0", interface=InterfaceAddress.parse("10.0.0.1/24"), label="v0:1")],
    ),
]


@pytest.mark.parametrize(("command", "operations"), ASKED)
def test_a_command_becomes_operations(command: str, operations: list[Any]) -> None:
    ended, executed = ip_(command, LINKS, ENTRIES)
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert executed == operations


SAID = cases(
    """\
$ ip addr add 10.0.0.5/33 dev v0  [1]
Error: any valid prefix is expected rather than "10.0.0.5/33".
$ ip addr add 10.0.0.256/24 dev v0  [1]
Error: any valid prefix is expected rather than "10.0.0.256/24".
$ ip addr add hello dev v0  [1]
Error: any valid prefix is expected rather than "hello".
$ ip addr add 10.7.0.2/255.0.255.0 dev v0  [1]
Error: any valid prefix is expected rather than "10.7.0.2/255.0.255.0".
$ ip addr add 10.7.0.2/-1 dev v0  [1]
Error: any valid prefix is expected rather than "10.7.0.2/-1".
$ ip addr add any/24 dev v0  [1]
Error: any valid prefix is expected rather than "any/24".
$ ip -6 addr add 10.0.0.8/24 dev v0  [1]
Error: inet6 prefix is expected rather than "10.0.0.8/24".
$ ip -4 addr add fd00::1/64 dev v0  [1]
Error: inet prefix is expected rather than "fd00::1/64".
$ ip addr add 10.0.0.10 peer fd00::1 dev v0  [1]
Error: inet prefix is expected rather than "fd00::1".
$ ip addr add 10.0.0.10/24 brd hello dev v0  [1]
Error: inet address is expected rather than "hello".
$ ip addr add 10.0.0.7/24 dev nosuch  [1]
Cannot find device "nosuch"
$ ip addr add 10.0.0.7/24  [1]
Not enough information: "dev" argument is required.
$ ip addr add 10.0.0.9/24 dev  [255]
Command line is not complete. Try option "help"
$ ip addr add dev v0  [2]
RTNETLINK answers: Operation not supported
$ ip -4 addr add dev v0  [2]
Error: ipv4: Local address is not supplied.
$ ip addr add peer 10.0.0.44 dev v0  [2]
Error: ipv4: Local address is not supplied.
$ ip -6 addr add dev v0  [2]
RTNETLINK answers: Invalid argument
$ ip addr add default dev v0  [2]
RTNETLINK answers: Operation not supported
$ ip addr add 10.0.0.9/24 10.0.0.8/24 dev v0  [255]
Error: either "local" is duplicate, or "10.0.0.8/24" is a garbage.
$ ip addr add 10.0.0.10/24 peer 10.0.0.11 peer 10.0.0.12 dev v0  [255]
Error: duplicate "peer": "10.0.0.12" is the second value.
$ ip addr add 10.0.0.10/24 brd 10.0.0.255 brd + dev v0  [255]
Error: duplicate "broadcast": "+" is the second value.
$ ip addr add fd00::5/64 brd + dev v0  [1]
Broadcast can be set only for IPv4 addresses
$ ip addr add 10.0.0.20/24 scope 300 dev v0  [255]
Error: argument "300" is wrong: invalid scope value.
$ ip addr add 10.0.0.23/24 metric abc dev v0  [255]
Error: argument "abc" is wrong: "metric" value is invalid

$ ip addr add 10.0.0.23/24 valid_lft 0 dev v0  [1]
valid_lft is zero
$ ip addr add 10.0.0.23/24 valid_lft abc dev v0  [255]
Error: argument "abc" is wrong: valid_lft value
$ ip addr add 10.0.0.23/24 valid_lft 10 preferred_lft 20 dev v0  [1]
preferred_lft is greater than valid_lft
$ ip addr add 10.0.0.27/24 autojoin dev v0  [1]
autojoin needs multicast address
$ ip addr show nosuch  [1]
Device "nosuch" does not exist.
$ ip addr show dev v0 bogus  [255]
Error: either "dev" is duplicate, or "bogus" is a garbage.
$ ip addr show scope bogus  [255]
Error: argument "bogus" is wrong: invalid "scope"

$ ip addr flush  [1]
Flush requires arguments.
$ ip -0 addr flush dev v0  [1]
Cannot flush link addresses.
$ ip addr flush dev nosuch  [1]
Device "nosuch" does not exist.
$ ip addr bogus  [255]
Command "bogus" is unknown, try "ip address help".
$ ip addr save  [2]
vnetsim: not modelled: ip addr save, restore and showdump
"""
)


@pytest.mark.parametrize(("command", "status", "text"), SAID)
def test_what_ip_refuses_itself_is_not_asked_of_the_kernel(command: str, status: int, text: str) -> None:
    ended, executed = ip_(command, LINKS, ENTRIES)
    assert (ended.status, ended.out, ended.err) == (status, "", text)
    assert executed == []


def test_deleting_without_a_length_is_warned_about_and_done() -> None:
    ended, executed = ip_("ip addr del 10.4.0.1 dev v0", LINKS)
    assert ended.status == 0
    assert ended.err == (
        "Warning: Executing wildcard deletion to stay compatible with old scripts.\n"
        "         Explicitly specify the prefix length (10.4.0.1/32) to avoid this warning.\n"
        "         This special behaviour is likely to disappear in further releases,\n"
        "         fix your scripts!\n"
    )
    assert executed == [DeleteAddress(device="v0", interface=InterfaceAddress.parse("10.4.0.1/32"), wildcard=True)]


def test_flags_that_cannot_be_set_are_warned_about() -> None:
    ended, executed = ip_("ip addr add 10.0.0.25/24 home secondary tentative dev v0", LINKS)
    assert ended.err == (
        "Warning: home option can be set only for IPv6 addresses\n"
        "Warning: secondary option is not mutable from userspace\n"
        "Warning: tentative option is not mutable from userspace\n"
    )
    assert executed == [AddAddress(device="v0", interface=InterfaceAddress.parse("10.0.0.25/24"))]


class Addresses:
    """A kernel that deletes addresses; with a primary one its secondaries go, and are then not found."""

    def __init__(self, *entries: AddressEntry) -> None:
        self.entries = list(entries)

    def refuse(self, operation: DeleteAddress) -> None:
        found = [e for e in self.entries if e.address == operation.interface.address and e.device == operation.device]
        if not found:
            raise KernelError(Errno.EADDRNOTAVAIL, "ipv4: Address not found")
        gone = found[0]
        secondaries = [] if "secondary" in gone.flags else [e for e in self.entries if "secondary" in e.flags]
        self.entries[:] = [e for e in self.entries if e is not gone and e not in secondaries]


def flush(command: str, *entries: AddressEntry) -> tuple[str, list[AddressEntry]]:
    kernel = Addresses(*entries)
    ended, _ = ip_(command, LINKS, kernel.entries, refuse=kernel.refuse)
    assert (ended.status, ended.err) == (0, "")
    return ended.out, kernel.entries


PRIMARY, SECONDARY = inet(PAIR0, "10.1.1.1/24"), inet(PAIR0, "10.1.1.2/24", flags=("secondary",))


def test_a_flush_is_silent_and_deletes_what_it_was_asked_to() -> None:
    assert flush("ip addr flush dev v0", PRIMARY, SECONDARY, ENTRIES[0]) == ("", [ENTRIES[0]])
    assert flush("ip addr flush scope host", PRIMARY, ENTRIES[0]) == ("", [PRIMARY])


def test_a_flush_tells_of_its_rounds_with_statistics() -> None:
    assert flush("ip -s addr flush dev v0", PRIMARY, SECONDARY) == (
        "\n*** Round 1, deleting 2 addresses ***\n*** Flush is complete after 1 round ***\n",
        [],
    )
    assert flush("ip -s -s addr flush dev v0")[0] == "Nothing to flush.\n"


def test_a_flush_lists_addresses_when_statistics_are_asked_for_twice() -> None:
    assert flush("ip -s -s addr flush dev v0 secondary", PRIMARY, SECONDARY) == (
        (
            "3: v0    inet 10.1.1.2/24 scope global secondary v0\n       valid_lft forever preferred_lft forever\n"
            "\n*** Round 1, deleting 1 addresses ***\n*** Flush is complete after 1 round ***\n"
        ),
        [PRIMARY],
    )


def test_a_flush_of_primary_addresses_has_one_round() -> None:
    assert flush("ip -s addr flush dev v0 primary", PRIMARY)[0] == (
        "\n*** Round 1, deleting 1 addresses ***\n*** Flush is complete after 1 round ***\n"
    )


def test_a_flush_gives_up_after_the_rounds_it_was_given() -> None:
    ended, _ = ip_("ip -l 1 -s addr flush dev v0", LINKS, [PRIMARY])
    assert (ended.status, ended.out) == (255, "\n*** Round 1, deleting 1 addresses ***\n")
    assert ended.err == "*** Flush remains incomplete after 1 rounds. ***\n"


def test_a_flush_without_privileges_fails() -> None:
    ended, _ = ip_("ip addr flush dev v0", LINKS, [PRIMARY], privileged=False)
    assert (ended.status, ended.err) == (255, "Failed to send flush request: Operation not permitted\n")

"""`ip link show` and its forms.  The texts were captured from iproute2 6.1 on Linux 6.18."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from tests.programs.iproute2.ip.ip_host import BR0, COUNTED, LO, V0, V1, cases, device, ip_, out, veth
from vnetsim.observations import Link
from vnetsim.wire.mac import Mac

LO_DOWN = attrs.evolve(LO, flags=("LOOPBACK",), qdisc="noop", state="DOWN")
DOWN: dict[str, Any] = {"flags": ("BROADCAST", "MULTICAST"), "state": "DOWN", "qdisc": "noop"}
FAR = veth(2, "v0", 2, mac=Mac.parse("12:e2:e5:b4:f1:2c"))

LINES: list[tuple[str, Link, str]] = [
    (
        "a loopback that was never up",
        LO_DOWN,
        (
            "1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n"
            "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
        ),
    ),
    (
        "a pair whose other end is down",
        veth(2, "b", "a", lower_down=True, **DOWN),
        (
            "2: b@a: <BROADCAST,MULTICAST,M-DOWN> mtu 1500 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n"
            "    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff\n"
        ),
    ),
    (
        "up, and the other end is not",
        veth(2, "b", "a", lower_down=True, flags=("BROADCAST", "MULTICAST", "UP"), state="LOWERLAYERDOWN"),
        (
            "2: b@a: <NO-CARRIER,BROADCAST,MULTICAST,UP,M-DOWN> mtu 1500 qdisc noqueue state LOWERLAYERDOWN mode"
            " DEFAULT group default qlen 1000\n    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff\n"
        ),
    ),
    (
        "the other end in a namespace with a name",
        attrs.evolve(FAR, peer_netns="b"),
        (
            "2: v0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default"
            " qlen 1000\n    link/ether 12:e2:e5:b4:f1:2c brd ff:ff:ff:ff:ff:ff link-netns b\n"
        ),
    ),
    (
        "the other end in a namespace without a name",
        FAR,
        (
            "2: v0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default"
            " qlen 1000\n    link/ether 12:e2:e5:b4:f1:2c brd ff:ff:ff:ff:ff:ff link-netnsid 0\n"
        ),
    ),
    (
        "a bridge whose carrier is there and whose state is not yet",
        attrs.evolve(BR0, state="DOWN"),
        (
            "4: br0: <NO-CARRIER,BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state DOWN mode DEFAULT"
            " group default qlen 1000\n    link/ether 02:00:00:00:00:b0 brd ff:ff:ff:ff:ff:ff\n"
        ),
    ),
    (
        "a bridge port of a group with an alias and other names",
        attrs.evolve(V0, alias="uplink port", group=5, altnames=("uplink-to-the-first-lab-network", "lanzero")),
        (
            "3: v0@v1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP mode DEFAULT"
            " group 5 qlen 1000\n    link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff\n    alias uplink port\n"
            "    altname uplink-to-the-first-lab-network\n    altname lanzero\n"
        ),
    ),
    (
        "a tun device, which has no address",
        device(
            4,
            "tun0",
            "tun",
            flags=("POINTOPOINT", "MULTICAST", "NOARP", "UP"),
            qdisc="pfifo_fast",
            qlen=500,
            link_type="none",
            mac=None,
            broadcast=None,
        ),
        (
            "4: tun0: <NO-CARRIER,POINTOPOINT,MULTICAST,NOARP,UP> mtu 1500 qdisc pfifo_fast state DOWN mode DEFAULT"
            " group default qlen 500\n    link/none \n"
        ),
    ),
    (
        "no queue length",
        device(20, "q6", "bridge", qlen=0),
        (
            "20: q6: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default \n"
            "    link/ether 02:00:00:00:00:14 brd ff:ff:ff:ff:ff:ff\n"
        ),
    ),
]


@pytest.mark.parametrize(("link", "text"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_a_device_is_printed_as_iproute2_prints_it(link: Link, text: str) -> None:
    assert out(f"ip link show {link.name}", [link]) == text


def test_oneline_ends_inner_lines_with_a_backslash() -> None:
    link = attrs.evolve(V0, master=None, port=None, altnames=("lanzero",))
    assert out("ip -o link show v0", [link]) == (
        "3: v0@v1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default"
        " qlen 1000\\    link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff\\    altname lanzero\n"
    )


def test_brief_has_columns_and_a_trailing_blank() -> None:
    tun = device(9, "tun0", "tun", link_type="none", mac=None, flags=("POINTOPOINT", "MULTICAST", "NOARP"))
    long = veth(10, "verylongname123", "z", lower_down=True, **DOWN)
    assert out("ip -br link", [LO, BR0, tun, long]) == (
        "lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP> \n"
        "br0              UP             02:00:00:00:00:b0 <BROADCAST,MULTICAST,UP,LOWER_UP> \n"
        "tun0             DOWN           <POINTOPOINT,MULTICAST,NOARP> \n"
        "verylongname123@z DOWN           02:00:00:00:00:0a <BROADCAST,MULTICAST,M-DOWN> \n"
    )


def test_colours_are_there_only_when_asked_for() -> None:
    assert out("ip -c link show lo", [LO_DOWN]) == (
        "1: \x1b[36mlo: \x1b[0m<LOOPBACK> mtu 65536 qdisc noop state \x1b[31mDOWN \x1b[0mmode DEFAULT group default"
        " qlen 1000\n    link/loopback \x1b[33m00:00:00:00:00:00\x1b[0m brd \x1b[33m00:00:00:00:00:00\x1b[0m\n"
    )
    assert "\x1b" not in out("ip -c=never link show lo", [LO_DOWN])


def test_numeric_shows_numbers_of_groups_and_link_types() -> None:
    assert out("ip -N link show lo", [LO_DOWN]) == (
        "1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN mode DEFAULT group 0 qlen 1000\n"
        "    link/[772] 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
    )


def test_json_has_the_keys_in_iproute2s_order() -> None:
    assert out("ip -j link show v0") == (
        '[{"ifindex":3,"link":"v1","ifname":"v0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,'
        '"qdisc":"noqueue","master":"br0","operstate":"UP","linkmode":"DEFAULT","group":"default","txqlen":1000,'
        '"link_type":"ether","address":"02:00:00:00:00:03","broadcast":"ff:ff:ff:ff:ff:ff"}]\n'
    )
    assert out("ip -j link show v0", [FAR]) == (
        '[{"ifindex":2,"link_index":2,"ifname":"v0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,'
        '"qdisc":"noqueue","operstate":"UP","linkmode":"DEFAULT","group":"default","txqlen":1000,"link_type":"ether",'
        '"address":"12:e2:e5:b4:f1:2c","broadcast":"ff:ff:ff:ff:ff:ff","link_netnsid":0}]\n'
    )


def test_pretty_json_is_indented_as_iproute2_indents_it() -> None:
    assert (
        out("ip -j -p -br link", [LO_DOWN, veth(5, "p0", 2, **DOWN)])
        == """\
[ {
        "ifname": "lo",
        "operstate": "DOWN",
        "address": "00:00:00:00:00:00",
        "flags": [ "LOOPBACK" ]
    },{
        "link_index": 2,
        "ifname": "p0",
        "operstate": "DOWN",
        "address": "02:00:00:00:00:05",
        "flags": [ "BROADCAST","MULTICAST" ]
    } ]
"""
    )


def test_counters_have_columns_that_grow() -> None:
    counted = attrs.evolve(V0, statistics=COUNTED, master=None, port=None)
    assert out("ip -s link show v0", [counted]).split("\n", 2)[2] == (
        "    RX:  bytes packets errors dropped  missed   mcast           \n"
        "        577018     403      0       0       0       0 \n"
        "    TX:  bytes packets errors dropped carrier collsns           \n"
        "        577108     404      0       0       0       0 \n"
    )


@pytest.mark.parametrize(
    ("options", "received", "sent"),
    [
        ("-h", "          577k     403", "          577k     404"),
        ("-h -iec", "         563ki     403", "         564ki     404"),
    ],
)
def test_human_numbers_have_three_digits(options: str, received: str, sent: str) -> None:
    counted = attrs.evolve(V0, statistics=COUNTED)
    lines = out(f"ip {options} -s link show v0", [counted]).splitlines()
    assert (lines[3][: len(received)], lines[5][: len(sent)]) == (received, sent)


@pytest.mark.parametrize(
    ("count", "decimal", "binary"), [(3461358, "3.46M", "3.30Mi"), (2407, "2.41k", "2.35ki"), (999, "999", "999")]
)
def test_human_numbers_of_all_sizes(count: int, decimal: str, binary: str) -> None:
    counted = attrs.evolve(V0, statistics=attrs.evolve(COUNTED, rx_packets=count))
    assert out("ip -h -s link show v0", [counted]).splitlines()[3].split()[1] == decimal
    assert out("ip -h -iec -s link show v0", [counted]).splitlines()[3].split()[1] == binary


def test_errors_are_counted_by_kind_when_statistics_are_asked_for_twice() -> None:
    link = attrs.evolve(V1, carrier_changes=2)
    assert out("ip -s -s link show v1", [link]).split("\n", 2)[2] == (
        "    RX:  bytes packets errors dropped  missed   mcast           \n"
        "             0       0      0       0       0       0 \n"
        "    RX errors:  length    crc   frame    fifo overrun\n"
        "                     0      0       0       0       0 \n"
        "    TX:  bytes packets errors dropped carrier collsns           \n"
        "             0       0      0       0       0       0 \n"
        "    TX errors: aborted   fifo  window heartbt transns\n"
        "                     0      0       0       0       2 \n"
    )
    assert out("ip -j -s -s link show v1", [link]).endswith(
        '"broadcast":"ff:ff:ff:ff:ff:ff","stats64":{"rx":{"bytes":0,"packets":0,"errors":0,"dropped":0,'
        '"over_errors":0,"multicast":0,"length_errors":0,"crc_errors":0,"frame_errors":0,"fifo_errors":0,'
        '"missed_errors":0},"tx":{"bytes":0,"packets":0,"errors":0,"dropped":0,"carrier_errors":0,"collisions":0,'
        '"aborted_errors":0,"fifo_errors":0,"window_errors":0,"heartbeat_errors":0,"carrier_changes":2}}}]\n'
    )


FILTERS: list[tuple[str, list[str]]] = [
    ("up", ["lo", "v0"]),
    ("type bridge", ["br0"]),
    ("type veth", ["v1", "v0"]),
    ("type nosuch", []),
    ("type bridge_slave", ["v0"]),
    ("master br0", ["v0"]),
    ("master br0 up", ["v0"]),
    ("nomaster", ["lo", "v1", "br0"]),
    ("group 5", ["v1"]),
    ("group default", ["lo", "v0", "br0"]),
    ("v0", ["v0"]),
    ("dev v0 up", ["v0"]),
    ("dev v1 up", []),
    ("v0 type bridge", []),
    ("lanzero", ["br0"]),
    ("label v0", []),
    ("scope link permanent", ["lo", "v1", "v0", "br0"]),
]
SOME = [
    LO,
    attrs.evolve(V1, group=5, **DOWN),
    V0,
    attrs.evolve(BR0, flags=("BROADCAST", "MULTICAST"), altnames=("lanzero",)),
]


@pytest.mark.parametrize(("words", "names"), FILTERS)
def test_devices_are_chosen(words: str, names: list[str]) -> None:
    text = out(f"ip -o link show {words}", SOME)
    assert [line.split()[1].partition("@")[0].rstrip(":") for line in text.splitlines()] == names


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("up", ["lo", None, "v0", None]),
        ("type veth", ["v1", "v0"]),
        ("type veth up", [None, "v0"]),
        ("type nosuch", [None, None, None, None]),
        ("master br0", ["v0"]),
        ("group 5", [None, "v1", None, None]),
        ("v1 up", [None]),
    ],
)
def test_what_iproute2_leaves_out_is_an_empty_object(words: str, names: list[str | None]) -> None:
    found = json.loads(out(f"ip -j link show {words}", SOME))
    assert [link.get("ifname") for link in found] == names


ERRORS = cases(
    r"""\
$ ip link show nosuch  [1]
Device "nosuch" does not exist.
$ ip -j link show nosuch  [1]
Device "nosuch" does not exist.
$ ip link show v0 v1  [255]
Error: either "dev" is duplicate, or "v1" is a garbage.
$ ip link show dev  [255]
Command line is not complete. Try option "help"
$ ip link show master nosuch  [255]
Error: argument "nosuch" is wrong: Device does not exist

$ ip link show vrf br0  [255]
Error: argument "br0" is wrong: Not a valid VRF name

$ ip link show group bogus  [255]
Error: argument "bogus" is wrong: Invalid "group" value

$ ip link show to 10.0.0.0/8  [1]
Error: "10.0.0.0/8" may be inet prefix, but it is not allowed in this context.
$ ip link show if99  [1]
RTNETLINK answers: No such device
Cannot send link get request: No such device
$ ip link bogus  [255]
Command "bogus" is unknown, try "ip link help".
"""
)


@pytest.mark.parametrize(("command", "status", "text"), ERRORS)
def test_what_cannot_be_shown_is_refused_in_ips_words(command: str, status: int, text: str) -> None:
    ended, _ = ip_(command)
    assert (ended.status, ended.out, ended.err) == (status, "", text)

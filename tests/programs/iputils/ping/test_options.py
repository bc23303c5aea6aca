"""What ping is asked for: options, targets and the socket they lead to.

Captured from iputils 20221126 and 20250605.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.programs.iproute2.ip.ip_host import cases
from tests.programs.iputils.ping.far import THERE, echo, ping_
from vnetsim.errors import Errno, NotModelled
from vnetsim.wire.inet import IPv4, inet_aton

REFUSED = cases(
    """\
$ ping  [1]
ping: usage error: Destination address required
$ ping -c x 10.0.0.2  [1]
ping: invalid argument: 'x'
$ ping -c 0 10.0.0.2  [1]
ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807
$ ping -c -1 10.0.0.2  [1]
ping: invalid argument: '-1': out of range: 1 <= value <= 9223372036854775807
$ ping -W -1 -c 1 10.0.0.2  [2]
ping: bad linger time: -1
$ ping -w x 10.0.0.2  [1]
ping: invalid argument: 'x'
$ ping -t 256 10.0.0.2  [1]
ping: invalid argument: '256': out of range: 0 <= value <= 255
$ ping -t 0 10.0.0.2  [2]
ping: cannot set unicast time-to-live: Invalid argument
$ ping -s -1 10.0.0.2  [1]
ping: invalid argument: '-1': out of range: 0 <= value <= 2147483647
$ ping -l 0 10.0.0.2  [1]
ping: invalid argument: '0': out of range: 1 <= value <= 65536
$ ping -M bogus 10.0.0.2  [2]
ping: invalid -M argument: bogus
$ ping -p xyz 10.0.0.2  [2]
ping: patterns must be specified as hex digits: xyz
$ ping -I nosuch 10.0.0.2  [2]
ping: SO_BINDTODEVICE nosuch: No such device
$ ping -6 10.0.0.2  [2]
ping: 10.0.0.2: Address family for hostname not supported
$ ping 10.0.0.255  [2]
ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules
"""
)


@pytest.mark.parametrize(("command", "status", "text"), REFUSED)
def test_what_ping_refuses(command: str, status: int, text: str) -> None:
    session = ping_(command)
    assert (session.ended.status, session.ended.out, session.ended.err) == (status, "", text)
    assert session.sent == []


@pytest.mark.parametrize("command", ["ping -h", "ping -Z 10.0.0.2", "ping -c", "ping --bogus 10.0.0.2"])
def test_how_to_use_it_goes_to_standard_error(command: str) -> None:
    session = ping_(command)
    assert (session.ended.status, session.ended.out) == (2, "")
    assert "\nUsage\n  ping [options] <destination>\n\nOptions:\n" in session.ended.err
    complaint = {"-Z": "ping: invalid option -- 'Z'\n", "-c": "ping: option requires an argument -- 'c'\n"}
    assert session.ended.err.startswith(complaint.get(command.split()[1], ""))


def test_newer_versions_say_some_things_differently() -> None:
    assert ping_("ping", release="forky").ended.status == 2
    too_long = ping_("ping -s 65508 10.0.0.2", release="forky").ended.err
    assert too_long == "ping: invalid -s value: '65508': out of range: 0 <= value <= 65507\n"
    assert ping_("ping -V").ended.out.startswith("ping from iputils 20221126\n")
    assert ping_("ping -V", release="forky").ended.out.startswith("ping from iputils 20250605\n")


@pytest.mark.parametrize("options", ["-T tsonly", "-e 5", "10.0.0.9", "-L -I eth0 224.0.0.1"])
def test_what_is_not_modelled_is_said(options: str) -> None:
    with pytest.raises(NotModelled):
        ping_(f"ping {options} {'' if '224' in options else '10.0.0.2'}")


def test_a_container_without_raw_sockets_may_not_ping() -> None:
    session = ping_("ping -c 1 10.0.0.2", raw_sockets=False)
    assert (session.ended.status, session.ended.err.splitlines()[0]) == (2, "ping: socktype: SOCK_RAW")
    assert ping_("ping -c 1 10.0.0.2", echo(3), raw_sockets=False, group_range="0\t2147483647\n").ended.status == 0


ASKED: list[tuple[str, dict[str, Any]]] = [
    ("10.0.0.2", {}),
    ("-t 5 10.0.0.2", {"ttl": 5}),
    ("-Q 0x10 10.0.0.2", {"tos": 16}),
    ("-Q 16 10.0.0.2", {"tos": 16}),
    ("-m 5 10.0.0.2", {"mark": 5}),
    ("-S 5000 10.0.0.2", {"send_buffer": 5000}),
    ("-s 1000 10.0.0.2", {"send_buffer": 1008 + 2 * 260}),
    ("-M do 10.0.0.2", {"dont_fragment": True}),
    ("-M want 10.0.0.2", {"discovers": True}),
    ("-I 10.0.0.1 10.0.0.2", {"source": IPv4.parse("10.0.0.1")}),
    ("-I eth0 10.0.0.2", {"device": "eth0"}),
    ("-I 10.0.0.1 -I eth0 10.0.0.2", {"source": IPv4.parse("10.0.0.1"), "device": "eth0"}),
]


@pytest.mark.parametrize(("words", "wanted"), ASKED)
def test_options_ask_for_a_socket(words: str, wanted: dict[str, Any]) -> None:
    session = ping_(f"ping -c 1 {words}", echo(30))
    assert session.network.asked == [(THERE, {"send_buffer": 64 + 260, **wanted})]


@pytest.mark.parametrize(
    ("words", "head"),
    [
        ("10.2", "PING 10.2 (10.0.0.2) 56(84) bytes of data."),
        ("-s 0 10.0.0.2", "PING 10.0.0.2 (10.0.0.2) 0(28) bytes of data."),
        ("-I 10.0.0.1 10.0.0.2", "PING 10.0.0.2 (10.0.0.2) from 10.0.0.1 : 56(84) bytes of data."),
        ("-I eth0 10.0.0.2", "PING 10.0.0.2 (10.0.0.2) from 10.0.0.1 eth0: 56(84) bytes of data."),
        ("-B 10.0.0.2", "PING 10.0.0.2 (10.0.0.2) from 10.0.0.1 : 56(84) bytes of data."),
    ],
)
def test_the_head_tells_whom_and_from_where(words: str, head: str) -> None:
    assert ping_(f"ping -c 1 {words}", echo(30)).ended.out.splitlines()[0] == head


def test_the_source_may_belong_to_another_device() -> None:
    session = ping_("ping -c 1 -W 1 -I lo 10.0.0.2")
    assert session.ended.err == "ping: Warning: source address might be selected on device other than: lo\n"
    assert session.ended.out.startswith("PING 10.0.0.2 (10.0.0.2) from 10.0.0.1 lo: 56(84) bytes of data.\n")


def test_a_broadcast_is_pinged_on_purpose_only() -> None:
    session = ping_("ping -c 1 -W 1 -b 10.0.0.255", echo(30))
    assert session.ended.err == "WARNING: pinging broadcast address\n"
    assert session.network.asked[0][1]["dont_fragment"]


@pytest.mark.parametrize(
    ("words", "errno", "text"),
    [
        ("8.8.8.8", Errno.ENETUNREACH, "ping: connect: Network is unreachable\n"),
        ("8.8.8.8", Errno.EINVAL, "ping: connect: Invalid argument\n"),
        ("-I 10.0.0.99 10.0.0.2", Errno.EADDRNOTAVAIL, "ping: bind: Cannot assign requested address\n"),
    ],
)
def test_without_a_way_there_it_does_not_begin(words: str, errno: Errno, text: str) -> None:
    session = ping_(f"ping -c 1 {words}", unroutable=errno)
    assert (session.ended.status, session.ended.out, session.ended.err) == (2, "", text)


@pytest.mark.parametrize(("words", "rest"), [("-i 0.1x", "x"), ("-W 1s", "s")])
def test_what_stands_behind_a_number_is_complained_about(words: str, rest: str) -> None:
    session = ping_(f"ping -c 1 {words} 10.0.0.2", echo(30))
    assert session.ended.status == 0
    assert session.ended.err == (
        f"ping: option argument contains garbage: {rest}\nping: this will become fatal error in the future\n"
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0", "0.0.0.0"), ("10.2", "10.0.0.2"), ("10.1.2", "10.1.0.2"), ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("0xffffffff", "255.255.255.255"),
        ("10.0.0.256", None), ("256.1", None), ("4294967296", None), ("1.2.3.4.5", None), ("", None), ("a.b", None),
        ("08", None), ("1..2", None), ("-1", None), ("1_0", None), ("٣", None),
    ],
)  # fmt: skip
def test_addresses_have_many_forms(text: str, address: str | None) -> None:
    assert inet_aton(text) == (None if address is None else IPv4.parse(address))


@given(st.integers(0, 2**32 - 1))
def test_every_form_of_an_address_is_the_same_address(value: int) -> None:
    first, second, third, fourth = value.to_bytes(4, "big")
    forms = [
        f"{value}", f"{value:#x}", f"0{value:o}", f"{first}.{value & 0xFFFFFF}", f"{first}.{second}.{value & 0xFFFF}",
        f"{first}.{second}.{third}.{fourth}", f"{first:#x}.0{second:o}.{third}.{fourth:#X}",
    ]  # fmt: skip
    assert {inet_aton(form) for form in forms} == {IPv4(value)}

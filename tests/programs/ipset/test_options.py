"""Options of `create` and `add`, as `ipset` 7.17 reads them."""

from __future__ import annotations

from typing import Any

import pytest

from vnetsim.errors import NotModelled
from vnetsim.netfilter.ipset.settypes import TYPES
from vnetsim.programs.ipset.errors import IpsetError
from vnetsim.programs.ipset.options import create_options, element_options


def created(kind: str, text: str, warnings: list[str] | None = None) -> Any:
    return create_options(TYPES[kind], text.split(), {}, ([] if warnings is None else warnings).append)


def test_options_of_a_set() -> None:
    found = created("hash:ip", "family inet6 netmask 64 timeout 5 counters --hashsize 512 initval 0x5")
    assert (found.family, found.netmask, found.timeout, found.counters, found.hashsize, found.initval) == (
        6, 64, 5, True, 512, 5,
    )  # fmt: skip
    assert created("hash:ip", "-6").family == 6
    assert created("bitmap:port", "range 10-5").range == (5, 10)
    assert created("hash:ip,mark", "").markmask == 0xFFFFFFFF


def test_options_that_nobody_needs_any_more_are_ignored() -> None:
    warnings: list[str] = []
    created("hash:ip", "probes 3 resize 5", warnings)
    expected = "".join(
        f"Option '--{each}' is ignored. Please upgrade your syntax.\n" for each in ("probes 3", "resize 5")
    )
    assert warnings == [expected]


@pytest.mark.parametrize(
    ("kind", "text", "message", "status"),
    [
        ("hash:ip", "netmask 33",
         "Syntax error: '33' is out of range 1-32\nSyntax error: netmask is out of the inclusive range of 1-32", 1),
        ("hash:ip", "timeout 5 timeout 6", "Syntax error: timeout already specified", 1),
        ("hash:ip", "timeout 9999999", "Syntax error: '9999999' is out of range 0-2147483", 1),
        ("hash:ip", "maxelem -1", "Syntax error: '-1' is out of range 0-4294967295", 1),
        ("hash:net", "netmask 24", "Unknown argument: `netmask'", 2),
        ("bitmap:ip", "family inet6 range 10.0.0.0/24", "Unknown argument: `family'", 2),
        ("bitmap:ip", "range 10.0.0.1", "Syntax error: IP/cidr or IP-IP range must be specified: 10.0.0.1", 1),
        ("bitmap:port", "range 5", "Mandatory option `to' is missing", 2),
    ],
)  # fmt: skip
def test_options_of_a_set_are_refused(kind: str, text: str, message: str, status: int) -> None:
    with pytest.raises(IpsetError) as refused:
        created(kind, text)
    assert (str(refused.value), refused.value.status) == (message, status)


def test_options_of_an_element() -> None:
    words = ["timeout", "3", "packets", "1", "bytes", "2", "comment", "a b", "skbmark", "0x1/0xff", "skbprio", "1:10"]
    found, place = element_options(TYPES["hash:ip"], "add", words)
    assert found.arguments() == 'timeout 3 packets 1 bytes 2 comment "a b" skbmark 0x1/0xff skbprio 1:10'
    assert place is None
    assert element_options(TYPES["list:set"], "add", ["before", "x"])[1] == ("before", "x")
    assert element_options(TYPES["hash:net"], "test", ["nomatch"])[0].nomatch


@pytest.mark.parametrize(
    ("kind", "command", "words", "message"),
    [
        ("hash:ip", "add", ["nomatch"], "Unknown argument: `nomatch'"),
        ("hash:ip", "del", ["comment", "x"], "Unknown argument: `comment'"),
        ("hash:ip", "add", ["comment", 'a "q"'], 'Syntax error: " character is not permitted in comments'),
        ("hash:ip", "add", ["comment", "x" * 256],
         "Syntax error: Comment is longer than the maximum allowed 255 characters"),
        ("hash:ip", "add", ["skbmark", "1"],
         "Syntax error: Invalid skbmark format, it should be:  MARK/MASK or MARK (see manpage)"),
        ("list:set", "add", ["before"], "Missing mandatory argument of option `before'"),
    ],
)  # fmt: skip
def test_options_of_an_element_are_refused(kind: str, command: str, words: list[str], message: str) -> None:
    with pytest.raises(IpsetError) as refused:
        element_options(TYPES[kind], command, words)
    assert str(refused.value) == message


def test_what_is_not_modelled_is_said() -> None:
    with pytest.raises(NotModelled):
        created("hash:ip", "bitmask 255.0.0.0")

"""Transcripts held against each other: everything counts but what is random, and that consistently."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from vnetsim.scenario import Played, differences, parse
from vnetsim.scenario.compare import report

A, B, C, D = "02:00:00:00:00:0a", "9e:11:22:33:44:55", "7a:00:00:00:00:01", "ce:ff:00:00:00:02"


def compared(expected: Sequence[tuple[str, str]], actual: Sequence[str]) -> str:
    """The report on a session of commands and expected outputs that came to `actual`."""
    text = "".join(f"$ {command}\n{output}" for command, output in expected)
    document = parse("x.session", text)
    played = [
        Played(command=command, output=output, status=0, seconds=0.0)
        for command, output in zip(document.commands, actual, strict=True)
    ]
    return report(document, differences(document, played))


def test_the_same_is_no_difference() -> None:
    assert compared([("a", "1\n2\n")], ["1\n2\n"]) == ""


def test_blanks_at_the_end_and_their_number_do_not_count() -> None:
    assert compared([("a", "x  y\n\n")], ["x y  \n"]) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"link/ether {B}", f"link/ether {C}"),
        ("64 bytes: time=0.123 ms", "64 bytes: time=4 ms"),
        ("inet6 fe80::1/64", "inet6 fe80::abcd:1/64"),
        ("veth1234567@if3", "vethabcdef0@if3"),
        ("br-0123456789ab", "br-ba9876543210"),
        ("a" * 64, "b" * 64),
        ("rtt min/avg/max/mdev = 0.1/0.2/0.3/0.0 ms", "rtt min/avg/max/mdev = 1/2/3/0 ms"),
        ("Up 3 seconds", "Up Less than a second"),
        ('"Created": "2025-01-01T00:00:00.1Z"', '"Created": "2026-02-02T00:00:00Z"'),
        ("fd12:3456:789a::1", "fdff:1:2::1"),
    ],
)
def test_what_is_random_is_blurred(one: str, other: str) -> None:
    assert compared([("a", one + "\n")], [other + "\n"]) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.0.0.1", "10.0.0.2"),
        ("ff:ff:ff:ff:ff:ff", B),
        ("1: lo: <LOOPBACK>", "2: lo: <LOOPBACK>"),
        ("br-0123456789ab", "0123456789ab"),
        ("0 received", "1 received"),
    ],
)
def test_what_is_not_random_counts(one: str, other: str) -> None:
    assert compared([("a", one + "\n")], [other + "\n"]) != ""


def test_the_same_thing_is_the_same_thing_everywhere() -> None:
    session = [("a", f"{B}\n"), ("b", f"{B} {C}\n")]
    assert compared(session, [f"{C}\n", f"{C} {D}\n"]) == ""
    assert compared(session, [f"{C}\n", f"{D} {C}\n"]) != ""
    assert compared(session, [f"{C}\n", f"{C} {C}\n"]) != ""


def test_the_short_and_the_long_id_of_one_thing_are_one() -> None:
    long, other = "0123456789ab" + "c" * 52, "f" * 11 + "e" + "d" * 52
    session = [("a", long + "\n"), ("b", "0123456789ab\n")]
    assert compared(session, [other + "\n", "f" * 11 + "e\n"]) == ""
    assert compared(session, [other + "\n", "e" * 12 + "\n"]) != ""


def test_what_was_typed_is_not_random() -> None:
    assert compared([(f"ip link set x address {A}", f"{A}\n")], [f"{B}\n"]) != ""


def test_one_wrong_name_does_not_make_the_rest_wrong() -> None:
    session = [("a", f"{B}\n"), ("b", f"{B}\n"), ("c", f"{B}\n")]
    found = compared(session, [f"{C}\n", f"{D}\n", f"{C}\n"])
    assert found.count("@@ ") == 1


def test_lines_of_a_hash_table_may_come_in_any_order() -> None:
    assert compared([("ip neigh", "10.0.0.1 x\n10.0.0.2 y\n")], ["10.0.0.2 y\n10.0.0.1 x\n"]) == ""
    assert compared([("ip addr", "10.0.0.1 x\n10.0.0.2 y\n")], ["10.0.0.2 y\n10.0.0.1 x\n"]) != ""


def test_the_report_names_file_line_and_command() -> None:
    assert compared([("a", "1\n"), ("b", "same\nold\n")], ["1\n", "same\nnew\n"]) == (
        "--- x.session\n+++ what happened\n@@ x.session:3: $ b @@\n same\n-old\n+new\n"
    )

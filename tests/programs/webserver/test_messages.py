"""Request lines and ranges (RFC 9112, RFC 9110)."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled
from vnetsim.programs.webserver.messages import fields_of, part_of, read_line
from vnetsim.wire.inet import parse_address

LOCAL = (parse_address("10.0.0.2"), 80)


@pytest.mark.parametrize(
    ("target", "path"),
    [("/a/./b", "/a/b"), ("/a/..", "/"), ("//a//", "/a/"), ("/a%20b?c", "/a b"), ("/../a", None), ("/a/../../b", None)],
)
def test_a_path_is_without_dots_and_not_above_the_root(target: str, path: str | None) -> None:
    assert read_line(f"GET {target} HTTP/1.1", LOCAL, 0).path == path


@pytest.mark.parametrize("line", ["", "GET", "GET /%zz HTTP/1.1", "POST /", "GET a HTTP/1.1", "GET / HTTP/x.1"])
def test_what_is_no_request_is_bad(line: str) -> None:
    assert read_line(line, LOCAL, 0).is_bad


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("bytes=0-3", (0, 4)),
        ("bytes=8-", (8, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("lines=1-2", None),
    ],
)
def test_a_range_names_a_part(text: str, part: tuple[int, int] | None) -> None:
    assert part_of(read_line("GET / HTTP/1.1", LOCAL, 0).with_fields({"range": text}), 10) == part


def test_a_range_beyond_the_end_is_refused() -> None:
    with pytest.raises(IndexError):
        part_of(read_line("GET / HTTP/1.1", LOCAL, 0).with_fields({"range": "bytes=10-"}), 10)


@pytest.mark.parametrize("text", ["bytes=3-1", "bytes=x", "bytes=-0", "bytes=", "Bytes=0-3", "bytes=0-1,3-4"])
def test_ranges_that_servers_answer_each_in_its_way_are_refused(text: str) -> None:
    with pytest.raises(NotModelled, match="range"):
        part_of(read_line("GET / HTTP/1.1", LOCAL, 0).with_fields({"range": text}), 10)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["Host: a", "host: b"], "`Host: a, b`"),
        (["Host: a b"], "`Host: a b`"),
        (["Content-Length: x"], "`Content-Length: x`"),
        (["If-Match: *"], r"`If-Match: \*`"),
        (["Expect: 100-continue"], "`Expect: 100-continue`"),
        (["bad"], "the line 'bad'"),
        (["bad : x"], "the line 'bad : x'"),
    ],
)
def test_fields_that_servers_refuse_each_in_its_way_are_refused(lines: list[str], said: str) -> None:
    with pytest.raises(NotModelled, match=said):
        fields_of(lines)


@pytest.mark.parametrize("target", ["/a#b", "/%00"])
def test_paths_that_servers_answer_each_in_its_way_are_refused(target: str) -> None:
    with pytest.raises(NotModelled, match="path"):
        read_line(f"GET {target} HTTP/1.1", LOCAL, 0)


@pytest.mark.parametrize(
    ("version", "said", "stays"),
    [
        ("1.1", "TE, close", False),
        ("1.1", "Upgrade", True),
        ("1.0", "Keep-Alive, Upgrade", True),
        ("1.0", "Upgrade", False),
    ],
)
def test_the_options_of_connection_say_whether_it_stays_open(version: str, said: str, *, stays: bool) -> None:
    request = read_line(f"GET / HTTP/{version}", LOCAL, 0).with_fields(
        fields_of(["Host: [fd00::b]:80", f"Connection: {said}"])
    )
    assert request.stays is stays

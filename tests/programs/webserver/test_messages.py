"""Request lines and ranges (RFC 9112, RFC 9110)."""

from __future__ import annotations

import pytest

from vnetsim.programs.webserver.messages import part_of, read_line
from vnetsim.wire.inet import parse_address

LOCAL = (parse_address("10.0.0.2"), 80)


@pytest.mark.parametrize(
    ("target", "path"),
    [("/a/./b", "/a/b"), ("/a/..", "/"), ("//a//", "/a/"), ("/a%20b?c", "/a b"), ("/../a", None), ("/a/../../b", None)],
)
def test_a_path_is_without_dots_and_not_above_the_root(target: str, path: str | None) -> None:
    assert read_line(f"GET {target} HTTP/1.1", LOCAL, 0).path == path


@pytest.mark.parametrize("line", ["", "GET", "get / HTTP/1.1", "POST /", "GET a HTTP/1.1", "GET / HTTP/x.1"])
def test_what_is_no_request_is_bad(line: str) -> None:
    assert read_line(line, LOCAL, 0).is_bad


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("bytes=0-3", (0, 4)),
        ("bytes=8-", (8, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-30", (0, 10)),
        ("bytes=3-1", None),
        ("lines=1-2", None),
        ("bytes=x", None),
    ],
)
def test_a_range_names_a_part(text: str, part: tuple[int, int] | None) -> None:
    assert part_of(read_line("GET / HTTP/1.1", LOCAL, 0).with_fields({"range": text}), 10) == part


def test_a_range_beyond_the_end_is_refused() -> None:
    with pytest.raises(IndexError):
        part_of(read_line("GET / HTTP/1.1", LOCAL, 0).with_fields({"range": "bytes=10-"}), 10)

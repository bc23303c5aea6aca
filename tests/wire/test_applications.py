"""What tcpdump 4.99.3 -n printed behind `length 27` of segments with such data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.wire.applications import describe_datagram, describe_stream
from vnetsim.wire.printer import PacketPrinter


def words(port: int, data: bytes, verbosity: int = 0) -> str:
    return describe_stream(PacketPrinter(verbosity=verbosity), 40000, port, data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ": HTTP: GET / HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello", ": HTTP: HTTP/1.1 200 OK"),
        (b"hello\n", ": HTTP"),
        (b"GET / HTTP/1.1", ": HTTP: GET / HTTP/1.1 [|http]"),
        (b"get /\n", ": HTTP: get /"),
        (b"\0\1", ": HTTP"),
        (b"GET \xff\r\n", ": HTTP"),
        (b"foo 200 x\n", ": HTTP: foo 200 x"),
        (b"200 x\n", ": HTTP"),
        (b"POST", ": HTTP: POST [|http]"),
        (b"BREW /\r\n", ": HTTP"),
        (b"GET /\r", ": HTTP"),
        (b"GET /\rx\n", ": HTTP"),
        (b"GET\t/x\r\n", ": HTTP: GET\t/x"),
        (b" GET /\r\n", ": HTTP"),
        (b"GET\x00 /\r\n", ": HTTP"),
        (b"x" * 200, ": HTTP"),
    ],
)
def test_http(data: bytes, expected: str) -> None:
    assert words(80, data) == expected
    assert words(8080, data) == expected


def test_verbose_http_prints_its_lines() -> None:
    data = b"HTTP/1.1 200 OK\r\n\r\nhello"
    assert words(80, b"hello\n", verbosity=1) == ": HTTP"
    assert words(80, data, verbosity=1) == ": HTTP, length: 24\n\tHTTP/1.1 200 OK\n\t\n\thello [|http]"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"PING\r\n", ' "PING"'),
        (b"*1\r\n$4\r\nPING\r\n", ' "PING"'),
        (b"+PONG\r\n", ' "PONG"'),
        (b":1000\r\n", ' "1000"'),
        (b"$-1\r\n", " null"),
        (b"-ERR unknown\r\n", ' "ERR unknown"'),
        (b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", ' "GET" "a"'),
        (b"*-1\r\n", " null"),
        (b"*0\r\n", " empty"),
        (b"*2\r\n:1\r\n*1\r\n+x\r\n", ' "1" "x"'),
        (b"$6\r\nfoobar\r\n", ' "foobar"'),
        (b"foo", " [|resp]"),
        (b"hello\n", ' "hello"'),
        (b"*1\r\n$4\r\nPING\r\n+OK\r\n", ' "PING" "OK"'),
        (b"$0\r\n\r\n", " empty"),
        (b"PING\r", ' "PING"'),
        (b"^\n\xff\r\n", ' "^" "M-^?"'),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ' "GET / HTTP/1.1" "Host: x"'),
    ],
)
def test_redis(data: bytes, expected: str) -> None:
    assert words(6379, data) == f": RESP{expected}"


@pytest.mark.parametrize(
    ("port", "data", "expected"),
    [
        (21, b"USER anonymous\r\n", ": FTP: USER anonymous"),
        (25, b"HELO x\r\n", ": SMTP: HELO x"),
        (554, b"GET / HTTP/1.1\r\n", ": RTSP"),
        (554, b"RTSP/1.0 200 OK\r\n", ": RTSP: RTSP/1.0 200 OK"),
        (9000, b"GET / HTTP/1.1\r\n", ""),
        (443, b"\x16\x03\x01", ""),
        (3128, b"GET / HTTP/1.1\r\n", ""),
        (53, b"GET / HTTP/1.1\r\n", " [prefix length(18245) != length(14)] (invalid)"),
    ],
)
def test_other_ports(port: int, data: bytes, expected: str) -> None:
    assert words(port, data) == expected


@given(st.sampled_from((80, 6379, 21, 53)), st.binary(max_size=60), st.integers(0, 2))
def test_any_data_has_words(port: int, data: bytes, verbosity: int) -> None:
    assert words(port, data, verbosity).startswith((": ", " "))


@given(st.sampled_from((53, 4789, 8472, 9000)), st.binary(max_size=60))
def test_any_datagram_has_words_or_none(port: int, data: bytes) -> None:
    assert describe_datagram(PacketPrinter(), 40000, port, data) or port != 53

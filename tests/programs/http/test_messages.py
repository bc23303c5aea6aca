"""Messages of HTTP/1.1, in whatever pieces they arrive."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from typing import Any, TypeVar, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.process import Process
from vnetsim.programs.http import messages as http
from vnetsim.sockets import TcpSocket

T = TypeVar("T")


@attrs.define
class Pieces:
    """A socket that yields what will be received: these pieces, then the end; None is a timeout."""

    left: list[bytes | None]
    asked: list[int | None] = attrs.field(factory=list)

    def receive(self, timeout: int | None = None) -> bytes | None:
        self.asked.append(timeout)
        return self.left.pop(0) if self.left else b""


@attrs.frozen
class Clock:
    time: int = 100

    def now(self) -> int:
        return self.time


def reader(*pieces: bytes | None, deadline: int | None = None) -> http.Reader:
    socket, clock = Pieces(list(pieces)), Clock()
    return http.Reader(cast(Process, cast(Any, clock)), cast(TcpSocket, cast(Any, socket)), deadline)


def done(doing: Generator[Any, Any, T]) -> T:
    """Every wait is over at once, with what it yields."""
    answer: Any = None
    while True:
        try:
            answer = doing.send(answer)
        except StopIteration as stop:
            return cast(T, stop.value)


def content(source: http.Reader, head: http.Head, *, expected: bool = True) -> bytes:
    body, data = http.Body.of(source, head, expected=expected), b""
    while piece := done(body.piece()):
        data += piece
    return data


RESPONSE = b"HTTP/1.1 200 OK\r\nContent-type: text/html\r\nContent-Length: 9\r\n\r\nit works\n"


def test_a_head() -> None:
    source = reader(RESPONSE)
    head = done(source.head())
    assert (head.line, head.status, head.length) == ("HTTP/1.1 200 OK", 200, 9)
    assert head.get("CONTENT-TYPE") == "text/html"
    assert head.get("Location") is None
    assert head.text.encode() == RESPONSE[:-9]
    assert content(source, head) == b"it works\n"
    assert done(source.some(10)) == b""


@given(st.lists(st.integers(1, len(RESPONSE) - 1), max_size=8))
def test_in_any_pieces(cuts: Sequence[int]) -> None:
    edges = [0, *sorted(set(cuts)), len(RESPONSE)]
    source = reader(*(RESPONSE[at:end] for at, end in itertools.pairwise(edges)))
    assert done(source.starts_with(b"HTTP/"))
    head = done(source.head())
    assert content(source, head) == b"it works\n"


@pytest.mark.parametrize(
    ("text", "status", "length"),
    [
        (b"", 0, None),
        (b"HTTP/1.0 404 Not Found\n\n", 404, None),
        (b"nonsense\r\n\r\n", 0, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", 200, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3", 200, 3),
    ],
)
def test_heads_that_are_none(text: bytes, status: int, length: int | None) -> None:
    head = done(reader(text).head())
    assert (head.status, head.length) == (status, length)


def test_without_a_length_the_end_is_the_end() -> None:
    source = reader(b"HTTP/1.0 200 OK\r\n\r\nsome", b" more")
    assert content(source, done(source.head())) == b"some more"


def test_a_body_that_ends_too_early() -> None:
    source = reader(RESPONSE[:-4])
    head = done(source.head())
    with pytest.raises(http.Closed) as closed:
        content(source, head)
    assert closed.value.args == (4,)


def test_no_body_is_expected() -> None:
    source = reader(RESPONSE)
    assert content(source, done(source.head()), expected=False) == b""


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_chunks() -> None:
    source = reader(CHUNKED + b"3\r\none\r\nA;name=value\r\n, two, thr\r\n2\r\nee\r\n0\r\n\r\n")
    assert content(source, done(source.head())) == b"one, two, three"


def test_a_chunk_without_a_size() -> None:
    source = reader(CHUNKED + b"3\r\none\r\nnonsense\r\n")
    head = done(source.head())
    with pytest.raises(http.Closed):
        content(source, head)


def test_time_runs_out() -> None:
    source = reader(b"HTTP/1.1 200", None, deadline=150)
    with pytest.raises(http.TimedOut):
        done(source.head())
    assert cast(Any, source.socket).asked == [50, 50]


@pytest.mark.parametrize(("text", "is_http"), [(b"HTTP/1.1", True), (b"HT", False), (b"hello", False), (b"", False)])
def test_how_it_starts(text: bytes, is_http: bool) -> None:
    source = reader(*(bytes([byte]) for byte in text))
    assert done(source.starts_with(b"HTTP/")) is is_http
    assert done(source.has_data()) is bool(text)


def test_a_request_as_it_is_sent() -> None:
    assert http.head("GET / HTTP/1.1", [("Host", "a"), ("Accept", "*/*")]) == (
        b"GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"
    )


def test_dates() -> None:
    assert http.date(1_795_510_796 * 10**9) == "Tue, 24 Nov 2026 08:59:56 GMT"

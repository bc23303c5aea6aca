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
from vnetsim.programs.http.client import HttpResponse, IncompleteBody, MalformedChunk
from vnetsim.programs.http.messages import HttpHead, HttpReader, TimedOut, date, encode_head
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


def reader(*pieces: bytes | None, deadline: int | None = None) -> HttpReader:
    socket, clock = Pieces(list(pieces)), Clock()
    return HttpReader(cast(Process, cast(Any, clock)), cast(TcpSocket, cast(Any, socket)), deadline)


def done(doing: Generator[Any, Any, T]) -> T:
    """Every wait is over at once, with what it yields."""
    answer: Any = None
    while True:
        try:
            answer = doing.send(answer)
        except StopIteration as stop:
            return cast(T, stop.value)


def content(source: HttpReader, *, to_head: bool = False) -> tuple[HttpHead, bytes]:
    response, data = HttpResponse(source, to_head=to_head, strict=True), b""
    head = done(response.head())
    while piece := done(response.piece()):
        data += piece
    return head, data


RESPONSE = b"HTTP/1.1 200 OK\r\nContent-type: text/html\r\nContent-Length: 9\r\n\r\nit works\n"


def test_a_head() -> None:
    source = reader(RESPONSE)
    head = done(source.head())
    assert (head.line, head.status, head.length) == ("HTTP/1.1 200 OK", 200, 9)
    assert head.get("CONTENT-TYPE") == "text/html"
    assert head.get("Location") is None
    assert head.text.encode() == RESPONSE[:-9]
    assert done(source.receive()) == b"it works\n"
    assert done(source.receive()) == b""


@given(st.lists(st.integers(1, len(RESPONSE) - 1), max_size=8))
def test_in_any_pieces(cuts: Sequence[int]) -> None:
    edges = [0, *sorted(set(cuts)), len(RESPONSE)]
    source = reader(*(RESPONSE[at:end] for at, end in itertools.pairwise(edges)))
    assert done(source.starts_with(b"HTTP/"))
    assert content(source)[1] == b"it works\n"


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
    assert content(source)[1] == b"some more"


def test_a_body_that_ends_too_early() -> None:
    with pytest.raises(IncompleteBody) as incomplete:
        content(reader(RESPONSE[:-4]))
    assert incomplete.value.missing == 4


def test_no_body_is_expected() -> None:
    assert content(reader(RESPONSE), to_head=True)[1] == b""


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_chunks() -> None:
    source = reader(CHUNKED + b"3\r\none\r\nA;name=value\r\n, two, thr\r\n2\r\nee\r\n0\r\n\r\n")
    assert content(source)[1] == b"one, two, three"


def test_a_chunk_without_a_size() -> None:
    with pytest.raises(MalformedChunk):
        content(reader(CHUNKED + b"3\r\none\r\nnonsense\r\n"))


@given(st.lists(st.integers(1, 80), max_size=8))
def test_chunks_in_any_pieces(cuts: Sequence[int]) -> None:
    text = CHUNKED + b"3\none\r\n2;a=b\r\n, \n3\r\ntwo\r\n0\nName: value\r\n\r\n"
    edges = [0, *sorted(set(cuts)), len(text)]
    assert content(reader(*(text[at:end] for at, end in itertools.pairwise(edges))))[1] == b"one, two"


def test_chunks_that_end_too_early() -> None:
    with pytest.raises(IncompleteBody) as incomplete:
        content(reader(CHUNKED + b"30\r\none"))
    assert incomplete.value.missing is None


def test_interim_responses_are_skipped() -> None:
    head, data = content(reader(b"HTTP/1.1 100 Continue\r\n\r\n" + RESPONSE))
    assert (head.status, data) == (200, b"it works\n")


# What curl 7.88.1 and wget 1.21.3 read though RFC 9112 forbids it.
@pytest.mark.parametrize(
    "lines",
    [
        b"HTTP/1.1 200 OK\nA\xe4: b\n",
        b"HTTP/1.1 200 OK\n: b\n",
        b"HTTP/2 200\n",
        b"HTTP/1.1 200\nA : b\n",
        b"HTTP/1.1 200 OK\nTransfer-Encoding: identity\nContent-Length: 4\n",
    ],
)
def test_malformed_heads(lines: bytes) -> None:
    head, data = content(reader(lines + b"\nbody"))
    assert (head.status, data) == (200, b"body")


def test_time_runs_out() -> None:
    source = reader(b"HTTP/1.1 200", None, deadline=150)
    with pytest.raises(TimedOut):
        done(source.head())
    assert cast(Any, source.socket).asked == [50, 50]


@pytest.mark.parametrize(("text", "is_http"), [(b"HTTP/1.1", True), (b"HT", False), (b"hello", False), (b"", False)])
def test_how_it_starts(text: bytes, is_http: bool) -> None:
    source = reader(*(bytes([byte]) for byte in text))
    assert done(source.starts_with(b"HTTP/")) is is_http
    assert done(source.has_data()) is bool(text)


def test_a_request_as_it_is_sent() -> None:
    assert encode_head("GET / HTTP/1.1", [("Host", "a"), ("Accept", "*/*")]) == (
        b"GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"
    )


def test_dates() -> None:
    assert date(1_795_510_796 * 10**9) == "Tue, 24 Nov 2026 08:59:56 GMT"

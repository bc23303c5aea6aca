"""Requests as web servers see them, and their answers (RFC 9110, RFC 9112); `WebServer` is what the servers share."""

from __future__ import annotations

import posixpath
import re
import urllib.parse
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import ClassVar, Final, TypeAlias

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.programs.http.messages import encode_head, mime_types, month
from vnetsim.programs.webserver.pages import Pages
from vnetsim.values import evolved, frozen
from vnetsim.wire.inet import Address, IPv4

Field: TypeAlias = tuple[str, str]
Fields: TypeAlias = list[Field]
#: What is answered otherwise with them, and not modelled.
_REFUSED: Final = ("expect", "if-match", "if-range", "if-unmodified-since", "transfer-encoding")
_HOST: Final = re.compile(r"([\w.~-]+|\[[0-9a-fA-F:.]+\])(:\d*)?", re.ASCII)


@frozen
class WebRequest:
    """`path` is decoded and without dots, None if it leads above the root; `version` (0, 9) without one in the line.

    `count`: how many requests came before it on its connection; the names of `fields` are in lower case; `is_bare`: its
    line ends without CR.
    """

    line: str
    local: tuple[Address, int]
    count: int = 0
    method: str = ""
    target: str = ""
    path: str | None = None
    version: tuple[int, int] = (0, 9)
    fields: Mapping[str, str] = {}
    is_bad: bool = True
    is_bare: bool = False

    @property
    def is_simple(self) -> bool:
        """HTTP/0.9: a line, and a body as the answer."""
        return self.version < (1, 0)

    @property
    def query(self) -> str:
        """With its question mark."""
        _, mark, query = self.target.partition("?")
        return mark + query

    @property
    def lacks_host(self) -> bool:
        return self.version >= (1, 1) and "host" not in self.fields

    @property
    def _wishes(self) -> list[str]:
        """The options of Connection."""
        return [each.strip() for each in self.fields.get("connection", "").lower().split(",")]

    @property
    def wants_to_stay(self) -> bool:
        return "keep-alive" in self._wishes

    @property
    def stays(self) -> bool:
        """Whether the client may send another one on the same connection."""
        return "close" not in self._wishes if self.version >= (1, 1) else self.wants_to_stay

    @property
    def host(self) -> str:
        """As the client names the server."""
        return self.fields.get("host") or str(self.local[0])

    def with_fields(self, fields: Mapping[str, str]) -> WebRequest:
        return evolved(self, fields=fields)


def read_line(line: str, local: tuple[Address, int], count: int) -> WebRequest:
    found = re.fullmatch(r"([A-Za-z_-]+) (?:http://[^/ ]*)?(/[^ ]*)(?: HTTP/(\d)\.(\d))?", line)
    if found is None or (found[3] is None and found[1] != "GET"):
        return WebRequest(line, local, count)
    if "#" in found[2] or "%00" in found[2]:
        raise NotModelled("a web server's answer to a path with # or %00")
    if re.search(r"%(?![0-9a-fA-F]{2})", found[2].partition("?")[0]):
        return WebRequest(line, local, count)
    version = (int(found[3]), int(found[4])) if found[3] else (0, 9)
    path = _clean(found[2].partition("?")[0])
    return WebRequest(line, local, count, found[1], found[2], path, version, {}, is_bad=False)


def fields_of(lines: Iterable[str]) -> dict[str, str]:
    """By their names in lower case; NotModelled for those that not all servers answer alike."""
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = (each.strip() for each in line.partition(":"))
        if not (name and colon and line.startswith(f"{name}:")):
            raise NotModelled(f"a web server's answer to a request with the line {line!r}")
        key = name.lower()
        fields[key] = f"{fields[key]}, {value}" if key in fields else value
    refused: list[str] = [each for each in _REFUSED if each in fields]
    refused += ["host"] * (_HOST.fullmatch(fields.get("host", "none")) is None)
    refused += ["content-length"] * (not is_digits(fields.get("content-length", "0")))
    for each in refused:
        raise NotModelled(f"a web server's answer to a request with `{each.title()}: {fields[each]}`")
    return fields


def _clean(path: str) -> str | None:
    text = urllib.parse.unquote(path, "utf-8", "surrogateescape")
    depth = 0
    for part in text.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if depth < 0:
            return None
    ends = text.endswith(("/", "/.", "/.."))
    clean = posixpath.normpath("/" + text.lstrip("/"))
    return clean + "/" * (ends and clean != "/")


@frozen
class WebAnswer:
    """`size`: how many bytes of a body were sent."""

    status: int
    data: bytes
    size: int
    stays: bool


class WebServer(ABC):
    """`patience`: for how long it waits for a request; `requests`: how many it takes on one connection.

    `product` is what it calls itself; `known_types` the list of media types that it has, `now` the time of day.
    """

    patience: ClassVar[int]
    requests: ClassVar[int]
    product: ClassVar[str]
    known_types: ClassVar[str] = "common.types"

    def __init__(self, version: str, now: Callable[[], int]) -> None:
        self._server, self._now = self.product.format(version=version), now

    @cached_property
    def types(self) -> dict[str, str]:
        """Of extensions."""
        return mime_types("webserver", self.known_types)

    @abstractmethod
    def answer(self, request: WebRequest, pages: Pages) -> WebAnswer:
        """What it sends, and whether it then waits for another request."""

    @abstractmethod
    def log(self, client: Address, request: WebRequest, answer: WebAnswer) -> str:
        """The line of its access log, "" for none."""


def answer_of(request: WebRequest, line: str, fields: Fields, body: bytes, *, stays: bool) -> WebAnswer:
    """The status is the second part of the line; HEAD gets no body, HTTP/0.9 no head."""
    sent = b"" if request.method == "HEAD" else body
    head = b"" if request.is_simple and not request.is_bad else encode_head(line, fields)
    return WebAnswer(int(line.split()[1]), head + sent, len(sent), stays)


def part_of(request: WebRequest, length: int) -> tuple[int, int] | None:
    """The first byte and the one behind the last that a Range names; None for all.  IndexError beyond the end."""
    text = request.fields.get("range", "")
    if not text.lower().startswith("bytes="):
        return None
    if "," in text:
        raise NotModelled("a web server's answer of several ranges")
    found = re.fullmatch(r"bytes=(\d{1,18})-(\d{1,18})?|bytes=-(\d{1,18})", text.replace(" ", ""))
    if found is None or not length or (found[3] and not int(found[3])) or (found[2] and int(found[2]) < int(found[1])):
        raise NotModelled(f"a web server's answer of the range `{text}` of {length} bytes")
    if found[3]:
        return max(0, length - int(found[3])), length
    first, end = int(found[1]), min(int(found[2]) + 1, length) if found[2] else length
    if first >= length:
        raise IndexError
    return first, end


def is_unchanged(request: WebRequest, etag: str, date: str) -> bool:
    """304: If-None-Match decides, where it is there; the date has to be the same."""
    match = request.fields.get("if-none-match")
    if match is not None:
        return match == "*" or etag in (each.strip().removeprefix("W/") for each in match.split(","))
    return request.fields.get("if-modified-since") == date


def without_empty(fields: Iterable[tuple[str, str]]) -> Fields:
    """Those that have a value."""
    return [(name, value) for name, value in fields if value]


def logged(client: Address, now: int, request: WebRequest) -> str:
    """The begin of a line of access logs: `192.168.56.20 - - [03/Dec/2026:00:12:33 +0000] "GET / HTTP/1.1"`."""
    from datetime import UTC, datetime  # noqa: PLC0415 -- few need it

    at = datetime.fromtimestamp(now // SECOND, UTC)
    return f'{_shown(client)} - - [{at.day:02}/{month(at.month)}/{at:%Y:%H:%M:%S} +0000] "{request.line}"'


def _shown(client: Address) -> str:
    """Without the prefix of addresses of IPv4 in IPv6 (::ffff:0:0/96)."""
    mapped = client.version == 6 and int(client) >> 32 == 0xFFFF
    return str(IPv4(int(client) & 0xFFFFFFFF) if mapped else client)

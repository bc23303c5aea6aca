"""Requests and answers of the Engine API as values (api/server/httputils of moby 28.5).

Booleans of queries are Go's: all but "", "0", "no", "false" and "none" are true.  A body is JSON, one value and
nothing behind it; without a body there is no object.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, unquote

import attrs

from vnetsim.docker.api.types import Filters, Json
from vnetsim.docker.daemon.info import API_VERSION
from vnetsim.docker.images import VERSION
from vnetsim.errors import EngineError
from vnetsim.values import frozen

#: Of each answer (middleware/version.go).
HEADERS: Final = {
    "Api-Version": API_VERSION,
    "Docker-Experimental": "false",
    "Ostype": "linux",
    "Server": f"Docker/{VERSION} (linux)",
}
RAW_STREAM: Final = "application/vnd.docker.raw-stream"
MULTIPLEXED_STREAM: Final = "application/vnd.docker.multiplexed-stream"
JSON: Final = "application/json"
#: The version from which on streams are announced as multiplexed.
_MULTIPLEXED_SINCE: Final = (1, 42)


class Duplex(Protocol):
    """A hijacked connection: bytes in both directions."""

    async def read(self) -> bytes:
        """What the client sent, `b""` once it sends no more."""

    async def write(self, data: bytes) -> None:
        """Waits while the client reads slower; ConnectionError when it is gone."""

    def is_gone(self) -> bool:
        """Whether the client reads no more, not only sends no more; False where that is not known yet."""


@frozen(kw_only=True)
class ApiRequest:
    """`path` has no version; `version` is that of the path, or the newest.  `headers` have lower-case names."""

    method: str
    path: str
    version: tuple[int, int]
    query: Mapping[str, Sequence[str]] = attrs.field(factory=dict)
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""

    def since(self, major: int, minor: int) -> bool:
        """Whether the client speaks at least this version."""
        return self.version >= (major, minor)

    # --- the query ---------------------------------------------------------------------------------------------------

    def text(self, name: str, default: str = "") -> str:
        return next(iter(self.query.get(name, ())), default)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """httputils.BoolValue, or BoolValueOrDefault."""
        if name not in self.query:
            return default
        return self.text(name).strip().lower() not in ("", "0", "no", "false", "none")

    def filters(self) -> Filters:
        """filters.FromJSON: `{"name": ["web"]}`, or `{"name": {"web": true}}` as before API 1.22."""
        text = self.text("filters")
        if not text:
            return {}
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not all(isinstance(values, dict | list) for values in found.values()):
            raise EngineError(400, "invalid filter")
        return {
            str(key): [str(value) for value in values if isinstance(values, list) or values[value]]
            for key, values in found.items()
        }

    # --- the body ----------------------------------------------------------------------------------------------------

    def json(self) -> Json:
        """httputils.ReadJSON: EngineError 400 for what is no object; an empty body is an empty object."""
        self._check_type()
        if not self.body:
            return {}
        found = parse_json(self.body)
        if found is None:
            return {}
        if not isinstance(found, dict):
            kind = _GO_KINDS.get(type(found), "number")
            raise EngineError(400, f"json: cannot unmarshal {kind} into Go value of type object")
        return found

    def required_json(self) -> Json:
        """As `json`; EngineError 400 without a body."""
        if not self.body:
            self._check_type()
            raise EngineError(400, "invalid JSON: got EOF while reading request body")
        return self.json()

    def _check_type(self) -> None:
        """httputils.CheckForJSON."""
        given = self.headers.get("content-type", "")
        if not given and not self.body:
            return
        if given.partition(";")[0].strip().lower() != JSON:
            raise EngineError(400, f"unsupported Content-Type header ({given}): must be 'application/json'")

    # --- the connection ----------------------------------------------------------------------------------------------

    @property
    def upgrades(self) -> bool:
        """Whether the client wants a connection in both directions (`Upgrade: tcp`)."""
        return "upgrade" in self.headers

    def stream_type(self, *, tty: bool) -> str:
        """The media type of an attached stream."""
        is_named = not tty and self.version >= _MULTIPLEXED_SINCE
        return MULTIPLEXED_STREAM if is_named else RAW_STREAM


@frozen(kw_only=True)
class ApiResponse:
    """`body` in one piece, or a `stream` of pieces, each sent at once."""

    status: int = 200
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)


@frozen(kw_only=True)
class Hijack:
    """The connection is the handler's: `run` gets it after the head of the answer, and the end of `run` closes it.

    `status` other than 200 is a refusal, which upgrades nothing.  The head has the `headers` that it is given, or is
    `head` as a whole.
    """

    media_type: str
    run: Callable[[Duplex], Awaitable[None]]
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    head: bytes = b""


Response = ApiResponse | Hijack
Handler = Callable[[ApiRequest, Mapping[str, str]], Awaitable[Response]]


def json_response(value: Any, status: int = 200) -> ApiResponse:
    """httputils.WriteJSON."""
    return ApiResponse(status=status, body=json_line(value), headers={"Content-Type": JSON})


NO_CONTENT: Final = ApiResponse(status=204)
NOT_MODIFIED: Final = ApiResponse(status=304)


def json_line(value: Any) -> bytes:
    """As Go's encoder writes it, with a newline."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def parse_json(body: bytes) -> Any:
    """EngineError 400 with the sentence of the engine."""
    text = body.decode("utf-8", "replace").lstrip()
    if not text:
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        raise EngineError(400, f"invalid JSON: {go_complaint(text)}") from None
    if text[end:].strip():
        raise EngineError(400, "unexpected content after JSON")
    return value


def go_complaint(text: str) -> str:
    """What Go's encoding/json says of a text that is no JSON."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()):
            return "unexpected EOF"
        place = "object key string" if error.msg.startswith("Expecting property name") else "value"
        return f"invalid character {text[error.pos]!r} looking for beginning of {place}"
    except (ValueError, RecursionError):
        return "exceeded max depth"
    return ""


def parse_query(text: str) -> dict[str, list[str]]:
    return parse_qs(text, keep_blank_values=True, max_num_fields=1000)


def unescape(path: str) -> str:
    return unquote(path)


_GO_KINDS: Final = {str: "string", list: "array", bool: "bool"}

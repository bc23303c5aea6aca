"""docker logs (api/server/router/container, daemon/logs.go of moby 28.5).

Not modelled: attributes that log options add (`details` shows none).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from vnetsim.docker.api.types import LogLine
from vnetsim.docker.gotypes import timestamp
from vnetsim.errors import EngineError
from vnetsim.programs.libc.octets import encode
from vnetsim.serve.backend import Backend, on_terminal
from vnetsim.serve.messages import ApiRequest, ApiResponse, Response
from vnetsim.serve.router.routes import ApiRoute
from vnetsim.serve.stdcopy import STDERR, STDOUT, frame
from vnetsim.serve.strconv import parse_int, parse_timestamp
from vnetsim.values import frozen

_NUMBERS: Final = {"stdout": STDOUT, "stderr": STDERR}


@frozen(kw_only=True)
class LogRequest:
    """Times in nanoseconds since 1970; `tail` None for all lines."""

    streams: tuple[str, ...]
    timestamps: bool
    details: bool
    tail: int | None
    since: int | None
    until: int | None
    tty: bool

    @classmethod
    def of(cls, request: ApiRequest, *, tty: bool) -> LogRequest:
        streams = tuple(stream for stream in _NUMBERS if request.flag(stream))
        if not streams:
            raise EngineError(400, "Bad parameters: you must choose at least one stream")
        return cls(
            streams=streams, timestamps=request.flag("timestamps"), details=request.flag("details"),
            tail=_tail(request.text("tail")), since=_time(request.text("since")),
            until=_time(request.text("until")), tty=tty,
        )  # fmt: skip

    def wants(self, line: LogLine) -> bool:
        return (
            line.stream in self.streams
            and (self.since is None or line.at >= self.since)
            and (self.until is None or line.at <= self.until)
        )

    def shown(self, line: LogLine) -> bytes:
        text = f" {line.text}" if self.details else line.text
        text = f"{timestamp(line.at)}{text if self.details else f' {text}'}" if self.timestamps else text
        return encode(on_terminal(text)) if self.tty else frame(_NUMBERS[line.stream], encode(text))


def _tail(text: str) -> int | None:
    """All lines for what is no number, as for `all`."""
    try:
        number = parse_int(text)
    except ValueError:
        return None
    return None if number < 0 else number


def _time(text: str) -> int | None:
    """Seconds with a fraction; None for "" and "0"."""
    return None if text in ("", "0") else parse_timestamp(text)


class LogRouter:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def logs(self, request: ApiRequest, names: Mapping[str, str]) -> Response:
        found = self._backend.engine.container_inspect(names["name"])
        wanted = LogRequest.of(request, tty=found["Config"]["Tty"])
        lines = self._backend.engine.container_log_lines(found["Id"])
        stream = self._stream(found["Id"], wanted, lines, follow=request.flag("follow"))
        return ApiResponse(stream=stream, headers={"Content-Type": request.stream_type(tty=wanted.tty)})

    async def _stream(
        self, container: str, wanted: LogRequest, lines: Sequence[LogLine], *, follow: bool
    ) -> AsyncIterator[bytes]:
        first = [line for line in lines if wanted.wants(line)]
        if wanted.tail is not None:
            first = first[max(0, len(first) - wanted.tail) :]
        for line in first:
            yield wanted.shown(line)
        known = len(lines)
        while follow:
            # What it wrote before its end comes before the end.
            follow = self._runs(container) and not self._is_over(wanted)
            if follow:
                await self._backend.pace.moved()
            for line in self._since(container, known):
                known += 1
                if wanted.wants(line):
                    yield wanted.shown(line)

    def _is_over(self, wanted: LogRequest) -> bool:
        return wanted.until is not None and self._backend.machine.wall_clock() > wanted.until

    def _runs(self, container: str) -> bool:
        try:
            running: bool = self._backend.engine.container_inspect(container)["State"]["Running"]
        except EngineError:
            return False
        return running

    def _since(self, container: str, known: int) -> Sequence[LogLine]:
        try:
            return self._backend.engine.container_log_lines(container, known)
        except EngineError:
            return ()


def routes(backend: Backend) -> list[ApiRoute]:
    return [ApiRoute("GET", "/containers/{name:.*}/logs", LogRouter(backend).logs)]

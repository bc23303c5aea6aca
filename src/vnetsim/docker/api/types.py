"""Types of the Engine API that all its parts share (api/types of moby 28.5)."""

from __future__ import annotations

from collections.abc import Generator, Mapping, MutableMapping, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from vnetsim.clock import Wait
from vnetsim.values import frozen

#: A JSON object of the Engine API.
Json: TypeAlias = dict[str, Any]
#: One that is read and changed by its keys only.
JsonObject: TypeAlias = MutableMapping[str, Any]
#: `docker ps --filter name=web --filter label=a`: `{"name": ["web"], "label": ["a"]}`.
Filters: TypeAlias = Mapping[str, Sequence[str]]
NO_FILTERS: Final[Filters] = {}
Answer = TypeVar("Answer")
#: An operation that takes simulated time: `yield from` it in a program.
EngineOperation: TypeAlias = Generator[Wait, Any, Answer]


@frozen
class LogLine:
    """A line of a container's log with its newline, if it has one; `at` in nanoseconds since 1970."""

    stream: str
    text: str
    at: int


#: Where an engine listens: `machine.service(SOCKET)` is the APIClient of the host's engine.
SOCKET = "/var/run/docker.sock"

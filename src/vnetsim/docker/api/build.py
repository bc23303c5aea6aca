"""What a build is asked for (api/types/build of moby 28.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import attrs

from vnetsim.docker.api.types import Json
from vnetsim.errors import EngineError
from vnetsim.values import frozen

#: The files of an archive, by their path without a slash in front; None is a directory.
FileTree: TypeAlias = Mapping[str, str | None]
#: Is called with each message of a stream: {"stream": text}, {"aux": ...}, {"status": ...}.
Report: TypeAlias = Callable[[Json], None]


@frozen(kw_only=True)
class BuildOptions:
    """An argument whose value is None has that of the ARG."""

    tags: tuple[str, ...] = ()
    dockerfile: str = "Dockerfile"
    args: Mapping[str, str | None] = attrs.field(factory=dict)
    labels: Mapping[str, str] = attrs.field(factory=dict)
    target: str = ""
    network: str = ""
    extra_hosts: tuple[str, ...] = ()
    no_cache: bool = False
    quiet: bool = False
    remove: bool = True
    force_remove: bool = False
    pull: bool = False
    #: Fields of HostConfig for the containers of its steps.
    limits: Mapping[str, int | str] = attrs.field(factory=dict)
    isolation: str = ""
    security: tuple[str, ...] = ()
    squash: bool = False
    platform: str = ""
    cache_from: tuple[str, ...] = ()


class BuildFailed(EngineError):
    """A command of the build ended with `code`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(500, message)
        self.code = code

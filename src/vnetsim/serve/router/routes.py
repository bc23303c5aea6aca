"""ApiRoutes: a method and a path with names in braces, and who handles them (api/server/router of moby).

A name in braces is one part of a path; one that ends in `:.*` takes slashes too, as names of images have them.
A path of another method is as unknown as one of nothing: the engine answers 404 to both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from vnetsim.docker.api.types import Json
from vnetsim.errors import EngineError
from vnetsim.serve.messages import Handler
from vnetsim.values import frozen

_NAME: Final = re.compile(r"\{(\w+)(:\.\*)?\}")


@frozen
class ApiRoute:
    """The engine has each of them in every version of its API that it speaks (moby 28.5.2)."""

    method: str
    path: str
    handler: Handler

    def pattern(self) -> re.Pattern[str]:
        text, last = "", 0
        for match in _NAME.finditer(self.path):
            text += re.escape(self.path[last : match.start()])
            text += f"(?P<{match[1]}>{'.*' if match[2] else '[^/]+'})"
            last = match.end()
        return re.compile(text + re.escape(self.path[last:]), re.DOTALL)


class ApiRoutes:
    """The routes in their order: the first that fits is taken."""

    def __init__(self, routes: Iterable[ApiRoute]) -> None:
        self._routes: Sequence[tuple[ApiRoute, re.Pattern[str]]] = [(route, route.pattern()) for route in routes]

    def find(self, method: str, path: str) -> tuple[ApiRoute, dict[str, str]]:
        """The route and the values of its names; EngineError 404."""
        for route, pattern in self._routes:
            match = pattern.fullmatch(path) if route.method == method else None
            if match is not None:
                return route, match.groupdict()
        raise EngineError(404, "page not found")


def ids(found: Iterable[Json]) -> list[str]:
    return [each["Id"] for each in found]

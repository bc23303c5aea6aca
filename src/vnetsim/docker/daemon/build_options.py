"""Which options of a build the engine takes (api/server/router/build, builder/dockerfile of moby 28.5).

Limits bear on no network: they are judged when the first step is not in the cache, as the engine does it.  Not
modelled: images of other platforms than the machine's.
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.docker.api.build import BuildOptions
from vnetsim.docker.gotypes import quote
from vnetsim.errors import EngineError, NotModelled

_OWN: Final = ("", "linux", "linux/amd64", "linux/x86_64", "linux/x86-64")
_PART: Final = re.compile(r"[A-Za-z0-9_.-]+")
_MOST_PARTS: Final = 3


def check_options(options: BuildOptions) -> None:
    """EngineError 400, NotModelled."""
    if options.squash:
        raise EngineError(400, "squash is only supported with experimental mode")
    platform = options.platform.strip()
    parts = platform.split("/")
    if platform and (len(parts) > _MOST_PARTS or not all(_PART.fullmatch(part) for part in parts)):
        raise EngineError(400, f"{quote(platform)}: cannot parse platform specifier: invalid argument")
    if options.security:
        raise EngineError(400, "security options are not supported on linux")
    if options.isolation.lower() not in ("", "default"):
        raise EngineError(400, f"unsupported isolation: {quote(options.isolation)}")
    if platform.lower() not in _OWN:
        raise NotModelled(f"docker build --platform {platform}")

"""What player/ makes: the player and the page of `vnetsim play`, in one archive, as player/keep.py packs it."""

from __future__ import annotations

import json
from importlib import resources
from typing import Final

from vnetsim.errors import UsageError

_ARCHIVE: Final = "built.json.xz"


def built() -> dict[str, str]:
    """Texts of files, by their names; UsageError where Python was built without liblzma."""
    try:
        import lzma  # noqa: PLC0415 -- it is an optional module of Python
    except ImportError:
        raise UsageError("the player is stored compressed, and this Python has no module lzma") from None
    packed = (resources.files("vnetsim.views.player") / _ARCHIVE).read_bytes()
    files: dict[str, str] = json.loads(lzma.decompress(packed))
    return files

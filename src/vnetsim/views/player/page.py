"""The page: the built player with the JSON of a timeline inside, one file that loads nothing.

Whatever is in the JSON is text to the page: `<`, `>` and `&` are escaped, so that no name ends the element it is in.
A timeline above `COMPRESSED_ABOVE` bytes is deflated (zlib, RFC 1950); its bytes may differ where zlib differs.
The layout engine, which is nine tenths of the page, is kept beside it, compressed.
"""

from __future__ import annotations

import base64
import html
import json
import zlib
from importlib import resources
from typing import Any, Final

from vnetsim.errors import UsageError

#: In the built page, where the title, the timeline and the layout engine go.
_TITLE: Final = "<title>vnetsim</title>"
_DATA: Final = '<script type="application/json" id="timeline"></script>'
_ELK: Final = '<script type="text/plain" id="elk"></script>'
_ENGINE: Final = "elk-worker.min.js.xz"
COMPRESSED_ABOVE: Final = 1_000_000


def page(chunk: dict[str, Any]) -> str:
    """The whole file."""
    built = (resources.files("vnetsim.views.player") / "player.html").read_text("utf-8")
    for mark in (_TITLE, _DATA, _ELK):
        assert built.count(mark) == 1, f"player.html: expected {mark} once"
    before, _, after = built.partition(_DATA)
    before = before.replace(_TITLE, f"<title>{html.escape(str(chunk['title']))}</title>")
    return f"{before}{_script(chunk)}{after}".replace(
        _ELK, f"{_ELK.removesuffix('</script>')}{layout_engine()}</script>"
    )


def layout_engine() -> str:
    """The text of elkjs's elk-worker.min.js; UsageError where Python was built without liblzma."""
    try:
        import lzma  # noqa: PLC0415 -- it is an optional module of Python
    except ImportError:
        raise UsageError("the player's layout engine is compressed, and this Python has no module lzma") from None
    return lzma.decompress((resources.files("vnetsim.views.player") / _ENGINE).read_bytes()).decode("utf-8")


def _script(chunk: dict[str, Any]) -> str:
    text = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
    text = text.encode("utf-8", "replace").decode("utf-8")
    if len(text) <= COMPRESSED_ABOVE:
        for character in "<>&\u2028\u2029":
            text = text.replace(character, f"\\u{ord(character):04x}")
        return f'<script type="application/json" id="timeline">{text}</script>'
    packed = base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")
    return f'<script type="text/plain" id="timeline" data-deflated>{packed}</script>'

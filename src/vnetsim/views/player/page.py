"""The page: the built player with the JSON of a timeline inside, one file that loads nothing.

Whatever is in the JSON is text to the page: `<`, `>` and `&` are escaped, so that no name ends the element it is in.
A timeline above `COMPRESSED_ABOVE` bytes is deflated (zlib, RFC 1950); its bytes may differ where zlib differs.
"""

from __future__ import annotations

import base64
import html
import json
import zlib
from typing import Any, Final

from vnetsim.views.player.built import built

#: In the built page, where the title and the timeline go.
_TITLE: Final = "<title>vnetsim</title>"
_DATA: Final = '<script type="application/json" id="timeline"></script>'
#: The file that each names is put there instead.
_CODE: Final = '<script type="module" crossorigin src="./player.js"></script>'
_STYLE: Final = '<link rel="stylesheet" crossorigin href="./player.css">'
COMPRESSED_ABOVE: Final = 1_000_000


def page(chunk: dict[str, Any]) -> str:
    """The whole file."""
    files = built()
    code, style = files["player.js"].replace("</script", "<\\/script"), files["player.css"]
    marks = {_CODE: f'<script type="module">{code}</script>', _STYLE: f"<style>{style}</style>"}
    html_of_player = files["player.html"]
    for mark in (_TITLE, _DATA, *marks):
        assert html_of_player.count(mark) == 1, f"player.html: expected {mark} once"
    for mark, inline in marks.items():
        html_of_player = html_of_player.replace(mark, inline)
    before, _, after = html_of_player.partition(_DATA)
    before = before.replace(_TITLE, f"<title>{html.escape(str(chunk['title']))}</title>")
    return f"{before}{_script(chunk)}{after}"


def _script(chunk: dict[str, Any]) -> str:
    text = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
    text = text.encode("utf-8", "replace").decode("utf-8")
    if len(text) <= COMPRESSED_ABOVE:
        for character in "<>&\u2028\u2029":
            text = text.replace(character, f"\\u{ord(character):04x}")
        return f'<script type="application/json" id="timeline">{text}</script>'
    packed = base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")
    return f'<script type="text/plain" id="timeline" data-deflated>{packed}</script>'

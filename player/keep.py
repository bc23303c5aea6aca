"""Copy what vite built to where it is committed, or `--compare` it; run in player/."""

from __future__ import annotations

import lzma
import re
import sys
from pathlib import Path

SOURCE = Path("../src/vnetsim")
COPIES = {
    "dist/index.html": "views/player/player.html",
    "dist/play/play.html": "browser/page/play.html",
    "dist/play/play.js": "browser/page/play.js",
    "dist/play/play.css": "browser/page/play.css",
    "dist/play/worker.js": "browser/page/worker.js",
    "play/sw.js": "browser/page/sw.js",
}
ENGINE = SOURCE / "views/player/elk-worker.min.js.xz"
#: XZ finds more with these in text than by itself.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "pb": 0}]


def engine() -> bytes:
    text = Path("node_modules/elkjs/lib/elk-worker.min.js").read_bytes().strip()
    if re.search(rb"</script|<!--", text, re.IGNORECASE):
        raise SystemExit("elk-worker.min.js ends the element that it is put into")
    return text


def differing() -> list[str]:
    found = [kept for built, kept in COPIES.items() if Path(built).read_bytes() != (SOURCE / kept).read_bytes()]
    return found + ([ENGINE.name] if lzma.decompress(ENGINE.read_bytes()) != engine() else [])


def keep() -> None:
    for built, kept in COPIES.items():
        (SOURCE / kept).write_bytes(Path(built).read_bytes())
    if ENGINE.name in differing():
        ENGINE.write_bytes(lzma.compress(engine(), check=lzma.CHECK_CRC32, filters=FILTERS))


if sys.argv[1:] == ["--compare"]:
    names = differing()
    if names:
        raise SystemExit(f"{', '.join(names)}: not what player/ makes: run `npm run build` there, and commit it")
else:
    keep()

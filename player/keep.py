"""Pack what vite built into the file that is committed, or `--compare` it; run in player/.

One archive for both pages, which share the player.
"""

from __future__ import annotations

import json
import lzma
import sys
from pathlib import Path

BUILT = {
    "player.html": "dist/index.html",
    "player.js": "dist/player.js",
    "player.css": "dist/player.css",
    "play.html": "dist/play/play.html",
    "play.js": "dist/play/play.js",
    "play.css": "dist/play/play.css",
    "worker.js": "dist/play/worker.js",
    "sw.js": "play/sw.js",
}
PACKED = Path("../src/vnetsim/views/player/built.json.xz")
#: XZ finds more with these in text than by itself.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "pb": 0}]


def built() -> dict[str, str]:
    return {name: Path(path).read_text("utf-8") for name, path in BUILT.items()}


def differing() -> list[str]:
    kept = json.loads(lzma.decompress(PACKED.read_bytes())) if PACKED.exists() else {}
    made = built()
    return sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))


def keep() -> None:
    if differing():
        text = json.dumps(built(), ensure_ascii=False).encode("utf-8")
        PACKED.write_bytes(lzma.compress(text, check=lzma.CHECK_CRC32, filters=FILTERS))


if sys.argv[1:] == ["--compare"]:
    names = differing()
    if names:
        raise SystemExit(f"{', '.join(names)}: not what player/ makes: run `npm run build` there, and commit it")
else:
    keep()

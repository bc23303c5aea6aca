"""The page as files, by their names: what any static host serves, and `vnetsim play`.

`views/player/built` has what player/ makes of its sources; Pyodide and vnetsim are put beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

from vnetsim.browser import site
from vnetsim.errors import UsageError
from vnetsim.views.player.built import built

_MARK: Final = 'data-build="BUILD"'
_SCRIPTS: Final = ("player.js", "player.css", "play.js", "play.css", "worker.js")


def page_files(pyodide: Mapping[str, bytes]) -> dict[str, bytes]:
    """All files; UsageError if this installation lacks some."""
    texts = built()
    files = {name: texts[name].encode("utf-8") for name in _SCRIPTS}
    files["LICENSES.txt"] = (resources.files("vnetsim.browser") / "page" / "LICENSES.txt").read_bytes()
    files |= {f"pyodide/{name}": data for name, data in pyodide.items()}
    files["site.zip"] = site.archive()
    return _named(files, texts["play.html"], texts["sw.js"])


def _named(files: dict[str, bytes], page: str, worker: str) -> dict[str, bytes]:
    """With the name of this build in the page, and in its service worker the files that it keeps."""
    digest = hashlib.sha256()
    files["index.html"] = page.encode("utf-8")
    for name in sorted(files):
        digest.update(f"{name} {len(files[name])}\n".encode() + files[name])
    build = digest.hexdigest()[:16]
    names = json.dumps(["./", *sorted(set(files) - {"index.html", "LICENSES.txt"})])[1:-1]
    worker = worker.replace('"FILES"', names).replace("BUILD", build)
    index = page.replace(_MARK, f'data-build="{build}"')
    return files | {"sw.js": worker.encode("utf-8"), "index.html": index.encode("utf-8")}


def write(files: Mapping[str, bytes], directory: Path) -> None:
    """Into a directory, for a static host; UsageError if it cannot be written."""
    try:
        for name, data in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{directory}: the page cannot be written there: {error.strerror}") from None

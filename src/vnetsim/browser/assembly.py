"""The page as files, by their names: what any static host serves, and `vnetsim play`.

`page/` holds what player/ makes of its sources; Pyodide, vnetsim and the layout engine of the player are put beside it.
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
from vnetsim.views.player.page import layout_engine

_MARK: Final = 'data-build="BUILD"'
_SCRIPTS: Final = ("play.js", "play.css", "worker.js", "LICENSES.txt")


def page_files(pyodide: Mapping[str, bytes]) -> dict[str, bytes]:
    """All files; UsageError if this installation lacks some."""
    files = {name: _built(name) for name in _SCRIPTS}
    files |= {f"pyodide/{name}": data for name, data in pyodide.items()}
    files["elk-worker.js"] = layout_engine().encode("utf-8")
    files["site.zip"] = site.archive()
    files["index.html"] = _built("play.html")
    return _named(files)


def _named(files: dict[str, bytes]) -> dict[str, bytes]:
    """With the name of this build in the page, and in its service worker the files that it keeps."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name} {len(files[name])}\n".encode() + files[name])
    build = digest.hexdigest()[:16]
    names = json.dumps(["./", *sorted(set(files) - {"index.html", "LICENSES.txt"})])[1:-1]
    worker = _built("sw.js").decode("utf-8").replace('"FILES"', names).replace("BUILD", build)
    index = files["index.html"].decode("utf-8").replace(_MARK, f'data-build="{build}"')
    return files | {"sw.js": worker.encode("utf-8"), "index.html": index.encode("utf-8")}


def _built(name: str) -> bytes:
    return (resources.files("vnetsim.browser") / "page" / name).read_bytes()


def write(files: Mapping[str, bytes], directory: Path) -> None:
    """Into a directory, for a static host; UsageError if it cannot be written."""
    try:
        for name, data in files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{directory}: the page cannot be written there: {error.strerror}") from None

"""The socket of a running `vnetsim shell` for `vnetsim attach`: in a directory that only its user may enter.

It is a Unix socket; where Python has none (Windows), one on the loopback, whose port and secret are in a file there.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import stat
import tempfile
from pathlib import Path
from typing import Any, Final

from vnetsim.errors import UsageError

_HAS_UNIX: Final = hasattr(socket, "AF_UNIX")
_SUFFIX: Final = ".socket" if _HAS_UNIX else ".json"


def directory() -> Path:
    """Made if it is missing; UsageError if others may enter it."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    user = os.getuid() if hasattr(os, "getuid") else 0
    path = Path(base) / "vnetsim" if base else Path(tempfile.gettempdir()) / f"vnetsim-{user}"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    is_private = not _HAS_UNIX or (status.st_uid == user and not stat.S_IMODE(status.st_mode) & 0o077)
    if not stat.S_ISDIR(status.st_mode) or not is_private:
        raise UsageError(f"{path}: expected a directory of this user alone, for the sockets of its terminals")
    return path


def listen(path: Path) -> tuple[socket.socket, str]:
    """A socket that listens as `path`, and the secret that is expected on it, empty if the directory is enough."""
    if not _HAS_UNIX:
        listener = socket.create_server(("127.0.0.1", 0))
        secret = secrets.token_hex(16)
        path.write_text(json.dumps({"port": listener.getsockname()[1], "secret": secret}), "utf-8")
        return listener, secret
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    listener.listen()
    return listener, ""


def connect(path: Path) -> tuple[socket.socket, str]:
    """A connection to who listens as `path`, and the secret to send; OSError if no shell does."""
    if not _HAS_UNIX:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return socket.create_connection(("127.0.0.1", found["port"])), found["secret"]
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection, ""


def listens(path: Path) -> bool:
    """Whether the shell runs; what one that was killed has left is removed."""
    try:
        connection, _ = connect(path)
    except (OSError, ValueError, KeyError):
        path.unlink(missing_ok=True)
        return False
    connection.close()
    return True


def own_path() -> Path:
    return directory() / f"{os.getpid()}{_SUFFIX}"


def running() -> dict[str, Path]:
    """The shells that have a socket, by the number of their process; one that has gone may be among them."""
    return {path.stem: path for path in sorted(directory().glob(f"*{_SUFFIX}"))}

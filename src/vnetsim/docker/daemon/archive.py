"""Files of containers as archives: `docker cp`, export, diff (daemon/archive_unix.go, export.go of moby 28.5).

As in the engine's view of a container: volumes and binds are mounted, tmpfs, /proc, /sys and /dev are not.

Not modelled: what is written to /proc, /sys or /dev (a real engine writes it below what is mounted there), changes of
owners, modes and times.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from vnetsim.docker.api.types import Json
from vnetsim.docker.archive import LINKS, encode, entries_of, extract, pack, unpack
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.changes import image_files
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.mounted import persistent_mounts, put_file
from vnetsim.docker.gotypes import timestamp
from vnetsim.errors import EngineError, NotModelled
from vnetsim.process.files import Files

#: Go's fs.FileMode.
_IS_DIRECTORY: Final = 1 << 31
_IS_LINK: Final = 1 << 27
_STICKY: Final = 1 << 20
_DIRECTORY_SIZE: Final = 4096
_SECOND: Final = 10**9
#: What the kernel makes up in a container.
_MADE_UP: Final = ("/proc", "/sys", "/dev")
#: The files of the engine, which are mounted over those of the image.
_OWN: Final = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/netns")
_MODIFIED, _ADDED, _DELETED = 0, 1, 2


class Archives:
    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def _files(self, container: Container) -> Files:
        """The container's own files, which it has before its first start as well."""
        if container.files is not None:
            return container.files
        if container.unstarted is None:
            container.unstarted = self._image_files(container)
            copied, container.copied = container.copied, {}
            for path, text in copied.items():
                put_file(container, path, text)
        return container.unstarted

    def _image_files(self, container: Container) -> Files:
        return image_files(self._daemon, container.image, self._daemon.machine.host.network)

    def _view(self, container: Container) -> Files:
        """With volumes and binds."""
        files = self._files(container)
        mounts = persistent_mounts(self._daemon, container, files)
        return self._daemon.machine.mounted_files(files, mounts) if mounts else files

    # --- out of a container ------------------------------------------------------------------------------------------

    def stat(self, container: Container, path: str, term: str) -> Json:
        """ContainerPathStat; EngineError 404 if nothing is there, 500 below a file; `term` names the container."""
        files = self._view(container)
        full = _resolved(files, path, term)
        name = "." if _is_dot(path) else posixpath.basename(full) or "/"
        time = timestamp(container.created)
        if full in LINKS and not path.endswith(("/", "/.")):
            target = posixpath.join(posixpath.dirname(full), LINKS[full])
            return _stat(name, len(LINKS[full]), _IS_LINK | 0o777, time, target)
        if files.is_directory(full):
            mode = _IS_DIRECTORY | 0o755 if full != "/tmp" else _IS_DIRECTORY | _STICKY | 0o777
            return _stat(name, _DIRECTORY_SIZE, mode, time)
        (entry,) = entries_of(files, full, name)
        return _stat(name, len(encode(entry.text or "")), 0o755 if entry.is_program else 0o644, time)

    def get(self, container: Container, path: str, term: str) -> tuple[Json, bytes]:
        """What ContainerPathStat gives, and the archive."""
        stat, files = self.stat(container, path, term), self._view(container)
        full = _resolved(files, path, term)
        if full in LINKS and _is_dot(path):
            full = posixpath.normpath(posixpath.join(posixpath.dirname(full), LINKS[full]))
        left_out = tuple(posixpath.join(each, name) for each in _MADE_UP for name in _list(files, each))
        archive = pack(entries_of(files, full, stat["name"], left_out), container.created // _SECOND)
        self._daemon.events.container(container, "archive-path")
        return stat, archive

    def export(self, container: Container) -> bytes:
        """The files of its own, without what is mounted."""
        files = self._files(container)
        points = tuple(posixpath.join(point, each) for point in _points(container) for each in _list(files, point))
        made_up = tuple(posixpath.join(each, name) for each in _MADE_UP for name in _list(files, each))
        entries = (
            entry for name in sorted({*files.list("/"), "bin", "sbin"})
            for entry in entries_of(files, f"/{name}", name, (*points, *made_up, "/run/netns"))
        )  # fmt: skip
        self._daemon.events.container(container, "export")
        return pack(entries, container.created // _SECOND)

    # --- into a container --------------------------------------------------------------------------------------------

    def put(self, container: Container, path: str, archive: bytes, term: str, *, replaces: bool) -> None:
        """Unpack into a directory; EngineError."""
        files = self._view(container)
        full = _resolved(files, path, term)
        if full in LINKS:
            full = posixpath.normpath(posixpath.join(posixpath.dirname(full), LINKS[full]))
        if not files.is_directory(full):
            raise EngineError(400, "extraction point is not a directory")
        if _is_in(full, *_MADE_UP):
            raise NotModelled(f"docker cp to {full}")
        self._check_writable(container, full)
        extract(files, full, unpack(archive), replaces=replaces)
        self._daemon.events.container(container, "extract-to-dir")

    @staticmethod
    def _check_writable(container: Container, path: str) -> None:
        mounts = [mount for mount in container.mounts if _is_in(path, str(mount["Destination"]))]
        if any(not mount["RW"] for mount in mounts):
            raise EngineError(400, "mounted volume is marked read-only")
        if not mounts and container.host_config["ReadonlyRootfs"]:
            raise EngineError(400, "container rootfs is marked read-only")

    # --- changes -----------------------------------------------------------------------------------------------------

    def changes(self, container: Container) -> list[Json] | None:
        """Kind 0 for changed, 1 for added, 2 for deleted; None without any."""
        before = dict(_contents(self._image_files(container), "/"))
        after = dict(_contents(self._files(container), "/"))
        found: dict[str, int] = {}
        for path in sorted(before.keys() | after.keys()):
            if path not in after:
                gone = posixpath.dirname(path)
                if found.get(gone) != _DELETED:
                    self._note(found, path, _DELETED)
            elif path not in before:
                self._note(found, path, _ADDED)
            elif before[path] != after[path]:
                self._note(found, path, _MODIFIED)
        shown = [(path, kind) for path, kind in sorted(found.items()) if found.get(posixpath.dirname(path)) != _DELETED]
        return [{"Path": path, "Kind": kind} for path, kind in shown] or None

    @staticmethod
    def _note(found: dict[str, int], path: str, kind: int) -> None:
        found[path] = kind
        while (path := posixpath.dirname(path)) != "/":
            found.setdefault(path, _MODIFIED)


def _contents(files: Files, directory: str) -> Iterator[tuple[str, str | None]]:
    """Texts by path, None for directories."""
    for name in files.list(directory):
        path = posixpath.join(directory, name)
        if path in _OWN or path in _MADE_UP:
            continue
        if files.is_directory(path):
            yield path, None
            yield from _contents(files, path)
        else:
            yield path, "" if files.is_program(path) else files.read(path)


def _points(container: Container) -> tuple[str, ...]:
    """Where something is mounted; the directory itself is the container's, and made for it."""
    tmpfs = (posixpath.normpath(path) for path in container.host_config["Tmpfs"] or ())
    return (*(str(mount["Destination"]) for mount in container.mounts), *tmpfs)


def _list(files: Files, directory: str) -> tuple[str, ...]:
    return tuple(files.list(directory)) if files.is_directory(directory) else ()


def _resolved(files: Files, path: str, term: str) -> str:
    """The absolute path; EngineError 404 or 500."""
    full = posixpath.normpath("/" + path.lstrip("/"))
    above = posixpath.dirname(full)
    if _is_in(full, *_MADE_UP) and full not in _MADE_UP:
        raise _missing(path, term)
    while above != "/":
        if files.exists(above) and not files.is_directory(above):
            raise EngineError(500, f"lstat {path}: not a directory")
        above = posixpath.dirname(above)
    if not files.exists(full):
        raise _missing(path, term)
    if path.endswith(("/", "/.")) and not files.is_directory(full):
        raise EngineError(500, f"lstat {path}: not a directory")
    return full


def _missing(path: str, term: str) -> EngineError:
    return EngineError(404, f"Could not find the file {path} in container {term}")


def _is_dot(path: str) -> bool:
    return path == "." or path.endswith("/.")


def _is_in(path: str, *trees: str) -> bool:
    return any(path == tree or path.startswith(f"{tree.rstrip('/')}/") for tree in trees)


def _stat(name: str, size: int, mode: int, time: str, target: str = "") -> Json:
    return {"name": name, "size": size, "mode": mode, "mtime": time, "linkTarget": target}

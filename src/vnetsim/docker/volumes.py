"""Volumes and the mount points of containers (volume/local, volume/mounts, volume/service of moby 28.5).

Mounts are checked, kept and shown; daemon/mounted has what is in them.  Only the local driver exists.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from vnetsim.docker.api.types import Json
from vnetsim.docker.gotypes import quote, timestamp
from vnetsim.errors import EngineError, NotModelled
from vnetsim.values import define

#: The label of a volume to which the engine gave its name.
_ANONYMOUS: Final = "com.docker.volume.anonymous"
_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_NAME_RULE: Final = '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed'
_ROOT: Final = "/var/lib/docker/volumes"
_PROPAGATIONS: Final = ("private", "rprivate", "slave", "rslave", "shared", "rshared")
#: Options of a bind by kind: at most one of each.
_MODES: Final = (("rw", "ro"), ("z", "Z"), ("nocopy",), ("consistent", "cached", "delegated"), _PROPAGATIONS)
#: Files of a container that the engine writes, and that decide how it finds others.
_NETWORK_FILES: Final = (
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/hostname",
    "/etc/nsswitch.conf",
    "/etc",
)
#: Options of tmpfs(5) that the engine accepts.
_TMPFS: Final = re.compile(
    r"(size|mode|uid|gid|nr_inodes|nr_blocks|mpol)=.*|(no)?(exec|suid|dev|atime|diratime)|r[ow]|"
    r"(a)?sync|(r|nor)elatime|strictatime|r?(private|shared|slave|bind|unbindable)|(no)?mand|"
    r"dirsync|remount|defaults"
)


@define(kw_only=True)
class Volume:
    name: str
    created: int
    labels: dict[str, str] | None = None
    options: dict[str, str] | None = None
    anonymous: bool = False

    @property
    def mountpoint(self) -> str:
        return f"{_ROOT}/{self.name}/_data"


class Volumes:
    """The volumes of an engine, by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Volume] = {}
        #: Called with each volume that is gone.
        self.removed: Callable[[Volume], None] = lambda _volume: None

    def __iter__(self) -> Iterator[Volume]:
        return iter([self._by_name[name] for name in sorted(self._by_name)])

    def find(self, name: str) -> Volume:
        if name not in self._by_name:
            raise EngineError(404, f"get {name}: no such volume")
        return self._by_name[name]

    def create(
        self, name: str, now: int, *, driver: str = "", labels: dict[str, str] | None = None,
        options: dict[str, str] | None = None, anonymous: bool = False,
    ) -> Volume:  # fmt: skip
        """The volume of that name, a new one if there is none; EngineError 400 or 404."""
        if name in self._by_name:
            return self._by_name[name]
        if driver not in ("", "local"):
            reason = f"error looking up volume plugin {driver}: plugin {quote(driver)} not found"
            raise EngineError(404, f"create {name}: {reason}")
        if len(name) == 1:
            problem = "volume name is too short, names should be at least two alphanumeric characters"
            raise EngineError(400, f"create {name}: {problem}")
        if not _NAME.fullmatch(name):
            advice = "If you intended to pass a host directory, use absolute path"
            problem = f"{quote(name)} includes invalid characters for a local volume name, only {_NAME_RULE}. {advice}"
            raise EngineError(400, f"create {name}: {problem}")
        if anonymous:
            labels = dict(sorted({**(labels or {}), _ANONYMOUS: ""}.items()))
        made = Volume(name=name, created=now, labels=labels, options=options, anonymous=anonymous)
        self._by_name[name] = made
        return made

    def remove(self, name: str, users: list[str], *, force: bool = False) -> None:
        """EngineError 404, or 409 while containers use it."""
        if force and name not in self._by_name:
            return
        self.find(name)
        if users:
            raise EngineError(409, f"remove {name}: volume is in use - [{', '.join(users)}]")
        self.removed(self._by_name.pop(name))


def inspect_volume(volume: Volume) -> Json:
    """The object that `docker volume inspect` prints."""
    options = dict(sorted(volume.options.items())) if volume.options else volume.options
    created = timestamp(volume.created).partition(".")[0].removesuffix("Z")
    return {
        "CreatedAt": f"{created}Z", "Driver": "local", "Labels": volume.labels, "Mountpoint": volume.mountpoint,
        "Name": volume.name, "Options": options, "Scope": "local",
    }  # fmt: skip


# --- the mounts of a container ---------------------------------------------------------------------------------------


class MountPoints:
    """Makes the mount points of a new container (daemon/volumes.go: registerMountPoints)."""

    def __init__(self, volumes: Volumes, now: int, new_name: Callable[[], str]) -> None:
        self._volumes, self._now, self._new_name = volumes, now, new_name
        self.found: dict[str, Json] = {}

    def add_from(self, points: Iterable[Json], mode: str) -> None:
        """--volumes-from."""
        for point in points:
            read_write = point["RW"] and mode != "ro"
            self.found[point["Destination"]] = {**point, "Mode": "", "RW": read_write}

    def add_bind(self, spec: str, driver: str) -> None:
        """-v SOURCE:DESTINATION[:MODE]."""
        parts = spec.split(":")
        if len(parts) > 3 or not parts[0] or (len(parts) == 2 and _is_mode(parts[1])):
            raise EngineError(400, f"invalid volume specification: '{spec}'")
        source, destination, mode = (*parts, "")[:3]
        if mode and not _is_mode(mode):
            raise EngineError(400, f"invalid mode: {mode}")
        kind = "bind" if source.startswith("/") else "volume"
        _check_destination(
            destination, f"invalid volume specification: '{spec}': invalid mount config for type \"{kind}\": "
        )
        options = mode.split(",")
        writable = "ro" not in options
        if kind == "bind":
            propagation = next((one for one in options if one in _PROPAGATIONS), "rprivate")
            self._add(_bind(source, destination, mode, propagation, writable=writable))
        else:
            self._add(self._volume(source, destination, mode or "z", driver, writable=writable))

    def add_mount(self, mount: Json) -> None:
        """--mount."""
        kind, source, target = mount.get("Type") or "volume", mount.get("Source") or "", mount.get("Target") or ""
        check_mount(mount)
        writable = not mount.get("ReadOnly")
        if kind == "bind":
            propagation = (mount.get("BindOptions") or {}).get("Propagation") or "rprivate"
            self._add(_bind(source, target, "", propagation, writable=writable))
        elif kind == "tmpfs":
            self._add(
                {"Type": "tmpfs", "Source": "", "Destination": target, "Mode": "", "RW": writable, "Propagation": ""}
            )
        else:
            options = mount.get("VolumeOptions") or {}
            driver = options.get("DriverConfig") or {}
            self._add(self._volume(source, target, "z", driver.get("Name") or "", writable=writable,
                                   options=driver.get("Options"), labels=options.get("Labels")))  # fmt: skip

    def add_anonymous(self, destination: str) -> None:
        """-v DESTINATION, and what the image declares."""
        if destination == "/":
            raise NotModelled("a volume at / of a container, which runc refuses")
        if destination not in self.found:
            self._add(self._volume("", posixpath.normpath(destination), "", "", writable=True))

    def _volume(
        self, name: str, destination: str, mode: str, driver: str, *, writable: bool,
        options: dict[str, str] | None = None, labels: dict[str, str] | None = None,
    ) -> Json:  # fmt: skip
        volume = self._volumes.create(
            name or self._new_name(),
            self._now,
            driver=driver,
            anonymous=not name,
            options=options or None,
            labels=labels or None,
        )
        return {"Type": "volume", "Name": volume.name, "Source": volume.mountpoint, "Destination": destination,
                "Driver": "local", "Mode": mode, "RW": writable, "Propagation": ""}  # fmt: skip

    def _add(self, point: Json) -> None:
        destination = posixpath.normpath(point["Destination"])
        if destination in _NETWORK_FILES:
            raise NotModelled(f"a mount at {destination} of a container")
        if destination in self.found and self.found[destination]["Mode"]:
            raise EngineError(400, f"Duplicate mount point: {destination}")
        if destination in self.found and point["Type"] == "bind":
            raise EngineError(400, f"Duplicate mount point: {destination}")
        self.found[destination] = {**point, "Destination": destination}


def _bind(source: str, destination: str, mode: str, propagation: str, *, writable: bool) -> Json:
    return {"Type": "bind", "Source": posixpath.normpath(source), "Destination": destination, "Mode": mode,
            "RW": writable, "Propagation": propagation}  # fmt: skip


def _is_mode(mode: str) -> bool:
    """ValidMountMode."""
    options = mode.split(",")
    known = {option for group in _MODES for option in group}
    return all(option in known for option in options) and all(
        sum(option in group for option in options) <= 1 for group in _MODES
    )


def check_from(spec: str) -> tuple[str, str]:
    """--volumes-from CONTAINER[:MODE]; EngineError 400."""
    container, _, mode = spec.partition(":")
    if not container:
        raise EngineError(400, f"invalid volumes-from specification: {spec}")
    if mode and not _is_mode(mode):
        raise EngineError(400, f"invalid mode: {mode}")
    return container, mode


def _check_destination(destination: str, prefix: str) -> None:
    if not destination.startswith("/"):
        raise EngineError(400, f"{prefix}invalid mount path: '{destination}' mount path must be absolute")
    if posixpath.normpath(destination) == "/":
        raise EngineError(400, f"{prefix}invalid specification: destination can't be '/'")


def check_mount(mount: Json) -> None:
    """linuxParser.ValidateMountConfig: EngineError 400."""
    kind, source, target = mount.get("Type") or "volume", mount.get("Source") or "", mount.get("Target") or ""
    prefix = f"invalid mount config for type {quote(kind)}: "
    if kind not in ("bind", "volume", "tmpfs"):
        raise EngineError(400, f"{prefix}mount type unknown")
    if not target:
        raise EngineError(400, f"{prefix}field Target must not be empty")
    _check_destination(target, prefix)
    if kind == "bind" and not source:
        raise EngineError(400, f"{prefix}field Source must not be empty")
    if kind == "bind" and not source.startswith("/"):
        raise EngineError(400, f"{prefix}invalid mount path: '{source}' mount path must be absolute")
    if kind == "tmpfs" and source:
        raise EngineError(400, f"{prefix}field Source must not be specified")
    _check_subpath((mount.get("VolumeOptions") or {}).get("Subpath") or "", source, prefix)


def _check_subpath(subpath: str, source: str, prefix: str) -> None:
    if subpath and not source:
        raise EngineError(400, f"{prefix}must not set Subpath when using anonymous volumes")
    if subpath.startswith("/") or posixpath.normpath(subpath).startswith(".."):
        raise EngineError(400, f"{prefix}subpath must be a relative path within the volume")


def check_tmpfs(destination: str, options: str) -> None:
    """EngineError 400."""
    if not destination.startswith("/"):
        raise EngineError(400, f"invalid mount path: '{destination}' mount path must be absolute")
    for option in options.split(",") if options else ():
        if not _TMPFS.fullmatch(option):
            raise EngineError(400, f"invalid tmpfs option {quote(option)}")

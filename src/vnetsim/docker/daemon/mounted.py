"""What is mounted in a container: volumes, files and directories of the host, tmpfs (daemon/volumes_linux.go, runc).

A volume is a directory of the host, /var/lib/docker/volumes/NAME/_data; what one container writes, others and the host
see.  An empty volume gets what the image has at the mount point.  A source of the host that is missing is made, as a
directory; a real engine refuses it for `--mount`.

A socket is an empty file there.

Not modelled: devices and programs of the host, its /proc and /sys; volumes on other machines (nfs, cifs).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from vnetsim.docker import images
from vnetsim.docker.api.types import Json
from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.images import Image
from vnetsim.docker.volumes import Volume
from vnetsim.errors import EngineError, KernelError
from vnetsim.process.files import Files, Mount
from vnetsim.process.machine import Machine
from vnetsim.process.network import Network

_TMPFS: Final = "/tmpfs"
#: Trees that the kernel makes up, of the host and in a container.
_MADE_UP: Final = ("/proc", "/sys", "/dev")
_REFUSED: Final = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: error during container init"
)
_NOT_FOUND: Final = 127


def mounts_of(daemon: Daemon, container: Container) -> list[Mount]:
    """For one run; mount points are made in the container's own files.  EngineError 400 for a file on a directory."""
    mounts = [*_tmpfs(daemon, container), *_points(daemon, container)]
    copied, container.copied = container.copied, {}
    for path, text in copied.items():
        put_file(container, path, text)
    return mounts


def _tmpfs(daemon: Daemon, container: Container) -> Iterator[Mount]:
    for path in container.host_config["Tmpfs"] or ():
        yield _empty(daemon, container, posixpath.normpath(path))


def _empty(daemon: Daemon, container: Container, point: str, *, read_only: bool = False) -> Mount:
    assert container.files is not None
    make_directories(container.files, point)
    files = daemon.machine.new_files(daemon.machine.host.network, {}, frozenset())
    make_directories(files, _TMPFS)
    return Mount(point, files, _TMPFS, read_only)


def _points(daemon: Daemon, container: Container) -> Iterator[Mount]:
    for mount in container.mounts:
        point, read_only = str(mount["Destination"]), not mount["RW"]
        if mount["Type"] == "tmpfs":
            yield _empty(daemon, container, point, read_only=read_only)
            continue
        source = _source(daemon, container, mount)
        if not source and mount["Type"] == "bind" and _is_service(daemon, str(mount["Source"])):
            put_file(container, point, "")
        if source:
            yield _bound(daemon, container, source, point, read_only=read_only)


def persistent_mounts(daemon: Daemon, container: Container, files: Files) -> list[Mount]:
    """Volumes and binds on a container's own `files`, which it may not have started with yet."""
    before, container.files = container.files, files
    try:
        points = [mount for mount in container.mounts if mount["Type"] != "tmpfs"]
        found = ((mount, _source(daemon, container, mount)) for mount in points)
        return [
            _bound(daemon, container, source, str(mount["Destination"]), read_only=not mount["RW"])
            for mount, source in found
            if source
        ]
    finally:
        container.files = before


def put_file(container: Container, path: str, text: str) -> None:
    """A file in the container, which has none before its first start."""
    files = container.files or container.unstarted
    if files is None:
        container.copied[path] = text
        return
    make_directories(files, posixpath.dirname(path))
    files.write(path, text)


def _source(daemon: Daemon, container: Container, mount: Json) -> str:
    """The host's path; "" for what is not shown."""
    if mount["Type"] == "volume":
        volume = daemon.volumes.find(str(mount["Name"]))
        source = directory_of(daemon, volume)
        if subpath := str(_volume_option(container, str(mount["Destination"]), "Subpath") or ""):
            return _below(daemon.host.files, posixpath.join(source, subpath))
        _fill(container, mount, daemon.host.files, source)
        return source
    source, destination = str(mount["Source"]), str(mount["Destination"])
    if _is_in(destination, _MADE_UP):
        return ""
    if _is_in(source, _MADE_UP) or _is_service(daemon, source):
        return ""
    if daemon.host.files.is_program(source):
        daemon.machine.assume(f"{destination} of {container.config['Image']} is a program of the host: it is not shown")
        return ""
    if not daemon.host.files.exists(source):
        make_directories(daemon.host.files, source)
    return source


def check_source(daemon: Daemon, mount: Json) -> None:
    """EngineError 400 for --mount of what the recorded machine lacks; a lab's host is made up, and has it."""
    source = str(mount.get("Source"))
    if (
        mount.get("Type") != "bind"
        or daemon.images.registry is not None
        or (mount.get("BindOptions") or {}).get("CreateMountpoint")
    ):
        return
    if not daemon.host.files.exists(source) and not _is_in(source, _MADE_UP) and not _is_service(daemon, source):
        message = f'invalid mount config for type "bind": bind source path does not exist: {source}'
        raise EngineError(400, message)


def _is_in(path: str, trees: tuple[str, ...]) -> bool:
    return path in trees or path.startswith(tuple(f"{tree}/" for tree in trees))


def _is_service(daemon: Daemon, path: str) -> bool:
    """Whether it is a Unix socket."""
    for each in (path, path.replace("/run/", "/var/run/", 1)):
        try:
            daemon.machine.service(each)
        except KernelError:
            continue
        return True
    return path.endswith(".sock")


def directory_of(daemon: Daemon, volume: Volume) -> str:
    """Where a volume is on the host."""
    options = volume.options or {}
    device = options.get("device", "")
    if device.startswith("/") and "bind" in options.get("o", "").split(","):
        return device
    if device and options.get("type") != "tmpfs":
        daemon.machine.assume(f"volume {volume.name} is not mounted from {device}: assumed to be empty")
    make_directories(daemon.host.files, volume.mountpoint)
    return volume.mountpoint


def _fill(container: Container, mount: Json, host: Files, source: str) -> None:
    """copyExistingContents: into an empty volume, unless `nocopy` is asked for."""
    assert container.files is not None
    point = str(mount["Destination"])
    if "nocopy" in str(mount["Mode"]).split(",") or _volume_option(container, point, "NoCopy"):
        return
    if container.files.is_directory(point) and not host.list(source):
        copy_tree(container.files, point, host, source)


def _below(host: Files, path: str) -> str:
    """What `--mount ...,volume-subpath=` names; EngineError 404 for what the volume lacks."""
    if not host.exists(path):
        raise EngineError(404, f"cannot access path {path}: lstat {path}: no such file or directory")
    return path


def _volume_option(container: Container, point: str, name: str) -> object:
    """Of --mount; None without it."""
    asked = (one for one in container.host_config.get("Mounts") or () if posixpath.normpath(one["Target"]) == point)
    return next((value for one in asked if (value := (one.get("VolumeOptions") or {}).get(name))), None)


def copy_tree(source: Files, path: str, target: Files, where: str) -> None:
    """A file or a directory with what is in it, but for programs."""
    if not source.is_directory(path):
        if not source.is_program(path):
            target.write(where, source.read(path))
        return
    make_directories(target, where)
    for name in source.list(path):
        copy_tree(source, posixpath.join(path, name), target, posixpath.join(where, name))


def _bound(daemon: Daemon, container: Container, source: str, point: str, *, read_only: bool) -> Mount:
    host, files = daemon.host.files, container.files
    assert files is not None
    is_directory = host.is_directory(source)
    if files.exists(point) and files.is_directory(point) != is_directory:
        container.state.exit_code = _NOT_FOUND
        raise EngineError(400, _mismatch(source, point))
    if is_directory:
        make_directories(files, point)
    elif not files.exists(point):
        make_directories(files, posixpath.dirname(point))
        files.write(point, "")
    return Mount(point, host, source, read_only)


def _mismatch(source: str, point: str) -> str:
    what = f"mount src={source}, dst={point}, dstFd=/proc/thread-self/fd/14, flags=MS_BIND|MS_REC: not a directory"
    advice = "Check if the specified host path exists and is the expected type"
    question = "Are you trying to mount a directory onto a file (or vice-versa)?"
    return f'{_REFUSED}: error mounting "{source}" to rootfs at "{point}": {what}: {question} {advice}'


def remove_volume(files: Files, volume: Volume) -> None:
    """The directory of a volume that is gone, with what is in it."""
    directory = posixpath.dirname(volume.mountpoint)
    if files.is_directory(directory):
        _remove_tree(files, directory)


def _remove_tree(files: Files, path: str) -> None:
    for name in files.list(path):
        inner = posixpath.join(path, name)
        if files.is_directory(inner):
            _remove_tree(files, inner)
        else:
            files.remove(inner)
    files.remove_directory(path)


def make_directories(files: Files, path: str) -> None:
    """mkdir -p."""
    above = ""
    for name in path.split("/")[1:]:
        above = f"{above}/{name}"
        if name and not files.is_directory(above):
            files.make_directory(above)


def files_of_image(machine: Machine, image: Image, network: Network) -> Files:
    """New files of a container of an image that was not made here."""
    content, directories = images.files_of(image.busybox, image.entry), images.directories_of(image.entry)
    return machine.new_files(network, content, image.programs, directories)

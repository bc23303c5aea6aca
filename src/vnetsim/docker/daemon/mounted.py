"""What mounts put into a container's files when it starts.

    put_mounts(container, host_files)

The files of the host that are mounted, and those in mounted directories, are copied at each start; a volume and a
tmpfs are empty directories.
Not modelled: what is in a volume, and that one side sees what the other writes after the start.
"""

from __future__ import annotations

import posixpath
from typing import Final

from vnetsim.docker.container.container import Container
from vnetsim.errors import KernelError
from vnetsim.process.files import Files


def put_mounts(container: Container, host_files: Files) -> None:
    assert container.files is not None
    for path in container.host_config["Tmpfs"] or ():
        make_directories(container.files, path)
    for mount in container.mounts:
        destination = str(mount["Destination"])
        if mount["Type"] == "bind":
            _copy(host_files, str(mount["Source"]), container.files, destination)
        else:
            make_directories(container.files, destination)


def _copy(host_files: Files, source: str, files: Files, destination: str) -> None:
    text = _file(host_files, source)
    if text is not None:
        make_directories(files, posixpath.dirname(destination))
        files.write(destination, text)
        return
    make_directories(files, destination)
    if host_files.is_directory(source) and not f"{source}/".startswith(_NOT_COPIED):
        for name in host_files.list(source):
            _copy(host_files, posixpath.join(source, name), files, posixpath.join(destination, name))


#: What is made up, and what holds it.
_NOT_COPIED: Final = ("//", "/proc/", "/sys/", "/dev/", "/run/", "/var/run/", "/usr/", "/bin/", "/sbin/")


def _file(files: Files, path: str) -> str | None:
    """The text of a file; None for a directory, and for what vnetsim makes up."""
    if path.startswith(_NOT_COPIED) or not files.exists(path) or files.is_directory(path):
        return None
    try:
        return files.read(path)
    except KernelError:
        return None


def make_directories(files: Files, path: str) -> None:
    """mkdir -p."""
    above = ""
    for name in path.split("/")[1:]:
        above = f"{above}/{name}"
        if name and not files.is_directory(above):
            files.make_directory(above)

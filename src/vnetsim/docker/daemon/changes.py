"""What is in the files of an image, and what a container has changed of it (archive/changes.go of moby).

Left out are /proc, /sys and /dev, the three files that the engine mounts, and what is mounted.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from typing import Final

import attrs

from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.mounted import files_of_image, make_directories
from vnetsim.docker.images import Image
from vnetsim.docker.images.layers import ImageLayer, merged
from vnetsim.process.files import Files
from vnetsim.process.network import Network
from vnetsim.values import frozen

#: What is not the container's own.
_OTHERS: Final = ("/proc", "/sys", "/dev", "/run/netns", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf")


@frozen(eq=False)
class Snapshot:
    """Texts and directories by path, and the paths of programs."""

    files: dict[str, str]
    directories: frozenset[str]
    programs: frozenset[str]


def image_files(daemon: Daemon, image: Image, network: Network) -> Files:
    """New files of a container of this image."""
    if image.origin is None:
        return files_of_image(daemon.machine, image, network)
    content, directories = merged(image.origin.layers)
    files = daemon.machine.new_files(network, content, image.programs)
    # Where the engine mounts /etc/hosts and the like.
    for path in (*directories, "/etc"):
        make_directories(files, path)
    return files


def snapshot(files: Files, leave_out: Collection[str] = ()) -> Snapshot:
    """`leave_out` are paths below which nothing is looked at."""
    found = Snapshot({}, frozenset(), frozenset())
    directories, programs = set(), set()
    for path in _walk(files, "/", {*_OTHERS, *leave_out}):
        if files.is_directory(path):
            directories.add(path)
        elif files.is_program(path):
            programs.add(path)
        else:
            found.files[path] = files.read(path)
    return attrs.evolve(found, directories=frozenset(directories), programs=frozenset(programs))


def _walk(files: Files, path: str, leave_out: Collection[str]) -> Iterator[str]:
    for name in files.list(path):
        inner = posixpath.join(path, name)
        if inner in leave_out:
            continue
        yield inner
        if files.is_directory(inner):
            yield from _walk(files, inner, leave_out)


def of_container(daemon: Daemon, container: Container) -> ImageLayer:
    """What the container has changed of its image."""
    before = snapshot(image_files(daemon, container.image, daemon.machine.host.network))
    files = container.files or container.unstarted
    if files is None:
        return ImageLayer(files=dict(container.copied))
    points = [str(mount["Destination"]) for mount in container.mounts]
    return difference(before, snapshot(files, points), points)


def difference(before: Snapshot, after: Snapshot, points: Collection[str] = ()) -> ImageLayer:
    """A layer of changes; of a directory that is gone only the highest is named.  Mount `points` are directories."""
    gone = [path for path in (*before.files, *before.directories) if path not in {*after.files, *after.directories}]
    lost = sorted(path for path in gone if not _is_below(path, points))
    highest = [path for path in lost if posixpath.dirname(path) not in lost]
    new = after.directories - before.directories
    changed = {path: text for path, text in after.files.items() if before.files.get(path) != text}
    gained = frozenset(posixpath.basename(path) for path in after.programs - before.programs)
    removed = (*highest, *sorted(before.programs - after.programs))
    return ImageLayer(changed, tuple(sorted(new)), removed, gained)


def _is_below(path: str, points: Collection[str]) -> bool:
    return any(path == point or path.startswith(f"{point}/") for point in points)

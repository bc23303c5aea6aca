"""The files of a lab's machines, as commands that write them.

`ip netns exec NAME` shows the files of /etc/netns/NAME in place of those of /etc, entry by entry, where /etc has such
an entry (ip-netns(8)).  Other files are below /srv/labs/NAME, and what starts in the machine mounts them first, in a
mount namespace of its own: the directory that the machine's folder adds, or a single file of a directory that all have.
The rest of the tree is one for all machines.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.failures import Failure
from vnetsim.scenario.labs.steps import LabStep, file_written, not_modelled
from vnetsim.values import define

_UTF8_MARK: Final = "\ufeff"
_OWN: Final = "/srv/labs"
#: What all machines share here as in the other program.
_SHARED: Final = ("/shared", "/hostlab")
#: Directories that each machine has: files of it are mounted one by one.
_SYSTEM: Final = frozenset((
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc", "/root", "/run",
    "/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/bin", "/usr/lib", "/usr/local", "/usr/local/bin", "/usr/local/lib",
    "/usr/local/sbin", "/usr/sbin", "/usr/share", "/var", "/var/cache", "/var/lib", "/var/log", "/var/run", "/var/tmp",
))  # fmt: skip


@define
class MachineFiles:
    """Collects what is written for all machines of a lab; `texts` are the files by their paths on the host.

    `mounts` are the mount points of each machine, and whether they are directories.
    """

    texts: dict[str, str] = attrs.field(factory=dict)
    directories: set[str] = attrs.field(factory=set)
    owners: dict[str, str] = attrs.field(factory=dict)
    machines: dict[str, str] = attrs.field(factory=dict)
    mounts: dict[str, dict[str, bool]] = attrs.field(factory=dict)
    failures: list[Failure] = attrs.field(factory=list)

    def add_folder(self, machine: str, folder: Path, target: str = "") -> None:
        """The files below `folder`, which is the machine's root directory, or its directory `target`."""
        for path in sorted(folder.rglob("*")):
            inside = f"{target}/{path.relative_to(folder).as_posix()}"
            if path.is_dir():
                self.directories.add(self._place(machine, inside))
                self._mount(machine, inside, is_directory=True)
            elif path.name not in (".gitkeep", ".DS_Store"):
                self.add_file(machine, inside, path, folder)

    def add_file(self, machine: str, inside: str, path: Path, folder: Path) -> None:
        """A file of `folder` as the machine's file `inside`."""
        if path.exists() and not path.is_file():
            self.failures.append(not_modelled("a file that is no regular one", f"cp {path} {inside}", str(path), 1))
            return
        try:
            if not path.resolve().is_relative_to(folder.resolve()):
                raise UsageError(f"{path}: this link leads out of {folder}: no file outside it is read")
            text = decoded(path)
        except UnicodeDecodeError:
            self.failures.append(not_modelled("a file that is no UTF-8 text", f"cp {path} {inside}", str(path), 1))
            return
        self.add(machine, inside, text, str(path))

    def add(self, machine: str, inside: str, text: str, owner: str) -> None:
        place = self._place(machine, inside)
        if self.texts.get(place, text) != text:
            what = f"{inside} with another text than in {self.owners[place]}: machines share it"
            self.failures.append(not_modelled(what, f"cp {owner} {inside}", owner, 1))
            return
        self.texts[place], self.owners[place], self.machines[place] = text, owner, machine
        self._mount(machine, inside, is_directory=False)

    def has(self, machine: str, inside: str) -> bool:
        return self._place(machine, inside) in self.texts

    def _place(self, machine: str, inside: str) -> str:
        if inside.startswith("/etc/"):
            return f"/etc/netns/{machine}{inside.removeprefix('/etc')}"
        return inside if self._point(inside) is None else f"{_OWN}/{machine}{inside}"

    def _point(self, inside: str) -> str | None:
        """Where a machine's own file or directory is mounted; None if it is in a tree that all machines share."""
        if inside in _SYSTEM or inside == "/etc" or any(f"{inside}/".startswith(f"{each}/") for each in _SHARED):
            return None
        point = inside
        while posixpath.dirname(point) not in _SYSTEM:
            point = posixpath.dirname(point)
        return point

    def _mount(self, machine: str, inside: str, *, is_directory: bool) -> None:
        point = self._point(inside)
        if point is not None and not inside.startswith("/etc/"):
            self.mounts.setdefault(machine, {})[point] = is_directory or point != inside

    def entering(self, machine: str) -> str:
        """What a program does first that starts in the machine, as a shell command before `exec`; "" for nothing."""
        points = map(shlex.quote, sorted(self.mounts.get(machine, ())))
        return "".join(f"mount --bind {_OWN}/{shlex.quote(machine)}{point} {point} && " for point in points)

    def steps(self, file: str) -> Iterator[LabStep]:
        """The commands, for the lab's file `file`."""
        directories = {*self.directories, *map(posixpath.dirname, self.texts)}
        entries = {(place.split("/")[4], place) for place in (*directories, *self.texts) if place.count("/") > 3
                   and place.startswith("/etc/netns/")}  # fmt: skip
        plain = {f"/etc/{entry}" for entry, place in entries if place in self.texts and place.count("/") == 4}
        bound = {f"/etc/{entry}" for entry, _ in entries} - plain
        points = {point: kind for mounts in self.mounts.values() for point, kind in mounts.items()}
        plain |= {point for point, is_directory in points.items() if not is_directory}
        made = sorted({*directories, *bound, *(points.keys() - plain)} - {"/"})
        if made:
            yield LabStep(f"mkdir -p {' '.join(map(shlex.quote, made))}", file)
        if plain:
            yield LabStep(f"touch {' '.join(map(shlex.quote, sorted(plain)))}", file)
        for place, text in self.texts.items():
            yield LabStep(file_written(place, text), self.owners[place], written_for=self.machines[place])


def decoded(path: Path) -> str:
    """UTF-8 with line ends of any system, without the mark that editors on Windows write at its start."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if b"\0" in data:
        raise UnicodeDecodeError("utf-8", data, data.index(b"\0"), data.index(b"\0") + 1, "a NUL byte")
    return data.decode("utf-8").removeprefix(_UTF8_MARK).replace("\r\n", "\n").replace("\r", "\n")

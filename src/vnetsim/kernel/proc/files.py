"""The files that a process sees: a tree of text, with /proc/sys, /sys/class/net and some of /proc/net made up.

A file may hold any bytes: those that are no UTF-8 are kept as Python keeps them in names (PEP 383, surrogateescape),
programs.octets makes bytes of a text and back.  The files of programs are there to be found and listed; /bin, /sbin
and /var/run are links.  Users other than root write where all may, and where chown or chmod has been.

Not modelled: other links, devices, what is in the file of a program; who may read or write by owners and modes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.proc import class_net
from vnetsim.kernel.proc import net as proc_net
from vnetsim.kernel.proc.inodes import EXECUTABLE, Inodes
from vnetsim.process.files import FileStatus

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace

_SYSCTL: Final = "/proc/sys/"
_KMSG: Final = "/dev/kmsg"
#: Of how many paths it is remembered what they are made of.
_PATHS: Final = 4096
_TREES: Final = 64
_NETNS: Final = "/run/netns"
#: Directories of each tree (of Debian's base-files, what Alpine's has as well).
_HIERARCHY: Final = (
    "/", "/boot", "/dev", "/home", "/media", "/mnt", "/opt", "/proc", "/root", "/run", "/srv", "/sys", "/tmp",
    "/usr", "/usr/local", "/usr/local/bin", "/usr/local/sbin", "/var", "/var/cache", "/var/lib", "/var/local",
    "/var/log", "/var/mail", "/var/opt", "/var/spool", "/var/tmp",
)  # fmt: skip
#: Below these the kernel makes things up.
_MADE_UP: Final = ("/proc/", "/sys/", "/dev/", f"{_NETNS}/")
#: Where directories are that no tree has.
_MAY_BE_MADE_UP: Final = ("/proc", "/sys", _NETNS)
#: Of ext4.
_DIRECTORY_SIZE: Final = 4096
#: Directories that cannot be removed.
_KEPT: Final = ("/", "/proc", "/sys")


class Tree:
    """Text files by their normalised path; directories are what lies above them, and those that were made.

    `programs` are the paths of installed programs; `directories` are made, with those above them.
    """

    def __init__(
        self, content: Mapping[str, str], directories: tuple[str, ...] = (), programs: frozenset[str] = frozenset()
    ) -> None:
        self.files: dict[str, str] = dict(content)
        #: What was appended to files since they were read: a log grows line by line.
        self._appended: dict[str, list[str]] = {}
        self.programs = programs
        self._given = _directories(programs, tuple(content), directories)
        #: The directories that were made.
        self._made: dict[str, None] = {}
        self.inodes = Inodes()
        #: Where every user may write: who else may, after chown and chmod, is not judged.
        self.writable = {"/dev", "/tmp", "/var/tmp"}

    def text(self, path: str) -> str:
        """What a file holds; KeyError if there is none."""
        appended = self._appended.pop(path, None)
        if appended is not None:
            self.files[path] = "".join((self.files[path], *appended))
        return self.files[path]

    def put(self, path: str, text: str, *, append: bool) -> int:
        """By how many characters the file grew."""
        if append and path in self.files:
            self._appended.setdefault(path, []).append(text)
            return len(text)
        before = len(self.text(path)) if path in self.files else 0
        self.files[path] = text
        return len(text) - before

    def make_directory(self, path: str) -> None:
        self._made.update(dict.fromkeys((path, *_above(path))))

    def remove_directory(self, path: str) -> None:
        self._made.pop(path, None)
        self._given -= {path}

    def is_directory(self, path: str) -> bool:
        return path in self._given or path in self._made

    def names(self, start: str) -> set[str]:
        """What is in the directory `start`, which ends in a slash."""
        return {*_names(self.files, start), *_names(self._made, start), *_given(self._given, start),
                *_given(self.programs, start)}  # fmt: skip


class KernelFiles:
    """Implements process.Files: one tree, seen from one network namespace.

    `read_only`: the tree is mounted so; /proc and /sys are other file systems.  `uid` is the user who writes.
    """

    def __init__(
        self, tree: Tree, network: NetworkNamespace, *, read_only_sysctls: bool = False, read_only: bool = False,
        uid: int = 0,
    ) -> None:  # fmt: skip
        self.tree = tree
        self.network = network
        self.read_only = read_only
        self.uid = uid
        self._read_only_sysctls = read_only_sysctls

    def seen_from(
        self, network: NetworkNamespace | None = None, *, read_only_sysctls: bool = False, read_only: bool = False,
        uid: int | None = None,
    ) -> KernelFiles:  # fmt: skip
        """The same files in another network namespace, protected, or for a user."""
        return KernelFiles(
            self.tree, network or self.network, read_only_sysctls=read_only_sysctls,
            read_only=self.read_only or read_only, uid=self.uid if uid is None else uid,
        )  # fmt: skip

    def read(self, path: str) -> str:
        path = normal_path(path)
        if path.startswith(_SYSCTL):
            self._expect_file(path)
            return self.network.sysctls.read(path[len(_SYSCTL) :]) + "\n"
        if path.startswith(class_net.DIRECTORY + "/"):
            return class_net.read(self.network, path[len(class_net.DIRECTORY) + 1 :])
        if path == _KMSG:
            return self._kernel_log()
        if path.startswith(proc_net.DIRECTORY + "/"):
            return proc_net.read(self.network, path[len(proc_net.DIRECTORY) + 1 :])
        if path in self.tree.files:
            return self.tree.text(path)
        self._expect_no_program(path)
        if path.startswith(_NETNS + "/") and path[len(_NETNS) + 1 :] in self.network.host.named:
            raise KernelError(Errno.EINVAL)
        raise KernelError(Errno.EISDIR if self.is_directory(path) else self._missing(path))

    def _kernel_log(self) -> str:
        from vnetsim.kernel.proc import kmsg  # noqa: PLC0415 -- few machines look at their log

        return "".join(kmsg.record(number, entry) for number, entry in enumerate(self.network.host.kernel_log))

    def write(self, path: str, text: str) -> None:
        self._put(path, text, append=False)

    def append(self, path: str, text: str) -> None:
        self._put(path, text, append=True)

    def _put(self, path: str, text: str, *, append: bool) -> None:
        slash = path.endswith("/")
        path = normal_path(path)
        if slash or self.is_directory(path):
            raise KernelError(Errno.EISDIR)
        if path.startswith(_SYSCTL):
            self._expect_file(path, missing=Errno.EACCES)
            if self._read_only_sysctls:
                raise KernelError(Errno.EROFS)
            self.network.sysctls.write(path[len(_SYSCTL) :], text)
            return
        if path.startswith(class_net.DIRECTORY + "/"):
            class_net.write(self.network, path[len(class_net.DIRECTORY) + 1 :], text.strip())
            return
        if path.startswith(proc_net.DIRECTORY + "/"):
            proc_net.write(self.network, path[len(proc_net.DIRECTORY) + 1 :], text)
            return
        if path == _KMSG and not self._read_only_sysctls:
            self._log(text)
            return
        if path.startswith(("/proc/", "/sys/")):
            raise KernelError(Errno.EACCES)
        self._expect_no_program(path)
        self._expect_parent(path)
        if path == "/dev/null":
            return
        self._expect_writable(path)
        if path not in self.tree.files:
            self._note_new(path)
        self.network.host.engine.meter.charge_file(self.tree.put(path, text, append=append))
        self.tree.inodes.changed[path] = self._clock()

    def _clock(self) -> int:
        return self.network.host.epoch + self.network.host.engine.softirq.instant

    def _note_new(self, path: str) -> None:
        """There is a new entry in the directory."""
        self.tree.inodes.changed[path] = self.tree.inodes.changed[path.rpartition("/")[0] or "/"] = self._clock()
        if self.uid:
            from vnetsim.process.passwd import passwd  # noqa: PLC0415 -- few machines have other users

            group = next((line.gid for line in passwd(self) if line.uid == self.uid), 0)
            self.tree.inodes.owners[path] = (self.uid, group)

    def _note_gone(self, path: str) -> None:
        self.tree.inodes.forget(path)
        self.tree.inodes.changed[posixpath.dirname(path)] = self._clock()

    def _log(self, text: str) -> None:
        """A container that is not privileged has no such device."""
        if self.uid:
            raise KernelError(Errno.EACCES)
        from vnetsim.kernel.proc import kmsg  # noqa: PLC0415 -- few machines look at their log

        for level, line in kmsg.messages(text):
            self.network.host.printk(level, line)

    def _expect_no_program(self, path: str) -> None:
        if path in self.tree.programs:
            raise NotModelled(f"reading or writing the file of a program: {path}")

    def remove(self, path: str) -> None:
        path = normal_path(path)
        if path in self.tree.programs:
            self._expect_writable(path)
            self.tree.programs -= {path}
        elif path in self.tree.files:
            self._expect_writable(path)
            self.network.host.engine.meter.charge_file(-len(self.tree.text(path)))
            del self.tree.files[path]
        elif self.is_directory(path):
            raise KernelError(Errno.EISDIR)
        else:
            raise KernelError(self._missing(path))
        self._note_gone(path)

    def remove_directory(self, path: str) -> None:
        """KernelError(ENOTEMPTY) for one in which there is something, (EBUSY) for one that the system made."""
        path = normal_path(path)
        if self.list(path):
            raise KernelError(Errno.ENOTEMPTY)
        if path in _KEPT or not self.tree.is_directory(path):
            raise KernelError(Errno.EBUSY)
        self._expect_writable(path)
        self.tree.remove_directory(path)
        self._note_gone(path)

    def make_directory(self, path: str) -> None:
        path = normal_path(path)
        if self.exists(path):
            raise KernelError(Errno.EEXIST)
        self._expect_parent(path)
        self._expect_writable(path)
        self.tree.make_directory(path)
        self._note_new(path)

    def exists(self, path: str) -> bool:
        path = normal_path(path)
        if path.startswith(_SYSCTL):
            return self._is_sysctl(path) or self.is_directory(path)
        if path in self.tree.files or path in self.tree.programs or self.is_directory(path):
            return True
        try:
            self.read(path)
        except KernelError as error:
            return error.errno not in (Errno.ENOENT, Errno.ENOTDIR)
        return True

    def is_directory(self, path: str) -> bool:
        path = normal_path(path)
        if self.tree.is_directory(path):
            return True
        return path.startswith(_MAY_BE_MADE_UP) and bool(self._made_up(path))

    def is_program(self, path: str) -> bool:
        return normal_path(path) in self.tree.programs

    def is_executable(self, path: str) -> bool:
        path = normal_path(path)
        return bool(self.tree.inodes.modes.get(path, 0) & EXECUTABLE) and path in self.tree.files

    def status(self, path: str) -> FileStatus:
        path = normal_path(path)
        if not self.exists(path):
            raise KernelError(self._missing(path))
        if path.startswith(_MADE_UP):
            raise NotModelled(f"size, owner, mode and time of {path}")
        directory, program, inodes = self.is_directory(path), path in self.tree.programs, self.tree.inodes
        return FileStatus(
            mode=inodes.mode(path, directory=directory, program=program),
            owner=inodes.owners.get(path, (0, 0)),
            size=_DIRECTORY_SIZE if directory else None if program else _octets(self.tree.text(path)),
            directories=sum(self.is_directory(f"{path}/{each}") for each in self.list(path)) if directory else None,
            changed=inodes.changed.get(path),
        )

    def set_status(
        self, path: str, mode: int | None = None, owner: tuple[int, int] | None = None, changed: int | None = None
    ) -> None:
        path = normal_path(path)
        inodes = self.tree.inodes
        if self.read_only:
            raise KernelError(Errno.EROFS)
        if self.uid and (owner is not None or self.uid != inodes.owners.get(path, (0, 0))[0]):
            raise KernelError(Errno.EPERM)
        if mode is not None:
            inodes.modes[path] = mode
        if owner is not None:
            inodes.owners[path] = owner
        if changed is not None:
            inodes.changed[path] = changed

    def list(self, path: str) -> Sequence[str]:
        path = normal_path(path)
        if not self.is_directory(path):
            raise KernelError(Errno.ENOTDIR if self.exists(path) else self._missing(path))
        start = path if path.endswith("/") else path + "/"
        return sorted({*self.tree.names(start), *self._made_up(path)})

    def _made_up(self, path: str) -> Sequence[str]:
        """Names in a directory of /proc/sys, /proc/net or /sys/class/net."""
        if path == _NETNS:
            return sorted(self.network.host.named)
        if path == class_net.DIRECTORY:
            return class_net.devices(self.network)
        if path.startswith(class_net.DIRECTORY + "/"):
            return class_net.names(self.network, path[len(class_net.DIRECTORY) + 1 :])
        fixed = {"/sys": ["class"], "/sys/class": ["net"], "/proc": ["net", "sys"], "/proc/sys": ["net"]}
        if path in fixed:
            return fixed[path]
        if path.startswith(_SYSCTL):
            if self._is_sysctl(path):
                return []
            start = path[len(_SYSCTL) :] + "/"
            known = self.network.sysctls.names()
            return sorted({key[len(start) :].split("/")[0] for key in known if key.startswith(start)})
        return proc_net.names(self.network, path)

    def _is_sysctl(self, path: str) -> bool:
        """A setting, and no directory of them: the usual case, and there may be very many settings."""
        try:
            self.network.sysctls.read(path[len(_SYSCTL) :])
        except KernelError as error:
            return error.errno is not Errno.ENOENT
        return True

    def _expect_file(self, path: str, missing: Errno = Errno.ENOENT) -> None:
        if not self._is_sysctl(path):
            raise KernelError(Errno.EISDIR if self._made_up(path) else missing)

    def _expect_writable(self, path: str) -> None:
        if self.read_only:
            raise KernelError(Errno.EROFS)
        if self.uid and not any(path == each or path.startswith(f"{each}/") for each in self.tree.writable):
            raise KernelError(Errno.EACCES)

    def give_away(self, path: str) -> None:
        self.tree.writable.add(normal_path(path))

    def _expect_parent(self, path: str) -> None:
        if not self.is_directory(path.rpartition("/")[0] or "/"):
            raise KernelError(self._missing(path))

    def _missing(self, path: str) -> Errno:
        """The error of a path that does not exist: ENOTDIR or ENOENT."""
        while path != "/":
            path = posixpath.dirname(path)
            if path in self.tree.files or path in self.tree.programs:
                return Errno.ENOTDIR
        return Errno.ENOENT


def _octets(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


@lru_cache(_TREES)
def _directories(programs: frozenset[str], files: tuple[str, ...], others: tuple[str, ...]) -> frozenset[str]:
    """Those of a new tree, which trees of the same image share."""
    made = tuple(map(normal_path, others))
    above = (each for path in (*programs, *files, *made) for each in _above(path))
    return frozenset((*_HIERARCHY, *made, *above))


def _names(paths: Iterable[str], start: str) -> set[str]:
    """The first part of what is below `start`."""
    at = len(start)
    return {name for path in paths if path.startswith(start) and (name := path[at:].partition("/")[0])}


@lru_cache(_TREES)
def _given(paths: frozenset[str], start: str) -> frozenset[str]:
    """The same of the paths of an image, which its containers share."""
    return frozenset(_names(paths, start))


@lru_cache(_PATHS)
def _above(path: str) -> tuple[str, ...]:
    """The directories that a path is in."""
    above = posixpath.dirname(path)
    return (above,) if above == path else (above, *_above(above))


@lru_cache(_PATHS)
def normal_path(path: str) -> str:
    """Without `..`, double slashes and links."""
    normal = posixpath.normpath("/" + path.lstrip("/"))
    for old, new in (("/var/run", "/run"), ("/bin", "/usr/bin"), ("/sbin", "/usr/sbin")):
        if normal == old or normal.startswith(old + "/"):
            normal = new + normal[len(old) :]
    return normal

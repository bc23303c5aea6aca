"""Other files mounted on a tree: volumes, directories and files of the host (mount(2), MS_BIND).

All views of one mount namespace share its list of mounts.

Not modelled: mounts below mounts that one side makes later, propagation, who may write to what is mounted.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.proc.files import KernelFiles, Tree, normal_path
from vnetsim.process.files import Files, FileStatus, Mount

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace


class MountNamespace(list[Mount]):
    """The mounts of one mount namespace (struct mnt_namespace), the longest mount point first."""

    def __init__(self, mounts: Iterable[Mount] = ()) -> None:
        super().__init__(sorted(mounts, key=lambda mount: len(mount.point), reverse=True))

    def add(self, mount: Mount) -> None:
        """The later one of two on the same point is seen."""
        self[:] = MountNamespace((mount, *self))

    def take(self, point: str) -> bool:
        """Whether there was a mount on this point, of which the latest is gone now."""
        found = next((mount for mount in self if mount.point == point), None)
        if found is not None:
            self.remove(found)
        return found is not None


class MountedFiles(KernelFiles):
    """A tree and its mounts; the longest mount point above a path has it."""

    def __init__(
        self, tree: Tree, network: NetworkNamespace, mounts: Sequence[Mount], *, read_only_sysctls: bool = False,
        read_only: bool = False, uid: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(tree, network, read_only_sysctls=read_only_sysctls, read_only=read_only, uid=uid)
        self.mounts = mounts if isinstance(mounts, MountNamespace) else MountNamespace(mounts)

    def seen_from(
        self, network: NetworkNamespace | None = None, *, read_only_sysctls: bool = False, read_only: bool = False,
        uid: int | None = None,
    ) -> KernelFiles:  # fmt: skip
        return MountedFiles(
            self.tree, network or self.network, self.mounts, read_only_sysctls=read_only_sysctls,
            read_only=self.read_only or read_only, uid=self.uid if uid is None else uid,
        )  # fmt: skip

    def bind(self, source: str, point: str) -> None:
        """Mount a file or a directory of these files on another one; KernelError(ENOENT, ENOTDIR)."""
        for path in (source, point):
            if not self.exists(path):
                raise KernelError(Errno.ENOENT)
        if self.is_directory(source) != self.is_directory(point):
            raise KernelError(Errno.ENOTDIR)
        found = self._at(source)
        below = KernelFiles(self.tree, self.network) if found is None else found[0].files
        self.mounts.add(Mount(normal_path(point), below, normal_path(source) if found is None else found[1]))

    def unmount(self, point: str) -> None:
        """KernelError(EINVAL) where nothing is mounted."""
        if not self.mounts.take(normal_path(point)):
            raise KernelError(Errno.EINVAL)

    def _at(self, path: str) -> tuple[Mount, str] | None:
        """The mount that has a path, and the path in what is mounted."""
        path = normal_path(path)
        for mount in self.mounts:
            if path == mount.point:
                return mount, mount.root
            if path.startswith(mount.point + "/"):
                return mount, posixpath.join(mount.root, path[len(mount.point) + 1 :])
        return None

    def _writable(self, path: str) -> tuple[Files, str] | None:
        """KernelError(EROFS) for a path on a read-only mount, (EBUSY) for a mount point itself is left to `remove`."""
        found = self._at(path)
        if found is None:
            return None
        mount, inner = found
        if mount.read_only:
            raise KernelError(Errno.EISDIR if mount.files.is_directory(inner) else Errno.EROFS)
        return mount.files, inner

    def read(self, path: str) -> str:
        found = self._at(path)
        return super().read(path) if found is None else found[0].files.read(found[1])

    def write(self, path: str, text: str) -> None:
        found = self._writable(path)
        super().write(path, text) if found is None else found[0].write(found[1], text)

    def append(self, path: str, text: str) -> None:
        found = self._writable(path)
        super().append(path, text) if found is None else found[0].append(found[1], text)

    def remove(self, path: str) -> None:
        self._expect_no_mount_point(path)
        found = self._writable(path)
        super().remove(path) if found is None else found[0].remove(found[1])

    def remove_directory(self, path: str) -> None:
        self._expect_no_mount_point(path)
        found = self._writable(path)
        super().remove_directory(path) if found is None else found[0].remove_directory(found[1])

    def _expect_no_mount_point(self, path: str) -> None:
        if normal_path(path) in {mount.point for mount in self.mounts}:
            raise KernelError(Errno.EBUSY)

    def make_directory(self, path: str) -> None:
        if self.exists(path):
            raise KernelError(Errno.EEXIST)
        found = self._writable(path)
        super().make_directory(path) if found is None else found[0].make_directory(found[1])

    def exists(self, path: str) -> bool:
        found = self._at(path)
        return super().exists(path) if found is None else found[0].files.exists(found[1])

    def is_directory(self, path: str) -> bool:
        found = self._at(path)
        return super().is_directory(path) if found is None else found[0].files.is_directory(found[1])

    def is_program(self, path: str) -> bool:
        return super().is_program(path) if self._at(path) is None else False

    def is_executable(self, path: str) -> bool:
        found = self._at(path)
        return super().is_executable(path) if found is None else found[0].files.is_executable(found[1])

    def status(self, path: str) -> FileStatus:
        found = self._at(path)
        return super().status(path) if found is None else found[0].files.status(found[1])

    def set_status(
        self, path: str, mode: int | None = None, owner: tuple[int, int] | None = None, changed: int | None = None
    ) -> None:
        found = self._writable(path)
        if found is None:
            super().set_status(path, mode, owner, changed)
        else:
            found[0].set_status(found[1], mode, owner, changed)

    def list(self, path: str) -> Sequence[str]:
        found = self._at(path)
        if found is None:
            return super().list(path)
        above = normal_path(path).rstrip("/") + "/"
        below = {mount.point[len(above) :] for mount in self.mounts if mount.point.startswith(above)}
        return sorted({*found[0].files.list(found[1]), *(name for name in below if "/" not in name)})

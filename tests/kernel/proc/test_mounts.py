"""Files of others mounted on a tree: who sees what, and what is refused."""

from __future__ import annotations

import pytest

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.proc.files import KernelFiles, Tree
from vnetsim.kernel.proc.mounts import MountedFiles
from vnetsim.lab import Lab
from vnetsim.process.files import Mount


@pytest.fixture
def host() -> KernelFiles:
    """/srv/d/one, /srv/d/deep/two and /srv/file of another tree."""
    network = Lab().machine.kernel.root
    return KernelFiles(Tree({"/srv/d/one": "1\n", "/srv/d/deep/two": "2\n", "/srv/file": "f\n"}), network)


def mounted(host: KernelFiles, *mounts: tuple[str, str], read_only: bool = False) -> MountedFiles:
    tree = Tree({"/data/hidden": "h\n", "/etc/file": "", "/other": "o\n"})
    return MountedFiles(tree, host.network, [Mount(point, host, root, read_only) for point, root in mounts])


def test_a_directory_shows_what_is_mounted_and_hides_what_is_below(host: KernelFiles) -> None:
    files = mounted(host, ("/data", "/srv/d"))
    assert list(files.list("/data")) == ["deep", "one"]
    assert files.read("/data/deep/two") == "2\n"
    assert not files.exists("/data/hidden")
    assert files.read("/other") == "o\n"
    assert "data" in files.list("/")


def test_what_one_side_writes_the_other_reads(host: KernelFiles) -> None:
    files = mounted(host, ("/data", "/srv/d"), ("/etc/file", "/srv/file"))
    files.write("/data/new", "n\n")
    files.append("/etc/file", "more\n")
    host.write("/srv/d/one", "changed\n")
    assert (host.read("/srv/d/new"), host.read("/srv/file")) == ("n\n", "f\nmore\n")
    assert files.read("/data/one") == "changed\n"


def test_the_longest_mount_point_has_a_path(host: KernelFiles) -> None:
    files = mounted(host, ("/data", "/srv/d"), ("/data/deep", "/srv"))
    assert files.read("/data/deep/file") == "f\n"
    assert list(files.list("/data")) == ["deep", "one"]


@pytest.mark.parametrize(
    ("path", "errno"), [("/data/one", Errno.EROFS), ("/data/new", Errno.EROFS), ("/data/deep", Errno.EISDIR)]
)
def test_a_read_only_mount_is_not_written(host: KernelFiles, path: str, errno: Errno) -> None:
    files = mounted(host, ("/data", "/srv/d"), read_only=True)
    with pytest.raises(KernelError) as refused:
        files.write(path, "x")
    assert refused.value.errno is errno
    assert files.read("/data/one") == "1\n"


def test_a_mount_point_is_busy(host: KernelFiles) -> None:
    files = mounted(host, ("/data", "/srv/d"), ("/etc/file", "/srv/file"))
    for remove, path in ((files.remove, "/etc/file"), (files.remove_directory, "/data")):
        with pytest.raises(KernelError) as refused:
            remove(path)
        assert refused.value.errno is Errno.EBUSY


def test_directories_go_when_they_are_empty(host: KernelFiles) -> None:
    files = mounted(host, ("/data", "/srv/d"))
    with pytest.raises(KernelError) as refused:
        files.remove_directory("/data/deep")
    assert refused.value.errno is Errno.ENOTEMPTY
    files.remove("/data/deep/two")
    files.remove_directory("/data/deep")
    assert not host.exists("/srv/d/deep")


def test_mounts_stay_in_another_view_of_the_files(host: KernelFiles) -> None:
    files = mounted(host, ("/data", "/srv/d")).seen_from(read_only=True)
    files.write("/data/new", "x")
    with pytest.raises(KernelError) as refused:
        files.write("/other", "x")
    assert refused.value.errno is Errno.EROFS


def test_a_mount_is_seen_by_all_views_of_its_namespace_until_it_is_gone(host: KernelFiles) -> None:
    files = mounted(host, ("/data", "/srv/d"))
    view = files.seen_from(uid=1000)
    files.bind("/data/deep", "/data")
    assert view.read("/data/two") == "2\n"
    files.bind("/data/two", "/other")
    assert view.read("/other") == "2\n"
    files.unmount("/data")
    assert view.read("/data/one") == "1\n"
    assert view.read("/other") == "2\n"


@pytest.mark.parametrize(
    ("source", "point", "errno"),
    [
        ("/nosuch", "/data", Errno.ENOENT), ("/data", "/nosuch", Errno.ENOENT), ("/other", "/data", Errno.ENOTDIR),
        ("/data", "/other", Errno.ENOTDIR),
    ],
)  # fmt: skip
def test_what_cannot_be_mounted(host: KernelFiles, source: str, point: str, errno: Errno) -> None:
    files = mounted(host, ("/data", "/srv/d"))
    with pytest.raises(KernelError) as refused:
        files.bind(source, point)
    assert refused.value.errno is errno
    with pytest.raises(KernelError) as refused:
        files.unmount("/other")
    assert refused.value.errno is Errno.EINVAL

"""Modes, owners and times of files."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.proc.inodes import Inodes
from vnetsim.process.files import FileStatus, Mount


def test_what_was_there_at_the_start_is_roots() -> None:
    inodes = Inodes()
    assert [inodes.mode(path, directory=True) for path in ("/tmp", "/root", "/x")] == [0o1777, 0o700, 0o755]
    assert (inodes.mode("/x", directory=False), inodes.mode("/x", directory=False, program=True)) == (0o644, 0o755)


def test_a_file_has_its_writers_time_and_loses_all_with_its_name() -> None:
    lab = Lab(docker=False)
    files = lab.machine.host.files
    lab.sleep(3)
    now = lab.machine.wall_clock()
    users = lab.machine.user_files(files, 1000)
    users.write("/tmp/é", "é\n")
    assert files.status("/tmp/é") == FileStatus(mode=0o644, owner=(1000, 0), size=3, directories=None, changed=now)
    assert (files.status("/tmp").changed, files.status("/etc/hosts").changed) == (now, None)
    users.set_status("/tmp/é", mode=0o755, changed=5)
    assert (users.is_executable("/tmp/é"), files.status("/tmp/é").changed) == (True, 5)
    users.remove("/tmp/é")
    users.write("/tmp/é", "")
    assert not files.is_executable("/tmp/é")
    files.make_directory("/srv/d")
    assert (files.status("/srv").directories, files.status("/usr/bin/ls").size) == (1, None)


def test_a_mount_has_the_status_of_the_other_side() -> None:
    machine = Lab(docker=False).machine
    host = machine.host.files
    host.write("/srv/run", "")
    inside = machine.mounted_files(host, [Mount("/mnt", host, "/srv"), Mount("/media", host, "/srv", read_only=True)])
    inside.set_status("/mnt/run", mode=0o700, owner=(1, 2))
    inside.set_status("/srv", mode=0o711)
    assert inside.is_executable("/mnt/run")
    assert (inside.status("/mnt/run").owner, host.status("/srv").mode) == ((1, 2), 0o711)
    with pytest.raises(KernelError) as refused:
        inside.set_status("/media/run", mode=0)
    assert refused.value.errno is Errno.EROFS


def test_what_is_anothers_or_made_up_is_refused() -> None:
    machine = Lab(docker=False).machine
    files = machine.host.files
    users = machine.user_files(files, 1000)
    for change in ({"mode": 0o777}, {"owner": (1000, 0)}):
        with pytest.raises(KernelError) as refused:
            users.set_status("/etc/hosts", **change)
        assert refused.value.errno is Errno.EPERM
    with pytest.raises(KernelError) as refused:
        machine.read_only_files(files).set_status("/etc/hosts", mode=0)
    assert refused.value.errno is Errno.EROFS
    with pytest.raises(KernelError) as refused:
        files.status("/nosuch")
    assert refused.value.errno is Errno.ENOENT
    with pytest.raises(NotModelled):
        files.status("/proc/sys/net")

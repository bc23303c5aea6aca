"""mount, umount (util-linux 2.38): `mount --bind SOURCE POINT` and `umount POINT`.

They work in a mount namespace of one's own.  `ip netns exec` makes one; all programs in it see what is mounted, and
no others do.

Not modelled: other file systems and options, mounts on the host and in containers, the list of mounts, /etc/fstab.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import define

#: MNT_EX_FAIL.
_FAILED: Final = 32
_HINT: Final = "       dmesg(1) may have more information after failed mount system call.\n"


@define
class MountOptions(GnuOptions):
    unmodelled = (
        "-a -c -f -F -i -l -n -r -s -v -w -m -R -M -t: -o: -O: -L: -U: -T: --all --fake --fork --types: --options: "
        "--move --rbind --make-shared --make-slave --make-private --make-unbindable --make-rshared --make-rslave "
        "--make-rprivate --make-runbindable --read-only --rw --verbose --mkdir --source: --target: --namespace:"
    )

    bind: bool = flag("-B", "--bind")


@define
class UmountOptions(GnuOptions):
    unmodelled = "-a -A -d -f -i -l -n -N: -O: -R -r -t: -v -q -g --all --force --lazy --recursive --read-only --types:"


@ends_by_exit
def main(process: Process) -> int:
    if process.context.own_mounts:
        raise NotModelled(f"{process.argv[0]} in a container")
    return _umount(process) if process.argv[0].endswith("umount") else _mount(process)


def _mount(process: Process) -> int:
    options = MountOptions.read(process)
    if not options.bind:
        raise NotModelled("mount without --bind")
    if not options.operands:
        raise Exit(1, stderr="mount: bad usage\nTry 'mount --help' for more information.\n")
    if len(options.operands) != 2:
        raise NotModelled("mount --bind with other than two paths")
    source, point = (absolute(process, path) for path in options.operands)
    try:
        process.machine.bind_mount(process.files, source, point)
    except KernelError as error:
        problem = _problem(process, source, point, error.errno)
        raise Exit(_FAILED, stderr=f"mount: {point}: {problem}.\n{_HINT}") from None
    return 0


def _problem(process: Process, source: str, point: str, errno: Errno) -> str:
    if not process.files.exists(point):
        return "mount point does not exist"
    if not process.files.exists(source):
        return f"special device {source} does not exist"
    if process.files.is_directory(source):
        return "mount point is not a directory"
    return f"mount(2) system call failed: {errno.strerror}"


def _umount(process: Process) -> int:
    options = UmountOptions.read(process)
    if len(options.operands) != 1:
        raise NotModelled("umount of other than one path")
    point = absolute(process, options.operands[0])
    try:
        process.machine.unmount(process.files, point)
    except KernelError:
        why = "not mounted" if process.files.exists(point) else "no mount point specified"
        raise Exit(_FAILED, stderr=f"umount: {point}: {why}.\n") from None
    return 0

"""rm (coreutils): -f, -r, -v."""

from __future__ import annotations

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import define


@define
class RmOptions(GnuOptions):
    unmodelled = "-i -I -d --interactive --dir --one-file-system"

    force: bool = flag("-f", "--force")
    recursive: bool = flag("-r", "-R", "--recursive")
    verbose: bool = flag("-v", "--verbose")


@ends_by_exit
def main(process: Process) -> Program:
    options = RmOptions.read(process)
    if not options.operands:
        if options.force:
            return 0
        raise options.misused("missing operand")
    return max(_remove(process, options, name) for name in options.operands)


def _remove(process: Process, options: RmOptions, name: str) -> int:
    path = absolute(process, name)
    if process.files.is_directory(path):
        if not options.recursive:
            process.error(f"rm: cannot remove '{name}': {Errno.EISDIR.strerror}\n")
            return 1
        return _remove_tree(process, options, name)
    try:
        process.files.remove(path)
    except KernelError as error:
        if error.errno is Errno.ENOENT and options.force:
            return 0
        process.error(f"rm: cannot remove '{name}': {error.errno.strerror}\n")
        return 1
    if options.verbose:
        process.write(f"removed '{name}'\n")
    return 0


def _remove_tree(process: Process, options: RmOptions, name: str) -> int:
    path = absolute(process, name)
    status = 0
    for inner in process.files.list(path):
        status = max(status, _remove(process, options, f"{name.rstrip('/')}/{inner}"))
    if status:
        return status
    try:
        process.files.remove_directory(path)
    except KernelError as error:
        process.error(f"rm: cannot remove '{name}': {error.errno.strerror}\n")
        return 1
    if options.verbose:
        process.write(f"removed directory '{name}'\n")
    return 0

"""mkdir and rmdir (coreutils): -p, -v.  Not modelled: rmdir -p, --ignore-fail-on-non-empty."""

from __future__ import annotations

from vnetsim.errors import KernelError
from vnetsim.process import Process, Program
from vnetsim.programs.coreutils.chown import NOT_KEPT
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import define


@define
class MkdirOptions(GnuOptions):
    unmodelled = "-Z --context"

    mode: str = argument("-m", "--mode", default="")
    parents: bool = flag("-p", "--parents")
    verbose: bool = flag("-v", "--verbose")


@define
class RmdirOptions(GnuOptions):
    unmodelled = "-p --parents --ignore-fail-on-non-empty"

    verbose: bool = flag("-v", "--verbose")


def _rmdir(process: Process) -> int:
    options = RmdirOptions.read(process)
    if not options.operands:
        raise options.misused("missing operand")
    status = 0
    for name in options.operands:
        if options.verbose:
            process.write(f"rmdir: removing directory, '{name}'\n")
        try:
            process.files.remove_directory(absolute(process, name))
        except KernelError as error:
            process.error(f"rmdir: failed to remove '{name}': {error.errno.strerror}\n")
            status = 1
    return status


@ends_by_exit
def main(process: Process) -> Program:
    if process.argv[0].rpartition("/")[2] == "rmdir":
        return _rmdir(process)
    options = MkdirOptions.read(process)
    if not options.operands:
        raise options.misused("missing operand")
    if options.mode:
        process.machine.assume(NOT_KEPT)
    status = 0
    for name in options.operands:
        try:
            _make(process, absolute(process, name), parents=options.parents)
        except KernelError as error:
            process.error(f"mkdir: cannot create directory '{name}': {error.errno.strerror}\n")
            status = 1
            continue
        if options.verbose:
            process.write(f"mkdir: created directory '{name}'\n")
    return status


def _make(process: Process, path: str, *, parents: bool) -> None:
    if not parents:
        process.files.make_directory(path)
        return
    parts = path.strip("/").split("/")
    for length in range(1, len(parts) + 1):
        above = "/" + "/".join(parts[:length])
        if not process.files.is_directory(above):
            process.files.make_directory(above)

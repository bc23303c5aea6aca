"""touch (coreutils): make files that do not exist; their times are not modelled."""

from __future__ import annotations

from vnetsim.errors import KernelError
from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.programs.libc.streams import absolute, create
from vnetsim.values import define


@define
class TouchOptions(GnuOptions):
    ignored = "-a -m -f -h"
    unmodelled = "-d: -r: -t: --date: --reference: --time:"

    no_create: bool = flag("-c", "--no-create")


@ends_by_exit
def main(process: Process) -> Program:
    options = TouchOptions.read(process)
    if not options.operands:
        raise options.misused("missing file operand")
    status = 0
    for name in options.operands:
        path = absolute(process, name)
        exists = process.files.exists(path)
        if exists and (process.files.is_directory(path) or path.startswith(("/proc/", "/sys/", "/dev/"))):
            continue
        if not exists and options.no_create:
            continue
        try:
            if exists:
                process.files.append(path, "")
            else:
                create(process.context, path).close()
        except KernelError as error:
            process.error(f"touch: cannot touch '{name}': {error.errno.strerror}\n")
            status = 1
    return status

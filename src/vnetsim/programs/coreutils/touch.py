"""touch (coreutils): make files that do not exist; their times are not modelled."""

from __future__ import annotations

from vnetsim.errors import KernelError
from vnetsim.process import Process, Program
from vnetsim.programs.libc.getopt import gnu
from vnetsim.programs.libc.streams import absolute, create


def main(process: Process) -> Program:
    parsed = gnu(process, "camfh", {"no-create": "c"}, unknown="d: r: t: --date= --reference= --time=")
    if isinstance(parsed, int):
        return parsed
    if not parsed.operands:
        process.error("touch: missing file operand\nTry 'touch --help' for more information.\n")
        return 1
    status = 0
    for name in parsed.operands:
        path = absolute(process, name)
        exists = process.files.exists(path)
        if exists and (process.files.is_directory(path) or path.startswith(("/proc/", "/sys/", "/dev/"))):
            continue
        if not exists and "c" in parsed:
            continue
        try:
            if exists:
                process.files.append(path, "")
            else:
                create(process.context, path).close()
        except KernelError as error:
            process.error(f"touch: cannot touch '{name}': {error.errno.words}\n")
            status = 1
    return status

"""rm (coreutils): -f, -r, -v."""

from __future__ import annotations

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.getopt import Parsed, gnu
from vnetsim.programs.libc.streams import absolute

_LONG = {"force": "f", "recursive": "r", "verbose": "v"}


def main(process: Process) -> Program:
    parsed = gnu(process, "frRv", _LONG, unknown="i I d --interactive --dir --one-file-system")
    if isinstance(parsed, int):
        return parsed
    if not parsed.operands:
        if "f" not in parsed:
            process.error("rm: missing operand\nTry 'rm --help' for more information.\n")
        return 0 if "f" in parsed else 1
    return max(_remove(process, parsed, name) for name in parsed.operands)


def _remove(process: Process, parsed: Parsed, name: str) -> int:
    path = absolute(process, name)
    if process.files.is_directory(path):
        if "r" not in parsed and "R" not in parsed:
            process.error(f"rm: cannot remove '{name}': {Errno.EISDIR.words}\n")
            return 1
        raise NotModelled("removing directories")
    try:
        process.files.remove(path)
    except KernelError as error:
        if error.errno is Errno.ENOENT and "f" in parsed:
            return 0
        process.error(f"rm: cannot remove '{name}': {error.errno.words}\n")
        return 1
    if "v" in parsed:
        process.write(f"removed '{name}'\n")
    return 0

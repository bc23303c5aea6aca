"""mkdir (coreutils): -p, -v; and rmdir, which is not modelled."""

from __future__ import annotations

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.getopt import gnu
from vnetsim.programs.libc.streams import absolute


def main(process: Process) -> Program:
    if process.argv[0].rpartition("/")[2] == "rmdir":
        raise NotModelled("removing directories")
    parsed = gnu(process, "pvm:", {"parents": "p", "verbose": "v", "mode=": "m"}, unknown="Z --context")
    if isinstance(parsed, int):
        return parsed
    if not parsed.operands:
        process.error("mkdir: missing operand\nTry 'mkdir --help' for more information.\n")
        return 1
    status = 0
    for name in parsed.operands:
        try:
            _make(process, absolute(process, name), parents="p" in parsed)
        except KernelError as error:
            process.error(f"mkdir: cannot create directory '{name}': {error.errno.words}\n")
            status = 1
            continue
        if "v" in parsed:
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

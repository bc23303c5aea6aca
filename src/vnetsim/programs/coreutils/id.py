"""id and whoami (coreutils): everybody is root here."""

from __future__ import annotations

from vnetsim.process import Process, Program
from vnetsim.programs.libc.getopt import gnu


def main(process: Process) -> Program:
    if process.argv[0].rpartition("/")[2] == "whoami":
        process.write("root\n")
        return 0
    parsed = gnu(
        process, "unGgr", {"user": "u", "name": "n", "groups": "G", "group": "g", "real": "r"}, unknown="Z z a"
    )
    if isinstance(parsed, int):
        return parsed
    for name in parsed.operands:
        if name not in ("root", "0"):
            process.error(f"id: '{name}': no such user\n")
            return 1
    if any(letter in parsed for letter in "ugG"):
        process.write("root\n" if "n" in parsed else "0\n")
    else:
        process.write("uid=0(root) gid=0(root) groups=0(root)\n")
    return 0

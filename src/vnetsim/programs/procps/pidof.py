"""pidof (sysvinit-utils): the processes of programs by name, the latest first.

Not modelled: -z; -c, -n and -x change nothing, as all have one root directory and scripts are no processes.
"""

from __future__ import annotations

from vnetsim.errors import NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.getopt import OptionError, parse
from vnetsim.programs.libc.setns import visible
from vnetsim.programs.resources import resource


def main(process: Process) -> Program:
    """Exit status 1: none runs."""
    try:
        parsed = parse(process.argv[1:], "cd:hno:qsxz", {})
    except OptionError:
        return 1
    if "h" in parsed:
        process.write(resource("procps/usage/pidof.txt"))
        return 0
    if "z" in parsed:
        raise NotModelled("pidof -z")
    omitted = parsed.all("o")
    found = [pid for name in parsed.operands for pid in _running(process, name) if pid not in omitted]
    found = found[:1] if "s" in parsed else found
    if found and "q" not in parsed:
        process.write((parsed.last("d") or " ").join(found) + "\n")
    return 0 if found else 1


def _running(process: Process, name: str) -> list[str]:
    wanted = name.rpartition("/")[2]
    return [
        str(entry.pid)
        for entry in reversed(visible(process))
        if entry.pid != process.pid and entry.argv[0].rpartition("/")[2] == wanted
    ]

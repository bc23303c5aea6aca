"""dirname and basename (coreutils): the parts of a path (POSIX.1-2017, XCU); -a, -s SUFFIX, -z."""

from __future__ import annotations

from vnetsim.process import Process
from vnetsim.programs.libc.getopt import gnu


def main(process: Process) -> int:
    return _basename(process) if process.argv[0].endswith("basename") else _dirname(process)


def _dirname(process: Process) -> int:
    parsed = gnu(process, "z", {"zero": "z"})
    if isinstance(parsed, int):
        return parsed
    if not parsed.operands:
        return _misused(process, "missing operand")
    end = "\0" if "z" in parsed else "\n"
    process.write("".join(_directory(path) + end for path in parsed.operands))
    return 0


def _directory(path: str) -> str:
    if not path.strip("/"):
        return "/" if path else "."
    before, slash, _ = path.rstrip("/").rpartition("/")
    return before.rstrip("/") or ("/" if slash else ".")


def _basename(process: Process) -> int:
    parsed = gnu(process, "as:z", {"multiple": "a", "suffix=": "s", "zero": "z"}, posix=True)
    if isinstance(parsed, int):
        return parsed
    paths, suffix = list(parsed.operands), parsed.last("s") or ""
    if not paths:
        return _misused(process, "missing operand")
    if not ("a" in parsed or "s" in parsed):
        if len(paths) > 2:
            return _misused(process, f"extra operand '{paths[2]}'")
        suffix = paths.pop() if len(paths) == 2 else ""
    end = "\0" if "z" in parsed else "\n"
    process.write("".join(_last(path, suffix) + end for path in paths))
    return 0


def _last(path: str, suffix: str) -> str:
    name = path.rstrip("/").rpartition("/")[2] or path[:1]
    return name.removesuffix(suffix) if name != suffix else name


def _misused(process: Process, said: str) -> int:
    name = process.argv[0]
    process.error(f"{name}: {said}\nTry '{name} --help' for more information.\n")
    return 1

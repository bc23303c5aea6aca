"""dirname and basename (coreutils): the parts of a path (POSIX.1-2017, XCU); -a, -s SUFFIX, -z."""

from __future__ import annotations

from vnetsim.process import Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag, switch
from vnetsim.values import define


@define
class DirnameOptions(GnuOptions):
    end: str = switch({"-z --zero": "\0"}, "\n")


@define
class BasenameOptions(DirnameOptions):
    posix = True

    multiple: bool = flag("-a", "--multiple")
    suffix: str | None = argument("-s", "--suffix", default=None)


@ends_by_exit
def main(process: Process) -> int:
    return _basename(process) if process.argv[0].endswith("basename") else _dirname(process)


def _dirname(process: Process) -> int:
    options = DirnameOptions.read(process)
    if not options.operands:
        raise options.misused("missing operand")
    process.write("".join(_directory(path) + options.end for path in options.operands))
    return 0


def _directory(path: str) -> str:
    if not path.strip("/"):
        return "/" if path else "."
    before, slash, _ = path.rstrip("/").rpartition("/")
    return before.rstrip("/") or ("/" if slash else ".")


def _basename(process: Process) -> int:
    options = BasenameOptions.read(process)
    paths, suffix = list(options.operands), options.suffix or ""
    if not paths:
        raise options.misused("missing operand")
    if not (options.multiple or options.suffix is not None):
        if len(paths) > 2:
            raise options.misused(f"extra operand '{paths[2]}'")
        suffix = paths.pop() if len(paths) == 2 else ""
    process.write("".join(_last(path, suffix) + options.end for path in paths))
    return 0


def _last(path: str, suffix: str) -> str:
    name = path.rstrip("/").rpartition("/")[2] or path[:1]
    return name.removesuffix(suffix) if name != suffix else name

"""ls (coreutils) as it writes into a pipe: one name a line, sorted as in the C locale; -1 -a -A -d -r -p -F.

Not modelled: owners, modes, sizes and times (-l), sorting by them, recursion.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import Parsed, gnu
from vnetsim.programs.libc.streams import absolute

_LONG: Final = {
    "all": "a", "almost-all": "A", "directory": "d", "reverse": "r", "classify": "F", "color=": "color",
}  # fmt: skip
_UNKNOWN: Final = "l n o g i s S t u c h R L H Q Z m x k B b f --full-time --recursive --size --inode --sort= --time="


def main(process: Process) -> Generator[Any, Any, int]:
    yield from ()
    parsed = gnu(process, "1aAdrpFNUC", _LONG, unknown=_UNKNOWN, status=2)
    if isinstance(parsed, int):
        return parsed
    status, plain, directories = 0, [], []
    for name in parsed.operands or (".",):
        path = absolute(process, name)
        if not process.files.exists(path):
            words = Errno.ENOENT.words
            process.error(f"ls: cannot access '{name}': {words}\n")
            status = 2
        elif process.files.is_directory(path) and "d" not in parsed:
            directories.append(name)
        else:
            plain.append(name)
    for name in _ordered(plain, parsed):
        process.write(name + _mark(process, absolute(process, name), parsed) + "\n")
    titled = len(directories) + len(plain) > 1 or status != 0
    for index, name in enumerate(_ordered(directories, parsed)):
        if titled and len(parsed.operands) > 1:
            process.write(("\n" if index or plain else "") + f"{name}:\n")
        _list(process, name, parsed)
    return status


def _ordered(names: list[str], parsed: Parsed) -> list[str]:
    return sorted(names, reverse="r" in parsed)


def _list(process: Process, name: str, parsed: Parsed) -> None:
    path = absolute(process, name)
    try:
        names = list(process.files.list(path))
    except KernelError as error:
        process.error(f"ls: cannot open directory '{name}': {error.errno.words}\n")
        return
    shown = [each for each in names if "a" in parsed or "A" in parsed or not each.startswith(".")]
    if "a" in parsed:
        shown += [".", ".."]
    for each in _ordered(shown, parsed):
        process.write(each + _mark(process, f"{path.rstrip('/')}/{each}", parsed) + "\n")


def _mark(process: Process, path: str, parsed: Parsed) -> str:
    return "/" if ("p" in parsed or "F" in parsed) and process.files.is_directory(path) else ""

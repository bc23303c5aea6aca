"""wc (coreutils): -l -w -c -m -L."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.errors import KernelError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import Parsed, gnu
from vnetsim.programs.libc.octets import encode
from vnetsim.programs.libc.streams import source

_LONG = {"lines": "l", "words": "w", "bytes": "c", "chars": "m", "max-line-length": "L"}
_ORDER = "lwmcL"


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "lwcmL", _LONG, unknown="--files0-from= --total=")
    if isinstance(parsed, int):
        return parsed
    rows: list[tuple[list[int], str]] = []
    status = 0
    for name in parsed.operands or ("",):
        try:
            text = yield from source(process, name or "-").rest()
        except KernelError as error:
            process.error(f"wc: {name}: {error.errno.words}\n")
            status = 1
            continue
        rows.append((_counts(text, parsed), name))
    if len(parsed.operands) > 1:
        columns = zip(*(counts for counts, _ in rows), strict=True)
        rows.append(([sum(column) for column in columns], "total"))
    _show(process, rows, named=bool(parsed.operands))
    return status


def _counts(text: str, parsed: Parsed) -> list[int]:
    counted = {
        "l": text.count("\n"),
        "w": len(text.split()),
        "m": len(text),
        "c": len(encode(text)),
        "L": max((len(line) for line in text.splitlines()), default=0),
    }
    wanted = [letter for letter in _ORDER if letter in parsed] or ["l", "w", "c"]
    return [counted[letter] for letter in wanted]


def _show(process: Process, rows: list[tuple[list[int], str]], *, named: bool) -> None:
    """Columns are as wide as the widest number; of standard input, whose size is unknown, seven."""
    single = len(rows) == 1 and len(rows[0][0]) == 1
    widest = max((len(str(count)) for counts, _ in rows for count in counts), default=1)
    width = 1 if single else widest if named else 7
    for counts, name in rows:
        process.write(" ".join(f"{count:{width}}" for count in counts) + (f" {name}" if name else "") + "\n")

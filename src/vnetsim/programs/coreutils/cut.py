"""cut (coreutils): -d -f -c -b -s --complement --output-delimiter."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from typing import Any

from vnetsim.errors import KernelError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import Parsed, gnu
from vnetsim.programs.libc.streams import source

_LONG = {
    "delimiter=": "d", "fields=": "f", "characters=": "c", "bytes=": "b", "only-delimited": "s",
    "complement": "complement", "output-delimiter=": "output",
}  # fmt: skip
_HINT = "Try 'cut --help' for more information.\n"


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "d:f:c:b:sn", _LONG, unknown="z --zero-terminated")
    if isinstance(parsed, int):
        return parsed
    kinds = [(kind, value) for kind, value in parsed.options if kind in ("f", "c", "b")]
    complaint = _wrong(parsed, kinds)
    if complaint:
        process.error(f"cut: {complaint}\n{_HINT}")
        return 1
    kind, ranges = kinds[0][0], _ranges(kinds[0][1])
    status = 0
    for name in parsed.operands or ("-",):
        try:
            opened = source(process, name)
        except KernelError as error:
            process.error(f"cut: {name}: {error.errno.words}\n")
            status = 1
            continue
        while line := (yield from opened.line()):
            out = _cut(line.removesuffix("\n"), kind, ranges, parsed)
            if out is not None:
                process.write(out + "\n")
    return status


def _wrong(parsed: Parsed, kinds: list[tuple[str, str]]) -> str:
    if not kinds:
        return "you must specify a list of bytes, characters, or fields"
    if len(kinds) > 1:
        return "only one list may be specified"
    if len(parsed.last("d") or "x") != 1:
        return "the delimiter must be a single character"
    what = "fields" if kinds[0][0] == "f" else "byte or character positions"
    for part in kinds[0][1].split(","):
        found = re.fullmatch(r"(\d*)(-?)(\d*)", part)
        if found is None or not (found[1] or found[3]):
            return f"invalid {'field' if what == 'fields' else 'byte or character'} value '{part}'"
        if "0" in (found[1], found[3]):
            return f"{what.replace('byte or character positions', 'byte/character positions')} are numbered from 1"
    return ""


def _ranges(text: str) -> list[tuple[int, int | None]]:
    """Pairs of first and last position, counted from 1; None for open ends."""
    ranges = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        ranges.append((int(first or 1), (int(last) if last else None) if dash else int(first)))
    return ranges


def _cut(line: str, kind: str, ranges: Sequence[tuple[int, int | None]], parsed: Parsed) -> str | None:
    delimiter = parsed.last("d") or "\t"
    if kind == "f" and delimiter not in line:
        return None if "s" in parsed else line
    units = line.split(delimiter) if kind == "f" else list(line)
    kept = [
        unit
        for number, unit in enumerate(units, 1)
        if any(first <= number <= (last or number) for first, last in ranges) != ("complement" in parsed)
    ]
    return (parsed.last("output") or delimiter if kind == "f" else "").join(kept)

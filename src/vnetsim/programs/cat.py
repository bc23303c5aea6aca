"""cat (coreutils): -n, -b, -E, -T, -A, -s, -u."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import attrs

from vnetsim.errors import KernelError
from vnetsim.process import Process
from vnetsim.programs.options import Parsed, gnu
from vnetsim.programs.streams import source

_LONG = {
    "number": "n", "number-nonblank": "b", "show-ends": "E", "show-tabs": "T", "show-all": "A", "squeeze-blank": "s",
}  # fmt: skip


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "nbETAsu", _LONG, unknown="v e t --show-nonprinting")
    if isinstance(parsed, int):
        return parsed
    writer = _Writer(process, parsed)
    status = 0
    for name in parsed.operands or ("-",):
        try:
            opened = source(process, name)
        except KernelError as error:
            process.error(f"cat: {name}: {error.errno.words}\n")
            status = 1
            continue
        while line := (yield from opened.line()):
            writer.line(line)
    return status


@attrs.define
class _Writer:
    """Writes lines as the options want them; the numbers go on from file to file."""

    process: Process
    options: Parsed
    number: int = 0
    blank: bool = False

    def line(self, line: str) -> None:
        empty = line == "\n"
        if "s" in self.options and empty and self.blank:
            return
        self.blank = empty
        if "b" in self.options:
            numbered = not empty
        else:
            numbered = "n" in self.options
        prefix = ""
        if numbered:
            self.number += 1
            prefix = f"{self.number:6}\t"
        if "T" in self.options or "A" in self.options:
            line = line.replace("\t", "^I")
        if ("E" in self.options or "A" in self.options) and line.endswith("\n"):
            line = line[:-1] + "$\n"
        self.process.write(prefix + line)

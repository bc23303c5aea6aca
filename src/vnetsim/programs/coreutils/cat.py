"""cat (coreutils): -n, -b, -E, -T, -v, -e, -t, -A, -s, -u."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import attrs

from vnetsim.errors import KernelError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import Parsed, gnu
from vnetsim.programs.libc.octets import encode
from vnetsim.programs.libc.streams import source

_LONG = {
    "number": "n", "number-nonblank": "b", "show-ends": "E", "show-tabs": "T", "show-all": "A", "squeeze-blank": "s",
    "show-nonprinting": "v",
}  # fmt: skip


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "nbETAsuvet", _LONG)
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
        if self._wants("vAet"):
            line = "".join(map(_shown, line))
        if self._wants("TAt"):
            line = line.replace("\t", "^I")
        if self._wants("EAe") and line.endswith("\n"):
            line = line[:-1].removesuffix("\r") + "^M" * line.endswith("\r\n") + "$\n"
        self.process.write(prefix + line)

    def _wants(self, letters: str) -> bool:
        return any(letter in self.options for letter in letters)


def _shown(character: str) -> str:
    """A character in the notation of -v: `^M`, `M-C`."""
    if character in "\n\t":
        return character
    shown = ""
    for byte in encode(character):
        high, low = divmod(byte, 128)
        shown += "M-" * high + (f"^{chr(low ^ 64)}" if low < 32 or low == 127 else chr(low))
    return shown

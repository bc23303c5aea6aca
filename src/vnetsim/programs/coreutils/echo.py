"""echo: of bash and coreutils (`-n`, `-e`, `-E`), and of dash (`-n` alone, escapes always)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vnetsim.process import Process, Program
from vnetsim.programs.libc import escapes


def render(args: Sequence[str], *, dash: bool = False) -> str:
    """What echo writes."""
    newline, interpret = True, dash
    rest = list(args)
    while rest and re.fullmatch("-n" if dash else "-[neE]+", rest[0]):
        for letter in rest.pop(0)[1:]:
            newline = newline and letter != "n"
            interpret = letter == "e" if letter in "eE" else interpret
        if dash:
            break
    text = " ".join(rest)
    if interpret:
        text, ended = escapes.echo(text, hexadecimal=not dash)
        newline = newline and not ended
    return text + "\n" * newline


def main(process: Process) -> Program:
    process.write(render(process.argv[1:]))
    return 0

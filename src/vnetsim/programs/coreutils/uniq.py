"""uniq (coreutils): -c -d -u -i."""

from __future__ import annotations

from collections.abc import Generator
from itertools import groupby
from typing import Any

from vnetsim.errors import KernelError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import gnu
from vnetsim.programs.libc.streams import source

_LONG = {"count": "c", "repeated": "d", "unique": "u", "ignore-case": "i"}


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "cdui", _LONG, unknown="D f: s: w: z --skip-fields= --skip-chars= --check-chars= --group")
    if isinstance(parsed, int):
        return parsed
    name = parsed.operands[0] if parsed.operands else "-"
    try:
        text = yield from source(process, name).rest()
    except KernelError as error:
        process.error(f"uniq: {name}: {error.errno.words}\n")
        return 1
    fold = str.lower if "i" in parsed else str
    for _, group in groupby(text.splitlines(), key=fold):
        lines = list(group)
        if ("d" in parsed and len(lines) < 2) or ("u" in parsed and len(lines) > 1):
            continue
        process.write((f"{len(lines):7} " if "c" in parsed else "") + lines[0] + "\n")
    return 0

"""tee (coreutils): -a."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.errors import KernelError
from vnetsim.process import Output, Process
from vnetsim.programs.libc.getopt import gnu
from vnetsim.programs.libc.streams import absolute, create


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "ai", {"append": "a", "ignore-interrupts": "i"}, unknown="p --output-error=")
    if isinstance(parsed, int):
        return parsed
    outputs: list[tuple[str, Output]] = [("standard output", process.stdout)]
    status = 0
    for name in parsed.operands:
        try:
            outputs.append((name, create(process.context, absolute(process, name), append="a" in parsed)))
        except KernelError as error:
            process.error(f"tee: {name}: {error.errno.words}\n")
            status = 1
    while line := (yield process.stdin.read_line()):
        for name, output in list(outputs):
            try:
                output.write(line)
            except KernelError as error:
                process.error(f"tee: {name}: {error.errno.words}\n")
                outputs.remove((name, output))
                status = 1
    return status

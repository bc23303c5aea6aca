"""env (coreutils): print the environment, or run a program in a changed one; -i, -u NAME, -C DIR, -0."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import gnu

_LONG = {"ignore-environment": "i", "unset=": "u", "null": "0"}


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "iu:0", _LONG, unknown="C: S: v --chdir= --split-string= --debug", posix=True, status=125)
    if isinstance(parsed, int):
        return parsed
    environment = {} if "i" in parsed else dict(process.context.environment)
    for name in parsed.all("u"):
        environment.pop(name, None)
    words = list(parsed.operands)
    if words[:1] == ["-"]:
        environment, words = {}, words[1:]
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if not words:
        end = "\0" if "0" in parsed else "\n"
        process.write("".join(f"{name}={value}{end}" for name, value in environment.items()))
        return 0
    try:
        program = process.exec(words, context=attrs.evolve(process.context, environment=environment))
    except KernelError as error:
        process.error(f"env: '{words[0]}': {error.errno.words}\n")
        return 127 if error.errno is Errno.ENOENT else 126
    return (yield from program)

"""xargs (findutils): arguments from standard input; -n, -I, -r, -0, -d, -t, -a is not modelled, nor is -P."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, Final

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import Parsed, gnu

_LONG: Final = {
    "max-args=": "n", "replace=": "I", "no-run-if-empty": "r", "null": "0", "delimiter=": "d", "verbose": "t",
}  # fmt: skip
_TOKEN: Final = re.compile(r"((?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^\s'\"\\])+)", re.DOTALL)
_QUOTES: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"|\\(.)", re.DOTALL)


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "n:I:r0d:t", _LONG, unknown="P: L: s: a: E: x p o --max-procs= --arg-file=", posix=True)
    if isinstance(parsed, int):
        return parsed
    text = yield process.stdin.read_all()
    command = list(parsed.operands) or ["echo"]
    if parsed.last("n") is not None and not is_digits(str(parsed.last("n"))):
        process.error(f'xargs: invalid number "{parsed.last("n")}" for -n option\n')
        return 1
    status = 0
    for words in _commands(command, text, parsed):
        if "t" in parsed:
            process.error(" ".join(words) + "\n")
        code = yield from _run(process, words)
        if code in (126, 127):
            return code
        status = 123 if 1 <= code <= 125 else status
    return status


def _commands(command: list[str], text: str, parsed: Parsed) -> list[list[str]]:
    marker = parsed.last("I")
    if marker is not None:
        lines = [line.lstrip() for line in text.splitlines() if line.strip()]
        return [[word.replace(marker, line) for word in command] for line in lines]
    items = _items(text, parsed)
    if not items:
        return [] if "r" in parsed else [command]
    count = int(parsed.last("n") or len(items))
    return [command + items[index : index + count] for index in range(0, len(items), count)]


def _items(text: str, parsed: Parsed) -> list[str]:
    delimiter = "\0" if "0" in parsed else parsed.last("d")
    if delimiter is not None:
        delimiter = {"\\n": "\n", "\\t": "\t", "\\0": "\0"}.get(delimiter, delimiter)
        return text.removesuffix(delimiter).split(delimiter) if text else []
    return [
        _QUOTES.sub(lambda found: found[1] or found[2] or found[3] or "", token[1]) for token in _TOKEN.finditer(text)
    ]


def _run(process: Process, words: list[str]) -> Generator[Any, Any, int]:
    try:
        child = process.spawn(words)
    except KernelError as error:
        process.error(f"xargs: {words[0]}: {error.errno.words}\n")
        return 127 if error.errno is Errno.ENOENT else 126
    status: int = yield child.wait()
    return status

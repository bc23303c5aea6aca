"""head (coreutils): -n N, -n -N, -N, -c N, -q, -v."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from typing import Any

from vnetsim.errors import KernelError
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import gnu
from vnetsim.programs.libc.octets import decode, encode
from vnetsim.programs.libc.streams import Source, source

_LONG = {"lines=": "n", "bytes=": "c", "quiet": "q", "silent": "q", "verbose": "v"}
_SUFFIXES = {"": 1, "b": 512, "k": 1024, "K": 1024, "M": 1024**2, "kB": 1000, "MB": 1000**2}


def main(process: Process) -> Generator[Any, Any, int]:
    words = number_option(process.argv[1:])
    parsed = gnu(process, "n:c:qv", _LONG, words=words, unknown="z --zero-terminated")
    if isinstance(parsed, int):
        return parsed
    kind, text = next(((k, v) for k, v in reversed(parsed.options) if k in "nc"), ("n", "10"))
    count = number(text.removeprefix("-"))
    if count is None:
        process.error(f"head: invalid number of {'lines' if kind == 'n' else 'bytes'}: '{text}'\n")
        return 1
    names = parsed.operands or ("-",)
    titled = ("v" in parsed or len(names) > 1) and "q" not in parsed
    status, first = 0, True
    for name in names:
        try:
            opened = source(process, name)
        except KernelError as error:
            process.error(f"head: cannot open '{name}' for reading: {error.errno.words}\n")
            status = 1
            continue
        if titled:
            title = "standard input" if name == "-" else name
            process.write(f"{'' if first else chr(10)}==> {title} <==\n")
        first = False
        yield from _head(process, opened, kind, count, from_end=text.startswith("-"))
    return status


def _head(process: Process, opened: Source, kind: str, count: int, *, from_end: bool) -> Generator[Any, Any, None]:
    if kind == "c" and not from_end:
        # No byte is less than a character.
        process.write(decode(encode((yield from opened.characters(count)))[:count]))
    elif kind == "c":
        data = encode((yield from opened.rest()))
        process.write(decode(data[: max(len(data) - count, 0)]))
    elif from_end:
        lines = (yield from opened.rest()).splitlines(keepends=True)
        process.write("".join(lines[: max(len(lines) - count, 0)]))
    else:
        for _ in range(count):
            line = yield from opened.line()
            if not line:
                return
            process.write(line)


def number(text: str) -> int | None:
    """`5`, `2k`; None if it is no number."""
    found = re.fullmatch(r"(\d+)(\w*)", text, re.ASCII)
    if found is None or found[2] not in _SUFFIXES:
        return None
    return int(found[1]) * _SUFFIXES[found[2]]


def number_option(words: Sequence[str]) -> list[str]:
    """`head -5` and `tail -5` as they were before POSIX: `-n 5`."""
    if words and re.fullmatch(r"-\d+", words[0]):
        return ["-n", words[0][1:], *words[1:]]
    return list(words)

"""tail (coreutils): -n N, -n +N, -N, -c N, -q, -v; `-f` shows what is there and then waits for ever."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.clock import SECOND
from vnetsim.errors import KernelError
from vnetsim.process import Process
from vnetsim.programs.head import number, number_option
from vnetsim.programs.octets import decode, encode
from vnetsim.programs.options import gnu
from vnetsim.programs.streams import absolute, source

_LONG = {"lines=": "n", "bytes=": "c", "quiet": "q", "silent": "q", "verbose": "v", "follow": "f"}
_UNKNOWN = "F z s: --pid= --retry --sleep-interval= --zero-terminated"


def main(process: Process) -> Generator[Any, Any, int]:
    words = number_option(process.argv[1:])
    parsed = gnu(process, "n:c:qvf", _LONG, words=words, unknown=_UNKNOWN)
    if isinstance(parsed, int):
        return parsed
    kind, given = next(((k, v) for k, v in reversed(parsed.options) if k in "nc"), ("n", "10"))
    count = number(given.lstrip("+-"))
    if count is None:
        process.error(f"tail: invalid number of {'lines' if kind == 'n' else 'bytes'}: '{given}'\n")
        return 1
    names = parsed.operands or ("-",)
    titled = ("v" in parsed or len(names) > 1) and "q" not in parsed
    status, first = 0, True
    for name in names:
        try:
            text = yield from source(process, name).rest()
        except KernelError as error:
            process.error(f"tail: cannot open '{name}' for reading: {error.errno.words}\n")
            status = 1
            continue
        if titled:
            title = "standard input" if name == "-" else name
            process.write(f"{'' if first else chr(10)}==> {title} <==\n")
        first = False
        process.write(_tail(text, kind, count, from_start=given.startswith("+")))
    if "f" in parsed and parsed.operands and not status:
        yield from _follow(process, parsed.operands[-1])
    return status


def _tail(text: str, kind: str, count: int, *, from_start: bool) -> str:
    if kind == "c":
        data = encode(text)
        return decode(data[max(count - 1, 0) if from_start else max(len(data) - count, 0) :])
    lines = text.splitlines(keepends=True)
    return "".join(lines[max(count - 1, 0) if from_start else max(len(lines) - count, 0) :])


def _follow(process: Process, name: str) -> Generator[Any, Any, None]:
    """Look for more once a second, as tail does without inotify."""
    path = absolute(process, name)
    seen = len(process.files.read(path))
    while True:
        yield process.sleep(SECOND)
        text = process.files.read(path)
        process.write(text[seen:])
        seen = len(text)

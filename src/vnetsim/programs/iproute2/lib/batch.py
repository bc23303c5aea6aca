"""Commands from a file: `ip -batch`, `tc -batch` (iproute2: lib/utils.c: do_batch, getcmdline, makeargs).

A whole argument may be quoted; `#` begins a comment, a backslash at the end of a line continues it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error
from vnetsim.programs.iproute2.lib.options import Iproute2Options

_BLANKS: Final = " \t\r\n"


def run_batch(options: Iproute2Options, run: Callable[[Sequence[str]], Program]) -> Coroutine[int]:
    """Every command of the file; the first that fails is the last one, but with `-force`."""
    name, process, status = options.batch_file or "-", options.process, 0
    text = (yield process.stdin.read_all()) if name == "-" else _read(process, name)
    for number, line in logical_lines(text):
        args = split(line)
        if not args:
            continue
        result = run(args)
        ended = result if isinstance(result, int) else (yield from result)
        if ended:
            process.error(f"Command failed {name}:{number}\n")
            status = 1
            if not options.force:
                break
    return status


def _read(process: Process, name: str) -> str:
    path = name if name.startswith("/") else f"{process.context.environment.get('PWD', '')}/{name}"
    try:
        return process.files.read(path)
    except KernelError as error:
        raise Iproute2Error(1, f'Cannot open file "{name}" for reading: {error.errno.strerror}') from None


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, joined where they are continued, with the number of the last line of each."""
    begun = ""
    for number, line in enumerate(text.splitlines(), start=1):
        line = begun + line.partition("#")[0]
        if line.endswith("\\"):
            begun = line[:-1]
        else:
            begun = ""
            yield number, line


def split(line: str) -> list[str]:
    """The arguments; a quote at the beginning of one ends at the next such quote, else Iproute2Error (status 1)."""
    args, at = list[str](), 0
    while at < len(line):
        if line[at] in _BLANKS:
            at += 1
        elif line[at] in "'\"":
            end = line.find(line[at], at + 1)
            if end < 0:
                raise Iproute2Error(1, "Unterminated quoted string", exits=True)
            args.append(line[at + 1 : end])
            at = end + 1
        else:
            end = next((i for i in range(at, len(line)) if line[i] in _BLANKS), len(line))
            args.append(line[at:end])
            at = end
    return args

"""head (coreutils): -n N, -n -N, -N, -c N, -q, -v."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.octets import decode, encode
from vnetsim.programs.libc.options import GnuOptions, flag, option
from vnetsim.programs.libc.streams import Source, source
from vnetsim.values import define

_SUFFIXES = {"": 1, "b": 512, "k": 1024, "K": 1024, "M": 1024**2, "kB": 1000, "MB": 1000**2}


@define
class HeadOptions(GnuOptions):
    """Of head and tail: `unit` is n for lines or c for bytes."""

    unmodelled = "-z --zero-terminated"

    unit: str = "n"
    amount: str = "10"
    quiet: bool = flag("-q", "--quiet", "--silent")
    verbose: bool = flag("-v", "--verbose")

    @option("-n", "--lines", takes=":")
    def lines(self, text: str) -> None:
        self.unit, self.amount = "n", text

    @option("-c", "--bytes", takes=":")
    def bytes(self, text: str) -> None:
        self.unit, self.amount = "c", text

    def number(self, prefixes: str) -> int:
        """The amount without a sign."""
        found = number(self.amount.lstrip(prefixes))
        if found is None:
            what = "lines" if self.unit == "n" else "bytes"
            raise Exit(1, f"invalid number of {what}: '{self.amount}'")
        return found

    @property
    def titled(self) -> bool:
        return (self.verbose or len(self.operands) > 1) and not self.quiet


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = HeadOptions.read(process, number_option(process.argv[1:]))
    limit = options.number("-")
    names = options.operands or ("-",)
    status, first = 0, True
    for name in names:
        try:
            opened = source(process, name)
        except KernelError as error:
            process.error(f"head: cannot open '{name}' for reading: {error.errno.strerror}\n")
            status = 1
            continue
        if options.titled:
            title = "standard input" if name == "-" else name
            process.write(f"{'' if first else chr(10)}==> {title} <==\n")
        first = False
        yield from _head(process, opened, options.unit, limit, from_end=options.amount.startswith("-"))
    return status


def _head(process: Process, opened: Source, kind: str, count: int, *, from_end: bool) -> Coroutine[None]:
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


def number_option(args: Sequence[str]) -> list[str]:
    """`head -5` and `tail -5` as they were before POSIX: `-n 5`."""
    if args and re.fullmatch(r"-\d+", args[0]):
        return ["-n", args[0][1:], *args[1:]]
    return list(args)

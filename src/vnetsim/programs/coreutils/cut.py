"""cut (coreutils): -d -f -c -b -s --complement --output-delimiter."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag, option
from vnetsim.programs.libc.streams import source
from vnetsim.values import define


@define
class CutOptions(GnuOptions):
    """`lists` are the kinds and texts of all lists: f, c, b."""

    unmodelled = "-z --zero-terminated"
    ignored = "-n"

    lists: list[tuple[str, str]] = attrs.field(factory=list)
    delimiter: str | None = argument("-d", "--delimiter", default=None)
    only_delimited: bool = flag("-s", "--only-delimited")
    complement: bool = flag("--complement")
    output_delimiter: str | None = argument("--output-delimiter", default=None)

    @option("-f", "--fields", takes=":")
    def fields(self, text: str) -> None:
        self.lists.append(("f", text))

    @option("-c", "--characters", takes=":")
    def characters(self, text: str) -> None:
        self.lists.append(("c", text))

    @option("-b", "--bytes", takes=":")
    def bytes(self, text: str) -> None:
        self.lists.append(("b", text))


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = CutOptions.read(process)
    problem = _problem(options)
    if problem:
        raise options.misused(problem)
    kind, ranges = options.lists[0][0], _ranges(options.lists[0][1])
    status = 0
    for name in options.operands or ("-",):
        try:
            opened = source(process, name)
        except KernelError as error:
            process.error(f"cut: {name}: {error.errno.strerror}\n")
            status = 1
            continue
        while line := (yield from opened.line()):
            out = _cut(line.removesuffix("\n"), kind, ranges, options)
            if out is not None:
                process.write(out + "\n")
    return status


def _problem(options: CutOptions) -> str:
    kinds = options.lists
    if not kinds:
        return "you must specify a list of bytes, characters, or fields"
    if len(kinds) > 1:
        return "only one list may be specified"
    if len(options.delimiter or "x") != 1:
        return "the delimiter must be a single character"
    what = "fields" if kinds[0][0] == "f" else "byte or character positions"
    for part in kinds[0][1].split(","):
        found = re.fullmatch(r"(\d*)(-?)(\d*)", part)
        if found is None or not (found[1] or found[3]):
            return f"invalid {'field' if what == 'fields' else 'byte or character'} value '{part}'"
        if "0" in (found[1], found[3]):
            return f"{what.replace('byte or character positions', 'byte/character positions')} are numbered from 1"
    return ""


def _ranges(text: str) -> list[tuple[int, int | None]]:
    """Pairs of first and last position, counted from 1; None for open ends."""
    ranges = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        ranges.append((int(first or 1), (int(last) if last else None) if dash else int(first)))
    return ranges


def _cut(line: str, kind: str, ranges: Sequence[tuple[int, int | None]], options: CutOptions) -> str | None:
    delimiter = options.delimiter or "\t"
    if kind == "f" and delimiter not in line:
        return None if options.only_delimited else line
    units = line.split(delimiter) if kind == "f" else list(line)
    kept = [
        unit
        for number, unit in enumerate(units, 1)
        if any(first <= number <= (last or number) for first, last in ranges) != options.complement
    ]
    return (options.output_delimiter or delimiter if kind == "f" else "").join(kept)

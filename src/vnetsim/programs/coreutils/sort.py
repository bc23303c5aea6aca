"""sort (coreutils) in the C locale: -n -r -u -f -b -h -V -k FIELDS -t C -s -c -o.

Not modelled: -M, -g, -R, merging, characters inside of fields (`-k 1.2`).
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, arguments, flag, letters
from vnetsim.programs.libc.streams import absolute, source
from vnetsim.values import define, frozen

_KEY: Final = re.compile(r"(\d+)(\.\d+)?([bfhnrV]*)(?:,(\d+)(\.\d+)?([bfhnrV]*))?")
_UNITS: Final = {"": 0, "K": 1, "k": 1, "M": 2, "G": 3, "T": 4, "P": 5}

_Comparable: TypeAlias = tuple[Any, ...]


@define
class SortOptions(GnuOptions):
    """`flags` are the letters of the ordering options, as given."""

    status = 2
    unmodelled = (
        "-M -g -R -m -c -C -z -d -i -T: -S: --merge --check --random-sort --parallel: --zero-terminated --debug"
    )

    flags: str = letters(
        "-n --numeric-sort",
        "-r --reverse",
        "-f --ignore-case",
        "-b --ignore-leading-blanks",
        "-h --human-numeric-sort",
        "-V --version-sort",
    )
    unique: bool = flag("-u", "--unique")
    stable: bool = flag("-s", "--stable")
    keys: tuple[str, ...] = arguments("-k", "--key")
    field_separator: str | None = argument("-t", "--field-separator", default=None)
    output: str | None = argument("-o", "--output", default=None)


@frozen
class _SortKey:
    first: int
    last: int | None
    flags: str

    def of(self, line: str, separator: str | None) -> str:
        """The fields from `first` to `last`; blanks before a field belong to it."""
        if separator is not None:
            return separator.join(line.split(separator)[self.first - 1 : self.last])
        fields = re.findall(r"[ \t]*[^ \t]+", line)
        return "".join(fields[self.first - 1 : self.last])


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = SortOptions.read(process)
    lines: list[str] = []
    for name in options.operands or ("-",):
        try:
            text = yield from source(process, name).rest()
        except KernelError as error:
            problem = "read failed" if error.errno.strerror == "Is a directory" else "cannot read"
            process.error(f"sort: {problem}: {name}: {error.errno.strerror}\n")
            return 2
        lines += text.splitlines()
    keys = [_key(text) for text in options.keys]
    out = "".join(f"{line}\n" for line in _sorted(lines, keys, options))
    if options.output is None:
        process.write(out)
    else:
        process.files.write(absolute(process, options.output), out)
    return 0


def _key(text: str) -> _SortKey:
    found = _KEY.fullmatch(text)
    if found is None or found[1] == "0":
        raise Exit(2, f"invalid number at field start: invalid count at start of '{text}'")
    if found[2] or found[5]:
        raise NotModelled(f"sort -k {text}")
    return _SortKey(int(found[1]), int(found[4]) if found[4] else None, found[3] + (found[6] or ""))


def _sorted(lines: list[str], keys: list[_SortKey], options: SortOptions) -> list[str]:
    letters, separator = options.flags, options.field_separator
    wanted = keys or [_SortKey(1, None, "")]
    whole = not keys

    def value(line: str, key: _SortKey) -> _Comparable:
        flags = key.flags or letters
        return _value(line if whole else key.of(line, separator), flags)

    ordered = list(lines)
    if not options.stable and not options.unique:
        ordered.sort(reverse="r" in letters)
    for key in reversed(wanted):
        ordered.sort(key=lambda line, key=key: value(line, key), reverse="r" in (key.flags or letters))  # type: ignore[misc]
    if not options.unique:
        return ordered
    unique: list[str] = []
    for line in ordered:
        same = [value(line, key) for key in wanted]
        if not unique or [value(unique[-1], key) for key in wanted] != same:
            unique.append(line)
    return unique


def _value(text: str, flags: str) -> _Comparable:
    if "n" in flags or "h" in flags:
        found = re.match(r"\s*(-?\d*\.?\d*)([KkMGTP]?)", text)
        number = float(found[1]) if found and re.search(r"\d", found[1]) else 0.0
        unit = _UNITS[found[2]] if found and "h" in flags else 0
        return (unit if number >= 0 else -unit, number) if "h" in flags else (number,)
    if "b" in flags:
        text = text.lstrip(" \t")
    if "f" in flags:
        text = text.upper()
    if "V" in flags:
        return tuple((0, int(part)) if is_digits(part) else (1, part) for part in re.findall(r"\d+|\D+", text))
    return (text,)

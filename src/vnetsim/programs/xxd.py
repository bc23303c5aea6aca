"""xxd (of vim 9.0, 2022-01-14): bytes in hexadecimal, and back; -p -r -l -s -c -g -u -b -d -o.

An option may be longer than its letter, as in -plain.  Not modelled: -a, -C, -E, -e, -i, -n, an output file, -r
that patches a file, seeking from the end.
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.octets import decode, encode
from vnetsim.programs.libc.streams import source
from vnetsim.programs.resources import resource
from vnetsim.values import define

_WITH_NUMBER: Final = "clsgo"
_OTHERS: Final = "aCEein"
_PAIR: Final = re.compile("[0-9a-fA-F]{2}")


@define
class _Options:
    numbers: dict[str, int]
    letters: str = ""
    name: str = "-"

    def number(self, letter: str, default: int) -> int:
        return self.numbers.get(letter, default)


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = _read(process)
    try:
        text = yield from source(process, options.name).rest()
    except KernelError as error:
        raise Exit(2, f"{options.name}: {error.errno.strerror}") from None
    if "r" in options.letters:
        process.write(decode(_reverted(text, plain="p" in options.letters)))
        return 0
    start, length = options.number("s", 0), options.numbers.get("l")
    data = encode(text)[start : None if length is None else start + length]
    process.write(_plain(data, options) if "p" in options.letters else _dumped(data, options, start))
    return 0


def _read(process: Process) -> _Options:
    options, rest, names = _Options({}), list(process.argv[1:]), []
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            names.append(word)
        elif word[1] in _WITH_NUMBER:
            options.numbers[word[1]] = _number(word[2:] if word[2:].isdigit() else rest.pop(0) if rest else "")
        elif word[1] in "prubd":
            options.letters += word[1]
        elif word[1] == "v":
            raise Exit(0, stderr="xxd 2022-01-14 by Juergen Weigert et al.\n")
        elif word[1] in _OTHERS:
            raise NotModelled(f"xxd {word}")
        else:
            raise _usage()
    if len(names) > 1:
        raise NotModelled("xxd with an output file")
    options.name = (names or ["-"])[0]
    if "b" in options.letters and "p" in options.letters:
        raise _usage()
    return options


def _usage() -> Exit:
    return Exit(1, stderr=resource("", "xxd"))


def _number(text: str) -> int:
    if not re.fullmatch(r"\d+|0x[0-9a-fA-F]+", text):
        raise NotModelled(f"xxd with the number {text!r}")
    return int(text, 16 if text.startswith("0x") else 10)


def _plain(data: bytes, options: _Options) -> str:
    columns = options.number("c", 30) or len(data) or 1
    rows = [data[at : at + columns].hex() + "\n" for at in range(0, len(data), columns)]
    return "".join(rows).upper() if "u" in options.letters else "".join(rows)


def _dumped(data: bytes, options: _Options, start: int) -> str:
    """Rows of an offset, groups of bytes, and characters."""
    binary = "b" in options.letters
    columns = options.number("c", 6 if binary else 16) or (6 if binary else 16)
    size = options.number("g", 1 if binary else 2) or columns
    digits = 8 if binary else 2
    width = columns * digits + (columns - 1) // size
    offset = start + options.number("o", 0)
    lines = []
    for at in range(0, len(data), columns):
        row = data[at : at + columns]
        shown = [
            f"{byte:08b}" if binary else f"{byte:02X}" if "u" in options.letters else f"{byte:02x}" for byte in row
        ]
        groups = " ".join("".join(shown[each : each + size]) for each in range(0, len(row), size))
        place = f"{offset + at:08d}" if "d" in options.letters else f"{offset + at:08x}"
        characters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{place}: {groups:{width}}  {characters}\n")
    return "".join(lines)


def _reverted(text: str, *, plain: bool) -> bytes:
    if plain:
        return bytes.fromhex("".join(_PAIR.findall("".join(text.split()))))
    found = b""
    for line in text.splitlines():
        match = re.match(r"([0-9a-fA-F]+): ?((?:[0-9a-fA-F]{2,}(?: |$))+)", line)
        if match is None:
            raise NotModelled("xxd -r of other than its own dump")
        if int(match[1], 16) != len(found):
            raise NotModelled("xxd -r of a dump that does not begin at 0, or has gaps")
        found += bytes.fromhex(match[2])
    return found

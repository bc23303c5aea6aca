"""seq (coreutils): [FIRST [INCREMENT]] LAST, -s, -w; numbers are decimal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from vnetsim.budget import OBJECT_BYTES
from vnetsim.errors import NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.getopt import OptionError, Parsed, parse

_LONG = {"separator=": "s", "equal-width": "w", "format=": "f"}
_HINT = "Try 'seq --help' for more information.\n"


def main(process: Process) -> Program:
    words = list(process.argv[1:])
    negative = next((index for index, word in enumerate(words) if re.match(r"-[\d.]", word)), len(words))
    try:
        parsed = parse([*words[:negative], "--", *words[negative:]], "s:wf:", _LONG, posix=True)
    except OptionError as error:
        process.error(f"seq: {error}\n{_HINT}")
        return 1
    if "f" in parsed:
        raise NotModelled("seq -f")
    operands = [word for word in parsed.operands if word != "--"]
    if not 1 <= len(operands) <= 3:
        said = f"extra operand '{operands[3]}'" if operands else "missing operand"
        process.error(f"seq: {said}\n{_HINT}")
        return 1
    for operand in operands:
        if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", operand):
            process.error(f"seq: invalid floating point argument: '{operand}'\n{_HINT}")
            return 1
    if len(operands) == 3 and Decimal(operands[1]) == 0:
        process.error(f"seq: invalid Zero increment value: '{operands[1]}'\n{_HINT}")
        return 1
    _write(process, parsed, operands)
    return 0


def _write(process: Process, parsed: Parsed, operands: list[str]) -> None:
    first = Decimal(operands[0]) if len(operands) > 1 else Decimal(1)
    step = Decimal(operands[1]) if len(operands) == 3 else Decimal(1)
    last = Decimal(operands[-1])
    process.meter.check_string(OBJECT_BYTES * max(int((last - first) / step) + 1, 0))
    places = max((len(text.partition(".")[2]) for text in operands[:-1]), default=0)
    numbers = [f"{number:.{places}f}" for number in _numbers(first, step, last)]
    width = max((len(f"{end:.{places}f}") for end in (first, last)), default=0) if "w" in parsed else 0
    text = (parsed.last("s") or "\n").join(number.zfill(width) for number in numbers)
    process.write(f"{text}\n" if numbers else "")


def _numbers(first: Decimal, step: Decimal, last: Decimal) -> Iterator[Decimal]:
    number = first
    while number <= last if step > 0 else number >= last:
        yield number
        number += step

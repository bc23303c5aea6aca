"""seq (coreutils): [FIRST [INCREMENT]] LAST, -s, -w; numbers are decimal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from vnetsim.budget import OBJECT_BYTES
from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag
from vnetsim.values import define


@define
class SeqOptions(GnuOptions):
    posix = True
    unmodelled = "-f|--format:"

    separator: str = argument("-s", "--separator", default="\n")
    equal_width: bool = flag("-w", "--equal-width")


@ends_by_exit
def main(process: Process) -> Program:
    args = list(process.argv[1:])
    negative = next((index for index, arg in enumerate(args) if re.match(r"-[\d.]", arg)), len(args))
    options = SeqOptions.read(process, [*args[:negative], "--", *args[negative:]])
    operands = [operand for operand in options.operands if operand != "--"]
    if not 1 <= len(operands) <= 3:
        raise options.misused(f"extra operand '{operands[3]}'" if operands else "missing operand")
    for operand in operands:
        if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", operand):
            raise options.misused(f"invalid floating point argument: '{operand}'")
    if len(operands) == 3 and Decimal(operands[1]) == 0:
        raise options.misused(f"invalid Zero increment value: '{operands[1]}'")
    _write(process, options, operands)
    return 0


def _write(process: Process, options: SeqOptions, operands: list[str]) -> None:
    first = Decimal(operands[0]) if len(operands) > 1 else Decimal(1)
    step = Decimal(operands[1]) if len(operands) == 3 else Decimal(1)
    last = Decimal(operands[-1])
    process.meter.check_string(OBJECT_BYTES * max(int((last - first) / step) + 1, 0))
    decimals = max((len(text.partition(".")[2]) for text in operands[:-1]), default=0)
    numbers = [f"{number:.{decimals}f}" for number in _numbers(first, step, last)]
    width = max((len(f"{end:.{decimals}f}") for end in (first, last)), default=0) if options.equal_width else 0
    text = (options.separator or "\n").join(number.zfill(width) for number in numbers)
    process.write(f"{text}\n" if numbers else "")


def _numbers(first: Decimal, step: Decimal, last: Decimal) -> Iterator[Decimal]:
    number = first
    while number <= last if step > 0 else number >= last:
        yield number
        number += step

"""printf of awk, with C's conversions; integers as wide as those of mawk 1.3.4, 32 bits."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.awk.tree import AwkError
from vnetsim.programs.awk.values import Value, number, numeric

_CONVERSION: Final = re.compile(r"%([-+ #0]*)(\*|\d*)(?:\.(\*|\d*))?[hlLjzt]*([\s\S]?)")


class FormatFault(AwkError):
    """`written` is what comes out before the complaint."""

    def __init__(self, problem: str, written: str) -> None:
        super().__init__(problem)
        self.written = written


class Format:
    """One format with its arguments; `check` is called before a text of that length is made."""

    def __init__(
        self, args: Sequence[Value], text: Callable[[Value], str], check: Callable[[int], None], bits: int
    ) -> None:
        self._format = text(args[0])
        self._args = list(args[1:])
        self._text, self._check, self._bits = text, check, bits
        self._out: list[str] = []
        self._conversions = 0

    def apply(self, name: str) -> str:
        position = 0
        for found in _CONVERSION.finditer(self._format):
            self._out.append(self._format[position : found.start()])
            position = found.end()
            if found[0] == "%%":
                self._out.append("%")
                continue
            self._conversions += 1
            self._out.append(self._convert(found, name))
        return "".join(self._out) + self._format[position:]

    def _fault(self, problem: str, name: str, preposition: str) -> FormatFault:
        return FormatFault(f'{problem} {preposition} {name}("{self._format}")', "".join(self._out))

    def _next(self, name: str) -> Value:
        if not self._args:
            raise self._fault("not enough arguments passed", name, "to")
        return self._args.pop(0)

    def _convert(self, found: re.Match[str], name: str) -> str:
        flags, width, precision, letter = found.groups()
        if width == "*":
            width = str(int(number(self._next(name))))
            flags, width = (flags + "-", width[1:]) if width.startswith("-") else (flags, width)
        if precision == "*":
            precision = str(int(number(self._next(name))))
        value = self._next(name)
        if not letter or letter not in "diouxXeEfFgGcs":
            raise self._fault(f"improper conversion(number {self._conversions})", name, "in")
        self._check(int(width or 0) + int(precision or 0))
        point = "" if precision is None else f".{precision}"
        return self._shown(f"%{flags}{width}", point, letter, value)

    def _shown(self, start: str, point: str, letter: str, value: Value) -> str:
        if letter in "cs":
            start = start.replace("0", "", 1) if start.startswith("%0") else start
            return f"{start}{point}s" % (self._text(value) if letter == "s" else self._character(value))
        given = number(value)
        if letter in "eEfFgG":
            return _float(f"{start}{point}", letter, given)
        if "#" in start and letter == "o":
            raise NotModelled("awk's %#o")
        whole = self._integer(given, signed=letter in "di")
        return f"{start}{point}{'d' if letter in 'iu' else letter}" % whole

    def _character(self, value: Value) -> str:
        given = number(value)
        if numeric(value) and math.isfinite(given):
            return chr(int(given) & 255)
        return str(value)[:1] or "\0"

    def _integer(self, value: float, *, signed: bool) -> int:
        largest = (1 << (self._bits - signed)) - 1
        if math.isnan(value):
            return -largest if signed else 0
        if self._bits > 32 and not signed:
            return int(max(-largest, min(largest, value))) & largest
        return int(max(-largest if signed else 0, min(largest, value)))


def _float(start: str, letter: str, value: float) -> str:
    if math.isfinite(value):
        return f"{start}{letter}" % value
    shown = "inf" if math.isinf(value) else "nan"
    sign = "-" if math.copysign(1, value) < 0 else "+" if "+" in start else ""
    return f"{start.partition('.')[0].replace('0', '', 1) if start[1:2] == '0' else start.partition('.')[0]}s" % (
        sign + shown
    )

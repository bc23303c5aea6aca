"""Comparisons of the packet's 32-bit integers: u32 (xt_u32.c, libxt_u32.c)."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import (
    UINT32_MAX,
    Extension,
    ParseContext,
    ParsedOptions,
    XtOption,
    leading_number,
    negation,
)
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen

#: Tests, operators and ranges that there can be of each (XT_U32_MAXSIZE).
_MOST: Final = 10


@frozen
class U32Test:
    """The integer at `offset`, changed by `steps` (& << >> and @, which moves the origin), is in one of `ranges`."""

    offset: int
    steps: tuple[tuple[str, int], ...]
    ranges: tuple[tuple[int, int], ...]

    def fits(self, data: bytes) -> bool:
        origin = 0
        value = _integer(data, self.offset)
        for operator, operand in self.steps:
            if value is None:
                return False
            if operator == "@":
                origin += value
                value = _integer(data, origin + operand)
            elif operator == "&":
                value &= operand
            elif operator == "<<":
                value = value << operand & UINT32_MAX
            else:
                value >>= operand
        return value is not None and any(first <= value <= last for first, last in self.ranges)

    def __str__(self) -> str:
        location = f"0x{self.offset:x}" + "".join(f"{operator}0x{operand:x}" for operator, operand in self.steps)
        ranges = (f"0x{first:x}" if first == last else f"0x{first:x}:0x{last:x}" for first, last in self.ranges)
        return f"{location}={','.join(ranges)}"


def _integer(data: bytes, offset: int) -> int | None:
    return int.from_bytes(data[offset : offset + 4], "big") if offset + 4 <= len(data) else None


@frozen
class U32(XtMatch):
    """All of `tests`."""

    name = "u32"
    tests: tuple[U32Test, ...]
    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        data = packet.ip.encode()
        return all(test.fits(data) for test in self.tests) != self.negated

    def listing(self, _numeric: bool) -> str:
        return f'u32 {negation(self.negated)}"{"&&".join(map(str, self.tests))}"'

    def __str__(self) -> str:
        return f'-m u32 {negation(self.negated)}--u32 "{"&&".join(map(str, self.tests))}"'


class _Reader:
    """Reads the argument from left to right."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def _blanks(self) -> None:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1

    def _fail(self, message: str) -> NoReturn:
        raise ArgumentError(f"u32: at char {self._at}: {message}")

    def _take(self, symbol: str) -> bool:
        self._blanks()
        found = self._text.startswith(symbol, self._at)
        self._at += len(symbol) if found else 0
        return found

    def _number(self) -> int:
        self._blanks()
        value, rest = leading_number(self._text[self._at :])
        if value is None:
            self._fail("number expected")
        if value > UINT32_MAX:
            self._fail("number out of range")
        self._at = len(self._text) - len(rest)
        return value

    def _ended(self) -> bool:
        self._blanks()
        return self._at >= len(self._text)

    def all(self) -> tuple[U32Test, ...]:
        tests = [self._test()]
        while not self._ended():
            if not self._take("&&"):
                self._fail('expected "," or "&&"')
            tests.append(self._test())
        if len(tests) > _MOST:
            self._fail('too many "&&"s')
        return tuple(tests)

    def _test(self) -> U32Test:
        if self._take("="):
            self._at -= 1
            self._fail("location spec missing")
        if self._ended():
            raise ArgumentError("u32: abrupt end of input after location specifier")
        offset, steps = self._number(), []
        while not self._take("="):
            if self._ended():
                raise ArgumentError("u32: abrupt end of input after location specifier")
            operator = next((each for each in ("&", "<<", ">>", "@") if self._take(each)), None)
            if operator is None:
                if re.match(r"[<>]", self._text[self._at :]):
                    symbol = self._text[self._at]
                    self._at += 1
                    self._fail(f"a second '{symbol}' was expected")
                self._fail("operator expected")
            steps.append((operator, self._number()))
        if len(steps) + 1 > _MOST:
            self._fail("too many operators")
        return U32Test(offset, tuple(steps), self._ranges())

    def _ranges(self) -> tuple[tuple[int, int], ...]:
        if self._ended():
            raise ArgumentError("u32: test ended with no value specified")
        ranges = []
        while True:
            first = self._number()
            ranges.append((first, self._number() if self._take(":") else first))
            if not self._take(","):
                break
        if len(ranges) > _MOST:
            self._fail('too many ","s')
        return tuple(ranges)


def _read(text: str, _context: ParseContext) -> tuple[U32Test, ...]:
    return _Reader(text).all()


def _build(parsed: ParsedOptions) -> U32:
    return U32(parsed.get("u32"), parsed.negated("u32"))


MATCHES: Final = (Extension("u32", (XtOption("u32", _read, inverts=True, mandatory=True),), _build),)

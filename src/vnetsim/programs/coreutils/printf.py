"""printf: formats as POSIX.1-2017, XBD 5 has them, for the shell's builtin and for the program of coreutils.

Not modelled: dates (`%(...)T`), numbers too big for 64 bits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc import escapes
from vnetsim.values import define

_DIRECTIVE: Final = re.compile(r"%(?P<flags>[-+ 0#']*)(?P<width>\*|\d+)?(?:\.(?P<precision>\*|-?\d*))?[hlLjzt]*(?P<kind>.?)", re.DOTALL)  # fmt: skip # noqa: E501
_INTEGER: Final = re.compile(r"\s*[-+]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)")
_FLOAT: Final = re.compile(r"\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf|nan)", re.IGNORECASE)


class UnknownDirective(Exception):
    """`%z`: what was written before it counts."""

    def __init__(self, written: str, directive: str) -> None:
        super().__init__(directive)
        self.written, self.directive = written, directive


@define
class Formatter:
    """One printf: `faults` are arguments that should have been numbers."""

    format: str
    arguments: list[str]
    #: Raises if a text may not be so long.
    check: Callable[[int], object]
    dash: bool = False
    faults: list[str] = attrs.field(factory=list)
    _stopped: bool = False
    _used: bool = False

    def render(self) -> str:
        """The format as often as there are arguments for it, at least once; UnknownDirective."""
        out: list[str] = []
        written = 0
        while True:
            self._used = False
            before = len(out)
            self._once(out)
            written += sum(map(len, out[before:]))
            self.check(written)
            if self._stopped or not self.arguments or not self._used:
                return "".join(out)

    def _once(self, out: list[str]) -> None:
        position = 0
        for found in _DIRECTIVE.finditer(self.format):
            out.append(self._literal(self.format[position : found.start()]))
            position = found.end()
            out.append(self._directive(found, out))
            if self._stopped:
                return
        out.append(self._literal(self.format[position:]))

    def _literal(self, text: str) -> str:
        return escapes.printf(text, hexadecimal=not self.dash)

    def _next(self) -> str | None:
        self._used = True
        return self.arguments.pop(0) if self.arguments else None

    def _directive(self, found: re.Match[str], out: list[str]) -> str:
        kind = found["kind"]
        if found[0] == "%%":
            return "%"
        if kind == "(":
            raise NotModelled("printf %(...)T")
        if not kind or kind not in "diouxXcsbeEfFgGaA" + ("" if self.dash else "q"):
            raise UnknownDirective("".join(out), found[0])
        width = self._number(found["width"])
        precision = self._number(found["precision"])
        self.check(max(abs(width or 0), precision or 0))
        flags = found["flags"].replace("'", "")
        if width is not None and width < 0:
            flags, width = flags + "-", -width
        spec = f"%{flags}{'' if width is None else width}{'' if precision is None else f'.{max(precision, 0)}'}"
        return self._value(kind, spec)

    def _number(self, text: str | None) -> int | None:
        if text is None:
            return None
        if text == "*":
            return self._integer(self._next())
        return int(text or "0")

    def _value(self, kind: str, spec: str) -> str:
        argument = self._next()
        if kind in "diouxX":
            return self._integral(kind, spec, self._integer(argument))
        if kind in "eEfFgGaA":
            if kind in "aA":
                raise NotModelled(f"printf %{kind}")
            return (spec + kind) % self._float(argument)
        return self._string(kind, spec, argument or "")

    def _string(self, kind: str, spec: str, argument: str) -> str:
        if kind == "b":
            argument, self._stopped = escapes.echo(re.sub(r"\\([1-7])", r"\\0\1", argument), hexadecimal=not self.dash)
        elif kind == "c":
            argument = argument[:1]
        elif kind == "q":
            argument = quoted(argument)
        return (spec + "s") % argument

    @staticmethod
    def _integral(kind: str, spec: str, value: int) -> str:
        if kind in "di":
            return (spec + "d") % value
        if kind in "ouxX" and value < 0:
            value += 1 << 64
        return (spec + ("d" if kind == "u" else kind)) % value

    def _integer(self, text: str | None) -> int:
        if not text:
            return 0
        if text[0] in "'\"":
            return ord(text[1]) if len(text) > 1 else 0
        found = _INTEGER.match(text)
        if found is None or found.end() != len(text):
            self.faults.append(text)
        digits = found[0].strip() if found else "0"
        octal = re.fullmatch(r"([-+]?)0([0-7]+)", digits)
        return int(octal[1] + octal[2], 8) if octal else int(digits, 0)

    def _float(self, text: str | None) -> float:
        if not text:
            return 0.0
        if text[0] in "'\"":
            return float(ord(text[1])) if len(text) > 1 else 0.0
        found = _FLOAT.match(text)
        if found is None or found.end() != len(text):
            self.faults.append(text)
        return float(found[0]) if found else 0.0


def quoted(text: str) -> str:
    """As bash's %q: what a shell would read back as `text`."""
    if not text:
        return "''"
    if any(character in text for character in "\n\t\r\x1b"):
        return "$'" + text.encode("unicode_escape").decode().replace("'", "\\'") + "'"
    return re.sub(r"([^\w@%+=:,./-])", r"\\\1", text)


def render(args: Sequence[str], check: Callable[[int], object], *, dash: bool = False) -> tuple[str, list[str]]:
    """What printf writes, and the arguments that are no numbers; `args[0]` is the format.

    `check` raises if a text may not be so long, before it is made.
    """
    formatter = Formatter(args[0], list(args[1:]), check, dash)
    return formatter.render(), formatter.faults


def main(process: Process) -> Program:
    args = [arg for index, arg in enumerate(process.argv[1:]) if (index, arg) != (0, "--")]
    if not args:
        process.error("printf: missing operand\nTry 'printf --help' for more information.\n")
        return 1
    try:
        text, faults = render(args, process.meter.check_string)
    except UnknownDirective as error:
        process.write(error.written)
        process.error(f"printf: {error.directive}: invalid conversion specification\n")
        return 1
    process.write(text)
    for fault in faults:
        why = "value not completely converted" if is_digits(fault[:1]) else "expected a numeric value"
        process.error(f"printf: '{fault}': {why}\n")
    return 1 if faults else 0

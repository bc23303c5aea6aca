r"""The part of awk that picks columns: `awk '{print $2}'`, `awk -F: '/re/ {print $1, $NF}'`, `NR>1`.

A program is rules `CONDITION { print EXPRESSIONS }`; conditions are /re/, !/re/, $N ~ /re/, and comparisons of $N, NR
and NF.  Everything else of the language is not modelled.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument
from vnetsim.programs.libc.streams import source
from vnetsim.regex import RegexPattern, compile_posix
from vnetsim.values import define, frozen

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<regex>/(?:\\.|[^/\\])+/)|(?P<string>\"(?:\\.|[^\"\\])*\")|(?P<number>\d+)|(?P<word>\$?\w+)|"
    r"(?P<sign>==|!=|<=|>=|&&|\|\||!~|[<>~!{},;()]))"
)
_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@frozen
class _Record:
    fields: tuple[str, ...]
    whole: str
    number: int


_Value: TypeAlias = Callable[[_Record], str]
_Test: TypeAlias = Callable[[_Record], bool]


@frozen
class _AwkRule:
    test: _Test
    #: What is printed: groups of concatenated values, between which awk puts a blank.
    printed: tuple[tuple[_Value, ...], ...]


class _AwkParser:
    """Reads a program; NotModelled for whatever it does not know."""

    def __init__(self, text: str) -> None:
        self._program = text
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise self._unknown()
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()

    def _unknown(self) -> NotModelled:
        return NotModelled(f"the awk program {self._program!r}")

    def _next(self) -> tuple[str, str]:
        return self._tokens[0] if self._tokens else ("end", "")

    def _take(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._unknown()
        return self._tokens.pop(0)

    def _accept(self, text: str) -> bool:
        if self._next() == ("sign", text):
            self._tokens.pop(0)
            return True
        return False

    def rules(self) -> list[_AwkRule]:
        rules = []
        while self._tokens:
            if not self._accept(";"):
                rules.append(self._rule())
        if not rules:
            raise self._unknown()
        return rules

    def _rule(self) -> _AwkRule:
        test: _Test = (lambda _record: True) if self._next() == ("sign", "{") else self._any()
        if not self._accept("{"):
            return _AwkRule(test, ((lambda record: record.whole,),))
        if self._take() != ("word", "print"):
            raise self._unknown()
        printed = self._printed()
        self._accept(";")
        if not self._accept("}"):
            raise self._unknown()
        return _AwkRule(test, printed)

    def _printed(self) -> tuple[tuple[_Value, ...], ...]:
        groups: list[tuple[_Value, ...]] = []
        while self._next()[0] in ("word", "string", "number"):
            group = []
            while self._next()[0] in ("word", "string", "number"):
                group.append(self._value())
            groups.append(tuple(group))
            if not self._accept(","):
                break
        return tuple(groups) or ((lambda record: record.whole,),)

    def _value(self) -> _Value:
        kind, text = self._take()
        if kind == "string":
            constant = text[1:-1].encode().decode("unicode_escape")
            return lambda _record: constant
        if kind == "number":
            return lambda _record: text
        if text in ("NR", "NF"):
            return lambda record: str(record.number if text == "NR" else len(record.fields))
        if text == "$NF":
            return lambda record: record.fields[-1] if record.fields else record.whole
        if re.fullmatch(r"\$\d+", text):
            index = int(text[1:])
            return lambda record: _field(record, index)
        raise self._unknown()

    # --- conditions --------------------------------------------------------------------------------------------------

    def _any(self) -> _Test:
        tests = [self._all()]
        while self._accept("||"):
            tests.append(self._all())
        return lambda record: any(test(record) for test in tests)

    def _all(self) -> _Test:
        tests = [self._condition()]
        while self._accept("&&"):
            tests.append(self._condition())
        return lambda record: all(test(record) for test in tests)

    def _condition(self) -> _Test:
        if self._accept("!"):
            test = self._condition()
            return lambda record: not test(record)
        if self._next()[0] == "regex":
            return self._matching(lambda record: record.whole, wanted=True)
        left = self._value()
        sign = self._next()[1]
        if sign in ("~", "!~"):
            self._take()
            return self._matching(left, wanted=sign == "~")
        if sign in _COMPARISONS:
            self._take()
            textual = self._next()[0] == "string"
            right = self._value()
            return lambda record: _compare(sign, left(record), right(record), textual=textual)
        return lambda record: left(record) not in ("", "0")

    def _matching(self, value: _Value, *, wanted: bool) -> _Test:
        kind, text = self._take()
        if kind != "regex":
            raise self._unknown()
        pattern = compile_posix(text[1:-1].replace("\\/", "/"), extended=True)
        return lambda record: (pattern.occurs(value(record))) == wanted


def _field(record: _Record, index: int) -> str:
    if index == 0:
        return record.whole
    return record.fields[index - 1] if index <= len(record.fields) else ""


def _compare(sign: str, left: str, right: str, *, textual: bool) -> bool:
    """As numbers where both look like numbers, as strings otherwise."""
    if not textual:
        try:
            return _COMPARISONS[sign](float(left or "0"), float(right or "0"))
        except ValueError:
            pass
    return _COMPARISONS[sign](left, right)


def _split(text: str, separator: str | RegexPattern | None) -> tuple[str, ...]:
    if separator is None or separator == " ":
        return tuple(text.split())
    if not text:
        return ()
    if isinstance(separator, str):
        return tuple(text.split(separator))
    fields, position = [], 0
    for found in separator.matches(text):
        if found.matched:
            fields.append(text[position : found.start])
            position = found.end
    return (*fields, text[position:])


@define
class AwkOptions(GnuOptions):
    posix = True
    status = 2
    unmodelled = "-v: -f: -W:"

    separator: str | None = argument("-F", default=None)


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = AwkOptions.read(process)
    if not options.operands:
        raise Exit(2, stderr="usage: awk [-F value][-v var=value][--][program text][file ...]\n")
    rules = _AwkParser(options.operands[0]).rules()
    separator = {"\\t": "\t", "t": "\t"}.get(options.separator or "", options.separator)
    split_at = separator if separator is None or len(separator) == 1 else compile_posix(separator, extended=True)
    number = 0
    for name in options.operands[1:] or ("-",):
        try:
            opened = source(process, name)
        except KernelError as error:
            process.error(f"awk: cannot open {name} ({error.errno.strerror})\n")
            return 2
        while line := (yield from opened.line()):
            number += 1
            text = line.removesuffix("\n")
            _apply(process, rules, _Record(_split(text, split_at), text, number))
    return 0


def _apply(process: Process, rules: Sequence[_AwkRule], record: _Record) -> None:
    for rule in rules:
        if rule.test(record):
            shown = " ".join("".join(value(record) for value in group) for group in rule.printed)
            process.write(shown + "\n")

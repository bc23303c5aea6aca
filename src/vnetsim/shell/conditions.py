"""`[[ ... ]]` of bash: no splitting, patterns on the right of `==`, regular expressions on the right of `=~`."""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.programs.coreutils.test import BINARY, UNARY, ConditionError, Facts
from vnetsim.regex import BadExpression, compile_posix, quoted
from vnetsim.shell import ast
from vnetsim.shell.pattern import matches
from vnetsim.shell.shell import Shell
from vnetsim.shell.state import ShellError
from vnetsim.shell.steps import Run, Steps

_ARITHMETIC: Final = frozenset(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"])

Verdict = Steps[bool]


def facts(shell: Shell) -> Facts:
    """The files and variables that test and `[[` use."""
    return Facts(shell.process.files, shell.state.directory, lambda name: _is_set(shell, name))


def _is_set(shell: Shell, name: str) -> bool:
    """`-v NAME`, `-v NAME[SUBSCRIPT]`."""
    name, bracket, subscript = name.partition("[")
    if not bracket:
        return shell.state.get(name) is not None
    array, key = shell.state.array(name), subscript.removesuffix("]")
    if array is None or array.associative:
        return array is not None and key in array.items
    if not is_digits(key):
        raise NotModelled(f"test -v {name}[{key}]")
    return int(key) in array.items


def holds(shell: Shell, condition: ast.ConditionalCommand) -> Run:
    """The status of `[[ ... ]]`."""
    reader = _Reader(shell, list(condition.terms))
    try:
        verdict = yield from reader.either(evaluate=True)
    except ConditionError as fault:
        shell.complain(f"[[: {fault.operand}: syntax error: operand expected")
        return 1
    except BadExpression:
        return 2
    if reader.terms:
        raise reader.malformed()
    return 0 if verdict else 1


class _Reader:
    """Parses and evaluates at once; short-circuited operands are parsed only."""

    def __init__(self, shell: Shell, terms: list[ast.Word | str]) -> None:
        self._shell, self.terms = shell, terms

    def next_word(self) -> str | None:
        """The next term as an operator or keyword would be written, None for anything else."""
        if not self.terms:
            return None
        term = self.terms[0]
        return term if isinstance(term, str) else ast.plain(term)

    def either(self, *, evaluate: bool) -> Verdict:
        value = yield from self._both(evaluate=evaluate)
        while self.next_word() == "||":
            self.terms.pop(0)
            other = yield from self._both(evaluate=evaluate and not value)
            value = value or other
        return value

    def _both(self, *, evaluate: bool) -> Verdict:
        value = yield from self._negated(evaluate=evaluate)
        while self.next_word() == "&&":
            self.terms.pop(0)
            other = yield from self._negated(evaluate=evaluate and value)
            value = value and other
        return value

    def _negated(self, *, evaluate: bool) -> Verdict:
        if self.next_word() == "!":
            self.terms.pop(0)
            value = yield from self._negated(evaluate=evaluate)
            return not value
        if self.next_word() == "(":
            self.terms.pop(0)
            value = yield from self.either(evaluate=evaluate)
            if self.next_word() != ")":
                raise self.malformed()
            self.terms.pop(0)
            return value
        return (yield from self._primary(evaluate=evaluate))

    def malformed(self) -> ShellError:
        return ShellError(f"syntax error in conditional expression near `{self.next_word() or ']]'}'", 2, whole=False)

    def _primary(self, *, evaluate: bool) -> Verdict:
        first = self._operand()
        operator = self.next_word()
        if ast.plain(first) in UNARY and self.terms and operator not in BINARY | {"=~", "&&", "||", ")"}:
            operand = self._operand()
            if not evaluate:
                return False
            text = yield from self._shell.expander.text(operand)
            return facts(self._shell).unary(str(ast.plain(first)), text)
        if operator in BINARY or operator == "=~":
            self.terms.pop(0)
            right = self._operand()
            return (yield from self._binary(first, str(operator), right)) if evaluate else False
        text = yield from self._shell.expander.text(first)
        return text != ""

    def _operand(self) -> ast.Word:
        if not self.terms or isinstance(self.terms[0], str):
            raise self.malformed()
        word = self.terms.pop(0)
        assert not isinstance(word, str)
        return word

    def _binary(self, left: ast.Word, operator: str, right: ast.Word) -> Verdict:
        expander = self._shell.expander
        text = yield from expander.text(left)
        if operator in ("=", "==", "!="):
            pieces = yield from expander.pattern_of(right)
            return matches(text, pieces) == (operator != "!=")
        if operator == "=~":
            pieces = yield from expander.pattern_of(right)
            return self._search(text, "".join(quoted(part) if whole else part for part, whole in pieces))
        other = yield from expander.text(right)
        if operator in _ARITHMETIC:
            text, other = str(expander.number(text)), str(expander.number(other))
        return facts(self._shell).binary(text, operator, other)

    def _search(self, text: str, expression: str) -> bool:
        found = compile_posix(expression, extended=True).search(text)
        self._shell.state.groups = [] if found is None else [group or "" for group in found.groups()]
        return found is not None

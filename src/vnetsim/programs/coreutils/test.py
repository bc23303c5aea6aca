"""test, `[`: conditions (POSIX.1-2017, XCU test), for the shell's builtin and for the program of coreutils.

Not modelled: ages of files (`-nt`, `-ot`), owners and modes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled, VnetsimError
from vnetsim.process import Process, Program
from vnetsim.process.files import Files
from vnetsim.values import frozen

UNARY: Final = frozenset(f"-{letter}" for letter in "bcdefghkLnprsStuwxzvGON")
BINARY: Final = frozenset(["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"])
_DEVICES: Final = frozenset(("/dev/null", "/dev/zero", "/dev/full", "/dev/stdin", "/dev/stdout", "/dev/stderr"))
_NUMERIC: Final[dict[str, Callable[[int, int], bool]]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}


class ConditionError(VnetsimError):
    """`kind` is integer, unary, binary, argument, parenthesis, many or bracket; `operand` what it is about.

    `first` is the first argument of all, which dash and bash name where the other names the operator.
    """

    def __init__(self, kind: str, operand: str = "", first: str = "") -> None:
        super().__init__(f"{operand}: {kind}")
        self.kind, self.operand, self.first = kind, operand, first or operand


@frozen
class Facts:
    """What a condition may test: files, with relative paths starting at `directory`, and variables."""

    files: Files
    directory: str
    is_set: Callable[[str], bool]

    def unary(self, operator: str, operand: str) -> bool:
        match operator:
            case "-n":
                return operand != ""
            case "-z":
                return operand == ""
            case "-v":
                return self.is_set(operand)
            case "-t" | "-h" | "-L" | "-p" | "-b" | "-g" | "-k" | "-u":
                return False
            case "-N" | "-G" | "-O":
                raise NotModelled(f"test {operator}")
        return self._file(operator, posixpath.normpath(posixpath.join(self.directory, operand)) if operand else "")

    def _file(self, operator: str, path: str) -> bool:
        if not path or not (path in _DEVICES or self.files.exists(path)):
            return False
        directory = self.files.is_directory(path)
        match operator:
            case "-d":
                return directory
            case "-f":
                return not directory and path not in _DEVICES
            case "-c":
                return path in _DEVICES
            case "-S":
                return path.endswith(".sock")
            case "-s":
                return directory or self.files.is_program(path) or self._has_content(path)
            case "-x":
                return directory or self.files.is_program(path) or self.files.is_executable(path)
        return True

    def _has_content(self, path: str) -> bool:
        return path not in _DEVICES and self.files.read(path) != ""

    def binary(self, left: str, operator: str, right: str) -> bool:
        match operator:
            case "=" | "==":
                return left == right
            case "!=":
                return left != right
            case "<":
                return left < right
            case ">":
                return left > right
            case "-nt" | "-ot" | "-ef":
                raise NotModelled(f"test {operator}")
        return _NUMERIC[operator](integer(left), integer(right))


def integer(text: str) -> int:
    """A decimal number, or ConditionError."""
    stripped = text.strip()
    if not stripped.lstrip("+-").isascii() or not is_digits(stripped.removeprefix("-").removeprefix("+")):
        raise ConditionError("integer", text)
    return int(stripped)


class _Condition:
    """The expression from left to right; up to four arguments decide by their number (POSIX.1-2017, XCU test)."""

    def __init__(self, args: Sequence[str], facts: Facts, binary: frozenset[str]) -> None:
        self._args, self._facts, self._binary = list(args), facts, binary

    def value(self) -> bool:
        args = self._args
        match len(args):
            case 0:
                return False
            case 1:
                return args[0] != ""
            case 2:
                return self._two()
            case 3 if args[1] in self._binary:
                return self._facts.binary(args[0], args[1], args[2])
            case 3 if args[0] == "!":
                self._args = args[1:]
                return not self._two()
            case 3 if args[0] == "(" and args[2] == ")":
                return args[1] != ""
            case 3 if args[1] not in ("-a", "-o"):
                raise ConditionError("binary", args[1], args[0])
        return self._whole()

    def _two(self) -> bool:
        first, second = self._args
        if first == "!":
            return second == ""
        if first in UNARY:
            return self._facts.unary(first, second)
        raise ConditionError("argument", second, first) if second in self._binary else ConditionError("unary", first)

    def _whole(self) -> bool:
        value = self._or()
        if self._args:
            raise ConditionError("many", self._args[0])
        return value

    def _or(self) -> bool:
        value = self._and()
        while self._args[:1] == ["-o"]:
            self._args.pop(0)
            value = self._and() or value
        return value

    def _and(self) -> bool:
        value = self._not()
        while self._args[:1] == ["-a"]:
            self._args.pop(0)
            value = self._not() and value
        return value

    def _not(self) -> bool:
        if self._args[:1] == ["!"]:
            self._args.pop(0)
            return not self._not()
        return self._primary()

    def _primary(self) -> bool:
        args = self._args
        if not args:
            raise ConditionError("argument", "")
        if args[0] == "(":
            args.pop(0)
            value = self._or()
            if args[:1] != [")"]:
                raise ConditionError("parenthesis", args[0] if args else "")
            args.pop(0)
            return value
        if len(args) >= 3 and args[1] in self._binary:
            left, operator, right = args.pop(0), args.pop(0), args.pop(0)
            return self._facts.binary(left, operator, right)
        if len(args) >= 2 and args[0] in UNARY:
            return self._facts.unary(args.pop(0), args.pop(0))
        return args.pop(0) != ""


def evaluate(name: str, args: Sequence[str], facts: Facts, *, binary: frozenset[str] = BINARY) -> bool:
    """The condition `args`; under the name `[` the last arg must be `]`.  ConditionError."""
    if name == "[":
        if not args or args[-1] != "]":
            raise ConditionError("bracket")
        args = args[:-1]
    return _Condition(args, facts, binary).value()


_MESSAGES: Final = {
    "integer": "invalid integer '{}'",
    "unary": "'{}': unary operator expected",
    "binary": "'{}': binary operator expected",
    "argument": "missing argument after '{}'",
    "parenthesis": "')' expected",
    "many": "extra argument '{}'",
    "bracket": "missing ']'",
}


def main(process: Process) -> Program:
    name = process.argv[0].rpartition("/")[2]
    environment = process.context.environment
    facts = Facts(process.files, environment.get("PWD", "/"), environment.__contains__)
    try:
        return 0 if evaluate(name, process.argv[1:], facts) else 1
    except ConditionError as fault:
        process.error(f"{name}: {_MESSAGES[fault.kind].format(fault.operand)}\n")
        return 2

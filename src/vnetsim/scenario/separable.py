"""Whether the lines of a shell script may run one by one, each in a shell of its own, and leave the same machine.

So they may if each is complete, and none needs what an earlier one made of its shell: variables, functions, options,
the directory, jobs, the latest status.  The syntax trees of the lines decide (vnetsim.shell.parser), and in doubt they
may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.shell import ast
from vnetsim.shell.builtins.table import find
from vnetsim.shell.parser import Parser
from vnetsim.shell.word_reader import ShellSyntaxError

#: Builtins that leave nothing behind in their shell.
_PASSING: Final = frozenset(
    (":", "[", "echo", "false", "hash", "kill", "printf", "pwd", "test", "times", "true", "type")
)
#: Variables that the shell sets.
_OF_THE_SHELL: Final = frozenset(
    ("IFS", "LINENO", "OLDPWD", "OPTARG", "OPTIND", "PIPESTATUS", "PPID", "PWD", "RANDOM", "REPLY", "SECONDS", "_")
)
#: Those that programs look at, too.
_OF_PROGRAMS: Final = frozenset(("HOME", "IFS", "PATH", "PWD"))
_STATUS: Final = "?"


def is_separable(text: str) -> bool:
    """Whether the lines of a text may run one by one."""
    try:
        return _is_separable(text)
    except RecursionError:
        return False


def _is_separable(text: str) -> bool:
    read: set[str] = set()
    looped: set[str] = set()
    for line in map(str.strip, text.splitlines()):
        if not line or line.startswith("#"):
            continue
        script = _parsed(line)
        if script is None or any(map(_outlasts, ast.nodes(script))) or (line.endswith("&") and not _is_program(script)):
            return False
        names = set(_free(script, frozenset()))
        if _STATUS in _free(script[:1], frozenset()):
            return False
        read |= names - {_STATUS}
        looped |= {node.name for node in ast.nodes(script) if isinstance(node, ast.For)}
    return not (read & looped or looped & _OF_PROGRAMS or any(map(_is_special, read)))


def _parsed(line: str) -> ast.Script | None:
    """The items of a line; None if it goes on behind its end, or is none."""
    parser = Parser(line, bash=True)
    items: list[ast.AndOr] = []
    try:
        while (script := parser.next_command()) is not None:
            items += script
    except (ShellSyntaxError, NotModelled):
        return None
    return None if line.endswith("\\") or parser.warnings else tuple(items)


def _is_program(script: ast.Script) -> bool:
    """Whether a line that ends with `&` is one program: that is all that vnetsim.record starts of it."""
    first = script[0].first
    command = first.commands[0]
    shape = (len(script), script[0].rest, first.negated, first.timed)
    return shape == (1, (), False, False) and isinstance(command, ast.SimpleCommand) and not command.assignments


def _outlasts(node: object) -> bool:
    """Whether it changes the shell for what is behind it, or may."""
    match node:
        case ast.SimpleCommand(words=()):
            return True
        case ast.SimpleCommand(words=words):
            return _is_lasting([ast.literal(word) for word in words])
        case ast.FunctionDefinition() | ast.ArithmeticCommand() | ast.ArithmeticFor() | ast.ArithmeticExpansion():
            return True
        case ast.ParameterExpansion(operator=operator, indirect=indirect):
            return indirect or operator in ("=", ":=")
    return False


def _is_lasting(words: list[str | None]) -> bool:
    name = words[0]
    if name is None:
        return True
    if name == "command" and len(words) > 1 and words[1] in ("-v", "-V"):
        return False
    if name in ("printf", "kill"):
        lasting = "-v" if name == "printf" else "%"
        return any(word is None or word.startswith(lasting) for word in words[1:])
    return name not in _PASSING and find(name, bash=True) is not None


def _free(value: object, bound: frozenset[str]) -> Iterator[str]:
    """The parameters that are read, other than in the loops that set them."""
    if isinstance(value, ast.For):
        yield from _free(value.words if value.words is not None else (ast.ParameterExpansion("@"),), bound)
        yield from _free(value.body, bound | {value.name})
        return
    if isinstance(value, ast.ParameterExpansion) and value.name not in bound:
        yield value.name
    for each in ast.below(value):
        yield from _free(each, bound)


def _is_special(name: str) -> bool:
    return is_digits(name) or not name.isidentifier() or name in _OF_THE_SHELL or name.startswith("BASH")

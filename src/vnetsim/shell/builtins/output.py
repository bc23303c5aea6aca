"""Builtins that are programs elsewhere: echo, printf, test; and times."""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.programs.coreutils import echo as echo_program
from vnetsim.programs.coreutils import printf as printf_program
from vnetsim.programs.coreutils.test import BINARY, ConditionError
from vnetsim.programs.coreutils.test import evaluate as evaluate_test
from vnetsim.shell.conditions import facts
from vnetsim.shell.shell import Shell

#: Error messages of test in bash and in dash.
_BASH_WORDS: Final = {
    "integer": "{}: integer expression expected",
    "unary": "{}: unary operator expected",
    "binary": "{}: binary operator expected",
    "argument": "{first}: unary operator expected",
    "parenthesis": "`)' expected, found {}",
    "many": "too many arguments",
    "bracket": "missing `]'",
}
_DASH_WORDS: Final = {
    "integer": "Illegal number: {}",
    "unary": "{}: unexpected operator",
    "binary": "{first}: unexpected operator",
    "argument": "{}: argument expected",
    "parenthesis": "closing paren expected",
    "many": "{}: unexpected operator",
    "bracket": "missing ]",
}


def echo(shell: Shell, words: list[str]) -> int:
    shell.write(echo_program.render(words[1:], dash=not shell.state.dialect.as_bash_echoes))
    return 0


def printf(shell: Shell, words: list[str]) -> int:
    bash = shell.state.dialect.bash
    arguments = words[2:] if words[1:2] == ["--"] else words[1:]
    variable = None
    if arguments[:1] == ["-v"]:
        if not bash:
            shell.complain("printf: Illegal option -v")
            return 2
        variable, arguments = (arguments[1] if len(arguments) > 1 else ""), arguments[2:]
    if not arguments:
        usage = "usage: printf [-v var] format [arguments]" if bash else "usage: printf format [arg ...]"
        shell.tell(f"printf: {usage}\n") if bash else shell.complain(f"printf: {usage}")
        return 2
    return _print(shell, arguments, variable)


def _print(shell: Shell, arguments: list[str], variable: str | None) -> int:
    bash = shell.state.dialect.bash
    try:
        text, faults = printf_program.render(arguments, shell.state.meter.check_string, dash=not bash)
    except printf_program.UnknownDirective as error:
        shell.write(error.written)
        letter = error.directive[-1:]
        message = f"`{letter}': invalid format character" if bash else f"{error.directive}: invalid directive"
        shell.complain(f"printf: {message}")
        return 1 if bash else 2
    for fault in faults:
        dash_words = "not completely converted" if is_digits(fault[:1]) else "expected numeric value"
        shell.complain(f"printf: {fault}: {'invalid number' if bash else dash_words}")
    if variable is None:
        shell.write(text)
    else:
        shell.state.set(variable, text)
    return 1 if faults else 0


def test(shell: Shell, words: list[str]) -> int:
    try:
        if words[1:2] == ["-v"] and len(words) - (words[0] == "[") == 3 and not shell.state.dialect.bash:
            raise ConditionError("binary", "-v")
        known = BINARY if shell.state.dialect.bash else BINARY - {"=="}
        return 0 if evaluate_test(words[0], words[1:], facts(shell), binary=known) else 1
    except ConditionError as fault:
        table = _BASH_WORDS if shell.state.dialect.bash else _DASH_WORDS
        shell.complain(f"{words[0]}: {table[fault.kind].format(fault.operand, first=fault.first)}")
        return 2


def times(shell: Shell, _words: list[str]) -> int:
    """Computing takes no time here."""
    line = "0m0.000s 0m0.000s\n" if shell.state.dialect.bash else "0m0.000000s 0m0.000000s\n"
    shell.write(line * 2)
    return 0

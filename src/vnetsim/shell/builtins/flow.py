"""Builtins of control flow: break, return, exit, eval, `.`, exec, trap, true, false."""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.shell.control import BreakLoop, ContinueLoop, ExitShell, FatalFault, ReturnFromFunction
from vnetsim.shell.shell import Shell
from vnetsim.shell.steps import Run

_IGNORED_TRAPS: Final = frozenset(("-", ""))


def true(_shell: Shell, _words: list[str]) -> int:
    return 0


def false(_shell: Shell, _words: list[str]) -> int:
    return 1


def _number(shell: Shell, name: str, text: str) -> int | None:
    """The argument as a number; None after an error message."""
    allowed = text.removeprefix("-") if shell.state.dialect.bash else text
    if is_digits(allowed):
        return int(text)
    shell.complain(shell.state.dialect.not_an_integer(name, text))
    return None


def leave_loop(shell: Shell, words: list[str]) -> int:
    levels = _number(shell, words[0], words[1]) if len(words) > 1 else 1
    if levels is None:
        raise FatalFault(shell.state.dialect.fatal)
    if not shell.state.loops:
        if shell.state.dialect.bash:
            shell.complain(f"{words[0]}: only meaningful in a `for', `while', or `until' loop")
        return 0
    raise (BreakLoop if words[0] == "break" else ContinueLoop)(max(levels, 1))


def come_back(shell: Shell, words: list[str]) -> int:
    status = _number(shell, "return", words[1]) if len(words) > 1 else shell.state.status
    if not shell.state.locals and not shell.state.sourcing and shell.state.dialect.bash:
        shell.complain("return: can only `return' from a function or sourced script")
        return 2
    raise ReturnFromFunction(2 if status is None else status & 255, explicit=len(words) > 1)


def leave(shell: Shell, words: list[str]) -> int:
    if len(words) > 2 and shell.state.dialect.bash:
        shell.complain("exit: too many arguments")
        return 1
    status = _number(shell, "exit", words[1]) if len(words) > 1 else shell.state.status
    if len(words) > 1:
        shell.outcomes.settled = False
    raise ExitShell(2 if status is None else status & 255)


def evaluate(shell: Shell, words: list[str]) -> Run:
    return shell.run_text(" ".join(words[1:]), inline=False)


def source(shell: Shell, words: list[str]) -> Run:
    if len(words) < 2:
        shell.complain(f"{words[0]}: filename argument required\n.: usage: . filename [arguments]")
        return 2
    try:
        text = shell.process.files.read(shell.state.absolute(words[1]))
    except KernelError as error:
        bash = shell.state.dialect.bash
        message = shell.state.dialect.cannot_open(words[1], error.errno, creating=False)
        shell.complain(message if bash else f".: {message}")
        if bash:
            return 1
        raise FatalFault(2) from None
    parameters = shell.state.parameters
    given = words[2:] if shell.state.dialect.bash else []
    shell.state.parameters = given or parameters
    shell.state.sourcing += 1
    # dash: `set -e` applies to a file, whatever becomes of its status.
    lenient, shell.state.lenient = shell.state.lenient, shell.state.lenient if shell.state.dialect.bash else 0
    try:
        return (yield from shell.run_text(text, inline=False))
    except ReturnFromFunction as end:
        return end.status
    finally:
        shell.state.sourcing, shell.state.lenient = shell.state.sourcing - 1, lenient
        shell.state.parameters = parameters if given else shell.state.parameters


def execute(shell: Shell, words: list[str]) -> Run:
    """`exec`: become a program, or keep the redirections."""
    arguments = words[1:]
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    elif arguments and arguments[0].startswith("-"):
        raise NotModelled(f"exec {arguments[0]}")
    if not arguments:
        shell.keep_streams = True
        return 0
    streams = shell.streams
    context = shell.context()
    try:
        program = shell.process.exec(
            arguments,
            context=context,
            stdin=streams.inputs.get(0),
            stdout=streams.output(1),
            stderr=streams.output(2),
        )
    except KernelError as error:
        words = [arguments[0], "not found" if "/" not in arguments[0] else error.errno.strerror]
        shell.complain(f"exec: {words[0]}: {words[1]}")
        shell.missing(arguments[0], " ".join(arguments), 127)
        raise FatalFault(127) from None
    raise ExitShell((yield from program))


def trap(shell: Shell, words: list[str]) -> int:
    """The EXIT trap; traps of signals can only be reset to the default, which is in effect."""
    arguments = words[2:] if words[1:2] == ["--"] else words[1:]
    if not arguments:
        for name, action in shell.state.traps.items():
            shell.write(f"trap -- '{action}' {name}\n")
        return 0
    action, signals = (arguments[0], arguments[1:]) if len(arguments) > 1 else ("-", arguments)
    for signal in signals:
        if signal not in ("EXIT", "0"):
            if action in _IGNORED_TRAPS:
                continue
            raise NotModelled(f"the shell's trap for {signal}")
        if action == "-":
            shell.state.traps.pop("EXIT", None)
        else:
            shell.state.traps["EXIT"] = action
    return 0

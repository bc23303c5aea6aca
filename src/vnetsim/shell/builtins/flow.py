"""Builtins of control flow: break, return, exit, eval, `.`, exec, true, false."""

from __future__ import annotations

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.shell.arrays import Array
from vnetsim.shell.control import BreakLoop, ContinueLoop, ExitShell, FatalFault, ReturnFromFunction
from vnetsim.shell.shell import Shell
from vnetsim.shell.steps import Run


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
    latest = shell.state.status
    if shell.state.trap_status is not None and not shell.state.dialect.bash:
        latest = shell.state.trap_status
    status = _number(shell, "exit", words[1]) if len(words) > 1 else latest
    if len(words) > 1:
        shell.outcomes.settled = False
    raise ExitShell(2 if status is None else status & 255)


def evaluate(shell: Shell, words: list[str]) -> Run:
    first, shell.state.first_line = shell.state.first_line, shell.state.line if shell.state.dialect.bash else 1
    try:
        return (yield from shell.run_text(" ".join(words[1:]), inline=False))
    finally:
        shell.state.first_line = first


def caller(shell: Shell, words: list[str]) -> int:
    """The line, function and file that called a function of those that run, or the sourced file."""
    lines, names, files = (
        list((shell.state.array(name) or Array()).items.values()) for name in ("BASH_LINENO", "FUNCNAME", "BASH_SOURCE")
    )
    if len(words) < 2:
        if lines:
            shell.write(f"{lines[0]} {files[1] if len(files) > 1 else 'NULL'}\n")
        return 0 if lines else 1
    level = _number(shell, "caller", words[1])
    if level is None or level + 1 >= len(names):
        return 1
    shell.write(f"{lines[level]} {names[level + 1]} {files[level + 1]}\n")
    return 0


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
    line, first, shell.state.first_line = shell.state.line, shell.state.first_line, 1
    shell.state.frames.append(("source", line, words[1]))
    # dash: `set -e` applies to a file, whatever becomes of its status.
    lenient, shell.state.lenient = shell.state.lenient, shell.state.lenient if shell.state.dialect.bash else 0
    try:
        return (yield from shell.run_text(text, inline=False))
    except ReturnFromFunction as end:
        return end.status
    finally:
        shell.state.frames.pop()
        shell.state.line, shell.state.first_line = line, first
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
    shell.state.traps.pop("EXIT", None)
    raise ExitShell((yield from program))

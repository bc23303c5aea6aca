"""The programs bash and sh: their own command lines (`-c STRING`, a script, or standard input).

sh is dash, as on Debian, with its own messages.  At a terminal, without a script, they are interactive.  Not modelled:
start-up files, the prompt and the editing of busybox' ash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Terminal, terminal_of
from vnetsim.shell.dialect import Ash, Bash, Dash, Dialect, InteractiveBash
from vnetsim.shell.interactive import InteractiveShell
from vnetsim.shell.interpreter import Interpreter
from vnetsim.shell.state import ShellState
from vnetsim.shell.steps import Run
from vnetsim.values import define

_OPTIONS: Final = {"e": "errexit", "E": "errtrace", "u": "nounset", "x": "xtrace", "f": "noglob", "a": "allexport"}
_IDLE: Final = frozenset(("l", "--norc", "--noprofile", "--login", "--posix"))


@define
class _CommandLine:
    """The arguments of the shell."""

    options: dict[str, bool] = attrs.field(factory=dict)
    inline: bool = False
    from_input: bool = False
    scripted: bool = False
    rest: list[str] = attrs.field(factory=list)


def main(process: Process) -> Run:
    name = process.argv[0]
    bash = name.rpartition("/")[2] == "bash"
    line = _read(process)
    text, status = "", 0
    if line.inline and not line.rest:
        process.error(f"{name}: -c: option requires an argument\n" if bash else f"{name}: 0: -c requires an argument\n")
        return 2
    if line.inline:
        text = line.rest.pop(0)
    elif not line.rest and (terminal := terminal_of(process.stdin)):
        return (yield from _interact(process, terminal, line))
    elif line.from_input or not line.rest:
        text = yield process.stdin.read_all()
        line.rest.insert(0, name)
    else:
        text, status = _script(process, line.rest[0], bash=bash)
        line.scripted = True
    if status:
        return status
    dialect = _dialect(process, line.rest[0] if line.rest else name, inline=line.inline)
    state = begin(process, dialect, line.rest[1:], line.options)
    state.scripted = line.scripted
    state.no_file = "environment" if line.inline else "main"
    shell = Interpreter(process, state)
    return (yield from shell.to_the_end(lambda: shell.run_text(text, inline=line.inline, final=True)))


def _dialect(process: Process, name: str, *, inline: bool) -> Dialect:
    if process.argv[0].rpartition("/")[2] == "bash":
        return Bash(name)
    return Ash(name, inline=inline) if process.context.busybox else Dash(name)


def _interact(process: Process, terminal: Terminal, line: _CommandLine) -> Run:
    name = process.argv[0]
    bash = name.rpartition("/")[2] == "bash"
    state = begin(process, (InteractiveBash if bash else Dash)(name), (), line.options)
    return (yield from InteractiveShell(process, state, terminal).run())


def begin(
    process: Process, dialect: Dialect, parameters: Sequence[str] = (), options: Mapping[str, bool] | None = None
) -> ShellState:
    """The initial state of a shell in this process."""
    context = process.context
    return ShellState.begin(
        context.environment,
        context.hostname,
        name=dialect.name,
        dialect=dialect,
        pid=process.pid,
        own_pid=process.pid,
        parent=process.machine.parent_of(process.pid),
        random=process.machine.random,
        clock=process.now,
        meter=process.meter,
        parameters=list(parameters),
        options=dict(options or {}),
    )


def _read(process: Process) -> _CommandLine:
    line = _CommandLine()
    words = list(process.argv[1:])
    while words and words[0][:1] in ("-", "+") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        if word in _IDLE:
            continue
        for letter in word[1:]:
            _option(process, line, words, letter, on=word[0] == "-")
    line.rest = words
    return line


def _option(process: Process, line: _CommandLine, words: list[str], letter: str, *, on: bool) -> None:
    if letter == "c":
        line.inline = True
    elif letter == "s":
        line.from_input = True
    elif letter == "o" and words:
        line.options[words.pop(0)] = on
    elif letter in _OPTIONS:
        line.options[_OPTIONS[letter]] = on
    elif letter not in _IDLE:
        raise NotModelled(f"{process.argv[0]} -{letter}")


def _script(process: Process, path: str, *, bash: bool) -> tuple[str, int]:
    """The text of a script, or the shell's exit status if it cannot be read."""
    name = process.argv[0]
    start = path if path.startswith("/") else f"{process.context.environment.get('PWD', '/')}/{path}"
    try:
        return process.files.read(start), 0
    except KernelError as error:
        if bash:
            process.error(f"{name}: {path}: {error.errno.strerror}\n")
            return "", 127
        process.error(f"{name}: 0: cannot open {path}: No such file\n")
        return "", 2

"""Builtins about commands: type, command, builtin."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

from vnetsim.programs import registry
from vnetsim.shell.builtins import table

if TYPE_CHECKING:
    from vnetsim.shell.interpreter import Shell

_KEYWORDS: Final = frozenset(
    ["if", "then", "else", "elif", "fi", "case", "esac", "for", "while", "until", "do", "done", "in", "{", "}", "!"]
)
_BASH_KEYWORDS: Final = frozenset(["[[", "]]", "function", "time", "select", "coproc"])


def _meaning(shell: Shell, name: str) -> tuple[str, str] | None:
    """What a name means: keyword, function, builtin or file, and its path; None for nothing."""
    bash = shell.state.voice.bash
    if name in _KEYWORDS or (bash and name in _BASH_KEYWORDS):
        return "keyword", name
    if name in shell.state.functions:
        return "function", name
    found = table.find(name, bash=bash)
    if found is not None:
        return "special builtin" if found.special and not bash else "builtin", name
    path = registry.path_of(name, shell.process.context)
    return None if path is None else ("file", path)


def _describe(name: str, meaning: tuple[str, str], *, bash: bool) -> str:
    kind, path = meaning
    if kind == "file":
        return f"{name} is {path}"
    if kind == "function":
        return f"{name} is a {'function' if bash else 'shell function'}"
    words = {"keyword": "shell keyword", "builtin": "shell builtin", "special builtin": "special shell builtin"}
    return f"{name} is a {words[kind]}"


def kind(shell: Shell, words: list[str]) -> int:
    """`type`."""
    bash, arguments, status = shell.state.voice.bash, words[1:], 0
    short = bash and arguments[:1] in (["-t"], ["-p"])
    option = arguments.pop(0) if short else ""
    for name in arguments:
        meaning = _meaning(shell, name)
        if meaning is None:
            status = 1 if bash else 127
            if not short:
                shell.complain(f"type: {name}: not found") if bash else shell.write(f"{name}: not found\n")
        elif option == "-t":
            shell.write(meaning[0] + "\n")
        elif option == "-p":
            shell.write(meaning[1] + "\n" if meaning[0] == "file" else "")
        else:
            shell.write(_describe(name, meaning, bash=bash) + "\n")
    return status


def command(shell: Shell, words: list[str]) -> Generator[Any, Any, int]:
    """Run a command that is no function, or (`-v`, `-V`) say what it is."""
    arguments = words[1:]
    option = arguments.pop(0) if arguments[:1] in (["-v"], ["-V"], ["-p"], ["--"]) else ""
    if not arguments:
        return 0
    if option in ("-v", "-V"):
        status = _say(shell, arguments if shell.state.voice.bash else arguments[:1], option)
        shell.outcomes.answered(status)
        return status
    found = table.find(arguments[0], bash=shell.state.voice.bash)
    if found is not None:
        return (yield from found.run(shell, arguments))
    return (yield from shell.launcher.execute(arguments, shell.streams, final=False))


def _say(shell: Shell, names: list[str], option: str) -> int:
    bash, found = shell.state.voice.bash, False
    for name in names:
        meaning = _meaning(shell, name)
        found = found or meaning is not None
        if meaning is not None:
            shell.write((meaning[1] if option == "-v" else _describe(name, meaning, bash=bash)) + "\n")
        elif option == "-V":
            shell.complain(f"command: {name}: not found") if bash else shell.write(f"{name}: not found\n")
    return 0 if found else 1 if bash else 127


def builtin(shell: Shell, words: list[str]) -> Generator[Any, Any, int]:
    if len(words) < 2:
        return 0
    found = table.find(words[1], bash=True)
    if found is None:
        shell.complain(f"builtin: {words[1]}: not a shell builtin")
        return 1
    return (yield from found.run(shell, words[1:]))

"""Builtins about commands: type, command, builtin."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs import registry
from vnetsim.shell.shell import Shell
from vnetsim.shell.steps import Run

_KEYWORDS: Final = frozenset(
    ["if", "then", "else", "elif", "fi", "case", "esac", "for", "while", "until", "do", "done", "in", "{", "}", "!"]
)
_BASH_KEYWORDS: Final = frozenset(["[[", "]]", "function", "time", "select", "coproc"])


def _meaning(shell: Shell, name: str) -> tuple[str, str] | None:
    """The kind of a name (keyword, function, builtin or file) and its path; None if it is unknown."""
    bash = shell.state.dialect.bash
    if name in _KEYWORDS or (bash and name in _BASH_KEYWORDS):
        return "keyword", name
    if name in shell.state.functions:
        return "function", name
    found = shell.builtin(name)
    if found is not None:
        return "special builtin" if found.special and not bash else "builtin", name
    path = registry.path_of(name, shell.context())
    return None if path is None else ("file", path)


def _meanings(shell: Shell, name: str) -> list[tuple[str, str]]:
    """All meanings of a name; the first one is executed."""
    files = [("file", path) for path in registry.paths_of(name, shell.context())]
    first = _meaning(shell, name)
    return files if first is None or first[0] == "file" else [first, *files]


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
    bash, arguments, status = shell.state.dialect.bash, words[1:], 0
    option = arguments.pop(0) if bash and arguments[:1] and arguments[0] in ("-t", "-p", "-a", "--") else ""
    if bash and arguments[:1] and arguments[0].startswith("-"):
        raise NotModelled(f"type {arguments[0]}")
    for name in arguments:
        meanings = _meanings(shell, name)
        if not meanings:
            status = 1 if bash else 127
            if option not in ("-t", "-p"):
                shell.complain(f"type: {name}: not found") if bash else shell.write(f"{name}: not found\n")
        for meaning in meanings if option == "-a" else meanings[:1]:
            shell.write(_told(name, meaning, option, bash=bash))
    return status


def _told(name: str, meaning: tuple[str, str], option: str, *, bash: bool) -> str:
    """What `type` prints of one meaning."""
    if option == "-t":
        return meaning[0] + "\n"
    if option == "-p":
        return meaning[1] + "\n" if meaning[0] == "file" else ""
    return _describe(name, meaning, bash=bash) + "\n"


def command(shell: Shell, words: list[str]) -> Run:
    """Run a command that is no function, or (`-v`, `-V`) describe it."""
    arguments = words[1:]
    option = arguments.pop(0) if arguments[:1] in (["-v"], ["-V"], ["-p"], ["--"]) else ""
    if not arguments:
        return 0
    if option in ("-v", "-V"):
        status = _say(shell, arguments if shell.state.dialect.bash else arguments[:1], option)
        shell.outcomes.answered(status)
        return status
    found = shell.builtin(arguments[0])
    if found is not None:
        return (yield from found.run(shell, arguments))
    return (yield from shell.execute(arguments, shell.streams, final=False))


def _say(shell: Shell, names: list[str], option: str) -> int:
    bash, found = shell.state.dialect.bash, False
    for name in names:
        meaning = _meaning(shell, name)
        found = found or meaning is not None
        if meaning is not None:
            shell.write((meaning[1] if option == "-v" else _describe(name, meaning, bash=bash)) + "\n")
        elif option == "-V":
            shell.complain(f"command: {name}: not found") if bash else shell.write(f"{name}: not found\n")
    return 0 if found else 1 if bash else 127


def builtin(shell: Shell, words: list[str]) -> Run:
    if len(words) < 2:
        return 0
    found = shell.builtin(words[1])
    if found is None:
        shell.complain(f"builtin: {words[1]}: not a shell builtin")
        return 1
    return (yield from found.run(shell, words[1:]))

"""Command lines of containers: the name of a program, the script behind `sh -c`, the programs that one runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from vnetsim.docker.images import programs

SHELLS: Final = ("sh", "bash", "dash", "ash")
#: Keywords and builtins of a shell, and what may precede the name of a program.
_BUILTINS: Final = frozenset(
    (
        *(
            "cd",
            "set",
            "export",
            "exec",
            "if",
            "then",
            "else",
            "elif",
            "fi",
            "while",
            "until",
            "for",
            "do",
            "done",
            "!",
        ),
        *("case", "esac", "read", "wait", "trap", "exit", "return", "shift", "unset", "ulimit", "umask", ":", "source"),
        *(
            ".",
            "eval",
            "local",
            "break",
            "continue",
            "{",
            "}",
            "type",
            "command",
            "nohup",
            "time",
            "function",
            "in",
            "!",
        ),
    )
)
_PREFIXES: Final = ("exec", "command", "nohup", "time", "env", "then", "else", "do", "if", "while", "until", "!", "{")
_ASSIGNMENT: Final = re.compile(r"\w+=")
_REDIRECTION: Final = re.compile(r"\d*(?:>>?|<)(?:&\d|\s*[\w./-]+)")


def name_of(program: str) -> str:
    """The name of a program without its directory."""
    return program.rsplit("/", 1)[-1]


def script_of(command: Sequence[str]) -> str:
    """The text behind `sh -c`; "" for another command."""
    if name_of(command[0]) not in SHELLS or len(command) < 3 or not re.fullmatch(r"-[a-z]*c", command[1]):
        return ""
    return command[2]


def simple_command(script: str) -> list[str]:
    """The arguments of a script that is one plain command, which `sh -c` executes without a fork; [] for others."""
    if set("$`*?[~#\n\\") & set(script):
        return []
    lexer = shlex.shlex(script, posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        words = list(lexer)
    except ValueError:
        return []
    if any(set(word) <= set("();<>|&") for word in words) or (words and "=" in words[0]):
        return []
    return words[1:] if words[:1] == ["exec"] else words


def runs_others(script: str) -> bool:
    """Whether a script runs a program that vnetsim lacks."""
    for argv in programs_of(script):
        if argv and re.fullmatch(r"[\w./-]+", argv[0]) and name_of(argv[0]) not in programs.ALL | _BUILTINS:
            return True
    return False


def programs_of(script: str) -> Iterator[list[str]]:
    """The arguments of each simple command, without assignments, redirections and what precedes a program."""
    for simple in re.split(r"&&|\|\||[;|&\n()]", _REDIRECTION.sub(" ", script)):
        argv = [each.strip("'\"") for each in simple.split() if not _ASSIGNMENT.match(each)]
        while argv and argv[0] in _PREFIXES:
            argv = argv[1:]
        yield argv

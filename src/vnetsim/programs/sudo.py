"""sudo 1.9.13: run a program as root, who runs everything here anyhow (-E, -H, -n, -i, -s, -u root, VAR=value).

What sudoers(5) says of Debian's root: everything may be run, in an environment made anew.  Not modelled: other users,
editing files (-e), listing what is allowed (-l); that PWD is taken out of the environment.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process
from vnetsim.programs import registry
from vnetsim.programs.libc.getopt import OptionError, Parsed, parse
from vnetsim.programs.resources import resource

_SECURE_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHORT: Final = "ABbEeHhiKklNnPSsu:VvC:D:g:p:R:r:T:t:U:"
_LONG: Final = {
    "preserve-env": "E", "set-home": "H", "login": "i", "shell": "s", "non-interactive": "n", "stdin": "S",
    "user=": "u", "validate": "v", "reset-timestamp": "k", "remove-timestamp": "K", "version": "V", "list": "l",
    "edit": "e", "help": "h", "background": "b",
}  # fmt: skip
_WITHOUT_EFFECT: Final = "ABEHNnPSisukKv"
#: Of the caller's environment, what env_keep leaves.
_KEPT: Final = ("LANG", "LANGUAGE", "LC_ALL", "LINES", "COLUMNS", "DISPLAY", "PS1", "PS2")
_USAGE: Final = "usage/sudo.txt"


def main(process: Process) -> Generator[Any, Any, int]:
    try:
        parsed = parse(process.argv[1:], _SHORT, _LONG, posix=True)
    except OptionError as error:
        process.error(f"sudo: {error}\n{resource(_USAGE)}")
        return 1
    for given, value in parsed.options:
        if given not in _WITHOUT_EFFECT or (given == "u" and value not in ("root", "#0")):
            raise NotModelled(f"sudo -{given} {value}".rstrip())
    words, changed = list(parsed.operands), {}
    while words and words[0].partition("=")[0].isidentifier() and "=" in words[0]:
        name, _, changed[name] = words.pop(0).partition("=")
    if "i" in parsed or "s" in parsed:
        words = ["/bin/bash", *(["-c", _escaped(words)] if words else [])]
    if not words:
        return 0 if {"v", "k", "K"} & {given for given, _ in parsed.options} else _misused(process)
    environment = {**_environment(process, parsed, words), **changed}
    return (yield from _run(process, words, environment))


def _escaped(words: list[str]) -> str:
    """For a shell that is to expand variables and nothing else."""
    return " ".join(re.sub(r"([^\w$-])", r"\\\1", word, flags=re.ASCII) for word in words)


def _misused(process: Process) -> int:
    process.error(resource(_USAGE))
    return 1


def _environment(process: Process, parsed: Parsed, words: list[str]) -> dict[str, str]:
    """env_reset: what root is given at login, and little of the caller's."""
    old = process.context.environment
    kept = dict(old) if "E" in parsed else {name: old[name] for name in _KEPT if name in old}
    command = " ".join([registry.path_of(words[0], process.context) or words[0], *words[1:]])
    return kept | {
        "PATH": _SECURE_PATH, "MAIL": "/var/mail/root", "LOGNAME": "root", "USER": "root", "HOME": "/root",
        "SHELL": "/bin/bash", "TERM": old.get("TERM", "unknown"),
        "PWD": "/root" if "i" in parsed else old.get("PWD", "/"),
        "SUDO_COMMAND": command, "SUDO_USER": "root", "SUDO_UID": "0", "SUDO_GID": "0",
    }  # fmt: skip


def _run(process: Process, words: list[str], environment: dict[str, str]) -> Generator[Any, Any, int]:
    try:
        program = process.exec(words, context=attrs.evolve(process.context, environment=environment))
    except KernelError:
        process.error(f"sudo: {words[0]}: command not found\n")
        return 1
    return (yield from program)

"""Which builtins there are: in both shells, or in bash alone."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.shell.builtins import directory, flow, getopts, jobs, lookup, output, read, variables
from vnetsim.shell.shell import Builtin, Shell


def _refuse(_shell: Shell, words: list[str]) -> int:
    raise NotModelled(f"the shell's builtin {words[0]}")


def _trap(shell: Shell, words: list[str]) -> int:
    from vnetsim.shell.builtins.trap import trap  # noqa: PLC0415 -- most shells have none

    return trap(shell, words)


_POSIX: Final[dict[str, Builtin]] = {
    ":": Builtin(flow.true, special=True),
    ".": Builtin(flow.source, special=True),
    "[": Builtin(output.test),
    "alias": Builtin(_refuse),
    "break": Builtin(flow.leave_loop, special=True),
    "cd": Builtin(directory.cd),
    "command": Builtin(lookup.command),
    "continue": Builtin(flow.leave_loop, special=True),
    "echo": Builtin(output.echo),
    "eval": Builtin(flow.evaluate, special=True),
    "exec": Builtin(flow.execute, special=True),
    "exit": Builtin(flow.leave, special=True),
    "export": Builtin(variables.export, special=True, declares=True),
    "false": Builtin(flow.false),
    "fg": Builtin(jobs.foreground),
    "bg": Builtin(jobs.background),
    "getopts": Builtin(getopts.getopts),
    "hash": Builtin(flow.true),
    "jobs": Builtin(jobs.list_jobs),
    "kill": Builtin(jobs.kill),
    "local": Builtin(variables.local, declares=True),
    "printf": Builtin(output.printf),
    "pwd": Builtin(directory.pwd),
    "read": Builtin(read.read),
    "readonly": Builtin(variables.readonly, special=True, declares=True),
    "return": Builtin(flow.come_back, special=True),
    "set": Builtin(variables.set_options, special=True),
    "shift": Builtin(variables.shift, special=True),
    "test": Builtin(output.test),
    "times": Builtin(output.times, special=True),
    "trap": Builtin(_trap, special=True),
    "true": Builtin(flow.true),
    "type": Builtin(lookup.kind),
    "ulimit": Builtin(_refuse),
    "umask": Builtin(directory.umask),
    "unset": Builtin(variables.unset, special=True),
    "wait": Builtin(jobs.wait),
}
_BASH: Final[dict[str, Builtin]] = {
    "caller": Builtin(flow.caller),
    "builtin": Builtin(lookup.builtin),
    "declare": Builtin(variables.declare, declares=True),
    "disown": Builtin(jobs.disown),
    "let": Builtin(variables.let),
    "mapfile": Builtin(read.mapfile),
    "pushd": Builtin(_refuse),
    "popd": Builtin(_refuse),
    "shopt": Builtin(_refuse),
    "readarray": Builtin(read.mapfile),
    "source": Builtin(flow.source),
    "typeset": Builtin(variables.declare, declares=True),
}


def find(name: str, *, bash: bool) -> Builtin | None:
    return _POSIX.get(name) or (_BASH.get(name) if bash else None)


def names() -> list[str]:
    """The names of all builtins of bash."""
    return sorted([*_POSIX, *_BASH])

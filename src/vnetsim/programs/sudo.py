"""sudo 1.9.13: run a program as root, who runs everything here anyhow (-E, -H, -n, -i, -s, -u root, VAR=value).

The policy of sudoers(5) for Debian's root: everything may be run, with env_reset.  Not modelled: other users, editing
files (-e), listing what is allowed (-l); that PWD is taken out of the environment.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs import registry
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, flag, option
from vnetsim.programs.resources import resource
from vnetsim.values import define

_SECURE_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Of the caller's environment, what env_keep leaves.
_KEPT: Final = ("LANG", "LANGUAGE", "LC_ALL", "LINES", "COLUMNS", "DISPLAY", "PS1", "PS2")


@define
class SudoOptions(Options):
    posix = True
    ignored = "-A -B -H|--set-home -n|--non-interactive -N -P -S|--stdin"
    unmodelled = "-e|--edit -h|--help -V|--version -l|--list -b|--background -C: -D: -g: -p: -R: -r: -T: -t: -U:"

    keep_environment: bool = flag("-E", "--preserve-env")
    login: bool = flag("-i", "--login")
    shell: bool = flag("-s", "--shell")
    without_command: bool = flag("-v", "-k", "-K", "--validate", "--reset-timestamp", "--remove-timestamp")

    @option("-u", "--user", takes=":")
    def user(self, name: str) -> None:
        if name not in ("root", "#0"):
            raise NotModelled(f"sudo -u {name}")

    def misused(self, *problems: str) -> Exit:
        return Exit(1, *problems, stderr=resource("", "sudo"))


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = SudoOptions.read(process)
    command, changed = list(options.operands), {}
    while command and command[0].partition("=")[0].isidentifier() and "=" in command[0]:
        name, _, changed[name] = command.pop(0).partition("=")
    if options.login or options.shell:
        command = ["/bin/bash", *(["-c", _escaped(command)] if command else [])]
    if not command:
        if options.without_command:
            return 0
        raise options.misused()
    environment = {**_environment(process, options, command), **changed}
    return (yield from _run(process, command, environment))


def _escaped(args: list[str]) -> str:
    """For a shell that is to expand variables and nothing else."""
    return " ".join(re.sub(r"([^\w$-])", r"\\\1", arg, flags=re.ASCII) for arg in args)


def _environment(process: Process, options: SudoOptions, args: list[str]) -> dict[str, str]:
    """env_reset: what root is given at login, and little of the caller's."""
    old = process.context.environment
    kept = dict(old) if options.keep_environment else {name: old[name] for name in _KEPT if name in old}
    command = " ".join([registry.path_of(args[0], process.context) or args[0], *args[1:]])
    return kept | {
        "PATH": _SECURE_PATH, "MAIL": "/var/mail/root", "LOGNAME": "root", "USER": "root", "HOME": "/root",
        "SHELL": "/bin/bash", "TERM": old.get("TERM", "unknown"),
        "PWD": "/root" if options.login else old.get("PWD", "/"),
        "SUDO_COMMAND": command, "SUDO_USER": "root", "SUDO_UID": "0", "SUDO_GID": "0",
    }  # fmt: skip


def _run(process: Process, args: list[str], environment: dict[str, str]) -> Coroutine[int]:
    try:
        program = process.exec(args, context=attrs.evolve(process.context, environment=environment))
    except KernelError:
        process.error(f"sudo: {args[0]}: command not found\n")
        return 1
    return (yield from program)

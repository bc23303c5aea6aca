"""nsenter (util-linux): run a program in the network namespace of a file (--net=FILE) or of a process (-t PID -n).

Not modelled: other kinds of namespaces (-m, -u, -p, -a, ... are refused).
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Network, Process
from vnetsim.programs.libc.getopt import Parsed, gnu
from vnetsim.programs.libc.setns import by_path

_LONG: Final = {"target=": "t", "net": "n", "no-fork": "F"}
_UNKNOWN: Final = (
    "a m u i p U C T r w S G --all --mount --uts --ipc --pid --user --cgroup --time --root --wd --setuid= --setgid="
)


def main(process: Process) -> Generator[Any, Any, int]:
    optional, words = _separate(list(process.argv[1:]))
    parsed = gnu(process, "t:nF", _LONG, words=words, unknown=_UNKNOWN, posix=True)
    if isinstance(parsed, int):
        return parsed
    network = _target(process, parsed, optional)
    if isinstance(network, int):
        return network
    command = list(parsed.operands) or ["/bin/sh"]
    context = attrs.evolve(
        process.context, network=network, files=process.machine.network_files(process.files, network)
    )
    try:
        program = process.exec(command, context=context)
    except KernelError as error:
        process.error(f"nsenter: failed to execute {command[0]}: {error.errno.words}\n")
        return 127 if error.errno is Errno.ENOENT else 126
    return (yield from program)


def _separate(words: list[str]) -> tuple[str | None, list[str]]:
    """The file of `--net=FILE` or `-nFILE` (an optional argument, which getopt's string cannot say)."""
    for index, word in enumerate(words):
        if not word.startswith("-") or word == "--":
            break
        for prefix in ("--net=", "-n"):
            if word.startswith(prefix) and len(word) > len(prefix):
                return word.removeprefix(prefix).removeprefix("="), [*words[:index], "-n", *words[index + 1 :]]
    return None, words


def _target(process: Process, parsed: Parsed, path: str | None) -> Network | int:
    if not process.context.sys_admin:
        process.error(f"nsenter: reassociate to namespaces failed: {Errno.EPERM.words}\n")
        return 1
    if "n" not in parsed:
        return process.network
    pid = parsed.last("t")
    if path is None and pid is None:
        process.error("nsenter: neither filename nor target pid supplied for ns/net\n")
        return 1
    if pid is not None and not is_digits(pid):
        process.error(f"nsenter: failed to parse pid: '{pid}'\n")
        return 1
    path = f"/proc/{pid}/ns/net" if path is None else path
    try:
        return by_path(process, path)
    except KernelError as error:
        refused = error.errno is Errno.EINVAL
        said = "reassociate to namespace 'ns/net' failed" if refused else f"cannot open {path}"
        process.error(f"nsenter: {said}: {error.errno.words}\n")
        return 1

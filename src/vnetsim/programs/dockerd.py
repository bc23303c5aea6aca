"""dockerd --validate: whether the engine would take its flags and /etc/docker/daemon.json (moby 28.5, cmd/dockerd).

Not modelled: an engine in the foreground; `systemctl restart docker` starts it with the options of the file.
"""

from __future__ import annotations

from typing import Final

from vnetsim.docker import images
from vnetsim.docker.config.configfile import PATH
from vnetsim.docker.config.options import DaemonOptions
from vnetsim.docker.daemon.info import GIT_COMMIT
from vnetsim.errors import Errno, KernelError, NotModelled, UsageError
from vnetsim.process import Process

_FILE: Final = "--config-file"


def main(process: Process) -> int:
    arguments = list(process.argv[1:])
    if arguments in (["--version"], ["-v"]):
        process.write(f"Docker version {images.VERSION}, build {GIT_COMMIT}\n")
        return 0
    if "--validate" not in arguments:
        raise NotModelled("dockerd in the foreground (systemctl restart docker restarts the engine)")
    arguments.remove("--validate")
    path, arguments = _file_of(arguments)
    try:
        DaemonOptions.validate(arguments, _read(process, path), path or PATH)
    except UsageError as error:
        process.error(f"{error}\n")
        return 1
    process.error("configuration OK\n")
    return 0


def _file_of(arguments: list[str]) -> tuple[str, list[str]]:
    """The value of --config-file, and the other arguments."""
    for at, arg in enumerate(arguments):
        if arg.startswith(f"{_FILE}="):
            return arg.partition("=")[2], arguments[:at] + arguments[at + 1 :]
        if arg == _FILE and at + 1 < len(arguments):
            return arguments[at + 1], arguments[:at] + arguments[at + 2 :]
    return "", arguments


def _read(process: Process, path: str) -> str:
    """The text of the file; only the default one may be missing."""
    try:
        return process.files.read(path or PATH)
    except KernelError as error:
        if not path and error.errno is Errno.ENOENT:
            return ""
        reason = f"open {path}: {error.errno.strerror.lower()}"
        raise UsageError(f"unable to configure the Docker daemon with file {path}: {reason}") from None

"""dockerd --validate: whether the engine would take its flags and /etc/docker/daemon.json (moby 28.5, cmd/dockerd).

Not modelled: an engine in the foreground; `systemctl restart docker` starts it with what the file says.
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
    words = list(process.argv[1:])
    if words in (["--version"], ["-v"]):
        process.write(f"Docker version {images.VERSION}, build {GIT_COMMIT}\n")
        return 0
    if "--validate" not in words:
        raise NotModelled("dockerd in the foreground (systemctl restart docker restarts the engine)")
    words.remove("--validate")
    path, words = _file_of(words)
    try:
        DaemonOptions.validate(words, _read(process, path), path or PATH)
    except UsageError as error:
        process.error(f"{error}\n")
        return 1
    process.error("configuration OK\n")
    return 0


def _file_of(words: list[str]) -> tuple[str, list[str]]:
    """What --config-file names, and the other words."""
    for at, word in enumerate(words):
        if word.startswith(f"{_FILE}="):
            return word.partition("=")[2], words[:at] + words[at + 1 :]
        if word == _FILE and at + 1 < len(words):
            return words[at + 1], words[:at] + words[at + 2 :]
    return "", words


def _read(process: Process, path: str) -> str:
    """A file that nobody named may be missing."""
    try:
        return process.files.read(path or PATH)
    except KernelError as error:
        if not path and error.errno is Errno.ENOENT:
            return ""
        words = f"open {path}: {error.errno.words.lower()}"
        raise UsageError(f"unable to configure the Docker daemon with file {path}: {words}") from None

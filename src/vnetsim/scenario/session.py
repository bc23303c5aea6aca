"""Playing session files one after the other, each on a machine of its own, and telling how it went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from vnetsim.errors import KernelError, UsageError
from vnetsim.lab import Lab
from vnetsim.scenario.compare import differences, report
from vnetsim.scenario.load import load
from vnetsim.scenario.play import play
from vnetsim.scenario.update import update as updated

#: The exit status of a session that came out otherwise than it is written.
DIFFERENT = 1

Write = Callable[[str], object]


def run_files(
    files: Sequence[Path],
    write: Write,
    *,
    update: bool = False,
    quiet: bool = False,
    seed: int = 0,
    docker: bool | None = None,
    docker_flags: Sequence[str] = (),
    fetch: Sequence[str] = (),
) -> int:
    """Play the files; 0 if all of them came out as written (or were brought up to date), else 1.

    Afterwards the files `fetch` of the simulated machine are copied into the current directory.
    """
    documents = [(path, load(path)) for path in files]
    status = 0
    for path, document in documents:
        lab = Lab(seed, docker=docker, docker_flags=docker_flags, watch=True)
        played = play(document, lab, None if quiet else write)
        for wanted in fetch:
            _fetch(lab, wanted)
        found = differences(document, played)
        if found and update:
            _save(path, updated(document, played))
            write(f"{document.name}: {len(found)} of {len(played)} commands updated\n")
        elif found:
            status = DIFFERENT
            write(f"{report(document, found)}{document.name}: {len(found)} of {len(played)} commands differ\n")
        else:
            write(f"{document.name}: {len(played)} commands, all as written\n")
    return status


def _fetch(lab: Lab, wanted: str) -> None:
    target = Path(wanted.rpartition("/")[2])
    try:
        target.write_bytes(lab.read_file(wanted))
    except KernelError as error:
        raise UsageError(f"{wanted}: cannot be fetched from the simulated machine: {error.errno.words}") from None
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}") from None


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="\r\n" if b"\r\n" in path.read_bytes() else "\n")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None

"""Playing session files one after the other, each on a machine of its own, and telling how it went."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import attrs

from vnetsim.budget import Budget
from vnetsim.errors import KernelError, UsageError
from vnetsim.lab import Lab
from vnetsim.record import BACKGROUND_SECONDS, lab_for
from vnetsim.result import Result
from vnetsim.scenario.compare import differences, report
from vnetsim.scenario.composearguments import ComposeArguments
from vnetsim.scenario.declared import Images, declared_images
from vnetsim.scenario.document import Document
from vnetsim.scenario.handout import is_handout
from vnetsim.scenario.labs.kinds import is_lab_file, is_mininet_script
from vnetsim.scenario.load import load
from vnetsim.scenario.outputs import Outputs
from vnetsim.scenario.play import Played, play
from vnetsim.scenario.shellscript import commands_of, is_shell_script, path_of
from vnetsim.scenario.source import is_compose, is_host, read, resolved, seed_of
from vnetsim.scenario.update import update as updated
from vnetsim.values import frozen

#: The exit status of a session that came out otherwise than it is written.
DIFFERENT = 1

Write = Callable[[str], object]


#: Calls a function for each item, here or in other processes; the results come in the order of the items.
Work = Callable[[Callable[["WaitingFile"], "PlayedFile"], Sequence["WaitingFile"]], Iterable["PlayedFile"]]
#: Called after each file: files done, files in all.
Progress = Callable[[int, int], object]


@frozen
class PlayOptions:
    """How files are played.

    `fetch`: files of the simulated machine that are copied into the current directory; `outputs` are about one file.
    """

    update: bool = False
    quiet: bool = False
    seed: int | None = None
    docker: bool | None = None
    docker_flags: Sequence[str] = ()
    fetch: Sequence[str] = ()
    budget: Budget | None = None
    images: Images | None = None
    compose: ComposeArguments | None = None
    outputs: Outputs = Outputs()


@frozen
class WaitingFile:
    """A file that is read and not played yet; no document if it is run as a whole."""

    path: Path
    document: Document | None
    options: PlayOptions


@frozen
class PlayedFile:
    """Its exit status, and what was written about it; `notes` are on what its answers are built."""

    status: int
    text: str = ""
    notes: tuple[str, ...] = ()


def run_files(
    files: Sequence[Path], write: Write, options: PlayOptions | None = None, *, work: Work | None = None,
    progress: Progress | None = None,
) -> int:  # fmt: skip
    """Play the files, each on a machine of its own; 0 if all came out as written (or were brought up to date), else 1.

    With `work` (`vnetsim.reach.forks.workers.work`), files are played at the same time, and what is written about each
    is written when its turn has come: the same text in the same order.  UsageError for a file that cannot be played,
    after those before it; and if `fetch` would copy from several machines at once.
    """
    options = options or PlayOptions()
    options.outputs.require_one(len(files))
    paths = [Path(resolved(str(path))) for path in files]
    if options.update and (handout := next(filter(is_handout, map(str, paths)), None)):
        raise UsageError(f"--update {handout}: a lab file is written by `vnetsim lesson LESSON --handout FILE`")
    waiting = [WaitingFile(path, None if _is_run_whole(path) else load(path), options) for path in paths]
    if work is not None and options.fetch and len(waiting) > 1:
        raise UsageError("files are fetched from one machine after the other: no --jobs with --fetch")
    played = work(play_file, waiting) if work is not None else (_played(file, write) for file in waiting)
    status = 0
    for done, each in enumerate(played, 1):
        write(each.text)
        for note in each.notes:
            sys.stderr.write(f"vnetsim: {note}\n")
        status = each.status or status
        if progress is not None:
            progress(done, len(waiting))
    return status


def play_file(file: WaitingFile) -> PlayedFile:
    """Play a file without writing anything but what it updates or fetches."""
    text: list[str] = []
    if not _is_mininet(file.path):
        return attrs.evolve(_played(file, text.append), text="".join(text))
    if threading.current_thread() is not threading.main_thread():
        raise UsageError(f"{file.path}: a Mininet script is a program with an output of its own: no threads")
    with redirect_stdout(StringIO()) as output:
        played = _played(file, output.write)
    return attrs.evolve(played, text=output.getvalue())


def _played(file: WaitingFile, write: Write) -> PlayedFile:
    path, document, options = file.path, file.document, file.options
    images = _declared(path, options.images, options.compose)
    flags, budget = options.docker_flags, options.budget
    if document is None and _is_compose(path):
        lab = lab_for("docker", "", options.seed or 0, flags, complete=True, budget=budget, images=images)
        lab.watch()
    else:
        lab = Lab(
            seed_of(str(path), options.seed),
            docker=options.docker,
            docker_flags=flags,
            watch=True,
            budget=budget,
            images=images,
        )
    outputs = options.outputs.begin(lab, path.stem)
    if document is None:
        ended = _run_script(path, lab, write, quiet=options.quiet, compose=options.compose)
        _leave(lab, options.fetch)
        status = DIFFERENT if ended else 0
    else:
        played = play(document, lab, None if options.quiet else write)
        _leave(lab, options.fetch)
        status = _compared(path, document, played, write, update=options.update)
    outputs.write()
    return PlayedFile(status, notes=(*lab.shortfall.assumptions, *_ended(path, lab)))


def _ended(path: Path, lab: Lab) -> tuple[str, ...]:
    """Notes on the containers that a script left behind ended; sessions show them, compose files count them failed."""
    if not _is_script(path):
        return ()
    from vnetsim.scenario.endedcontainers import ended_containers  # noqa: PLC0415 -- sessions do without

    return tuple(f"{path}: {note}" for note in ended_containers(lab))


def _declared(path: Path, images: Images | None, compose: ComposeArguments | None) -> Images | None:
    """UsageError for flags of `docker compose` if this is no compose file."""
    found = declared_images(str(path), images)
    if _is_compose(path):
        from vnetsim.scenario.build import compose_of  # noqa: PLC0415 -- sessions do without

        return compose_of(str(path), read(str(path)), compose).images(found)
    if compose is not None:
        compose.refuse(str(path))
    return found


def _leave(lab: Lab, fetch: Sequence[str]) -> None:
    """Copy files of the machine."""
    for wanted in fetch:
        _fetch(lab, wanted)


def _compared(path: Path, document: Document, played: tuple[Played, ...], write: Write, *, update: bool) -> int:
    found = differences(document, played)
    if not found:
        write(f"{document.name}: {len(played)} commands, all as written\n")
    elif update:
        _save(path, updated(document, played))
        write(f"{document.name}: {len(found)} of {len(played)} commands updated\n")
    else:
        write(f"{report(document, found)}{document.name}: {len(found)} of {len(played)} commands differ\n")
        return DIFFERENT
    return 0


def _is_run_whole(path: Path) -> bool:
    return is_lab_file(str(path)) or _is_script(path) or _is_compose(path) or _is_mininet(path)


def _is_script(path: Path) -> bool:
    if path.suffix == ".sh" or is_host(str(path)):
        return True
    try:
        with path.open("rb") as file:
            return is_shell_script(file.readline().decode("utf-8-sig", errors="replace"))
    except OSError:
        return False


def _is_mininet(path: Path) -> bool:
    return path.suffix == ".py" and is_mininet_script(str(path), read(str(path)))


def _is_compose(path: Path) -> bool:
    return path.suffix in (".yaml", ".yml") and is_compose(str(path), read(str(path)))


def _run_script(path: Path, lab: Lab, write: Write, *, quiet: bool, compose: ComposeArguments | None) -> int:
    """Play a shell script, a compose file or a lab; what it ended with, 1 if that is 0 but commands in it failed."""
    show, text = None if quiet else write, read(str(path))
    status = 0
    if is_lab_file(str(path)):
        from vnetsim.scenario.labs.folder import LabFolder  # noqa: PLC0415 -- sessions do without

        LabFolder.of(str(path), text).play(lab, show=show)
    elif _is_mininet(path):
        from vnetsim.mininet.script import MininetScript  # noqa: PLC0415 -- the nodes are for few scenarios

        MininetScript(str(path)).play(lab, whole=True, silent=quiet)
    elif _is_compose(path):
        from vnetsim.scenario.composefile import ComposeScenario  # noqa: PLC0415 -- sessions do without

        status = ComposeScenario.of(str(path), text, arguments=compose).play(lab, show=show).exit_code
    else:
        status = run_script(lab, str(path), text, show=show).exit_code
        if status:
            write(f"{path}: the script ended with {status}\n")
        # What it left in the background has yet to run.
        lab.sleep(BACKGROUND_SECONDS)
    for failure in lab.failures:
        write(f"{failure}\n")
    return status or int(bool(lab.failures))


def run_script(lab: Lab, name: str, text: str, show: Write | None = None) -> Result:
    """Write a shell script to the simulated machine and run it there; failures in it are located in the user's."""
    put, run = commands_of(name, text)
    lab.shortfall.copies[path_of(name)] = name
    lab.run(put)
    with lab.shortfall.located_at(name, 0):
        return lab.run(run, show=show)


def _fetch(lab: Lab, wanted: str) -> None:
    target = Path(wanted.rpartition("/")[2])
    try:
        target.write_bytes(lab.read_file(wanted))
    except KernelError as error:
        raise UsageError(f"{wanted}: cannot be fetched from the simulated machine: {error.errno.strerror}") from None
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}") from None


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="\r\n" if b"\r\n" in path.read_bytes() else "\n")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None

"""Playing session files one after the other, each on a machine of its own, and telling how it went."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from vnetsim.budget import Budget
from vnetsim.errors import KernelError, UsageError
from vnetsim.lab import Lab
from vnetsim.lab.simulation import EPOCH_NS
from vnetsim.record import lab_for
from vnetsim.result import Result
from vnetsim.scenario.compare import differences, report
from vnetsim.scenario.composearguments import ComposeArguments
from vnetsim.scenario.declared import Images, declared_images
from vnetsim.scenario.document import Document
from vnetsim.scenario.labs.kinds import is_lab_file, is_mininet_script
from vnetsim.scenario.load import load
from vnetsim.scenario.play import Played, play
from vnetsim.scenario.shellscript import commands_of, is_shell_script, path_of
from vnetsim.scenario.source import is_compose, is_host, read, resolved
from vnetsim.scenario.update import update as updated
from vnetsim.trace import Event
from vnetsim.views.capture import CaptureView

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
    budget: Budget | None = None,
    images: Images | None = None,
    compose: ComposeArguments | None = None,
    capture: Path | None = None,
) -> int:
    """Play the files; 0 if all of them came out as written (or were brought up to date), else 1.

    Afterwards the files `fetch` of the simulated machine are copied into the current directory, and `capture` has all
    packets of the one file, in the pcapng format.
    """
    if capture is not None and len(files) > 1:
        raise UsageError(f"--pcapng {capture}: expected one scenario, because a capture is that of one machine")
    paths = [Path(resolved(str(path))) for path in files]
    documents = [(path, None if _is_run_whole(path) else load(path)) for path in paths]
    status = 0
    given = images
    for path, document in documents:
        images = _declared(path, given, compose)
        if document is None and _is_compose(path):
            lab = lab_for("docker", "", seed, docker_flags, complete=True, budget=budget, images=images)
            lab.watch()
        else:
            lab = Lab(seed, docker=docker, docker_flags=docker_flags, watch=True, budget=budget, images=images)
        captured = None if capture is None else _captured(lab)
        if document is None:
            ended = DIFFERENT if _run_script(path, lab, write, quiet=quiet, compose=compose) else 0
            _leave(lab, fetch)
        else:
            played = play(document, lab, None if quiet else write)
            _leave(lab, fetch)
            ended = _compared(path, document, played, write, update=update)
        status = ended or status
        if capture is not None and captured is not None:
            _write_capture(capture, captured)
    return status


def _captured(lab: Lab) -> CaptureView:
    """The packets of the lab from now on; its answers to `why` need them as well."""
    view = CaptureView(EPOCH_NS)

    def take(event: Event) -> None:
        lab.events.append(event)
        view(event)

    lab.watch(take)
    return view


def _write_capture(path: Path, view: CaptureView) -> None:
    try:
        path.write_bytes(view.encode())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


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
    """Copy files of the machine, and print on what its answers are built."""
    for wanted in fetch:
        _fetch(lab, wanted)
    for assumption in lab.shortfall.assumptions:
        sys.stderr.write(f"vnetsim: {assumption}\n")


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
    if is_host(str(path)):
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

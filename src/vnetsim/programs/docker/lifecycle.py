"""Commands that stop, remove, pause, rename ... containers (docker/cli, package container).

What is named twice or cannot be done does not stop the others.  The real client works on fifty containers at a time;
here they come one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.errors import EngineError
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CobraCommand, CommandError, ParsedFlags, at_least, exactly
from vnetsim.programs.docker.confirm import confirmed
from vnetsim.programs.docker.container_opts import restart_policy
from vnetsim.programs.docker.flags import BYTES, DECIMAL, FILTER, INT, STRING, UINT16, BadOption, Flag, switch, text
from vnetsim.programs.docker.go.times import human_size
from vnetsim.programs.docker.session import DockerSession

Json = dict[str, Any]
_Doing = Generator[Wait, Any, object]


def _each(session: DockerSession, names: Sequence[str], do: Callable[[str], _Doing]) -> Program:
    """Do it to each, print the names of those it was done to, then the complaints.

    `do` finds the engine itself, so that each name gets its complaint when there is none.
    """
    complaints: list[str] = []
    for name in names:
        try:
            yield from do(name)
        except EngineError as error:
            complaints.append(str(error))
        else:
            session.line(name)
    if complaints:
        raise CommandError("\n".join(complaints))
    return 0


def _timeout(options: ParsedFlags) -> int | None:
    return options.number("timeout") if "timeout" in options.given else None


def _run_stop(session: DockerSession, options: ParsedFlags) -> Program:
    timeout, signal = _timeout(options), options.text("signal")
    return _each(session, options.arguments, lambda name: session.engine.container_stop(name, timeout, signal))


def _run_restart(session: DockerSession, options: ParsedFlags) -> Program:
    timeout, signal = _timeout(options), options.text("signal")
    return _each(session, options.arguments, lambda name: session.engine.container_restart(name, timeout, signal))


def _run_kill(session: DockerSession, options: ParsedFlags) -> Program:
    signal = options.text("signal") or "KILL"
    return _each(session, options.arguments, lambda name: session.engine.container_kill(name, signal))


def _run_pause(session: DockerSession, options: ParsedFlags) -> Program:
    def pause(name: str) -> _Doing:
        return session.engine.container_pause(name)

    return _each(session, options.arguments, pause)


def _run_unpause(session: DockerSession, options: ParsedFlags) -> Program:
    def unpause(name: str) -> _Doing:
        return session.engine.container_unpause(name)

    return _each(session, options.arguments, unpause)


def _run_rm(session: DockerSession, options: ParsedFlags) -> Program:
    force, volumes, link = (options.switch(name) for name in ("force", "volumes", "link"))
    complaints: list[str] = []
    for name in options.arguments:
        bare = name.strip("/")
        if not bare:
            complaints.append("container name cannot be empty")
            continue
        try:
            yield from session.engine.container_delete(bare, force, volumes, link)
        except EngineError as error:
            if force and error.status == 404:
                session.error_line(str(error))
            else:
                complaints.append(str(error))
        else:
            session.line(name)
    if complaints:
        raise CommandError("\n".join(complaints))
    return 0


def _run_rename(session: DockerSession, options: ParsedFlags) -> Program:
    old, new = (name.strip() for name in options.arguments)
    if not old or not new:
        raise CommandError("Error: Neither old nor new names may be empty")
    try:
        yield from session.engine.container_rename(old, new)
    except EngineError as error:
        raise CommandError(f"{error}\nError: failed to rename container named {old}") from None
    return 0


def _run_wait(session: DockerSession, options: ParsedFlags) -> Program:
    complaints: list[str] = []
    for name in options.arguments:
        try:
            answer: Json = yield from session.engine.container_wait(name)
        except EngineError as error:
            complaints.append(str(error))
        else:
            session.line(str(answer["StatusCode"]))
    if complaints:
        raise CommandError("\n".join(complaints))
    return 0


def _run_update(session: DockerSession, options: ParsedFlags) -> Program:
    if not options.given:
        raise CommandError("you must provide one or more flags when using this command")
    try:
        policy = restart_policy(options.text("restart"))
    except BadOption as error:
        raise CommandError(str(error)) from None
    warnings: list[str] = []

    def update(name: str) -> _Doing:
        answer: Json = yield from session.engine.container_update(name, {"RestartPolicy": policy})
        warnings.extend(answer["Warnings"] or [])
        return None

    status = yield from _as_generator(_each(session, options.arguments, update))
    for warning in warnings:
        session.error_line(warning)
    return status


def _as_generator(program: Program) -> Generator[Wait, Any, int]:
    return program if isinstance(program, int) else (yield from program)


def _run_prune(session: DockerSession, options: ParsedFlags) -> Program:
    warning = "WARNING! This will remove all stopped containers."
    if not (options.switch("force") or (yield from confirmed(session, warning))):
        return 0
    answer: Json = yield from session.engine.container_prune(options.filters())
    deleted = answer["ContainersDeleted"] or []
    if deleted:
        session.line("\n".join(["Deleted Containers:", *deleted, ""]))
    session.line(f"Total reclaimed space: {human_size(answer['SpaceReclaimed'])}")
    return 0


_SIGNAL: Final = text("signal", "Signal to send to the container", "s")
_TIMEOUTS: Final = (
    _SIGNAL,
    Flag("time", INT, sets="timeout", deprecated="use --timeout instead"),
    Flag("timeout", INT, "Seconds to wait before killing the container", "t"),
)
_SEVERAL: Final = "[OPTIONS] CONTAINER [CONTAINER...]"


def _command(
    name: str, use: str, short: str, run: Callable[[DockerSession, ParsedFlags], Program], *flags: Flag
) -> CobraCommand:
    return CobraCommand(use, short, run, at_least(1), flags, (f"docker container {name}", f"docker {name}"))


STOP: Final = _command("stop", _SEVERAL, "Stop one or more running containers", _run_stop, *_TIMEOUTS)
RESTART: Final = _command("restart", _SEVERAL, "Restart one or more containers", _run_restart, *_TIMEOUTS)
KILL: Final = _command("kill", _SEVERAL, "Kill one or more running containers", _run_kill, _SIGNAL)
PAUSE: Final = _command(
    "pause", "CONTAINER [CONTAINER...]", "Pause all processes within one or more containers", _run_pause
)
UNPAUSE: Final = _command(
    "unpause", "CONTAINER [CONTAINER...]", "Unpause all processes within one or more containers", _run_unpause
)
WAIT: Final = _command(
    "wait",
    "CONTAINER [CONTAINER...]",
    "Block until one or more containers stop, then print their exit codes",
    _run_wait,
)
RM: Final = CobraCommand(
    _SEVERAL,
    "Remove one or more containers",
    _run_rm,
    at_least(1),
    (
        switch("force", "Force the removal of a running container (uses SIGKILL)", "f"),
        switch("link", "Remove the specified link", "l"),
        switch("volumes", "Remove anonymous volumes associated with the container", "v"),
    ),
    ("docker container rm", "docker container remove", "docker rm"),
)
RENAME: Final = CobraCommand(
    "CONTAINER NEW_NAME",
    "Rename a container",
    _run_rename,
    exactly(2),
    (),
    ("docker container rename", "docker rename"),
)
UPDATE: Final = _command(
    "update",
    _SEVERAL,
    "Update configuration of one or more containers",
    _run_update,
    Flag(
        "blkio-weight",
        UINT16,
        "Block IO (relative weight), between 10 and 1000, or 0 to disable",
        default="0",
        modelled=False,
    ),
    Flag("cpu-period", INT, "Limit CPU CFS (Completely Fair Scheduler) period", modelled=False),
    Flag("cpu-quota", INT, "Limit CPU CFS (Completely Fair Scheduler) quota", modelled=False),
    Flag("cpu-rt-period", INT, "Limit the CPU real-time period in microseconds", modelled=False),
    Flag("cpu-rt-runtime", INT, "Limit the CPU real-time runtime in microseconds", modelled=False),
    Flag("cpu-shares", INT, "CPU shares (relative weight)", "c", modelled=False),
    Flag("cpus", DECIMAL, "Number of CPUs", modelled=False),
    Flag("cpuset-cpus", STRING, "CPUs in which to allow execution (0-3, 0,1)", modelled=False),
    Flag("cpuset-mems", STRING, "MEMs in which to allow execution (0-3, 0,1)", modelled=False),
    Flag("memory", BYTES, "Memory limit", "m", modelled=False),
    Flag("memory-reservation", BYTES, "Memory soft limit", modelled=False),
    Flag("memory-swap", BYTES, "Swap limit equal to memory plus swap: -1 to enable unlimited swap", modelled=False),
    Flag("pids-limit", INT, "Tune container pids limit (set -1 for unlimited)", modelled=False),
    text("restart", "Restart policy to apply when a container exits"),
)
PRUNE: Final = CobraCommand(
    "[OPTIONS]",
    "Remove all stopped containers",
    _run_prune,
    exactly(0),
    (
        Flag("filter", FILTER, 'Provide filter values (e.g. "until=<timestamp>")'),
        switch("force", "Do not prompt for confirmation", "f"),
    ),
)

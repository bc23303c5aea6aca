"""Attached `docker compose up`: prints what the containers write, until all have ended or Ctrl-C (pkg/compose/up.go).

Containers that do not end go on until the interrupt, which stops them.  Not modelled: colours, the menu, --timestamps,
--watch, a second Ctrl-C.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

from vnetsim.clock import MILLISECOND, Wait
from vnetsim.compose.model import Project
from vnetsim.errors import NotModelled
from vnetsim.process import Interrupted, Process, Program
from vnetsim.programs.compose.containers import containers_of, name_of, service_of
from vnetsim.programs.compose.convergence import stop_services
from vnetsim.programs.compose.session import ComposeSession, Json, Step
from vnetsim.programs.compose.starting import start_project
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.values import define

#: How often to look for containers that have ended.
_LOOK: Final = 100 * MILLISECOND
_ABORTING: Final = "\x1b[31m\x1b[1mAborting on container exit...\x1b[0m\n"
_INTERRUPTED: Final = 130


def check_attached(options: ParsedFlags) -> None:
    """validateFlags, for attached runs; NotModelled for what is not done."""
    if options.switch("abort-on-container-failure") and options.switch("abort-on-container-exit"):
        raise CommandError("--abort-on-container-failure cannot be combined with --abort-on-container-exit")
    if options.texts("attach") and options.switch("attach-dependencies"):
        raise CommandError("cannot combine --attach and --attach-dependencies")
    if options.switch("timestamps"):
        raise NotModelled("docker compose up --timestamps")


def up_attached(session: ComposeSession, project: Project, options: ParsedFlags) -> Generator[Wait, Any, int]:
    """The exit status of the container that ends the run, or of --exit-code-from."""
    source = options.text("exit-code-from")
    if source and source not in project.services:
        raise CommandError(f"no such service: {source}: not found")
    containers = [one for one in containers_of(session, project.name) if service_of(one) in project.services]
    shown = _attached_services(project, options)
    followed = sorted((one for one in containers if service_of(one) in shown), key=name_of)
    prefix = "" if options.switch("no-log-prefix") else f"{project.name}-"
    width = max((len(_label(project, one)) for one in followed), default=0) + 1
    session.line(f"Attaching to {', '.join(_label(project, one) for one in followed)}")
    for one in followed:
        label = f"{_label(project, one).ljust(width)} | " if prefix else ""
        writer = _Prefixed(session.process, label)
        yield from session.docker.engine.container_attach(one["Id"], None, writer, writer)
    ends = [_End(one, _started_at(session, one)) for one in containers]
    quiet, session.quiet = session.quiet, True
    try:
        yield from start_project(session, project)
        session.quiet = quiet
        return (yield from _until_ended(session, project, options, ends, {one["Id"] for one in followed}))
    except Interrupted:
        session.quiet = quiet
        session.line("Gracefully Stopping... press Ctrl+C again to force")
        yield from stop_services(session, project, list(project.services), options.given_number("timeout"))
        session.process.error("\n")
        return _INTERRUPTED
    finally:
        session.quiet = quiet


def _attached_services(project: Project, options: ParsedFlags) -> set[str]:
    if options.texts("attach"):
        return set(options.texts("attach"))
    wanted = options.arguments if options.arguments and not options.switch("attach-dependencies") else project.services
    silent = set(options.texts("no-attach"))
    return {name for name in wanted if name not in silent and project.services[name].attach is not False}


def _label(project: Project, container: Json) -> str:
    return name_of(container).removeprefix(f"{project.name}-")


def _started_at(session: ComposeSession, container: Json) -> str:
    return str(session.docker.engine.container_inspect(container["Id"])["State"]["StartedAt"])


@define
class _End:
    """A container, when it was started before this run, and the status with which it has ended."""

    container: Json
    before: str
    status: int | None = None


def _until_ended(
    session: ComposeSession, project: Project, options: ParsedFlags, ends: list[_End], followed: set[str]
) -> Generator[Wait, Any, int]:
    on_exit = options.switch("abort-on-container-exit") or bool(options.text("exit-code-from"))
    on_failure = options.switch("abort-on-container-failure")
    aborted: int | None = None
    while any(end.status is None for end in ends):
        for end in _newly_ended(session, ends):
            if end.container["Id"] in followed:
                session.line(f"\n\x1b[K{_label(project, end.container)} exited with code {end.status}")
            if aborted is None and (on_exit or (on_failure and end.status)):
                aborted = end.status
                session.process.error(_ABORTING)
                stop = stop_services(session, project, list(project.services), options.given_number("timeout"))
                session.process.fork(_in_background(stop))
        yield session.process.sleep(_LOOK)
    source = options.text("exit-code-from")
    status = next((end.status for end in ends if service_of(end.container) == source), aborted) or 0
    if status:
        session.process.error("\n")
    return status


def _newly_ended(session: ComposeSession, ends: list[_End]) -> list[_End]:
    found = []
    for end in ends:
        state = session.docker.engine.container_inspect(end.container["Id"])["State"]
        if end.status is None and state["Status"] == "exited" and state["StartedAt"] != end.before:
            end.status = int(state["ExitCode"])
            found.append(end)
    return found


def _in_background(step: Step) -> Callable[[Process], Program]:
    def main(_process: Process) -> Program:
        yield from step
        return 0

    return main


@define(eq=False)
class _Prefixed:
    """What a container writes, line by line."""

    process: Process
    prefix: str
    begun: str = ""

    def write(self, text: str) -> None:
        *lines, self.begun = (self.begun + text).split("\n")
        self.process.write("".join(f"{self.prefix}{line}\n" for line in lines))

    def close(self) -> None:
        """The container has ended."""

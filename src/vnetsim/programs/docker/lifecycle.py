"""Commands that stop, remove, pause, rename ... containers (docker/cli, package container).

A repeated name or an error does not stop the others.  The real client processes fifty containers at a time; here they
are processed one by one.
"""

from __future__ import annotations

from typing import Any

from vnetsim.errors import EngineError
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.confirm import confirmed, print_deleted
from vnetsim.programs.docker.container_opts import restart_policy
from vnetsim.programs.docker.flags import BadOption
from vnetsim.programs.docker.go.times import human_size
from vnetsim.programs.docker.session import DockerSession, EngineCall, as_generator, for_each

Json = dict[str, Any]


def run_stop(session: DockerSession, options: ParsedFlags) -> Program:
    timeout, signal = options.given_number("timeout"), options.text("signal")
    return for_each(session, options.arguments, lambda name: session.engine.container_stop(name, timeout, signal))


def run_restart(session: DockerSession, options: ParsedFlags) -> Program:
    timeout, signal = options.given_number("timeout"), options.text("signal")
    return for_each(session, options.arguments, lambda name: session.engine.container_restart(name, timeout, signal))


def run_kill(session: DockerSession, options: ParsedFlags) -> Program:
    signal = options.text("signal") or "KILL"
    return for_each(session, options.arguments, lambda name: session.engine.container_kill(name, signal))


def run_pause(session: DockerSession, options: ParsedFlags) -> Program:
    return for_each(session, options.arguments, lambda name: session.engine.container_pause(name))  # noqa: PLW0108


def run_unpause(session: DockerSession, options: ParsedFlags) -> Program:
    return for_each(session, options.arguments, lambda name: session.engine.container_unpause(name))  # noqa: PLW0108


def run_rm(session: DockerSession, options: ParsedFlags) -> Program:
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


def run_rename(session: DockerSession, options: ParsedFlags) -> Program:
    old, new = (name.strip() for name in options.arguments)
    if not old or not new:
        raise CommandError("Error: Neither old nor new names may be empty")
    try:
        yield from session.engine.container_rename(old, new)
    except EngineError as error:
        raise CommandError(f"{error}\nError: failed to rename container named {old}") from None
    return 0


def run_wait(session: DockerSession, options: ParsedFlags) -> Program:
    def wait(name: str) -> EngineCall:
        answer: Json = yield from session.engine.container_wait(name)
        return str(answer["StatusCode"])

    return for_each(session, options.arguments, wait)


def run_update(session: DockerSession, options: ParsedFlags) -> Program:
    if not options.given:
        raise CommandError("you must provide one or more flags when using this command")
    try:
        policy = restart_policy(options.text("restart"))
    except BadOption as error:
        raise CommandError(str(error)) from None
    limits = {name: value for name, value in options.fields("HostConfig").items() if value}
    body: Json = {**limits, "RestartPolicy": policy}
    warnings: list[str] = []

    def update(name: str) -> EngineCall:
        answer: Json = yield from session.engine.container_update(name, body)
        warnings.extend(answer["Warnings"] or [])
        return None

    status = yield from as_generator(for_each(session, options.arguments, update))
    for warning in warnings:
        session.error_line(warning)
    return status


def run_prune(session: DockerSession, options: ParsedFlags) -> Program:
    warning = "WARNING! This will remove all stopped containers."
    if not (options.switch("force") or (yield from confirmed(session, warning))):
        return 0
    answer: Json = yield from session.engine.container_prune(options.filters())
    print_deleted(session, "Containers", answer["ContainersDeleted"])
    session.line(f"Total reclaimed space: {human_size(answer['SpaceReclaimed'])}")
    return 0

"""`docker run` and `docker create` (docker/cli, container/run.go and create.go)."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.docker.images.reference import Reference
from vnetsim.docker.runconfig.platform import is_own
from vnetsim.errors import EngineError, KernelError
from vnetsim.process import Program
from vnetsim.programs.docker import references
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.console import attached_status, checked_keys
from vnetsim.programs.docker.container_opts import body
from vnetsim.programs.docker.flags import BadOption
from vnetsim.programs.docker.images import pull
from vnetsim.programs.docker.session import DockerSession

Json = dict[str, Any]

_LOCALHOST: Final = re.compile(r"127(?:\.\d{1,3}){3}|::1")
_NOT_FOUND: Final = (
    "executable file not found",
    "no such file or directory",
    "system cannot find the file specified",
)
_NOT_RUNNABLE: Final = ("permission denied", "is a directory")
NO_TERMINAL: Final = "the input device is not a TTY"


def _with_help(message: str, command: str) -> str:
    return f"docker: {message}\n\nRun 'docker {command} --help' for more information"


def _body(session: DockerSession, options: ParsedFlags, command: str) -> Json:
    try:
        _check_pull(options.text("pull"))
        return body(session.process, options)
    except BadOption as error:
        raise CommandError(_with_help(str(error), command), 125) from None


def _check_pull(policy: str) -> None:
    if policy not in ("always", "missing", "never"):
        raise BadOption(f'invalid pull option: \'{policy}\': must be one of "always", "missing" or "never"')


# --- creating --------------------------------------------------------------------------------------------------------


def _create(session: DockerSession, options: ParsedFlags, request: Json) -> Generator[Wait, Any, str]:
    """The id of a new container; its image is pulled if need be.  EngineError, BadOption or CommandError."""
    _check_id_file(session, options.text("cidfile"))
    reference = references.parse(request["Image"])
    policy, name = options.text("pull"), options.text("name") or None
    if policy == "always" and reference is not None:
        yield from pull(session, reference, quiet=options.switch("quiet"), announce=False)
    try:
        _check_platform(options.text("platform"), reference)
        answer: Json = yield from session.engine.container_create(request, name)
    except EngineError as error:
        if error.status != 404 or reference is None or policy != "missing":
            raise
        if not options.switch("quiet"):
            session.error_line(f"Unable to find image '{reference.familiar}' locally")
        yield from pull(session, reference, quiet=options.switch("quiet"), announce=False)
        answer = yield from session.engine.container_create(request, name)
    for address in request["HostConfig"]["Dns"]:
        if _LOCALHOST.fullmatch(address):
            session.error_line(f"WARNING: Localhost DNS ({address}) may fail in containers.")
            break
    for warning in answer["Warnings"] or []:
        session.error_line(f"WARNING: {warning}")
    if options.text("cidfile"):
        session.process.files.write(options.text("cidfile"), answer["Id"])
    return str(answer["Id"])


def _check_platform(platform: str, reference: Reference | None) -> None:
    """EngineError 404 for other platforms: all images are for linux/amd64."""
    if not is_own(platform):
        name = "" if reference is None else reference.familiar
        raise EngineError(404, f"image with reference {name} was found but does not provide the specified platform")


def _check_id_file(session: DockerSession, path: str) -> None:
    if not path:
        return
    if session.process.files.exists(path):
        message = f"container ID file found, make sure the other container isn't running or delete {path}"
        raise CommandError(message)
    try:
        session.process.files.write(path, "")
    except KernelError as error:
        raise CommandError(
            f"failed to create the container ID file: open {path}: {error.errno.strerror.lower()}"
        ) from None


def create(session: DockerSession, options: ParsedFlags) -> Program:
    request = _body(session, options, "create")
    try:
        identity = yield from _create(session, options, request)
    except BadOption as error:
        raise CommandError(str(error)) from None
    session.line(identity)
    return 0


# --- running ---------------------------------------------------------------------------------------------------------


def _status_of(message: str) -> int:
    """As a shell: 127 for a command that does not exist, 126 for one that is not executable."""
    if any(part in message for part in _NOT_FOUND):
        return 127
    if any(part in message for part in _NOT_RUNNABLE):
        return 126
    return 125


def run(session: DockerSession, options: ParsedFlags) -> Program:
    request = _body(session, options, "run")
    if options.switch("detach"):
        if options.texts("attach"):
            raise CommandError("conflicting options: cannot specify both --attach and --detach")
    elif request["AttachStdin"] and request["Tty"] and not session.on_terminal:
        raise CommandError(NO_TERMINAL)
    try:
        identity = yield from _create(session, options, request)
        return (yield from _start(session, request, identity, options))
    except (EngineError, BadOption) as error:
        raise CommandError(_with_help(str(error), "run"), _status_of(str(error))) from None


def _start(session: DockerSession, request: Json, identity: str, options: ParsedFlags) -> Generator[Wait, Any, int]:
    """Attach, start, wait; a detached container is only started."""
    engine, process = session.engine, session.process
    streams = request["AttachStdin"], request["AttachStdout"], request["AttachStderr"]
    keys = ""
    if any(streams):
        keys = checked_keys(session, options.text("detach-keys"))
        yield from engine.container_attach(
            identity,
            process.stdin if request["AttachStdin"] else None,
            process.stdout if request["AttachStdout"] else None,
            process.stderr if request["AttachStderr"] else None,
        )
    else:
        session.line(identity)
    yield from engine.container_start(identity)
    if not any(streams):
        return 0
    condition = "removed" if request["HostConfig"]["AutoRemove"] else "next-exit"
    return (
        yield from attached_status(
            session, identity, condition, reads=request["AttachStdin"],
            forwards_signals=options.switch("sig-proxy"), keys=keys,
        )
    )  # fmt: skip

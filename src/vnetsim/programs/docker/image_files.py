"""`docker commit`, `save`, `load`, `import` and `image prune` (docker/cli, command/image, command/container/commit.go).

Not modelled: import from a URL, and the progress of layers that load shows on a terminal.
"""

from __future__ import annotations

import posixpath
from typing import Any

from vnetsim.docker.images.reference import Reference
from vnetsim.errors import EngineError, KernelError, NotModelled
from vnetsim.process import Program, is_terminal
from vnetsim.programs.docker import references
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.confirm import confirmed
from vnetsim.programs.docker.flags import BadOption
from vnetsim.programs.docker.go.times import human_size
from vnetsim.programs.docker.session import DockerSession
from vnetsim.programs.libc.octets import decode, encode

Json = dict[str, Any]


def _reference(text: str) -> Reference | None:
    """CommandError for what is none."""
    try:
        return references.parse(text) if text else None
    except BadOption as error:
        raise CommandError(str(error)) from None


def run_commit(session: DockerSession, options: ParsedFlags) -> Program:
    container, *names = options.arguments
    reference = _reference(names[0]) if names else None
    engine = session.engine
    running = engine.container_inspect(container)["State"]
    pauses = options.switch("pause") and running["Running"] and not running["Paused"]
    if pauses:
        yield from engine.container_pause(container)
    try:
        answer = yield from engine.image_commit(
            container, "" if reference is None else reference.familiar, comment=options.text("message"),
            author=options.text("author"), changes=options.texts("change"),
        )  # fmt: skip
    finally:
        if pauses:
            yield from engine.container_unpause(container)
    session.line(answer["Id"])
    return 0


def run_prune(session: DockerSession, options: ParsedFlags) -> Program:
    every = options.switch("all")
    what = "all images without at least one container associated to them" if every else "all dangling images"
    if not (options.switch("force") or (yield from confirmed(session, f"WARNING! This will remove {what}."))):
        return 0
    filters = {**options.filters(), "dangling": ["false" if every else "true"]}
    answer: Json = yield from session.engine.image_prune(filters)
    if answer["ImagesDeleted"]:
        session.line("Deleted Images:")
        for step in answer["ImagesDeleted"]:
            session.line("".join(f"{what.lower()}: {which}" for what, which in step.items()))
        session.line()
    session.line(f"Total reclaimed space: {human_size(answer['SpaceReclaimed'])}")
    return 0


def run_save(session: DockerSession, options: ParsedFlags) -> Program:
    _refuse_platform(options)
    path, process = options.text("output"), session.process
    if not path and is_terminal(process.stdin) and not hasattr(process.stdout, "append"):
        raise CommandError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
    above = posixpath.dirname(path)
    if above and not process.files.is_directory(above):
        raise CommandError(f"failed to save image: invalid output path: stat {above}: no such file or directory")
    data: bytes = yield from session.engine.image_save(options.arguments)
    if not path:
        process.write(decode(data))
        return 0
    try:
        process.files.write(path, decode(data))
    except KernelError as error:
        raise CommandError(f"failed to save image: open {path}: {error.errno.strerror.lower()}") from None
    return 0


def run_load(session: DockerSession, options: ParsedFlags) -> Program:
    _refuse_platform(options)
    path, process = options.text("input"), session.process
    if not path and session.on_terminal:
        raise CommandError("requested load from stdin, but stdin is empty")
    text = _read(session, path) if path else (yield process.stdin.read_all())

    def report(message: Json) -> None:
        process.write(message.get("stream", ""))

    engine = session.engine
    try:
        yield from engine.image_load(encode(text), report, options.switch("quiet"))
    except EngineError as error:
        raise CommandError(error.message) from None
    return 0


def run_import(session: DockerSession, options: ParsedFlags) -> Program:
    _refuse_platform(options)
    source, *names = options.arguments
    reference = _reference(names[0]) if names else None
    if source.startswith(("http://", "https://")):
        raise NotModelled(f"docker import of {source}")
    text = _read(session, source) if source != "-" else (yield session.process.stdin.read_all())
    identity: str = yield from session.engine.image_import(
        encode(text), "" if reference is None else reference.familiar, message=options.text("message"),
        changes=options.texts("change"),
    )  # fmt: skip
    session.line(identity)
    return 0


def _read(session: DockerSession, path: str) -> str:
    try:
        return session.process.files.read(path)
    except KernelError as error:
        raise CommandError(f"open {path}: {error.errno.strerror.lower()}") from None


def _refuse_platform(options: ParsedFlags) -> None:
    platform = options.text("platform")
    if platform and platform != "linux/amd64":
        raise NotModelled(f"an image of the platform {platform}")

"""`docker build` (docker/cli, command/image/build.go): the classic builder's client, as there is no buildx.

Not modelled: contexts of URLs and git repositories, `docker buildx`; limits of the containers of RUN limit nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.docker.api.build import BuildFailed, BuildOptions
from vnetsim.docker.daemon.copying import without_ignored
from vnetsim.errors import EngineError, KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.process.files import Files
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.flags import pairs
from vnetsim.programs.docker.go.times import human_size
from vnetsim.programs.docker.session import DockerSession
from vnetsim.programs.libc.octets import encode
from vnetsim.programs.libc.streams import absolute

_DEPRECATED: Final = """\
DEPRECATED: The legacy builder is deprecated and will be removed in a future release.
            Install the buildx component to build images with BuildKit:
            https://docs.docker.com/go/buildx/
"""
_BLOCK: Final = 512
_DOCKERFILE: Final = "Dockerfile"

Tree = dict[str, str | None]


def notice(session: DockerSession) -> None:
    """What the client says of itself before it reads its arguments."""
    session.error_line(_DEPRECATED)


def run(session: DockerSession, options: ParsedFlags) -> Program:
    where = options.arguments[0]
    if options.switch("squash"):
        raise CommandError('"--squash" is only supported on a Docker daemon with experimental features enabled')
    if where.startswith(("http://", "https://", "git@", "git://", "github.com/")):
        raise NotModelled(f"a build of {where}")
    dockerfile = options.text("file")
    if where == "-" and dockerfile == "-":
        raise CommandError("invalid argument: can't use stdin for both build context and dockerfile")
    given = (yield session.process.stdin.read_all()) if "-" in (where, dockerfile) else ""
    if where == "-":
        name, tree = _DOCKERFILE, {_DOCKERFILE: given}
    else:
        name, tree = _context(session.process, where, dockerfile, given)
    request = _request(session, options, name)
    sending = f"Sending build context to Docker daemon {human_size(_size(tree)):>8}\n"
    if not request.quiet:
        session.line(sending)
    try:
        return (yield from _build(session, options, tree, request))
    except (EngineError, CommandError):
        if request.quiet:
            session.error_line(sending)
        raise


def _build(
    session: DockerSession, options: ParsedFlags, tree: Tree, request: BuildOptions
) -> Generator[Wait, Any, int]:
    reported = False

    def report(message: dict[str, Any]) -> None:
        nonlocal reported
        reported = True
        session.process.write(message.get("stream", ""))

    try:
        identity: str = yield from session.engine.image_build(tree, request, report)
    except EngineError as error:
        if not reported:
            raise
        code = error.code if isinstance(error, BuildFailed) else 1
        raise CommandError(error.message, code) from None
    path = options.text("iidfile")
    if path:
        session.process.files.write(absolute(session.process, path), identity)
    return 0


def _request(session: DockerSession, options: ParsedFlags, dockerfile: str) -> BuildOptions:
    tags = options.texts("tag")
    environment = session.process.context.environment
    args = {}
    for text in options.texts("build-arg"):
        key, equals, value = text.partition("=")
        args[key] = value if equals else environment.get(key)
    return BuildOptions(
        tags=tuple(tags), dockerfile=dockerfile, args=args, labels=pairs(options.texts("label")),
        target=options.text("target"), network=options.text("network"), extra_hosts=tuple(options.texts("add-host")),
        no_cache=options.switch("no-cache"), quiet=options.switch("quiet"), remove=options.switch("rm"),
        force_remove=options.switch("force-rm"), pull=options.switch("pull"),
        limits=_limits(options), isolation=options.text("isolation"), security=tuple(options.texts("security-opt")),
        platform=options.text("platform") or environment.get("DOCKER_DEFAULT_PLATFORM", ""),
        cache_from=tuple(options.texts("cache-from")),
    )  # fmt: skip


def _limits(options: ParsedFlags) -> dict[str, int | str]:
    numbers = {"Memory": "memory", "MemorySwap": "memory-swap", "CpuPeriod": "cpu-period", "CpuQuota": "cpu-quota"}
    texts = {"CpusetCpus": "cpuset-cpus", "CpusetMems": "cpuset-mems"}
    found: dict[str, int | str] = {field: options.number(flag) for field, flag in numbers.items()}
    return found | {field: options.text(flag) for field, flag in texts.items()}


# --- the context ------------------------------------------------------------------------------------------------------


def _context(process: Process, where: str, dockerfile: str, given: str) -> tuple[str, Tree]:
    """The name of the Dockerfile in the context, and the context; CommandError."""
    files, directory = process.files, absolute(process, where)
    if not files.exists(directory):
        raise CommandError(f'unable to prepare context: path "{where}" not found')
    if not files.is_directory(directory):
        raise CommandError(f"unable to prepare context: context must be a directory: {posixpath.normpath(where)}")
    tree = _read(files, directory)
    name = _DOCKERFILE
    if dockerfile == "-":
        tree[name] = given
    elif dockerfile:
        name = _named(process, directory, dockerfile, tree)
    if name not in tree:
        path = dockerfile or posixpath.join(posixpath.normpath(where), name)
        raise CommandError(_no_dockerfile(path))
    return name, without_ignored(tree, (name, ".dockerignore"))


def _named(process: Process, directory: str, dockerfile: str, tree: Tree) -> str:
    """A Dockerfile that is somewhere else is added to the context."""
    files, top = process.files, posixpath.normpath(directory)
    for path in (absolute(process, dockerfile), posixpath.join(directory, dockerfile)):
        whole = posixpath.normpath(path)
        if files.exists(whole) and not files.is_directory(whole):
            if whole.startswith(f"{top.rstrip('/')}/"):
                return posixpath.relpath(whole, top)
            tree[_outside(whole)] = files.read(whole)
            return _outside(whole)
    raise CommandError(_no_dockerfile(dockerfile))


def _outside(path: str) -> str:
    return f".dockerfile.{posixpath.basename(path)}"


def _no_dockerfile(path: str) -> str:
    what = f"lstat {path}: no such file or directory"
    return f"unable to prepare context: unable to evaluate symlinks in Dockerfile path: {what}"


def _read(files: Files, directory: str, below: str = "") -> Tree:
    found: Tree = {}
    for name in files.list(directory):
        path, inner = posixpath.join(directory, name), posixpath.join(below, name)
        if files.is_directory(path):
            found[inner] = None
            found |= _read(files, path, inner)
        elif not files.is_program(path):
            try:
                found[inner] = files.read(path)
            except KernelError as error:
                raise CommandError(f"error checking context: {path}: {error.errno.strerror.lower()}") from None
    return found


def _size(tree: Tree) -> int:
    """Bytes of the archive that a real client sends."""
    blocks = (1 + -(-len(encode(text or "")) // _BLOCK) for text in tree.values())
    return (sum(blocks) + 2) * _BLOCK

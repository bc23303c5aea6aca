"""`docker cp`, `export` and `diff` (docker/cli, container/cp.go, export.go, diff.go; moby's archive/copy.go).

The client decides what is copied to where.  Its own files are those of its process on the simulated machine.

All simulated files are root's, with -a as without.  Not modelled: the progress that a terminal shows while it copies.
"""

from __future__ import annotations

import posixpath
from collections.abc import Generator, Iterator
from typing import Any, Final, TypeAlias

import attrs

from vnetsim.clock import Wait
from vnetsim.docker.archive import Entry, entries_of, extract, pack, unpack
from vnetsim.errors import EngineError, Errno, KernelError
from vnetsim.process import Program, is_terminal
from vnetsim.process.files import Files
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.go.times import human_size
from vnetsim.programs.docker.session import DockerSession
from vnetsim.programs.libc.octets import decode, encode
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import frozen

Json = dict[str, Any]
#: What copies; gives the size of the archive in bytes.
Copying: TypeAlias = Generator[Wait, Any, int]

_IS_DIRECTORY: Final = 1 << 31
_SECOND: Final = 10**9
_NO_DIRECTORY: Final = "no such directory"


@frozen
class CopyInfo:
    """archive.CopyInfo: a path, and what is there."""

    path: str
    exists: bool
    is_directory: bool


def run(session: DockerSession, options: ParsedFlags) -> Program:
    source, destination = options.arguments
    for text, name in ((source, "source"), (destination, "destination")):
        if not text:
            raise CommandError(f"{name} can not be empty")
    from_container, source_path = split(source)
    to_container, target_path = split(destination)
    if from_container and to_container:
        raise CommandError("copying between containers is not supported")
    if not (from_container or to_container):
        raise CommandError("must specify at least one container source")
    follows = options.switch("follow-link")
    if from_container:
        size = yield from copy_from(session, from_container, source_path, target_path, follows=follows)
        where = target_path if target_path == "-" else _local(session, target_path)
    else:
        size = yield from copy_to(session, to_container, source_path, target_path, follows=follows)
        where = f"{to_container}:{target_path}"
    if is_terminal(session.process.stderr) and not options.switch("quiet") and "-" not in (source_path, target_path):
        session.process.error(f"Successfully copied {human_size(size)} to {where}\n")
    return 0


def split(argument: str) -> tuple[str, str]:
    """splitCpArg: a container, "" for none, and a path."""
    container, colon, path = argument.partition(":")
    if argument.startswith("/") or not colon or container.startswith("."):
        return "", argument
    return container, path


# --- out of a container ----------------------------------------------------------------------------------------------


def copy_from(session: DockerSession, container: str, source: str, target: str, *, follows: bool) -> Copying:
    """The size of the archive; `target` is a path, or - for standard output.  CommandError, EngineError."""
    yield from ()
    engine, files = session.engine, session.process.files
    local = target if target == "-" else _local(session, target)
    if target != "-":
        above = posixpath.dirname(posixpath.normpath(local))
        if not files.is_directory(above):
            raise CommandError(f'invalid output path: directory "{above}" does not exist')
    if follows:
        source = _followed(session, container, source)
    stat, archive = engine.container_get_archive(container, source)
    if target == "-":
        session.process.write(decode(archive))
        return len(archive)
    there = CopyInfo(source, True, bool(stat["mode"] & _IS_DIRECTORY))
    directory, entries = _arrange(unpack(archive), there, _info(files, local))
    _extract(files, directory, entries)
    return len(archive)


def _followed(session: DockerSession, container: str, source: str) -> str:
    """-L: where a link leads."""
    try:
        target = str(session.engine.container_stat_path(container, source)["linkTarget"])
    except EngineError:
        return source
    return target or source


def _extract(files: Files, directory: str, entries: list[Entry]) -> None:
    try:
        extract(files, directory, entries, replaces=False)
    except EngineError as error:
        raise CommandError(error.message) from None


# --- into a container ------------------------------------------------------------------------------------------------


def copy_to(session: DockerSession, container: str, source: str, target: str, *, follows: bool) -> Copying:
    """The size of the archive; `source` is a path, or - for standard input.  CommandError, EngineError.

    There are no links of the user's own to follow.
    """
    del follows
    engine = session.engine
    there = _in_container(session, container, target)
    if source == "-":
        if not there.is_directory:
            raise CommandError(f'destination "{container}:{target}" must be a directory')
        text: str = yield session.process.stdin.read_all()
        engine.container_put_archive(container, there.path, encode(text), replaces=False)
        return len(text)
    local = _local(session, source)
    directory, entries = _arrange(*_packed(session.process.files, local), there)
    archive = pack(iter(entries), session.process.machine.wall_clock() // _SECOND)
    engine.container_put_archive(container, directory, archive, replaces=False)
    return len(archive)


def _packed(files: Files, local: str) -> tuple[list[Entry], CopyInfo]:
    if not files.exists(local):
        raise CommandError(f"lstat {local}: {Errno.ENOENT.strerror.lower()}")
    path = posixpath.normpath(local)
    name = "." if local.endswith("/.") else posixpath.basename(path)
    try:
        packed = list(entries_of(files, path, name))
    except KernelError as error:
        raise CommandError(f"open {local}: {error.errno.strerror.lower()}") from None
    return packed, CopyInfo(local, True, files.is_directory(local))


def _in_container(session: DockerSession, container: str, path: str) -> CopyInfo:
    """What the client knows of the destination; a link counts as what it leads to."""
    try:
        stat = session.engine.container_stat_path(container, path) if path else None
        if stat is not None and stat["linkTarget"]:
            path = stat["linkTarget"]
            stat = session.engine.container_stat_path(container, path)
    except EngineError:
        stat = None
    return CopyInfo(path, stat is not None, stat is not None and bool(stat["mode"] & _IS_DIRECTORY))


# --- what is copied to where -----------------------------------------------------------------------------------------


def _arrange(entries: list[Entry], source: CopyInfo, target: CopyInfo) -> tuple[str, list[Entry]]:
    """PrepareArchiveCopy: the directory to unpack into, and the entries by the name that they get there."""
    if target.exists and target.is_directory:
        return target.path, entries
    if target.exists and source.is_directory:
        raise CommandError("cannot copy directory")
    if not source.is_directory and not target.exists and target.path.endswith(("/", "/.")):
        raise CommandError(_NO_DIRECTORY)
    if not target.path or (target.exists and target.path.endswith("/")):
        raise CommandError(_NO_DIRECTORY)
    path = posixpath.normpath("/" + target.path.lstrip("/"))
    directory, name = posixpath.split(path)
    return directory, list(_renamed(entries, posixpath.basename(source.path.rstrip("/")) or "/", name))


def _renamed(entries: list[Entry], old: str, new: str) -> Iterator[Entry]:
    """RebaseArchiveEntries."""
    for entry in entries:
        if old == ".":
            name = new if entry.name == "." else f"{new}/{entry.name.removeprefix('./')}"
        else:
            name = new + entry.name.removeprefix(old)
        yield attrs.evolve(entry, name=name)


def _local(session: DockerSession, path: str) -> str:
    """resolveLocalPath: absolute; `/` or `/.` at the end stay."""
    full = posixpath.normpath(absolute(session.process, path))
    if path == "." or path.endswith("/."):
        return f"{full}/." if path != "." else f"{full.rstrip('/')}/."
    return f"{full.rstrip('/')}/" if path.endswith("/") else full


def _info(files: Files, path: str) -> CopyInfo:
    plain = posixpath.normpath(path)
    return CopyInfo(path, files.exists(plain), files.is_directory(plain))


# --- export and diff -------------------------------------------------------------------------------------------------


def run_export(session: DockerSession, options: ParsedFlags) -> Program:
    name, path = options.arguments[0], options.text("output")
    if path:
        path = absolute(session.process, path)
        above = posixpath.dirname(path)
        if not session.process.files.is_directory(above):
            raise CommandError(
                f"failed to export container: invalid output path: stat {above}: {Errno.ENOENT.strerror.lower()}"
            )
    elif is_terminal(session.process.stdout):
        raise CommandError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
    archive = decode(session.engine.container_export(name))
    if path:
        session.process.files.write(path, archive)
    else:
        session.process.write(archive)
    return 0


def run_diff(session: DockerSession, options: ParsedFlags) -> Program:
    for change in session.engine.container_changes(options.arguments[0]) or ():
        session.line(f"{'CAD'[change['Kind']]} {change['Path']}")
    return 0

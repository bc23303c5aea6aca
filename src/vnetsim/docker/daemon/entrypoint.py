"""What the entrypoint script of an image demands before it runs the server: a password, or data of an earlier run.

The demands are in `catalogue.json`, from the `docker-entrypoint.sh` that each Dockerfile names.  A container whose
setting is missing prints what the script prints and ends with its status; a server that has started leaves the file
by which the script knows that its data directory is in use.

Not modelled: what a script prints before the demand and after it, the time that it takes, the contents of files that
variables name (`POSTGRES_PASSWORD_FILE`), and scripts in `/docker-entrypoint-initdb.d`.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.commandlines import name_of
from vnetsim.docker.daemon.mounted import make_directories
from vnetsim.docker.daemon.serverports import settings_of
from vnetsim.docker.daemon.servers import command_of, mounted_in
from vnetsim.docker.images import catalogue
from vnetsim.docker.images.catalogue import CatalogueEntry
from vnetsim.docker.images.requirements import Requirement, StartSettings
from vnetsim.errors import KernelError
from vnetsim.process.files import Files
from vnetsim.process.machine import Machine

_NANOSECONDS: Final = 1_000_000_000


def requirements_of(container: Container) -> list[Requirement]:
    """What the container's entrypoint demands for its command."""
    image, entry = container.image, catalogue.entries().get(container.image.entry)
    if entry is None or container.config["Entrypoint"] != (list(entry.entrypoint) or None):
        return []
    if not entry.requires or not runs_server(container, entry):
        return []
    found = catalogue.requirements_of(image.entry, image.version, settings_of(container))
    return [
        each for each in found if not any(mounted_in(container, path) for path in (*each.configured, each.file) if path)
    ]


def runs_server(container: Container, entry: CatalogueEntry) -> bool:
    """Whether its command is the server of its image, and no other program or script."""
    if container.command == [*container.image.entrypoint, *container.image.command]:
        return True
    command = command_of(container)
    names = (*map(name_of, entry.command[:1]), *entry.runs)
    return command[0].startswith("-") or not names or name_of(command[0]) in names


def refusal(machine: Machine, requirement: Requirement, files: Files, given: StartSettings) -> str:
    """What the script prints before it ends; "" if it runs the server."""
    mark = requirement.unless.rstrip("/")
    if mark and files.exists(mark):
        return ""
    if not (files.exists(requirement.file) if requirement.file else requirement.is_met(given)):
        return _stamp(machine) + requirement.text if requirement.stamp else requirement.text
    return ""


def leave_marks(requirements: Iterable[Requirement], files: Files) -> None:
    """What the server makes when it has started, by which its script knows that its data directory is in use."""
    for requirement in requirements:
        mark = requirement.unless.rstrip("/")
        if mark and not files.exists(mark):
            with suppress(KernelError):  # a data directory that cannot be written is the server's trouble
                _leave(files, mark, is_directory=requirement.unless.endswith("/"))


def _stamp(machine: Machine) -> str:
    """`date --rfc-3339=seconds` and the level (mysql_log)."""
    now = datetime.fromtimestamp(machine.wall_clock() // _NANOSECONDS, UTC)
    return f"{now.isoformat(sep=' ')} [ERROR] [Entrypoint]: "


def _leave(files: Files, path: str, *, is_directory: bool) -> None:
    make_directories(files, path if is_directory else path.rpartition("/")[0])
    if not is_directory:
        files.write(path, "")

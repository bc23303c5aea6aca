"""What the entrypoint script of an image demands before it runs the server: a password, or data of an earlier run.

The demands are in `catalogue.json`, from the `docker-entrypoint.sh` that each Dockerfile names.  A container whose
setting is missing prints what the script prints and ends with its status; a server that has started leaves the file
by which the script knows that its data directory is in use.

Not modelled: what a script prints before the demand and after it, the time that it takes, the contents of files that
variables name (`POSTGRES_PASSWORD_FILE`), and scripts in `/docker-entrypoint-initdb.d`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from vnetsim.docker.container.container import Container
from vnetsim.docker.daemon.commandlines import name_of
from vnetsim.docker.daemon.mounted import make_directories
from vnetsim.docker.daemon.servers import command_of, mounted_in
from vnetsim.docker.images import catalogue
from vnetsim.docker.images.catalogue import CatalogueEntry, Requirement
from vnetsim.errors import KernelError
from vnetsim.process.files import Files
from vnetsim.process.machine import Machine

_NANOSECONDS: Final = 1_000_000_000
#: Of a container that lacks a setting.
REFUSED: Final = 1


def requirement_of(container: Container) -> Requirement | None:
    """What the container's entrypoint demands for its command; None for nothing."""
    entry = catalogue.entries().get(container.image.entry)
    if entry is None or entry.requires is None or container.config["Entrypoint"] != (list(entry.entrypoint) or None):
        return None
    is_configured = any(mounted_in(container, path) for path in entry.requires.configured)
    return entry.requires if _runs_server(container, entry) and not is_configured else None


def _runs_server(container: Container, entry: CatalogueEntry) -> bool:
    command = command_of(container)
    return command[0].startswith("-") or not entry.command or name_of(command[0]) == name_of(entry.command[0])


def refusal(machine: Machine, requirement: Requirement, files: Files, environment: Mapping[str, str]) -> str:
    """What the script prints before it ends with status 1; "" if it runs the server, which leaves its mark."""
    mark = requirement.unless.rstrip("/")
    if mark and files.exists(mark):
        return ""
    if not requirement.is_met(environment):
        return _stamp(machine) + requirement.text if requirement.stamp else requirement.text
    if mark:
        with suppress(KernelError):  # a data directory that cannot be written is the server's trouble
            _leave(files, mark, is_directory=requirement.unless.endswith("/"))
    return ""


def _stamp(machine: Machine) -> str:
    """`date --rfc-3339=seconds` and the level (mysql_log)."""
    now = datetime.fromtimestamp(machine.wall_clock() // _NANOSECONDS, UTC)
    return f"{now.isoformat(sep=' ')} [ERROR] [Entrypoint]: "


def _leave(files: Files, path: str, *, is_directory: bool) -> None:
    make_directories(files, path if is_directory else path.rpartition("/")[0])
    if not is_directory:
        files.write(path, "")

"""The flags -f, --profile and --env-file of `docker compose`, for the file that is the scenario."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from vnetsim.errors import UsageError
from vnetsim.values import frozen


@frozen
class ComposeArguments:
    """`files` are merged into the scenario's own file, in their order; paths are the user's."""

    files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()

    def refuse(self, name: str) -> None:
        """UsageError if there are any, for a scenario that is no compose file."""
        for flag, values in (("--file", self.files), ("--profile", self.profiles), ("--env-file", self.env_files)):
            if values:
                raise UsageError(f"{flag} {values[0]}: expected a compose file as the scenario, found {name}")

    def on_host(self, folder: Path, home: str) -> ComposeArguments:
        """With the paths that the files have in the directory `home` of the host; UsageError for files elsewhere."""
        return ComposeArguments(
            tuple(_on_host(path, folder, home) for path in self.files),
            self.profiles,
            tuple(_on_host(path, folder, home) for path in self.env_files),
        )

    def flags(self, own: Sequence[str]) -> list[str]:
        """As they are typed in the directory of the files; `own` are the paths that -f names."""
        return [
            *(word for path in own for word in ("-f", shlex.quote(path))),
            *(word for name in self.profiles for word in ("--profile", shlex.quote(name))),
            *(word for path in self.env_files for word in ("--env-file", shlex.quote(path))),
        ]


def _on_host(path: str, folder: Path, home: str) -> str:
    found = Path(path)
    if not found.is_file():
        raise UsageError(f"{path}: there is no such file")
    try:
        inside = found.resolve().relative_to(folder.resolve())
    except ValueError:
        raise UsageError(
            f"{path} is outside {folder}, the folder of the compose file: no file outside it is read"
        ) from None
    return f"{home}/{inside.as_posix()}"

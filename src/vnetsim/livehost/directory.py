"""The directory that collect.sh writes: its files, read and checked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final, TypeAlias

from vnetsim.errors import UsageError
from vnetsim.values import frozen

#: The list of namespaces: a line `DIRECTORY KIND INODE` each, the host's first.
_INDEX: Final = "namespaces"
_VERSIONS: Final = "versions"
_FORMAT: Final = "format 1"

#: An object of the JSON that iproute2 prints.
IpRecord: TypeAlias = dict[str, Any]


def is_host_directory(path: Path) -> bool:
    """Whether `vnetsim collect` made it, as its files tell."""
    return path.is_dir() and (path / _INDEX).is_file() and (path / "host").is_dir()


@frozen
class CollectedNamespace:
    """The files of one network namespace; `name` is "" for that of the host."""

    path: Path
    kind: str
    name: str

    def has(self, file: str) -> bool:
        return (self.path / file).is_file()

    def records(self, file: str, command: str, *keys: str, required: bool = False) -> list[IpRecord]:
        """The objects of a JSON file, each with these keys; [] if it was not collected and is not required."""
        if not self.has(file):
            if required:
                raise UsageError(f"{self.path / file}: there is no such file: expected the output of `{command}`")
            return []
        text = text_of(self.path / file)
        try:
            found = json.loads(text or "[]")
        except (ValueError, RecursionError) as error:
            raise self._unexpected(file, command, str(error)) from None
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise self._unexpected(file, command, "this is no list of objects")
        found = [each for each in found if each]
        for each in found:
            lacking = next((key for key in keys if key not in each), None)
            if lacking is not None:
                raise self._unexpected(file, command, f"an object has no {lacking!r}")
        return found

    def _unexpected(self, file: str, command: str, error: str) -> UsageError:
        return UsageError(f"{self.path / file}: expected the JSON of `{command}`: {error}")

    def text(self, file: str) -> str:
        """ "" if it was not collected."""
        return text_of(self.path / file) if self.has(file) else ""


@frozen
class HostDirectory:
    """All that was collected."""

    path: Path
    namespaces: tuple[CollectedNamespace, ...]
    versions: dict[str, str]
    #: What could not be collected, as the script notes it.
    missing: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> HostDirectory:
        """UsageError, in one sentence, for what is no such directory."""
        if not is_host_directory(path):
            raise UsageError(f"{path}: expected a directory that the script of `vnetsim collect` made")
        lines = text_of(path / _VERSIONS).splitlines() if (path / _VERSIONS).is_file() else []
        if _FORMAT not in lines:
            expected = f"expected a line `{_FORMAT}`, as the script of `vnetsim collect` writes"
            raise UsageError(f"{path / _VERSIONS}: {expected}")
        notes = text_of(path / "notes").splitlines() if (path / "notes").is_file() else []
        return cls(
            path=path,
            namespaces=tuple(_namespaces(path)),
            versions=dict(line.partition(" ")[::2] for line in lines),
            missing=tuple(notes),
        )

    @property
    def tables(self) -> dict[str, str]:
        """Numbers of routing tables by their names."""
        file = self.path / "rt_tables"
        lines = text_of(file).splitlines() if file.is_file() else []
        found = (re.fullmatch(r"\s*(\d+|0x[0-9a-f]+)\s+(\S+)\s*(#.*)?", line) for line in lines)
        return {match[2]: str(int(match[1], 0)) for match in found if match}


def _namespaces(path: Path) -> list[CollectedNamespace]:
    index, found, names = path / _INDEX, [], {""}
    for number, line in enumerate(text_of(index).splitlines(), 1):
        match = re.fullmatch(r"(host|netns/[\w.-]+) (host|container|named|process) \d+", line)
        if match is None or (number == 1) != (match[1] == "host") or not (path / match[1]).is_dir():
            raise UsageError(f"{index}:{number}: expected DIRECTORY KIND INODE, the host's first, found {line!r}")
        name = match[1].removeprefix("netns/") if number > 1 else ""
        name = f"{name}-netns" if name in ("host", "lan") and match[2] != "named" else name
        while name in names and number > 1:
            name += "_"
        names.add(name)
        found.append(CollectedNamespace(path / match[1], match[2], name))
    if not found:
        raise UsageError(f"{index}: expected a line for each namespace, the host's first")
    return found


def text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: expected UTF-8 text, found the byte 0x{error.object[error.start]:02x}") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None

"""`include`: other projects' resources become resources of this one (compose-go's loader/include.go)."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vnetsim.compose import dotenv
from vnetsim.compose.files import absolute, join, not_found, relative
from vnetsim.compose.golang import string_verb
from vnetsim.compose.paths import is_remote
from vnetsim.compose.values import ComposeError, YamlMap, YamlValue
from vnetsim.errors import NotModelled
from vnetsim.values import define

if TYPE_CHECKING:
    from vnetsim.compose.loader import FileLoader

_SECTIONS: Final = ("services", "volumes", "networks", "secrets", "configs", "models")


@define
class Inclusion:
    """One entry of `include`; `relative_directory` is its project directory, relative to the file that includes it."""

    paths: list[str]
    project_directory: str
    env_files: list[str]
    relative_directory: str = ""


def apply_include(file: FileLoader, config: YamlMap, included: list[str]) -> None:
    for number, entry in enumerate(_entries(config.get("include"))):
        inclusion = _inclusion(entry, number)
        _locate(file, inclusion, included)
        environment = dict(file.source.environment)
        for key, value in _environment(file, inclusion).items():
            environment.setdefault(key, value)
        imported = file.included(inclusion, environment, included)
        for section in _SECTIONS:
            _import(imported, config, section)
    config.pop("include", None)


def _entries(value: YamlValue) -> Sequence[YamlValue]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ComposeError(f"`include` must be a list, got {string_verb(value)}", ("include",))
    return value


def _inclusion(entry: YamlValue, number: int) -> Inclusion:
    at = ("include", str(number))
    fields: YamlMap = {"path": entry} if isinstance(entry, str) else entry if isinstance(entry, dict) else {}
    if not fields:
        raise ComposeError(f"include.{number} must be a mapping or string", at)
    directory = fields.get("project_directory", "")
    return Inclusion(
        _strings(fields.get("path"), at),
        directory if isinstance(directory, str) else "",
        _strings(fields.get("env_file"), at),
    )


def _strings(value: YamlValue, at: tuple[str, ...]) -> list[str]:
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    found = [item for item in items if isinstance(item, str)]
    if len(found) != len(items):
        raise ComposeError("invalid type []interface {} for string list", at)
    return found


def _locate(file: FileLoader, inclusion: Inclusion, included: list[str]) -> None:
    """Absolute paths; the first is the main file, whose directory is that of the project."""
    for number, path in enumerate(inclusion.paths):
        if is_remote(path):
            raise NotModelled(f"compose: include of {path}")
        inclusion.paths[number] = local = absolute(path, file.loader_dir)
        if number:
            continue
        directory = inclusion.project_directory
        if not directory:
            inclusion.project_directory = posixpath.dirname(local)
            inclusion.relative_directory = _directory(file, local)
        elif not directory.startswith("/"):
            inclusion.relative_directory = _directory(file, directory)
            inclusion.project_directory = join(file.source.working_dir, directory)
        else:
            inclusion.relative_directory = directory
        if local in included:
            cycle = [*included, local]
            message = "include cycle detected:\n" + cycle[0] + "\n include " + "\n include ".join(cycle[1:])
            raise ComposeError(message, ("include",))


def _directory(file: FileLoader, path: str) -> str:
    """localResourceLoader.Dir: the directory of a path, relative to where the loader starts."""
    found = absolute(path, file.loader_dir)
    if not file.loader.files.is_directory(absolute(found, file.loader.directory)):
        found = absolute(posixpath.dirname(path) or ".", file.loader_dir)
    answer = relative(file.loader_dir, found)
    return found if answer is None else answer


def _environment(file: FileLoader, inclusion: Inclusion) -> dict[str, str]:
    files, directory = file.loader.files, file.loader.directory
    paths = []
    if not inclusion.env_files:
        default = absolute(join(inclusion.project_directory, ".env"), directory)
        if files.exists(default) and not files.is_directory(default):
            paths.append(default)
    for path in inclusion.env_files:
        local = path
        if not path.startswith("/"):
            local = join(file.source.working_dir, path)
            if not files.exists(absolute(local, directory)):
                raise not_found(local, "stat")
            if files.is_directory(absolute(local, directory)):
                raise ComposeError(f"{local} is not a file", ("include",))
        paths.append(absolute(local, directory))
    return dotenv.read_files(files, paths, file.source.environment, file.loader.warn)


def _import(source: YamlMap, target: YamlMap, section: str) -> None:
    found = source.get(section)
    if not isinstance(found, dict):
        return
    known = target.setdefault(section, {})
    if not isinstance(known, dict):
        target[section] = known = {}
    for name, value in found.items():
        if name in known and known[name] != value:
            raise ComposeError(f"{section}.{name} conflicts with imported resource", (section, name))
        known[name] = value

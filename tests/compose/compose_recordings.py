"""The recordings of `docker compose config` (tests/recorded/compose): their files in memory, their commands played."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from vnetsim.compose import config
from vnetsim.compose.config import ConfigRequest
from vnetsim.compose.files import not_found
from vnetsim.compose.options import ProjectOptions
from vnetsim.compose.values import ComposeError

DIRECTORY = Path(__file__).parents[1] / "recorded" / "compose"
#: Go prints the keys of a map in no order.
UNORDERED = ("services", "networks", "volumes", "images")
_WARNING = re.compile(r'time="[^"]*" level=warning msg=(.*)\n')


@attrs.define
class MemoryFiles:
    """Text files by absolute path."""

    texts: dict[str, str]

    def read(self, path: str) -> str:
        if path in self.texts:
            return self.texts[path]
        if self.is_directory(path):
            raise ComposeError(f"read {path}: is a directory", file=path, line=1)
        raise not_found(path)

    def exists(self, path: str) -> bool:
        return path in self.texts or self.is_directory(path)

    def is_directory(self, path: str) -> bool:
        return any(name.startswith(f"{path.rstrip('/')}/") for name in self.texts)

    def real_path(self, path: str) -> str:
        return path


@attrs.frozen
class Answer:
    """`warnings` without their times, sorted: their order is that of Go's maps."""

    rc: int
    stdout: str
    stderr: str
    warnings: list[str]


@attrs.frozen
class Case:
    directory: str
    files: dict[str, str]
    command: str
    real: Answer

    def memory(self) -> MemoryFiles:
        texts = {posixpath.normpath(posixpath.join(self.directory, name)): text for name, text in self.files.items()}
        return MemoryFiles({"/dev/null": "", **texts})

    def __str__(self) -> str:
        return f"{self.directory.rpartition('/')[2]}: {self.command}"


def recordings() -> Iterator[dict[str, Any]]:
    for path in sorted(DIRECTORY.glob("*.json")):
        yield json.loads(path.read_text("utf-8"))


def cases() -> Iterator[Case]:
    for recording in recordings():
        for step in recording["steps"]:
            warnings = [json.loads(text) if text[0] == '"' else text for text in _WARNING.findall(step["stderr"])]
            stderr = _WARNING.sub("", step["stderr"])
            real = Answer(step["rc"], _ordered(step["cmd"], step["stdout"]), stderr, sorted(warnings))
            yield Case(recording["directory"], recording["files"], step["cmd"], real)


def _ordered(command: str, text: str) -> str:
    unordered = any(f"--{aspect}" in command for aspect in UNORDERED)
    return "".join(sorted(text.splitlines(keepends=True))) if unordered else text


def play(case: Case) -> Answer:
    """What vnetsim answers to the same command over the same files."""
    words = shlex.split(case.command)
    environment = {"HOME": "/root", "PWD": case.directory}
    while "=" in words[0]:
        key, _, value = words.pop(0).partition("=")
        environment[key] = value
    warnings: list[str] = []
    options = ProjectOptions(
        directory=case.directory, files=case.memory(), environment=environment, warn=warnings.append
    )
    start = words.index("config")
    _read_flags(options, words[2:start])
    try:
        text = config.answer(options, _request(options, words[start + 1 :]))
    except ComposeError as error:
        return Answer(1, "", f"{error}\n", sorted(warnings))
    return Answer(0, _ordered(case.command, text), "", sorted(warnings))


def _read_flags(options: ProjectOptions, words: list[str]) -> list[str]:
    rest = []
    remaining = iter(words)
    for word in remaining:
        if word == "-f":
            options.config_paths.append(next(remaining))
        elif word == "-p":
            options.project_name = next(remaining)
        elif word == "--profile":
            options.profiles.append(next(remaining))
        elif word == "--env-file":
            options.env_files.append(next(remaining))
        elif word == "--project-directory":
            options.project_directory = next(remaining)
        elif word == "--all-resources":
            options.all_resources = True
        else:
            rest.append(word)
    return rest


def _switch_off(options: ProjectOptions, word: str) -> None:
    options.normalize &= word != "--no-normalize"
    options.resolve_paths &= word != "--no-path-resolution"
    options.consistency &= word != "--no-consistency"


def _request(options: ProjectOptions, words: list[str]) -> ConfigRequest:
    services: list[str] = []
    found: dict[str, Any] = {}
    remaining = iter(_read_flags(options, words))
    for word in remaining:
        if word in ("--format", "--hash"):
            found[word[2:]] = next(remaining)
        elif word == "-q":
            found["quiet"] = True
        elif word.startswith("--no-"):
            _switch_off(options, word)
        elif word.startswith("--"):
            found["aspect"] = word[2:]
        else:
            services.append(word)
    return ConfigRequest(services=services, **found)

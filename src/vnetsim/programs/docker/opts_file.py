"""Files of variables, `--env-file` and `--label-file`, and environments (docker/cli, opts/file.go, opts/env.go)."""

from __future__ import annotations

from collections.abc import Sequence

from vnetsim.errors import KernelError
from vnetsim.process import Process
from vnetsim.programs.docker.cobra import ParsedFlags
from vnetsim.programs.docker.flags import BadOption


def file_lines(process: Process, paths: Sequence[str], kind: str) -> list[str]:
    """`name=value` lines of files; a variable without value comes from the client's environment."""
    found: list[str] = []
    for path in paths:
        try:
            content = process.files.read(path)
        except KernelError as error:
            raise BadOption(f"open {path}: {error.errno.strerror.lower()}") from None
        for line in content.splitlines():
            line = line.lstrip()
            name, equals, _ = line.partition("=")
            if not line or line.startswith("#"):
                continue
            if any(character.isspace() for character in name):
                raise BadOption(f"invalid {kind} file ({path}): variable '{name}' contains whitespaces")
            if not name:
                raise BadOption(f"invalid {kind} file ({path}): no variable name on line '{line}'")
            if equals:
                found.append(line)
            elif kind == "env" and name in process.context.environment:
                found.append(f"{name}={process.context.environment[name]}")
    return found


def environment(process: Process, options: ParsedFlags) -> list[str]:
    return [
        *file_lines(process, options.texts("env-file"), "env"),
        *{text.partition("=")[0]: with_value(process, text) for text in options.texts("env")}.values(),
    ]


def with_value(process: Process, text: str) -> str:
    """A variable without a value has that of the client's environment, if it is set there."""
    value = process.context.environment.get(text)
    return text if "=" in text or value is None else f"{text}={value}"


def exec_environment(process: Process, options: ParsedFlags) -> list[str]:
    """As `docker exec` sends it: in the order given."""
    found = file_lines(process, options.texts("env-file"), "env")
    return [*found, *(with_value(process, text) for text in options.texts("env"))]

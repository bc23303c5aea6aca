"""`docker logs`, `docker port` and `docker top` (docker/cli, package container)."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

from vnetsim.clock import MILLISECOND, Wait
from vnetsim.digits import is_digits
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.flags import BadValue
from vnetsim.programs.docker.formatter import aligned
from vnetsim.programs.docker.network_list import natural_order
from vnetsim.programs.docker.ports import join_host_port, parse_range
from vnetsim.programs.docker.session import DockerSession

#: How often `logs --follow` looks.
_LOOK: Final = 100 * MILLISECOND
_TOP_COLUMN: Final = 20

# --- logs ------------------------------------------------------------------------------------------------------------


def run_logs(session: DockerSession, options: ParsedFlags) -> Program:
    name = options.arguments[0]
    lines = list(_lines(session.engine.container_logs(name)))
    shown = _tail(lines, options.text("tail"))
    _write(session, shown)
    if options.switch("follow"):
        yield from _follow(session, name, len(lines))
    return 0


def _lines(entries: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for stream, entry in entries:
        for line in entry.splitlines(keepends=True):
            yield stream, line


def _tail(lines: list[tuple[str, str]], count: str) -> list[tuple[str, str]]:
    """All of them when `count` is no number."""
    if not is_digits(count):
        return lines
    return lines[-int(count) :] if int(count) else []


def _write(session: DockerSession, lines: Sequence[tuple[str, str]]) -> None:
    for stream, line in lines:
        output = session.process.stdout if stream == "stdout" else session.process.stderr
        output.write(line)


def _follow(session: DockerSession, name: str, seen: int) -> Generator[Wait, Any, None]:
    """Until the container stops."""
    while session.engine.container_inspect(name)["State"]["Running"]:
        yield session.process.sleep(_LOOK)
        lines = list(_lines(session.engine.container_logs(name)))
        _write(session, lines[seen:])
        seen = len(lines)


# --- port ------------------------------------------------------------------------------------------------------------


def run_port(session: DockerSession, options: ParsedFlags) -> Program:
    name, *wanted = options.arguments
    published = session.engine.container_inspect(name)["NetworkSettings"]["Ports"] or {}
    if wanted:
        lines = _frontends(published.get(_port_key(wanted[0])))
        if not lines:
            raise CommandError(f"Error: No public port '{wanted[0]}' published for {name}")
    else:
        lines = [f"{port} -> {place}" for port, bindings in published.items() for place in _frontends(bindings)]
    if lines:
        session.line("\n".join(sorted(lines, key=natural_order)))
    return 0


def _port_key(text: str) -> str:
    number, _, protocol = text.partition("/")
    try:
        if "-" in number:
            raise BadValue(f'strconv.ParseUint: parsing "{number}": invalid syntax')
        parse_range(number or "-")
    except BadValue as error:
        raise CommandError(f"Error: invalid port ({number}): {error}") from None
    return f"{number}/{protocol or 'tcp'}"


def _frontends(bindings: Sequence[dict[str, str]] | None) -> list[str]:
    return [join_host_port(binding["HostIp"], binding["HostPort"]) for binding in bindings or []]


# --- top -------------------------------------------------------------------------------------------------------------


def run_top(session: DockerSession, options: ParsedFlags) -> Program:
    name, *ps_options = options.arguments
    answer = session.engine.container_top(name, " ".join(ps_options))
    rows = [answer["Titles"], *answer["Processes"]]
    session.process.write(aligned("".join("\t".join(row) + "\n" for row in rows), _TOP_COLUMN))
    return 0

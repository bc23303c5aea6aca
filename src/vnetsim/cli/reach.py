"""`vnetsim reach SCENARIO` and `vnetsim reach diff A B`: who reaches whom, and what changed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Unpack

import click

from vnetsim.cli.options import (
    note_assumptions,
    one_sentence,
    progress_line,
    with_jobs,
    with_lab_options,
    write,
    write_all,
)

if TYPE_CHECKING:
    from vnetsim.reach.endpoints.probe import Probe
    from vnetsim.reach.matrix.matrix import Matrix
    from vnetsim.scenario.build import LabOptions

_CHANGED = 1
_NO_ANSWER = 2


class _Default(click.Group):
    """A group whose first argument may be left out: `vnetsim reach FILE` is `vnetsim reach matrix FILE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in ("-h", "--help", *self.commands):
            args = ["matrix", *args]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of the command that may be left out are listed here: its own help is hidden."""
        self.commands["matrix"].format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


def _ports(_context: click.Context, _parameter: click.Parameter, argv: tuple[str, ...]) -> list[Probe]:
    from vnetsim.errors import UsageError  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.reach.endpoints.probe import parse_probe  # noqa: PLC0415

    try:
        return [parse_probe([each]) for text in argv for each in text.split(",")]
    except UsageError as error:
        raise click.BadParameter(str(error)) from None


_with_ports = click.option(
    "--port",
    "ports",
    multiple=True,
    callback=_ports,
    metavar="tcp/N|udp/N|icmp",
    help="Ask for this one, not for the ports at which somebody listens; may be said again.",
)
_with_senders = click.option("--from", "senders", multiple=True, metavar="NAME", help="Only these (web*, host, lan …).")
_with_receivers = click.option("--to", "receivers", multiple=True, metavar="NAME", help="Only these.")
_with_names = click.option("--names/--no-names", default=True, help="Whether names are tried besides addresses.")


@click.group(
    cls=_Default,
    invoke_without_command=False,
    options_metavar="",
    subcommand_metavar="[OPTIONS] SCENARIO | diff [OPTIONS] A B",
)
def reach() -> None:
    """Who reaches whom: every container, namespace, host and LAN machine against all others and their ports.

    SCENARIO is a session file, a script of commands, a compose file, or `-`; FILE@7 is after its seventh command.
    `vnetsim reach diff A B` tells what changed from one scenario, or moment, to another.
    """


@reach.command(hidden=True)
@click.argument("scenario")
@_with_ports
@_with_senders
@_with_receivers
@_with_names
@click.option("--format", "form", type=click.Choice(["text", "csv", "json", "markdown", "html"]), default="text",
              show_default=True)  # fmt: skip
@with_lab_options
@with_jobs
@one_sentence
def matrix(scenario: str, form: str, **options: Any) -> None:
    """The matrix of SCENARIO: a session file, a script of commands, a compose file, or `-`; FILE@7 is a moment."""
    from vnetsim.reports.matrix import presented  # noqa: PLC0415

    write_all(presented(_matrix(scenario, **options), form))


@reach.command()
@click.argument("before")
@click.argument("after")
@_with_ports
@_with_senders
@_with_receivers
@_with_names
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_lab_options
@with_jobs
@one_sentence
def diff(before: str, after: str, form: str, **options: Any) -> None:
    """What is reached in one of two scenarios, or moments, and not in the other; exit status 1 if anything is, 2
    if nothing is but some of it is not known.

    A moment is FILE@NUMBER, after so many commands, or FILE@LABEL, where a heading or a first line of prose says so.
    """
    from vnetsim.reach.matrix.diff import changes  # noqa: PLC0415
    from vnetsim.reports.matrix import unknown_of  # noqa: PLC0415
    from vnetsim.reports.policy import incomplete  # noqa: PLC0415

    matrices = [_matrix(each, **options) for each in (before, after)]
    found = changes(*matrices)
    failures = [failure for matrix in matrices for failure in matrix.failures]
    if form == "json":
        rows = [change.row() for change in found]
        report = {"changes": rows, "incomplete": [each.json() for each in failures]} if failures else rows
        write(json.dumps(report, indent=1) + "\n")
    else:
        write("".join(f"{change}\n" for change in found) + incomplete(failures))
    unknown = [line for matrix in matrices for line in unknown_of(matrix)]
    for line in unknown:
        click.echo(f"vnetsim: not known: {line}", err=True)
    sys.exit(_CHANGED if found else _NO_ANSWER if unknown else 0)


def _matrix(
    scenario: str, *, ports: list[Probe], senders: tuple[str, ...], receivers: tuple[str, ...], names: bool,
    jobs: int | None, **lab_options: Unpack[LabOptions],
) -> Matrix:  # fmt: skip
    from vnetsim.errors import UsageError  # noqa: PLC0415
    from vnetsim.reach.endpoints.endpoints import all_endpoints  # noqa: PLC0415
    from vnetsim.reach.endpoints.question import similar  # noqa: PLC0415
    from vnetsim.reach.matrix.cells import matches  # noqa: PLC0415
    from vnetsim.reach.matrix.matrix import Matrix  # noqa: PLC0415
    from vnetsim.scenario.checkpoint import load_checkpoint  # noqa: PLC0415

    lab = load_checkpoint(scenario, **lab_options)
    note_assumptions(lab.shortfall.assumptions)
    known = all_endpoints(lab)
    for option, patterns in (("--from", senders), ("--to", receivers)):
        for pattern in patterns:
            if not any(matches(one, [pattern]) for one in known):
                there = [*dict.fromkeys(one.service for one in known if one.service), *(one.short for one in known)]
                expected = f"expected a name or a pattern of one of: {', '.join(there)}{similar(pattern, there)}"
                raise UsageError(f"{option} {pattern}: {expected}")
    with progress_line("probes") as progress:
        return Matrix.of(lab, ports=ports, senders=senders, receivers=receivers, names=names, in_place=True, jobs=jobs,
                         progress=progress)  # fmt: skip

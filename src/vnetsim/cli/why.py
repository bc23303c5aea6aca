"""The command `vnetsim why`."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Unpack

import click

from vnetsim.cli.options import note_assumptions, one_sentence, progress_line, with_lab_options, write

if TYPE_CHECKING:
    from vnetsim.scenario.build import LabOptions

_NO_ANSWER = 2


@click.command()
@click.argument("scenario")
@click.argument("sender", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("probe", nargs=-1, metavar="[icmp|tcp/PORT|udp/PORT] [size=BYTES] [df] [sport=PORT] [established]")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--no-change", is_flag=True, help="Do not look for a change that would turn the verdict.")
@click.option(
    "--colour/--no-colour",
    default=None,
    help="Whether to colour the answer.  [default: on a terminal, unless NO_COLOR is set]",
)
@with_lab_options
@one_sentence
def why(
    scenario: str, sender: str, target: str, probe: tuple[str, ...], as_json: bool, no_change: bool,
    colour: bool | None, **lab_options: Unpack[LabOptions],
) -> None:  # fmt: skip
    """Why what FROM sends to TO arrives, or does not, in SCENARIO, and what would turn that.

    SCENARIO is a session file, a script of commands, a compose file, the folder of a lab, or -.  An end is
    container:NAME, a service of Compose, netns:NAME, host, lan, an address, or (as TO) name:NAME; TO may have a port:
    db:5432.  Exit status 0: it arrives, 1: it does not, 2: there is no answer.
    """
    from vnetsim.reach.endpoints.question import ReachQuestion  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.reach.why.why import why as explain  # noqa: PLC0415
    from vnetsim.scenario.build import load  # noqa: PLC0415
    from vnetsim.views.why import why_text  # noqa: PLC0415

    lab = load(scenario, **lab_options)
    with progress_line("changes tried") as progress:
        question = ReachQuestion.parse(lab, sender, target, *probe)
        answer = explain(lab, question, change=not no_change, progress=progress)
    note_assumptions(lab.shortfall.assumptions)
    if as_json:
        write(json.dumps(answer.json(), indent=2) + "\n")
    else:
        if colour is None and os.environ.get("NO_COLOR"):
            colour = False
        # click strips the colours unless they were requested.
        click.echo(why_text(answer.json(), colour=colour is not False), nl=False, color=colour)
    sys.exit((0 if answer.arrives else 1) if answer.is_known else _NO_ANSWER)

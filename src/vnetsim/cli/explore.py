"""`vnetsim explore SCENARIO POLICY`: can operations break the policy, and which are the fewest that do?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from vnetsim.cli.options import one_sentence, with_ground, with_jobs, write

_BROKEN = 1


@click.command()
@click.argument("scenario")
@click.argument("policy", type=click.Path(path_type=Path))
@click.option("--steps", type=click.IntRange(min=1), default=5, show_default=True, help="Moves of one example.")
@click.option("--examples", type=click.IntRange(min=1), default=100, show_default=True, help="How many are tried.")
@with_jobs
@click.option("--moves", "kinds", multiple=True, metavar="KIND", help="Only these (connect, restart, firewall …).")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where the session goes; POLICY.counterexample.session."
)
@click.option("--quiet", is_flag=True, help="Tell of no progress.")
@click.option("--allow-vacuous", is_flag=True, help="Search although a rule is about nobody before the first move.")
@with_ground
@one_sentence
def explore(
    scenario: str, policy: Path, steps: int, examples: int, jobs: int | None, kinds: tuple[str, ...],
    output: Path | None, quiet: bool, allow_vacuous: bool, **ground: Any,
) -> None:  # fmt: skip
    """Search for operations that break POLICY in SCENARIO.

    If there are any, the smallest session that shows them is printed and saved, and the exit status is 1; `vnetsim run`
    plays it, and it can be typed on a real host.  Kinds of moves: connect, disconnect, run, restart, stop, start, move,
    firewall, link, loss, engine, reboot.  Exit status 2: there is no answer, since the scenario is incomplete, or a
    rule vacuous before the first move.
    """
    from vnetsim.errors import UsageError  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.reach.explore import USUAL  # noqa: PLC0415
    from vnetsim.reach.explore import explore as search  # noqa: PLC0415
    from vnetsim.reach.policy import load  # noqa: PLC0415
    from vnetsim.reach.reports import incomplete  # noqa: PLC0415
    from vnetsim.reach.stage import Stage  # noqa: PLC0415

    rules = load(policy)
    stage = Stage.load(scenario, **ground)
    chosen = tuple(word for text in kinds for word in text.split(",")) or USUAL
    found = search(
        stage, rules, steps=steps, examples=examples, seed=stage.seed, kinds=chosen, jobs=jobs,
        progress=None if quiet else _progress, allow_vacuous=allow_vacuous,
    )  # fmt: skip
    if not quiet and (found is None or found.example >= 0):
        click.echo(err=True)  # the line that tells of the progress ends
    write(incomplete(stage.failures))
    if found is None:
        write(f"{policy}: no rule was broken in {examples} examples of up to {steps} steps\n")
        return
    path = output or Path(f"{policy.stem}.counterexample.session")
    write(f"{found.session}\n{found.violation}\n")
    try:
        path.write_text(found.session, "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    write(f"{_steps(len(found.moves))}; saved as {path}\n")
    sys.exit(_BROKEN)


def _steps(count: int) -> str:
    if not count:
        return "the scenario itself breaks it"
    return f"{count} {'step breaks' if count == 1 else 'steps break'} it, and none of them can be left out"


def _progress(done: int, of: int) -> None:
    click.echo(f"\r{done} of {of} examples", nl=False, err=True)

"""`vnetsim explore SCENARIO POLICY`: can operations break the policy, and which are the fewest that do?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from vnetsim.cli.options import ProgressLine, note_assumptions, one_sentence, save, with_jobs, with_lab_options, write

if TYPE_CHECKING:
    from vnetsim.reach.exploration.explored import Exploration
    from vnetsim.scenario.build import LabOptions


@click.command()
@click.argument("scenario")
@click.argument("policy", type=click.Path(path_type=Path))
@click.option("--steps", type=click.IntRange(min=1), default=5, show_default=True, help="Moves of one example.")
@click.option("--examples", type=click.IntRange(min=1), default=100, show_default=True, help="How many are tried.")
@click.option("--most", type=click.IntRange(min=1), default=5, show_default=True,
              help="Counter-examples of a rule, of which none is like another one.")  # fmt: skip
@with_jobs
@click.option("--moves", "kinds", multiple=True, metavar="KIND", help="Only these (connect, restart, firewall …).")
@click.option("--wide", is_flag=True, help="Also moves that accept everything, or join whom a rule keeps apart.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Where the smallest session goes, the others beside it; POLICY.counterexample.session.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write a report for CI there, a test case a rule.")
@click.option("--sarif", type=click.Path(path_type=Path), help="Write a SARIF 2.1.0 log there.")
@click.option("--quiet", is_flag=True, help="Tell of no progress, which only a terminal shows.")
@click.option("--allow-vacuous", is_flag=True, help="Search although a rule has no endpoint before the first move.")
@with_lab_options
@one_sentence
def explore(
    scenario: str, policy: Path, steps: int, examples: int, most: int, jobs: int | None, kinds: tuple[str, ...],
    wide: bool, output: Path | None, as_json: bool, junit: Path | None, sarif: Path | None, quiet: bool,
    allow_vacuous: bool, **lab_options: Unpack[LabOptions],
) -> None:  # fmt: skip
    """Search for operations that break POLICY in SCENARIO.

    Each counter-example that is found is printed and saved as the smallest session that shows it: `vnetsim run` plays
    it, and it can be typed on a real host.  Kinds of moves: connect, disconnect, run, restart, stop, start, move,
    network, firewall, nat, nft, route, link, loss, engine, reboot; all but loss by default.

    Exit status: 0 no example broke a rule, 1 one did, 2 there is no answer: the scenario is incomplete, a rule vacuous
    before the first move, or none broken and one unknown after some.
    """
    from vnetsim.reach.exploration.explore import explore as search  # noqa: PLC0415
    from vnetsim.reach.exploration.mutations import USUAL  # noqa: PLC0415
    from vnetsim.reach.policies.policy import load  # noqa: PLC0415
    from vnetsim.reports import policy as reports  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.reports.exploration import as_json as json_of  # noqa: PLC0415
    from vnetsim.reports.exploration import text  # noqa: PLC0415
    from vnetsim.scenario.script import ScenarioScript  # noqa: PLC0415

    rules = load(policy)
    script = ScenarioScript.load(scenario, **lab_options)
    note_assumptions(script.assumptions)
    chosen = tuple(kind for args in kinds for kind in args.split(",")) or USUAL
    progress = ProgressLine("examples", quiet=quiet)
    try:
        explored = search(
            script, rules, steps=steps, examples=examples, seed=script.seed, kinds=chosen, jobs=jobs, wide=wide,
            most=most, progress=progress, allow_vacuous=allow_vacuous,
        )  # fmt: skip
    finally:
        progress.clear()
    for path, made in ((junit, reports.as_junit), (sarif, reports.as_sarif)):
        if path is not None:
            save(path, made(explored.report(), scenario))
    paths = _paths(output or Path(f"{policy.stem}.counterexample.session"), len(explored.found))
    write(json_of(explored) if as_json else text(explored, paths))
    _save_all(explored, paths)
    sys.exit(explored.exit_status)


def _paths(first: Path, count: int) -> list[Path]:
    """FILE.session, FILE.2.session, FILE.3.session …"""
    return [
        first if not number else first.with_name(f"{first.stem}.{number + 1}{first.suffix}") for number in range(count)
    ]


def _save_all(explored: Exploration, paths: list[Path]) -> None:
    for path, found in zip(paths, explored.found, strict=True):
        save(path, found.session)

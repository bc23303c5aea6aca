"""`vnetsim verify`: the same scenario in the simulator and on a real machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vnetsim.cli.options import one_sentence, progress_line, with_incomplete, with_seed, write
from vnetsim.errors import UsageError

if TYPE_CHECKING:
    from vnetsim.failures import Failure
    from vnetsim.verify.plan import Plan

_DIFFERENT = 1
_NO_ANSWER = 2


@click.command()
@click.argument("scenarios", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--kind", type=click.Choice(["kernel", "docker"]), help="What a scenario is about; read from it if not said."
)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Scenarios played at once.")
@click.option(
    "--docker",
    "engine",
    metavar="HOST",
    help="Play docker scenarios on the engine at HOST: unix:///PATH, tcp://HOST:PORT.",
)
@click.option("--campaign", type=click.IntRange(1), help="Play this many random scenarios instead of files.")
@click.option("--keep", type=click.Path(path_type=Path), help="Where a campaign writes the smallest scenarios.")
@with_incomplete
@with_seed
@one_sentence
def verify(
    scenarios: tuple[Path, ...],
    kind: str | None,
    as_json: bool,
    jobs: int,
    engine: str | None,
    campaign: int | None,
    keep: Path | None,
    incomplete: bool,
    seed: int,
) -> None:
    """Play SCENARIOS, sessions or scripts, on this machine's kernel too, and compare step by step.

    They run in namespaces of their own, that end with them; no root is needed where users may have user namespaces.
    Without --docker no engine is asked, whatever DOCKER_HOST says; with it, one that has no containers and networks of
    others, and what was made there is removed in the end.
    Exit status: 0 no difference, 1 a difference, 2 there is no answer: a command of a scenario fails in the simulator,
    or is not modelled, so that less is compared than was written, or no step could be compared at all.
    """
    if engine is not None and (campaign is not None or jobs > 1):
        raise UsageError("--docker plays one scenario after the other: no --jobs, no --campaign")
    if campaign is not None and not scenarios:
        sys.exit(_campaign(campaign, seed, jobs, keep))
    if keep is not None:
        raise UsageError("--keep is where --campaign writes what differs")
    from vnetsim.scenario.build import load  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.verify.plan import read  # noqa: PLC0415

    if campaign is not None or not scenarios:
        raise UsageError("expected scenarios, or --campaign and how many random ones to play")
    plans = [read(path, kind) for path in scenarios]
    labs = [load(path, kind=kind, seed=seed, incomplete=incomplete) for path in scenarios]
    failures = [failure for lab in labs for failure in lab.failures]
    sys.exit(_verify(plans, failures, engine, as_json, jobs, seed))


def _campaign(examples: int, seed: int, jobs: int, keep: Path | None) -> int:
    try:
        from vnetsim.verify.campaign import campaign  # noqa: PLC0415
    except ImportError:
        raise UsageError("random scenarios need Hypothesis: pip install 'vnetsim[strategies]'") from None
    with progress_line("scenarios") as progress:
        return campaign(examples, seed, jobs, None, progress.write, directory=keep, progress=progress)


def _verify(
    plans: Sequence[Plan], failures: Sequence[Failure], engine: str | None, as_json: bool, jobs: int, seed: int
) -> int:
    from vnetsim.reports import verification as report  # noqa: PLC0415 -- `vnetsim --help` waits for nothing

    if engine is None:
        from vnetsim.verify.scenarios import verify_all  # noqa: PLC0415

        with progress_line("scenarios") as progress:
            machine, outcomes = verify_all(plans, seed=seed, jobs=jobs, progress=progress)
    else:
        from vnetsim.verify.engineside import verify_on_engine  # noqa: PLC0415

        machine, outcomes = verify_on_engine(engine, plans, seed=seed)
    if as_json:
        write(json.dumps(report.as_json(outcomes, machine.versions, failures), indent=1) + "\n")
    else:
        write(report.text(outcomes, machine.described(), failures))
    if any(outcome.differences or outcome.those("unsure") for outcome in outcomes):
        return _DIFFERENT
    compared = any(outcome.those("same", "explained") for outcome in outcomes)
    return 0 if compared else _NO_ANSWER

"""`vnetsim verify`: the same scenario in the simulator and on a real machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from vnetsim.cli.options import one_sentence, with_seed, write
from vnetsim.errors import UsageError

_DIFFERENT = 1


@click.command()
@click.argument("scenarios", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--kind", type=click.Choice(["kernel", "docker"]), help="What a scenario is about; read from it if not said."
)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Scenarios played at once.")
@click.option("--campaign", type=click.IntRange(1), help="Play this many random scenarios instead of files.")
@with_seed
@one_sentence
def verify(
    scenarios: tuple[Path, ...], kind: str | None, as_json: bool, jobs: int, campaign: int | None, seed: int
) -> None:
    """Play SCENARIOS, sessions or scripts, on this machine's kernel too, and compare step by step.

    They run in namespaces of their own, that end with them; no root is needed where users may have user namespaces.
    Exit status: 0 no difference, 1 a difference, 2 something makes no sense.
    """
    if campaign is not None and not scenarios:
        sys.exit(_campaign(campaign, seed, jobs))
    if campaign is not None or not scenarios:
        raise UsageError("expected scenarios, or --campaign and how many random ones to play")
    sys.exit(_verify(scenarios, kind, as_json, jobs, seed))


def _campaign(examples: int, seed: int, jobs: int) -> int:
    try:
        from vnetsim.verify.campaign import campaign  # noqa: PLC0415
    except ImportError:
        raise UsageError("random scenarios need Hypothesis: pip install 'vnetsim[strategies]'") from None
    return campaign(examples, seed, jobs, None, write)


def _verify(scenarios: tuple[Path, ...], kind: str | None, as_json: bool, jobs: int, seed: int) -> int:
    from vnetsim.verify import report  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.verify.plan import read  # noqa: PLC0415
    from vnetsim.verify.scenarios import verify_all  # noqa: PLC0415

    plans = [read(path, kind) for path in scenarios]
    machine, outcomes = verify_all(plans, seed=seed, jobs=jobs)
    if as_json:
        write(json.dumps(report.as_json(outcomes, machine.versions), indent=1) + "\n")
    else:
        write(report.text(outcomes, machine.described()))
    return _DIFFERENT if any(outcome.differences or outcome.those("unsure") for outcome in outcomes) else 0

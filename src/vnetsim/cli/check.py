"""`vnetsim check SCENARIO [POLICY]`: which rules of a policy are broken, or what is wrong with a compose file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Unpack

import click

from vnetsim.cli.options import note_assumptions, one_sentence, progress_line, save, with_jobs, with_lab_options, write

if TYPE_CHECKING:
    from vnetsim.scenario.build import LabOptions


@click.command()
@click.argument("scenario")
@click.argument("policy", type=click.Path(path_type=Path), required=False)
@click.option("--junit", type=click.Path(path_type=Path), help="Write a report for CI there, a test case a rule.")
@click.option("--sarif", type=click.Path(path_type=Path), help="Write a SARIF 2.1.0 log there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print Markdown, as for a pull request.")
@click.option("--allow-vacuous", is_flag=True, help="A rule that nothing could break is as good as one that holds.")
@click.option("--allow-unknown", is_flag=True, help="An address about which nothing is known is no reason to fail.")
@with_lab_options
@with_jobs
@one_sentence
def check(
    scenario: str,
    policy: Path | None,
    junit: Path | None,
    sarif: Path | None,
    as_json: bool,
    markdown: bool,
    allow_vacuous: bool,
    allow_unknown: bool,
    jobs: int | None,
    **lab_options: Unpack[LabOptions],
) -> None:
    """Play SCENARIO and hold POLICY against it; without POLICY, examine a compose file.

    A rule holds, is broken, is vacuous (no endpoint, no listener, nothing was sent), or is unknown (it touches what
    is not modelled).  Exit status: 0 all rules hold, 1 one is broken, 2 there is no answer.

    SCENARIO is a session file, a script of commands, a compose file, or `-`; FILE@7 is after its seventh command.
    A line of POLICY is `front -> api: tcp/8000`, `* !-> db except api: tcp/5432`, `lan -> web: tcp/80 only`, or
    `group front = web*, label:tier=front`.  Ends are names (of services, too), patterns, host, lan, net:NAME,
    label:KEY=VALUE and addresses; ports are tcp/80, udp/53, tcp/8000-8010 and icmp.

    Without POLICY, each address that the services of a compose file use is tried, and each published port.  Exit
    status: 0 no error and no warning, 1 there are some, 2 there is no answer, or not about each address (unless
    --allow-unknown).
    """
    form = "json" if as_json else "markdown" if markdown else "text"
    if policy is None:
        _examine(scenario, junit, sarif, form, allow_unknown=allow_unknown, **lab_options)
    _hold(scenario, policy, junit, sarif, form, allow_vacuous=allow_vacuous, jobs=jobs, **lab_options)


def _hold(
    scenario: str, policy: Path, junit: Path | None, sarif: Path | None, form: str, *, allow_vacuous: bool,
    jobs: int | None, **lab_options: Unpack[LabOptions],
) -> NoReturn:  # fmt: skip
    from vnetsim.reach.policies.check import check as held_against  # noqa: PLC0415
    from vnetsim.reach.policies.policy import load  # noqa: PLC0415
    from vnetsim.reports import policy as reports  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.scenario.checkpoint import load_checkpoint  # noqa: PLC0415

    rules = load(policy)
    lab = load_checkpoint(scenario, **lab_options)
    note_assumptions(lab.shortfall.assumptions)
    with progress_line("probes") as progress:
        report = held_against(lab, rules, in_place=True, jobs=jobs, allow_vacuous=allow_vacuous, progress=progress)
    if junit is not None:
        save(junit, reports.as_junit(report, scenario))
    if sarif is not None:
        save(sarif, reports.as_sarif(report, scenario))
    write({"json": reports.as_json, "markdown": reports.as_markdown, "text": reports.text}[form](report))
    sys.exit(report.exit_status)


def _examine(
    scenario: str, junit: Path | None, sarif: Path | None, form: str, *, allow_unknown: bool,
    **lab_options: Unpack[LabOptions],
) -> NoReturn:  # fmt: skip
    from vnetsim.findings.examine import examine  # noqa: PLC0415
    from vnetsim.reports import findings as reports  # noqa: PLC0415
    from vnetsim.scenario.build import compose_scenario, play_compose  # noqa: PLC0415
    from vnetsim.scenario.declared import declared_images  # noqa: PLC0415

    compose = compose_scenario(scenario, lab_options.get("compose"))
    found = examine(
        compose,
        lambda changed: play_compose(changed, **lab_options),
        declared=compose.images(declared_images(compose.name, lab_options.get("images"))),
        allow_unknown=allow_unknown,
    )
    note_assumptions(found.assumptions)
    if junit is not None:
        save(junit, reports.as_junit(found))
    if sarif is not None:
        save(sarif, reports.as_sarif(found))
    write({"json": reports.as_json, "markdown": reports.as_markdown, "text": reports.text}[form](found))
    sys.exit(found.exit_status)

"""Commands that play sessions and scripts: run, tutorial, shell, record."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from vnetsim.budget import Budget
from vnetsim.cli.options import (
    ProgressLine,
    one_sentence,
    with_budget,
    with_compose,
    with_docker,
    with_dockerd,
    with_images,
    with_scenario_seed,
    with_seed,
    write,
)
from vnetsim.errors import UsageError

if TYPE_CHECKING:
    from vnetsim.scenario.build import LabOptions
    from vnetsim.scenario.composearguments import ComposeArguments
    from vnetsim.scenario.session import PlayOptions


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Files that are played at once."
)
@click.option("--update", is_flag=True, help="Write what happened into the files.")
@click.option("--quiet", is_flag=True, help="Show only what differs.")
@click.option(
    "--fetch",
    multiple=True,
    metavar="PATH",
    help="Copy this file of the simulated machine (a capture) here afterwards.",
)
@click.option(
    "--pcapng",
    "capture",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the packets at all devices to FILE, for Wireshark; a comment tells why one was dropped.",
)
@click.option(
    "--device",
    "devices",
    multiple=True,
    metavar="NAMESPACE:DEVICE",
    help="With --pcapng, only the packets at this device, such as host:docker0 or web:eth0.",
)
@click.option(
    "--html",
    "player",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a page to FILE that plays what happened, forwards and backwards; it needs no network.",
)
@click.option("--svg", type=click.Path(path_type=Path), metavar="FILE", help="Draw the network as it is at the end.")
@click.option("--dot", type=click.Path(path_type=Path), metavar="FILE", help="The same for Graphviz.")
@click.option("--mermaid", type=click.Path(path_type=Path), metavar="FILE", help="The same for Mermaid.")
@with_scenario_seed
@with_docker
@with_dockerd
@with_budget
@with_images
@with_compose
@one_sentence
def run(
    files: tuple[Path, ...], jobs: int, update: bool, quiet: bool, fetch: tuple[str, ...], seed: int | None,
    docker: bool | None, docker_flags: tuple[str, ...], budget: Budget | None, images: dict[str, tuple[str, ...]],
    compose: ComposeArguments | None, capture: Path | None, devices: tuple[str, ...],
    player: Path | None, **diagrams: Path | None,
) -> None:  # fmt: skip
    """Play session FILES and compare them with what happens; exit status 1 if they differ.

    Shell scripts, compose files and labs are run; exit status 1 if a command of them failed.
    """
    from vnetsim.scenario.outputs import Outputs  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.scenario.session import PlayOptions  # noqa: PLC0415

    if devices and capture is None:
        raise UsageError(f"--device {devices[0]}: expected --pcapng FILE beside it")
    drawn = {f"--{option}": path for option, path in diagrams.items() if path is not None}
    outputs = Outputs(capture, player, drawn, devices)
    options = PlayOptions(
        update=update, quiet=quiet, seed=seed, docker=docker, docker_flags=docker_flags, fetch=fetch, budget=budget,
        images=images, compose=compose, outputs=outputs,
    )  # fmt: skip
    sys.exit(_play(files, options, jobs))


def _play(files: Sequence[Path], options: PlayOptions, jobs: int = 1) -> int:
    from vnetsim.scenario.session import run_files  # noqa: PLC0415

    if jobs == 1:
        return run_files(files, write, options)
    from vnetsim.reach.forks.workers import work  # noqa: PLC0415

    progress = ProgressLine("files")
    return run_files(files, progress.write, options, work=partial(work, jobs=jobs), progress=progress)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--list", "listing", is_flag=True, help="Only tell which scenarios there are.")
@click.option("--quiet", is_flag=True, help="Show only what differs.")
@with_seed
@one_sentence
def tutorial(names: tuple[str, ...], listing: bool, quiet: bool, seed: int) -> None:
    """Play the scenarios that come with vnetsim: all of them, or those of these NAMES."""
    from vnetsim.scenario import tutorial as packaged  # noqa: PLC0415
    from vnetsim.scenario.session import PlayOptions  # noqa: PLC0415

    files = [packaged.find(name) for name in names] or packaged.paths()
    if listing:
        write("".join(f"{path.stem}\n" for path in files))
        return
    sys.exit(_play(files, PlayOptions(quiet=quiet, seed=seed)))


@click.command()
@click.argument("scenario", required=False)
@with_scenario_seed
@with_docker
@with_dockerd
@with_budget
@with_images
@with_compose
@click.option(
    "--patience",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Simulated seconds after which a command gets Ctrl-C.",
)
@click.option("--fast", is_flag=True, help="Wait for nothing: simulated time does not follow the clock on the wall.")
@one_sentence
def shell(scenario: str | None, patience: float, fast: bool, **lab_options: Unpack[LabOptions]) -> None:
    """Type commands on a simulated machine, or on that of SCENARIO once it has been played.

    `undo` and `back NUMBER` take back what was typed, `save FILE.session` writes it down.
    """
    from vnetsim import prompt  # noqa: PLC0415

    if not math.isfinite(patience):
        raise click.BadParameter("expected a number of seconds", param_hint="'--patience'")
    sys.exit(prompt.run(scenario, patience=patience, fast=fast, **lab_options))


@click.command()
@click.argument("process", required=False)
@one_sentence
def attach(process: str | None) -> None:
    """A further terminal on the machine of a running `vnetsim shell`: of that PROCESS, or of the only one."""
    from vnetsim import prompt  # noqa: PLC0415

    sys.exit(prompt.attach(process))


@click.command()
@click.argument("kind", type=click.Choice(["kernel", "docker", "kernel-vm"]))
@click.argument("scripts", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", "directory", required=True, type=click.Path(path_type=Path), help="Where the JSON goes."
)
@with_seed
@one_sentence
def record(kind: str, scripts: tuple[Path, ...], directory: Path, seed: int) -> None:
    """Write what the simulated machine answers to SCRIPTS of commands, as JSON: DIR/NAME.json for each NAME.sh."""
    from vnetsim.record import record_file  # noqa: PLC0415

    for path in scripts:
        write(record_file(kind, path, directory, seed) + "\n")

"""`vnetsim import DIRECTORY`: a lab of another program as a script of commands."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from vnetsim.cli.options import one_sentence, write


@click.command("import")
@click.argument("directory", type=click.Path(path_type=Path))
@one_sentence
def import_lab(directory: Path) -> None:
    """Print the scenario of DIRECTORY, a lab of Kathará or containerlab, as a shell script.

    What of the lab is not modelled is listed on standard error; the exit status is 1 then.
    """
    from vnetsim.failures import FailureKind  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.scenario.labs import LabFolder  # noqa: PLC0415
    from vnetsim.scenario.source import lab_file, read  # noqa: PLC0415

    name = lab_file(str(directory))
    folder = LabFolder.of(name, read(name))
    write(folder.script)
    for failure in folder.failures:
        click.echo(failure if failure.command else f"vnetsim: {failure.message}", err=True)
    sys.exit(int(any(failure.kind is not FailureKind.ASSUMED for failure in folder.failures)))

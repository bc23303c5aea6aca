"""`vnetsim import DIRECTORY`: a lab of another program, or a collected host, as a script of commands."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from vnetsim.cli.host import write_host
from vnetsim.cli.options import one_sentence, write


@click.command("import")
@click.argument("directory", type=click.Path(path_type=Path))
@one_sentence
def import_lab(directory: Path) -> None:
    """Print the scenario of DIRECTORY, a lab of Kathará or containerlab, or a collected host, as a shell script.

    A script of Mininet runs until it opens the CLI or stops, and the script has the commands that made it.

    What of the lab is not modelled is listed on standard error; the exit status is 1 then.  So is what a script does
    not have of the host that `vnetsim collect` is about.
    """
    from vnetsim.failures import FailureKind  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.scenario.labs.folder import LabFolder  # noqa: PLC0415
    from vnetsim.scenario.source import is_host, lab_file, read  # noqa: PLC0415

    if is_host(str(directory)):
        write_host(directory)
        return
    if directory.suffix == ".py":
        sys.exit(_write_mininet(str(directory)))
    name = lab_file(str(directory))
    folder = LabFolder.of(name, read(name))
    write(folder.script)
    for failure in folder.failures:
        click.echo(failure if failure.command else f"vnetsim: {failure.message}", err=True)
    sys.exit(int(any(failure.kind is not FailureKind.ASSUMED for failure in folder.failures)))


def _write_mininet(name: str) -> int:
    from vnetsim.lab import Lab  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.mininet.script import MininetScript  # noqa: PLC0415
    from vnetsim.scenario.labs.kinds import is_mininet_script  # noqa: PLC0415
    from vnetsim.scenario.source import lab_file, read  # noqa: PLC0415

    if not is_mininet_script(name, read(name)):
        lab_file(name)
    lab = Lab(docker=False)
    emulation = MininetScript(name).play(lab)
    write(emulation.text())
    for failure in lab.failures:
        click.echo(failure, err=True)
    for assumption in lab.shortfall.assumptions:
        click.echo(f"vnetsim: assumed: {assumption}", err=True)
    return int(bool(lab.failures) or not emulation.is_text)

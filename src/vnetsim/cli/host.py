"""`vnetsim collect`, and what `vnetsim import` prints of a live host."""

from __future__ import annotations

from pathlib import Path

import click

from vnetsim.cli.options import write


@click.command()
def collect() -> None:
    """Print the shell script that gathers a host's network, read-only, into a directory.

    Run it as root on the host, with the directory as its argument (default ./vnetsim-host): for example
    `vnetsim collect | ssh root@host sh -s -- /tmp/host`.  The directory is a scenario.
    """
    from vnetsim.livehost.collect import collect_script  # noqa: PLC0415 -- `vnetsim --help` waits for nothing

    write(collect_script())


def write_host(directory: Path) -> None:
    """The scenario of a collected host; what it does not have of the host is listed on standard error."""
    from vnetsim.livehost.importer import imported_host  # noqa: PLC0415

    host = imported_host(directory)
    write(host.script)
    for note in host.notes:
        click.echo(f"vnetsim: not taken over: {note}", err=True)

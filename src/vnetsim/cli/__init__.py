"""The command line `vnetsim`: arguments in, calls out.  The only package that knows click.

Each command imports what it needs when it runs, so that `vnetsim --help` waits for nothing.
"""

from __future__ import annotations

import click

from vnetsim import __version__
from vnetsim.cli import check, explore, host, labs, lesson, mininet, page, play, reach, serve, verify, why


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="vnetsim %(version)s")
def main() -> None:
    """Linux and Docker networking, simulated packet by packet."""


for command in (
    play.run,
    play.tutorial,
    play.shell,
    play.attach,
    play.record,
    page.play,
    lesson.lesson,
    lesson.grade,
    why.why,
    reach.reach,
    check.check,
    explore.explore,
    verify.verify,
    serve.serve,
    labs.import_lab,
    mininet.mn,
    host.collect,
):
    main.add_command(command)

"""`vnetsim mn`: Mininet's command, and scripts of Mininet, on a simulated machine."""

from __future__ import annotations

import sys

import click

from vnetsim.cli.options import one_sentence


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@one_sentence
def mn(arguments: tuple[str, ...]) -> None:
    """Mininet: `mn [options]` as Mininet has it, or `mn run SCRIPT.py [arguments]`.

    The script is your own program, and runs as one: only its nodes and commands are simulated.
    """
    from vnetsim.mininet.mn import main  # noqa: PLC0415 -- `vnetsim --help` waits for nothing

    sys.exit(main(arguments))

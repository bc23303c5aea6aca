"""The commands of `docker compose`, and cobra's errors about their arguments, one line but for `cp`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.programs.docker.cobra import (
    BadFlag,
    CobraCommand,
    CommandError,
    FlagReader,
    ParsedFlags,
    check_arity,
    refuse_unmodelled,
)
from vnetsim.programs.docker.command_table import CommandTable

TABLE: Final = CommandTable("compose")


def parse(command: CobraCommand, path: str, arguments: Sequence[str]) -> ParsedFlags:
    """HelpWanted, or CommandError with cobra's message."""
    try:
        options = FlagReader(command.flags, interspersed=not command.passes_on).read(arguments)
    except BadFlag as error:
        raise CommandError(str(error)) from None
    count, least, most = len(options.arguments), command.arity.least, command.arity.most
    if least == most != 0:
        check_arity(command, path, count)
    if count < least:
        raise CommandError(f"requires at least {least} arg(s), only received {count}")
    if most == 0 and count:
        raise CommandError(f'unknown command "{options.arguments[0]}" for "{path}"')
    if most is not None and count > most:
        raise CommandError(f"accepts {most} arg(s), received {count}")
    refuse_unmodelled(path, command.flags, options)
    return options

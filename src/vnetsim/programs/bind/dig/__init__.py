"""`dig`: questions to DNS servers, and their answers in full (BIND 9.18; 9.20 in containers: bin/dig/dig.c).

Not modelled: what `arguments` and `options` say.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.process import Process, Program, Wait
from vnetsim.programs.bind import configuration
from vnetsim.programs.bind.asking import Asker, BindError
from vnetsim.programs.bind.dig.arguments import Arguments, Done
from vnetsim.programs.bind.dig.options import Settings
from vnetsim.programs.bind.dig.report import Report


def main(process: Process) -> Program:
    """Exit status 0: answered, whatever the answer; 1: usage; 9: no answer to the last name; 10: a bad value."""
    settings = Settings()
    known = configuration.read(process)
    asker = Asker(Report(process, settings), known)
    return _run(process, settings, asker, known)


def _run(
    process: Process, settings: Settings, asker: Asker, known: configuration.Configuration
) -> Generator[Wait, Any, int]:
    arguments = Arguments(process, asker, settings)
    try:
        arguments.scan()
        yield from arguments.read()
        asker.servers = known.usable(arguments.versions)
        if settings.domain is not None:
            asker.search, asker.uses_search = [settings.domain], True
        yield from asker.run()
    except Done as done:
        return done.status
    except BindError as error:
        process.error(f"{process.argv[0]}: {error}\n")
        return error.status or asker.status or 1
    return asker.status

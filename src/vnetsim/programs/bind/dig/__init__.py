"""`dig`: questions to DNS servers, and their answers in full (BIND 9.18; 9.20 in containers: bin/dig/dig.c).

Not modelled: what `arguments` and `options` list.
"""

from __future__ import annotations

from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.bind import resconf
from vnetsim.programs.bind.dig.arguments import DigArguments, DigExit
from vnetsim.programs.bind.dig.options import DigSettings
from vnetsim.programs.bind.dig.report import DigReport
from vnetsim.programs.bind.dighost import BindError, Dighost


def main(process: Process) -> Program:
    """Exit status 0: answered, whatever the answer; 1: usage; 9: no answer to the last name; 10: a bad value."""
    settings = DigSettings()
    known = resconf.read(process)
    dighost = Dighost(DigReport(process, settings), known)
    return _run(process, settings, dighost, known)


def _run(process: Process, settings: DigSettings, dighost: Dighost, known: resconf.ResConf) -> Coroutine[int]:
    arguments = DigArguments(process, dighost, settings)
    try:
        arguments.scan()
        yield from arguments.read()
        dighost.servers = known.usable(arguments.versions)
        if settings.domain is not None:
            dighost.search, dighost.uses_search = [settings.domain], True
        yield from dighost.run()
    except DigExit as done:
        return done.status
    except BindError as error:
        process.error(f"{process.argv[0]}: {error}\n")
        return error.status or dighost.status or 1
    return dighost.status

"""`docker compose config`."""

from __future__ import annotations

from vnetsim.compose.config import ASPECTS, ConfigRequest, answer
from vnetsim.errors import KernelError
from vnetsim.process import Program
from vnetsim.programs.compose.session import ComposeSession
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags


def run(session: ComposeSession, options: ParsedFlags) -> Program:
    wanted = session.options()
    wanted.normalize = not options.switch("no-normalize")
    wanted.consistency = not options.switch("no-consistency")
    wanted.resolve_paths = not options.switch("no-path-resolution")
    request = ConfigRequest(
        services=options.arguments,
        aspect=next((aspect for aspect in ASPECTS if options.switch(aspect)), ""),
        hash=options.text("hash"),
        format=options.text("format"),
        quiet=options.switch("quiet"),
    )
    printed = answer(wanted, request)
    path = options.text("output")
    if not path or request.aspect or request.hash:
        session.process.write(printed)
        return 0
    try:
        session.process.files.write(path, printed)
    except KernelError as error:
        raise CommandError(f"open {path}: {error.errno.strerror.lower()}") from None
    return 0

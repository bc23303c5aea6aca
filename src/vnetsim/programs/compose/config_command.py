"""`docker compose config`."""

from __future__ import annotations

from typing import Final

from vnetsim.compose.config import ASPECTS, ConfigRequest, answer
from vnetsim.errors import KernelError
from vnetsim.process import Program
from vnetsim.programs.compose.command import ComposeCommand, not_modelled
from vnetsim.programs.compose.session import ComposeSession
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.flags import BOOL, Flag, switch, text


def _run(session: ComposeSession, options: ParsedFlags) -> Program:
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


CONFIG: Final = ComposeCommand(
    "[OPTIONS] [SERVICE...]",
    "Parse, resolve and render compose file in canonical format",
    _run,
    flags=(
        switch("environment", "Print environment used for interpolation."),
        text("format", "Format the output. Values: [yaml | json]"),
        text("hash", "Print the service config hash, one per line."),
        switch("images", "Print the image names, one per line."),
        not_modelled("lock-image-digests", BOOL, "Produces an override file with image digests"),
        switch("models", "Print the model names, one per line."),
        switch("networks", "Print the network names, one per line."),
        switch("no-consistency", "Don't check model consistency - warning: may produce invalid Compose output"),
        switch("no-env-resolution", "Don't resolve service env files"),
        not_modelled("no-interpolate", BOOL, "Don't interpolate environment variables"),
        switch("no-normalize", "Don't normalize compose model"),
        switch("no-path-resolution", "Don't resolve file paths"),
        text("output", "Save to file (default to stdout)", "o"),
        switch("profiles", "Print the profile names, one per line."),
        Flag("quiet", BOOL, "Only validate the configuration, don't print anything", "q"),
        not_modelled("resolve-image-digests", BOOL, "Pin image tags to digests"),
        switch("services", "Print the service names, one per line."),
        not_modelled("variables", BOOL, "Print model variables and default values."),
        switch("volumes", "Print the volume names, one per line."),
    ),
)

"""`docker compose pull` and `build` (pkg/compose/pull.go, build.go).

Not modelled: the progress of BuildKit, which is not printed; contexts, and flags of `build` other than --build-arg.
"""

from __future__ import annotations

from vnetsim.compose import selection
from vnetsim.compose.config import image_of
from vnetsim.compose.service import ServiceConfig
from vnetsim.errors import EngineError
from vnetsim.process import Program
from vnetsim.programs.compose.convergence import build
from vnetsim.programs.compose.session import ComposeSession, Step
from vnetsim.programs.docker.cobra import ParsedFlags


def run_build(session: ComposeSession, options: ParsedFlags) -> Program:
    project = session.project(options.arguments)
    if options.arguments and not options.switch("with-dependencies"):
        selection.select_services(project, options.arguments, dependencies=False)
    session.quiet = options.switch("quiet")
    given = [entry.partition("=") for entry in options.texts("build-arg")]
    for _, service in sorted(project.services.items()):
        if service.build is not None:
            service.build.args = {**service.build.args, **{key: value for key, equals, value in given if equals}}
            yield from build(session, project, service)
    return 0


def run_pull(session: ComposeSession, options: ParsedFlags) -> Program:
    project = session.project(options.arguments)
    if options.arguments and not options.switch("include-deps"):
        selection.select_services(project, options.arguments, dependencies=False)
    session.quiet = options.switch("quiet")

    def pull(name: str, service: ServiceConfig) -> Step:
        if not service.image:
            session.event(name, "No image to be pulled", "Skipped")
            return
        if options.switch("ignore-buildable") and service.build is not None:
            session.event(name, "Image can be built", "Skipped")
            return
        session.event(name, "", "Pulling")
        try:
            yield from session.docker.engine.image_create(image_of(service, project))
        except EngineError as error:
            session.event(name, error.message, "Error")
            if not options.switch("ignore-pull-failures"):
                raise
            return
        session.event(name, "", "Pulled")

    yield from session.together([pull(name, service) for name, service in sorted(project.services.items())])
    return 0

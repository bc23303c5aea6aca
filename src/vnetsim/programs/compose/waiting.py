"""`docker compose wait` (pkg/compose/wait.go): until containers end.

Not modelled: --down-project.
"""

from __future__ import annotations

from vnetsim.process import Program
from vnetsim.programs.compose.containers import containers_of
from vnetsim.programs.compose.session import ComposeSession, Json, Step
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags


def run_wait(session: ComposeSession, options: ParsedFlags) -> Program:
    """The status of the container that ends last."""
    _, name = session.project_or_name()
    found = containers_of(session, name.lower(), stopped=False, services=options.arguments, one_off=True)
    if not found:
        raise CommandError(f'no containers for project "{name}"')
    statuses: list[int] = []

    def wait(container: Json) -> Step:
        answer: Json = yield from session.docker.engine.container_wait(container["Id"], "not-running")
        statuses.append(int(answer["StatusCode"]))
        session.line(f'container "{container["Id"]}" exited with status code {answer["StatusCode"]}')

    yield from session.together([wait(one) for one in found])
    return statuses[-1]

"""A run of the docker command: its process and its engine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from vnetsim.clock import MILLISECOND
from vnetsim.errors import EngineError, KernelError, NotModelled
from vnetsim.process import Interrupted, is_terminal
from vnetsim.process.machine import DOCKER_SOCKET
from vnetsim.programs.docker.cobra import CommandError
from vnetsim.values import define

if TYPE_CHECKING:
    from vnetsim.clock import Wait
    from vnetsim.docker.api.client import APIClient
    from vnetsim.process import Process, Program

#: The client's start: it reads its configuration and requests the engine's version.
START_UP: Final = 9 * MILLISECOND
DEFAULT_HOST: Final = "unix:///var/run/docker.sock"

VERSION: Final = "28.2.2"
API_VERSION: Final = "1.50"
GO_VERSION: Final = "go1.24.3"
GIT_COMMIT: Final = "e6534b4"
BUILT: Final = "Fri May 30 12:07:14 2025"


#: A call of the engine's API that takes time.
EngineCall: TypeAlias = "Generator[Wait, Any, object]"


class Unreachable(EngineError):
    """No engine listens on the host."""

    def __str__(self) -> str:
        return self.message


@define(eq=False)
class DockerSession:
    """One run of the docker command."""

    process: Process
    host: str = DEFAULT_HOST

    @property
    def engine(self) -> APIClient:
        """The engine, or Unreachable."""
        scheme, _, path = self.host.partition("://")
        if scheme != "unix":
            raise NotModelled(f"an engine at {self.host}")
        try:
            return cast("APIClient", self.process.machine.service(path))
        except KernelError:
            sentence = f"Cannot connect to the Docker daemon at {self.host}. Is the docker daemon running?"
            raise Unreachable(0, sentence) from None

    def connect(self) -> Generator[Wait, Any, None]:
        """The engine starts with the first connection to its socket, if the machine has it so (systemd.socket(5))."""
        if self.host != DEFAULT_HOST:
            return
        try:
            start = self.process.machine.service(DOCKER_SOCKET)
        except KernelError:
            return
        yield from start()

    def line(self, text: str = "") -> None:
        self.process.write(f"{text}\n")

    def error_line(self, text: str) -> None:
        self.process.error(f"{text}\n")

    @property
    def on_terminal(self) -> bool:
        """Whether standard input is a terminal, which an Input declares."""
        return is_terminal(self.process.stdin)


def for_each(session: DockerSession, names: Sequence[str], operation: Callable[[str], EngineCall]) -> Program:
    """Print the text that the operation returns for each name, or the name; then the errors.

    The operation uses `session.engine` itself, so that each name has its error if there is no engine.
    """
    errors: list[str] = []
    for name in names:
        try:
            printed = yield from operation(name)
        except EngineError as error:
            errors.append(str(error))
        else:
            session.line(printed if isinstance(printed, str) else name)
    if errors:
        raise CommandError("\n".join(errors))
    return 0


def as_generator(program: Program) -> Generator[Wait, Any, int]:
    return program if isinstance(program, int) else (yield from program)


def exit_status(
    session: DockerSession, container: str, condition: str, *, forwards_signals: bool = True
) -> Generator[Wait, Any, int]:
    """Wait for an attached container.  The first Ctrl-C goes to the container, the second one ends the client."""
    try:
        answer = yield from session.engine.container_wait(container, condition)
    except Interrupted:
        if not forwards_signals:
            raise
        yield from session.engine.container_kill(container, "INT")
        # It may have ended already: then there is no next exit.
        condition = "not-running" if condition == "next-exit" else condition
        answer = yield from session.engine.container_wait(container, condition)
    return int(answer["StatusCode"])

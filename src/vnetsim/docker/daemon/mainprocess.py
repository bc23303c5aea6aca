"""A container's main process: its standard input, and stand-ins for programs that vnetsim lacks.

Without -i and -t standard input is /dev/null.  With -i it is a pipe that stays open, with -t a terminal; as long as
no client is attached nothing comes out of either, so that a shell or `cat` waits (daemon/start.go, container/stream of
moby 28.5).

Not modelled: what `top` shows, and what reaches the log of a container only by a terminal's echo.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

from vnetsim.docker.container.container import Container
from vnetsim.docker.libnetwork.nlwrap import idle
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Input, Machine, Main, Process, Program

NOT_FOUND: Final = 127
_TOP: Final = "top"


def standard_input(machine: Machine, container: Container) -> Input | None:
    """The standard input of the main process; None: end of file at once."""
    config = container.config
    if container.stdin is not None or not (config["OpenStdin"] or config["Tty"]):
        return container.stdin
    reader, _ = machine.pipe()
    return reader


def is_images_own(container: Container) -> bool:
    return container.command == list(container.image.command)


def stand_in(machine: Machine, container: Container) -> Main | None:
    """The program that runs instead of the command's; None: the command's own."""
    if is_images_own(container):
        return _server(machine, container)
    if _name(container.command[0]) == _TOP:
        return _display(container)
    return None


def check_modelled(command: Sequence[str]) -> None:
    """NotModelled for options of `top` that make it end by itself."""
    if _name(command[0]) == _TOP and any(word.startswith("-") and word != "-b" for word in command[1:]):
        raise NotModelled(f"{' '.join(command)} in a container")


def _name(program: str) -> str:
    return program.rsplit("/", 1)[-1]


def _server(machine: Machine, container: Container) -> Main:
    """An image's own main process; where vnetsim lacks the program, an idle process stands in."""

    def main(process: Process) -> Program:
        status = NOT_FOUND
        with contextlib.suppress(KernelError):
            status = yield from process.exec(
                container.command,
                stdin=standard_input(machine, container),
                stdout=container.stdout,
                stderr=container.stderr,
            )
        if status == NOT_FOUND:
            status = yield from idle(process)
        return status

    return main


def _display(container: Container) -> Main:
    """`top`: runs on a terminal or with -b, and ends at once without a terminal (procps 4.0)."""

    def main(process: Process) -> Program:
        if not container.config["Tty"] and "-b" not in container.command[1:]:
            return 1
        container.stderr.write(f"{NotModelled('what top shows')}\n")
        return (yield from idle(process))

    return main

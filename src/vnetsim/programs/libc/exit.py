"""exit(3) and error(3): `raise Exit(...)` ends a program from anywhere below its `main`, which `ends_by_exit` wraps."""

from __future__ import annotations

from functools import wraps
from typing import Final

from vnetsim.errors import VnetsimError
from vnetsim.process import Coroutine, Execution, Main, Process, Service


class Exit(VnetsimError):
    """The program writes what is given, errors first, and ends with `status`.

    `complaints` are lines of standard error that begin with the program's name, as error(3) writes them.
    """

    def __init__(self, status: int, *complaints: str, stdout: str = "", stderr: str = "") -> None:
        super().__init__(*complaints)
        self.status: Final = status
        self.complaints: Final = complaints
        self.stdout: Final = stdout
        self.stderr: Final = stderr

    def write(self, process: Process) -> int:
        """The exit status, after everything is written."""
        for complaint in self.complaints:
            process.error(f"{process.argv[0]}: {complaint}\n")
        if self.stderr:
            process.error(self.stderr)
        if self.stdout:
            process.write(self.stdout)
        return self.status


def ends_by_exit(main: Main) -> Main:
    """A program that may raise Exit, at once or while it runs."""

    @wraps(main)
    def run(process: Process) -> Execution:
        try:
            result = main(process)
        except Exit as end:
            return end.write(process)
        return result if isinstance(result, int | Service) else _run(process, result)

    return run


def _run(process: Process, running: Coroutine[int | Service]) -> Coroutine[int | Service]:
    try:
        return (yield from running)
    except Exit as end:
        return end.write(process)

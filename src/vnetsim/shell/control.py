"""Jumps out of commands: `break`, `continue`, `return`, `exit`."""

from __future__ import annotations


class ShellJump(Exception):
    """Unwinds the interpreter to the target of the jump."""


class BreakLoop(ShellJump):
    def __init__(self, levels: int = 1) -> None:
        super().__init__(levels)
        self.levels = levels


class ContinueLoop(ShellJump):
    def __init__(self, levels: int = 1) -> None:
        super().__init__(levels)
        self.levels = levels


class ReturnFromFunction(ShellJump):
    """A function or sourced file ends; `explicit`: with a status that the script names."""

    def __init__(self, status: int, *, explicit: bool = False) -> None:
        super().__init__(status)
        self.status, self.explicit = status, explicit


class ExitShell(ShellJump):
    """The shell ends."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class FatalFault(ExitShell):
    """An error that ends a shell, unless it is interactive (POSIX.1-2017, XCU 2.8.1)."""

"""What leaves a command from inside: `break`, `continue`, `return`, `exit`."""

from __future__ import annotations


class Jump(Exception):
    """Unwinds the interpreter to where it is meant to go on."""


class Break(Jump):
    def __init__(self, levels: int = 1) -> None:
        super().__init__(levels)
        self.levels = levels


class Continue(Jump):
    def __init__(self, levels: int = 1) -> None:
        super().__init__(levels)
        self.levels = levels


class Return(Jump):
    """A function or sourced file ends; `explicit`: with a status that the script names."""

    def __init__(self, status: int, *, explicit: bool = False) -> None:
        super().__init__(status)
        self.status, self.explicit = status, explicit


class Exit(Jump):
    """The shell ends."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status

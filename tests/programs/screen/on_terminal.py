"""A session at a terminal of 8 lines and 40 columns, as the recordings of the real programs had."""

from __future__ import annotations

import re

from vnetsim.lab import Lab
from vnetsim.prompt.session import PromptSession


class OnTerminal:
    """`typed` types a command, or keys where a program reads them; `window` is what was drawn last."""

    def __init__(self, *commands: str, lines: int = 8, columns: int = 40, patience: float = 60.0) -> None:
        self._shown: list[str] = []
        self.session = PromptSession(Lab(docker=False), self._shown.append, patience=patience)
        self.session.begin()
        self.session.resize(lines, columns)
        for command in commands:
            self.typed(command)

    def typed(self, text: str) -> str:
        """What it showed."""
        self._shown.clear()
        if self.session.reads_keys:
            self.session.run(text)
        else:
            self.session.run(text + "\n")
        return "".join(self._shown)

    def window(self, text: str) -> list[str]:
        """The same, as the lines that are drawn last; what is in reverse is in angle brackets."""
        drawn = self.typed(text).rpartition("\x1b[H\x1b[2J")[2]
        plain = drawn.replace("\x1b[7m", "<").replace("\x1b[m", ">")
        return re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", plain).split("\r\n")

"""The arguments in `command: STRING` and `entrypoint: STRING`, as mattn/go-shellwords splits them."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.compose.values import ComposeError
from vnetsim.values import define

_MESSAGE: Final = "invalid command line string"


@define
class _Splitter:
    arguments: list[str] = attrs.field(factory=list)
    buffer: str = ""
    #: Whether the buffer holds an argument, perhaps an empty one in quotes.
    got: bool = False
    escaped: bool = False
    #: Which of the quotes " ' ` and ( is open.
    open: set[str] = attrs.field(factory=set)

    def take(self, char: str) -> bool:
        """One more character; False where the line ends for the shell, as before `;` and `|`."""
        if self.escaped:
            self.buffer += char
            self.escaped, self.got = False, True
        elif char == "\\":
            if "'" in self.open:
                self.buffer += char
            else:
                self.escaped = True
        elif char in " \t\r\n":
            self._blank(char)
        elif char in ";&|<>" and not self.open:
            if char == ">" and self.buffer[:1].isdecimal():
                self.got = False
            return False
        elif not self._quote(char):
            self.got = True
            self.buffer += char
        return True

    def _blank(self, char: str) -> None:
        if self.open:
            self.buffer += char
        elif self.got:
            self.arguments.append(self.buffer)
            self.buffer, self.got = "", False

    def _quote(self, char: str) -> bool:
        """Whether the character opens or closes quotes and is no part of the argument."""
        if char == "`" and not self.open & {"'", '"', "("}:
            self.open ^= {"`"}
        elif char == ")" and not self.open & {"'", '"', "`"}:
            self.open ^= {"("}
        elif char == "(" and not self.open & {"'", '"', "`"}:
            if "(" in self.open or not self.buffer.endswith("$"):
                raise ComposeError(_MESSAGE)
            self.open.add("(")
            self.buffer += "("
            return True
        elif (char == '"' and not self.open & {"'", "("}) or (char == "'" and not self.open & {'"', "("}):
            self.got = self.got or char in self.open
            self.open ^= {char}
            return True
        return False


def split(line: str) -> list[str]:
    splitter = _Splitter()
    for char in line:
        if not splitter.take(char):
            break
    if splitter.got:
        splitter.arguments.append(splitter.buffer)
    if splitter.escaped or splitter.open:
        raise ComposeError(_MESSAGE)
    return splitter.arguments

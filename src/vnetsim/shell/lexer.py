"""The tokens of a command line (POSIX.1-2017, XCU 2.3)."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.shell.ast import (
    Word,
)
from vnetsim.shell.word_reader import WordReader
from vnetsim.values import frozen

#: Longest first; the second set is bash's alone.
POSIX_OPERATORS: Final = [
    "&&",
    "||",
    ";;",
    "<<",
    "<<-",
    ">>",
    ">&",
    "<&",
    "<>",
    ">|",
    ";",
    "&",
    "|",
    "<",
    ">",
    "(",
    ")",
]
BASH_OPERATORS: Final = [*POSIX_OPERATORS, *["<<<", "&>", "&>>", "|&", ";&", ";;&"]]
REDIRECTIONS: Final = frozenset(["<", ">", ">>", ">&", "<&", "<>", ">|", "<<", "<<-", "<<<", "&>", "&>>"])

#: How each operator begins.
_OPERATING: Final = frozenset("&|;<>()")
_BLANKS: Final = re.compile(r"(?:[ \t]+|\\\n|\#[^\n]*)*")
_DESCRIPTOR: Final = re.compile(r"\d+(?=[<>])")


@frozen
class ShellToken:
    """`kind` is word, operator, number (of a redirection), newline or end; `text` is what was written."""

    kind: str
    text: str
    line: int
    start: int
    word: Word = ()


class Lexer(WordReader):
    """Reads one token at a time."""

    def __init__(self, text: str, *, bash: bool = True, first_line: int = 1) -> None:
        super().__init__(text, bash=bash, first_line=first_line)
        self._operators = sorted(BASH_OPERATORS if bash else POSIX_OPERATORS, key=len, reverse=True)

    def read_token(self) -> ShellToken:
        self._skip_blanks()
        start, line, rest = self.position, self.line, self.text[self.position : self.position + 3]
        if not rest:
            return ShellToken("end", "", line, start)
        if rest[0] == "\n":
            self.position += 1
            return ShellToken("newline", "newline", line, start)
        if rest[0] in _OPERATING:
            operator = next(operator for operator in self._operators if rest.startswith(operator))
            return self._operator(operator, line)
        number = _DESCRIPTOR.match(self.text, start)
        if number:
            self.position = number.end()
            return ShellToken("number", number[0], line, start)
        word = self.read_word()
        return ShellToken("word", self.text[start : self.position], line, start, word)

    def _operator(self, operator: str, line: int) -> ShellToken:
        start = self.position
        self.position += len(operator)
        if operator in "<>" and self.bash and self.text[self.position : self.position + 1] == "(":
            raise NotModelled(f"the shell's process substitution {operator}(...)")
        return ShellToken("operator", operator, line, start)

    def _skip_blanks(self) -> None:
        """White space, line continuations and comments."""
        blanks = _BLANKS.match(self.text, self.position)
        assert blanks is not None
        self.position = blanks.end()

"""The tokens of a text one after the other, with redirections and here-documents (POSIX.1-2017, XCU 2.7, 2.10)."""

from __future__ import annotations

from typing import Final

from vnetsim.shell.ast import (
    Literal,
    Redirection,
    Word,
    plain,
)
from vnetsim.shell.lexer import REDIRECTIONS, Lexer, ShellToken
from vnetsim.shell.word_reader import ShellSyntaxError, join

CLOSING: Final = frozenset(["then", "else", "elif", "fi", "do", "done", "esac", "}"])
OPENING: Final = frozenset(["if", "for", "while", "until", "case", "{"])


class TokenStream(Lexer):
    """Peeks at and takes tokens; ShellSyntaxError for an unexpected one."""

    def __init__(self, text: str, *, bash: bool = True, first_line: int = 1) -> None:
        super().__init__(text, bash=bash, first_line=first_line)
        #: Unterminated here-documents: last line, first line, and the missing delimiter.
        self.warnings: list[tuple[int, int, str]] = []
        self._next: ShellToken | None = None
        self._skips: dict[int, int] = {}

    # --- tokens ------------------------------------------------------------------------------------------------------

    def peek(self) -> ShellToken:
        if self._next is None:
            self._next = self.read_token()
            if self._next.kind == "newline":
                self.position = self._skips.get(self._next.start, self.position)
        return self._next

    def take(self) -> ShellToken:
        token = self.peek()
        self._next = None
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these operators or keywords."""
        token = self.peek()
        return token.text in texts and (token.kind == "operator" or (token.kind == "word" and keyword(token) != ""))

    def expect(self, text: str) -> ShellToken:
        if self.at(text):
            return self.take()
        if self.bash and text == ")" and self.peek().kind == "end":
            raise self._newline()
        raise self.unexpected(text)

    def skip_newlines(self) -> None:
        while self.peek().kind == "newline":
            self.take()

    def _separator(self) -> bool:
        """Take `;` or `&` behind a list; whether there was one."""
        if self.at(";"):
            self.take()
            return True
        return self._ended_by_ampersand()

    def _ended_by_ampersand(self) -> bool:
        if self.at("&"):
            self.take()
            return True
        return False

    def last_line(self) -> int:
        """The line of the end: bash adds a newline to a text without one."""
        return self.line_at(len(self.text)) + (self.bash and not self.text.endswith("\n"))

    def _newline(self) -> ShellSyntaxError:
        """bash's error where a text ends in the middle of a line."""
        return ShellSyntaxError("newline", self.line, token="newline", source=self.line_text(self.line))

    def unexpected(self, expecting: str = "") -> ShellSyntaxError:
        token = self.peek()
        if token.kind == "end":
            return ShellSyntaxError("end", self.last_line(), expecting=expecting)
        source = self.line_text(token.line)
        text, kind = token.text, token.kind
        if token.kind == "word" and keyword(token) not in CLOSING | OPENING:
            kind = "word"
        elif token.kind == "operator" and token.text in REDIRECTIONS:
            kind = "redirection"
        else:
            kind = "newline" if token.kind == "newline" else "operator"
        return ShellSyntaxError(kind, token.line, token=text, expecting=expecting, source=source)

    def end_of_last(self) -> int:
        """The end of what was taken: the start of the next token."""
        return self.peek().start

    # --- redirections ------------------------------------------------------------------------------------------------

    def redirections(self) -> tuple[Redirection, ...]:
        found: list[Redirection] = []
        while self.peek().kind == "number" or (self.peek().kind == "operator" and self.peek().text in REDIRECTIONS):
            descriptor = int(self.take().text) if self.peek().kind == "number" else None
            operator = self.take().text
            token = self._target()
            target = self._here_document(token, operator) if operator in ("<<", "<<-") else token.word
            if token.kind == "number":
                target = (Literal(token.text),)
            found.append(Redirection(descriptor, operator, target, token.text))
        return tuple(found)

    def _target(self) -> ShellToken:
        if self.peek().kind == "end" and self.bash:
            raise self._newline()
        if self.peek().kind not in ("word", "number"):
            raise self.unexpected()
        return self.take()

    def _here_document(self, token: ShellToken, operator: str) -> Word:
        """The body, which begins on the next line, behind the bodies of earlier here-documents."""
        delimiter = "".join(part.text for part in token.word if isinstance(part, Literal))
        quoted = any(isinstance(part, Literal) and part.quoted for part in token.word)
        newline = self.text.find("\n", self.position)
        position = self._skips.get(newline, newline + 1) if newline >= 0 else len(self.text)
        lines: list[str] = []
        while True:
            if position >= len(self.text):
                self.warnings.append((self.line_at(len(self.text)), token.line, delimiter))
                break
            end = self.text.find("\n", position)
            line = self.text[position:] if end < 0 else self.text[position:end]
            position = len(self.text) if end < 0 else end + 1
            line = line.lstrip("\t") if operator == "<<-" else line
            if line == delimiter:
                break
            lines.append(line + ("\n" if end >= 0 or self.bash else ""))
        self._skips[newline] = position
        body = "".join(lines)
        return (Literal(body, quoted=True),) if quoted else self._expandable(body)

    def _expandable(self, body: str) -> Word:
        inner = type(self)(body, bash=self.bash)
        parts = []
        while inner.position < len(body):
            parts.extend(inner.quoted_part())
        return join(parts)


def keyword(token: ShellToken) -> str:
    return (plain(token.word) or "") if token.kind == "word" else ""

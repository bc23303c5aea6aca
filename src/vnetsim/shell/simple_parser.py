"""The grammar of simple commands: assignments, arrays, words (POSIX.1-2017, XCU 2.9.1; bash(1), Arrays)."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Final

import attrs

from vnetsim.shell.ast import (
    Assignment,
    Command,
    FunctionDefinition,
    Literal,
    Redirection,
    SimpleCommand,
    Word,
    plain,
)
from vnetsim.shell.lexer import ShellToken
from vnetsim.shell.token_stream import TokenStream
from vnetsim.shell.word_reader import ShellSyntaxError

_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)(\+?)=", re.ASCII)
_SUBSCRIPTED: Final = re.compile(r"([A-Za-z_]\w*)?\[", re.ASCII)
#: Builtins whose arguments may be arrays.
DECLARING: Final = frozenset(["declare", "export", "local", "readonly", "typeset"])
_FUNCTION_NAME: Final = re.compile(r"[^\s$'\"\\=]+")


class SimpleParser(TokenStream):
    """Reads simple commands and the heads of functions."""

    @abstractmethod
    def function(self, name: str) -> FunctionDefinition:
        """The function of that name, whose `()` was taken."""

    def simple_command(self) -> Command:
        first = self.peek()
        assignments: list[Assignment] = []
        arrays: list[Assignment] = []
        words: list[Word] = []
        redirections: list[Redirection] = []
        while True:
            redirections.extend(self.redirections())
            if self.peek().kind != "word":
                break
            self._word_or_assignment(assignments, words, arrays)
        if self.at("("):
            return self._function_named(assignments, words)
        if not (assignments or words or redirections):
            raise self.unexpected()
        return SimpleCommand(
            line=first.line,
            assignments=tuple(assignments),
            words=tuple(words),
            redirections=tuple(redirections),
            arrays=tuple(arrays),
            source=self.text[first.start : self.end_of_last()].strip(),
        )

    def _word_or_assignment(self, assignments: list[Assignment], words: list[Word], arrays: list[Assignment]) -> None:
        token = self.take()
        declaring = self.bash and bool(words) and plain(words[0]) in DECLARING
        found = self._assigned(token) if declaring or not words else None
        if found is not None and not words:
            assignments.append(found)
        elif found is not None and found.elements is not None:
            words.append((Literal(found.name),))
            arrays.append(found)
        else:
            words.append(token.word)

    def _assigned(self, token: ShellToken) -> Assignment | None:
        """The word as an assignment, with the elements of an array; None if it is none."""
        found = _assignment(token.word, append=self.bash)
        if found is None:
            return self._subscripted(token) if self.bash else None
        if self.bash and token.text.endswith("=") and self.text[self.position : self.position + 1] == "(":
            elements = self._elements()
            return attrs.evolve(found, elements=elements, source=self.text[token.start : self.position])
        return found

    def _subscripted(self, token: ShellToken) -> Assignment | None:
        """`name[subscript]=value`; without a name, an element of an array."""
        found = _SUBSCRIPTED.match(token.text)
        if found is None:
            return None
        inner = type(self)(token.text)
        inner.position = found.end()
        subscript = inner.read_word(frozenset("]"))
        behind = re.compile(r"\](\+?)=").match(token.text, inner.position)
        if behind is None:
            return None
        inner.position = behind.end()
        value = inner.read_word(frozenset())
        return Assignment(found[1] or "", value, append=behind[1] == "+", subscript=subscript, source=token.text)

    def _elements(self) -> tuple[tuple[Word | None, Word], ...]:
        """`(value [key]=value ...)`."""
        self.take()
        elements: list[tuple[Word | None, Word]] = []
        self.skip_newlines()
        while self.peek().kind in ("word", "number"):
            token = self.take()
            keyed = self._subscripted(token) if token.text.startswith("[") else None
            word = token.word if token.kind == "word" else (Literal(token.text),)
            elements.append((None, word) if keyed is None else (keyed.subscript, keyed.value))
            self.skip_newlines()
        if self.peek().kind == "end":
            raise ShellSyntaxError("quote", self.last_line(), token=")")
        self.expect(")")
        return tuple(elements)

    def _function_named(self, assignments: list[Assignment], words: list[Word]) -> FunctionDefinition:
        name = plain(words[0]) if len(words) == 1 and not assignments else None
        if name is None or not _FUNCTION_NAME.fullmatch(name):
            raise self.unexpected()
        self.take()
        self.expect(")")
        return self.function(name)


def _assignment(word: Word, *, append: bool) -> Assignment | None:
    first = word[0] if word else None
    if not isinstance(first, Literal) or first.quoted:
        return None
    found = _ASSIGNMENT.match(first.text)
    if found is None or (found[2] and not append):
        return None
    value = (Literal(first.text[found.end() :]), *word[1:])
    return Assignment(found[1], value, append=found[2] == "+")

"""From words to arguments: braces, tildes, parameters, commands, arithmetic, field splitting, names of files.

POSIX.1-2017, XCU 2.6.  What runs commands has to wait, so the public functions are generators like programs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Final, TypeAlias

import attrs

from vnetsim.errors import NotModelled
from vnetsim.process import Files
from vnetsim.shell import pattern
from vnetsim.shell.arithmetic import Arithmetic, ArithmeticFault
from vnetsim.shell.braces import braces
from vnetsim.shell.state import Abandon, State
from vnetsim.shell.tree import Calculation, CommandOutput, Literal, Parameter, Part, Script, Word

Waits: TypeAlias = Generator[Any, Any, Any]


@attrs.frozen
class Piece:
    """Expanded text: whether it was quoted, whether it may be split, or (`ends`) that a field ends here."""

    text: str
    quoted: bool = False
    split: bool = False
    ends: bool = False


_END: Final = Piece("", ends=True)


class Expander:
    """Expansions in one shell.  `run` runs the commands of a substitution and answers with what they wrote."""

    def __init__(self, state: State, files: Files, run: Callable[[Script], Generator[Any, Any, str]]) -> None:
        self.state, self.files, self._run = state, files, run

    # --- what is asked of it -----------------------------------------------------------------------------------------

    def fields(self, words: Iterable[Word]) -> Generator[Any, Any, list[str]]:
        """The arguments that these words are."""
        out: list[str] = []
        for word in words:
            for one in braces(word) if self.state.voice.bash else [word]:
                pieces = yield from self._pieces(one)
                for field in self._split(pieces):
                    out.extend(self._names(field))
        return out

    def text(self, word: Word) -> Generator[Any, Any, str]:
        """The word as one string: neither split nor a pattern (assignments, redirections, here-documents)."""
        pieces = yield from self._pieces(word)
        return "".join(" " if piece.ends else piece.text for piece in pieces)

    def pattern_of(self, word: Word) -> Generator[Any, Any, list[pattern.Piece]]:
        """The word as a pattern for `case`, `[[` and `${x#...}`."""
        pieces = yield from self._pieces(word)
        return [(piece.text, piece.quoted) for piece in pieces]

    def calculate(self, expression: Word) -> Generator[Any, Any, int]:
        """The value of an arithmetic expression."""
        text = yield from self.text(expression)
        return self.number(text)

    def number(self, text: str) -> int:
        arithmetic = Arithmetic(
            lambda name: self.state.get(name) or "", self.state.set,
            bash=self.state.voice.bash,
        )  # fmt: skip
        try:
            return arithmetic.evaluate(text)
        except ArithmeticFault as fault:
            voice = self.state.voice
            raise Abandon(voice.arithmetic(fault), voice.fatal, whole=not voice.bash) from None

    # --- pieces ------------------------------------------------------------------------------------------------------

    def _pieces(self, word: Word) -> Generator[Any, Any, list[Piece]]:
        pieces: list[Piece] = []
        empty = self._vanishes(word)
        for index, part in enumerate(word):
            if isinstance(part, Literal):
                tilde = index == 0 and not part.quoted and part.text.startswith("~")
                text = self._home(part.text, alone=len(word) == 1) if tilde else part.text
                if not empty:
                    pieces.append(Piece(text, part.quoted))
            else:
                pieces.extend((yield from self._expansion(part)))
        return pieces

    def _vanishes(self, word: Word) -> bool:
        """Whether there is nothing but `"$@"` without parameters: that is no field, not an empty one."""
        if self.state.parameters:
            return False
        others = [part for part in word if not (isinstance(part, Literal) and part.quoted and not part.text)]
        return bool(others) and all(isinstance(part, Parameter) and part.name == "@" for part in others)

    def _home(self, text: str, *, alone: bool) -> str:
        name, slash, rest = text[1:].partition("/")
        if not slash and not alone:
            return text
        home = self.state.get("HOME") if name == "" else "/root" if name == "root" else None
        return text if home is None else home + slash + rest

    def _expansion(self, part: Part) -> Generator[Any, Any, list[Piece]]:
        if isinstance(part, CommandOutput):
            output = yield from self._run(part.commands)
            return [self._piece(output.rstrip("\n"), quoted=part.quoted)]
        if isinstance(part, Calculation):
            value = yield from self.calculate(part.expression)
            return [self._piece(str(value), quoted=part.quoted)]
        assert isinstance(part, Parameter)
        return (yield from self._parameter(part))

    def _piece(self, text: str, *, quoted: bool) -> Piece:
        return Piece(text, quoted, split=not quoted)

    # --- parameters --------------------------------------------------------------------------------------------------

    def _parameter(self, part: Parameter) -> Generator[Any, Any, list[Piece]]:
        state = self.state
        if part.operator == "bad":
            words = f"{part.source}: bad substitution" if state.voice.bash else "Bad substitution"
            raise Abandon(words, state.voice.fatal, whole=not state.voice.bash)
        if part.name in ("@", "*") and part.operator == "":
            return self._all_parameters(part)
        value = state.get(part.name)
        if part.operator.lstrip(":") in ("-", "=", "+", "?") and part.operator not in ("", ":"):
            return (yield from self._alternative(part, value))
        if value is None and state.options.get("nounset") and part.name not in ("@", "*"):
            raise self._unset(state.voice.unset(part.name))
        text = yield from self._changed(part, value or "")
        return [self._piece(text, quoted=part.quoted)]

    def _all_parameters(self, part: Parameter) -> list[Piece]:
        values = self.state.parameters
        if part.quoted and part.name == "*":
            return [Piece(self.state.ifs[:1].join(values), quoted=True)]
        pieces: list[Piece] = []
        for index, value in enumerate(values):
            pieces += [_END] if index else []
            pieces.append(self._piece(value, quoted=part.quoted))
        return pieces

    def _unset(self, message: str) -> Abandon:
        if not self.state.voice.bash:
            return Abandon(message, self.state.voice.fatal)
        return Abandon(message, 1 if self.state.subshell or self.state.options.get("errexit") else 127)

    def _alternative(self, part: Parameter, value: str | None) -> Generator[Any, Any, list[Piece]]:
        """`${x-word}` and its kin; with a colon, empty counts as unset."""
        present = value is not None and not (part.operator.startswith(":") and not value)
        kind = part.operator[-1]
        if present != (kind == "+") and kind == "+":
            return []
        if present and kind != "+":
            return [self._piece(value or "", quoted=part.quoted)]
        if kind in "=?":
            text = yield from self.text(part.argument)
            if kind == "?":
                raise self._unset(f"{part.name}: {text or 'parameter not set'}")
            self.state.set(part.name, text)
            return [self._piece(text, quoted=part.quoted)]
        pieces = yield from self._pieces(part.argument)
        return [
            Piece(piece.text, piece.quoted or part.quoted, split=not (piece.quoted or part.quoted), ends=piece.ends)
            for piece in pieces
        ]

    def _changed(self, part: Parameter, value: str) -> Generator[Any, Any, str]:
        """`${x%pattern}` and the other operators that change what a parameter holds."""
        operator = part.operator
        match operator:
            case "":
                return value
            case "length":
                return str(len(self.state.parameters) if part.name in "@*" else len(value))
            case "#" | "##" | "%" | "%%":
                pieces = yield from self.pattern_of(part.argument)
                return pattern.remove(value, pieces, operator)
            case "/" | "//" | "/#" | "/%":
                pieces = yield from self.pattern_of(part.argument)
                replacement = yield from self.text(part.second or ())
                return pattern.substitute(value, pieces, replacement, operator)
            case ":":
                return (yield from self._substring(part, value))
            case "^" | "^^" | "," | ",,":
                return _change_case(value, operator)
            case "[]":
                subscript = yield from self.text(part.argument)
                return self._element(part.name, subscript, value)
        raise NotModelled(f"the shell's expansion {part.source}")

    def _element(self, name: str, subscript: str, value: str) -> str:
        element = self.state.element(name, subscript)
        if element is None and name in self.state.variables:
            return value if subscript in ("0", "@", "*") else ""
        return element or ""

    def _substring(self, part: Parameter, value: str) -> Generator[Any, Any, str]:
        offset = yield from self.calculate(part.argument)
        start = max(len(value) + offset, 0) if offset < 0 else offset
        if part.second is None:
            return value[start:]
        length = yield from self.calculate(part.second)
        return value[start : len(value) + length if length < 0 else start + length]

    # --- fields ------------------------------------------------------------------------------------------------------

    def _split(self, pieces: Sequence[Piece]) -> list[list[pattern.Piece]]:
        splitter = _Splitter(self.state.ifs)
        for piece in pieces:
            splitter.add(piece)
        return splitter.finish()

    def _names(self, field: list[pattern.Piece]) -> list[str]:
        text = "".join(piece for piece, _ in field)
        if self.state.options.get("noglob") or not pattern.is_pattern(field):
            return [text]
        return pattern.expand(self.files, self.state.directory, field) or [text]


class _Splitter:
    """Field splitting (XCU 2.6.5): white space of IFS separates, another character of it ends a field each time."""

    def __init__(self, ifs: str) -> None:
        self._ifs = ifs
        self._fields: list[list[pattern.Piece]] = []
        self._current: list[pattern.Piece] | None = None
        self._white = False

    def add(self, piece: Piece) -> None:
        if piece.ends:
            self._end()
        elif piece.split:
            for run in re.findall(r"[^\0]", piece.text, re.DOTALL):
                self._character(run)
        elif piece.text or piece.quoted:
            self._current = [*(self._current or []), (piece.text, piece.quoted)]
            self._white = False

    def _character(self, character: str) -> None:
        if character not in self._ifs:
            self._current = [*(self._current or []), (character, False)]
            self._white = False
        elif character in " \t\n":
            self._white = self._white or self._current is not None
            self._end()
        elif self._current is None and self._white:
            self._white = False
        else:
            self._current = self._current or []
            self._end()

    def _end(self) -> None:
        if self._current is not None:
            self._fields.append(self._current)
        self._current = None

    def finish(self) -> list[list[pattern.Piece]]:
        self._end()
        return self._fields


def _change_case(value: str, operator: str) -> str:
    change = str.upper if operator[0] == "^" else str.lower
    return change(value) if len(operator) == 2 else change(value[:1]) + value[1:]

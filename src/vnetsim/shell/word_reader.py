"""Reading words with their quotes and expansions (POSIX.1-2017, XCU 2.2, 2.6).

Not modelled: process substitution, extended patterns, names by their beginning (`${!x*}`).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from itertools import zip_longest
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.shell.ast import (
    ArithmeticExpansion,
    CommandSubstitution,
    Literal,
    ParameterExpansion,
    Part,
    Script,
    Word,
    literal,
)

_WORD_END: Final = frozenset(" \t\n;&|<>()")
#: Characters that mean themselves and end no word.
_ORDINARY: Final = re.compile(r"[^ \t\n;&|<>()\\'\"$`]+")
_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_SPECIAL: Final = frozenset("@*#?-$!0123456789")
_EXPANSION: Final = re.compile(r":[-=?+]|[-=?+]|%%|%|##|#|//|/[#%]?|\^\^|\^|,,|,|:|@")
_ANSI_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}
_ANSI_NUMBER: Final = re.compile(r"x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([0-7]{1,3})")


class ShellSyntaxError(Exception):
    """A syntax error; `kind` is the cause, the dialect has its message."""

    def __init__(self, kind: str, line: int, *, token: str = "", expecting: str = "", source: str = "") -> None:
        super().__init__(kind)
        self.kind, self.line, self.token, self.expecting, self.source = kind, line, token, expecting, source


class WordReader(ABC):
    """A cursor over the text.  `$( ... )` holds a whole script: subclasses find its end."""

    def __init__(self, text: str, *, bash: bool = True, first_line: int = 1) -> None:
        self.text, self.position, self.bash, self.first_line = text, 0, bash, first_line

    @abstractmethod
    def script_until_parenthesis(self) -> Script:
        """The commands up to the `)` that closes a `$(`, which is consumed."""

    # --- positions ---------------------------------------------------------------------------------------------------

    @property
    def line(self) -> int:
        return self.line_at(self.position)

    def line_at(self, position: int) -> int:
        return self.first_line + self.text.count("\n", 0, position)

    def line_text(self, line: int) -> str:
        """The whole line of that number, as it was written."""
        lines = self.text.split("\n")
        return lines[min(line - self.first_line, len(lines) - 1)]

    def _unclosed(self, start: int, quote: str) -> ShellSyntaxError:
        """bash reports the line where the quote began, dash the last one."""
        return ShellSyntaxError("quote", self.line_at(start if self.bash else len(self.text)), token=quote)

    # --- words -------------------------------------------------------------------------------------------------------

    def read_word(self, ends: frozenset[str] = _WORD_END) -> Word:
        """Up to an unquoted character of `ends`, or the end of the text."""
        parts: list[Part] = []
        while self.position < len(self.text) and self.text[self.position] not in ends:
            ordinary = _ORDINARY.match(self.text, self.position) if ends is _WORD_END else None
            if ordinary is None:
                parts.extend(self._part())
                continue
            self.position = ordinary.end()
            parts.append(Literal(ordinary[0]))
        return tuple(parts) if len(parts) == 1 else join(parts)

    def _part(self) -> list[Part]:
        character = self.text[self.position]
        match character:
            case "\\":
                return self._escaped()
            case "'":
                return [Literal(self._up_to("'"), quoted=True)]
            case '"':
                return self._double_quoted()
            case "$":
                return self._dollar(quoted=False)
            case "`":
                return [CommandSubstitution(self._backquoted(quoted=False))]
        self.position += 1
        return [Literal(character)]

    def _escaped(self) -> list[Part]:
        following = self.text[self.position + 1 : self.position + 2]
        self.position += 2
        if following == "\n":
            return []
        return [Literal(following, quoted=True) if following else Literal("\\")]

    def _up_to(self, quote: str) -> str:
        """The text between this quote and the next."""
        start = self.position
        end = self.text.find(quote, start + 1)
        if end < 0:
            raise self._unclosed(start, quote)
        self.position = end + 1
        return self.text[start + 1 : end]

    def _double_quoted(self) -> list[Part]:
        start = self.position
        self.position += 1
        parts: list[Part] = [Literal("", quoted=True)]
        while self.text[self.position : self.position + 1] != '"':
            if self.position >= len(self.text):
                raise self._unclosed(start, '"')
            parts.extend(self.quoted_part('"'))
        self.position += 1
        return parts

    def quoted_part(self, quote: str = "") -> list[Part]:
        """The next part inside double quotes: only `$`, backquotes and some backslashes are special."""
        here = self.text[self.position : self.position + 2]
        if here[0] == "$":
            return self._dollar(quoted=True)
        if here[0] == "`":
            return [CommandSubstitution(self._backquoted(quoted=quote == '"'), quoted=True)]
        if here[0] == "\\" and len(here) == 2 and here[1] in "$`\\\n" + quote:
            self.position += 2
            return [] if here[1] == "\n" else [Literal(here[1], quoted=True)]
        self.position += 1
        return [Literal(here[0], quoted=True)]

    # --- expansions --------------------------------------------------------------------------------------------------

    def _dollar(self, *, quoted: bool) -> list[Part]:
        start = self.position
        following = self.text[start + 1 : start + 3]
        if following == "((":
            calculation = self._calculation(quoted=quoted)
            if calculation is not None:
                return [calculation]
        if following[:1] == "(":
            self.position += 2
            return [CommandSubstitution(self._substitution(start, doubled=following == "(("), quoted=quoted)]
        if following[:1] == "{":
            return [self._braced(quoted=quoted)]
        if self.bash and not quoted and following[:1] in ("'", '"'):
            self.position += 1
            return self._double_quoted() if following[0] == '"' else [Literal(self._ansi_quoted(), quoted=True)]
        return [self._named(quoted=quoted)]

    def _substitution(self, start: int, *, doubled: bool) -> Script:
        """The commands of `$(`; two parentheses that hold no commands either were meant as arithmetic."""
        try:
            return self.script_until_parenthesis()
        except ShellSyntaxError:
            if not doubled:
                raise
        raise ShellSyntaxError("calculation", self.line_at(start), token=")")

    def _named(self, *, quoted: bool) -> Part:
        """`$name`, `$1`, `$?`, or a literal dollar sign."""
        name = _NAME.match(self.text, self.position + 1)
        special = self.text[self.position + 1 : self.position + 2]
        if name:
            self.position = name.end()
            return ParameterExpansion(name[0], quoted=quoted, source="$" + name[0])
        if special and special in _SPECIAL:
            self.position += 2
            return ParameterExpansion(special, quoted=quoted, source="$" + special)
        self.position += 1
        return Literal("$", quoted=quoted)

    def _calculation(self, *, quoted: bool) -> Part | None:
        """`$((expression))`; None if it is a subshell in a command substitution."""
        start = self.position
        self.position += 3
        expression = self.read_expression("))")
        if expression is None:
            self.position = start
            return None
        return ArithmeticExpansion(expression, quoted=quoted)

    def read_expression(self, end: str) -> Word | None:
        """Arithmetic up to `end` (`))`, or `;`) outside of parentheses; None without it."""
        parts: list[Part] = []
        depth = 0
        while self.position < len(self.text):
            character = self.text[self.position]
            if depth == 0 and self.text.startswith(end, self.position):
                self.position += len(end)
                return join(parts)
            if character == ")" and depth == 0:
                return None
            depth += (character == "(") - (character == ")")
            if character == '"':
                self.position += 1
            else:
                parts.extend(self.quoted_part())
        return None

    def _braced(self, *, quoted: bool) -> Part:
        """`${...}`."""
        start = self.position
        self.position += 2
        length = self.text[self.position] == "#" and self._is_name_at(self.position + 1) if self._more() else False
        if length:
            self.position += 1
        indirect = (
            self.bash and self.text[self.position : self.position + 1] == "!" and self._is_name_at(self.position + 1)
        )
        self.position += indirect
        name = self._parameter_name()
        subscript = self._subscript(quoted=quoted, start=start) if self.bash and name.isidentifier() else None
        operator, argument, second = ("length", (), None) if length else self._operation(quoted=quoted, start=start)
        if indirect and self.text[self.position : self.position + 1] in ("*", "@"):
            raise NotModelled("the shell's ${!prefix*}")
        if indirect and subscript is not None and literal(subscript) in ("@", "*") and not operator:
            indirect, operator = False, "keys"
        if not self._more():
            raise self._unclosed(start, "}")
        if self.text[self.position] != "}" or not name:
            self._skip_to_brace(start)
            operator = "bad"
        self.position += 1
        source = self.text[start : self.position]
        return ParameterExpansion(name, operator, argument, second, quoted, source, subscript, indirect)

    def _more(self) -> bool:
        return self.position < len(self.text)

    def _is_name_at(self, position: int) -> bool:
        """Whether `${#` is followed by a name, so that it is a length (`${#}` and `${#-x}` are not)."""
        character = self.text[position : position + 1]
        return bool(_NAME.match(self.text, position)) or (character != "" and character in "@*?$!0123456789")

    def _parameter_name(self) -> str:
        name = _NAME.match(self.text, self.position) or re.compile(r"\d+|[@*#?$!-]").match(self.text, self.position)
        if name is None:
            return ""
        self.position = name.end()
        return name[0]

    def _operation(self, *, quoted: bool, start: int) -> tuple[str, Word, Word | None]:
        found = _EXPANSION.match(self.text, self.position)
        if found is None or self._foreign(found[0]):
            return "", (), None
        operator = found[0]
        self.position = found.end()
        ends = "/}" if operator[0] == "/" else ":}" if operator == ":" else "}"
        # A pattern is quoted by the quotes inside of the braces, and not by those around (XCU 2.6.2).
        argument = self._argument(ends, quoted=quoted and operator[0] not in "#%/^,", start=start)
        if len(ends) == 2 and self.text[self.position] == ends[0]:
            self.position += 1
            return operator, argument, self._argument("}", quoted=quoted, start=start)
        return operator, argument, None

    def _foreign(self, operator: str) -> bool:
        return not self.bash and operator not in (":-", ":=", ":?", ":+", "-", "=", "?", "+", "%", "%%", "#", "##")

    def _subscript(self, *, quoted: bool, start: int) -> Word | None:
        """`[subscript]` behind the name of an array."""
        if self.text[self.position : self.position + 1] != "[":
            return None
        self.position += 1
        subscript = self._argument("]", quoted=quoted, start=start)
        self.position += 1
        return subscript

    def _argument(self, ends: str, *, quoted: bool, start: int) -> Word:
        parts: list[Part] = []
        while self._more() and self.text[self.position] not in ends:
            inside = quoted and self.text[self.position] != '"'
            parts.extend(self.quoted_part('"}') if inside else self._part())
        if not self._more():
            raise self._unclosed(start, "}")
        return join(parts)

    def _skip_to_brace(self, start: int) -> None:
        end = self.text.find("}", self.position)
        if end < 0:
            raise self._unclosed(start, "}")
        self.position = end

    def _ansi_quoted(self) -> str:
        """`$'...'`, the cursor on its quote."""
        start = self.position
        self.position += 1
        out: list[str] = []
        while self.text[self.position : self.position + 1] != "'":
            if not self._more():
                raise self._unclosed(start, "'")
            out.append(self._ansi_character())
        self.position += 1
        return "".join(out)

    def _ansi_character(self) -> str:
        character, following = self.text[self.position], self.text[self.position + 1 : self.position + 2]
        number = _ANSI_NUMBER.match(self.text, self.position + 1)
        if character != "\\" or not following:
            self.position += 1
            return character
        if number:
            self.position = number.end()
            return chr(int(number[1] or number[2] or number[3], 8 if number[3] else 16))
        self.position += 2
        return _ANSI_ESCAPES.get(following, following if following in "\\'\"?" else "\\" + following)

    def _backquoted(self, *, quoted: bool) -> Script:
        start = self.position
        self.position += 1
        out: list[str] = []
        while self.text[self.position : self.position + 1] != "`":
            if not self._more():
                raise ShellSyntaxError("backquote", self.line_at(start), token="`")
            following = self.text[self.position + 1 : self.position + 2]
            if self.text[self.position] == "\\" and following and following in ('`\\$"' if quoted else "`\\$"):
                self.position += 1
            out.append(self.text[self.position])
            self.position += 1
        self.position += 1
        return self.parse_inner("".join(out), self.line_at(start))

    @abstractmethod
    def parse_inner(self, text: str, first_line: int) -> Script:
        """The commands between backquotes."""


def join(parts: list[Part]) -> Word:
    """Merge adjacent literals of one kind."""
    joined: list[Part] = []
    texts: list[str] = []
    for part, following in zip_longest(parts, parts[1:]):
        if not isinstance(part, Literal):
            joined.append(part)
            continue
        texts.append(part.text)
        if not isinstance(following, Literal) or following.quoted != part.quoted:
            joined.append(Literal("".join(texts), part.quoted))
            texts = []
    return tuple(joined)

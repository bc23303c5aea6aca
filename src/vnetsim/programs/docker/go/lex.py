"""The scanner of Go's text/template (package text/template/parse, lex.go): a template's text as items.

Not modelled: other delimiters than {{ and }}, imaginary numbers.
"""

from __future__ import annotations

import enum
import re
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.programs.docker.go.printing import quote
from vnetsim.values import frozen

LEFT: Final = "{{"
RIGHT: Final = "}}"
LEFT_COMMENT: Final = "/*"
RIGHT_COMMENT: Final = "*/"
_SPACES: Final = " \t\r\n"
_TERMINATORS: Final = ".,|:)("
_TRIM_LEFT: Final = re.compile(r"-[ \t\r\n]")
_TRIM_RIGHT: Final = re.compile(r"[ \t\r\n]-\}\}")
_NUMBER: Final = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?"
    r"|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)"
)


class TokenKind(enum.Enum):
    """What the scanner finds; the keywords' values are their spelling."""

    ERROR = enum.auto()
    BOOL = enum.auto()
    CHAR = enum.auto()
    CHAR_CONSTANT = enum.auto()
    ASSIGN = enum.auto()
    DECLARE = enum.auto()
    EOF = enum.auto()
    FIELD = enum.auto()
    IDENTIFIER = enum.auto()
    LEFT_DELIM = enum.auto()
    LEFT_PAREN = enum.auto()
    NUMBER = enum.auto()
    PIPE = enum.auto()
    RAW_STRING = enum.auto()
    RIGHT_DELIM = enum.auto()
    RIGHT_PAREN = enum.auto()
    SPACE = enum.auto()
    STRING = enum.auto()
    TEXT = enum.auto()
    VARIABLE = enum.auto()
    DOT = "."
    BLOCK = "block"
    BREAK = "break"
    CONTINUE = "continue"
    DEFINE = "define"
    ELSE = "else"
    END = "end"
    IF = "if"
    NIL = "nil"
    RANGE = "range"
    TEMPLATE = "template"
    WITH = "with"


#: Items that errors print as <keyword>.
KEYWORDS: Final = {item.value: item for item in TokenKind if isinstance(item.value, str)}


@frozen
class TemplateToken:
    """An item with its position in characters and its line."""

    item: TokenKind
    text: str
    position: int
    line: int

    def __str__(self) -> str:
        if self.item is TokenKind.EOF:
            return "EOF"
        if self.item is TokenKind.ERROR:
            return self.text
        if self.item in KEYWORDS.values():
            return f"<{self.text}>"
        return f"{quote(self.text[:10])}..." if len(self.text) > 10 else quote(self.text)


class TemplateScanner:
    """Scans the whole of `source` into `tokens`; the last one is EOF or ERROR."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._depth = 0
        self.tokens: list[TemplateToken] = []
        while not self._finished():
            self._text()

    def _finished(self) -> bool:
        return bool(self.tokens) and self.tokens[-1].item in (TokenKind.EOF, TokenKind.ERROR)

    def _emit(self, item: TokenKind, text: str, position: int) -> None:
        self.tokens.append(TemplateToken(item, text, position, 1 + self._source.count("\n", 0, position)))

    def _error(self, sentence: str) -> None:
        self._emit(TokenKind.ERROR, sentence, min(self._at, len(self._source)))

    def _text(self) -> None:
        source, start = self._source, self._at
        left = source.find(LEFT, start)
        end = len(source) if left < 0 else left
        text = source[start:end]
        if left >= 0 and _TRIM_LEFT.match(source, left + 2):
            text = text.rstrip(_SPACES)
        if text:
            self._emit(TokenKind.TEXT, text, start)
        self._at = end
        if left < 0:
            self._emit(TokenKind.EOF, "", end)
        else:
            self._left_delimiter(left)

    def _left_delimiter(self, left: int) -> None:
        trim = 2 if _TRIM_LEFT.match(self._source, left + 2) else 0
        after = left + 2 + trim
        if self._source.startswith(LEFT_COMMENT, after):
            self._at = after
            self._comment()
            return
        self._emit(TokenKind.LEFT_DELIM, LEFT, left)
        self._at = after
        self._depth = 0
        self._action()

    def _comment(self) -> None:
        end = self._source.find(RIGHT_COMMENT, self._at + 2)
        if end < 0:
            self._error("unclosed comment")
            return
        self._at = end + 2
        if not self._right_delimiter(emit=False):
            self._error("comment ends before closing delimiter")

    def _at_right(self) -> bool:
        return self._source.startswith(RIGHT, self._at) or bool(_TRIM_RIGHT.match(self._source, self._at))

    def _right_delimiter(self, *, emit: bool) -> bool:
        trimmed = bool(_TRIM_RIGHT.match(self._source, self._at))
        if not trimmed and not self._source.startswith(RIGHT, self._at):
            return False
        start = self._at + (2 if trimmed else 0)
        self._at = start + 2
        if emit:
            self._emit(TokenKind.RIGHT_DELIM, RIGHT, start)
        if trimmed:
            while self._at < len(self._source) and self._source[self._at] in _SPACES:
                self._at += 1
        return True

    def _action(self) -> None:
        while not self._finished():
            if self._at_right():
                if self._depth:
                    self._error("unclosed left paren")
                    return
                self._right_delimiter(emit=True)
                return
            self._inside()

    def _inside(self) -> None:
        source, start = self._source, self._at
        if start >= len(source):
            self._error("unclosed action")
            return
        character = source[start]
        if character in _SPACES:
            self._space()
        elif character in _PUNCTUATION:
            self._at += 1
            self._emit(_PUNCTUATION[character], character, start)
        elif character in ":()":
            self._bracket_or_declare(character)
        elif character in "\"`'":
            self._quote(character)
        elif character == "$":
            self._at += 1
            self._field_or_variable(TokenKind.VARIABLE, start)
        elif character == "." and not is_digits(source[start + 1 : start + 2] or "0"):
            self._at += 1
            self._field_or_variable(TokenKind.FIELD, start)
        elif character in ".+-" or character in "0123456789":
            self._number()
        elif _is_alphanumeric(character):
            self._identifier()
        else:
            self._other(character)

    def _space(self) -> None:
        start = self._at
        while self._at < len(self._source) and self._source[self._at] in _SPACES:
            if self._at > start and _TRIM_RIGHT.match(self._source, self._at):
                break
            self._at += 1
        self._emit(TokenKind.SPACE, self._source[start : self._at], start)

    def _bracket_or_declare(self, character: str) -> None:
        start = self._at
        self._at += 1
        if character == ":":
            if not self._source.startswith("=", self._at):
                self._error("expected :=")
                return
            self._at += 1
            self._emit(TokenKind.DECLARE, ":=", start)
        elif character == "(":
            self._depth += 1
            self._emit(TokenKind.LEFT_PAREN, "(", start)
        else:
            self._depth -= 1
            if self._depth < 0:
                self._error("unexpected right paren")
                return
            self._emit(TokenKind.RIGHT_PAREN, ")", start)

    def _quote(self, mark: str) -> None:
        start = self._at
        item, complaint, pattern = _QUOTES[mark]
        match = pattern.match(self._source, start)
        if match is None:
            self._error(complaint)
            return
        self._at = match.end()
        self._emit(item, match[0], start)

    def _at_terminator(self) -> bool:
        rest = self._source[self._at : self._at + 1]
        return not rest or rest in _SPACES or rest in _TERMINATORS or self._source.startswith(RIGHT, self._at)

    def _field_or_variable(self, item: TokenKind, start: int) -> None:
        """lexFieldOrVariable, after the dot or the dollar."""
        if self._at_terminator():
            mark = self._source[start]
            self._emit(TokenKind.DOT if mark == "." else TokenKind.VARIABLE, mark, start)
            return
        if self._name():
            self._emit(item, self._source[start : self._at], start)

    def _name(self) -> bool:
        while self._at < len(self._source) and _is_alphanumeric(self._source[self._at]):
            self._at += 1
        if self._at_terminator():
            return True
        self._error(f"bad character {_code_point(self._source[self._at])}")
        return False

    def _identifier(self) -> None:
        start = self._at
        if self._name():
            name = self._source[start : self._at]
            known = KEYWORDS.get(name, TokenKind.BOOL if name in ("true", "false") else TokenKind.IDENTIFIER)
            self._emit(known, name, start)

    def _number(self) -> None:
        start = self._at
        match = _NUMBER.match(self._source, start)
        self._at = match.end() if match else start
        behind = self._source[self._at : self._at + 1]
        if behind == "i":
            raise NotModelled("imaginary numbers in templates")
        if _is_alphanumeric(behind):
            self._error(f"bad number syntax: {quote(self._source[start : self._at + 1])}")
            return
        self._emit(TokenKind.NUMBER, self._source[start : self._at], start)

    def _other(self, character: str) -> None:
        if character.isascii() and character.isprintable():
            self._emit(TokenKind.CHAR, character, self._at)
            self._at += 1
        else:
            self._error(f"unrecognized character in action: {_code_point(character)}")


_PUNCTUATION: Final = {"=": TokenKind.ASSIGN, "|": TokenKind.PIPE}
_QUOTES: Final = {
    '"': (TokenKind.STRING, "unterminated quoted string", re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')),
    "`": (TokenKind.RAW_STRING, "unterminated raw quoted string", re.compile(r"`[^`]*`")),
    "'": (TokenKind.CHAR_CONSTANT, "unterminated character constant", re.compile(r"'(?:[^'\\\n]|\\[^\n])*'")),
}


def _is_alphanumeric(character: str) -> bool:
    return character == "_" or character.isalnum()


def _code_point(character: str) -> str:
    """%#U."""
    shown = f" '{character}'" if character.isprintable() else ""
    return f"U+{ord(character):04X}{shown}"

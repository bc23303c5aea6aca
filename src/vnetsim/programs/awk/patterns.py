r"""Regular expressions of awk as those of regcomp(3): escapes as in strings, in brackets too.

mawk 1.3.4 of Debian 12 knows no intervals (`a{2}` is four characters) and has its own complaints (its rexp.c);
busybox hands them to regcomp(3).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.awk.lexer import unescaped
from vnetsim.programs.awk.tree import AwkError
from vnetsim.regex import BadExpression, RegexPattern, compile_posix, quoted

_PIECE: Final = re.compile(r"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|[\s\S])|\[\^?(?:\]?)|[\s\S]")
_INSIDE: Final = re.compile(r"\\(?:[0-7]{1,3}|x[0-9a-fA-F]{1,2}|[\s\S])|\[:\w*:\]|[\s\S]")
_OPERATORS: Final = "*+?"


@lru_cache(256)
def pattern(text: str, *, intervals: bool) -> RegexPattern:
    """AwkError with mawk's reason."""
    try:
        return compile_posix(_translated(text, intervals=intervals), extended=True)
    except BadExpression as error:
        raise NotModelled(f"awk's regular expression {text!r} ({error})") from None


def _problem(problem: str, text: str) -> AwkError:
    return AwkError(f"regular expression compile failed ({problem})\n{text}")


def _translated(text: str, *, intervals: bool) -> str:
    out: list[str] = []
    position = depth = 0
    operand = False
    while position < len(text):
        found = _PIECE.match(text, position)
        assert found is not None
        piece, position = found[0], found.end()
        if piece[0] == "[":
            piece, position = _bracket(text, found.end() - len(piece), piece)
        elif piece[0] == "\\" and len(piece) > 1:
            piece = quoted(_escaped(piece))
        elif piece == ")" and not depth:
            piece = "\\)"
        elif piece == "\\" or (piece in "{}" and not intervals):
            piece = f"\\{piece}"
        elif piece in "*+?|)" and not operand:
            anchored = out[-1:] == ["^"] and piece in "*+"
            raise _problem("syntax error ^* or ^+" if anchored else "missing operand", text)
        depth += (piece == "(") - (piece == ")")
        operand = piece not in ("(", "|", "^") or (piece == "^" and text[position : position + 1] not in (*_OPERATORS,))
        out.append(piece)
    if depth:
        raise _problem("missing ')'", text)
    if text and not operand:
        raise _problem("missing operand", text)
    return "".join(out)


def _escaped(piece: str) -> str:
    """The character; a backslash before what is no escape is dropped."""
    return unescaped(piece).removeprefix("\\") or "\\"


def _bracket(text: str, start: int, opening: str) -> tuple[str, int]:
    """A bracket expression in which characters that mean something are collating symbols, and where it ends."""
    negated = "^" if opening.startswith("[^") else ""
    items: list[str] = []
    position = start + 1 + len(negated)
    while position < len(text) and (text[position] != "]" or not items):
        found = _INSIDE.match(text, position)
        assert found is not None
        items.append(found[0])
        position = found.end()
    if position >= len(text):
        raise _problem("bad class -- [], [^] or [", text)
    return f"[{negated}{_items(items, text)}]", position + 1


def _items(items: list[str], text: str) -> str:
    out = []
    for index, item in enumerate(items):
        if item == "-" and 0 < index < len(items) - 1:
            out.append("-")
        elif item.startswith("[:") and len(item) > 2:
            out.append(item)
        else:
            if item == "[" and items[index + 1 : index + 2] in (["."], ["="]):
                raise NotModelled(f"collating symbols in awk's regular expression {text!r}")
            out.append(_single(_escaped(item) if item[0] == "\\" and len(item) > 1 else item))
    return "".join(out)


def _single(character: str) -> str:
    return f"[.{character}.]" if character in "]^-[" else character

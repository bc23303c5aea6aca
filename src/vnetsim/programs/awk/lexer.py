"""The tokens of awk (POSIX.1-2017, XCU awk, "Lexical Conventions"), with the complaints of mawk's scan.c."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.programs.awk.tree import AwkError
from vnetsim.values import frozen

KEYWORDS: Final = frozenset(
    ("BEGIN", "END", "function", "if", "else", "while", "for", "do", "break", "continue", "next", "nextfile", "exit",
     "return", "delete", "in", "getline", "print", "printf")
)  # fmt: skip
#: Builtin functions: the least and the largest number of arguments.
BUILTINS: Final[dict[str, tuple[int, int]]] = {
    "atan2": (2, 2), "close": (1, 1), "cos": (1, 1), "exp": (1, 1), "fflush": (0, 1), "gsub": (2, 3), "index": (2, 2),
    "int": (1, 1), "length": (0, 1), "log": (1, 1), "match": (2, 2), "rand": (0, 0), "sin": (1, 1), "split": (2, 3),
    "sprintf": (1, 9999), "sqrt": (1, 1), "srand": (0, 1), "sub": (2, 3), "substr": (2, 3), "system": (1, 1),
    "tolower": (1, 1), "toupper": (1, 1), "systime": (0, 0), "mktime": (1, 1), "strftime": (0, 3),
}  # fmt: skip
_TOKEN: Final = re.compile(
    r"(?P<blank>(?:[ \t\r]|\\\r?\n|\#[^\n]*)+)|(?P<newline>\n)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r'|"(?P<string>(?:\\[\s\S]|[^"\\\n])*)"|(?P<word>[A-Za-z_]\w*)'
    r"|(?P<operator>&&|\|\||\+\+|--|[-+*/%^=!<>]=|>>|!~|[]{}()[;,+*/%^!><|?:~$=-])",
    re.ASCII,
)
_REGEX: Final = re.compile(r"/((?:\[\^?\]?(?:\\.|\[:\w+:\]|[^]\\\n])*\]|\\.|[^/\\\n[])*)/")
_PLAIN_REGEX: Final = re.compile(r"/((?:\\.|[^/\\\n])*)/")
_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE: Final = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(\n)|([\s\S]))")


@frozen
class AwkToken:
    """`call`: a name with a parenthesis directly behind it."""

    kind: str
    text: str
    line: int
    call: bool = False

    @property
    def shown(self) -> str:
        """As in a syntax error."""
        if self.kind in ("newline", "end"):
            return "end of line"
        return f'"{self.text}"' if self.kind == "string" else f"/{self.text}/" if self.kind == "regex" else self.text


def unescaped(text: str, *, kept: str = "\\") -> str:
    """The value of a string constant; a backslash before what is no escape remains (in busybox it does not)."""

    def replace(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 8) & 255)
        if found[2]:
            return chr(int(found[2], 16))
        if found[3]:
            return ""
        return found[4] if found[4] in '"\\' else _ESCAPES.get(found[4], kept + found[4])

    return _ESCAPE.sub(replace, text) if "\\" in text else text


def tokens(text: str) -> list[AwkToken]:
    """All tokens and the end."""
    out: list[AwkToken] = []
    position, line = 0, 1
    while position < len(text):
        token, position = _token(text, position, line, regex=not out or _operand_follows(out[-1]))
        line += token.text.count("\n")
        if token.kind != "blank":
            out.append(token)
    out.append(AwkToken("end", "", line + (not text.endswith("\n"))))
    return out


def _operand_follows(before: AwkToken) -> bool:
    """Whether a slash behind this token begins a regular expression."""
    if before.kind in ("number", "string", "regex", "name", "builtin"):
        return False
    return before.text not in (")", "]", "$", "++", "--")


def _token(text: str, position: int, line: int, *, regex: bool) -> tuple[AwkToken, int]:
    if regex and text[position] == "/":
        found = _REGEX.match(text, position) or _PLAIN_REGEX.match(text, position)
        if found is None:
            raise AwkError(f"line {line}: runaway regular expression {_excerpt(text, position)} ...")
        return AwkToken("regex", found[1], line), found.end()
    found = _TOKEN.match(text, position)
    if found is None or found.lastgroup is None:
        if text[position] == '"':
            raise AwkError(f"line {line}: runaway string constant {_excerpt(text, position)} ...")
        raise AwkError(f"{line}: unexpected character '{text[position]}'")
    kind, word = found.lastgroup, found[found.lastgroup]
    if kind == "word":
        kind = "keyword" if word in KEYWORDS else "builtin" if word in BUILTINS else "name"
    return AwkToken(kind, word, line, call=text[found.end() : found.end() + 1] == "("), found.end()


def _excerpt(text: str, position: int) -> str:
    return text[position : position + 10].partition("\n")[0]

r"""Reading POSIX regular expressions, basic and extended, with GNU's additions (regex(7); glibc, posix/regcomp.c).

Three readers differ where POSIX leaves it open: `regcomp` (bash), `sed` and `grep`.  A fourth, `re2`, is as much of
Go's regexp as decides whether a text matches (the Docker Engine's filters).  Not modelled: locales other than C (so no
collating elements of several characters); of Go, flags, groups that begin with `(?`, and classes of Unicode.
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.regex.tree import (
    ANY,
    CLASSES,
    EMPTY,
    WORD,
    Assertion,
    BackReference,
    BadExpression,
    Chars,
    Group,
    Node,
    alternation,
    concatenation,
    repeated,
    size,
)

#: States that an expression may have; above it is what glibc calls too big.
MAX_STATES: Final = 20_000
#: RE_DUP_MAX.
_MOST_REPEATED: Final = 32_767
_DEEPEST: Final = 100
_SPACE: Final = CLASSES["space"]
_ESCAPES: Final[dict[str, Node]] = {
    "w": Chars(WORD), "W": Chars(WORD, negated=True), "s": Chars(_SPACE), "S": Chars(_SPACE, negated=True),
    "b": Assertion("b"), "B": Assertion("B"), "<": Assertion("<"), ">": Assertion(">"),
    "`": Assertion("^"), "'": Assertion("$"),
}  # fmt: skip
#: Escapes that Go has besides, in brackets too.
_PERL: Final[dict[str, Chars]] = {
    "d": Chars(CLASSES["digit"]),
    "D": Chars(CLASSES["digit"], negated=True),
    "w": Chars(WORD),
    "W": Chars(WORD, negated=True),
    "s": Chars(_SPACE),
    "S": Chars(_SPACE, negated=True),
}
_SETS: Final = ("d", "w", "s")
_PRECEDING: Final = "Invalid preceding regular expression"
_TOO_BIG: Final = "Regular expression too big"
_BRACKET: Final = "Unmatched [, [^, [:, [., or [="
_INTERVAL: Final = re.compile(r"(\d*)(?:(,)(\d*))?")


class RegexParser:
    """Reads one expression; `groups` counts its subexpressions, `first_group` being the number of those before."""

    def __init__(
        self, text: str, *, extended: bool, ignore_case: bool = False, dialect: str = "regcomp", first_group: int = 0
    ) -> None:
        self._text, self._extended, self._ignore_case, self._dialect = text, extended, ignore_case, dialect
        self._position = self._depth = 0
        self._first_group = self.groups = first_group
        self._closed: set[int] = set()
        self.back_references = False
        #: What GNU grep warns of.
        self.warnings: list[str] = []

    def read(self) -> Node:
        """The whole expression; BadExpression."""
        node = self._alternatives()
        if self._position < len(self._text):
            raise BadExpression("Unmatched ) or \\)")
        return node

    # --- tokens ------------------------------------------------------------------------------------------------------

    def _operator(self) -> str:
        """The operator that comes next, one of ( ) | * + ? {; "" if it is none."""
        text, position = self._text, self._position
        character = text[position : position + 1]
        if character == "*":
            return "*"
        if self._extended:
            return character if character and character in "()|+?{" else ""
        following = text[position + 1 : position + 2]
        return following if character == "\\" and following and following in "()|+?{" else ""

    def _take(self, operator: str) -> None:
        self._position += 1 if self._extended or operator == "*" else 2

    # --- the grammar -------------------------------------------------------------------------------------------------

    def _alternatives(self) -> Node:
        choices = [self._sequence()]
        while self._operator() == "|":
            self._take("|")
            choices.append(self._sequence())
        return alternation(choices)

    def _sequence(self) -> Node:
        items: list[Node] = []
        total, begins = 0, True
        while self._position < len(self._text):
            operator = self._operator()
            if operator == "|" or (operator == ")" and self._closes()):
                break
            item = self._element(operator, begins=begins)
            if item is None:
                continue
            begins = isinstance(item, Assertion) and item.kind == "^"
            item = item if begins else self._repeated(item)
            items.append(item)
            total += size(item)
            if total > MAX_STATES:
                raise BadExpression(_TOO_BIG)
        return concatenation(items) if items else EMPTY

    def _closes(self) -> bool:
        """Whether a closing parenthesis ends something, or is an ordinary character (RE_UNMATCHED_RIGHT_PAREN_ORD)."""
        return self._depth > 0 or not self._extended or self._dialect in ("sed", "re2")

    def _element(self, operator: str, *, begins: bool) -> Node | None:
        """One element without what repeats it; None if nothing of it remains."""
        if operator == "(":
            return self._group()
        if operator in ("*", "+", "?", "{") and operator:
            return self._operator_at_start(operator) if begins or self._extended else self._literal()
        character = self._text[self._position]
        if character == "[":
            return self._bracket()
        if character == "\\":
            return self._escaped()
        if character == "^" and self._anchors_start(begins=begins):
            self._position += 1
            return Assertion("^")
        if character == "$" and self._anchors_end():
            self._position += 1
            return Assertion("$")
        if character == ".":
            self._position += 1
            return ANY
        return self._literal()

    def _literal(self) -> Node:
        if self._text[self._position] == "\\":
            self._position += 1
        character = self._text[self._position]
        self._position += 1
        return self._fold(Chars(frozenset(character)))

    def _fold(self, chars: Chars) -> Chars:
        return chars.folded() if self._ignore_case else chars

    def _operator_at_start(self, operator: str) -> Node | None:
        """What repeats, where nothing is that it could repeat."""
        if not self._extended:
            if operator == "{" and self._dialect != "grep":
                raise BadExpression(_PRECEDING)
            return self._literal()
        if self._dialect != "grep":
            raise BadExpression(_PRECEDING)
        shown = "{...}" if operator == "{" else operator
        if operator != "{" or self._interval_follows():
            self.warnings.append(f"{shown} at start of expression")
        if operator == "{":
            return self._literal()
        self._take(operator)
        return None

    def _interval_follows(self) -> bool:
        return re.compile(r"\{\d*,?\d*\}").match(self._text, self._position) is not None

    def _anchors_start(self, *, begins: bool) -> bool:
        before = self._text[: self._position]
        return self._extended or (begins and (not before or before.endswith(("\\(", "\\|"))))

    def _anchors_end(self) -> bool:
        after = self._text[self._position + 1 :]
        return self._extended or not after or after.startswith(("\\)", "\\|"))

    def _group(self) -> Node:
        self._take("(")
        if self._dialect == "re2" and self._text.startswith("?", self._position):
            raise NotModelled(f"the regular expression {self._text!r}")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadExpression(_TOO_BIG)
        self.groups += 1
        number = self.groups
        body = self._alternatives()
        if self._operator() != ")":
            raise BadExpression("Unmatched ( or \\(")
        self._take(")")
        self._depth -= 1
        self._closed.add(number)
        return Group(body, number)

    def _escaped(self) -> Node:
        character = self._text[self._position + 1 : self._position + 2]
        if not character:
            raise BadExpression("Trailing backslash")
        if self._dialect == "re2":
            return self._escaped_for_go(character)
        if character in _ESCAPES:
            self._position += 2
            return _ESCAPES[character]
        if is_digits(character) and character != "0":
            number = self._first_group + int(character)
            if number not in self._closed:
                raise BadExpression("Invalid back reference")
            self._position += 2
            self.back_references = True
            return BackReference(number)
        if self._dialect == "sed" and character in "nt":
            self._position += 2
            return Chars(frozenset({"n": "\n", "t": "\t"}[character]))
        return self._literal()

    def _escaped_for_go(self, character: str) -> Node:
        if character in _PERL:
            self._position += 2
            return _PERL[character]
        if character in "Azb":
            self._position += 2
            return Assertion({"A": "^", "z": "$", "b": "b"}[character])
        if character.isalnum():
            raise NotModelled(f"the regular expression {self._text!r}")
        return self._literal()

    # --- repetitions -------------------------------------------------------------------------------------------------

    def _repeated(self, item: Node) -> Node:
        again = False
        while (operator := self._operator()) in ("*", "+", "?", "{") and operator:
            if again and not self._extended and self._dialect != "grep" and operator in ("*", "{"):
                raise BadExpression(_PRECEDING)
            if operator == "{":
                bounds = self._interval()
                if bounds is None:
                    return item
            else:
                self._take(operator)
                bounds = {"*": (0, None), "+": (1, None), "?": (0, 1)}[operator]
            copies = bounds[0] if bounds[1] is None else bounds[1]
            if copies * size(item) > MAX_STATES:
                raise BadExpression(_TOO_BIG)
            item = repeated(item, *bounds)
            again = True
        return item

    def _interval(self) -> tuple[int, int | None] | None:
        """The bounds of `{2,3}`; None where it is an ordinary brace (RE_INVALID_INTERVAL_ORD)."""
        ordinary = self._dialect in ("grep", "re2") and self._extended
        start = self._position + (1 if self._extended else 2)
        end_mark = "}" if self._extended else "\\}"
        found = _INTERVAL.match(self._text, start)
        assert found is not None
        if not self._text.startswith(end_mark, found.end()):
            if ordinary:
                return None
            unfinished = end_mark not in self._text[start:] and (found.end() == len(self._text) or not found[0])
            raise BadExpression("Unmatched \\{" if unfinished else "Invalid content of \\{\\}")
        if not found[0]:
            raise BadExpression("Invalid content of \\{\\}")
        low = int(found[1] or "0")
        high = low if found[2] is None else int(found[3]) if found[3] else None
        if high is not None and high < low:
            raise BadExpression("Invalid content of \\{\\}")
        if max(low, high or 0) > _MOST_REPEATED:
            raise BadExpression(_TOO_BIG)
        self._position = found.end() + len(end_mark)
        return low, high

    # --- bracket expressions -----------------------------------------------------------------------------------------

    def _bracket(self) -> Node:
        text, position = self._text, self._position + 1
        negated = text[position : position + 1] == "^"
        position += negated
        if position >= len(text):
            raise BadExpression("Invalid regular expression")
        single: set[str] = set()
        ranges: list[tuple[str, str]] = []
        first = True
        while first or text[position : position + 1] != "]":
            if position >= len(text):
                raise BadExpression(_BRACKET)
            first = False
            if text.startswith("[:", position):
                name, position = self._named(position, ":")
                if name not in CLASSES:
                    raise BadExpression("Invalid character class name")
                single |= CLASSES[name]
                continue
            if self._dialect == "re2" and text[position] == "\\" and text[position + 1 : position + 2] in _SETS:
                single |= _PERL[text[position + 1]].single
                position += 2
                continue
            low, position = self._end_of_range(position)
            if text[position : position + 1] == "-" and text[position + 1 : position + 2] not in ("]", ""):
                high, position = self._end_of_range(position + 1)
                if high < low:
                    raise BadExpression("Invalid range end")
                ranges.append((low, high))
            else:
                single.add(low)
        self._position = position + 1
        return self._fold(Chars(frozenset(single), tuple(ranges), negated))

    def _end_of_range(self, position: int) -> tuple[str, int]:
        """A character, `[.a.]` or `[=a=]`, and where it ends."""
        if self._dialect == "re2" and self._text[position] == "\\":
            if self._text[position + 1 : position + 2].isalnum():
                raise NotModelled(f"the regular expression {self._text!r}")
            return self._text[position + 1 : position + 2], position + 2
        for mark in ".=":
            if self._text.startswith(f"[{mark}", position):
                name, position = self._named(position, mark)
                if len(name) != 1:
                    raise BadExpression("Invalid collation character")
                return name, position
        return self._text[position : position + 1], position + 1

    def _named(self, position: int, mark: str) -> tuple[str, int]:
        end = self._text.find(f"{mark}]", position + 2)
        if end < 0:
            raise BadExpression(_BRACKET)
        return self._text[position + 2 : end], end + 2

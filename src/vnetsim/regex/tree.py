"""What a regular expression is once it has been read: values, which `automaton` and `submatch` turn into matches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from vnetsim.errors import VnetsimError
from vnetsim.values import frozen

_PUNCT: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGIT: Final = "0123456789"
#: Character classes of the C locale (POSIX.1-2017, XBD 7.3.1).
CLASSES: Final = {
    "alpha": frozenset(_LOWER + _LOWER.upper()),
    "digit": frozenset(_DIGIT),
    "alnum": frozenset(_LOWER + _LOWER.upper() + _DIGIT),
    "upper": frozenset(_LOWER.upper()),
    "lower": frozenset(_LOWER),
    "space": frozenset(" \t\n\v\f\r"),
    "blank": frozenset(" \t"),
    "xdigit": frozenset(_DIGIT + "abcdefABCDEF"),
    "punct": frozenset(_PUNCT),
    "cntrl": frozenset(map(chr, [*range(32), 127])),
    "print": frozenset(map(chr, range(32, 127))),
    "graph": frozenset(map(chr, range(33, 127))),
}
WORD: Final = CLASSES["alnum"] | {"_"}


class BadExpression(VnetsimError):
    """The expression is none; the message is that of glibc's regcomp(3)."""


def is_word(character: str) -> bool:
    """Whether GNU's \\w matches it; "" (an end of the text) is none."""
    return character in WORD


@frozen(eq=False)
class Chars:
    """One character: of `single`, of `ranges` (both ends included), or with `negated` none of these."""

    single: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    negated: bool = False

    def contains(self, character: str) -> bool:
        inside = character in self.single or any(low <= character <= high for low, high in self.ranges)
        return inside != self.negated

    def folded(self) -> Chars:
        """Without regard to case (REG_ICASE)."""
        single = {variant for each in self.single for variant in _cases(each)}
        for low, high in self.ranges:
            within = [each for each in CLASSES["alpha"] if low <= each <= high]
            single |= {variant for each in within for variant in _cases(each)}
        return Chars(frozenset(single), self.ranges, self.negated)


def _cases(character: str) -> set[str]:
    return {character} | {each for each in (character.lower(), character.upper()) if len(each) == 1}


#: Any character.
ANY: Final = Chars(negated=True)


@frozen(eq=False)
class Assertion:
    """A condition on the characters on both sides; `kind` is one of ^ $ b B < > (^ and $: the ends of the text)."""

    kind: str

    def holds(self, before: str, after: str) -> bool:
        """`before` and `after` are the neighbours, "" at an end of the text."""
        match self.kind:
            case "^":
                return not before
            case "$":
                return not after
            case "<":
                return is_word(after) and not is_word(before)
            case ">":
                return is_word(before) and not is_word(after)
            case "b":
                return is_word(before) != is_word(after)
            case "w(":
                return not is_word(before)
            case "w)":
                return not is_word(after)
        return is_word(before) == is_word(after)


@frozen(eq=False)
class Concatenation:
    items: tuple[Node, ...]


@frozen(eq=False)
class Alternation:
    choices: tuple[Node, ...]


@frozen(eq=False)
class Repetition:
    """`body` at least `low` times (0 or 1), at most once or (`many`) any number of times."""

    body: Node
    low: int
    many: bool


@frozen(eq=False)
class Group:
    body: Node
    number: int


@frozen(eq=False)
class BackReference:
    number: int


Node: TypeAlias = Chars | Assertion | Concatenation | Alternation | Repetition | Group | BackReference
EMPTY: Final = Concatenation(())


def concatenation(items: Iterable[Node]) -> Node:
    found = tuple(items)
    return found[0] if len(found) == 1 else Concatenation(found)


def alternation(choices: Iterable[Node]) -> Node:
    found = tuple(choices)
    return found[0] if len(found) == 1 else Alternation(found)


def repeated(body: Node, low: int, high: int | None) -> Node:
    """An interval expression, as copies of `body`: a{2,4} is aaa?a?."""
    if high is None:
        return (
            Repetition(body, low, many=True)
            if low < 2
            else concatenation([body] * (low - 1) + [Repetition(body, 1, many=True)])
        )
    return concatenation([body] * low + [Repetition(body, 0, many=False)] * (high - low))


def backwards(node: Node) -> Node:
    """What matches the same texts read from their end; without back-references."""
    match node:
        case Concatenation():
            return Concatenation(tuple(backwards(item) for item in reversed(node.items)))
        case Alternation():
            return Alternation(tuple(map(backwards, node.choices)))
        case Repetition():
            return Repetition(backwards(node.body), node.low, node.many)
        case Group():
            return Group(backwards(node.body), node.number)
    return node


def size(node: Node) -> int:
    """How many states its automaton has, roughly."""
    match node:
        case Concatenation():
            return sum(map(size, node.items)) + 1
        case Alternation():
            return sum(map(size, node.choices)) + 1
        case Repetition() | Group():
            return size(node.body) + 1
    return 1

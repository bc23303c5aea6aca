"""Syntax trees of command lines (POSIX.1-2017, XCU 2; bash(1)).

Words are tuples of unexpanded parts; commands are nested values with their line numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from vnetsim.values import frozen

# --- words ---------------------------------------------------------------------------------------------------------


@frozen
class Literal:
    """Literal text; quoted text is neither a pattern nor split."""

    text: str
    quoted: bool = False


@frozen
class ParameterExpansion:
    """`$name` or `${name[subscript] OPERATOR argument}`.

    `operator` is `#` before the name as `length`, and `!` before that of an array as `keys`; `indirect` is `!` before
    that of another variable.
    """

    name: str
    operator: str = ""
    argument: Word = ()
    second: Word | None = None
    quoted: bool = False
    source: str = ""
    subscript: Word | None = None
    indirect: bool = False


@frozen
class CommandSubstitution:
    """`$(commands)` or the same in backquotes."""

    commands: Script
    quoted: bool = False


@frozen
class ArithmeticExpansion:
    """`$((expression))`."""

    expression: Word
    quoted: bool = False


Part: TypeAlias = Literal | ParameterExpansion | CommandSubstitution | ArithmeticExpansion
Word: TypeAlias = tuple[Part, ...]


def plain(word: Word) -> str | None:
    """The text of a word without quotes and expansions, else None: only such a word can be a keyword."""
    if len(word) == 1 and isinstance(word[0], Literal) and not word[0].quoted:
        return word[0].text
    return None


def literal(word: Word) -> str | None:
    """The text of a word without expansions, whether it is quoted or not."""
    if all(isinstance(part, Literal) for part in word):
        return "".join(part.text for part in word if isinstance(part, Literal))
    return None


# --- commands --------------------------------------------------------------------------------------------------------


@frozen
class Redirection:
    """`3>&1`: `descriptor` 3, `operator` `>&`, `target` 1.  A here-document's target is its body."""

    descriptor: int | None
    operator: str
    target: Word
    source: str = ""


@frozen
class Assignment:
    """`name=value`, `name[subscript]=value`, or `name=(elements)`, with a subscript where one was written."""

    name: str
    value: Word
    append: bool = False
    subscript: Word | None = None
    elements: tuple[tuple[Word | None, Word], ...] | None = None
    source: str = ""


@frozen(kw_only=True)
class SimpleCommand:
    """`arrays` are the array assignments among the arguments of `declare` and similar builtins."""

    line: int
    assignments: tuple[Assignment, ...] = ()
    words: tuple[Word, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    arrays: tuple[Assignment, ...] = ()
    source: str = ""


@frozen(kw_only=True)
class CommandGroup:
    """`{ ...; }`, or `( ... )` in a subshell."""

    body: Script
    subshell: bool = False


@frozen(kw_only=True)
class If:
    """`branches` are pairs of condition and body."""

    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script | None = None


@frozen(kw_only=True)
class For:
    """`for name in words`; without `in`, the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: Script
    source: str = ""


@frozen(kw_only=True)
class ArithmeticFor:
    """`for ((start; condition; step))`."""

    start: Word
    condition: Word
    step: Word
    body: Script


@frozen(kw_only=True)
class While:
    condition: Script
    body: Script
    until: bool = False


@frozen
class Clause:
    """`pattern|pattern) body ;;`: `end` is the terminator."""

    patterns: tuple[Word, ...]
    body: Script
    end: str = ";;"


@frozen(kw_only=True)
class Case:
    word: Word
    clauses: tuple[Clause, ...]


@frozen(kw_only=True)
class FunctionDefinition:
    name: str
    body: Command


@frozen(kw_only=True)
class ConditionalCommand:
    """`[[ expression ]]`: words and the operators between them, in order."""

    terms: tuple[Word | str, ...]


@frozen(kw_only=True)
class ArithmeticCommand:
    """`((expression))`."""

    expression: Word


Compound: TypeAlias = (
    CommandGroup | If | For | ArithmeticFor | While | Case | FunctionDefinition | ConditionalCommand | ArithmeticCommand
)


@frozen(kw_only=True)
class Redirected:
    """A compound command with redirections."""

    command: Compound
    redirections: tuple[Redirection, ...]
    line: int


@frozen(kw_only=True)
class Pipeline:
    commands: tuple[Command, ...]
    negated: bool = False
    timed: bool = False
    source: str = ""


Command: TypeAlias = SimpleCommand | Compound | Redirected | Pipeline


@frozen(kw_only=True)
class AndOr:
    """Pipelines joined by `&&` and `||`, and whether to wait for them."""

    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...] = ()
    background: bool = False
    source: str = ""
    line: int = 1


Script: TypeAlias = tuple[AndOr, ...]


def below(value: object) -> tuple[object, ...]:
    """The parts of a node, or of several."""
    if isinstance(value, tuple):
        return value
    return tuple(getattr(value, field.name) for field in getattr(type(value), "__attrs_attrs__", ()))


def nodes(value: object) -> Iterator[object]:
    """Everything in a tree."""
    yield value
    for each in below(value):
        yield from nodes(each)

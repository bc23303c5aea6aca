"""Variables in text: `$A ${A} ${A:-d} ${A-d} ${A:?e} ${A?e} ${A:+r} ${A+r}` and `$$` (compose-go's template)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from vnetsim.compose.golang import quote
from vnetsim.compose.values import ComposeError
from vnetsim.values import frozen

Lookup: TypeAlias = Callable[[str], str | None]
#: Called with each warning.
Warn: TypeAlias = Callable[[str], None]

_PATTERN: Final = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<named>[_a-z][_a-z0-9]*)|\{(?:(?P<braced>[_a-z][_a-z0-9]*(?::?[-+?](.*))?)\}|(?P<invalid>)))",
    re.IGNORECASE,
)
_OPERATORS: Final = (":?", "?", ":-", "-", ":+", "+")
MAX_NESTING: Final = 60


class InvalidTemplate(ComposeError):
    """A `${` that does not parse; the caller names the location and the text."""

    def __init__(self, template: str) -> None:
        super().__init__(f"Invalid template: {quote(template)}")
        self.template = template


@frozen
class Substitution:
    """`lookup` gives a variable or None; `warn` gets the messages about variables that are not set."""

    lookup: Lookup
    warn: Warn = lambda _: None

    def apply(self, template: str, depth: int = 0) -> str:
        if depth > MAX_NESTING:
            raise InvalidTemplate(template)
        return _PATTERN.sub(lambda found: self._replacement(found[0], template, depth), template)

    def _replacement(self, text: str, template: str, depth: int) -> str:
        # What follows the closing brace was matched with it, for the pattern is greedy.
        operator = _first_operator(text)
        end = _closing_brace(text)
        rest, text = (text[end + 1 :], text[: end + 1]) if end > -1 else ("", text)
        found = _PATTERN.search(text)
        if found is None:
            raise InvalidTemplate(template)
        if found["escaped"]:
            return "$"
        name = found["named"] or found["braced"]
        if not name:
            raise InvalidTemplate(template)
        if found["braced"] and operator in name:
            return self._operate(name, operator, depth) + self.apply(rest, depth + 1)
        value = self.lookup(name)
        if value is None:
            self.warn(f"The {quote(name)} variable is not set. Defaulting to a blank string.")
        return value or ""

    def _operate(self, text: str, operator: str, depth: int) -> str:
        name, _, alternative = text.partition(operator)
        alternative = self.apply(alternative, depth + 1)
        value = self.lookup(name)
        usable = value is not None and (value != "" or not operator.startswith(":"))
        if operator.endswith("+"):
            return alternative if usable else value or ""
        if usable:
            return value or ""
        if operator.endswith("-"):
            return alternative
        reason = f": {alternative}" if alternative else ""
        raise ComposeError(f"required variable {name} is missing a value{reason}")


def _first_operator(text: str) -> str:
    """The operator that comes first; of two at the same position, the first in the table."""
    found = [(text.index(operator), number) for number, operator in enumerate(_OPERATORS) if operator in text]
    return _OPERATORS[min(found)[1]] if found else ":?"


def _closing_brace(text: str) -> int:
    depth, index = 0, 0
    while index < len(text):
        if text[index] == "}":
            depth -= 1
            if depth == 0:
                return index
        elif text[index] == "{":
            depth += 1
            index += 1
        index += 1
    return -1

"""getopt_long(3) as iptables uses it: non-options are returned in order, and the table grows while parsing."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

import attrs

from vnetsim.values import define, frozen

T = TypeVar("T")


class Takes(enum.Enum):
    """Whether an option has an argument."""

    NOTHING = ""
    ARGUMENT = ":"
    MAYBE = "::"


@frozen
class NonOption:
    """Not an option."""

    text: str


@frozen
class Short:
    """`-x`; `argument` is None if there is none."""

    letter: str
    argument: str | None


@frozen
class Long(Generic[T]):
    """`--name`, as what the table has for it."""

    option: T
    argument: str | None


@frozen
class Unknown:
    """No such option; `text` is what the complaint shows."""

    text: str


@frozen
class Missing:
    """An option without its argument."""

    text: str


Item: TypeAlias = NonOption | Short | Long[T] | Unknown | Missing


def by_prefix(name: str, table: Iterable[tuple[str, T]]) -> T | None:
    """The option of this name, or else the only one that begins so."""
    begins: list[T] = []
    for known, option in table:
        if known == name:
            return option
        if known.startswith(name) and option not in begins:
            begins.append(option)
    return begins[0] if len(begins) == 1 else None


@define
class Getopt(Generic[T]):
    """`short` has what each letter takes; `find` looks up a long option and what it takes."""

    args: Sequence[str]
    short: Mapping[str, Takes]
    find: Callable[[str], tuple[T, Takes] | None]
    position: int = 0
    _cluster: str = attrs.field(init=False, default="")

    def next(self) -> Item[T] | None:
        """None at the end."""
        if self._cluster:
            return self._short()
        token = self._shift()
        if token is None or token == "--":
            return None
        if token.startswith("--"):
            return self._long(token)
        if not token.startswith("-") or token == "-":
            return NonOption(token)
        self._cluster = token[1:]
        return self._short()

    def again(self) -> None:
        """Parse the last argument again, with the options that the table has now."""
        self.position -= 1
        self._cluster = ""

    def peek(self) -> str | None:
        """The next token if it can be an option's argument: it is no option and no `!` (xs_has_arg)."""
        if self._cluster or self.position >= len(self.args):
            return None
        token = self.args[self.position]
        return None if token.startswith(("-", "!")) else token

    def operand(self) -> str | None:
        """Take the next token if it can be an option's argument."""
        token = self.peek()
        if token is not None:
            self.position += 1
        return token

    def _shift(self) -> str | None:
        if self.position >= len(self.args):
            return None
        self.position += 1
        return self.args[self.position - 1]

    def _short(self) -> Item[T]:
        letter, self._cluster = self._cluster[0], self._cluster[1:]
        takes = self.short.get(letter)
        if takes is None:
            return Unknown(self.args[self.position - 1 - bool(self._cluster and self.position > 1)])
        if takes is Takes.NOTHING:
            return Short(letter, None)
        argument: str | None = self._cluster or None
        self._cluster = ""
        if argument is None and takes is Takes.ARGUMENT:
            argument = self._shift()
            if argument is None:
                return Missing(f"-{letter}")
        return Short(letter, argument)

    def _long(self, token: str) -> Item[T]:
        name, equals, text = token[2:].partition("=")
        found = self.find(name)
        if found is None:
            return Unknown(token)
        option, takes = found
        if takes is Takes.NOTHING:
            return Unknown(token) if equals else Long(option, None)
        if equals or takes is Takes.MAYBE:
            return Long(option, text if equals else None)
        argument = self._shift()
        return Missing(token) if argument is None else Long(option, argument)

"""getopt(3) and getopt_long(3): `-n 5`, `-n5`, `-rn`, `--lines=5`, `--`, operands in between.

`libc/options` reads the options of a program by a table into fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from vnetsim.errors import VnetsimError
from vnetsim.values import define, frozen

_NO_NAMES: Final[Mapping[str, str]] = {}


class OptionError(VnetsimError):
    """getopt's complaint, without the name of the program."""


@frozen
class Parsed:
    """The options in the order they were given, by their short letter (or long name), and the operands."""

    options: tuple[tuple[str, str], ...]
    operands: tuple[str, ...]

    def __contains__(self, name: str) -> bool:
        return any(name == given for given, _ in self.options)

    def last(self, name: str, default: str | None = None) -> str | None:
        """The argument of the last of this name."""
        return next((value for given, value in reversed(self.options) if given == name), default)

    def all(self, name: str) -> list[str]:
        return [value for given, value in self.options if given == name]


@define
class _GetoptReader:
    short: str
    long: Mapping[str, str] | None
    posix: bool
    options: list[tuple[str, str]] = attrs.field(factory=list)
    operands: list[str] = attrs.field(factory=list)

    def read(self, args: Sequence[str]) -> None:
        rest = list(args)
        while rest:
            arg = rest.pop(0)
            if arg == "--":
                self.operands += rest
                return
            if arg.startswith("--") and self.long is not None:
                self._long(self.long, arg[2:], rest)
            elif arg.startswith("-") and arg != "-":
                self._short(arg[1:], rest)
            elif self.posix:
                self.operands += [arg, *rest]
                return
            else:
                self.operands.append(arg)

    def _short(self, letters: str, rest: list[str]) -> None:
        while letters:
            letter, letters = letters[0], letters[1:]
            index = self.short.find(letter)
            if letter == ":" or index < 0:
                raise OptionError(f"invalid option -- '{letter}'")
            takes = self.short[index + 1 : index + 3]
            if not takes.startswith(":"):
                self.options.append((letter, ""))
                continue
            if takes != "::" and not letters and not rest:
                raise OptionError(f"option requires an argument -- '{letter}'")
            self.options.append((letter, letters or ("" if takes == "::" else rest.pop(0))))
            return

    def _long(self, long: Mapping[str, str], arg: str, rest: list[str]) -> None:
        name, equals, value = arg.partition("=")
        found = [known for known in long if known.rstrip("=") == name]
        found = found or [known for known in long if known.startswith(name)]
        if not found:
            raise OptionError(f"unrecognized option '--{arg}'")
        if others := [known for known in found if long[known] != long[found[0]]]:
            listed = " ".join(f"'--{known.rstrip('=')}'" for known in (found[0], *others))
            raise OptionError(f"option '--{name}' is ambiguous; possibilities: {listed}")
        full = found[0].rstrip("=")
        takes = found[0][len(full) :]
        if takes == "=" and not equals:
            if not rest:
                raise OptionError(f"option '--{full}' requires an argument")
            value = rest.pop(0)
        elif equals and not takes:
            raise OptionError(f"option '--{full}' doesn't allow an argument")
        self.options.append((long[found[0]], value))


def parse(
    args: Sequence[str], short: str, long: Mapping[str, str] | None = _NO_NAMES, *, posix: bool = False
) -> Parsed:
    """`short` is getopt's string (`n:v`); `long` maps `lines=` (or `verbose`) to the short letter it means.

    A double `:` or `=` is an argument that may be missing.  With None for `long`, `--x` is the letter `-`, as getopt(3)
    has it; with `posix` the first operand ends the options.
    """
    reader = _GetoptReader(short, long, posix)
    reader.read(args)
    return Parsed(tuple(reader.options), tuple(reader.operands))

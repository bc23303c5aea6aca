"""Options of the GNU tools: `-n 5`, `-n5`, `-rn`, `--lines=5`, `--`, operands in between (getopt_long(3)).

A program names the options it knows; what GNU has and it has not is for the program to refuse by NotModelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from vnetsim.errors import NotModelled, VnetsimError
from vnetsim.process import Process


class OptionError(VnetsimError):
    """getopt's complaint, without the name of the program."""


@attrs.frozen
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


@attrs.define
class _Reader:
    short: str
    long: Mapping[str, str]
    posix: bool
    options: list[tuple[str, str]] = attrs.field(factory=list)
    operands: list[str] = attrs.field(factory=list)

    def read(self, words: Sequence[str]) -> None:
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if word == "--":
                self.operands += rest
                return
            if word.startswith("--"):
                self._long(word[2:], rest)
            elif word.startswith("-") and word != "-":
                self._short(word[1:], rest)
            elif self.posix:
                self.operands += [word, *rest]
                return
            else:
                self.operands.append(word)

    def _short(self, letters: str, rest: list[str]) -> None:
        while letters:
            letter, letters = letters[0], letters[1:]
            index = self.short.find(letter)
            if letter == ":" or index < 0:
                raise OptionError(f"invalid option -- '{letter}'")
            if self.short[index + 1 : index + 2] != ":":
                self.options.append((letter, ""))
                continue
            if not letters and not rest:
                raise OptionError(f"option requires an argument -- '{letter}'")
            self.options.append((letter, letters or rest.pop(0)))
            return

    def _long(self, word: str, rest: list[str]) -> None:
        name, equals, value = word.partition("=")
        found = [known for known in self.long if known.rstrip("=") == name]
        found = found or [known for known in self.long if known.startswith(name)]
        if not found:
            raise OptionError(f"unrecognized option '--{word}'")
        if len(found) > 1:
            listed = " ".join(f"'--{known.rstrip('=')}'" for known in found)
            raise OptionError(f"option '--{name}' is ambiguous; possibilities: {listed}")
        full = found[0].rstrip("=")
        if found[0].endswith("=") and not equals:
            if not rest:
                raise OptionError(f"option '--{full}' requires an argument")
            value = rest.pop(0)
        elif equals and not found[0].endswith("="):
            raise OptionError(f"option '--{full}' doesn't allow an argument")
        self.options.append((self.long[found[0]], value))


def parse(words: Sequence[str], short: str, long: Mapping[str, str] | None = None, *, posix: bool = False) -> Parsed:
    """`short` is getopt's string (`n:v`); `long` maps `lines=` (or `verbose`) to the short letter it means.

    With `posix` the first operand ends the options.
    """
    reader = _Reader(short, long or {}, posix)
    reader.read(words)
    return Parsed(tuple(reader.options), tuple(reader.operands))


def gnu(
    process: Process, short: str, long: Mapping[str, str] | None = None, *, words: Sequence[str] | None = None,
    unknown: str = "", posix: bool = False, status: int = 1,
) -> Parsed | int:  # fmt: skip
    """The options of this process; the exit status, after the complaint, where they are wrong.

    `unknown` lists the letters and long names that the real tool has besides: NotModelled.  `words` are read instead
    of the process's own where a program has rewritten them.
    """
    name = process.argv[0].rpartition("/")[2]
    others = [*unknown.split(), "--help", "--version"]
    letters = "".join(other for other in others if len(other.rstrip(":")) == 1)
    names = {other.removeprefix("--"): other for other in others if other.startswith("--")}
    try:
        parsed = parse(
            process.argv[1:] if words is None else words, short + letters, {**(long or {}), **names}, posix=posix
        )
    except OptionError as error:
        process.error(f"{name}: {error}\nTry '{name} --help' for more information.\n")
        return status
    for given, _ in parsed.options:
        if given in letters.replace(":", "") or given in others:
            raise NotModelled(f"{name} {given if given.startswith('--') else '-' + given}")
    return parsed

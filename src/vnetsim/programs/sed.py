"""sed (GNU sed 4.9), the simple part: s///, p, d, q, = with addresses N, $, /re/, first~step and ranges; -n -E -e -i.

Not modelled: labels and branches, the hold space, a, i, c, y, r, w, scripts in files (-f).
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, arguments, flag
from vnetsim.programs.libc.streams import absolute, source
from vnetsim.regex import BadExpression, RegexMatch, RegexPattern, compile_posix
from vnetsim.values import define, frozen

_USAGE: Final = "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n"


@define
class SedOptions(GnuOptions):
    ignored = "-u|--unbuffered"
    unmodelled = "-s|--separate -f: -l: -z --file: --null-data --posix --debug --sandbox --follow-symlinks"

    quiet: bool = flag("-n", "--quiet", "--silent")
    scripts: tuple[str, ...] = arguments("-e", "--expression")
    extended: bool = flag("-E", "-r", "--regexp-extended")
    in_place: bool = flag("-i", "--in-place")


@frozen
class _SedAddress:
    """A line number, `$` (last), a pattern, or every `step`th line from `number` on."""

    number: int | None = None
    last: bool = False
    pattern: RegexPattern | None = None
    step: int = 0

    def matches(self, number: int, text: str, *, last: bool) -> bool:
        if self.pattern is not None:
            return self.pattern.occurs(text)
        if self.step:
            return number >= (self.number or 0) and (number - (self.number or 0)) % self.step == 0
        return last if self.last else number == self.number


@define
class _SedCommand:
    name: str
    addresses: tuple[_SedAddress, ...] = ()
    negated: bool = False
    pattern: RegexPattern | None = None
    replacement: tuple[str | int, ...] = ()
    flags: str = ""
    _inside: bool = False

    def applies(self, number: int, text: str, *, last: bool) -> bool:
        return self._selected(number, text, last=last) != self.negated

    def _selected(self, number: int, text: str, *, last: bool) -> bool:
        if not self.addresses:
            return True
        if len(self.addresses) == 1:
            return self.addresses[0].matches(number, text, last=last)
        first, end = self.addresses
        if self._inside:
            over = end.number is not None and number >= end.number
            self._inside = not (over or end.matches(number, text, last=last))
            return end.number is None or number <= end.number
        if first.matches(number, text, last=last):
            self._inside = not last and not (end.number is not None and end.number <= number)
            return True
        return False


class _Script:
    """Reads a script."""

    def __init__(self, text: str, *, extended: bool) -> None:
        self._text, self._extended, self._position = text, extended, 0

    def commands(self) -> list[_SedCommand]:
        commands = []
        while self._skip(" \t\n;"):
            commands.append(self._command())
        return commands

    def _skip(self, characters: str) -> bool:
        """Whether something follows."""
        while self._peek() and self._peek() in characters:
            self._position += 1
        return self._peek() != ""

    def _peek(self) -> str:
        return self._text[self._position : self._position + 1]

    def _take(self) -> str:
        character = self._peek()
        self._position += 1
        return character

    def _error(self, problem: str) -> Exit:
        return Exit(1, f"-e expression #1, char {min(self._position, len(self._text))}: {problem}")

    def _command(self) -> _SedCommand:
        addresses = self._addresses()
        self._skip(" \t")
        negated = self._peek() == "!"
        if negated:
            self._take()
            self._skip(" \t")
        name = self._take()
        if not name:
            raise self._error("missing command")
        command = _SedCommand(name, addresses, negated)
        if name == "s":
            self._substitution(command)
        elif name not in "pdq=":
            if name in "{}aicybtThHgGxnNDPlLrRwWFz:Q#e":
                raise NotModelled(f"sed's command {name}")
            raise self._error(f"unknown command: `{name}'")
        self._skip(" \t")
        if self._peek() not in ("", ";", "\n"):
            raise NotModelled(f"the sed script {self._text!r}") if self._peek() == "}" else self._extra()
        return command

    def _extra(self) -> Exit:
        self._position += 1
        return self._error("extra characters after command")

    def _addresses(self) -> tuple[_SedAddress, ...]:
        first = self._address()
        if first is None:
            return ()
        self._skip(" \t")
        if self._peek() != ",":
            return (first,)
        self._take()
        self._skip(" \t")
        second = self._address()
        if second is None:
            self._position += 1
            raise self._error("unexpected `,'")
        return first, second

    def _address(self) -> _SedAddress | None:
        found = re.compile(r"(\d+)(?:~(\d+))?").match(self._text, self._position)
        if found:
            self._position = found.end()
            return _SedAddress(number=int(found[1]), step=int(found[2] or 0))
        if self._peek() == "$":
            self._take()
            return _SedAddress(last=True)
        if self._peek() == "/":
            self._take()
            return _SedAddress(pattern=self._compiled(self._until("/", "unterminated address regex")))
        return None

    def _compiled(self, expression: str, *, ignore_case: bool = False) -> RegexPattern:
        return compile_posix(expression, extended=self._extended, ignore_case=ignore_case, dialect="sed")

    def _until(self, delimiter: str, complaint: str) -> str:
        out: list[str] = []
        while self._peek() != delimiter:
            character = self._take()
            if not character or character == "\n":
                self._position = len(self._text)
                raise self._error(complaint)
            if character == "\\":
                following = self._take()
                character = following if following == delimiter else character + following
            out.append(character)
        self._take()
        return "".join(out)

    def _substitution(self, command: _SedCommand) -> None:
        delimiter, complaint = self._take(), "unterminated `s' command"
        pattern = self._until(delimiter, complaint)
        replacement = self._until(delimiter, complaint)
        flags = re.compile(r"[gpiI\d]*").match(self._text, self._position)
        assert flags is not None
        command.flags, self._position = flags[0], flags.end()
        if self._peek() not in ("", ";", "\n", " ", "}"):
            self._position += 1
            raise self._error("unknown option to `s'")
        ignore_case = "i" in command.flags.lower()
        command.pattern = self._compiled(pattern, ignore_case=ignore_case)
        command.replacement = tuple(_replacement(replacement))
        for group in command.replacement:
            if isinstance(group, int) and group > command.pattern.groups:
                self._position += 1
                raise self._error(f"invalid reference \\{group} on `s' command's RHS")


def _replacement(text: str) -> Generator[str | int, None, None]:
    r"""Literal pieces, and the numbers of groups (`&` is 0)."""
    for found in re.finditer(r"\\(\d)|\\n|\\(.)|(&)|([^\\&]+)", text):
        if found[1] is not None:
            yield int(found[1])
        elif found[0] == "\\n":
            yield "\n"
        else:
            yield 0 if found[3] else str(found[2] or found[4] or "")


def _substitute(command: _SedCommand, text: str) -> tuple[str, bool]:
    assert command.pattern is not None
    digits = re.sub(r"\D", "", command.flags)
    wanted, everywhere, count = int(digits or 1), "g" in command.flags, 0

    def replace(found: RegexMatch) -> str:
        nonlocal count
        count += 1
        if count < wanted or (count > wanted and not everywhere):
            return found.matched
        return "".join(part if isinstance(part, str) else found[part] or "" for part in command.replacement)

    changed = command.pattern.replace(text, replace, limit=None if everywhere else wanted)
    return changed, count >= wanted


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = SedOptions.read(process)
    names, scripts = list(options.operands), options.scripts
    if not scripts:
        if not names:
            raise Exit(1, stderr=_USAGE)
        scripts = (names.pop(0),)
    try:
        commands = _Script("\n".join(scripts), extended=options.extended).commands()
    except BadExpression as error:
        raise Exit(1, f"-e expression #1: {error}") from None
    return (yield from _files(process, options, commands, names or ["-"]))


def _files(process: Process, options: SedOptions, commands: list[_SedCommand], names: list[str]) -> Coroutine[int]:
    status, collected = 0, []
    for name in names:
        try:
            text = yield from source(process, name).rest()
        except KernelError as error:
            problem = f"can't read {name}: {error.errno.strerror}"
            if error.errno is Errno.EISDIR:
                problem = f"couldn't edit {name}: not a regular file"
            process.error(f"sed: {problem}\n")
            status = 2
            continue
        lines = text.splitlines(keepends=True)
        if options.in_place:
            process.files.write(absolute(process, name), _edit(commands, lines, quiet=options.quiet))
        else:
            collected += lines
    process.write(_edit(commands, collected, quiet=options.quiet))
    return status


def _edit(commands: list[_SedCommand], lines: list[str], *, quiet: bool) -> str:
    out: list[str] = []
    for number, line in enumerate(lines, 1):
        end = "\n" if line.endswith("\n") else ""
        text, shown, ended = line.removesuffix("\n"), not quiet, False
        for command in commands:
            if not command.applies(number, text, last=number == len(lines)):
                continue
            match command.name:
                case "s":
                    text, changed = _substitute(command, text)
                    out += [text + end] if changed and "p" in command.flags else []
                case "p":
                    out.append(text + end)
                case "=":
                    out.append(f"{number}\n")
                case "d":
                    shown = False
                    break
                case "q":
                    ended = True
                    break
        out += [text + end] if shown else []
        if ended:
            break
    return "".join(out)

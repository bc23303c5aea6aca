"""Command lines as cobra and pflag take them, and the messages of the docker command (28.2.2) about them.

A CobraCommand has flags, an arity and a function; `parse` reads its arguments.  Flags may follow arguments
unless the command passes all that follows to another program.  Texts and exit codes are recorded from the real client.
Not modelled: shell completion, plugins and aliases of the configuration file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from vnetsim.errors import NotModelled
from vnetsim.programs.docker.flags import BOOL, BadValue, Flag
from vnetsim.programs.docker.go.printing import quote
from vnetsim.values import frozen

if TYPE_CHECKING:
    pass

#: Columns of --help: what a client prints that is not on a terminal.
_WIDTH: Final = 79


class CommandError(Exception):
    """The client exits with `status` and this text on standard error; an empty text is not printed."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class HelpWanted(Exception):
    """--help was given: `notice` is printed before it."""

    def __init__(self, notice: str = "") -> None:
        super().__init__(notice)
        self.notice = notice


@frozen
class Arity:
    """How many arguments a command takes; no `most` for any number."""

    least: int = 0
    most: int | None = None

    @property
    def pointer(self) -> str:
        """The verb before `'docker ... --help'`, which the real client misspells for one kind of arity."""
        if self.most is None:
            return "See"
        return "SRun" if self.least == 0 < self.most else "Run"

    def complaint(self, count: int) -> str | None:
        if self.least <= count and (self.most is None or count <= self.most):
            return None
        if self.most == 0:
            return "accepts no arguments"
        if self.most is None:
            return f"requires at least {_arguments(self.least)}"
        if self.least == self.most:
            return f"requires {_arguments(self.least)}"
        if self.least == 0:
            return f"requires at most {_arguments(self.most)}"
        return f"requires at least {self.least} and at most {_arguments(self.most)}"


def _arguments(count: int) -> str:
    return f"{count} argument{'' if count == 1 else 's'}"


@frozen(eq=False)
class CobraCommand:
    """`use` follows the name in the usage line; `function` is MODULE:NAME, it gets the session and the options.

    If `passes_on`, nothing after the first argument is a flag.
    """

    use: str
    description: str
    function: str
    arity: Arity
    flags: tuple[Flag, ...]
    passes_on: bool


class ParsedFlags:
    """A parsed command line: values by flag, the given flags and the arguments."""

    def __init__(self, flags: Sequence[Flag]) -> None:
        self.flags = tuple(flags)
        initial, many = _initial(self.flags)
        self._values: dict[str, Any] = {**initial, **{target: [] for target in many}}
        self.given: set[str] = set()
        self.arguments: list[str] = []
        #: Lines about deprecated flags, which the client prints on standard output.
        self.notices: list[str] = []

    def set(self, flag: Flag, text: str) -> None:
        value = flag.type.read(text)
        if flag.type.many:
            values: list[object] = self._values[flag.target]
            values.extend(cast("list[object]", value) if isinstance(value, list) else [value])
        else:
            self._values[flag.target] = value
        self.given.add(flag.target)
        if flag.deprecated:
            self.notices.append(f"Flag --{flag.name} has been deprecated, {flag.deprecated}")

    def has(self, name: str) -> bool:
        """Whether the command has this flag."""
        return name in self._values

    def switch(self, name: str) -> bool:
        return bool(self._values[name])

    def text(self, name: str) -> str:
        text: str = self._values[name]
        return text

    def number(self, name: str) -> int:
        number: int = self._values[name]
        return number

    def given_number(self, name: str) -> int | None:
        """None unless the flag was given."""
        return self.number(name) if name in self.given else None

    def texts(self, name: str) -> list[str]:
        return [*self._values[name]]

    def values(self, name: str) -> list[object]:
        return [*self._values[name]]

    def fields(self, of: str = "") -> dict[str, object]:
        """The fields of a request, or of an object in it, that take the value of a flag unchanged."""
        return {name: self._values[target] for name, target in _fields_of(self.flags, of)}

    def filters(self, name: str = "filter") -> dict[str, list[str]]:
        """Values of --filter by their name."""
        found: dict[str, list[str]] = {}
        for key, value in self._values[name]:
            if value not in found.setdefault(key, []):
                found[key].append(value)
        return found


@cache
def _initial(flags: tuple[Flag, ...]) -> tuple[dict[str, object], list[str]]:
    """The values of flags that are not given, in the order of the flags, and those that are lists."""
    last = {flag.target: flag for flag in flags}
    values = {target: flag.type.zero if flag.initial is None else flag.initial for target, flag in last.items()}
    return values, [target for target, flag in last.items() if flag.type.many]


@cache
def _by_name(flags: tuple[Flag, ...]) -> tuple[dict[str, Flag], dict[str, Flag]]:
    """By the long name, and by the short one."""
    return {flag.name: flag for flag in flags}, {flag.short: flag for flag in flags if flag.short}


@cache
def _fields_of(flags: tuple[Flag, ...], of: str) -> list[tuple[str, str]]:
    """Fields of an object of a request, and the flags that they have their values of."""
    places = {flag.target: flag.field.rpartition(".") for flag in flags if flag.field}
    return [(name, target) for target, (path, _, name) in places.items() if path == of]


class FlagReader:
    """pflag's FlagSet.Parse."""

    def __init__(self, flags: Sequence[Flag], *, interspersed: bool) -> None:
        self._by_name, self._by_short = _by_name(tuple(flags))
        self._interspersed = interspersed
        self._options = ParsedFlags(flags)
        #: What is printed before the help; None without --help.
        self._help: str | None = None

    def read(self, argv: Sequence[str]) -> ParsedFlags:
        """BadFlag for what pflag refuses, then HelpWanted if any flag is --help."""
        rest = list(argv)
        while rest:
            argument = rest.pop(0)
            if argument == "--":
                self._options.arguments.extend(rest)
                break
            if len(argument) < 2 or argument[0] != "-":
                self._options.arguments.append(argument)
                if not self._interspersed:
                    self._options.arguments.extend(rest)
                    break
            elif argument.startswith("--"):
                self._long(argument, rest)
            else:
                self._short(argument[1:], rest)
        if self._help is not None:
            raise HelpWanted(self._help)
        return self._options

    def _long(self, argument: str, rest: list[str]) -> None:
        name, equals, value = argument[2:].partition("=")
        if name == "" or name[0] == "-":
            raise BadFlag(f"bad flag syntax: {argument}")
        if name == "help":
            self._help = self._help or ""
            return
        flag = self._by_name.get(name)
        if flag is None:
            raise BadFlag(f"unknown flag: --{name}")
        if not equals:
            value = self._value(flag, rest, f"--{name}")
        self._set(flag, value)

    def _short(self, letters: str, rest: list[str]) -> None:
        while letters:
            letter, following = letters[0], letters[1:]
            flag = self._by_short.get(letter)
            if flag is None:
                if letter == "h":
                    self._help = "Flag shorthand -h has been deprecated, use --help"
                    letters = following
                    continue
                raise BadFlag(f"unknown shorthand flag: '{letter}' in -{letters}")
            if following.startswith("=") and len(following) > 1:
                value, following = following[1:], ""
            elif flag.type.name == "":
                value = "true"
            elif following:
                value, following = following, ""
            else:
                value = self._value(flag, rest, f"'{letter}' in -{letters}")
            self._set(flag, value)
            letters = following

    def _value(self, flag: Flag, rest: list[str], place: str) -> str:
        if flag.type.name == "":
            return "true"
        if not rest:
            raise BadFlag(f"flag needs an argument: {place}")
        return rest.pop(0)

    def _set(self, flag: Flag, value: str) -> None:
        try:
            self._options.set(flag, value)
        except BadValue as error:
            raise BadFlag(f"invalid argument {quote(value)} for {quote(flag.shown)} flag: {error}") from None


class BadFlag(Exception):
    """pflag refuses an argument."""


def parse(command: CobraCommand, path: str, argv: Sequence[str]) -> ParsedFlags:
    """The options of a command called `path`; CommandError with its usage, or HelpWanted."""
    try:
        options = FlagReader(command.flags, interspersed=not command.passes_on).read(argv)
    except BadFlag as error:
        raise CommandError(f"{error}\n\nUsage:  {usage_line(command, path)}\n\n{_pointer(path, 'Run')}", 125) from None
    check_arity(command, path, len(options.arguments))
    return options


def check_arity(command: CobraCommand, path: str, count: int) -> None:
    """CommandError for another number of arguments than the command takes."""
    complaint = command.arity.complaint(count)
    if complaint is not None:
        verb = command.arity.pointer
        usage = usage_line(command, path)
        raise CommandError(f"docker: '{path}' {complaint}\n\nUsage:  {usage}\n\n{_pointer(path, verb)}")


def refuse_unmodelled(path: str, flags: Sequence[Flag], options: ParsedFlags) -> None:
    for flag in flags:
        if not flag.modelled and flag.name in options.given:
            raise NotModelled(f"{path} --{flag.name}")


def _pointer(path: str, verb: str) -> str:
    return f"{verb} '{path} --help' for more information"


def usage_line(command: CobraCommand, path: str) -> str:
    """`docker run [OPTIONS] IMAGE`."""
    return f"{path} {command.use}".rstrip()


def refuse_group(path: str, message: str, use: str = "") -> NoReturn:
    """pflag's error for a management command, whose usage line has no options."""
    raise CommandError(f"{message}\n\nUsage:  {path}{use}\n\n{_pointer(path, 'Run')}", 125)


def unknown_command(path: str, name: str, use: str = "") -> NoReturn:
    """`docker frob`, `docker network frob`."""
    usage = "" if path == "docker" else f"Usage:  {path}{use}\n\n"
    raise CommandError(f"docker: unknown command: {path} {name}\n\n{usage}{_pointer(path, 'Run')}")


# --- help ------------------------------------------------------------------------------------------------------------


def help_text(command: CobraCommand, path: str, aliases: Sequence[str] = ()) -> str:
    """What `docker COMMAND --help` prints."""
    parts = [f"Usage:  {usage_line(command, path)}", command.description]
    if aliases:
        parts.append("Aliases:\n  " + ", ".join(aliases))
    shown = [flag for flag in command.flags if not (flag.hidden or flag.deprecated or flag.platform)]
    # If a flag is called -h, --help has a line of its own.
    if any(flag.short == "h" for flag in shown):
        shown.append(Flag("help", BOOL, "Print usage"))
    if shown:
        parts.append("Options:\n" + "\n".join(flag_lines(shown)))
    return "\n\n".join(parts) + "\n"


def flag_lines(flags: Sequence[Flag], width: int = _WIDTH) -> Iterator[str]:
    """pflag's FlagUsagesWrapped: sorted, aligned, wrapped."""
    heads = {flag.name: _head(flag) for flag in flags}
    widest = max(map(len, heads.values())) + 3
    for flag in sorted(flags, key=lambda flag: flag.name):
        usage = flag.usage + (f" (default {flag.default})" if flag.default else "")
        yield f"{heads[flag.name].ljust(widest)}{_wrap(widest, width, usage)}"


def _head(flag: Flag) -> str:
    short = f"-{flag.short}, " if flag.short else "    "
    return f"  {short}--{flag.name} {flag.type.name}".rstrip()


def _wrap(indent: int, width: int, text: str) -> str:
    """pflag's wrap: lines of at most width - indent - 5, the last one may be 5 longer."""
    available = width - indent - 5
    lines: list[str] = []
    while text:
        line, text = _first_line(available, text)
        lines.extend(line.split("\n"))
    return ("\n" + " " * indent).join(lines)


def _first_line(available: int, text: str) -> tuple[str, str]:
    if available + 5 > len(text):
        return text, ""
    head = text[:available]
    at = max(head.rfind(" "), head.rfind("\t"), head.rfind("\n"))
    if at <= 0:
        return text, ""
    line_end = head.rfind("\n")
    if 0 < line_end < at:
        at = line_end
    return text[:at], text[at + 1 :]


def group_help(path: str, short: str, commands: Mapping[str, str]) -> str:
    """What `docker network` prints: its commands by name."""
    return (
        f"Usage:  {path} COMMAND\n\n{short}\n\nCommands:\n{command_lines(commands)}\n\n"
        f"Run '{path} COMMAND --help' for more information on a command.\n"
    )


def command_lines(commands: Mapping[str, str], width: int = 0) -> str:
    width = width or max(map(len, commands))
    return "\n".join(f"  {name.ljust(max(width, 11))} {short}" for name, short in commands.items())

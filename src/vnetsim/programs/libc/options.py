"""The options of a program as a class: each field or method that names options is set or called as they are read.

    @define
    class ArpingOptions(Options):
        count: int = argument("-c", "--count", default=0, convert=positive)
        quiet: bool = flag("-q")

        @option("-V")
        def version(self, _: str) -> None:
            raise Exit(0, stdout="arping from iputils 20221126\\n")

    options = ArpingOptions.read(process)

`read` parses as getopt_long(3) does, or getopt(3) where no option has a long name.  `misused` answers a wrong option.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar, Final, Self, TypeAlias, TypeVar

import attrs

from vnetsim.errors import NotModelled
from vnetsim.process import Process
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.getopt import OptionError, parse
from vnetsim.values import define, frozen

T = TypeVar("T")
#: What is done with an option's argument, which is empty for an option without one.
Store: TypeAlias = Callable[[Any, str], None]
_KEY = "options"


@frozen
class ProgramOption:
    """`takes` is as in getopt's string: nothing, an argument (`:`), perhaps one (`::`)."""

    names: tuple[str, ...]
    takes: str
    store: Store


# --- declaring --------------------------------------------------------------------------------------------------------


def _field(options: Callable[[str], list[ProgramOption]], **default: Any) -> Any:
    return attrs.field(metadata={_KEY: options}, **default)


def flag(*names: str) -> bool:
    """True if the option is given."""
    return switch({" ".join(names): True}, False)


def switch(values: Mapping[str, T], default: T) -> T:
    """The value of the last of several options; several names of one are separated by spaces."""

    def options(field: str) -> list[ProgramOption]:
        return [ProgramOption(tuple(names.split()), "", _setter(field, value)) for names, value in values.items()]

    made: T = _field(options, default=default)
    return made


def _setter(field: str, value: object) -> Store:
    return lambda options, _: setattr(options, field, value)


def letters(*options: str) -> str:
    """The letters of those that are given, in their order; several names of one are separated by spaces."""

    def append(field: str) -> list[ProgramOption]:
        return [ProgramOption(tuple(names.split()), "", _append(field, names[1])) for names in options]

    made: str = _field(append, default="")
    return made


def _append(field: str, letter: str) -> Store:
    return lambda options, _: setattr(options, field, getattr(options, field) + letter)


def count(*names: str) -> int:
    """How often the option is given."""

    def add(field: str) -> list[ProgramOption]:
        return [ProgramOption(names, "", lambda options, _: setattr(options, field, getattr(options, field) + 1))]

    made: int = _field(add, default=0)
    return made


def argument(*names: str, default: T, convert: Callable[[str], T] = str, optional: bool = False) -> T:  # type: ignore[assignment]
    """The argument of the last such option; `convert` raises Exit where it makes no sense."""

    def options(field: str) -> list[ProgramOption]:
        takes = "::" if optional else ":"
        return [ProgramOption(names, takes, lambda options, text: setattr(options, field, convert(text)))]

    made: T = _field(options, default=default)
    return made


def arguments(*names: str) -> tuple[str, ...]:
    """The arguments of all such options."""

    def options(field: str) -> list[ProgramOption]:
        return [
            ProgramOption(names, ":", lambda options, text: setattr(options, field, (*getattr(options, field), text)))
        ]

    made: tuple[str, ...] = _field(options, default=())
    return made


def option(*names: str, takes: str = "") -> Callable[[Callable[[Any, str], None]], Callable[[Any, str], None]]:
    """A method that is called with the option's argument."""

    def mark(method: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
        method.__dict__[_KEY] = lambda _: [ProgramOption(names, takes, method)]
        return method

    return mark


# --- reading ----------------------------------------------------------------------------------------------------------


@define
class Options:
    """`operands` are what is no option; `given` has the letters (or long names) of the options that there were.

    `unmodelled` lists options that the real program has besides and that are refused, `ignored` those without effect:
    names separated by spaces, names of one option by `|`, with `:` where an argument follows.
    """

    posix: ClassVar[bool] = False
    #: Whether `--x` is an unknown long option although there are none.
    getopt_long: ClassVar[bool] = False
    unmodelled: ClassVar[str] = ""
    ignored: ClassVar[str] = ""

    process: Process
    operands: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()

    @classmethod
    def read(cls, process: Process, args: Sequence[str] | None = None) -> Self:
        """The options of the process, or in `args` where a program has rewritten them."""
        self, table = cls(process), _table(cls)
        try:
            parsed = parse(process.argv[1:] if args is None else args, table.short, table.long, posix=cls.posix)
        except OptionError as error:
            raise self.misused(str(error)) from None
        self.operands, self.given = parsed.operands, frozenset(key for key, _ in parsed.options)
        for key, text in parsed.options:
            table.options[key].store(self, text)
        return self

    @property
    def program(self) -> str:
        """The name under which the program runs."""
        return self.process.argv[0].rpartition("/")[2]

    def misused(self, problem: str) -> Exit:
        """The answer to a wrong option."""
        return Exit(1, problem)


@define
class GnuOptions(Options):
    """Of the GNU tools, which refuse alike and have `--help` and `--version`."""

    status: ClassVar[int] = 1

    def misused(self, problem: str) -> Exit:
        name = self.process.argv[0]
        return Exit(self.status, stderr=f"{name}: {problem}\nTry '{name} --help' for more information.\n")


@frozen
class _OptionTable:
    """What getopt_long(3) is called with, and the options by what it returns: a letter, or a long name."""

    short: str
    long: Mapping[str, str] | None
    options: Mapping[str, ProgramOption]

    @classmethod
    def of(cls, options: Iterable[ProgramOption], *, getopt_long: bool) -> _OptionTable:
        short, long, by_key = "", {}, {}
        for each in options:
            letters = [name[1:] for name in each.names if not name.startswith("--")]
            names = [name[2:] for name in each.names if name.startswith("--")]
            short += "".join(letter + each.takes for letter in letters)
            long.update({name + each.takes.replace(":", "="): (letters or names)[0] for name in names})
            by_key.update(dict.fromkeys(letters or names[:1], each))
        return cls(short, long if long or getopt_long else None, by_key)


_TABLES: Final[dict[type[Any], _OptionTable]] = {}
_OPTIONS: Final[dict[type[Any], tuple[ProgramOption, ...]]] = {}


def _table(cls: type[Any]) -> _OptionTable:
    if cls not in _TABLES:
        _TABLES[cls] = _OptionTable.of(options_of(cls), getopt_long=cls.getopt_long)
    return _TABLES[cls]


def options_of(cls: type[Any]) -> tuple[ProgramOption, ...]:
    """All options of a class, those of its base classes first."""
    if cls not in _OPTIONS:
        _OPTIONS[cls] = tuple(_options_of(cls))
    return _OPTIONS[cls]


def _options_of(cls: type[Any]) -> Iterator[ProgramOption]:
    fields = [field.metadata[_KEY](field.name) for field in attrs.fields(cls) if _KEY in field.metadata]
    methods = [
        value.__dict__[_KEY]("")
        for base in reversed(cls.__mro__)
        for value in vars(base).values()
        if _KEY in getattr(value, "__dict__", ())
    ]
    others = [_parse(cls.ignored, _ignore), _parse(cls.unmodelled, None)]
    if issubclass(cls, GnuOptions):
        others.append(_parse("--help --version", None))
    return chain.from_iterable((*fields, *methods, *others))


def effects_of(cls: type[Any]) -> Iterator[tuple[str, str]]:
    """Each option's names, as a usage would write them, with what the table does with it."""
    for each in options_of(cls):
        words = {":": " ARG", "::": "[=ARG]"}.get(each.takes, "")
        refused = each.store.__qualname__.startswith(_refuse.__name__)
        effect = "without effect here" if each.store is _ignore else "not modelled" if refused else "modelled"
        yield ", ".join(each.names) + words, effect


def _parse(text: str, store: Store | None) -> list[ProgramOption]:
    found = []
    for token in text.split():
        names = token.rstrip(":")
        found.append(
            ProgramOption(tuple(names.split("|")), token[len(names) :], store or _refuse(names.partition("|")[0]))
        )
    return found


def _ignore(_: Options, __: str) -> None:
    """The option changes nothing here."""


def _refuse(name: str) -> Store:
    def refuse(options: Options, _: str) -> None:
        raise NotModelled(f"{options.program} {name}")

    return refuse

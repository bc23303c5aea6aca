"""traceroute's own library of options (libsupp/clif.c), which prints the index of a wrong argument in argv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import attrs

from vnetsim.process import Process
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import Options, ProgramOption, options_of
from vnetsim.values import define


def failure(problem: str) -> Exit:
    return Exit(2, stderr=f"{problem}\n")


@define
class ClifOptions(Options):
    """An option that raises ValueError cannot handle its argument.

    `argument_names` are as the complaint about a missing argument has them.  Operands have their indexes in argv.
    """

    argument_names: ClassVar[Mapping[str, str]]

    positional: list[tuple[int, str]] = attrs.field(factory=list)

    @classmethod
    def read(cls, process: Process, args: Sequence[str] | None = None) -> Self:
        self = cls(process)
        table = {name: option for option in options_of(cls) for name in option.names}
        _ClifReader(self, table, process.argv[1:] if args is None else args).read()
        self.operands = tuple(operand for _, operand in self.positional)
        return self


@define
class _ClifReader:
    options: ClifOptions
    table: Mapping[str, ProgramOption]
    args: Sequence[str]
    at: int = 0

    def read(self) -> None:
        only_operands = False
        while self.at < len(self.args):
            arg = self.args[self.at]
            self.at += 1
            if only_operands or not arg.startswith("-") or arg == "-":
                self.options.positional.append((self.at, arg))
            elif arg == "--":
                only_operands = True
            elif arg.startswith("--"):
                self._long(arg)
            elif arg in self.table and len(arg) > 2:
                self._store(arg, "")
            else:
                self._short(arg)

    def _long(self, arg: str) -> None:
        name, equals, argument = arg.partition("=")
        if name not in self.table:
            given = f" (with arg `{argument}')" if equals else ""
            raise failure(f"Bad option `{arg}'{given} (argc {self.at})")
        if self.table[name].takes and not equals:
            raise self._missing(name, "=")
        self._store(name, argument)

    def _short(self, arg: str) -> None:
        for index, letter in enumerate(arg[1:], 1):
            name = f"-{letter}"
            if name not in self.table:
                raise failure(f"Bad option `{name}' (argc {self.at})")
            if not self.table[name].takes:
                self._store(name, "")
                continue
            rest = arg[index + 1 :]
            if not (index == 1 and rest):
                if rest or index > 1 or self.at >= len(self.args):
                    raise self._missing(name, " ")
                rest = self.args[self.at]
                self.at += 1
            self._store(name, rest)
            return

    def _missing(self, name: str, separator: str) -> Exit:
        needed = f"{name}{separator}{self.options.argument_names[self.table[name].names[0]]}"
        return failure(f"Option `{name}' (argc {self.at}) requires an argument: `{needed}'")

    def _store(self, name: str, argument: str) -> None:
        try:
            self.table[name].store(self.options, argument)
        except ValueError:
            raise failure(f"Cannot handle `{name}' option with arg `{argument}' (argc {self.at})") from None

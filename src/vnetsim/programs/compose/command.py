"""One command of `docker compose`: its flags, and cobra's refusals, which are one line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.compose.session import ComposeSession
from vnetsim.programs.docker import cobra
from vnetsim.programs.docker.cobra import BadFlag, CobraCommand, CommandError, FlagReader, ParsedFlags
from vnetsim.programs.docker.flags import BOOL, Flag, FlagType, listing


@attrs.frozen(eq=False)
class ComposeCommand:
    """`most` None: any number of arguments; if `passes_on`, nothing after the first argument is a flag."""

    use: str
    short: str
    run: Callable[[ComposeSession, ParsedFlags], Program]
    flags: tuple[Flag, ...] = ()
    least: int = 0
    most: int | None = None
    long: str = ""
    passes_on: bool = False

    def all_flags(self) -> tuple[Flag, ...]:
        return (*self.flags, _DRY_RUN)

    def help(self, path: str) -> str:
        shape = CobraCommand(self.use, self.short, _nothing, flags=self.all_flags(), long=self.long)
        return cobra.help_text(shape, path)

    def parse(self, path: str, arguments: Sequence[str]) -> ParsedFlags:
        """HelpWanted, or CommandError with cobra's message."""
        try:
            options = FlagReader(self.all_flags(), interspersed=not self.passes_on).read(arguments)
        except BadFlag as error:
            raise CommandError(str(error)) from None
        count = len(options.arguments)
        if count < self.least:
            raise CommandError(f"requires at least {self.least} arg(s), only received {count}")
        if self.most == 0 and count:
            raise CommandError(f'unknown command "{options.arguments[0]}" for "{path}"')
        if self.most is not None and count > self.most:
            raise CommandError(f"accepts {self.most} arg(s), received {count}")
        for flag in self.all_flags():
            if not flag.modelled and flag.name in options.given:
                raise NotModelled(f"{path} --{flag.name}")
        return options


def _nothing(_session: object, _options: ParsedFlags) -> Program:
    return 0


def not_modelled(name: str, kind: FlagType, usage: str, *, short: str = "") -> Flag:
    return Flag(name, kind, usage, short, modelled=False)


def strings(name: str, usage: str, short: str = "", *, type_name: str = "stringArray") -> Flag:
    """A flag that is given several times (pflag's StringArray)."""
    return Flag(name, listing(name=type_name), usage, short)


_DRY_RUN: Final = not_modelled("dry-run", BOOL, "Execute command in dry run mode")

"""The options before the object of `ip`, `bridge` and `tc`, which matches() may abbreviate (iproute2: main of each)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import attrs

from vnetsim.process import Process
from vnetsim.process.network import Network
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, matches
from vnetsim.programs.libc.options import Options, ProgramOption, count, flag, option, options_of
from vnetsim.values import define

#: `-0`: the family of links (AF_PACKET); IPv4 and IPv6 are 4 and 6, unspecified is None.
PACKET = 17
#: `-B`: AF_BRIDGE; `-M`: AF_MPLS.
BRIDGE = 7
MPLS = 28


@define
class Iproute2Options(Options):
    """`args` are the object and what follows, `network` is the one chosen by `-netns`.

    The first of `option_names` that an option abbreviates counts; `=` marks those that may not be abbreviated.
    """

    option_names: ClassVar[str]
    helper: ClassVar[str]
    #: Whether `--x` is `-x`, and `--` ends the options.
    double_dash: ClassVar[bool] = True

    args: Args = attrs.field(factory=lambda: Args(()))
    network: Network = attrs.field(default=attrs.Factory(lambda self: self.process.network, takes_self=True))
    batch_file: str | None = None
    family: int | None = None
    stats: int = count("-stats", "-statistics")
    details: bool = flag("-details")
    oneline: bool = flag("-oneline")
    json: bool = flag("-json")
    pretty: bool = flag("-pretty")
    brief: bool = flag("-brief")
    force: bool = flag("-force")
    iec: bool = flag("-iec")
    human: bool = flag("-human-readable")
    numeric: bool = flag("-Numeric")
    all: bool = flag("-all")
    color: bool = False
    loops: int = 10

    @property
    def newer(self) -> bool:
        """The iproute2 of containers (7.3) instead of the host's (6.1)."""
        return self.process.context.release != "bookworm"

    @property
    def batch(self) -> bool:
        return self.batch_file is not None

    @classmethod
    def read(cls, process: Process, args: Sequence[str] | None = None) -> Self:
        """An option takes effect as it is read: `-Version` ends the program, `-netns` goes to the namespace."""
        self, table = cls(process, args=Args(process.argv[1:] if args is None else args)), dict[str, ProgramOption]()
        while self.args.peek is not None and self.args.peek.startswith("-"):
            arg = self.args.next_arg()
            if arg == "--" and self.double_dash:
                break
            table = table or {name: option for option in options_of(cls) for name in option.names}
            self._read(table, arg)
        return self

    def _read(self, table: Mapping[str, ProgramOption], arg: str) -> None:
        arg = arg[1:] if arg.startswith("--") and self.double_dash else arg
        for name in self.option_names.split():
            if arg == name[1:] if name.startswith("=") else matches(arg, name):
                table[name.removeprefix("=")].store(self, "")
                return
        if not self.read_color(arg):
            raise Iproute2Error(255, f'Option "{arg}" is unknown, try "{self.helper}".')

    def read_color(self, arg: str) -> bool:
        """`-color=auto`"""
        name, _, when = arg.partition("=")
        if not matches(name, "-color") or when not in ("", "always", "auto", "never"):
            return False
        self.color = when in ("", "always")
        return True

    @option("-4")
    def ipv4(self, _: str) -> None:
        self.family = 4

    @option("-6")
    def ipv6(self, _: str) -> None:
        self.family = 6

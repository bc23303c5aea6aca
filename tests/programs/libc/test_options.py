"""Options of programs as fields and methods of a class."""

from __future__ import annotations

from typing import cast

import attrs
import pytest

from tests.programs.fake import Ended, FakeProcess, process_of, run
from vnetsim.errors import NotModelled
from vnetsim.process import Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import (
    GnuOptions,
    Options,
    argument,
    arguments,
    count,
    flag,
    letters,
    option,
    switch,
)


def _positive(text: str) -> int:
    if not text.isdigit():
        raise Exit(2, f"bad number {text}")
    return int(text)


@attrs.define
class ToolOptions(GnuOptions):
    status = 3
    ignored = "-d|--debug"
    unmodelled = "-x --secret:"

    quiet: bool = flag("-q", "--quiet", "--silent")
    family: int | None = switch({"-4 --ipv4": 4, "-6": 6}, None)
    verbosity: int = count("-v", "--verbose")
    limit: int = argument("-n", "--limit", default=7, convert=_positive)
    file: str | None = argument("-f", default=None, optional=True)
    names: tuple[str, ...] = arguments("-e", "--name")
    order: str = letters("-a --all", "-b")

    @option("-V")
    def version(self, _: str) -> None:
        raise Exit(0, stdout=f"{self.program} 1.0\n")


def process(*args: str) -> Process:
    return process_of("/bin/tool", *args)


def read(*args: str) -> ToolOptions:
    return ToolOptions.read(process(*args))


def test_fields_have_their_defaults() -> None:
    options = read("x", "y")
    assert options.operands == ("x", "y")
    assert (options.quiet, options.family, options.verbosity, options.limit) == (False, None, 0, 7)
    assert (options.file, options.names, options.order) == (None, (), "")


def test_each_kind_of_field() -> None:
    options = read("-qvv4", "-6", "--limit=5", "-e", "1", "--name", "2", "-f", "-ba", "--all", "--debug")
    assert (options.quiet, options.family, options.verbosity, options.limit) == (True, 6, 2, 5)
    assert (options.file, options.names, options.order) == ("", ("1", "2"), "baa")
    assert options.given == set("qv46nefbad")


def test_a_wrong_option_ends_the_program_as_gnu_tools_do() -> None:
    with pytest.raises(Exit) as caught:
        read("-w")
    message = "/bin/tool: invalid option -- 'w'\nTry '/bin/tool --help' for more information.\n"
    assert (caught.value.status, caught.value.stderr) == (3, message)


@pytest.mark.parametrize(("args", "name"), [("-x", "-x"), ("--secret=1", "--secret"), ("--help", "--help")])
def test_what_the_real_tool_has_besides_is_not_modelled(args: str, name: str) -> None:
    with pytest.raises(NotModelled, match=f"tool {name}"):
        read(args)


def test_options_without_long_names_are_those_of_getopt() -> None:
    @attrs.define
    class Short(Options):
        quiet: bool = flag("-q")

    with pytest.raises(Exit, match="invalid option -- '-'"):
        Short.read(process("--quiet"))


def test_exit_writes_and_gives_its_status() -> None:
    @ends_by_exit
    def main(_: Process) -> int:
        raise Exit(2, "first", "second", stdout="out\n", stderr="usage\n")

    assert run(main, cast(FakeProcess, process())) == Ended(2, "out\n", "/bin/tool: first\n/bin/tool: second\nusage\n")

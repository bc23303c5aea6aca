"""What every object of `ip` (and `bridge`) is given, and how their arguments are read (iproute2: lib/utils.c, ip/ip.c).

An object module has `def main(request: Request) -> Program`.  An error that a command detects itself is
raised as Iproute2Error; a KernelError may pass through, the dispatcher prints it and exits with 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeAlias, TypeVar

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled, VnetsimError
from vnetsim.process import Process, Program
from vnetsim.process.network import Network
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.resources import resource
from vnetsim.values import define, frozen

if TYPE_CHECKING:
    from vnetsim.programs.iproute2.lib.options import Iproute2Options

_Value = TypeVar("_Value")


@define(auto_exc=True, str=False)
class Iproute2Error(VnetsimError):
    """The command ends with `status` after `message` (without its last newline) went to standard error.

    Where iproute2 calls exit(3) instead of returning a status, a batch ends there: `exits`, else known by status 255.
    """

    status: int
    message: str = ""
    #: The message of newer versions (Iproute2Options.newer), if it differs.
    newer: str | None = attrs.field(default=None, kw_only=True)
    exits: bool = attrs.field(default=attrs.Factory(lambda error: error.status == 255, takes_self=True))

    def __str__(self) -> str:
        return self.message


@frozen
class Request:
    """One command: `args` are those behind the object, `network` is the one chosen by `-n`."""

    process: Process
    network: Network
    args: Args
    options: Iproute2Options

    def execute(self, operation: object) -> None:
        """Apply an operation to the network: KernelError if the kernel refuses it, EPERM without CAP_NET_ADMIN."""
        if not self.process.context.privileged:
            raise KernelError(Errno.EPERM)
        self.network.link(getattr(operation, "device", None) or "")  # ll_name_to_index
        self.network.execute(operation)

    def printer(self) -> Iproute2Output:
        """An empty output in the form of the output options."""
        options = self.options
        return Iproute2Output(
            json=options.json,
            pretty=options.pretty,
            oneline=options.oneline,
            color=options.color,
            dark=options.newer,
        )


#: A command of an object.
Command: TypeAlias = Callable[[Request], Program]


def matches(abbreviation: str, keyword: str) -> bool:
    """iproute2's rule: any non-empty beginning of a keyword is that keyword; the first in order of matching wins."""
    return bool(abbreviation) and keyword.startswith(abbreviation)


def lookup(arg: str, table: Iterable[tuple[str, _Value]]) -> tuple[str, _Value] | None:
    """The first row whose keyword `arg` matches; it must be equal to a keyword with a dot behind it (strcmp)."""
    for keyword, value in table:
        name = keyword.removesuffix(".")
        if arg == name or (name == keyword and matches(arg, keyword)):
            return name, value
    return None


def run_command(request: Request, commands: Iterable[tuple[str, Command]], helper: str) -> Program:
    """The command that the next argument names, as do_iproute() and its like; `helper` prints the usage."""
    arg = request.args.next_arg()
    found = lookup(arg, commands)
    if found is None:
        raise unknown_command(arg, helper)
    return found[1](request)


def help_command(name: str) -> Command:
    """The command that fails with the usage text `name`."""

    def command(_: Request) -> Program:
        raise usage(name)

    return command


def not_modelled(feature: str) -> Callable[..., NoReturn]:
    """The command or the handler of a keyword that is not modelled."""

    def handle(*_: object) -> NoReturn:
        raise NotModelled(feature)

    return handle


class Args:
    """The arguments of a command from left to right.

    `for arg in args` takes one after the other; what a keyword needs is taken inside the loop by `next_arg`.
    """

    def __init__(self, args: Sequence[str]) -> None:
        self._args = tuple(args)
        self._at = 0

    def __iter__(self) -> Iterator[str]:
        while self._at < len(self._args):
            self._at += 1
            yield self._args[self._at - 1]

    def __bool__(self) -> bool:
        return self._at < len(self._args)

    def __len__(self) -> int:
        return len(self._args) - self._at

    @property
    def peek(self) -> str | None:
        """The next argument, if there is one, without taking it."""
        return self._args[self._at] if self else None

    def take(self) -> str | None:
        """The next argument, if there is one."""
        arg = self.peek
        self._at += arg is not None
        return arg

    def next_arg(self) -> str:
        """NEXT_ARG(): the next argument, which must be there."""
        arg = self.take()
        if arg is None:
            raise incomplete()
        return arg

    def back(self) -> None:
        """PREV_ARG(): the argument taken last is to come again."""
        self._at -= 1

    def take_if(self, *keywords: str) -> bool:
        """Take the next argument if it is exactly one of `keywords`."""
        found = self.peek in keywords
        self._at += found
        return found

    def take_matching(self, keyword: str) -> bool:
        """Take the next argument if it is `keyword` or an abbreviation of it."""
        found = self.peek is not None and matches(self.peek, keyword)
        self._at += found
        return found

    @property
    def rest(self) -> tuple[str, ...]:
        """The arguments that are left."""
        return self._args[self._at :]


def incomplete() -> Iproute2Error:
    """incomplete_command()"""
    return Iproute2Error(255, 'Command line is not complete. Try option "help"')


def missarg(key: str) -> Iproute2Error:
    return Iproute2Error(255, f'Error: argument "{key}" is required')


def invarg(message: str, argument: str) -> Iproute2Error:
    return Iproute2Error(255, f'Error: argument "{argument}" is wrong: {message}')


def valid(value: _Value | None, message: str, argument: str) -> _Value:
    """The value parsed from `argument`; invarg() if it is None."""
    if value is None:
        raise invarg(message, argument)
    return value


def duparg(key: str, argument: str) -> Iproute2Error:
    return Iproute2Error(255, f'Error: duplicate "{key}": "{argument}" is the second value.')


def duparg2(key: str, argument: str) -> Iproute2Error:
    message = f'Error: either "{key}" is duplicate, or "{argument}" is'
    return Iproute2Error(255, f"{message} a garbage.", newer=f"{message} garbage.")


def nodev(device: str) -> Iproute2Error:
    """The error of a command that changes a device that does not exist."""
    return Iproute2Error(1, f'Cannot find device "{device}"')


def unknown_command(command: str, helper: str) -> Iproute2Error:
    """`helper` is the command that prints the usage: `ip link help`."""
    return Iproute2Error(255, f'Command "{command}" is unknown, try "{helper}".')


def usage_text(name: str) -> str:
    return resource("iproute2", name)


def usage(name: str, status: int = 255, problem: str = "") -> Iproute2Error:
    """A usage text, with the problem before it, goes to standard error."""
    lines = [problem, usage_text(name).removesuffix("\n")]
    return Iproute2Error(status, "\n".join(lines if problem else lines[1:]))


def number(text: str, bits: int = 32, base: int = 0) -> int | None:
    """get_u32() and its like: strtoul(3) with `base` 0 (0x.., 0..); None where it would fail."""
    value = _strtoul(text, base)
    return value if value is not None and 0 <= value < 1 << bits else None


def signed(text: str, base: int = 0) -> int | None:
    """get_integer(): strtol(3); None where it would fail."""
    value = _strtoul(text, base)
    return value if value is not None and -(1 << 31) <= value < 1 << 31 else None


def _strtoul(text: str, base: int) -> int | None:
    text = text.strip(" \t\n\v\f\r") if not text[-1:].isspace() else ""
    sign = -1 if text.startswith("-") else 1
    digits = text[1:] if text[:1] in ("-", "+") else text
    if base == 0:
        base = 16 if digits[:2].lower() == "0x" else 8 if digits.startswith("0") and digits != "0" else 10
    if not digits.isascii() or not digits.isalnum():
        return None
    try:
        return sign * int(digits, base)
    except ValueError:
        return None


def on_off(keyword: str, text: str, status: int = 1) -> bool:
    """parse_on_off(); a caller that returns its error ends with status 22 (EINVAL)."""
    if text in ("on", "off"):
        return text == "on"
    raise Iproute2Error(status, f'Error: argument of "{keyword}" must be one of "off", "on", not "{text}"')

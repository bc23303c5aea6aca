r"""What a reboot of the host leaves: the other machines, and the cables to them.

    cabling = Cabling()
    for line in scenario:
        with cabling.listening(lab, line):
            lab.run(line)
    lines = cabling.lines(lab.fork())
    lab.run("reboot")
    for line in lines:
        lab.run(line)

A named namespace is another machine: whatever was typed in it is typed again, and so are the cables between
them and to the host, the addresses of the host's ends, its default route and `lo`, as the network configuration of a
distribution sets them.  What else was typed on the host is gone: rules, sysctls, bridges, other routes, programs.

A line that is one command is typed again as it was; of a loop, a list or a function the programs that it started are,
without what the shell did for them (redirections, pipes).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from vnetsim.process import Context
from vnetsim.programs.findings import is_finding
from vnetsim.reach.probing.asking import SETTLE_SECONDS
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.lab import Lab

_IP: Final = "ip"
_COMPOUND: Final = re.compile(r"[;|&\n$(){}`]|^(for|while|until|if|case)\b")
_CHANGES: Final = frozenset(("add", "del", "delete", "set", "change", "replace", "append", "flush"))
#: Options of `ip` that have an argument.
_WITH_ARGUMENT: Final = ("-n", "-netns", "-f", "-family", "-rc", "-rcvbuf", "-l", "-loops", "-b", "-batch")
_LISTING: Final = ("-L", "-S", "-C", "--list", "--list-rules", "--check", "list")
_LOOKING: Final = ("ss", "netstat", "tcpdump", "cat", "hostname", "ip6tables-save", "iptables-save")


@frozen
class _CablingCommand:
    """The arguments of a program; `line` is what was typed, "" where it was started by something that was typed."""

    tokens: tuple[str, ...]
    line: str = ""


class Cabling:
    """The commands that were typed since the machine was switched on."""

    def __init__(self) -> None:
        self._commands: list[_CablingCommand] = []

    @contextmanager
    def listening(self, lab: Lab, line: str = "") -> Iterator[None]:
        """While the line is typed; what an earlier one has in the background may start meanwhile."""
        machine, started = lab.machine, list[_CablingCommand]()

        def note(argv: Sequence[str], context: Context) -> None:
            if context.network is machine.host.network:
                started.append(_CablingCommand(tuple(argv)))

        machine.started = note
        try:
            yield
        finally:
            machine.started = None
        if lab.machine is not machine:
            self._commands.clear()
            return
        tokens = _split(line)
        if _plain(tokens)[:1] == (_IP,):
            self._commands.append(_CablingCommand(tokens, line))
        self._commands += (each for each in started if not self._is_typed(each.tokens))

    def _is_typed(self, argv: tuple[str, ...]) -> bool:
        """Whether it is the program of a line; arguments after it are the shell's."""
        typed = (_plain(each.tokens) for each in self._commands if each.line)
        return any(tokens[: len(argv)] == argv for tokens in typed)

    def lines(self, lab: Lab) -> tuple[str, ...]:
        """What is typed after a reboot; `lab` is the one before it, in which time passes."""
        with self.listening(lab):
            lab.sleep(SETTLE_SECONDS)
        own, running = _own_devices(lab), {entry.argv for entry in lab.machine.processes()}
        kept = (each for each in self._commands if _is_kept(_plain(each.tokens), own))
        return tuple(each.line or _retyped(each.tokens, running) for each in kept)


def _split(line: str) -> tuple[str, ...]:
    """The arguments of a line that is one command, perhaps in the background; () of others."""
    command = line.removesuffix("&")
    try:
        return () if _COMPOUND.search(command) else tuple(shlex.split(command))
    except ValueError:
        return ()


def _retyped(argv: tuple[str, ...], running: set[tuple[str, ...]]) -> str:
    background = " &" if _inside(argv) in running else ""
    return shlex.join(argv) + background


def _inside(argv: tuple[str, ...]) -> tuple[str, ...]:
    """What runs in another namespace, () if nothing does."""
    return argv[4:] if argv[:3] == (_IP, "netns", "exec") else ()


def _own_devices(lab: Lab) -> frozenset[str]:
    """Devices whose other end is on the host, too, or that have none."""
    links = lab.network().links()
    return frozenset(link.name for link in links if link.name != "lo" and (link.kind != "veth" or link.peer_name))


def _plain(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tokens[1:] if tokens[:1] == ("sudo",) else tokens


def _is_kept(tokens: tuple[str, ...], own: frozenset[str]) -> bool:
    if tokens[:1] != (_IP,):
        return False
    options, rest = _options(tokens[1:])
    if {"-n", "-netns"} & set(options):
        return bool(_CHANGES & set(rest))
    if rest[:2] == ("netns", "exec"):
        return _is_change(rest[3:])
    if rest[:1] == ("netns",):
        return rest[1:2] in (("add",), ("set",), ("del",), ("delete",))
    return _is_of_a_cable(rest, own)


def _options(tokens: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    position = 0
    while position < len(tokens) and tokens[position].startswith("-"):
        position += 2 if tokens[position] in _WITH_ARGUMENT else 1
    return tokens[:position], tokens[position:]


def _is_change(tokens: tuple[str, ...]) -> bool:
    """Whether a program that is run elsewhere may leave something behind."""
    if not tokens or is_finding(tokens, 1) or tokens[0] in _LOOKING or set(_LISTING) & set(tokens):
        return False
    return tokens[0] != _IP or bool(_CHANGES & set(tokens))


def _is_of_a_cable(rest: tuple[str, ...], own: frozenset[str]) -> bool:
    if len(rest) < 2 or not _CHANGES & set(rest[1:2]):
        return False
    kind, tokens = rest[0], set(rest[2:])
    if "link".startswith(kind):
        return not tokens & {"master", "bridge"} and not tokens & own and ("veth" in tokens or rest[1] != "add")
    if kind.startswith("a") and "address".startswith(kind):
        return not tokens & own
    return kind.startswith("r") and "route".startswith(kind) and "default" in tokens and not tokens & own

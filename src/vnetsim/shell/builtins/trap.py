"""trap: what to do when a signal comes, a command fails (ERR) or the shell ends (EXIT)."""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.programs.libc import signals
from vnetsim.shell.control import FatalFault
from vnetsim.shell.quoting import quoted_for_dash, single_quoted
from vnetsim.shell.shell import Shell
from vnetsim.shell.state import ShellState

_USAGE: Final = "trap: usage: trap [-lp] [[arg] signal_spec ...]\n"
_ILLEGAL: Final = 2
#: Conditions of bash that are no signals.
_OF_BASH: Final = ("DEBUG", "ERR", "RETURN")
_ORDER: Final = ("EXIT", *signals.NUMBERS, *_OF_BASH)
#: The last signal's number.
_LAST: Final = 64


def trap(shell: Shell, words: list[str]) -> int:
    arguments, bash = words[1:], shell.state.dialect.bash
    if arguments and arguments[0] not in ("-", "--") and arguments[0].startswith("-"):
        return _option(shell, arguments)
    arguments = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not arguments:
        return _list(shell, [])
    first = arguments[0]
    reset = is_digits(first) and condition(first, bash=bash) is not None
    if not reset and len(arguments) == 1:
        if condition(first, bash=bash) is None and bash:
            shell.tell(_USAGE)
            return 2
        reset = True
    action = None if reset or first == "-" else first
    status = 0
    for word in arguments if reset else arguments[1:]:
        name = condition(word, bash=bash)
        if name is not None:
            shell.traps.set(name, action)
        elif not bash:
            shell.tell(f"trap: {word}: bad trap\n")
            return 1
        else:
            status = _unknown(shell, word)
    return status


def _unknown(shell: Shell, word: str) -> int:
    shell.complain(f"trap: {word}: invalid signal specification")
    return 1


def _option(shell: Shell, arguments: list[str]) -> int:
    option = arguments[0]
    if not shell.state.dialect.bash:
        shell.complain(f"trap: Illegal option {option[:2]}")
        raise FatalFault(_ILLEGAL)
    if option == "-p":
        return _list(shell, arguments[1:])
    if option == "-l":
        raise NotModelled("trap -l")
    shell.complain(f"trap: {option[:2]}: invalid option")
    shell.tell(_USAGE)
    return 2


def _list(shell: Shell, words: list[str]) -> int:
    """All traps, or those of the conditions that are named."""
    status, bash = 0, shell.state.dialect.bash
    traps = listed(shell.state)
    names = [condition(word, bash=True) or "" for word in words]
    for word, name in zip(words, names, strict=True):
        status = status if name else _unknown(shell, word)
    for name, action in [each for name in names for each in traps if each[0] == name] if words else traps:
        shown = f"SIG{name}" if bash and name in signals.NUMBERS else name
        shell.write(f"trap -- {single_quoted(action) if bash else quoted_for_dash(action)} {shown}\n")
    return status


def listed(state: ShellState) -> list[tuple[str, str]]:
    """Conditions and their actions; a subshell of bash has those of its parent in its list until it sets one."""
    traps = state.traps if state.inherited_traps is None else state.inherited_traps
    return sorted(traps.items(), key=lambda each: _ORDER.index(each[0]))


def condition(word: str, *, bash: bool) -> str | None:
    """The name of a condition; None if there is none."""
    name = word.upper()
    if word.isascii() and word.isdecimal() and int(word) <= _LAST:
        if int(word) > len(signals.NUMBERS):
            raise NotModelled(f"the shell's trap for {word}")
        return _ORDER[int(word)]
    if bash and name in _OF_BASH:
        return name
    if name == "EXIT":
        return name
    return (name.removeprefix("SIG") if bash else name) if name.removeprefix("SIG" * bash) in signals.NUMBERS else None

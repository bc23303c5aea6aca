"""The command line of `ipset`: options that stand anywhere, then the command and its arguments (ipset_parser)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.programs.ipset.errors import syntax, usage
from vnetsim.values import define

#: Names of each command, the first one its own, and how many arguments it must have.
_COMMANDS: Final = {
    "create": (("create", "new", "-N"), 2),
    "add": (("add", "-A"), 2),
    "del": (("del", "-D"), 2),
    "test": (("test", "-T"), 2),
    "destroy": (("destroy", "x", "-X"), 0),
    "list": (("list", "-L"), 0),
    "save": (("save", "-S"), 0),
    "restore": (("restore", "-R"), -1),
    "flush": (("flush", "-F"), 0),
    "rename": (("rename", "e", "-E"), 2),
    "swap": (("swap", "w", "-W"), 2),
    "help": (("help", "-h", "-H"), 0),
    "version": (("version", "-v", "-V"), -1),
    "quit": (("quit",), -1),
}
_SWITCHES: Final = {
    "-s": "sorted", "-sorted": "sorted", "-q": "quiet", "-quiet": "quiet", "-r": "resolve", "-resolve": "resolve",
    "-!": "exist", "-exist": "exist", "-n": "name", "-name": "name", "-t": "terse", "-terse": "terse",
}  # fmt: skip
_VALUED: Final = {"-o": "output", "-output": "output", "-f": "file", "-file": "file"}
_MODES: Final = ("plain", "save", "xml")
_LONGEST_NAME: Final = 31


@define
class IpsetCommand:
    """A command with its first and second argument ("" without one) and what follows them."""

    name: str = ""
    first: str = ""
    second: str = ""
    rest: list[str] = attrs.field(factory=list)
    switches: set[str] = attrs.field(factory=set)
    output: str = ""
    file: str = ""


def read(words: Sequence[str], *, restoring: bool = False) -> IpsetCommand:
    """IpsetError for what is no command."""
    command = IpsetCommand()
    left = _without_switches(list(words), command)
    if "resolve" in command.switches:
        raise NotModelled("ipset -r")
    if not left:
        raise usage("No command specified.")
    name = next((name for name, (names, _) in _COMMANDS.items() if _is(left[0], names)), None)
    if name is None:
        if left[0] == "-":
            raise NotModelled("ipset -, commands typed one after the other")
        raise usage(f"No command specified: unknown argument {left[0]}")
    if restoring and name in ("restore", "version", "help"):
        raise usage(f"Command `{name}' is invalid in restore mode.")
    command.name = name
    _take(left[1:], command, _COMMANDS[name][1])
    return command


def _is(word: str, names: Sequence[str]) -> bool:
    """ipset_match_cmd: the beginning of a name, with two dashes or without."""
    bare = word[2:] if word.startswith("--") else word
    return bool(bare) and word != "-" and any(each.startswith(bare) for each in names)


def _without_switches(words: list[str], command: IpsetCommand) -> list[str]:
    left: list[str] = []
    while words:
        word = words.pop(0)
        name = word[1:] if word.startswith("--") else word
        if name in _SWITCHES:
            command.switches.add(_SWITCHES[name])
        elif name in _VALUED:
            if not words:
                raise usage(f"Missing mandatory argument to option {'-o' if _VALUED[name] == 'output' else '-f'}")
            _value(_VALUED[name], words.pop(0), command)
        else:
            left.append(word)
    return left


def _value(name: str, text: str, command: IpsetCommand) -> None:
    if name == "file":
        command.file = text
        return
    if text not in _MODES:
        raise syntax(f"unknown output mode '{text}'")
    command.output = text


def _take(words: list[str], command: IpsetCommand, wanted: int) -> None:
    if wanted > 0 and not words:
        raise usage(f"Missing mandatory argument to command {command.name}")
    if wanted > 1 and len(words) == 1:
        raise usage(f"Missing second mandatory argument to command {command.name}")
    taken = max(wanted, 1 if wanted == 0 else 0)
    command.first = words[0] if words and taken else ""
    command.second = words[1] if taken > 1 else ""
    command.rest = words[taken:]
    if command.rest and command.name not in ("create", "add", "del", "test", "help", "version", "quit"):
        raise usage(f"Unknown argument {command.rest[0]}")
    for name in (command.first, command.second if command.name in ("rename", "swap") else ""):
        if len(name) > _LONGEST_NAME:
            raise syntax(f"setname '{name}' is longer than {_LONGEST_NAME} characters")

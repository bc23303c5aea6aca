"""What a lab of another program is made of here: command lines, and what of it cannot be made."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Final

import attrs

from vnetsim.failures import Failure, FailureKind
from vnetsim.scenario.shellscript import writing
from vnetsim.values import frozen

#: The longest name of a device.
_IFNAMSIZ: Final = 15
_IN_NAMESPACE: Final = re.compile(r"ip netns exec (\S+) ")


@frozen
class LabStep:
    """A command line for the line `line` of the user's file `file`; 0 if it is about the whole file.

    `written_for` is the machine whose file it writes.  `copies` are files of the simulated machine that the command
    runs, with the user's files that they are copies of.
    """

    command: str
    file: str
    line: int = 0
    copies: Mapping[str, str] = attrs.field(factory=dict)
    written_for: str = ""

    @property
    def machine(self) -> str:
        """The machine in which it runs, or whose file it writes; "" for the host."""
        found = _IN_NAMESPACE.match(self.command)
        return found[1] if found is not None else self.written_for


def not_modelled(what: str, command: str, file: str, line: int) -> Failure:
    """What of a lab has no counterpart: it makes the lab incomplete."""
    return Failure(
        command=command,
        message=f"vnetsim: not modelled: {what}",
        kind=FailureKind.NOT_MODELLED,
        file=file,
        line=line,
    )


def in_namespace(name: str, *argv: str, entering: str = "") -> str:
    """`entering` is a shell command that comes first there, and ends with `&& `."""
    command = ["sh", "-c", f"{entering}exec {shlex.join(argv)}"] if entering else argv
    return shlex.join(["ip", "netns", "exec", name, *command])


def file_written(path: str, text: str) -> str:
    return writing(shlex.quote(path), text)


def device_name(name: str, short: str) -> str:
    """A name for a device of the host: `short` if `name` is too long for one."""
    return name if name.isascii() and len(name) <= _IFNAMSIZ else short

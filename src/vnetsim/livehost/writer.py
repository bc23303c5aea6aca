"""The script that is being written, and the notes about what it does not take over."""

from __future__ import annotations

import shlex

import attrs

from vnetsim.livehost.directory import CollectedNamespace
from vnetsim.values import define


@define
class HostScriptWriter:
    """Commands in their order; a note is listed once, at the top of the script."""

    lines: list[str] = attrs.field(factory=list)
    notes: list[str] = attrs.field(factory=list)

    def title(self, text: str) -> None:
        self.lines += ["", f"# {text}"]

    def run(self, namespace: str, *words: str) -> None:
        """A command in a namespace, "" being the host's; `ip` and `bridge` have an option for it."""
        self.lines.append(in_namespace(namespace, shlex.join(words)))

    def feed(self, namespace: str, command: str, text: str) -> None:
        """A command with a text at its standard input."""
        end = "EOF"
        while end in text.splitlines():
            end += "_"
        self.lines += [f"{in_namespace(namespace, command)} <<'{end}'", text.rstrip("\n"), end]

    def note(self, namespace: CollectedNamespace | str, text: str) -> None:
        name = namespace if isinstance(namespace, str) else namespace.name
        line = f"{name}: {text}" if name else text
        if line not in self.notes:
            self.notes.append(line)


def in_namespace(namespace: str, command: str) -> str:
    if not namespace:
        return command
    name = shlex.quote(namespace)
    program, _, rest = command.partition(" ")
    return f"{program} -n {name} {rest}" if program in ("ip", "bridge") else f"ip netns exec {name} {command}"

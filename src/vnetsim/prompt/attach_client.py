"""The side of `vnetsim attach`: a terminal that joins a running `vnetsim shell`."""

from __future__ import annotations

import json
import select
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from vnetsim.errors import UsageError
from vnetsim.prompt import attach_socket
from vnetsim.prompt.entered import CTRL_C, CTRL_D, CTRL_Z
from vnetsim.prompt.screen import keys

Message = dict[str, Any]
#: Reads a line: the prompt, and the connection, on which output may come meanwhile.
Ask = Callable[[str, "AttachConnection"], str]
_GREETING: Final = "vnetsim: a further terminal of process {}. Ctrl-D or `exit` leaves.\n"


class AttachConnection:
    """Messages as JSON lines."""

    def __init__(self, connected: socket.socket, secret: str) -> None:
        self.socket = connected
        self._received = b""
        #: The message that it is over, if it came while a line was typed.
        self.ended: Message | None = None
        connected.sendall(secret.encode() + b"\n")

    def send(self, message: Message) -> None:
        with suppress(OSError):  # who has gone is found out by the next `receive`
            self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> Message:
        """The next message; that it is over, once the other side has gone."""
        if self.ended is not None:
            return self.ended
        while b"\n" not in self._received:
            try:
                data = self.socket.recv(65536)
            except OSError:
                data = b""
            if not data:
                return {"over": 1, "why": "the first terminal has gone"}
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        message: Message = json.loads(line)
        return message

    def has_message(self) -> bool:
        """Whether `receive` would not wait, unless for the rest of a message."""
        return self.ended is not None or b"\n" in self._received or bool(select.select([self.socket], [], [], 0)[0])


@runtime_checkable
class AskTerminal(Protocol):
    """A terminal: it knows its size in lines and columns, and keys as they are typed."""

    def __call__(self, prompt: str, connection: AttachConnection, /) -> str: ...
    def keys(self, connection: AttachConnection) -> str: ...
    def size(self) -> tuple[int, int]: ...


def chosen(name: str | None) -> tuple[str, Path]:
    """The shell with that number of its process, or the only one; UsageError if there is none such."""
    found = attach_socket.running()
    if name is not None:
        if name not in found:
            raise UsageError(f"attach {name}: no `vnetsim shell` runs as this process")
        return name, found[name]
    if len(found) > 1:
        found = {process: path for process, path in found.items() if attach_socket.listens(path)}
    if not found:
        raise UsageError("attach: no `vnetsim shell` runs at a terminal (one with --fast cannot be joined)")
    if len(found) > 1:
        raise UsageError(f"attach: several shells run: expected one of {', '.join(found)}")
    return next(iter(found.items()))


def join(name: str | None, ask: Ask, write: Callable[[str], object]) -> int:
    """Type until the shell ends; its exit status."""
    process, path = chosen(name)
    try:
        connected, secret = attach_socket.connect(path)
    except (OSError, ValueError, KeyError):
        path.unlink(missing_ok=True)
        raise UsageError(f"attach: `vnetsim shell` does not run any more as process {process}") from None
    with connected:
        if sys.stdin.isatty():
            write(_GREETING.format(process))
        return converse(AttachConnection(connected, secret), ask, write)


def converse(connection: AttachConnection, ask: Ask, write: Callable[[str], object]) -> int:
    """Show what comes, and answer when a line is wanted."""
    while True:
        with keys(lambda: connection.send({"key": CTRL_C}), lambda: connection.send({"key": CTRL_Z})):
            message = shown(connection, write)
        if "over" in message:
            if "why" in message:
                write(f"vnetsim: {message['why']}\n")
            return int(message["over"])
        connection.send(answer(message, connection, ask))


def shown(connection: AttachConnection, write: Callable[[str], object]) -> Message:
    """The next message that is no output, which is shown."""
    while "show" in (message := connection.receive()):
        write(message["show"])
    return message


def answer(ready: Message, connection: AttachConnection, ask: Ask) -> Message:
    """The line that the user types; Ctrl-C at a shell's prompt begins the line anew."""
    if isinstance(ask, AskTerminal):
        connection.send({"size": list(ask.size())})
        if ready.get("keys"):
            return {"keys": ask.keys(connection)}
    while True:
        try:
            return {"line": ask(ready["ready"], connection)}
        except EOFError:
            return {"key": CTRL_D}
        except KeyboardInterrupt:
            if not ready["commands"]:
                return {"key": CTRL_C}

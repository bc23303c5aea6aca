"""The side of `vnetsim shell` that further terminals join: JSON lines over a socket, served between slices of time."""

from __future__ import annotations

import json
import select
import socket
from pathlib import Path
from typing import Final

from vnetsim.prompt import meeting
from vnetsim.prompt.joined import JoinedTerminal
from vnetsim.prompt.session import PromptSession

#: A line that is longer ends its connection, and so does output that is not read.
_LONGEST: Final = 100_000
_UNREAD: Final = 4_000_000


class _Guest:
    """A connection, and its terminal once it has sent the secret."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self.socket = connection
        self.terminal: JoinedTerminal | None = None
        self.received, self.unsent = b"", b""

    def receive(self) -> list[bytes] | None:
        """Whole lines; None if the other side has gone."""
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return []
        except OSError:
            return None
        *lines, self.received = (self.received + data).split(b"\n")
        return lines if data and len(self.received) <= _LONGEST else None

    def send(self) -> bool:
        """Whether the other side is there, and reads."""
        if self.terminal is not None:
            for message in self.terminal.messages():
                self.unsent += json.dumps(message).encode() + b"\n"
        try:
            while self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            return len(self.unsent) <= _UNREAD
        except OSError:
            return False
        return self.terminal is None or not self.terminal.over


class Door:
    """Listens as `path`; `wait` is the sleep of the session's clock."""

    def __init__(self, session: PromptSession, path: Path) -> None:
        self._session, self._path = session, path
        self._listener, self._secret = meeting.listen(path)
        self._listener.setblocking(False)
        self._guests: list[_Guest] = []

    def wait(self, seconds: float) -> None:
        """Serve what comes within so long, at most once."""
        sockets = [self._listener, *(guest.socket for guest in self._guests)]
        readable, _, _ = select.select(sockets, [], [], seconds)
        if self._listener in readable:
            self._accept()
        for guest in list(self._guests):
            lines = guest.receive() if guest.socket in readable else []
            if lines is None or not self._take(guest, lines) or not guest.send():
                self._leave(guest)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        self._guests.append(_Guest(connection))

    def _take(self, guest: _Guest, lines: list[bytes]) -> bool:
        """Whether all lines were messages, after the secret as the first."""
        for line in lines:
            if guest.terminal is None:
                if line.decode("utf-8", "replace") != self._secret:
                    return False
                guest.terminal = JoinedTerminal(self._session.lab)
                continue
            try:
                message = json.loads(line)
            except ValueError:
                return False
            guest.terminal.take(message)
        return True

    def _leave(self, guest: _Guest) -> None:
        guest.socket.close()
        self._guests.remove(guest)
        if guest.terminal is not None:
            guest.terminal.hang_up()

    def close(self) -> None:
        for guest in list(self._guests):
            if guest.terminal is not None:
                guest.unsent += json.dumps({"over": 0, "why": "the first terminal was closed"}).encode() + b"\n"
                guest.send()
            self._leave(guest)
        self._listener.close()
        self._path.unlink(missing_ok=True)

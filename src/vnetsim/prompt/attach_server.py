"""The side of `vnetsim shell` that further terminals join: JSON lines over a socket, served between slices of time."""

from __future__ import annotations

import json
import select
import socket
from pathlib import Path
from typing import Final

from vnetsim.prompt import attach_socket
from vnetsim.prompt.joined import JoinedTerminal
from vnetsim.prompt.session import PromptSession

#: A line that is longer ends its connection, and so does output that is not read.
_LONGEST: Final = 100_000
_UNREAD: Final = 4_000_000


class _AttachedClient:
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


class AttachServer:
    """Listens as `path`; `wait` is the sleep of the session's clock."""

    def __init__(self, session: PromptSession, path: Path) -> None:
        self._session, self._path = session, path
        self._listener, self._secret = attach_socket.listen(path)
        self._listener.setblocking(False)
        self._clients: list[_AttachedClient] = []

    def wait(self, seconds: float) -> None:
        """Serve what comes within so long, at most once."""
        sockets = [self._listener, *(client.socket for client in self._clients)]
        readable, _, _ = select.select(sockets, [], [], seconds)
        if self._listener in readable:
            self._accept()
        for client in list(self._clients):
            lines = client.receive() if client.socket in readable else []
            if lines is None or not self._take(client, lines) or not client.send():
                self._leave(client)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        self._clients.append(_AttachedClient(connection))

    def _take(self, client: _AttachedClient, lines: list[bytes]) -> bool:
        """Whether all lines were messages, after the secret as the first."""
        for line in lines:
            if client.terminal is None:
                if line.decode("utf-8", "replace") != self._secret:
                    return False
                client.terminal = JoinedTerminal(self._session.lab)
                continue
            try:
                message = json.loads(line)
            except ValueError:
                return False
            client.terminal.take(message)
        return True

    def _leave(self, client: _AttachedClient) -> None:
        client.socket.close()
        self._clients.remove(client)
        if client.terminal is not None:
            client.terminal.hang_up()

    def close(self) -> None:
        for client in list(self._clients):
            if client.terminal is not None:
                client.unsent += json.dumps({"over": 0, "why": "the first terminal was closed"}).encode() + b"\n"
                client.send()
            self._leave(client)
        self._listener.close()
        self._path.unlink(missing_ok=True)

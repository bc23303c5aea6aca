"""Terminals that join over a socket."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.prompt import attach_client, attach_socket
from vnetsim.prompt.attach_server import AttachServer
from vnetsim.prompt.session import PromptSession


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture(params=["directory", "secret"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AttachServer:
    if request.param == "secret":
        monkeypatch.setattr(attach_socket, "_HAS_UNIX", False)
    elif not hasattr(socket, "AF_UNIX"):
        pytest.skip("this Python has no Unix sockets")
    session = PromptSession(Lab(docker=False), lambda _text: None)
    session.begin()
    return AttachServer(session, attach_socket.own_path())


def served(server: AttachServer) -> None:
    for _ in range(3):
        server.wait(0.1)
        server._session.idle(0.5)
    server.wait(0)


def test_a_line_is_answered_until_the_shell_ends(server: AttachServer) -> None:
    connected, secret = attach_socket.connect(attach_client.chosen(None)[1])
    with connected:
        connection = attach_client.AttachConnection(connected, secret)
        served(server)
        assert connection.receive() == {"ready": "root@host:/# ", "commands": True}
        lines, shown = iter(["echo hello", "exit 3"]), list[str]()
        connection.send({"line": next(lines)})
        served(server)
        message = attach_client.shown(connection, shown.append)
        connection.send(attach_client.answer(message, connection, lambda _prompt, _connection: next(lines)))
        served(server)
        assert attach_client.converse(connection, lambda _prompt, _connection: "", shown.append) == 3
        assert shown == ["hello\n"]
    server.close()


def test_the_first_terminal_takes_the_others_with_it(server: AttachServer) -> None:
    connected, secret = attach_socket.connect(attach_client.chosen(None)[1])
    with connected:
        connection = attach_client.AttachConnection(connected, secret)
        served(server)
        server.close()
        shown = list[str]()
        assert attach_client.converse(connection, lambda _prompt, _connection: "", shown.append) == 0
        assert shown == ["vnetsim: the first terminal was closed\n"]
    with pytest.raises(UsageError, match="no `vnetsim shell` runs at a terminal"):
        attach_client.chosen(None)


@pytest.mark.parametrize("said", [b"wrong\n", b"SECRET\nno json\n", b"x" * 200_000])
def test_who_says_something_else_is_shown_out(server: AttachServer, said: bytes) -> None:
    connected, secret = attach_socket.connect(attach_client.chosen(None)[1])
    with connected:
        connected.sendall(said.replace(b"SECRET", secret.encode()))
        for _ in range(4):
            served(server)
        assert server._clients == []
    server.close()

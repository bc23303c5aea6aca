"""Terminals that join over a socket."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.prompt import guest, meeting
from vnetsim.prompt.door import Door
from vnetsim.prompt.session import PromptSession


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture(params=["directory", "secret"])
def door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Door:
    if request.param == "secret":
        monkeypatch.setattr(meeting, "_HAS_UNIX", False)
    elif not hasattr(socket, "AF_UNIX"):
        pytest.skip("this Python has no Unix sockets")
    session = PromptSession(Lab(docker=False), lambda _text: None)
    session.begin()
    return Door(session, meeting.own_path())


def served(door: Door) -> None:
    for _ in range(3):
        door.wait(0.1)
        door._session.idle(0.5)
    door.wait(0)


def test_a_line_is_answered_until_the_shell_ends(door: Door) -> None:
    connected, secret = meeting.connect(guest.chosen(None)[1])
    with connected:
        connection = guest.GuestConnection(connected, secret)
        served(door)
        assert connection.receive() == {"ready": "root@host:/# ", "commands": True}
        lines, shown = iter(["echo hello", "exit 3"]), list[str]()
        connection.send({"line": next(lines)})
        served(door)
        message = guest.shown(connection, shown.append)
        connection.send(guest.answer(message, connection, lambda _prompt, _connection: next(lines)))
        served(door)
        assert guest.converse(connection, lambda _prompt, _connection: "", shown.append) == 3
        assert shown == ["hello\n"]
    door.close()


def test_the_first_terminal_takes_the_others_with_it(door: Door) -> None:
    connected, secret = meeting.connect(guest.chosen(None)[1])
    with connected:
        connection = guest.GuestConnection(connected, secret)
        served(door)
        door.close()
        shown = list[str]()
        assert guest.converse(connection, lambda _prompt, _connection: "", shown.append) == 0
        assert shown == ["vnetsim: the first terminal was closed\n"]
    with pytest.raises(UsageError, match="no `vnetsim shell` runs at a terminal"):
        guest.chosen(None)


@pytest.mark.parametrize("said", [b"wrong\n", b"SECRET\nno json\n", b"x" * 200_000])
def test_who_says_something_else_is_shown_out(door: Door, said: bytes) -> None:
    connected, secret = meeting.connect(guest.chosen(None)[1])
    with connected:
        connected.sendall(said.replace(b"SECRET", secret.encode()))
        for _ in range(4):
            served(door)
        assert door._guests == []
    door.close()

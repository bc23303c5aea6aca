"""Terminals that join over a socket."""

from __future__ import annotations

import json
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
        connection = guest.Connection(connected, secret)
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
        connection = guest.Connection(connected, secret)
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


def test_keys_are_messages_and_ctrl_c_at_a_prompt_begins_anew() -> None:
    def raising(*errors: type[BaseException] | str) -> guest.Ask:
        rest = list(errors)

        def ask(_prompt: str, _connection: guest.Connection) -> str:
            error = rest.pop(0)
            if isinstance(error, str):
                return error
            raise error

        return ask

    near, far = socket.socketpair()
    with near, far:
        connection = guest.Connection(near, "")
        shell, program = {"ready": "$ ", "commands": True}, {"ready": "", "commands": False}
        assert guest.answer(shell, connection, raising(KeyboardInterrupt, "ls")) == {"line": "ls"}
        assert guest.answer(program, connection, raising(KeyboardInterrupt)) == {"key": "\x03"}
        assert guest.answer(shell, connection, raising(EOFError)) == {"key": "\x04"}
        far.sendall(json.dumps({"show": "a"}).encode() + b"\n")
        far.close()
        assert [connection.receive(), connection.receive()["over"]] == [{"show": "a"}, 1]


def test_which_shell_is_meant_is_said_or_refused(tmp_path: Path) -> None:
    directory = meeting.directory()
    for name in ("7", "8"):
        (directory / f"{name}{meeting._SUFFIX}").touch()
    with pytest.raises(UsageError, match="several shells run: expected one of 7, 8"):
        guest.chosen(None)
    with pytest.raises(UsageError, match="attach 9: no `vnetsim shell` runs as this process"):
        guest.chosen("9")
    with pytest.raises(UsageError, match="does not run any more as process 7"):
        guest.join("7", lambda _prompt, _connection: "", lambda _text: None)
    assert sorted(meeting.running()) == ["8"]
    if hasattr(socket, "AF_UNIX"):
        directory.chmod(0o755)
        with pytest.raises(UsageError, match="expected a directory of this user alone"):
            meeting.directory()
    assert directory.parent == tmp_path

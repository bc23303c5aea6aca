"""The side of a terminal that joins another."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from vnetsim.errors import UsageError
from vnetsim.prompt import attach_client, attach_socket


def test_keys_are_messages_and_ctrl_c_at_a_prompt_begins_anew() -> None:
    def raising(*errors: type[BaseException] | str) -> attach_client.Ask:
        rest = list(errors)

        def ask(_prompt: str, _connection: attach_client.AttachConnection) -> str:
            error = rest.pop(0)
            if isinstance(error, str):
                return error
            raise error

        return ask

    near, far = socket.socketpair()
    with near, far:
        connection = attach_client.AttachConnection(near, "")
        shell, program = {"ready": "$ ", "commands": True}, {"ready": "", "commands": False}
        assert attach_client.answer(shell, connection, raising(KeyboardInterrupt, "ls")) == {"line": "ls"}
        assert attach_client.answer(program, connection, raising(KeyboardInterrupt)) == {"key": "\x03"}
        assert attach_client.answer(shell, connection, raising(EOFError)) == {"key": "\x04"}
        far.sendall(json.dumps({"show": "a"}).encode() + b"\n")
        assert connection.has_message()
        far.close()
        assert [connection.receive(), connection.receive()["over"]] == [{"show": "a"}, 1]


def test_which_shell_is_meant_is_said_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    directory = attach_socket.directory()
    for name in ("7", "8"):
        (directory / f"{name}{attach_socket._SUFFIX}").touch()
    with pytest.raises(UsageError, match="attach 9: no `vnetsim shell` runs as this process"):
        attach_client.chosen("9")
    with pytest.raises(UsageError, match="does not run any more as process 7"):
        attach_client.join("7", lambda _prompt, _connection: "", lambda _text: None)
    assert sorted(attach_socket.running()) == ["8"]
    listeners = [attach_socket.listen(directory / f"{name}{attach_socket._SUFFIX}")[0] for name in ("5", "6")]
    with pytest.raises(UsageError, match="several shells run: expected one of 5, 6"):
        attach_client.chosen(None)
    listeners.pop().close()
    assert attach_client.chosen(None)[0] == "5"
    listeners.pop().close()
    (directory / f"8{attach_socket._SUFFIX}").touch()
    with pytest.raises(UsageError, match="no `vnetsim shell` runs at a terminal"):
        attach_client.chosen(None)
    if hasattr(socket, "AF_UNIX"):
        directory.chmod(0o755)
        with pytest.raises(UsageError, match="expected a directory of this user alone"):
            attach_socket.directory()
    assert directory.parent == tmp_path

"""The real docker client on a real pseudo-terminal, against a simulated engine on a Unix socket.

What it prints was recorded with the same client (28.2.2) and Docker Engine 28.5.2.  Over tcp:// that client does not
notice its own detach keys, which is why the socket is one of the file system.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    shutil.which("docker") is None or sys.platform == "win32", reason="needs the docker client, and pseudo-terminals"
)
#: Seconds for the whole conversation of one command.
LIMIT = 30.0


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("engine") / "d.sock"
    server = subprocess.Popen(
        [sys.executable, "-m", "vnetsim", "serve", "-H", f"unix://{path}"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stderr is not None
        assert "API listen on" in server.stderr.readline()
        yield f"unix://{path}"
    finally:
        server.terminate()
        server.communicate(timeout=LIMIT)


def on_terminal(host: str, tmp: Path, argv: list[str], *keys: tuple[str, str]) -> tuple[str, int]:
    """Each of `keys` is what to wait for, and what is typed then; gives what was shown, and the exit status."""
    import pty  # noqa: PLC0415 -- Windows has none

    environment = {"DOCKER_HOST": host, "DOCKER_CONFIG": str(tmp), "PATH": os.environ["PATH"], "TERM": "dumb"}
    pid, screen = pty.fork()
    if pid == 0:
        os.execvpe("docker", ["docker", *argv], environment)
    shown, end = "", time.monotonic() + LIMIT
    waiting = list(keys)
    try:
        while time.monotonic() < end:
            if waiting and waiting[0][0] in shown.rpartition("\x00")[2]:
                os.write(screen, waiting.pop(0)[1].encode())
                shown += "\x00"
            if select.select([screen], [], [], 0.2)[0]:
                try:
                    data = os.read(screen, 4096)
                except OSError:  # the other side was closed
                    break
                if not data:
                    break
                shown += data.decode()
    finally:
        os.close(screen)
    if time.monotonic() >= end:
        os.kill(pid, signal.SIGKILL)
    return shown.replace("\x00", "").replace("\r\n", "\n"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_container_is_run_left_attached_and_entered(engine: str, tmp_path: Path) -> None:
    run = on_terminal(
        engine,
        tmp_path,
        ["run", "-it", "--name", "box", "alpine", "sh"],
        ("# ", "echo one\r"),
        ("one\r\n/ # ", "\x10\x11"),
    )
    assert run == ("/ # echo one\none\n/ # ", 0)
    attach = on_terminal(
        engine, tmp_path, ["attach", "--detach-keys", "ctrl-a", "box"], ("", "\r"), ("# ", "abc\x7fd\r"), ("# ", "\x01")
    )
    # The first key may come before the client's terminal is in raw mode, and is then shown twice.
    shown = "/ # abc\b \bd\nsh: 3: abd: not found\n/ # read escape sequence\n"
    assert (attach[0].lstrip("\n"), attach[1]) == (shown, 1)
    entered = on_terminal(
        engine, tmp_path, ["exec", "-it", "box", "sh"], ("# ", "sleep 30\r"), ("30\r\n", "\x03"), ("# ", "echo $?\r"),
        ("# ", "\x10\x11"),
    )  # fmt: skip
    assert entered == ("/ # sleep 30\n^C\n/ # echo $?\n130\n/ # read escape sequence\n", 1)


def test_the_keys_of_signals_reach_programs_and_their_status_the_client(engine: str, tmp_path: Path) -> None:
    run = on_terminal(engine, tmp_path, ["run", "--rm", "-it", "alpine", "ping", "127.0.0.1"], ("seq=1", "\x03"))
    assert "^C\n--- 127.0.0.1 ping statistics ---\n" in run[0]
    assert run[1] == 0
    ended = on_terminal(engine, tmp_path, ["run", "--rm", "-it", "alpine", "sh"], ("# ", "exit 4\r"))
    assert ended == ("/ # exit 4\n", 4)
    command = ["run", "--rm", "-it", "alpine", "sh", "-c", "echo ready; cat"]
    reader = on_terminal(engine, tmp_path, command, ("ready", "a\r"), ("a\r\na", "\x04"))
    assert reader == ("ready\na\na\n", 0)


def test_keys_that_are_none_are_refused(engine: str, tmp_path: Path) -> None:
    refused = on_terminal(engine, tmp_path, ["run", "--detach-keys", "nope", "--rm", "-it", "alpine", "sh"])
    assert refused == ("unable to upgrade to tcp, received 400\n", 1)

"""The page on the loopback."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vnetsim.browser.fragment import decoded
from vnetsim.browser.serving import PageServer, _Handler, address_of, fragment_of, serving
from vnetsim.errors import UsageError

FILES = {"index.html": b"<!doctype html>", "pyodide/a.wasm": b"\0asm", "play.js": b"1"}


@pytest.fixture(scope="module")
def server() -> Iterator[PageServer]:
    with serving(FILES, 0) as started:
        thread = threading.Thread(target=started.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield started
        started.shutdown()
        thread.join(10)


def ask(server: PageServer, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(("path", "kind", "body"), [
    ("/", "text/html; charset=utf-8", FILES["index.html"]),
    ("/index.html", "text/html; charset=utf-8", FILES["index.html"]),
    ("/?x=1", "text/html; charset=utf-8", FILES["index.html"]),
    ("/pyodide/a.wasm", "application/wasm", FILES["pyodide/a.wasm"]),
    ("/play.js", "text/javascript", b"1"),
])  # fmt: skip
def test_its_files_have_their_types_and_a_policy(server: PageServer, path: str, kind: str, body: bytes) -> None:
    status, headers, data = ask(server, path)
    assert (status, headers["Content-Type"], data) == (200, kind, body)
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';")


def test_head_has_no_body(server: PageServer) -> None:
    status, headers, data = ask(server, "/play.js", "HEAD")
    assert (status, headers["Content-Length"], data) == (200, "1", b"")


@pytest.mark.parametrize(
    "path", ["/none", "/../etc/passwd", "//etc/passwd", "/%2e%2e/x", "/pyodide/", "/pyodide/../play.js"]
)
def test_nothing_else_is_served(server: PageServer, path: str) -> None:
    assert ask(server, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_refused(server: PageServer, method: str) -> None:
    assert ask(server, "/", method)[0] == 501


def test_it_listens_on_the_loopback_alone_and_a_silent_connection_ends(server: PageServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert _Handler.timeout == 30
    assert server.daemon_threads


def test_a_browser_that_goes_away_is_no_traceback(server: PageServer, capsys: pytest.CaptureFixture[str]) -> None:
    for error in (ConnectionResetError(), BrokenPipeError(), ValueError("a fault")):
        try:
            raise error
        except Exception:
            server.handle_error(None, ("127.0.0.1", 1))
    shown = capsys.readouterr().err
    assert ("ConnectionResetError" in shown, "BrokenPipeError" in shown, "a fault" in shown) == (False, False, True)


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"--port {port}: Address already in use"):
            serving(FILES, port)


def test_a_lab_travels_in_the_address(server: PageServer, tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    path.write_text("$ ip netns add red\n")
    address = address_of(server, fragment_of(path))
    lab = decoded(address.partition("#")[2])
    assert lab is not None
    assert (lab.name, lab.text) == ("a.session", "$ ip netns add red\n")
    assert address_of(server, fragment_of(None)) == f"http://127.0.0.1:{server.server_address[1]}/"
    with pytest.raises(UsageError, match=r"none\.session"):
        fragment_of(tmp_path / "none.session")

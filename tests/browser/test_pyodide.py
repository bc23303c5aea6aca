"""Pyodide's files: pinned, kept, refused.  Nothing is downloaded here."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from urllib.error import URLError

import pytest

from vnetsim.browser import pyodide
from vnetsim.browser.pyodide import ADDRESS, FILES, Pinned, cache_directory, cached_files, files_in
from vnetsim.errors import UsageError

CONTENT = {name: f"content of {name}".encode() for name in FILES}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of some bytes instead of megabytes."""
    for name, data in CONTENT.items():
        monkeypatch.setitem(FILES, name, Pinned(len(data), hashlib.sha256(data).hexdigest()))


class Server:
    """`asked` are the addresses; `content` is what it has."""

    def __init__(self, content: dict[str, bytes] = CONTENT) -> None:
        self.asked: list[str] = []
        self.content = content

    def get(self, address: str, most: int) -> bytes:
        self.asked.append(address)
        return self.content[address.removeprefix(ADDRESS)][: most + 1]


def test_what_was_fetched_once_is_kept(tmp_path: Path) -> None:
    server, told = Server(), list[str]()
    assert cached_files(tmp_path, server.get, told.append) == CONTENT
    assert cached_files(tmp_path, server.get, told.append) == CONTENT
    assert server.asked == [ADDRESS + name for name in FILES]
    assert len(told) == 1
    assert f"is downloaded into {tmp_path}" in told[0]


def test_a_file_that_was_cut_or_changed_is_fetched_again(tmp_path: Path) -> None:
    server = Server()
    cached_files(tmp_path, server.get)
    (tmp_path / f"pyodide-{pyodide.VERSION}" / "pyodide.mjs").write_bytes(b"content of pyod")
    assert cached_files(tmp_path, server.get) == CONTENT
    assert server.asked[len(FILES) :] == [ADDRESS + "pyodide.mjs"]


@pytest.mark.parametrize("error", [URLError("Name or service not known"), TimeoutError("timed out"), ValueError("cut")])
def test_without_a_network_there_is_one_sentence_and_nothing_is_kept(tmp_path: Path, error: Exception) -> None:
    def get(_address: str, _most: int) -> bytes:
        raise error

    with pytest.raises(
        UsageError, match=r"the page needs Pyodide, and https://\S+/pyodide.mjs cannot be had: .*--pyodide"
    ) as told:
        cached_files(tmp_path, get)
    assert "\n" not in str(told.value)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("data", [b"another file", b"content of pyodide.mjs and more", b""])
def test_another_file_than_the_tested_one_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UsageError, match="expected the file that vnetsim was tested with"):
        cached_files(tmp_path, Server(CONTENT | {"pyodide.mjs": data}).get)


def test_an_unpacked_package_is_taken_or_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"pyodide.mjs: expected a file of the npm package pyodide .*No such file"):
        files_in(tmp_path)
    for name, data in CONTENT.items():
        (tmp_path / name).write_bytes(data)
    assert files_in(tmp_path) == CONTENT
    (tmp_path / "pyodide.mjs").write_bytes(b"of another version")
    with pytest.raises(UsageError, match="found another one"):
        files_in(tmp_path)


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Pyodide cannot be kept there"):
        cached_files(tmp_path / "file", Server().get)


def test_it_is_the_version_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = json.loads((Path(__file__).parents[2] / "player" / "package-lock.json").read_text("utf-8"))
    assert lock["packages"]["node_modules/pyodide"]["version"] == pyodide.VERSION
    monkeypatch.setenv("XDG_CACHE_HOME", "/tmp/cache")
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_directory() == Path("/tmp/cache/vnetsim")

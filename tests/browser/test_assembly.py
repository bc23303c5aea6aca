"""The files of the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from vnetsim.browser import assembly, site
from vnetsim.errors import UsageError

PYODIDE = {"pyodide.mjs": b"export {}", "pyodide.asm.wasm": b"\0asm"}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "archive", lambda: b"PK")


def test_the_page_names_no_file_that_is_not_there_and_none_of_another_host() -> None:
    files = assembly.page_files(PYODIDE)
    index = files["index.html"].decode("utf-8")
    named = re.findall(r'(?:src|href)="([^"]*)"', index)
    assert sorted(each for each in named if not each.startswith("data:")) == [
        "./play.css", "./play.js", "./player.css", "./player.js",
    ]  # fmt: skip
    assert {
        "play.js",
        "play.css",
        "player.js",
        "player.css",
        "worker.js",
        "site.zip",
        "sw.js",
        "pyodide/pyodide.mjs",
    } <= set(files)
    assert b"worker.js" in files["play.js"]
    assert b"site.zip" in files["worker.js"]


def test_the_page_runs_no_text_as_code() -> None:
    index = assembly.page_files(PYODIDE)["index.html"].decode("utf-8")
    found = re.search(r'Content-Security-Policy"\s+content="([^"]*)"', index)
    assert found is not None
    assert found[1].startswith("default-src 'none'")
    assert "'unsafe-eval'" not in found[1]


def test_all_but_the_licenses_is_there_without_a_network_and_belongs_to_one_build() -> None:
    files = assembly.page_files(PYODIDE)
    kept = re.search(r"FILES = (\[.*?\]);", files["sw.js"].decode("utf-8"))
    assert kept is not None
    assert set(json.loads(kept[1])) == set(files) - {"index.html", "LICENSES.txt", "sw.js"} | {"./"}
    build = re.search(rb'data-build="([0-9a-f]{16})"', files["index.html"])
    assert build is not None
    assert build[1] in files["sw.js"]
    assert assembly.page_files(PYODIDE) == files
    assert build[1] not in assembly.page_files(PYODIDE | {"pyodide.mjs": b"other"})["index.html"]


def test_it_is_written_for_a_static_host_or_that_is_refused_in_a_sentence(tmp_path: Path) -> None:
    files = {"index.html": b"<!doctype html>", "pyodide/pyodide.mjs": b"export {}"}
    assembly.write(files, tmp_path / "page")
    assert (tmp_path / "page" / "pyodide" / "pyodide.mjs").read_bytes() == b"export {}"
    with pytest.raises(UsageError, match=r"the page cannot be written there: (Not a directory|File exists)"):
        assembly.write(files, tmp_path / "page" / "index.html")

"""Texts beside the code are the same in a folder and in a zip archive."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from vnetsim.packagedata import data_text


def test_a_text_is_read_from_a_folder_and_from_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in_folder" / "texts").mkdir(parents=True)
    for name, text in (("__init__.py", ""), ("texts/limits.txt", "grün 1\r\nrot 2\n")):
        (tmp_path / "in_folder" / name).write_bytes(text.encode())
    with zipfile.ZipFile(tmp_path / "zipped.zip", "w") as archive:
        archive.writestr("in_archive/__init__.py", "")
        archive.writestr("in_archive/texts/limits.txt", "grün 1\nrot 2\n")
    for path in (tmp_path, tmp_path / "zipped.zip"):
        monkeypatch.syspath_prepend(path)
    for name in ("in_folder", "in_archive"):
        __import__(name)
        assert data_text(name, "texts/limits.txt") == "grün 1\nrot 2\n"
        del sys.modules[name]

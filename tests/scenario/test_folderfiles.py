"""Which files of a folder are read, because services mount them."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim.errors import UsageError
from vnetsim.scenario.build import compose_scenario
from vnetsim.scenario.folderfiles import MOUNTED_BYTES, FolderFiles

FILE = """\
services:
  web:
    image: nginx
    volumes: [{source}:{target}]
"""


def read(folder: Path, source: str, target: str) -> list[str]:
    """The files that are written to the host, besides the compose file."""
    path = folder / "compose.yaml"
    path.write_text(FILE.format(source=source, target=target), "utf-8")
    scenario = compose_scenario(path)
    return sorted(each.rpartition("/")[2] for each in scenario.texts if not each.endswith("compose.yaml"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    settings = tmp_path / "conf.d"
    settings.mkdir()
    for name, text in {"a.conf": "server {}", "b.conf": "", "binary": "\0", "big": "x" * (MOUNTED_BYTES + 1)}.items():
        (settings / name).write_text(text, "utf-8")
    (settings / "deeper").mkdir()
    (settings / "deeper" / "c.conf").write_text("", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("source", "target", "files"),
    [
        ("./conf.d", "/etc/nginx/conf.d", ["a.conf", "b.conf"]),
        ("./conf.d", "/usr/share/nginx/html", []),
        ("./conf.d/a.conf", "/anywhere", ["a.conf"]),
        ("./conf.d/binary", "/etc/nginx/x", []),
        ("./conf.d/none", "/etc/nginx/conf.d", []),
        ("../", "/etc/nginx/conf.d", []),
    ],
)
def test_settings_are_read_and_other_directories_are_not(
    source: str, target: str, files: list[str], folder: Path
) -> None:
    assert read(folder, source, target) == files


def test_a_link_that_leaves_the_folder_is_refused(folder: Path) -> None:
    (folder / "out").symlink_to(folder.parent)
    with pytest.raises(UsageError, match="is outside"):
        FolderFiles(folder, "/srv/x", {}).exists("/srv/x/out/secret")

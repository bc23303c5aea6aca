"""Which files of a folder are read, because services mount them."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim import Lab
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
    for hidden in (".git", "deeper/two/three"):
        (settings / hidden).mkdir(parents=True)
        (settings / hidden / "d.conf").write_text("", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("source", "target", "files"),
    [
        ("./conf.d", "/etc/nginx/conf.d", ["a.conf", "b.conf", "c.conf"]),
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


BUILT = """\
services:
  api:
    build: {api}
    ports: ["80:8000"]
  web:
    build:
      context: web
      dockerfile_inline: |
        FROM nginx
        COPY site /etc/nginx/conf.d/default.conf
    ports: ["81:80"]
  ui:
    image: node:22
    working_dir: /app
    command: npm run dev
    volumes: [".:/app"]
    ports: ["82:5173"]
"""
BUILT_FILES = {
    "Dockerfile": "FROM python:3\nWORKDIR /app\nCOPY . .\nCMD python app/main.py\n",
    ".dockerignore": "*.toml\n",
    "app/main.py": "import uvicorn\nuvicorn.run('main:app', port=8000)\n",
    "web/site": "server { listen 8080; }\n",
    "package.json": '{"scripts": {"dev": "vite --host"}}',
    "node_modules/x/index.js": "app.listen(1)",
    "notes.txt": "x",
}


def test_the_files_of_builds_and_of_mounted_projects_tell_where_servers_listen(tmp_path: Path) -> None:
    for name, text in BUILT_FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    path = tmp_path / "compose.yaml"
    path.write_text(BUILT.format(api="."), "utf-8")
    scenario = compose_scenario(path)
    read = sorted(each.removeprefix(f"{scenario.home}/") for each in scenario.texts)
    assert read == [".dockerignore", "Dockerfile", "app/main.py", "compose.yaml", "package.json", "web/site"]
    lab = Lab(docker=True)
    scenario.play(lab)
    listening = [lab.docker.container_context(f"{tmp_path.name}-{name}-1").network for name in ("api", "web", "ui")]
    found = [{f"{one.local}:{one.local_port}" for one in each.sockets() if one.state == "LISTEN"} for each in listening]
    assert "127.0.0.1:8000" in found[0]
    assert "0.0.0.0:8080" in found[1]
    assert any(each.endswith(":5173") and not each.startswith("127") for each in found[2])
    # The context of another folder is not read.
    path.write_text(BUILT.format(api="nowhere"), "utf-8")
    assert not any(each.endswith("main.py") and "nowhere" in each for each in compose_scenario(path).texts)

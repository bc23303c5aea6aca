"""Where servers listen by the files of their projects, as real ones did (tests/recorded/servers/frameworks.json)."""

from __future__ import annotations

import json
import posixpath
import shlex
from pathlib import Path
from typing import Any

import pytest

from vnetsim import Lab
from vnetsim.docker.daemon.projectfiles import ProjectFiles, assigned
from vnetsim.docker.daemon.servercommands import commands_of, listening_of
from vnetsim.values import frozen

RECORDED = json.loads((Path(__file__).parents[2] / "recorded/servers/frameworks.json").read_text("utf-8"))


@frozen
class Texts:
    """The files of a project, by path."""

    texts: dict[str, str]

    def exists(self, path: str) -> bool:
        return path in self.texts

    def is_directory(self, path: str) -> bool:
        return path not in self.texts

    def is_program(self, path: str) -> bool:
        return path not in self.texts

    def read(self, path: str) -> str:
        return self.texts[path]


def listens(command: str, files: dict[str, str], environment: dict[str, str] | None = None) -> str | None:
    given: Any = Texts({posixpath.join("/app", path): text for path, text in files.items()})
    found = listening_of(commands_of(shlex.split(command), ""), ProjectFiles(given, "/app", environment or {}))
    return None if found is None else " ".join(f"{shown(one.address)}:{one.port}" for one in found.sockets)


def shown(address: str) -> str:
    return f"[{address}]" if ":" in address else address or "*"


@pytest.mark.parametrize("recorded", RECORDED["sessions"], ids=lambda each: f"{each['command']} {each['listens']}")
def test_it_listens_where_the_real_one_did(recorded: dict[str, Any]) -> None:
    found = listens(recorded["command"], recorded["files"], recorded.get("environment"))
    assert sorted((found or "").split()) == sorted(recorded["listens"].split())


VITE = {"vite.config.js": "export default { server: { host: true } }"}


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("npm start", {}),
        ("npm run dev", {"package.json": '{"scripts": {"start": "vite"}}'}),
        ("npm run dev", {"package.json": '{"scripts": {"dev": "npm run dev"}}'}),
        ("npm run dev", {"package.json": "{"}),
        ("npm run dev", {"package.json": "[]"}),
        ("npm install", {"package.json": '{"scripts": {"install": "vite"}}'}),
        ("npm dev", {"package.json": '{"scripts": {"dev": "vite"}}'}),
        ("node server.js", {}),
        ("python main.py", {"main.py": "print 1"}),
        ("vite", {"vite.config.js": "export default { server: settings }"}),
        ("vite", {"vite.config.js": "export default { server: { port: pick() } }"}),
        ("vite -c other.js", VITE),
        ("gunicorn main:app", {"gunicorn.conf.py": "bind = pick()"}),
        ("gunicorn -c other.py main:app", {}),
        ("ng serve", {"angular.json": "{"}),
        ("parcel build", {}),
    ],
)
def test_what_is_not_plain_does_not_tell(command: str, files: dict[str, str]) -> None:
    assert listens(command, files) is None


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("yarn dev", "*:5173"), ("pnpm run dev", "*:5173"), ("npm run --silent dev", "*:5173"),
        ("npm --prefix /app run dev", "*:5173"), ("yarn dev --port 3000", "*:3000"),
        ("npm run dev -- --port 3000", "*:3000"), ("npm run both", "127.0.0.1:3001"), ("npm run outer", "*:5173"),
    ],
)  # fmt: skip
def test_a_script_of_package_json_is_run(command: str, found: str) -> None:
    scripts = {"dev": "vite", "both": "cross-env PORT=3001 node s.js", "outer": "tsc && npm run dev"}
    server = "require('fastify')().listen({ port: process.env.PORT })"
    files = {**VITE, "package.json": json.dumps({"scripts": scripts}), "s.js": server}
    assert listens(command, files) == found


LISTENS, IMPORTS = "app.listen(8080)", "require('./src/app')"


@pytest.mark.parametrize(
    ("command", "files", "found"),
    [
        ("node .", {"index.js": LISTENS}, "*:8080"),
        ("node .", {"package.json": '{"main": "src/app.js"}', "src/app.js": LISTENS}, "*:8080"),
        ("node index.js", {"index.js": IMPORTS, "src/app.js": LISTENS}, "*:8080"),
        ("node bin/www", {"bin/www.js": "import '../src/app.js'", "src/app.js": LISTENS}, "*:8080"),
        ("node dist/main", {"src/main.ts": LISTENS}, "*:8080"),
        ("node index.js", {"index.js": IMPORTS, "src/app.js": "app.listen(port())"}, None),
        ("node index.js", {"index.js": f"{IMPORTS}; app.listen(port())", "src/app.js": LISTENS}, None),
        ("node index.js", {"index.js": f"{IMPORTS}; require('./b')", "src/app.js": LISTENS, "b.js": LISTENS}, None),
        ("node a.js", {"a.js": "require('./b')", "b.js": "require('./a')"}, None),
    ],
)
def test_a_main_file_may_be_one_that_it_imports(command: str, files: dict[str, str], found: str | None) -> None:
    assert listens(command, files) == found


def test_variables_go_before_files_and_options_before_both() -> None:
    server = {"s.js": "require('dotenv').config()\napp.listen(process.env.PORT)", ".env": "PORT=3001\n"}
    assert listens("node s.js", server) == "*:3001"
    assert listens("node s.js", server, {"PORT": "3002"}) == "*:3002"
    assert listens("node s.js", {**server, ".env": '#PORT=1\nexport PORT="3003" # not 3001\n'}) == "*:3003"
    config = {"vue.config.js": "module.exports = { devServer: { port: 9002 } }"}
    assert listens("vue-cli-service serve", config, {"PORT": "9001"}) == "0.0.0.0:9001"
    assert listens("vue-cli-service serve --port 9003", config, {"PORT": "9001"}) == "0.0.0.0:9003"


def test_a_script_sets_variables() -> None:
    assert assigned("export A=1; B='x y' C=$D vite && E=2 z --f=3") == {"A": "1", "B": "x y", "E": "2"}


def test_a_container_listens_where_its_mounted_project_has_it() -> None:
    """A published port leads to the port that a compose file's author believes in, not to that of the server."""
    lab = Lab(docker=True)
    lab.run("mkdir -p /srv/app /srv/py")
    lab.run("""echo '{"scripts": {"dev": "vite"}}' > /srv/app/package.json""")
    lab.run("echo 'export default { server: { host: true, port: 3000 } }' > /srv/app/vite.config.js")
    lab.run("printf 'from flask import Flask\\napp = Flask(__name__)\\napp.run(port=8000)\\n' > /srv/py/main.py")
    lab.run("printf 'cd /app\\nexec npm run dev\\n' > /srv/app/start.sh")
    lab.run("docker network create shop && docker run -d --name box --network shop nettools")
    node = "docker run -d --network shop -v /srv/app:/app"
    assert lab.run(f"{node} --name web -w /app -p 80:5173 node:20 npm run dev")
    assert lab.run(f"{node} --name script acme/web sh /app/start.sh")
    assert lab.run("docker run -d --name api --network shop -v /srv/py:/app -w /app -p 81:8000 python:3 python main.py")
    lab.sleep(1)
    for name, port, is_reached in (("web", 3000, True), ("web", 5173, False), ("script", 3000, True), ("api", 8000, 0)):
        assert bool(lab.run(f"docker exec box nc -z -w 1 {name} {port}")) is bool(is_reached), (name, port)
    assert lab.shortfall.assumptions == (
        "node:20 runs `vite with vite.config.js`: assumed to listen on tcp/3000",
        "acme/web runs `vite with vite.config.js`: assumed to listen on tcp/3000",
        "python:3 runs `python main.py`: assumed to listen on tcp/8000 of 127.0.0.1 alone",
    )

"""The package runs where there is no POSIX: Windows, a browser.  Such a place is made here by taking things away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: Makes modules and calls that are not everywhere unavailable.
BARREN = """
import builtins, os, sys

ABSENT = {"fcntl", "termios", "pwd", "grp", "resource", "pty", "tty", "subprocess", "_posixsubprocess", "syslog",
          "multiprocessing", "curses", "readline"}

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"no module {name} here", name=name)
        return None

for name in ABSENT:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())

import socket  # the standard library imports it for other things; nobody may open one

def no_socket(*_words, **_more):
    raise OSError("no sockets here")

socket.socket = socket.create_connection = socket.getaddrinfo = socket.socketpair = no_socket
for call in ("fork", "forkpty", "kill", "killpg", "getuid", "geteuid", "getpid", "openpty", "popen"):
    if hasattr(os, call):
        delattr(os, call)
"""
TUTORIAL = """
from vnetsim import Lab
from vnetsim.scenario import tutorial
from vnetsim.scenario.session import PlayOptions, run_files

assert Lab().run("ip -br link").stdout.startswith("lo")
sys.exit(run_files(tutorial.paths(), lambda text: None, PlayOptions(quiet=True)))
"""
NO_FORK = "import os; del os.fork"
#: Questions that copy the lab, and a property of drawn hosts; says at the end whether it could fork.
QUESTIONS = """
import os, sys
from vnetsim.cli import main

for words in (
    ("why", "shop.session", "web", "db:5432"),
    ("why", "shop.session", "host", "db:5432", "--json"),
    ("reach", "shop.session", "--format", "csv"),
    ("check", "shop.session", "shop.policy"),
    ("explore", "shop.session", "shop.policy", "--wide", "--moves", "connect", "--examples", "1", "--most", "1",
     "--jobs", "1"),
):
    try:
        main(words)
    except SystemExit as ended:
        print(f"[{ended.code}] {words[0]}")

from hypothesis import given, settings
from vnetsim import Lab
from vnetsim.strategies import DockerHost, docker_hosts

@settings(derandomize=True, database=None, deadline=None, max_examples=2)
@given(docker_hosts())
def ask(host: DockerHost) -> None:
    lab = Lab.docker_host()
    for line in host.commands():
        lab.run(line)
    for container in host.containers:
        print(container.name, lab.reaches("lan", container.name, allow_vacuous=True))

ask()
print("fork" if hasattr(os, "fork") else "no fork", file=sys.stderr)
"""
SHOP = """\
$ docker network create front
$ docker network create back
$ docker run -d --name web --network front -p 8080:80 nettools busybox httpd -f -p 80 -h /www
$ docker run -d --name db --network back -e POSTGRES_PASSWORD=secret postgres
$ iptables -I DOCKER-USER -p tcp -j DROP
"""


def python(*words: str, within: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=within,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
    )


def test_the_tutorial_plays_without_posix() -> None:
    done = python("-c", BARREN + TUTORIAL)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here: both ways are one")
def test_questions_have_the_same_answers_where_a_lab_is_copied_without_fork(tmp_path: Path) -> None:
    (tmp_path / "shop.session").write_text(SHOP)
    (tmp_path / "shop.policy").write_text("host -> web: tcp/80\nweb !-> db: icmp\n")
    forked, made_again = (python("-c", before + QUESTIONS, within=tmp_path) for before in ("", NO_FORK))
    assert (forked.returncode, forked.stderr) == (0, "fork\n")
    assert (made_again.returncode, made_again.stderr) == (0, "no fork\n")
    assert made_again.stdout == forked.stdout
    assert [line for line in forked.stdout.splitlines() if line.startswith("[")] == [
        "[1] why", "[0] why", "[0] reach", "[0] check", "[1] explore",
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), [("kernel", "seed_veth_pair"), ("docker", "seed_walkthrough")])
def test_hash_seeds_change_nothing(kind: str, name: str, tmp_path: Path) -> None:
    script = ROOT / "tests" / "recorded" / kind / "scripts" / f"{name}.sh"
    written = []
    for seed in ("1", "4711"):
        out = tmp_path / seed
        done = python("-m", "vnetsim.cli", "record", kind, str(script), "-o", str(out), PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        written.append((out / f"{name}.json").read_bytes())
    assert written[0] == written[1]


def test_a_lab_does_not_load_what_only_some_programs_need() -> None:
    done = python("-c", "import sys; from vnetsim import Lab; Lab(); print('dns' in sys.modules)")
    assert (done.stdout, done.stderr) == ("False\n", "")

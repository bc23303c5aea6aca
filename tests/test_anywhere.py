"""The package runs where there is no POSIX: Windows, a browser.  Such a place is made here by taking things away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: Makes modules and calls that are not everywhere unavailable, then plays the tutorial.
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

from vnetsim import Lab
from vnetsim.scenario import tutorial
from vnetsim.scenario.session import run_files

assert Lab().run("ip -br link").stdout.startswith("lo")
sys.exit(run_files(tutorial.paths(), lambda text: None, quiet=True))
"""


def python(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
    )


def test_the_tutorial_plays_without_posix() -> None:
    done = python("-c", BARREN)
    assert (done.returncode, done.stderr) == (0, "")


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

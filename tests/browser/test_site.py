"""The archive of vnetsim for the page: complete, importable, the same twice."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
import zipimport
from pathlib import Path

import pytest

from vnetsim.browser import site
from vnetsim.errors import UsageError

#: What is typed in a Python that has the archive and the standard library only.
TYPED = """
import sys
sys.path.insert(0, sys.argv[1])
from vnetsim.browser.worker import PageWorker
shown = []
worker = PageWorker(shown.append)
worker.receive({"type": "open"})
worker.receive({"type": "fast", "on": True})
for line in ("docker run -d --name web nginx", "docker exec web cat /etc/hosts", "iptables -t nat -S DOCKER", "why"):
    worker.receive({"type": "line", "text": line})
    while worker._waiting or worker._typing is not None:
        worker.step()
print("".join(each.get("text", "") for each in shown if each["type"] in ("write", "error")))
"""

ROOT = Path(__file__).parent.parent.parent
#: Which files are compiled for the import of a package from an archive.
COMPILED = """
import builtins, sys, zipimport
compiled = []
zipimport.compile = lambda source, path, *rest, **named: compiled.append(path) or compile(source, path, *rest, **named)
exec(sys.argv[2])
sys.path.insert(0, sys.argv[1])
import vnetsim.values
print(len(compiled) - len(set(compiled)), len(compiled))
"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("site") / "site.zip"
    path.write_bytes(site.archive())
    with zipfile.ZipFile(path) as archived:
        archived.extractall(path.parent, [name for name in archived.namelist() if name.startswith("lessons/")])
    return path


def test_a_python_without_any_other_package_runs_the_machine_from_it(packed: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", TYPED, str(packed)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert "172.17.0.2\t" in done.stdout
    assert "-N DOCKER" in done.stdout
    assert "missing" not in done.stdout


@pytest.mark.skipif(not hasattr(zipimport, "_get_module_code"), reason="PyPy's zipimport is not written in Python")
def test_no_module_is_compiled_twice_as_zipimport_does_by_itself(packed: Path) -> None:
    once = (ROOT / "player/play/once.py").read_text("utf-8")
    again, all_of_them = [], []
    for how in (once, "pass"):
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", COMPILED, str(packed), how], capture_output=True, text=True, check=True
        )
        counts = done.stdout.split()
        again.append(int(counts[0]))
        all_of_them.append(int(counts[1]))
    assert again[0] == 0
    assert again[1] == all_of_them[0] > 5


def test_it_has_the_lessons_and_nothing_that_a_browser_cannot_use(packed: Path) -> None:
    names = zipfile.ZipFile(packed).namelist()
    assert "lessons/01-two-namespaces.md" in names
    assert names == sorted(set(names))
    refused = ("click", "h11", "prompt_toolkit", "vnetsim/cli/", "vnetsim/backends/", "vnetsim/browser/page/")
    assert [name for name in names if name.startswith(refused) or name.endswith((".pyc", ".so", ".html"))] == []
    assert packed.stat().st_size < 4_000_000


def test_the_same_packages_are_the_same_bytes(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "_PACKAGES", ("simpy",))
    assert site.archive() == site.archive()
    dates = {each.date_time for each in zipfile.ZipFile(io.BytesIO(packed.read_bytes())).infolist()}
    assert len(dates) == 1


def test_a_package_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "_PACKAGES", ("no_such_package",))
    with pytest.raises(UsageError, match="the page needs the files of the package no_such_package"):
        site.archive()

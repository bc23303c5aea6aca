"""The drop-in: what a script imports, and what of its interpreter is replaced while it runs."""

from __future__ import annotations

import importlib
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.mininet.dropin import installed, main, run_script
from vnetsim.mininet.emulation import Emulation


def write(folder: Path, text: str) -> str:
    path = folder / "script.py"
    path.write_text(text, "utf-8")
    return str(path)


def test_mininet_is_there_meanwhile() -> None:
    before = {name for name in sys.modules if name.split(".")[0] == "mininet"}
    with installed():
        for name in ("net", "node", "nodelib", "link", "topo", "topolib", "cli", "log", "util", "clean", "term"):
            assert importlib.import_module(f"mininet.{name}").__name__.startswith("vnetsim.mininet.")
    assert {name for name in sys.modules if name.split(".")[0] == "mininet"} == before


def test_the_interpreter_is_as_before(tmp_path: Path) -> None:
    def replaced() -> list[object]:
        return [
            os.system,
            os.popen,
            subprocess.Popen,
            select.poll,
            select.select,
            sys.modules.get("mininet.examples"),
            time.sleep,
            time.time,
            threading.Thread.start,
            sys.argv,
            sys.path,
        ]

    before = replaced()
    (tmp_path / "beside.py").write_text("x = 1\n", "utf-8")
    names = run_script(
        Emulation(Lab(docker=False)), [write(tmp_path, "import beside, sys\nargs = sys.argv[1:]\n"), "a"]
    )
    assert names["args"] == ["a"]
    text = "import select\nfrom mininet.examples.beside import x\npolls = select.poll.__module__\n"
    names = run_script(Emulation(Lab(docker=False)), [write(tmp_path, text)])
    assert (names["x"], names["polls"]) == (1, "vnetsim.mininet.polling")
    with pytest.raises(UsageError):
        run_script(Emulation(Lab(docker=False)), [write(tmp_path, "1 / 0\n")])
    assert replaced() == before
    assert "beside" not in sys.modules


def test_arguments_and_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([write(tmp_path, "import sys\nprint(sys.argv[1:], __name__)\n"), "-x", "y"]) == 0
    assert capsys.readouterr().out == "['-x', 'y'] __main__\n"
    assert main([write(tmp_path, "raise SystemExit\n")]) == 0


def test_what_was_not_modelled_is_listed_at_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "from mininet.node import Host\nHost('h1').cmd('ovs-vsctl show; frobnicate')\nHost('h2').cmd('false')\n"
    assert main([write(tmp_path, text)]) == 1
    err = capsys.readouterr().err
    assert f"  {tmp_path}/script.py:2: `ovs-vsctl show`: vnetsim: not modelled: the program ovs-vsctl\n" in err
    assert "false" not in err


def test_the_innermost_line_of_the_user_is_named(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("def fail():\n    raise ValueError('no')\n", "utf-8")
    with pytest.raises(UsageError, match=r"beside\.py:2: ValueError: no"):
        run_script(
            Emulation(Lab(docker=False), str(tmp_path / "script.py")),
            [write(tmp_path, "import beside\nbeside.fail()\n")],
        )

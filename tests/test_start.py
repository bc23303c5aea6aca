"""What is imported before anything is done with it: modules, by the names of those that only some users need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: Prints the modules of a process that did something, whatever that printed before.
TELL = "import json, sys; print(); print(json.dumps(sorted(sys.modules)))"
LAB = "from vnetsim import Lab"
CLI = """
from vnetsim.cli import main
try:
    main({words!r})
except SystemExit as ended:
    assert not ended.code, ended
"""
#: Libraries for what most users do not do.
LIBRARIES = ("dns", "hypothesis", "markdown_it", "networkx", "prompt_toolkit", "pytest", "ruamel")
#: Parts of vnetsim that a lab needs when somebody asks for them.
PARTS = (
    "vnetsim.compose", "vnetsim.backends", "vnetsim.findings", "vnetsim.livehost.importer",
    "vnetsim.netfilter.extensions", "vnetsim.netfilter.nft.ruleset", "vnetsim.programs.compose",
    "vnetsim.programs.docker", "vnetsim.programs.nft", "vnetsim.prompt", "vnetsim.reach", "vnetsim.reports",
    "vnetsim.scenario", "vnetsim.strategies", "vnetsim.verify",
)  # fmt: skip
IN_A_SESSION = ("vnetsim.scenario", "markdown_it")


def imported(script: str) -> set[str]:
    """The modules of a process that has run this."""
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\n{TELL}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def among(modules: set[str], parts: tuple[str, ...]) -> list[str]:
    """Those modules that are one of these, or inside one."""
    return sorted(name for name in modules if name.startswith(tuple(f"{part}." for part in parts)) or name in parts)


@pytest.mark.parametrize("script", [LAB, f"{LAB}; Lab()", f"{LAB}; assert Lab().run('ip link')"])
def test_a_lab_waits_for_nothing_that_is_asked_of_others(script: str) -> None:
    modules = imported(script)
    assert "vnetsim.lab" in modules
    assert among(modules, (*LIBRARIES, "click", *PARTS)) == []


def test_a_run_of_pytest_without_labs_waits_for_no_lab() -> None:
    assert among(imported("import vnetsim.pytest_plugin"), ("vnetsim.lab", "vnetsim.kernel", *PARTS)) == []


def test_a_docker_host_waits_for_no_other_rules_and_files() -> None:
    modules = imported(f"{LAB}; assert Lab.docker_host().run('docker run -d --name web -p 80:80 nginx')")
    assert "vnetsim.docker.daemon.daemon" in modules
    unused = set(PARTS) - {"vnetsim.netfilter.extensions", "vnetsim.programs.docker"}
    assert among(modules, (*LIBRARIES, *unused)) == []
    extensions = among(modules, ("vnetsim.netfilter.extensions",))
    assert [name.rpartition(".")[2] for name in extensions[1:]] == [
        "xt_addrtype",
        "xt_conntrack",
        "xt_nat",
        "xt_tcpudp",
    ]


def test_a_session_waits_for_no_other_kind_of_scenario() -> None:
    modules = imported(CLI.format(words=["tutorial", "--quiet", "01"]))
    assert "vnetsim.scenario.compare" in modules
    unused = set(PARTS) - set(IN_A_SESSION)
    assert among(modules, (*{*LIBRARIES, *unused} - set(IN_A_SESSION), "vnetsim.scenario.labs.folder",
                           "vnetsim.scenario.composefile")) == []  # fmt: skip


def test_help_waits_for_no_lab() -> None:
    modules = imported(CLI.format(words=["--help"]))
    assert "click" in modules
    assert among(modules, (*LIBRARIES, "simpy", "vnetsim.kernel", "vnetsim.lab", "vnetsim.programs", *PARTS)) == []


# --- how much --------------------------------------------------------------------------------------------------------

#: Prints how many modules, classes of attrs and compiled regular expressions vnetsim has in a process.
COUNT = """
import re, sys
mine = [vars(module) for name, module in list(sys.modules.items()) if name.startswith("vnetsim")]
values = {id(value): value for names in mine for value in names.values()}.values()
classes = [value for value in values if "__attrs_attrs__" in getattr(value, "__dict__", ())]
print(len(mine), len(classes), sum(isinstance(value, re.Pattern) for value in values))
"""


@pytest.mark.parametrize(("script", "most"), [
    (LAB, (72, 155, 6)),
    (f"{LAB}; assert Lab().run('ip link')", (349, 258, 36)),
    (f"{LAB}; assert Lab.docker_host().run('docker run -d nginx')", (462, 356, 66)),
])  # fmt: skip
def test_what_is_made_at_the_start_is_no_more_than_it_was(script: str, most: tuple[int, int, int]) -> None:
    """The numbers may only fall, but for what every lab needs."""
    made = tuple(map(int, told(f"{script}\n{COUNT}")))
    assert all(count <= limit for count, limit in zip(made, most, strict=True)), made


# --- the collector of garbage ----------------------------------------------------------------------------------------

COLLECTIONS = "sum(each['collections'] for each in gc.get_stats())"


def told(script: str, *words: str) -> list[str]:
    """The last line that a process printed, in words."""
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()


def test_garbage_is_looked_for_once_a_lab_is_imported_and_all_is_as_before() -> None:
    script = f"""
import gc, vnetsim.garbage
gc.collect()
limits, gathered = gc.get_threshold(), {COLLECTIONS}
from vnetsim import Lab
print({COLLECTIONS} - gathered <= 1, gc.isenabled(), gc.get_threshold() == limits, gc.get_freeze_count())
"""
    assert told(script) == ["True", "True", "True", "0"]


def test_who_has_no_collector_gets_none() -> None:
    assert told("import gc; gc.disable(); from vnetsim import Lab; print(gc.isenabled())") == ["False"]


def test_a_process_of_its_own_collects_seldom_but_does_and_not_at_its_end() -> None:
    script = """
import atexit, gc
atexit.register(lambda: print(gc.isenabled(), gc.get_threshold()[0] > 700, gc.get_freeze_count() > 0))
from vnetsim.cli.process import main
main("vnetsim")
"""
    assert told(script, "tutorial", "--list") == ["True", "True", "True"]

"""Files that are played at the same time come to the same as one after the other."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from vnetsim.budget import Budget
from vnetsim.errors import BudgetExceeded, UsageError
from vnetsim.reach.forks.workers import work
from vnetsim.scenario.session import PlayOptions, Work, run_files

FILES = {
    "right.session": "$ echo one\none\n",
    "wrong.session": "$ echo two\nthree\n",
    "failing.sh": "#!/bin/sh\necho begun\nip link show dev none\nexit 3\n",
    "network.session": "$ ip netns add red\n$ ip netns list\nred\n",
}
MININET = """\
from mininet.net import Mininet
from mininet.topo import SingleSwitchTopo

net = Mininet(topo=SingleSwitchTopo(2))
net.start()
print("lost:", net.pingAll())
net.stop()
"""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    return [tmp_path / name for name in FILES]


def played(files: list[Path], way: Work | None, options: PlayOptions | None = None) -> tuple[int, str]:
    text: list[str] = []
    return run_files(files, text.append, options, work=way), "".join(text)


@pytest.mark.parametrize("quiet", [False, True])
def test_the_text_is_the_same_in_the_same_order(files: list[Path], quiet: bool) -> None:
    options = PlayOptions(quiet=quiet, seed=3)
    status, text = played(files, None, options)
    assert status == 1
    assert "right.session: 1 commands, all as written\n" in text
    assert "failing.sh: the script ended with 3\n" in text
    assert played(files, partial(work, jobs=2), options) == (status, text)
    with ThreadPoolExecutor(3) as executor:
        assert played(files, by(executor), options) == (status, text)


def by(executor: Executor) -> Work:
    return partial(work, executor=executor)


def test_what_comes_before_a_file_that_cannot_be_played_is_written(files: list[Path], tmp_path: Path) -> None:
    endless = tmp_path / "endless.session"
    endless.write_text("$ while :; do :; done\n", "utf-8")
    for way in (None, partial(work, jobs=2)):
        text: list[str] = []
        with pytest.raises(BudgetExceeded, match="more than 1000 steps"):
            run_files([files[0], endless, files[3]], text.append, PlayOptions(budget=Budget(steps=1000)), work=way)
        assert "right.session: 1 commands, all as written\n" in "".join(text)
        assert "network.session" not in "".join(text)


def test_each_file_is_told_of(files: list[Path]) -> None:
    told: list[tuple[int, int]] = []
    run_files(files, str, work=partial(work, jobs=2), progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_files_are_fetched_from_one_machine_only(files: list[Path]) -> None:
    with pytest.raises(UsageError, match="no --jobs with --fetch"):
        played(files, partial(work, jobs=2), PlayOptions(fetch=("/etc/hosts",)))


def test_the_output_of_a_program_is_that_of_its_file(files: list[Path], tmp_path: Path) -> None:
    script = tmp_path / "net.py"
    script.write_text(MININET, "utf-8")
    _, text = played([script, files[0]], partial(work, jobs=2))
    assert text.index("lost: 0.0\n") < text.index("right.session")
    with ThreadPoolExecutor(2) as executor, pytest.raises(UsageError, match="no threads"):
        played([script, files[0]], by(executor))

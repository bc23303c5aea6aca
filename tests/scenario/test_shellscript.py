"""Shell scripts are run whole, wherever a scenario is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
from vnetsim.errors import UsageError
from vnetsim.failures import IncompleteLab
from vnetsim.lab import Lab
from vnetsim.scenario.build import load, play_text
from vnetsim.scenario.checkpoint import load_checkpoint
from vnetsim.scenario.script import ScenarioScript
from vnetsim.scenario.shellscript import commands_of, is_run_whole, is_shell_script
from vnetsim.verify.plan import from_script

SCRIPT = """\
#!/usr/bin/env bash
set -e
spaces=(red blue)
cable() {
    sudo ip link add "$1" type veth peer name eth0 netns "$1"
}
for space in "${spaces[@]}"; do
    sudo ip netns add "$space"
    cable "$space"
done
echo "END"
ip netns list | wc -l
"""


@pytest.mark.parametrize(
    ("first", "whole"),
    [
        ("#!/bin/bash", True), ("#!/bin/sh -e", True), ("#! /usr/bin/env bash", True),
        ("#!/usr/bin/env -S bash -x", True),
        ("#!/usr/bin/python3", False), ("# bash", False), ("bash", False), ("#!/usr/bin/fish", False), ("", False),
    ],
)  # fmt: skip
def test_the_first_line_says_whether_a_shell_runs_it(first: str, whole: bool) -> None:
    assert is_shell_script(f"{first}\ntrue\n") is whole


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("NET=10.0.0", True), ("DENY='-j DROP'  # all", True),
        ('export A="x y"', True), ("v=$(ip link | head -1)", True),
        ("set -e", True), ("cd /tmp", True), (". ./lib.sh", True), ("add() { ip link add $1; }", True),
        ("for n in a b; do", True), ("if true; then", True), ("ip link add va type veth \\\\", True),
        ("cat >x <<EOF", True),
        ("PATH=/nosuch ip link", False), ("PATH=/usr/bin; command -v ip", True), ("ip link set lo up", False),
        ("((n++))", True), ("read x", True), ("eval ip link", True), ("for n in a b; do ip netns add $n; done", False),
        ("echo a=b", False), ("settle", False), ("X=1\n@stop", False), ("cat <<E\n@ IN SOA a b 1 2 3 4 5\nE", True),
    ],
)  # fmt: skip
def test_a_line_for_those_behind_it_makes_a_script_run_whole(line: str, whole: bool) -> None:
    assert is_run_whole(f"# a lab\n{line}\ntrue\n") is whole


def test_variables_of_a_script_that_names_no_shell_have_their_values(tmp_path: Path) -> None:
    script = tmp_path / "setup.sh"
    script.write_text("deny='-j DROP'\niptables -A INPUT -s 10.0.0.1 $deny\n", "utf-8")
    assert "-A INPUT -s 10.0.0.1/32 -j DROP" in load(script).run("iptables -S INPUT").stdout.splitlines()


def test_it_is_written_and_run_by_two_commands_that_need_nothing_else() -> None:
    put, run = commands_of("dir/my setup.sh", SCRIPT + "END\n")
    assert put.startswith("cat >/tmp/my_setup.sh <<'END1'\n#!/usr/bin/env bash\n")
    assert run == "bash /tmp/my_setup.sh"
    lab = Lab(docker=False)
    assert lab.run(put).exit_code == 0
    assert lab.run(run).stdout == "END\n2\n"


def test_options_of_the_first_line_count() -> None:
    assert commands_of("-", "#!/bin/sh -e\nfalse\n")[1] == "sh -e /tmp/script.sh"


def test_questions_are_asked_of_what_it_leaves_behind(tmp_path: Path) -> None:
    path = tmp_path / "setup.sh"
    path.write_text(SCRIPT)
    assert load(path).machine.named_namespaces() == ["blue", "red"]
    assert [act.line for act in from_script("setup.sh", SCRIPT).acts] == list(commands_of("setup.sh", SCRIPT))  # type: ignore[union-attr]
    assert ScenarioScript.load(str(path)).lines == commands_of(str(path), SCRIPT)


def test_there_are_no_moments_in_it(tmp_path: Path) -> None:
    path = tmp_path / "setup.sh"
    path.write_text(SCRIPT)
    with pytest.raises(UsageError, match="a shell script is run whole"):
        load_checkpoint(f"{path}@3")


@pytest.mark.parametrize(("last", "status", "said"), [("true", 0, ""), ("exit 7", 1, "the script ended with 7\n")])
def test_run_shows_what_it_prints(last: str, status: int, said: str, tmp_path: Path) -> None:
    path = tmp_path / "setup.sh"
    path.write_text(f"{SCRIPT}{last}\n")
    answer = CliRunner().invoke(main, ["run", str(path)])
    assert (answer.exit_code, answer.output.removesuffix(f"{path}: {said}" * bool(said))) == (status, "END\n2\n")


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("setup.sh", 1, "red\n{path}: the script ended with 3\n"),
        ("setup", 2, "vnetsim: {path}: there is no command in this file: no ```console block holds a `$ ` line\n"),
    ],
)
def test_run_takes_a_script_that_names_no_shell_by_the_name_of_its_file(
    name: str, status: int, said: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text("ip netns add red\nfor space in $(ip netns); do\n    echo $space\ndone\nexit 3\n")
    answer = CliRunner().invoke(main, ["run", str(path)])
    assert (answer.exit_code, answer.output) == (status, said.format(path=path))


def test_a_script_that_failed_gets_no_answer() -> None:
    with pytest.raises(IncompleteLab, match=r"cut\.sh: `sh /tmp/cut\.sh` ended with 2: /tmp/cut\.sh: 4: Syntax error"):
        play_text("cut.sh", "#!/bin/sh\nip netns add red\nif true; then\n")


@pytest.mark.parametrize(("first", "place"), [("", "a.sh:1"), ("#!/bin/sh\n", "a.sh"), ("$ ", "a.session:1")])
def test_what_is_not_modelled_of_a_scenario_gets_no_answer(first: str, place: str) -> None:
    name = "a.session" if first == "$ " else "a.sh"
    text = f"{first}ip link add team0 type team\n"
    with pytest.raises(IncompleteLab, match=rf"{place}: `ip link add .*: vnetsim: not modelled: devices of type team"):
        play_text(name, text)
    assert len(play_text(name, text, incomplete=True).failures) == 1


def test_lines_that_need_one_shell_are_not_played_each_in_its_own() -> None:
    with pytest.raises(UsageError, match="lab: its lines need one shell"):
        play_text("lab", "DENY='-j DROP'\n@sleep 1\niptables -A INPUT $DENY\n")


def test_what_fails_in_the_background_at_the_end_counts(tmp_path: Path) -> None:
    script = tmp_path / "lab.sh"
    script.write_text("ip link add x type bogus &\n", "utf-8")
    ran = CliRunner().invoke(main, ["run", str(script)])
    assert ran.exit_code == 1
    assert "lab.sh:1: `ip link add x type bogus` ended with 2" in ran.stdout

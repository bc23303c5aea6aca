"""Sessions and scripts held against the real kernel, by the command that users type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.real import kernel_session, machine
from vnetsim import Lab
from vnetsim.cli import main
from vnetsim.scenario import differences, load, play
from vnetsim.scenario.compare import report
from vnetsim.verify.outcome import feature
from vnetsim.verify.plan import from_lines, from_script, needs, possible, programs, read
from vnetsim.verify.scenarios import verify_all

ROOT = Path(__file__).parent.parent.parent
FOUND = sorted((Path(__file__).parent / "found").glob("*.session"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_was_found_once_is_as_it_was_found(path: Path) -> None:
    document = load(path)
    assert (
        report(document, differences(document, play(document, Lab(docker=False, without=["bridge_vlan_filtering"]))))
        == ""
    )


def test_what_was_found_once_is_as_on_the_real_kernel() -> None:
    with kernel_session() as kernel:
        machine(kernel, "ping", "nc")
    _, outcomes = verify_all([read(path) for path in FOUND], jobs=4)
    assert {outcome.name: [step.command for step in outcome.differences] for outcome in outcomes} == {
        str(path): [] for path in FOUND
    }


def test_a_difference_is_shown_with_both_sides_and_the_exit_status_is_1(tmp_path: Path) -> None:
    kernel_session().close()
    script = tmp_path / "differs.sh"
    script.write_text("ip link\nuname -s | tr a-z A-Z; echo $BASHPID | grep -c 1234567\n")
    (tmp_path / "same.session").write_text("$ ip link\n")
    same = CliRunner().invoke(main, ["verify", str(tmp_path / "same.session")])
    assert (same.exit_code, "no difference" in same.output) == (0, True)
    script.write_text("ip link\ncat /proc/version | wc -c\n")
    differs = CliRunner().invoke(main, ["verify", "--json", "--incomplete", str(script)])
    report = json.loads(differs.output)
    assert differs.exit_code == (1 if report["scenarios"][0]["same"] == 1 else 0)
    assert set(report["versions"]) >= {"kernel", "bash"}
    assert [step["feature"] for step in report["scenarios"][0]["steps"]] == ["links", "other"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuch.sh"], "nosuch.sh: there is no such file"),
        ([], "expected scenarios, or --campaign and how many random ones to play"),
        (["x.sh"], "x.sh:2: expected `@capture NAMESPACE DEVICE`, `@stop` or `@sleep SECONDS`, found '@nonsense'"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.sh").write_text("ip link\n@nonsense\n")
    result = CliRunner().invoke(main, ["verify", *arguments])
    assert (result.exit_code, result.output) == (2, f"vnetsim: {words}\n")


# --- plans -----------------------------------------------------------------------------------------------------------


def test_commands_whose_program_is_not_there_are_skipped_by_name() -> None:
    plan = from_lines("x", ("ip link", "ip netns exec a nc -z 10.0.0.1 1", "echo nc", "ping -c 1 10.0.0.1 | grep x"))
    assert programs(plan) == ("ip", "nc", "echo", "ping", "grep")
    left = possible(plan, frozenset({"nc", "ping"}))
    assert left.commands == ("ip link", "echo nc")
    assert [reason for _, reason in left.skipped] == ["this machine has no nc", "this machine has no ping"]


def test_what_a_command_that_is_left_out_would_have_written_nobody_reads() -> None:
    lines = ("ping -c 1 ::1 > /tmp/seen", "grep -o time /tmp/seen > /tmp/found", "cat /tmp/found", "cat /tmp/other")
    left = possible(from_lines("x", lines), frozenset({"ping"}))
    assert left.commands == ("cat /tmp/other",)
    assert [reason for _, reason in left.skipped] == [
        "this machine has no ping",
        "it needs /tmp/seen, which was not written",
        "it needs /tmp/found, which was not written",
    ]


def test_what_takes_too_long_is_not_waited_for() -> None:
    left = possible(from_script("x", "ip link\n@sleep 3\n@sleep 900\nip link\n"), frozenset())
    assert left.commands == ("ip link",)
    assert left.skipped == (("all after a pause of 900 s", "it takes more than 120 s in all"),)


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("ip link add link eth0 name eth0.5 type vlan id 5", "vlan"),
        ("tc qdisc add dev eth0 root netem delay 1ms", "netem"),
        ("tc qdisc add dev eth0 root tbf rate 1mbit", None),
        ("ip link add vlan type veth", None),
    ],
)
def test_what_the_kernel_lacks_is_named(line: str, missing: str | None) -> None:
    assert needs(line, frozenset({"vlan", "netem"})) == missing


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("ip -n a -s addr", "addresses"),
        ("ip netns exec a ip route get 10.0.0.1", "routes"),
        ("ip -n b neigh", "neighbours"),
        ("ip netns exec a iptables -S", "netfilter"),
        ("ip netns exec a ping -c 1 10.0.0.2", "reachability"),
        ("bridge fdb show br br0", "bridges"),
        ("ip netns add a", "namespaces"),
        ("docker network create x", "Docker"),
    ],
)
def test_steps_are_grouped_by_what_they_are_about(line: str, about: str) -> None:
    assert feature(line) == about

"""A scenario that runs over its budget ends with one sentence, wherever it is played."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.machines import pair
from vnetsim import Lab
from vnetsim.budget import Budget, Meter
from vnetsim.cli import main
from vnetsim.errors import BudgetExceeded, UsageError

SMALL = Budget(
    steps=20_000, string_bytes=100_000, file_bytes=100_000, output_bytes=100_000, frames=2_000, processes=50, devices=20
)

#: What exceeds which limit.
GREEDY = [
    ("echo {1..9999999}", "string_bytes"), ("echo {429496729..3}", "string_bytes"),
    ("echo {a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", "string_bytes"),
    ("printf '%1000000000d' 1", "string_bytes"), ("printf '%.*f' 99999999999 1", "string_bytes"),
    ("printf '%5000s' {1..100}", "string_bytes"), ("x=x; while :; do x=$x$x; done", "string_bytes"),
    ("x=x; while :; do x+=$x; done", "string_bytes"), ("a=(1); while :; do a+=(${a[@]}); done", "string_bytes"),
    ("while :; do set -- $@ $@ x; done", "string_bytes"),
    ("x=aaaaaaaaaa; for i in 1 2 3 4 5 6; do x=${x//a/$x}; done", "string_bytes"),
    ("for ((i = 0; ; i++)); do eval x$i=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", "string_bytes"),
    ("seq 1000000000", "string_bytes"), ("yes $(printf %1000s | tr ' ' x) | xargs echo", "string_bytes"),
    ("while :; do printf %1000s x >>/tmp/f; done", "file_bytes"), ("while :; do printf %1000s x; done", "output_bytes"),
    ("awk 'BEGIN {while (1);}'", "steps"), ("awk 'BEGIN {for (;;) a[i++]}'", "string_bytes"),
    ("awk 'BEGIN {x = 1; for (;;) x = x x}'", "string_bytes"),
    ("while :; do :; done", "steps"), ("f() { f & f & }; f; sleep 1", "processes"),
    ("head -c 10000000000 /dev/zero | wc -c", "string_bytes"), ("while :; do ip link add type veth; done", "devices"),
    ("i=0; while :; do ip netns add n$((i++)); done", "devices"),
    ("f() { [ $1 = 0 ] || { f $(($1-1)); f $(($1-1)); }; }; f 30", "steps"), ("ping -f -q 127.0.0.1", "frames"),
    ("while :; do ping -c 1 127.0.0.1 >/dev/null; done", "frames"),
]  # fmt: skip
SENTENCES = {
    "steps": "more than 20000 steps of simulation",
    "processes": "more than 50 processes at the same time",
    "string_bytes": "more than 100000 bytes in the strings of one process",
    "file_bytes": "more than 100000 bytes in files",
    "output_bytes": "more than 100000 bytes of output",
    "frames": "more than 2000 frames",
    "devices": "more than 20 devices at the same time",
}


@pytest.mark.parametrize(("line", "limit"), GREEDY)
def test_a_command_line_that_takes_too_much_is_ended(line: str, limit: str) -> None:
    lab = Lab(docker=False, budget=SMALL)
    lab.run("ip link set lo up")
    with pytest.raises(BudgetExceeded) as ended:
        lab.run(line)
    assert str(ended.value) == f"the scenario ran over its budget: {SENTENCES[limit]}"


def test_frames_are_counted_over_all_command_lines() -> None:
    lab = Lab(docker=False, budget=Budget(frames=100))
    lab.run("ip link set lo up")
    for _ in range(20):
        assert lab.run("ping -c 2 127.0.0.1")
    with pytest.raises(BudgetExceeded, match="more than 100 frames"):
        lab.run("ping -c 30 -i 0.01 127.0.0.1")


def test_a_loop_without_end_reaches_the_time_limit_before_70_000_turns() -> None:
    result = Lab(docker=False).run("while :; do echo; done")
    assert result.exit_code == 124
    assert 50_000 < len(result.stdout) < 70_000


def test_50_000_turns_are_no_loop_without_end() -> None:
    result = Lab(docker=False).run("for ((i = 0; i < 50000; i++)); do :; done; echo $i")
    assert (result.exit_code, result.stdout) == (0, "50000\n")


def test_what_is_gone_is_not_counted() -> None:
    lab = Lab(docker=False, budget=SMALL)
    for _ in range(15):
        assert lab.run("ip netns add a; ip link add v type veth peer name w netns a; ip netns del a")
    for _ in range(3):
        assert lab.run("ip netns add a; ip link add v type veth peer name w netns a; rm -f /tmp/f; seq 1000 >/tmp/f")
        lab.run("reboot")


def test_nothing_is_answered_after_that() -> None:
    lab = Lab(docker=False, budget=SMALL)
    with pytest.raises(BudgetExceeded):
        lab.run("while :; do :; done")
    with pytest.raises(BudgetExceeded, match="steps"):
        lab.run("echo hello")
    with pytest.raises(BudgetExceeded, match="steps"):
        lab.sleep(1)
    with pytest.raises(BudgetExceeded, match="steps"):
        lab.why("host", "127.0.0.1")


def test_a_program_cannot_hide_it() -> None:
    lab = Lab(docker=False, budget=SMALL)
    with pytest.raises(BudgetExceeded):
        lab.run("(seq 1000000000) 2>/dev/null || true; echo fine")


def test_a_lab_that_stays_within_its_budget_is_the_same_with_any() -> None:
    line = "for i in 1 2 3; do ping -c 2 127.0.0.1; done"
    assert Lab(budget=Budget(steps=10_000, wall_seconds=10_000)).run(line) == Lab().run(line)


def test_the_clock_is_looked_at_every_few_thousand_steps() -> None:
    seconds = iter(range(1000))
    meter = Meter(Budget(wall_seconds=2.5), clock=lambda: float(next(seconds)))
    assert meter.begin_run()
    meter.charge_steps(5000)
    meter.charge_steps(10)
    meter.charge_steps(5000)
    with pytest.raises(BudgetExceeded, match=r"more than 2\.5 seconds of the wall clock"):
        meter.charge_steps(5000)


def test_events_are_counted_on_when_the_budget_is_renewed() -> None:
    meter = Meter(Budget())
    meter.charge_steps(5)
    meter.charge_frames(2)
    meter.renew()
    meter.charge_steps(1)
    assert meter.events == 8


@pytest.mark.parametrize("setting", ["stepz=1", "steps", "steps=x", "steps=0", "steps=-1", "wall_seconds=nan", "=1"])
def test_what_is_no_limit_is_refused(setting: str) -> None:
    with pytest.raises(UsageError, match="expected"):
        Budget.parse((setting,))


COMMANDS = [["run"], ["why", None, "host", "127.0.0.1"], ["reach"], ["check", None, "POLICY"]]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_ends_with_the_sentence_and_2(words: list[str | None], tmp_path: Path) -> None:
    session = tmp_path / "greedy.session"
    session.write_text("$ while :; do :; done\n", "utf-8")
    (tmp_path / "p.policy").write_text("* -> *: icmp\n", "utf-8")
    line = [str(session) if word is None else word for word in words]
    line = [str(tmp_path / "p.policy") if word == "POLICY" else word for word in line]
    result = CliRunner().invoke(main, [*line, *([] if None in words else [str(session)]), "--budget", "steps=5000"])
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == (
        "vnetsim: the scenario ran over its budget: more than 5000 steps of simulation"
    )


def test_the_plugin_ends_with_the_sentence(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from vnetsim import Lab
        from vnetsim.budget import Budget

        def test_it():
            Lab(budget=Budget(steps=5000)).run("while :; do :; done")
        """
    )
    result = pytester.runpytest_subprocess()
    result.stdout.fnmatch_lines(["*BudgetExceeded: the scenario ran over its budget: more than 5000 steps*"])


def test_a_lab_keeps_nothing_of_a_command_but_its_entry_in_the_journal() -> None:
    lab = pair()
    line = "ip netns exec a ping -c 1 10.0.0.2"

    def objects() -> int:
        for _ in range(200):
            assert lab.run(line)
        gc.collect()
        return len(gc.get_objects())

    objects()
    before = objects()
    assert objects() - before < 200 * 3


def test_a_storm_ends_with_the_frame_that_is_too_many() -> None:
    lab = Lab(docker=False, budget=Budget(frames=1000))
    for line in (
        "ip link add one type bridge", "ip link add two type bridge", "ip link set one up", "ip link set two up",
        *(f"ip link add v{n} master one type veth peer name w{n}" for n in (1, 2)),
        *(f"ip link set w{n} master two" for n in (1, 2)),
        "ip link set v1 up; ip link set w1 up", "ip link set v2 up",
    ):  # fmt: skip
        assert lab.run(line), line
    with pytest.raises(BudgetExceeded, match="more than 1000 frames"):
        lab.run("ip link set w2 up; sleep 60")
    assert lab.meter.frames_left == -1

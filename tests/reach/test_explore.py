"""Holes are found, and what is found has nothing in it that could be left out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from vnetsim.cli import main
from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.reach.check import check
from vnetsim.reach.explore import Found, explore
from vnetsim.reach.moves import KINDS, possible
from vnetsim.reach.policy import Policy
from vnetsim.reach.shrink import shrunk
from vnetsim.reach.stage import Stage
from vnetsim.scenario import differences, parse, play
from vnetsim.strategies import LabMachine

APART = (
    "docker network create front",
    "docker network create --internal back",
    "docker run -d --name web --network front nginx",
    "docker run -d --name db --network back postgres",
    "docker run -d --name other --network back alpine",
)
ROUTED = (
    "ip netns add left", "ip netns add right",
    "ip link add eth0 netns left type veth peer name pl",
    "ip link add eth0 netns right type veth peer name pr",
    "ip addr add 10.0.1.1/24 dev pl", "ip addr add 10.0.2.1/24 dev pr",
    "ip -n left addr add 10.0.1.2/24 dev eth0", "ip -n right addr add 10.0.2.2/24 dev eth0",
    "ip link set pl up", "ip link set pr up", "ip -n left link set eth0 up", "ip -n right link set eth0 up",
    "ip -n left route add default via 10.0.1.1", "ip -n right route add default via 10.0.2.1",
    "sysctl -w net.ipv4.ip_forward=1",
    "ip netns add unused",
)  # fmt: skip

#: What is planted: a scenario, a rule that holds in it, moves that are allowed, the fewest steps that break it.
HOLES = {
    "connected": (APART, "web !-> db", ("connect",), 1),
    "disconnected": ((*APART, "docker network connect back web"), "web -> db: tcp/5432", ("disconnect",), 1),
    "two locks": (
        (*ROUTED[:-2], "iptables -A FORWARD -s 10.0.1.0/24 -j DROP", "iptables -A INPUT -s 10.9.9.9 -j DROP"),
        "left !-> right", ("firewall",), 2,
    ),
    "unrouted": (ROUTED, "left -> right", ("firewall", "link"), 1),
    "moved": (
        ("docker run -d --name one alpine", "docker run -d --name two alpine", "docker run -d --name web nginx",
         "iptables -I DOCKER-USER -s 172.17.0.2 -j DROP"),
        "one !-> web: tcp/80", ("stop", "start"), 4,
    ),
}  # fmt: skip


def find(hole: str) -> tuple[Stage, Found]:
    lines, rule, kinds, steps = HOLES[hole]
    stage = Stage(name=hole, lines=lines)
    found = explore(stage, Policy.of(rule), steps=steps + 2, examples=60, seed=3, kinds=kinds, jobs=1)
    assert found is not None
    return stage, found


@pytest.mark.parametrize("hole", HOLES)
def test_a_planted_hole_is_found_and_none_of_its_steps_can_be_left_out(hole: str) -> None:
    stage, found = find(hole)
    policy = Policy.of(HOLES[hole][1])
    assert HOLES[hole][3] <= len(found.moves) <= HOLES[hole][3] + 1
    assert not check(stage.play([*found.scenario, *found.moves]), policy, lenient=True, explained=False)
    for place in range(len(found.moves)):
        fewer = [*found.moves[:place], *found.moves[place + 1 :]]
        lab = stage.play([*found.scenario, *fewer])
        assert check(lab, policy, lenient=True, explained=False), f"{found.moves[place]} can be left out"


def test_what_is_found_is_a_session_that_comes_out_as_written() -> None:
    _, found = find("connected")
    document = parse("found.session", found.session)
    assert differences(document, play(document, Lab())) == ()
    typed = [command.text for command in document.commands]
    assert typed[-1].startswith("docker exec web ")
    assert "docker run -d --name other --network back alpine" not in typed


def test_whoever_does_the_work_finds_the_same() -> None:
    lines, rule, kinds, _ = HOLES["connected"]
    stage = Stage(name="x", lines=lines)
    with ThreadPoolExecutor(2) as pool:
        one = explore(stage, Policy.of(rule), steps=3, examples=8, seed=3, kinds=kinds, executor=pool)
    other = explore(stage, Policy.of(rule), steps=3, examples=8, seed=3, kinds=kinds, jobs=1)
    assert one is not None
    assert other is not None
    assert one.session == other.session


def test_a_scenario_that_breaks_the_rule_by_itself_is_told() -> None:
    found = explore(Stage(name="x", lines=APART[:4]), Policy.of("web -> db: tcp/5432"), jobs=1)
    assert found is not None
    assert (found.moves, found.example) == ((), -1)


def test_a_kind_of_move_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match=r"expected moves of the kinds connect, .*, found 'teleport'"):
        explore(Stage(name="x", lines=APART), Policy.of("web !-> db"), kinds=["teleport"])


def test_every_kind_of_move_can_be_typed() -> None:
    lab = Lab()
    for line in (*APART, *ROUTED, "docker stop other", "iptables -A FORWARD -s 10.9.9.9/32 -j DROP"):
        assert lab.run(line), line
    kinds = {move.kind for move in possible(lab)}
    assert set(KINDS) - kinds <= {"engine", "reboot"}
    assert ("iptables -D FORWARD -s 10.9.9.9/32 -j DROP",) in [move.lines for move in possible(lab, ["firewall"])]


@given(st.lists(st.integers(0, 9), max_size=12), st.sets(st.integers(0, 9), max_size=3))
def test_shrinking_leaves_what_is_needed_and_nothing_else(items: list[int], needed: set[int]) -> None:
    wanted = needed & set(items)
    assert sorted(shrunk(items, lambda some: wanted <= set(some))) == sorted(wanted)


# --- the command, and the machine ------------------------------------------------------------------------------------


def test_explore_ends_with_1_and_a_session(tmp_path: Path) -> None:
    scenario, policy, output = tmp_path / "s.session", tmp_path / "p", tmp_path / "out.session"
    scenario.write_text("".join(f"$ {line}\n" for line in APART))
    policy.write_text("web !-> db: icmp\n")
    words = ["explore", str(scenario), str(policy), "--steps", "1", "--examples", "4", "--jobs", "1", "-o", str(output)]
    result = CliRunner().invoke(main, [*words, "--moves", "connect"])
    assert result.exit_code == 1
    assert "1 step breaks it, and none of them can be left out" in result.stdout
    assert CliRunner().invoke(main, ["run", "--quiet", str(output)]).exit_code == 0
    assert CliRunner().invoke(main, ["check", str(output), str(policy)]).exit_code == 1
    policy.write_text("web -> 172.18.0.2: tcp/80\n")
    again = CliRunner().invoke(main, [*words, "--moves", "restart", "--quiet"])
    assert again.exit_code in (0, 1)


class Shop(LabMachine):
    setup = APART
    policy = Policy.of("web !-> db: icmp")
    kinds = ("connect", "restart")


def test_the_machine_shrinks_to_the_smallest_session(tmp_path: Path) -> None:
    path = tmp_path / "shop.session"
    machine = type("Machine", (Shop,), {"session": path})
    quick = settings(max_examples=5, stateful_step_count=2, deadline=None, database=None, derandomize=True,
                     phases=[Phase.generate, Phase.shrink])  # fmt: skip
    with pytest.raises(AssertionError, match="web reaches db at icmp, and must not"):
        run_state_machine_as_test(machine, settings=quick)
    typed = [command.text for command in parse("shop.session", path.read_text("utf-8")).commands]
    assert len(typed) == len(APART) + 1
    assert typed[-1].startswith("docker network connect ")

"""Holes are found, and what is found has nothing in it that could be left out; where there is none, none is found."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from vnetsim.budget import Budget
from vnetsim.cli import main
from vnetsim.errors import UsageError
from vnetsim.failures import Failure, NoAnswer
from vnetsim.lab import Lab
from vnetsim.reach.exploration.examples import ScenarioLab
from vnetsim.reach.exploration.explore import explore
from vnetsim.reach.exploration.explored import Exploration, Found
from vnetsim.reach.exploration.mutations import Mutation
from vnetsim.reach.policies.check import check
from vnetsim.reach.policies.policy import Policy
from vnetsim.reach.policies.status import Status
from vnetsim.reports.exploration import as_json, text
from vnetsim.scenario import differences, parse, play
from vnetsim.scenario.script import ScenarioScript
from vnetsim.strategies import LabMachine

APART = (
    "docker network create front",
    "docker network create --internal back",
    "docker run -d --name web --network front nginx",
    "docker run -d --name db --network back -e POSTGRES_PASSWORD=secret postgres",
    "docker run -d --name other --network back alpine sleep infinity",
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
LOCK = "iptables -A FORWARD -s 10.0.1.0/24 -j DROP"
#: Two bridges of the host, and two cables between them, of which one is not plugged in.
LOOP = (
    "ip link add one type bridge", "ip link add two type bridge", "ip link set one up", "ip link set two up",
    "ip link add v1 type veth peer name v2", "ip link add v3 type veth peer name v4",
    "ip link set v1 up master one", "ip link set v2 up master two", "ip link set v3 up master one",
    "ip link set v4 master two", "ip addr add 10.9.0.1/24 dev one",
)  # fmt: skip

#: What is planted: a scenario, a rule that holds in it, moves that are allowed, the fewest steps that break it.
HOLES = {
    "connected": (APART, "web !-> db", ("connect",), 1),
    "disconnected": ((*APART, "docker network connect back web"), "web -> db: tcp/5432", ("disconnect",), 1),
    "two locks": ((*ROUTED[:-2], LOCK, "iptables -A INPUT -s 10.9.9.9 -j DROP"), "left !-> right", ("firewall",), 2),
    "unrouted": (ROUTED, "left -> right", ("firewall", "link"), 1),
    "order": ((*ROUTED, LOCK, "iptables -A FORWARD -i pl -j ACCEPT"), "left !-> right", ("firewall",), 1),
    "gateway gone": (ROUTED, "left -> right", ("route",), 1),
    "rebooted": ((*ROUTED[:-2], "iptables -A INPUT -i pl -j DROP"), "left !-> host: icmp", ("reboot",), 1),
    "swapped": (
        ("docker run -d --name one alpine sleep infinity", "docker run -d --name two alpine sleep infinity",
         "docker run -d --name web nginx", "iptables -I DOCKER-USER -s 172.17.0.2 -j DROP"),
        "one !-> web: tcp/80", ("restart",), 2,
    ),
}  # fmt: skip

#: Scenarios and rules that no such move breaks.
TIGHT = {
    "connected": (APART, "web !-> db", ("connect", "run", "move")),
    "reconnected": (APART, "other -> db: tcp/5432", ("connect", "restart", "run")),
    "accepted": ((*ROUTED, "iptables -P FORWARD DROP"), "left !-> right", ("link", "route")),
    "two locks": ((*ROUTED, LOCK, "iptables -A FORWARD -i pl -o pr -j DROP"), "left !-> right", ("reboot", "nat")),
    "cables": (ROUTED[:-2], "left -> host: icmp", ("reboot",)),
    "isolated": (APART, "web !-> db", ("engine", "restart", "network", "nat", "route")),
}


def explored(lines: tuple[str, ...], rule: str, kinds: tuple[str, ...], *, steps: int = 2, examples: int = 60,
             wide: bool = False, most: int = 5, jobs: int = 1) -> Exploration:  # fmt: skip
    script = ScenarioScript(name="x", lines=lines)
    return explore(script, Policy.of(*rule.splitlines()), steps=steps, examples=examples, seed=3, kinds=kinds,
                   wide=wide, most=most, jobs=jobs)  # fmt: skip


@cache
def find(hole: str) -> tuple[ScenarioScript, Found]:
    lines, rule, kinds, steps = HOLES[hole]
    found = explored(lines, rule, kinds, steps=steps + 1, wide=True, most=1).found
    assert found
    return ScenarioScript(name=hole, lines=lines), found[0]


@pytest.mark.parametrize("hole", HOLES)
def test_a_planted_hole_is_found_and_none_of_its_steps_can_be_left_out(hole: str) -> None:
    script, found = find(hole)
    policy = Policy.of(HOLES[hole][1])
    assert found.steps == HOLES[hole][3]
    assert not check(script.play([*found.scenario, *found.mutations]), policy, lenient=True, explained=False)
    for place in range(found.steps if found.steps == len(found.mutations) else 1):
        fewer = [*found.mutations[:place], *found.mutations[place + 1 :]]
        lab = script.play([*found.scenario, *fewer])
        assert check(lab, policy, lenient=True, explained=False), f"{found.mutations[place]} can be left out"


@pytest.mark.parametrize("scenario", TIGHT)
def test_where_no_move_breaks_the_rule_nothing_is_found(scenario: str) -> None:
    result = explored(*TIGHT[scenario], examples=16)
    assert not result
    assert result.found == ()
    assert (result.examples, result.exit_status) == (16, 0)


def test_what_is_found_is_a_session_that_comes_out_as_written() -> None:
    _, found = find("connected")
    document = parse("found.session", found.session)
    assert differences(document, play(document, Lab())) == ()
    typed = [command.text for command in document.commands]
    assert typed[-1].startswith("docker run --rm --network container:web busybox ")
    assert "docker run -d --name other --network back alpine sleep infinity" not in typed


def test_the_session_of_a_reboot_has_the_cables_again_and_not_the_rules() -> None:
    _, found = find("rebooted")
    assert found.mutations[0] == "reboot"
    assert "ip link add eth0 netns left type veth peer name pl" in found.mutations
    assert not any(line.startswith(("iptables", "sysctl")) for line in found.mutations)
    document = parse("found.session", found.session)
    assert differences(document, play(document, Lab())) == ()


# --- one after the other ----------------------------------------------------------------------------------------------


def test_the_search_goes_on_to_counter_examples_that_differ() -> None:
    result = explored(ROUTED, "left -> right", ("link", "route"), steps=1, examples=12, most=4)
    assert len({found.cause for found in result.found}) == len(result.found) > 2
    assert [found.steps for found in result.found] == sorted(found.steps for found in result.found)
    kinds = {found.cause[0] for found in result.found}
    assert kinds == {"link", "route"}


def test_the_search_ends_with_the_most_of_each_rule() -> None:
    result = explored(ROUTED, "left -> right\nright -> left", ("link",), steps=1, most=1)
    assert [str(found.rule) for found in result.found] == ["left -> right", "right -> left"]
    assert result.examples < result.wanted
    assert " were not played" in text(result, ["a", "b"])


def test_a_rule_that_is_broken_often_does_not_hide_another_one() -> None:
    result = explored((*ROUTED, LOCK), "right -> host: icmp\nleft !-> right", ("firewall", "link"), steps=2, most=1)
    assert {str(found.rule) for found in result.found} == {"right -> host: icmp", "left !-> right"}


def test_whoever_does_the_work_finds_the_same() -> None:
    lines, rule, kinds, _ = HOLES["unrouted"]
    one, two = (explored(lines, rule, kinds, examples=6, most=2, jobs=jobs) for jobs in (1, 2))
    with ThreadPoolExecutor(2) as pool:
        threads = explore(
            ScenarioScript(name="x", lines=lines),
            Policy.of(rule),
            steps=2,
            examples=6,
            seed=3,
            kinds=kinds,
            executor=pool,
            most=2,
        )
    assert one.found
    assert as_json(one) == as_json(two) == as_json(threads)
    assert text(one, one.found) == text(two, one.found)


def test_a_scenario_that_breaks_a_rule_by_itself_is_told_and_the_others_are_explored() -> None:
    result = explored(ROUTED, "left !-> right\nright -> host: icmp", ("link",), steps=1, most=1)
    assert [(found.steps, found.mutations, found.example) for found in result.found[:1]] == [(0, (), -1)]
    assert [str(found.rule) for found in result.found] == ["left !-> right", "right -> host: icmp"]


def test_a_kind_of_move_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match=r"expected moves of the kinds connect, .*, found 'teleport'"):
        explore(ScenarioScript(name="x", lines=APART), Policy.of("web !-> db"), kinds=["teleport"])


# --- what was not found out -------------------------------------------------------------------------------------------


def test_moves_that_accept_everything_are_told_of_and_not_made() -> None:
    lines = (*ROUTED, LOCK)
    narrow, wide = (
        explored(lines, "left !-> right", ("firewall",), steps=1, examples=16, wide=each, most=3)
        for each in (False, True)
    )
    assert [found.mutations for found in narrow.found] == [("iptables -D FORWARD -s 10.0.1.0/24 -j DROP",)]
    assert {"iptables -F FORWARD", "iptables -I FORWARD -j ACCEPT"} <= {str(mutation) for mutation in narrow.left_out}
    assert ("iptables -I FORWARD -j ACCEPT",) in [found.mutations for found in wide.found]
    assert wide.left_out == ()


def test_a_rule_that_is_vacuous_after_a_move_is_counted() -> None:
    result = explored(APART, "web !-> db", ("stop",), steps=1, examples=3)
    assert (result.exit_status, [count.unproven.status for count in result.counts]) == (0, [Status.VACUOUS])
    assert result.counts[0].after == 2
    assert "after 2 of 3 examples vacuous: " in text(result, [])


def test_a_rule_of_which_there_is_no_answer_after_a_move_is_no_rule_that_holds() -> None:
    script = ScenarioScript(name="loop", lines=LOOP, budget=Budget.parse(("frames=5000",)))
    policy = Policy.of("host !-> 10.9.0.2: icmp")
    result = explore(script, policy, steps=1, examples=6, kinds=["link"], jobs=1)
    assert (result.found, result.exit_status) == ((), 2)
    assert [count.unproven.status for count in result.counts] == [Status.UNKNOWN]
    assert "after 1 of 6 examples unknown: " in text(result, [])


def test_a_rule_that_is_vacuous_before_the_first_move_has_no_answer() -> None:
    with pytest.raises(NoAnswer, match="vacuous"):
        explored(APART, "web !-> db: tcp/81", ("stop",))


def test_a_move_that_the_machine_refuses_is_told() -> None:
    script = ScenarioScript(name="x", lines=ROUTED)
    scenario_lab = ScenarioLab.of(script, script.lines)
    mutations = [Mutation("link", ("ip link set pl down",)), Mutation("link", ("ip link set nobody down",))]
    assert list(scenario_lab.play(mutations, script, scenario_lab.lab)) == [
        Failure(command="ip link set nobody down", status=1, message='Cannot find device "nobody"')
    ]


# --- the command, and the machine ------------------------------------------------------------------------------------


def test_explore_ends_with_1_and_sessions(tmp_path: Path) -> None:
    scenario, policy, output = tmp_path / "s.session", tmp_path / "p", tmp_path / "out.session"
    scenario.write_text("".join(f"$ {line}\n" for line in APART))
    policy.write_text("web !-> db: icmp\n")
    words = ["explore", str(scenario), str(policy), "--steps", "1", "--examples", "4", "--jobs", "1", "-o", str(output)]
    assert CliRunner().invoke(main, [*words, "--moves", "connect"]).exit_code == 0
    assert not output.exists()
    result = CliRunner().invoke(main, [*words, "--moves", "connect", "--wide"])
    assert result.exit_code == 1
    assert "1 step breaks it, and none of them can be left out" in result.stdout
    assert "\r" not in result.output, "progress is for a terminal"
    for path in (output, tmp_path / "out.2.session"):
        assert CliRunner().invoke(main, ["run", "--quiet", str(path)]).exit_code == 0
        assert CliRunner().invoke(main, ["check", str(path), str(policy)]).exit_code == 1
    policy.write_text("web -> 172.18.0.2: tcp/80\n")
    again = CliRunner().invoke(main, [*words, "--moves", "restart", "--quiet"])
    assert again.exit_code in (0, 1)


def test_all_forms_carry_all_counter_examples(tmp_path: Path) -> None:
    scenario, policy = tmp_path / "s.session", tmp_path / "p"
    scenario.write_text("".join(f"$ {line}\n" for line in ROUTED))
    policy.write_text("left -> right\n")
    forms = [tmp_path / "junit.xml", tmp_path / "log.sarif"]
    result = CliRunner().invoke(main, [
        "explore", str(scenario), str(policy), "--steps", "1", "--moves", "link", "--most", "2", "--jobs", "1",
        "--json", "--junit", str(forms[0]), "--sarif", str(forms[1]), "-o", str(tmp_path / "o.session"),
    ])  # fmt: skip
    told = json.loads(result.stdout)
    assert (told["exit_status"], result.exit_code) == (1, 1)
    assert len(told["counterexamples"]) == 2
    junit, sarif = (path.read_text() for path in forms)
    for found in told["counterexamples"]:
        assert found["session"].splitlines()[-1] in junit
    assert len(json.loads(sarif)["runs"][0]["results"]) == 2


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

"""Tasks, checked on labs in which they are done, open, or have no answer."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.lesson.checking import CheckedTask, TaskMark, checked
from vnetsim.lesson.document import parse

PAIR = (
    "ip netns add red",
    "ip netns add blue",
    "ip -n red link add v0 type veth peer name v0 netns blue",
    "ip -n red addr add 10.0.0.1/24 dev v0",
    "ip -n blue addr add 10.0.0.2/24 dev v0",
    "ip -n red link set v0 up",
    "ip -n blue link set v0 up",
)
UNREACHED = "red does not reach blue at icmp, and must (`red -> blue: icmp`)"
ABSENT = "there is no container, namespace or machine 'blue' (there are: host, red)"


def check(condition: str, *commands: str) -> CheckedTask:
    lab = Lab(watch=True)
    for command in commands:
        lab.run(command)
    lab.accept_failures()
    lesson = parse("x.md", f"```task A\n{condition}\n```\n")
    before = lab.now()
    (found,) = checked(lab, lesson, lesson.tasks)
    assert lab.now() == before
    return found


@pytest.mark.parametrize(
    ("condition", "commands", "mark", "sentences"),
    [
        ("red -> blue: icmp", PAIR, TaskMark.DONE, []),
        (
            "red -> blue: icmp",
            PAIR[:-1],
            TaskMark.OPEN,
            [UNREACHED],
        ),
        (
            "red -> blue: icmp",
            PAIR[:1],
            TaskMark.OPEN,
            [ABSENT],
        ),
        ("$ ip netns exec red true", PAIR, TaskMark.DONE, []),
        ("$ ip netns exec red false", PAIR, TaskMark.OPEN, ["`ip netns exec red false` ends with 1"]),
        ("$ ip netns exec red false\n[1]", PAIR, TaskMark.DONE, []),
        ("$ ip netns", PAIR, TaskMark.OPEN, ["`ip netns` prints something"]),
        ("$ ip netns\nred", PAIR, TaskMark.OPEN, ["`ip netns` prints something else than it must"]),
        # Nothing listens: nobody can say that it is protected.
        (
            "red !-> blue: tcp/80",
            PAIR,
            TaskMark.OPEN,
            ["`red !-> blue: tcp/80`: nobody listens at this port of the destination"],
        ),
    ],
)
def test_a_task_is_done_if_all_its_conditions_hold(
    condition: str, commands: tuple[str, ...], mark: TaskMark, sentences: list[str]
) -> None:
    found = check(condition, *commands)
    assert ([each.what for each in found.wrong], found.mark) == (sentences, mark)
    assert found.points == (1 if mark is TaskMark.DONE else 0)


def test_the_reason_is_that_of_the_packet() -> None:
    found = check("red -> blue: icmp", *PAIR, "ip netns exec blue iptables -A INPUT -j DROP")
    assert found.wrong[0].why == "blue, v0: a netfilter rule or policy dropped it (filter INPUT rule 1: -j DROP)"
    assert "INPUT" in found.wrong[0].details


def test_a_rule_of_which_packets_cannot_tell_is_no_answer() -> None:
    rules = ("iptables -P INPUT DROP", "iptables -A INPUT -p tcp --sport 53 -j ACCEPT")
    inside = [f"ip netns exec blue {rule}" for rule in rules]
    found = check("red !-> blue: tcp/80", *PAIR, "ip netns exec blue nc -lk 80 &", *inside)
    assert (found.mark, found.points) == (TaskMark.UNKNOWN, 0)

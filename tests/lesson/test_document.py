"""Lessons as files: their steps, tasks, hints and solutions, and what is refused."""

from __future__ import annotations

import pytest

from vnetsim.errors import UsageError
from vnetsim.lesson.document import Lesson, parse, without_answers
from vnetsim.scenario.document import Command

TEXT = """\
# A cable

```console
$ ip netns add red
```

Your turn.

```task points=2 A cable
red -> host: icmp
$ ip -n red -br link show v1
v1@if3           DOWN
```

```hint
`type veth`
```

```task hidden Nothing else
red !-> host: tcp/22
```

```console solution
$ ip link add v0 type veth peer name v1 netns red
```

Well done.
"""


TASK, CONSOLE = "x.md:1: this task block:", "x.md:1: this console block:"


def lesson(text: str = TEXT) -> Lesson:
    return parse("cable.md", text)


def test_what_follows_a_task_begins_the_next_step() -> None:
    first, last = lesson().steps
    assert [type(part).__name__ for part in first.parts] == ["Prose", "Command", "Prose"]
    assert (len(first.tasks), first.hints, len(first.solution)) == (2, ["`type veth`"], 1)
    assert ([part.text for part in last.parts], last.tasks) == (["Well done."], [])  # type: ignore[union-attr]


def test_a_task_has_points_rules_and_commands() -> None:
    task = lesson().tasks[0]
    assert (task.title, task.points, task.hidden, task.line) == ("A cable", 2, False, 9)
    assert task.policy is not None
    assert [rule.location for rule in task.policy.rules] == ["cable.md:10"]
    assert [(command.text, command.output, command.line) for command in task.commands] == [
        ("ip -n red -br link show v1", ("v1@if3           DOWN",), 11)
    ]


def test_students_get_neither_solutions_nor_hidden_tasks() -> None:
    text = without_answers(lesson())
    found = lesson(text)
    assert "Nothing else" not in text
    assert "veth peer" not in text
    assert [task.title for task in found.tasks] == ["A cable"]
    assert found.steps[0].hints == ["`type veth`"]
    assert [part for step in found.steps for part in step.solution if isinstance(part, Command)] == []


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ("```task\nred -> host: icmp\n```", "x.md:1: this task block: expected its title behind ```task"),
        (
            "```task points=0 A\nred -> host\n```",
            f"{TASK} expected a number from 1 to 999 in 'points=0'",
        ),
        (
            "```task A\n\n```",
            f"{TASK} expected a rule like `web -> db: tcp/5432`, or a command like `$ ip route`",
        ),
        ("```task A\nred => host\n```", "x.md:2: expected `->` or `!->` behind the senders, found '=>'"),
        ("```task A\nred -> host\n", "x.md:1: this task block is not closed: expected a line ```"),
        ("```task A\n$ ip a\nweb -> db: tcp/80\n```", "x.md:3: expected rules before the first command of a task"),
        ("```hint\nno\n```", "x.md:1: this hint block: belongs to a task, and there is none before it"),
        (
            "```console solution\n$ ip a\n```",
            f"{CONSOLE} belongs to a task, and there is none before it",
        ),
        (
            "```task A\nred -> host\n```\n```console answer\n$ ip a\n```",
            "x.md:4: this console block: expected ```console, ```console solution or ```hint, found ```console answer",
        ),
        ("# Nothing\n", "x.md: there is no task in this file: no block begins with ```task"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_with_its_line(block: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse("x.md", block)
    assert str(caught.value) == sentence

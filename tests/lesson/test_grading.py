"""Grading: works of which the mark is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim.lesson.document import Lesson, parse
from vnetsim.lesson.grading import Grade, graded, solution

LESSON = parse(
    "cable.md",
    """\
# A cable

```console
$ ip netns add red
$ ip netns add blue
```

```task points=3 red and blue reach each other
red -> blue: icmp
```

```console solution
$ ip -n red link add v0 type veth peer name v0 netns blue
$ ip -n red addr add 10.0.0.1/24 dev v0
$ ip -n blue addr add 10.0.0.2/24 dev v0
$ ip -n red link set v0 up
$ ip -n blue link set v0 up
```

Now protect blue.

```console
$ ip netns exec blue nc -lk 80 &
$ ip netns exec blue nc -lk 22 &
```

```task No one reaches port 22 of blue
red -> blue: icmp
red !-> blue: tcp/22
```

```task hidden points=2 The web server stays open
red -> blue: tcp/80
```

```console solution
$ ip netns exec blue iptables -A INPUT -p tcp --dport 22 -j DROP
```
""",
)
CABLE = """\
ip -n red link add v0 type veth peer name v0 netns blue
ip -n red addr add 10.0.0.1/24 dev v0
ip -n blue addr add 10.0.0.2/24 dev v0
ip -n red link set v0 up
ip -n blue link set v0 up
"""
DROP = "ip netns exec blue iptables -A INPUT -p tcp"
OTHER = '{"work": 1, "title": "Another", "steps": []}'


def grade(commands: str, tmp_path: Path, lesson: Lesson = LESSON) -> Grade:
    path = tmp_path / "anna.session"
    path.write_text("".join(f"$ {line}\n" for line in commands.splitlines()))
    return graded(lesson, str(path))


def test_the_solution_has_all_points_and_nothing_has_none(tmp_path: Path) -> None:
    assert solution(LESSON).points == LESSON.points == 6
    assert grade("true", tmp_path).points == 0


@pytest.mark.parametrize(
    ("commands", "points"),
    [
        (CABLE, 5),
        (CABLE + f"{DROP} --dport 22 -j DROP\n", 6),
        (CABLE + f"{DROP} -j DROP\n", 4),
        (CABLE + f"{DROP} --dport 22 -j REJECT\n", 6),
        (CABLE + f"{DROP} --dport 23 -j DROP\n", 5),
        (CABLE + "ip netns exec blue iptables -P INPUT DROP\n", 0),
        # Mistakes that were mended count for nothing.
        (f"ip -n red addr add 10.0.0.1/24 dev v9\n{CABLE}ip -n red link set v0 down\nip -n red link set v0 up\n", 5),
        (CABLE.replace("10.0.0.2", "10.0.9.2"), 0),
        (CABLE.rpartition("ip")[0], 0),
    ],
)
def test_a_work_gets_the_points_that_it_deserves(commands: str, points: int, tmp_path: Path) -> None:
    found = grade(commands, tmp_path)
    assert (found.points, found.error) == (points, "")


def test_a_command_that_is_not_modelled_leaves_an_open_task_without_a_mark(tmp_path: Path) -> None:
    found = grade("ip link add x0 type hsr\n", tmp_path)
    assert not found.is_certain
    assert found.error.startswith("no mark: ")
    assert grade(CABLE + f"{DROP} --dport 22 -j DROP\nip link add x0 type hsr\n", tmp_path).points == 6


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        (
            "a.work",
            '{"work": 1, "title": "Another", "steps": []}',
            "this is the work for 'Another', and the lesson is 'A cable'",
        ),
        ("a.work", "no", "a.work: expected the work of a student, which is JSON"),
        ("a.session", "ls\n", "a.session:1: expected a command (`$ ...`), found 'ls'"),
    ],
)
def test_a_file_that_is_no_work_has_no_mark(name: str, text: str, error: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    found = graded(LESSON, str(path))
    assert (found.is_certain, found.error.removeprefix(f"{tmp_path}/")) == (False, error)
    assert not found.is_passed(0)


def test_a_work_without_end_is_interrupted(tmp_path: Path) -> None:
    found = grade("while true; do sleep 1; done\n" + CABLE, tmp_path)
    assert (found.points, found.is_certain) == (5, True)

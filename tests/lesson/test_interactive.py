"""A student at the prompt of a lesson."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim import Lab
from vnetsim.lesson.document import Lesson, parse
from vnetsim.lesson.grading import graded
from vnetsim.lesson.interactive import LessonPrompt
from vnetsim.prompt import converse
from vnetsim.prompt.session import PromptSession

LESSON = parse(
    "cable.md",
    """\
# A cable

```console
$ ip netns add red
```

```task There is a bridge
$ ip -br link show type bridge | grep -c br0
1
```

```hint
`ip link add br0 type bridge`
```

```console solution
$ ip link add br0 type bridge
```

It is down.

```task points=2 red reaches the host
red -> host: icmp
```
""",
)


def played(*lines: str, lesson: Lesson = LESSON) -> tuple[LessonPrompt, list[str]]:
    """What was shown after each line, the first before any."""
    shown: list[str] = []
    session = PromptSession(Lab(watch=True), shown.append)
    prompt = LessonPrompt(lesson, session)
    prompt.begin()
    rest, seen = list(lines), list[str]()

    def ask(_prompt: str) -> str:
        seen.append("".join(shown))
        shown.clear()
        if not rest:
            raise EOFError
        return rest.pop(0)

    converse(session, ask, prompt.run)
    return prompt, seen


def test_the_lesson_stops_at_a_task() -> None:
    _, (seen,) = played()
    assert seen == (
        "# A cable\n\n$ ip netns add red\n\nTask 1 of 2 (1 point): There is a bridge\n"
        "(`check` when it is done, `hint`, `next` to go on without it)\n\n"
    )


def test_it_goes_on_when_the_task_is_done() -> None:
    prompt, seen = played("check", "hint", "hint", "ip link add br0 type bridge", "check")
    assert seen[1].startswith(
        "open: There is a bridge\n  `ip -br link show type bridge | grep -c br0` prints something"
    )
    assert seen[2] == "`ip link add br0 type bridge`\n"
    assert seen[3] == "-1\n+0\n+[1]\n"
    assert seen[5].startswith(
        "done: There is a bridge\nIt is down.\n\n\nTask 2 of 2 (2 points): red reaches the host\n"
    )
    assert not prompt.is_done


def test_next_leaves_a_task_open_and_the_end_counts() -> None:
    prompt, seen = played("next", "solution", "hint", "next", "next")
    assert seen[2] == "vnetsim: solution: this file has none for this step\n"
    assert seen[3] == "red has no address\n" or "no route" in seen[3] or "has no address" in seen[3]
    assert seen[4] == "\nThe end: 0 of 2 tasks done, 0 of 3 points.\n"
    assert seen[5] == "vnetsim: next: this was the last step; `exit` leaves\n"
    assert not prompt.is_done


def test_the_solution_is_shown_and_not_played() -> None:
    _, seen = played("solution", "check")
    assert seen[1] == "$ ip link add br0 type bridge\n"
    assert seen[2].startswith("open")


def test_undo_stays_within_the_step() -> None:
    _, seen = played("ip link add br0 type bridge", "check", "undo", "ip link add x type bridge", "undo", "ip -br link")
    assert seen[3] == "vnetsim: undo: in this step 0 commands were typed\n"
    assert "br0" in seen[6]
    assert "x " not in seen[6]


def test_a_work_that_is_saved_has_the_mark_that_was_shown(tmp_path: Path) -> None:
    path = tmp_path / "anna.work"
    lines = ["bash", "ip link add br0 type bridge", "exit", "check", "ip link set br0 up", "next", f"save {path}"]
    _, seen = played(*lines)
    assert "The end: 1 of 2 tasks done, 1 of 3 points.\n" in seen[6]
    assert seen[7] == f"vnetsim: 4 entries in {path}\n"
    assert graded(LESSON, str(path)).points == 1


@pytest.mark.parametrize("name", ["a.txt", "a.session"])
def test_a_work_has_its_own_suffix(name: str) -> None:
    assert played(f"save {name}")[1][1] == f"vnetsim: save {name}: expected a name that ends in .work\n"


def test_a_lesson_that_ends_with_prose_ends_by_itself() -> None:
    lesson = parse("x.md", "```task A\n$ true\n```\n\nThe end.\n")
    prompt, seen = played("check", lesson=lesson)
    assert seen[1] == "done: A\nThe end.\n\n\nThe end: 1 of 1 tasks done, 1 of 1 points.\n"
    assert prompt.is_done


def test_a_page_is_told_the_step_and_what_check_found() -> None:
    prompt, _ = played()
    assert prompt.progress == {
        "step": 1, "tasks": [{"title": "There is a bridge", "points": 1, "mark": ""}], "over": False,
    }  # fmt: skip
    prompt, _ = played("check", "ip link add br0 type bridge", "check")
    assert [(each["title"], each["mark"]) for each in prompt.progress["tasks"]] == [("red reaches the host", "")]
    assert played("check")[0].progress["tasks"][0]["mark"] == "open"

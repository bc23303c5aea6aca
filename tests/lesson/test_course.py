"""Going through a lesson step by step."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.failures import IncompleteLab
from vnetsim.lesson.checking import TaskMark
from vnetsim.lesson.course import LessonCourse
from vnetsim.lesson.document import parse
from vnetsim.values import define

TASK = "```task A\n$ ip netns list | grep -c red\n1\n```\n```task hidden B\n$ ip netns list | grep -c blue\n1\n```\n"


@define
class Holder:
    lab: Lab


def course(text: str) -> LessonCourse:
    return LessonCourse(parse("x.md", text), Holder(Lab()))


def test_a_step_shows_and_plays_what_comes_before_the_task() -> None:
    shown: list[str] = []
    going = course(f"# A\n\n```console\n$ ip netns add red\n$ ip netns\n```\n\n{TASK}")
    assert going.begin(shown.append) == ()
    assert "".join(shown) == "# A\n\n$ ip netns add red\n$ ip netns\nred\n"
    assert [(each.task.title, each.mark) for each in going.check(hidden=True)] == [
        ("A", TaskMark.DONE),
        ("B", TaskMark.OPEN),
    ]
    assert [each.task.title for each in going.check(hidden=False)] == ["A"]


def test_a_lesson_whose_first_step_fails_is_refused() -> None:
    going = course(f"```console\n$ ip netns del green\n```\n{TASK}")
    with pytest.raises(IncompleteLab, match=r"x\.md:2: `ip netns del green` ended with 1"):
        going.begin()


def test_a_later_step_tells_what_failed_in_it() -> None:
    going = course(f"{TASK}\nNext.\n\n```console\n$ ip -n red link set lo up\n```\n{TASK}")
    assert going.begin() == ()
    going.index += 1
    assert [failure.location for failure in going.begin()] == ["x.md:13"]

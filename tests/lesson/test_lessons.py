"""The lessons that come with vnetsim."""

from __future__ import annotations

from pathlib import Path

import pytest

from vnetsim import Lab
from vnetsim.errors import UsageError
from vnetsim.lesson.checking import TaskMark
from vnetsim.lesson.course import LessonCourse
from vnetsim.lesson.grading import solution
from vnetsim.lesson.lessons import load, paths
from vnetsim.scenario.play import play
from vnetsim.scenario.session import run_files
from vnetsim.values import define

LESSONS = [path.stem for path in paths()]


@define
class Holder:
    lab: Lab


@pytest.mark.parametrize("name", LESSONS)
def test_a_task_is_open_before_its_solution_and_done_after_it(name: str) -> None:
    lesson = load(name)
    course = LessonCourse(lesson, Holder(Lab(lesson.seed, watch=True)))
    for index, step in enumerate(lesson.steps):
        course.index = index
        assert course.begin() == ()
        assert [each.task.title for each in course.check(hidden=True) if each.mark is not TaskMark.OPEN] == []
        play(lesson.document(step.solution), course._holder.lab)
        assert [each.wrong for each in course.check(hidden=True) if each.mark is not TaskMark.DONE] == []


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_prints_what_it_says(name: str) -> None:
    text: list[str] = []
    path = next(path for path in paths() if path.stem == name)
    assert run_files([path], text.append) == 0, "".join(text)[-2000:]


@pytest.mark.parametrize("name", LESSONS)
def test_each_task_has_a_hint_and_a_solution(name: str) -> None:
    for step in load(name).steps:
        assert not step.tasks or (step.hints and step.solution)


@pytest.mark.parametrize("name", ["1", "01", "01-two-namespaces", "two-namespaces"])
def test_a_lesson_is_found_by_its_name_or_number(name: str) -> None:
    assert load(name).title == "Two namespaces and a cable"


def test_a_seed_replaces_that_of_the_lesson() -> None:
    assert (load("1").seed, load("1", 7).seed) == (0, 7)
    assert solution(load("1", 7)).points == load("1").points


def test_a_name_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no lesson 'zero'; there are: 01-two-namespaces"):
        load("zero")
    with pytest.raises(UsageError, match="there is no such file"):
        load(str(tmp_path / "none.md"))

"""Grading: the works of students are played in a lesson, and each task gets its points or the reason why not.

A work is played step by step, as it was typed; each task is checked at the end of its step.  A work
whose title is that of another lesson, or that cannot be read, has no mark.  Nor has one whose commands met what is not
modelled, unless all its tasks are done.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from vnetsim.budget import Budget
from vnetsim.errors import UsageError, VnetsimError
from vnetsim.failures import Failure, FailureKind
from vnetsim.journal import JournalRequest
from vnetsim.lab import Lab
from vnetsim.lesson.checking import CheckedTask, TaskMark
from vnetsim.lesson.course import LessonCourse
from vnetsim.lesson.document import Lesson
from vnetsim.lesson.work import Work, load
from vnetsim.lesson.work import request as request_of
from vnetsim.scenario.document import Command, Pause
from vnetsim.values import define, frozen


@frozen(kw_only=True)
class Grade:
    """What a work is worth; `remarks` are on what that is built, `error` why there is no mark."""

    name: str
    tasks: tuple[CheckedTask, ...] = ()
    remarks: tuple[str, ...] = ()
    error: str = ""
    total: int = 0

    @property
    def points(self) -> int:
        return sum(each.points for each in self.tasks)

    @property
    def is_certain(self) -> bool:
        """Whether it has a mark."""
        return not self.error

    def is_passed(self, percent: int) -> bool:
        """Whether it has at least so many of the points."""
        return self.is_certain and self.points * 100 >= percent * self.total


@define
class _LabHolder:
    lab: Lab


def graded(lesson: Lesson, name: str, budget: Budget | None = None) -> Grade:
    """The grade of a file; what is wrong with the file is its error."""
    grade = Grade(name=name, total=lesson.points)
    try:
        return _marked(grade, lesson, load(name), budget)
    except VnetsimError as error:
        return attrs.evolve(grade, error=str(error))


def solution(lesson: Lesson, budget: Budget | None = None) -> Grade:
    """The grade of the lesson's own solutions; UsageError if the lesson cannot be played."""
    steps = tuple(
        tuple(request_of(part) for part in step.solution if isinstance(part, Command | Pause)) for step in lesson.steps
    )
    work = Work("solution", lesson.title, steps)
    return _marked(Grade(name="solution", total=lesson.points), lesson, work, budget)


def _marked(grade: Grade, lesson: Lesson, work: Work, budget: Budget | None) -> Grade:
    if work.title and work.title != lesson.title:
        raise UsageError(f"this is the work for {work.title!r}, and the lesson is {lesson.title!r}")
    lab = Lab(lesson.seed, watch=True, budget=budget)
    course = LessonCourse(lesson, _LabHolder(lab))
    tasks: list[CheckedTask] = []
    failures: list[Failure] = []
    for index in range(len(lesson.steps)):
        course.index = index
        failures += course.begin()
        lab.shortfall.accepted = True
        since = lab.shortfall.mark()
        for request in _requests(work, index):
            request.replay(lab)
        failures += [each for each in lab.shortfall.since(since) if each.kind is not FailureKind.FAILED]
        lab.shortfall.acknowledge(since)
        tasks += course.check(hidden=True)
    remarks = (*(str(each) for each in failures), *lab.shortfall.assumptions)
    return attrs.evolve(grade, tasks=tuple(tasks), remarks=remarks, error=_doubt(tasks, failures))


def _requests(work: Work, index: int) -> tuple[JournalRequest, ...]:
    """Of the step."""
    return work.steps[index] if index < len(work.steps) else ()


def _doubt(tasks: list[CheckedTask], failures: list[Failure]) -> str:
    unknown = next(_unknown(tasks), "")
    if unknown:
        return unknown
    beyond = [each for each in failures if each.kind is not FailureKind.FAILED]
    missing = any(each.mark is not TaskMark.DONE for each in tasks)
    return f"no mark: {beyond[0]}" if beyond and missing else ""


def _unknown(tasks: list[CheckedTask]) -> Iterator[str]:
    for each in tasks:
        if each.mark is TaskMark.UNKNOWN:
            yield f"no mark: {each.task.title}: {each.wrong[0].what}"

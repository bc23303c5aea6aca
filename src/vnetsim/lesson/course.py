"""A lesson that is gone through on a lab, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs

from vnetsim.failures import Failure
from vnetsim.lab import Lab
from vnetsim.lesson.checking import CheckedTask, checked
from vnetsim.lesson.document import Lesson, LessonStep
from vnetsim.scenario.document import Prose
from vnetsim.scenario.play import Show, play


class HasLab(Protocol):
    """What goes through a lesson: undoing a command gives it another lab."""

    lab: Lab


class LessonCourse:
    """`holder.lab` is the machine; `index` counts the steps, from 0."""

    def __init__(self, lesson: Lesson, holder: HasLab) -> None:
        self.lesson, self.index = lesson, 0
        self._holder = holder

    @property
    def step(self) -> LessonStep:
        return self.lesson.steps[self.index]

    @property
    def is_last(self) -> bool:
        return self.index + 1 == len(self.lesson.steps)

    def begin(self, show: Show | None = None, read: Callable[[str], str] = str) -> tuple[Failure, ...]:
        """Play what comes before the student's turn; what of it failed.  `read`: the prose as it is shown.

        IncompleteLab if that is in the first step, where no student can be the reason.
        """
        lab = self._holder.lab
        before = len(lab.failures)
        parts = [
            attrs.evolve(part, text=read(part.text)) if isinstance(part, Prose) else part for part in self.step.parts
        ]
        play(self.lesson.document(parts), lab, show)
        if self.index == 0:
            lab.shortfall.required()
        return lab.failures[before:]

    def check(self, *, hidden: bool) -> list[CheckedTask]:
        """The tasks of the step, with or without those that students do not see."""
        return checked(self._holder.lab, self.lesson, self.step.tasks if hidden else self.step.shown_tasks)

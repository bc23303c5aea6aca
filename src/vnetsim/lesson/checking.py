"""Whether the tasks of a step are done: on a copy of the lab, by packets and by commands.

A rule that nothing could break is not done: a server that is not there is not protected.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from functools import partial

from vnetsim.digits import is_digits
from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.lesson.document import Lesson, LessonTask
from vnetsim.reach.forks.copies import on_copy
from vnetsim.reach.policies.check import PolicyReport, check
from vnetsim.reach.policies.policy import Policy
from vnetsim.reach.policies.status import Status
from vnetsim.scenario.compare import Difference, differences
from vnetsim.scenario.play import play
from vnetsim.values import frozen


class TaskMark(enum.Enum):
    """What is known of a task."""

    DONE = "done"
    OPEN = "open"
    #: It depends on what is not modelled.
    UNKNOWN = "no answer"


@frozen(kw_only=True)
class Shortcoming:
    """A condition that does not hold: what, and why, hop by hop or line by line (both "" if there is nothing more)."""

    what: str
    why: str = ""
    details: str = ""
    unknown: bool = False


@frozen
class CheckedTask:
    """A task with what is wrong, if anything is."""

    task: LessonTask
    wrong: tuple[Shortcoming, ...] = ()

    @property
    def mark(self) -> TaskMark:
        if not self.wrong:
            return TaskMark.DONE
        return TaskMark.UNKNOWN if all(each.unknown for each in self.wrong) else TaskMark.OPEN

    @property
    def points(self) -> int:
        return self.task.points if self.mark is TaskMark.DONE else 0


def checked(lab: Lab, lesson: Lesson, tasks: Sequence[LessonTask]) -> list[CheckedTask]:
    """The tasks, each on a copy of the lab of its own; what failed in it is accepted, as a student may mistype."""
    return [on_copy(partial(_checked, lesson=lesson, task=task), lab) for task in tasks]


def _checked(lab: Lab, lesson: Lesson, task: LessonTask) -> CheckedTask:
    lab.shortfall.accepted = True
    wrong = list(_commands(lab, lesson, task))
    if task.policy is not None:
        wrong = [*_policy(lab, task.policy), *wrong]
    return CheckedTask(task, tuple(wrong))


def _commands(lab: Lab, lesson: Lesson, task: LessonTask) -> Iterator[Shortcoming]:
    document = lesson.document(task.commands)
    for found in differences(document, play(document, lab)):
        yield Shortcoming(what=_difference(found), details="\n".join(found.lines))


def _difference(found: Difference) -> str:
    if not found.command.output and not found.command.status:
        last = found.lines[-1].removeprefix("+[").removesuffix("]")
        return (
            f"`{found.command.text}` ends with {last}"
            if is_digits(last)
            else f"`{found.command.text}` prints something"
        )
    return f"`{found.command.text}` prints something else than it must"


def _policy(lab: Lab, policy: Policy) -> Iterator[Shortcoming]:
    try:
        report = check(lab, policy, in_place=True, jobs=1)
    except UsageError as error:
        # The student has not made this machine yet.
        yield Shortcoming(what=str(error).partition(": ")[2] or str(error))
        return
    yield from _broken(report)


def _broken(report: PolicyReport) -> Iterator[Shortcoming]:
    for violation in report.violations:
        yield Shortcoming(what=violation.headline, why=violation.sentence, details=violation.story)
    for unproven in report.unproven_rules:
        unknown = unproven.status is Status.UNKNOWN
        yield Shortcoming(what=f"`{unproven.rule}`: {unproven.text}", unknown=unknown)

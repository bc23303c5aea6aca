"""A lesson at the prompt: it stops at each task and waits for the student.

`check` tells whether the tasks of the step are done, and goes on if they are; `next` goes on anyway; `hint` gives the
lesson's hints, then what `why` knows of the packet; `tasks` shows them again; `solution`; `save FILE.work`; and `undo`,
`back NUMBER` within the step.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

from vnetsim.budget import Budget
from vnetsim.errors import UsageError, VnetsimError
from vnetsim.journal import JournalRequest
from vnetsim.lab import Lab
from vnetsim.lesson import work
from vnetsim.lesson.checking import CheckedTask, TaskMark
from vnetsim.lesson.course import LessonCourse
from vnetsim.lesson.document import Lesson
from vnetsim.lesson.prose import wrapped
from vnetsim.prompt import attend, meta
from vnetsim.prompt.entered import Entered
from vnetsim.prompt.session import PromptSession
from vnetsim.prompt.terminal import to_stdout
from vnetsim.scenario.document import Command


class LessonPrompt:
    """One student, one lesson, one machine; `columns`: those of the terminal, 0 where its text is kept as written."""

    def __init__(self, lesson: Lesson, session: PromptSession, columns: Callable[[], int] = lambda: 0) -> None:
        self._session, self._course = session, LessonCourse(lesson, session)
        self._columns = columns
        self._marks: dict[int, list[CheckedTask]] = {}
        #: Where in the journal the student's turns begin and end, by step.
        self._turns: list[tuple[int, int | None]] = []
        self._hints = 0
        self.over = False

    def begin(self) -> None:
        """Show and play what comes before the student's turn."""
        self._hints = 0
        failures = self._course.begin(self._session.print, self._read)
        self._session.begin()
        for failure in failures:
            self._session.print(f"vnetsim: this step needs what an earlier one leaves: {failure}\n")
        self._turns.append((self._length, None))
        if self._course.step.shown_tasks:
            self._show_tasks()
        else:
            self._end()

    def _read(self, text: str) -> str:
        return wrapped(text, self._columns())

    @property
    def is_done(self) -> bool:
        """Whether all tasks that students see were done when their step ended."""
        found = list(chain.from_iterable(self._marks.values()))
        shown = sum(len(step.shown_tasks) for step in self._course.lesson.steps)
        return len(found) == shown and all(each.mark is TaskMark.DONE for each in found)

    @property
    def progress(self) -> dict[str, Any]:
        """Where the student is: the number of the step (from 1), its tasks as `check` found them, the end."""
        marks = {each.task.title: each.mark.value for each in self._marks.get(self._course.index, ())}
        tasks = [
            {"title": task.title, "points": task.points, "mark": marks.get(task.title, "")}
            for task in self._course.step.shown_tasks
        ]
        return {"step": self._course.index + 1, "tasks": tasks, "over": self.over}

    @property
    def _length(self) -> int:
        return len(self._session.lab.journal.requests)

    # --- what the student types --------------------------------------------------------------------------------------

    def run(self, session: PromptSession, text: str) -> bool:
        """Whether it was a command of the lesson, which has been carried out or refused in a sentence then."""
        words = text.split()
        try:
            match words:
                case ["check"]:
                    self._check()
                case ["hint"]:
                    self._hint()
                case ["next"]:
                    self._next()
                case ["tasks"]:
                    self._show_tasks()
                case ["solution"]:
                    self._show_solution()
                case ["save", _]:
                    self._save(Path(shlex.split(text)[1]))
                case ["undo" | "back", *_]:
                    self._require_own(words)
                    return meta.run(session, text)
                case _:
                    return False
        except (VnetsimError, OSError, ValueError) as error:
            session.print(f"vnetsim: {error}\n")
        return True

    def _require_own(self, words: list[str]) -> None:
        """UsageError if a command before this step would be undone."""
        wanted = int(words[1]) if len(words) == 2 and words[1].isdecimal() else 1
        own = self._session.lab.journal.requests[self._turns[-1][0] :]
        typed = sum(isinstance(each, Entered) for each in own)
        if wanted > typed:
            raise UsageError(f"{' '.join(words)}: in this step {typed} command{'' if typed == 1 else 's'} were typed")

    # --- tasks -------------------------------------------------------------------------------------------------------

    def _show_tasks(self) -> None:
        tasks = self._course.step.shown_tasks
        before = [task for step in self._course.lesson.steps[: self._course.index] for task in step.shown_tasks]
        total = sum(len(step.shown_tasks) for step in self._course.lesson.steps)
        for number, task in enumerate(tasks, len(before) + 1):
            points = f"{task.points} point{'' if task.points == 1 else 's'}"
            self._session.print(self._read(f"\nTask {number} of {total} ({points}): {task.title}\n"))
        if tasks:
            self._session.print(self._read("(`check` when it is done, `hint`, `next` to go on without it)\n\n"))

    def _check(self) -> None:
        found = self._checked()
        for each in found:
            self._session.print(self._read(f"{each.mark.value}: {each.task.title}\n"))
            self._session.print("".join(f"  {wrong.what}\n" for wrong in each.wrong))
        if all(each.mark is TaskMark.DONE for each in found):
            self._next()

    def _checked(self) -> list[CheckedTask]:
        found = self._marks[self._course.index] = self._course.check(hidden=False)
        return found

    def _hint(self) -> None:
        hints = self._course.step.hints
        if self._hints < len(hints):
            self._session.print(f"{self._read(hints[self._hints])}\n")
        else:
            self._reason(self._hints - len(hints))
        self._hints += 1

    def _reason(self, times: int) -> None:
        """What `why` knows: the sentence first, then the path of the packet."""
        wrong = next((wrong for each in self._checked() for wrong in each.wrong), None)
        if wrong is None:
            self._session.print("nothing is missing: `check`\n")
        elif (times and wrong.details) or not wrong.why:
            self._session.print(f"{wrong.details or wrong.what}\n")
        else:
            self._session.print(f"{wrong.why}\n")

    def _show_solution(self) -> None:
        commands = [part for part in self._course.step.solution if isinstance(part, Command)]
        if not commands:
            raise UsageError("solution: this file has none for this step")
        for command in commands:
            self._session.print("$ " + command.text.replace("\n", "\n> ") + "\n")

    # --- to the next step --------------------------------------------------------------------------------------------

    def _next(self) -> None:
        if self.over:
            raise UsageError("next: this was the last step; `exit` leaves")
        if self._course.index not in self._marks:
            self._checked()
        self._turns[-1] = (self._turns[-1][0], self._length)
        if self._course.is_last:
            self._end()
            return
        self._course.index += 1
        self.begin()

    def _end(self) -> None:
        self.over = True
        tasks = list(chain.from_iterable(self._marks.values()))
        done = [each for each in tasks if each.mark is TaskMark.DONE]
        points, total = (sum(each.task.points for each in some) for some in (done, tasks))
        self._session.print(f"\nThe end: {len(done)} of {len(tasks)} tasks done, {points} of {total} points.\n")

    def _save(self, path: Path) -> None:
        if path.suffix != work.SUFFIX:
            raise UsageError(f"save {path}: expected a name that ends in {work.SUFFIX}")
        requests = self._session.lab.journal.requests
        steps: list[list[JournalRequest]] = [requests[first:end] for first, end in self._turns]
        path.write_text(work.encoded(self._course.lesson.title, steps), encoding="utf-8", newline="\n")
        self._session.print(f"vnetsim: {sum(map(len, steps))} entries in {path}\n")


def _terminal_columns() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0


def run(lesson: Lesson, *, patience: float, fast: bool, budget: Budget | None = None) -> int:
    """Go through the lesson at the terminal, or with the lines of standard input: 0 if all tasks were done, else 1."""
    session = PromptSession(Lab(lesson.seed, watch=True, budget=budget), to_stdout, patience=patience)
    prompt = LessonPrompt(lesson, session, _terminal_columns)
    prompt.begin()
    attend(session, fast=fast, commands=prompt.run)
    return 0 if prompt.is_done else 1

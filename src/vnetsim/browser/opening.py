"""What the page opens: a bare machine, a lab, or a lesson.

What only labs and lessons need is imported with the first of them: the first prompt waits for every module.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vnetsim.browser.fragment import LabText
from vnetsim.lab import Lab
from vnetsim.prompt import MetaCommands, meta
from vnetsim.prompt.screen import Write
from vnetsim.prompt.session import PromptSession
from vnetsim.scenario.handout import SUFFIX, Handout
from vnetsim.values import define

if TYPE_CHECKING:
    from vnetsim.lesson.document import Lesson

_TITLE: Final = "A Linux host"


class OpenedLesson:
    """A lesson that is gone through in the page."""

    def __init__(self, lesson: Lesson, session: PromptSession, columns: Callable[[], int]) -> None:
        from vnetsim.lesson.interactive import LessonPrompt  # noqa: PLC0415 -- a bare machine needs none

        self.prompt = LessonPrompt(lesson, session, columns)
        self._lesson = lesson

    @property
    def handout(self) -> Handout:
        from vnetsim.lesson.document import without_answers  # noqa: PLC0415 -- a bare machine needs none

        return Handout(self._lesson.title, self._lesson.seed, without_answers(self._lesson))

    @property
    def progress(self) -> dict[str, Any]:
        """The tasks of the step, with what the latest `check` found, for the page."""
        return {"title": self._lesson.title, "steps": len(self._lesson.steps), **self.prompt.progress}


@define
class Opened:
    """A machine with its terminal.  `kind` is machine, lab or lesson; `text`: what was opened from a URL."""

    session: PromptSession
    title: str
    kind: str
    commands: MetaCommands
    begin: Callable[[], object]
    lesson: OpenedLesson | None = None
    text: LabText | None = None


def opened(
    text: LabText | None, lesson: str | None, write: Write, patience: float, columns: Callable[[], int] = lambda: 0
) -> Opened:
    """UsageError, in a sentence, if the lab or the lesson is none."""
    if lesson is not None:
        from vnetsim.lesson import lessons  # noqa: PLC0415 -- a bare machine needs none

        return _lesson(lessons.load(lesson), write, patience, columns)
    if text is None:
        session = PromptSession(Lab(), write, patience=patience)
        return Opened(session, _TITLE, "machine", meta.run, session.begin)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / text.name
        path.write_text(text.text, encoding="utf-8", newline="\n")
        return _lab(text, path, write, patience, columns)


def _lab(text: LabText, path: Path, write: Write, patience: float, columns: Callable[[], int]) -> Opened:
    from vnetsim.lesson.document import load as load_lesson  # noqa: PLC0415 -- a bare machine needs none
    from vnetsim.scenario.build import load  # noqa: PLC0415 -- a bare machine needs none

    if path.suffix == SUFFIX or (path.suffix == ".md" and "```task" in text.text):
        found = _lesson(load_lesson(str(path)), write, patience, columns)
        found.text = text
        return found
    lab = load(path, incomplete=True)
    session = PromptSession(lab, write, patience=patience)

    def begin() -> None:
        for failure in lab.failures:
            session.print(f"{failure}\n")
        for assumption in lab.shortfall.assumptions:
            session.print(f"vnetsim: assumed: {assumption}\n")
        session.begin()

    return Opened(session, text.name, "lab", meta.run, begin, text=text)


def _lesson(lesson: Lesson, write: Write, patience: float, columns: Callable[[], int]) -> Opened:
    session = PromptSession(Lab(lesson.seed), write, patience=patience)
    found = OpenedLesson(lesson, session, columns)
    return Opened(session, lesson.title, "lesson", found.prompt.run, found.prompt.begin, lesson=found)

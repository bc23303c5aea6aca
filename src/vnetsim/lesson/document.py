r"""Lessons: a session file in Markdown, with tasks in it.

    ```task points=2 The client reaches the server
    client -> server: tcp/80              # rules of a policy (vnetsim.reach.policies.policy)
    $ ip -n client route get 10.2.0.2     # commands, and what they must print (vnetsim.scenario.load)
    10.2.0.2 via 10.1.0.1 dev lan0 src 10.1.0.2 uid 0
        cache
    ```

    ```hint
    A route in one direction is not enough.
    ```

    ```console solution
    $ ip -n server route add 10.1.0.0/24 via 10.2.0.1
    ```

`console` blocks are played when the student comes there.  Tasks end a step; hints and the solution behind them belong
to it.  The info string of a task begins with `points=N` (default: 1) and `hidden` (it counts, and no student
sees it).  `vnetsim run` plays a lesson with its solutions.

Not modelled: parts of points, tasks that depend on how something was done instead of on what came about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.reach.policies.policy import Policy
from vnetsim.reach.policies.policy import parse as parse_policy
from vnetsim.scenario.document import Command, Document, Part
from vnetsim.scenario.fences import Fence, fences
from vnetsim.scenario.load import lines_of, prose, session_of
from vnetsim.scenario.source import read, seed_of
from vnetsim.values import define, frozen

_KINDS: Final = frozenset(("console", "task", "hint"))
_POINTS: Final = re.compile(r"points=(\d{1,3})")
#: What looks like a rule of a policy.
_RULE: Final = re.compile(r"[\w*][\w.*:,= -]* !?-> [\w*].*")
_HEADING: Final = re.compile(r"^#+\s+(.*?)\s*#*$", re.MULTILINE)


@frozen(kw_only=True)
class LessonTask:
    """What must hold: rules of `policy` (None without any), and commands that must print what they have.

    `line` is that of its block, from 1.
    """

    title: str
    line: int
    points: int = 1
    hidden: bool = False
    policy: Policy | None = None
    commands: tuple[Command, ...] = ()


@define
class LessonStep:
    """What is played and shown before the student's turn, the tasks, hints in their order, a solution."""

    parts: list[Part] = attrs.field(factory=list)
    tasks: list[LessonTask] = attrs.field(factory=list)
    hints: list[str] = attrs.field(factory=list)
    solution: list[Part] = attrs.field(factory=list)

    @property
    def shown_tasks(self) -> list[LessonTask]:
        return [task for task in self.tasks if not task.hidden]


@frozen
class Lesson:
    """A lesson; `title` is its first heading, `seed` decides everything random in it."""

    name: str
    title: str
    text: str
    steps: tuple[LessonStep, ...]
    seed: int = 0

    @property
    def tasks(self) -> list[LessonTask]:
        return [task for step in self.steps for task in step.tasks]

    @property
    def points(self) -> int:
        return sum(task.points for task in self.tasks)

    def document(self, parts: Sequence[Part]) -> Document:
        """Some parts of it, to be played."""
        return Document(self.name, lines_of(self.text), tuple(parts))


def load(name: str) -> Lesson:
    """The lesson in a file; UsageError, in one sentence with its line, for what is none."""
    return parse(name, read(name), seed_of(name))


def parse(name: str, text: str, seed: int = 0) -> Lesson:
    """The lesson of this text; UsageError if it has no task, or a block that makes no sense."""
    lines = lines_of(text)
    heading = _HEADING.search(text)
    steps = tuple(_LessonReader(name, lines).read(fences(name, text, lines, _KINDS)))
    lesson = Lesson(name, heading[1] if heading else name, text, steps, seed)
    if not lesson.tasks:
        raise UsageError(f"{name}: there is no task in this file: no block begins with ```task")
    return lesson


@define
class _LessonReader:
    name: str
    lines: tuple[str, ...]
    step: LessonStep = attrs.field(factory=LessonStep)
    done: list[LessonStep] = attrs.field(factory=list)

    def read(self, blocks: Sequence[Fence]) -> list[LessonStep]:
        index = 0
        for block in blocks:
            self._begin(prose(self.lines, index, block.first))
            self._take(block)
            index = block.end
        self._begin(prose(self.lines, index, len(self.lines)))
        return [*self.done, self.step] if self.step.parts or self.step.tasks else self.done

    def _begin(self, parts: Sequence[Part]) -> None:
        """What is shown or played behind a task begins the next step."""
        if parts and self.step.tasks:
            self.done.append(self.step)
            self.step = LessonStep()
        self.step.parts += parts

    def _take(self, block: Fence) -> None:
        match block.info.split():
            case ["task", *words]:
                self.step.tasks.append(self._task(block, words))
            case ["console"]:
                self._begin(session_of(self.name, self.lines, block))
            case ["hint" | "console", *_] if not self.step.tasks:
                raise self._error(block, "belongs to a task, and there is none before it")
            case ["hint"]:
                self.step.hints.append(block.content.strip())
            case ["console", "solution"]:
                self.step.solution += session_of(self.name, self.lines, block)
            case _:
                raise self._error(block, f"expected ```console, ```console solution or ```hint, found ```{block.info}")

    def _error(self, block: Fence, message: str) -> UsageError:
        return UsageError(f"{self.name}:{block.first + 1}: this {block.kind} block: {message}")

    def _task(self, block: Fence, words: list[str]) -> LessonTask:
        points, hidden = 1, False
        while words and (words[0] == "hidden" or words[0].startswith("points=")):
            word = words.pop(0)
            found = _POINTS.fullmatch(word)
            if word == "hidden":
                hidden = True
            elif found is None or not int(found[1]):
                raise self._error(block, f"expected a number from 1 to 999 in {word!r}")
            else:
                points = int(found[1])
        if not words:
            raise self._error(block, "expected its title behind ```task")
        policy, commands = self._conditions(block)
        return LessonTask(title=" ".join(words), line=block.first + 1, points=points, hidden=hidden, policy=policy,
                    commands=commands)  # fmt: skip

    def _conditions(self, block: Fence) -> tuple[Policy | None, tuple[Command, ...]]:
        content = block.content.split("\n")
        rules = next((index for index, line in enumerate(content) if line.startswith("$")), len(content))
        text = "\n" * (block.first + 1) + "\n".join(content[:rules])
        has_rules = any(line.strip() and not line.lstrip().startswith("#") for line in content[:rules])
        policy = parse_policy(self.name, text) if has_rules else None
        parts = session_of(self.name, self.lines, block, skip=rules) if rules < len(content) else []
        commands = tuple(part for part in parts if isinstance(part, Command))
        for command in commands:
            for index, line in enumerate(command.output, command.line + 1):
                if _RULE.fullmatch(line):
                    raise UsageError(f"{self.name}:{index}: expected rules before the first command of a task")
        if policy is None and not commands:
            raise self._error(block, "expected a rule like `web -> db: tcp/5432`, or a command like `$ ip route`")
        return policy, commands


def without_answers(lesson: Lesson) -> str:
    """The text for students: no solutions, and no hidden tasks."""
    lines = lines_of(lesson.text)
    kept: list[str] = []
    index = 0
    for first, end in _answers(lesson, lines):
        kept += lines[index:first]
        index = end
    return "\n".join([*kept, *lines[index:]]).rstrip("\n") + "\n"


def _answers(lesson: Lesson, lines: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    hidden = {task.line for task in lesson.tasks if task.hidden}
    for block in fences(lesson.name, lesson.text, lines, _KINDS):
        if block.info.split() == ["console", "solution"] or block.first + 1 in hidden:
            blank = block.end < len(lines) and not lines[block.end].strip()
            yield block.first, block.end + blank

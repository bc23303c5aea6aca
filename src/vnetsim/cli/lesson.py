"""`vnetsim lesson`: go through a lesson, or hand it out; `vnetsim grade`: mark the works of students."""

from __future__ import annotations

import math
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vnetsim.budget import Budget
from vnetsim.cli.options import ProgressLine, one_sentence, save, with_budget, write

if TYPE_CHECKING:
    from vnetsim.lesson.document import Lesson


@click.command()
@click.argument("name", required=False, metavar="LESSON")
@click.option("--list", "listing", is_flag=True, help="Only tell which lessons there are.")
@click.option(
    "--handout", type=click.Path(path_type=Path), metavar="FILE.vlab",
    help="Write the lesson there for students, without solutions and hidden tasks.",
)  # fmt: skip
@click.option("--seed", type=int, help="Decides everything random, instead of the lesson's own.")
@click.option(
    "--patience", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True,
    help="Simulated seconds after which a command gets Ctrl-C.",
)  # fmt: skip
@click.option("--fast", is_flag=True, help="Wait for nothing: simulated time does not follow the clock on the wall.")
@with_budget
@one_sentence
def lesson(
    name: str | None, listing: bool, handout: Path | None, seed: int | None, patience: float, fast: bool,
    budget: Budget | None,
) -> None:  # fmt: skip
    """Go through LESSON: it stops at each task and waits for you.

    LESSON is one of those that come with vnetsim, a Markdown file with tasks, or a lab file (.vlab).  `check` tells
    whether a task is done, `hint` helps, `next` goes on without it, `save FILE.work` writes down what you typed.
    Exit status 1 if tasks are open at the end.
    """
    from vnetsim.lesson import interactive, lessons  # noqa: PLC0415 -- `vnetsim --help` waits for nothing

    if listing or name is None:
        write("".join(f"{path.stem}\n" for path in lessons.paths()))
        return
    if not math.isfinite(patience):
        raise click.BadParameter("expected a number of seconds", param_hint="'--patience'")
    found = lessons.load(name, seed)
    if handout is not None:
        _hand_out(found, handout)
        return
    sys.exit(interactive.run(found, patience=patience, fast=fast, budget=budget))


def _hand_out(lesson: Lesson, path: Path) -> None:
    from vnetsim.errors import UsageError  # noqa: PLC0415
    from vnetsim.lesson.document import without_answers  # noqa: PLC0415
    from vnetsim.scenario.handout import SUFFIX, Handout, encoded  # noqa: PLC0415

    if path.suffix != SUFFIX:
        raise UsageError(f"--handout {path}: expected a name that ends in {SUFFIX}")
    save(path, encoded(Handout(lesson.title, lesson.seed, without_answers(lesson))))


@click.command()
@click.argument("name", metavar="LESSON")
@click.argument("works", nargs=-1, metavar="WORK...", type=click.Path(path_type=Path))
@click.option("-j", "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Works at once.")
@click.option("--seed", type=int, help="Decides everything random, instead of the lesson's own.")
@click.option(
    "--pass", "percent", type=click.IntRange(0, 100), help="Exit status 1 if a work has less than that of the points."
)
@click.option("--csv", type=click.Path(path_type=Path), help="Write a table there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--junit", type=click.Path(path_type=Path), help="Write a report there, a test case a task and work.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page for a class there.")
@with_budget
@one_sentence
def grade(
    name: str, works: tuple[Path, ...], jobs: int, seed: int | None, percent: int | None, csv: Path | None,
    as_json: bool, junit: Path | None, html: Path | None, budget: Budget | None,
) -> None:  # fmt: skip
    """Play the WORKs of students in LESSON and mark them; without any, the lesson's own solutions.

    A work is a file that `save` wrote in the lesson, a session file, or a shell script.  LESSON is the teacher's file:
    its hidden tasks count, too.

    Exit status: 0 all works have a mark, 1 one has less than --pass, 2 one has no mark.
    """
    from vnetsim.lesson import lessons, report  # noqa: PLC0415 -- `vnetsim --help` waits for nothing
    from vnetsim.lesson.grading import graded, solution  # noqa: PLC0415
    from vnetsim.reach.forks.workers import work  # noqa: PLC0415

    found, progress = lessons.load(name, seed), ProgressLine("works")
    if works:
        mark = partial(graded, found, budget=budget)
        names, grades = [str(path) for path in works], []
        for each in work(mark, names, jobs=jobs) if jobs > 1 else map(mark, names):
            grades.append(each)
            progress(len(grades), len(names))
    else:
        grades = [solution(found, budget)]
    for path, made in ((csv, report.as_csv), (junit, report.as_junit), (html, report.as_html)):
        if path is not None:
            save(path, made(found, grades))
    write((report.as_json if as_json else report.text)(found, grades))
    if not all(each.is_certain for each in grades):
        sys.exit(2)
    sys.exit(int(percent is not None and not all(each.is_passed(percent) for each in grades)))

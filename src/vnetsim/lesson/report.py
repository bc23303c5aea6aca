"""What came of grading, for people and programs: text, CSV, JSON, JUnit, HTML."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Sequence
from typing import Any, Final

from vnetsim.lesson.checking import CheckedTask, TaskMark
from vnetsim.lesson.document import Lesson
from vnetsim.lesson.grading import Grade
from vnetsim.reports.junit import TestCase, junit

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem;color-scheme:light dark}"
    "table{border-collapse:collapse}th,td{border:1px solid #888;padding:.3rem .6rem;text-align:left}"
    "td.number{text-align:right}pre{overflow-x:auto}"
)


def text(lesson: Lesson, grades: Sequence[Grade]) -> str:
    """A line for each work, and under it what each open task lacks."""
    return "".join(_text(grade) for grade in grades) + f"{lesson.title}: {_summary(grades)}\n"


def _text(grade: Grade) -> str:
    lines = [f"{grade.name}: {_mark(grade)}"]
    for each in grade.tasks:
        if each.mark is not TaskMark.DONE:
            lines.append(f"  {each.mark.value}: {each.task.title} ({each.task.points})")
            lines += [f"    {sentence}" for sentence in _sentences(each)]
    return "\n".join([*lines, *(f"  note: {remark}" for remark in grade.remarks)]) + "\n"


def _mark(grade: Grade) -> str:
    return grade.error or f"{grade.points} of {grade.total} points"


def _sentences(checked: CheckedTask) -> list[str]:
    return [": ".join(filter(None, (wrong.what, wrong.why))) for wrong in checked.wrong]


def _summary(grades: Sequence[Grade]) -> str:
    marked = [grade for grade in grades if grade.is_certain]
    works = f"{len(marked)} of {len(grades)} works have a mark"
    if not marked:
        return works
    return f"{works}, {sum(grade.points for grade in marked) / len(marked):.1f} of {marked[0].total} points on average"


def as_csv(lesson: Lesson, grades: Sequence[Grade]) -> str:
    """A row for each work: its name, its points (empty without a mark), the points of each task, the error."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["work", "points", "of", *(task.title for task in lesson.tasks), "error"])
    for grade in grades:
        points = [each.points for each in grade.tasks] if grade.is_certain else [""] * len(lesson.tasks)
        row = [grade.name, grade.points if grade.is_certain else "", grade.total, *points, grade.error]
        rows.writerow([_inert(cell) for cell in row])
    return out.getvalue()


def _inert(cell: object) -> object:
    """A text that spreadsheets do not take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def as_json(lesson: Lesson, grades: Sequence[Grade]) -> str:
    document = {"lesson": lesson.title, "points": lesson.points, "works": [_json(grade) for grade in grades]}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _json(grade: Grade) -> dict[str, Any]:
    return {
        "work": grade.name,
        "points": grade.points if grade.is_certain else None,
        "tasks": [
            {
                "title": each.task.title,
                "line": each.task.line,
                "points": each.points,
                "of": each.task.points,
                "mark": each.mark.value,
                "why": _sentences(each),
            }
            for each in grade.tasks
        ],
        "remarks": list(grade.remarks),
        "error": grade.error or None,
    }


def as_junit(lesson: Lesson, grades: Sequence[Grade]) -> str:
    """A test case for each task of each work; a work without a mark is an error."""
    return junit(lesson.title, [case for grade in grades for case in _cases(grade)])


def _cases(grade: Grade) -> list[TestCase]:
    if not grade.is_certain:
        return [TestCase(name="mark", classname=grade.name, errors=[grade.error])]
    return [
        TestCase(
            name=each.task.title,
            classname=grade.name,
            failures=[(wrong.what, "\n".join(filter(None, (wrong.why, wrong.details)))) for wrong in each.wrong],
        )
        for each in grade.tasks
    ]


def as_html(lesson: Lesson, grades: Sequence[Grade]) -> str:
    """A page for a class: a table of all works, then what each open task lacks."""
    titles = "".join(f'<th scope="col">{html.escape(task.title)}</th>' for task in lesson.tasks)
    rows = "".join(_row(lesson, grade) for grade in grades)
    reasons = "".join(_reasons(grade) for grade in grades)
    title = html.escape(lesson.title)
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>\n'
        f'<h1>{title}</h1>\n<p>{html.escape(_summary(grades))}</p>\n<table>\n<tr><th scope="col">Work</th>'
        f'<th scope="col">Points of {lesson.points}</th>{titles}</tr>\n{rows}</table>\n{reasons}</html>\n'
    )


def _row(lesson: Lesson, grade: Grade) -> str:
    name = f'<th scope="row">{html.escape(grade.name)}</th>'
    if not grade.is_certain:
        return f'<tr>{name}<td colspan="{len(lesson.tasks) + 1}">{html.escape(grade.error)}</td></tr>\n'
    points = "".join(f'<td class="number">{each.points}</td>' for each in grade.tasks)
    return f'<tr>{name}<td class="number">{grade.points}</td>{points}</tr>\n'


def _reasons(grade: Grade) -> str:
    """What a work lacks; nothing for one that lacks nothing."""
    lines = _text(grade).splitlines()[1:]
    return f"<h2>{html.escape(grade.name)}</h2>\n<pre>{html.escape(chr(10).join(lines))}</pre>\n" if lines else ""

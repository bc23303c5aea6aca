"""What came of grading, as text, CSV, JSON, JUnit and HTML."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree as ET

from vnetsim.lesson import report
from vnetsim.lesson.checking import CheckedTask, Shortcoming
from vnetsim.lesson.document import parse
from vnetsim.lesson.grading import Grade

LESSON = parse("x.md", "# A <cable>\n\n```task points=2 A\nred -> blue\n```\n```task B\nblue -> red\n```\n")
A, B = LESSON.tasks
GRADES = [
    Grade(name="anna.work", tasks=(CheckedTask(A), CheckedTask(B)), total=3),
    Grade(
        name="=ben <b>.work",
        tasks=(CheckedTask(A), CheckedTask(B, (Shortcoming(what="blue is deaf", why="it is down", details="v0"),))),
        remarks=("x.md:3: failed",),
        total=3,
    ),
    Grade(name="eve.work", error="no mark", total=3),
]


def test_the_text_names_what_is_open_and_why() -> None:
    assert report.text(LESSON, GRADES) == (
        "anna.work: 3 of 3 points\n"
        "=ben <b>.work: 2 of 3 points\n"
        "  open: B (1)\n"
        "    blue is deaf: it is down\n"
        "  note: x.md:3: failed\n"
        "eve.work: no mark\n"
        "A <cable>: 2 of 3 works have a mark, 2.5 of 3 points on average\n"
    )


def test_a_cell_is_no_formula_and_no_mark_is_no_zero() -> None:
    rows = list(csv.reader(io.StringIO(report.as_csv(LESSON, GRADES))))
    assert rows == [
        ["work", "points", "of", "A", "B", "error"],
        ["anna.work", "3", "3", "2", "1", ""],
        ["'=ben <b>.work", "2", "3", "2", "0", ""],
        ["eve.work", "", "3", "", "", "no mark"],
    ]


def test_json_has_all_of_it() -> None:
    document = json.loads(report.as_json(LESSON, GRADES))
    assert [work["points"] for work in document["works"]] == [3, 2, None]
    assert document["works"][1]["tasks"][1] == {
        "title": "B", "line": 6, "points": 0, "of": 1, "mark": "open", "why": ["blue is deaf: it is down"],
    }  # fmt: skip


def test_junit_has_a_case_for_each_task_of_each_work() -> None:
    suite = ET.fromstring(report.as_junit(LESSON, GRADES))[0]
    assert [
        (case.get("classname"), case.get("name"), [each.tag for each in case]) for case in suite.iter("testcase")
    ] == [
        ("anna.work", "A", []),
        ("anna.work", "B", []),
        ("=ben <b>.work", "A", []),
        ("=ben <b>.work", "B", ["failure"]),
        ("eve.work", "mark", ["error"]),
    ]


def test_names_are_text_in_html() -> None:
    page = report.as_html(LESSON, GRADES)
    assert "<h1>A &lt;cable&gt;</h1>" in page
    assert "<b>" not in page
    assert '<td colspan="3">no mark</td>' in page
    assert "blue is deaf: it is down" in page


def test_no_work_with_a_mark_has_no_average() -> None:
    assert report.text(LESSON, GRADES[2:]).endswith("0 of 1 works have a mark\n")

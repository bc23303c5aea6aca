"""JUnit's XML, as CI systems read it: a test suite, a test case each with the failures in it.

The dialect is that of the Jenkins xUnit schema (junit-10.xsd), which GitLab, GitHub's actions and Azure read alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

import attrs


@attrs.frozen(kw_only=True)
class TestCase:
    """`failures` are pairs of a message and a text; none for a case that passed.  `line` is 0 for none.

    `errors` say why there is no answer, `skipped` why none was wanted; a case that failed is neither.
    """

    __test__ = False

    name: str
    classname: str
    failures: Sequence[tuple[str, str]] = ()
    errors: Sequence[str] = ()
    file: str = ""
    line: int = 0
    skipped: str = ""

    @property
    def outcome(self) -> str:
        """`failure`, `error`, `skipped`, or "" for a case that passed."""
        if self.failures:
            return "failure"
        return "error" if self.errors else "skipped" if self.skipped else ""


def junit(suite: str, cases: Sequence[TestCase], *, remarks: str = "") -> str:
    """The XML document; characters that XML cannot hold are left out.  `remarks` are about all of it."""
    outcomes = [case.outcome for case in cases]
    root = ET.Element("testsuites")
    element = ET.SubElement(
        root, "testsuite", name=_clean(suite), tests=str(len(cases)), failures=str(outcomes.count("failure")),
        errors=str(outcomes.count("error")), skipped=str(outcomes.count("skipped")), time="0",
    )  # fmt: skip
    for case in cases:
        _add(element, case)
    if remarks:
        ET.SubElement(element, "system-err").text = _clean(remarks)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add(suite: ET.Element, case: TestCase) -> None:
    told = {"name": _clean(case.name), "classname": _clean(case.classname), "time": "0"}
    told |= {"file": _clean(case.file), "line": str(case.line)} if case.line else {}
    inside = ET.SubElement(suite, "testcase", told)
    for message, text in case.failures:
        ET.SubElement(inside, "failure", message=_clean(message), type="violation").text = _clean(text)
    if case.outcome == "error":
        message = "; ".join(case.errors)
        ET.SubElement(inside, "error", message=_clean(message), type="no answer").text = _clean(message)
    if case.outcome == "skipped":
        ET.SubElement(inside, "skipped", message=_clean(case.skipped))


def _clean(text: str) -> str:
    return "".join(character for character in text if character in "\t\n" or " " <= character < "\ufffe")

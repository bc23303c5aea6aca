"""JUnit's XML, as CI systems read it: a test suite, a test case each with what kept it from passing.

Valid against the schema of Jenkins' xUnit plugin (junit-10.xsd), which GitLab, GitHub's actions and Azure read alike,
and against that of Ant's reports (windyroad's JUnit.xsd), which has one failure in a case and requires a time and a
host: they are those of the simulated machine, so that the same check gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from vnetsim.values import frozen

#: When and where the simulated machine is switched on.
_TIMESTAMP: Final = "2026-01-01T00:00:00"
_HOSTNAME: Final = "host"


@frozen(kw_only=True)
class TestCase:
    """`failures` are pairs of a message and a text; none for a case that passed.

    `errors` are why there is no answer, `skipped` why none was wanted; a case that failed is neither.
    """

    __test__ = False

    name: str
    classname: str
    failures: Sequence[tuple[str, str]] = ()
    errors: Sequence[str] = ()
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
        root, "testsuite", id="0", name=_token(suite), package="vnetsim", timestamp=_TIMESTAMP, hostname=_HOSTNAME,
        tests=str(len(cases)), failures=str(outcomes.count("failure")), errors=str(outcomes.count("error")),
        skipped=str(outcomes.count("skipped")), time="0",
    )  # fmt: skip
    ET.SubElement(element, "properties")
    for case in cases:
        _add(element, case)
    ET.SubElement(element, "system-out")
    ET.SubElement(element, "system-err").text = _clean(remarks)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _add(suite: ET.Element, case: TestCase) -> None:
    inside = ET.SubElement(suite, "testcase", name=_token(case.name), classname=_token(case.classname), time="0")
    match case.outcome:
        case "failure":
            message = "; ".join(message for message, _ in case.failures)
            text = "\n\n".join(f"{message}\n{text}" for message, text in case.failures)
            ET.SubElement(inside, "failure", message=_clean(message), type="violation").text = _clean(text)
        case "error":
            message = "; ".join(case.errors)
            ET.SubElement(inside, "error", message=_clean(message), type="no answer").text = _clean(message)
        case "skipped":
            ET.SubElement(inside, "skipped", message=_clean(case.skipped))


def _token(text: str) -> str:
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    return "".join(character for character in text if character in "\t\n" or " " <= character < "\ufffe")

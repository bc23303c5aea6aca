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

    `skipped` says why nothing came of it; a case that failed was not skipped.
    """

    __test__ = False

    name: str
    classname: str
    failures: Sequence[tuple[str, str]] = ()
    file: str = ""
    line: int = 0
    skipped: str = ""


def junit(suite: str, cases: Sequence[TestCase]) -> str:
    """The XML document; characters that XML cannot hold are left out."""
    failed = sum(bool(case.failures) for case in cases)
    skipped = sum(bool(case.skipped and not case.failures) for case in cases)
    root = ET.Element("testsuites")
    element = ET.SubElement(
        root,
        "testsuite",
        name=_clean(suite),
        tests=str(len(cases)),
        failures=str(failed),
        errors="0",
        skipped=str(skipped),
    )
    for case in cases:
        told = {"name": _clean(case.name), "classname": _clean(case.classname), "time": "0"}
        told |= {"file": _clean(case.file), "line": str(case.line)} if case.line else {}
        inside = ET.SubElement(element, "testcase", told)
        for message, text in case.failures:
            ET.SubElement(inside, "failure", message=_clean(message), type="violation").text = _clean(text)
        if case.skipped and not case.failures:
            ET.SubElement(inside, "skipped", message=_clean(case.skipped))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _clean(text: str) -> str:
    return "".join(character for character in text if character in "\t\n" or " " <= character < "\ufffe")

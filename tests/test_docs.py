"""What the pages for people show is what happens: transcripts and Python examples."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from vnetsim.lab import Lab
from vnetsim.scenario import differences, load, parse, play, tutorial
from vnetsim.scenario.compare import report

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
EXAMPLES = re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text("utf-8"), re.DOTALL)
#: Indented blocks that are sessions.
SESSIONS = [
    textwrap.dedent(block)
    for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", (DOCS / "sessions.md").read_text("utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_of_the_python_page_runs(number: int) -> None:
    exec(compile(EXAMPLES[number], f"docs/python.md, example {number + 1}", "exec"), {"__name__": "example"})


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4
    assert len(SESSIONS) == 3


@pytest.mark.parametrize("path", [ROOT / "README.md", DOCS / "why.md", *tutorial.paths()], ids=lambda path: path.name)
def test_a_transcript_for_people_is_what_happens(path: Path) -> None:
    document = load(path)
    assert report(document, differences(document, play(document, Lab(watch=True)))) == ""


@pytest.mark.parametrize("number", [0, 1])
def test_an_example_of_the_page_on_sessions_is_what_happens(number: int) -> None:
    document = parse("sessions.md" if number == 0 else "sessions.session", SESSIONS[number].lstrip("\n"))
    assert report(document, differences(document, play(document, Lab(watch=True)))) == ""

"""What the pages for people show is what happens: transcripts and Python examples."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

from vnetsim.cli import main
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

#: Fenced blocks that show what `vnetsim` itself prints: page, words, output with the exit status at its end.
COMMANDS = [
    (page.name, words, output)
    for page in (
        ROOT / "README.md",
        DOCS / "reach.md",
        DOCS / "policy.md",
        DOCS / "compose.md",
        DOCS / "labs-of-others.md",
    )
    for words, output in re.findall(r"```text\n\$ vnetsim (.*)\n((?:.*\n)*?)```", page.read_text("utf-8"))
]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_of_the_python_page_runs(number: int) -> None:
    exec(compile(EXAMPLES[number], f"docs/python.md, example {number + 1}", "exec"), {"__name__": "example"})


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4
    assert len(COMMANDS) >= 2
    assert len(SESSIONS) == 3


@pytest.mark.parametrize("path", [ROOT / "README.md", DOCS / "why.md", *tutorial.paths()], ids=lambda path: path.name)
def test_a_transcript_for_people_is_what_happens(path: Path) -> None:
    document = load(path)
    assert report(document, differences(document, play(document, Lab(watch=True)))) == ""


@pytest.mark.parametrize("number", [0, 1])
def test_an_example_of_the_page_on_sessions_is_what_happens(number: int) -> None:
    document = parse("sessions.md" if number == 0 else "sessions.session", SESSIONS[number].lstrip("\n"))
    assert report(document, differences(document, play(document, Lab(watch=True)))) == ""


@pytest.mark.parametrize(("page", "words", "output"), COMMANDS)
def test_a_command_of_a_page_prints_what_it_says(
    page: str, words: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(main, words.split())
    status = f"[{result.exit_code}]\n" if result.exit_code else ""
    assert f"{result.stdout}{status}" == output, page


def test_the_reference_of_the_site_names_classes_that_there_are() -> None:
    listed = re.findall(r'^    "\w+": \("[\w ]+", "(.*)"\),$', (DOCS / "site.py").read_text("utf-8"), re.MULTILINE)
    names = [name for line in listed for name in line.split() if name[0].isupper()]
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    assert len(names) > 5
    assert {name: len(re.findall(rf"^class {name}\b", sources, re.MULTILINE)) for name in names} == dict.fromkeys(
        names, 1
    )

"""docs/extending.md: its files and changes are applied to the package, and its sessions are what happens then."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import vnetsim

SOURCES = Path(vnetsim.__file__).parent.parent
PAGE = Path(__file__).parent.parent / "docs" / "extending.md"
#: A section of the page: each shows one extension.
SECTION = re.compile(r"^## (.*)\n((?:(?!^## ).*\n)*)", re.MULTILINE)
BLOCK = re.compile(r'^```(\w+)(?: title="src/(.*)")?\n((?:.*\n)*?)```$', re.MULTILINE)

#: Runs `vnetsim` with modules from a directory instead of the package's own, and new ones from there.
RUNNER = """
import importlib.util, pathlib, sys

class Changed:
    @staticmethod
    def find_spec(name, path=None, target=None):
        file = pathlib.Path(sys.argv[1], *name.split(".")).with_suffix(".py")
        return importlib.util.spec_from_file_location(name, file) if file.exists() else None

sys.meta_path.insert(0, Changed)
from vnetsim.cli import main
main(sys.argv[2:])
"""


def changed(text: str, diff: str) -> str:
    """What a block of `-`, `+` and context makes of a file, in which its old lines must stand once."""
    lines = diff.splitlines()
    old = "\n".join(line[1:] for line in lines if line[0] in "- ")
    new = "\n".join(line[1:] for line in lines if line[0] in "+ ")
    if len([line for line in lines if line[0] == "-"]) == 1:
        old, new = old.strip(), new.strip()
    assert text.count(old) == 1, f"docs/extending.md shows what is not there: {old}"
    return text.replace(old, new)


def test_each_extension_of_the_page_does_what_its_session_shows(tmp_path: Path) -> None:
    sessions = []
    for number, (title, section) in enumerate(SECTION.findall(PAGE.read_text("utf-8"))):
        for language, name, text in BLOCK.findall(section):
            file = tmp_path / "changed" / name
            if language == "python":
                assert not (SOURCES / name).exists(), f"{name} is there: show another example"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8")
            elif language == "diff":
                before = file if file.exists() else SOURCES / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(changed(before.read_text("utf-8"), text), "utf-8")
            else:
                sessions.append(tmp_path / f"{number}.md")
                sessions[-1].write_text(f"# {title}\n\n```console\n{text}```\n", "utf-8")
    assert len(sessions) >= 5
    command = [sys.executable, "-c", RUNNER, str(tmp_path / "changed"), "run", "--quiet", *map(str, sessions)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr

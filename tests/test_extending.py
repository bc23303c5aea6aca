"""docs/extending.md: its files and changes are applied to the package, and its sessions are what happens then."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import vnetsim

SOURCES = Path(vnetsim.__file__).parent.parent
PAGE = Path(__file__).parent.parent / "docs" / "extending.md"
#: A section of the page: each shows one extension.
SECTION = re.compile(r"^## (.*)\n((?:(?!^## ).*\n)*)", re.MULTILINE)
BLOCK = re.compile(r'^```(\w+)(?: title="src/(.*)")?\n((?:.*\n)*?)```$', re.MULTILINE)


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
    shutil.copytree(SOURCES / "vnetsim", tmp_path / "vnetsim")
    sessions = []
    for number, (title, section) in enumerate(SECTION.findall(PAGE.read_text("utf-8"))):
        for language, name, text in BLOCK.findall(section):
            file = tmp_path / name
            if language == "python":
                assert not file.exists(), f"{name} is there: show another example"
                file.write_text(text, "utf-8")
            elif language == "diff":
                file.write_text(changed(file.read_text("utf-8"), text), "utf-8")
            else:
                sessions.append(tmp_path / f"{number}.md")
                sessions[-1].write_text(f"# {title}\n\n```console\n{text}```\n", "utf-8")
    assert len(sessions) >= 5
    command = [sys.executable, "-m", "vnetsim", "run", "--quiet", *(session.name for session in sessions)]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": "."}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr

"""Programs of jq with their inputs and what jq 1.6 of Debian 12 answers with `-c` (captured_programs.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vnetsim.errors import NotModelled
from vnetsim.programs.jq.syntax import JqParser
from vnetsim.programs.jq.values import JqError, dumps

CAPTURED: list[list[Any]] = json.loads(Path(__file__).with_name("captured_programs.json").read_text("utf-8"))


@pytest.mark.parametrize("program", sorted({row[0] for row in CAPTURED}))
def test_a_program_gives_what_jq_gives(program: str) -> None:
    for _, given, status, output, error in (row for row in CAPTURED if row[0] == program):
        found, complaint = [], ""
        try:
            for value in JqParser(program, []).program().run({"$ENV": {}}, json.loads(given)):
                found.append(dumps(value) + "\n")
        except JqError as refused:
            told = (
                f": {refused.value}" if isinstance(refused.value, str) else f" (not a string): {dumps(refused.value)}"
            )
            complaint = f"jq: error (at <stdin>:1){told}\n"
        assert ("".join(found), complaint) == (output, error), given
        assert bool(complaint) == bool(status)


@pytest.mark.parametrize(
    "program",
    [
        "foo",
        "$x",
        ".a.",
        "{",
        "1 +",
        "}}",
        ".[",
        '"open',
        "if 1 then 2 end",
        "input",
        "now",
        "1/0",
        "while(true;.)",
        "import",
    ],
)
def test_what_is_not_modelled_and_what_is_no_program_is_refused(program: str) -> None:
    with pytest.raises(NotModelled):
        JqParser(program, []).program()

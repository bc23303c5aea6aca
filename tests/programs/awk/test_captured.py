"""Programs of awk with what mawk 1.3.4 20200120 of Debian 12 made of them (captured.json: arguments, input, output)."""

from __future__ import annotations

import json
from pathlib import Path

from tests.shell.machine import Machine

HERE = Path(__file__).parent


def test_they_do_what_mawk_does() -> None:
    rows = json.loads((HERE / "captured.json").read_text("utf-8"))
    assert len(rows) > 400
    different = []
    for args, stdin, *expected in rows:
        ended = Machine().run("awk", *args, stdin=stdin)
        if [ended.stdout, ended.stderr, ended.status] != expected:
            different.append((args, expected, ended))
    assert different == []

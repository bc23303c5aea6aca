"""date -I (answers of coreutils 9.1)."""

from __future__ import annotations

import pytest

from vnetsim.lab import Lab


@pytest.mark.parametrize(
    ("option", "shown"),
    [
        ("-I", "2026-12-02"),
        ("-Id", "2026-12-02"),
        ("-Ih", "2026-12-02T09+00:00"),
        ("-Iminutes", "2026-12-02T09:50+00:00"),
        ("-Isec", "2026-12-02T09:50:32+00:00"),
        ("-Ins -d @1796205032", "2026-12-02T09:50:32,000000000+00:00"),
        ("--iso-8601=ns", "2026-12-02T09:50:32,000000000+00:00"),
    ],
)
def test_a_date_of_iso_8601_has_the_parts_that_are_asked_for(option: str, shown: str) -> None:
    assert Lab().run(f"date -d @1796205032 {option}").stdout == f"{shown}\n"


def test_what_is_no_part_of_it_is_refused() -> None:
    refused = Lab().run("date -Ifoo", expected=None)
    assert refused.exit_code == 1
    assert refused.stderr == (
        "date: invalid argument 'foo' for '--iso-8601'\nValid arguments are:\n  - 'hours'\n  - 'minutes'\n"
        "  - 'date'\n  - 'seconds'\n  - 'ns'\nTry 'date --help' for more information.\n"
    )

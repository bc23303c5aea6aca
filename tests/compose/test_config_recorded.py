"""`docker compose config` of the real Compose 2.40.3, and ours over the same files: the same bytes."""

from __future__ import annotations

import pytest

from tests.compose.compose_recordings import Case, cases, play

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_answer_is_the_recorded_one(case: Case) -> None:
    assert play(case) == case.real


def test_there_are_answers_and_refusals_among_them() -> None:
    assert len(CASES) > 250
    assert sum(case.real.rc for case in CASES) > 100

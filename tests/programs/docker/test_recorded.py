"""What the real client printed and asked for, word for word, for the same answers of the engine.

Golden: recorded with docker 28.2.2 against an HTTP server in front of `canned.CannedEngine` (see there).
"""

from __future__ import annotations

import shlex

import pytest

from tests.programs.docker import recordings
from tests.programs.docker.canned import CannedEngine
from tests.programs.docker.client import Client
from tests.programs.docker.recordings import Case


@pytest.mark.parametrize("case", recordings.cases(), ids=lambda case: shlex.join(case.argv)[:80])
def test_the_client_says_and_asks_what_the_real_one_does(case: Case) -> None:
    engine = CannedEngine(case.now)
    ended = Client(engine, case.now, case.stdin).run(*case.argv)
    assert recordings.comparable_text(ended.err) == case.err
    assert recordings.comparable_text(ended.out) == case.out
    assert ended.status == case.status
    assert recordings.comparable_log(engine.log, case.argv, recordings.base()) == case.asked


def test_the_recording_is_not_empty() -> None:
    assert len(recordings.cases()) > 1000

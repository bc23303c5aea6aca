"""HEALTHCHECK, as the classic builder of Engine 28.5.2 took it (recorded)."""

from __future__ import annotations

import pytest

from vnetsim.docker.images.healthcheck import health_check
from vnetsim.errors import EngineError


def test_times_are_nanoseconds() -> None:
    flags = (("interval", "5s"), ("timeout", "1m30s"), ("retries", "2"), ("start-period", "0s"))
    expected = {"Test": ["CMD-SHELL", "test -e /x"], "Interval": 5 * 10**9, "Timeout": 90 * 10**9, "Retries": 2}
    with pytest.raises(EngineError):
        health_check(1, "CMD test -e /x", flags)
    assert health_check(1, "CMD test -e /x", flags[:3]) == expected
    assert health_check(1, "NONE", ()) == {"Test": ["NONE"]}
    assert health_check(1, 'CMD ["a", "b"]', ()) == {"Test": ["CMD", "a", "b"]}


@pytest.mark.parametrize(
    ("text", "flags", "message"),
    [
        ("FOO", (), 'Unknown type "FOO" in HEALTHCHECK (try CMD)'),
        ("CMD", (), "Missing command after HEALTHCHECK CMD"),
        ("CMD a", (("interval", "1x"),), 'time: unknown unit "x" in duration "1x"'),
        ("CMD a", (("interval", "0.1ms"),), 'Interval "interval" cannot be less than 1ms'),
    ],
)
def test_what_is_refused(text: str, flags: tuple[tuple[str, str], ...], message: str) -> None:
    with pytest.raises(EngineError) as refused:
        health_check(7, text, flags)
    assert refused.value.message == f"dockerfile parse error on line 7: {message}"

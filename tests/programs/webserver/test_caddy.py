"""Answers of Caddy 2.11.4."""

from __future__ import annotations

import pytest

from tests.programs.webserver.asking import ask, differences
from vnetsim.errors import NotModelled


def test_answers_are_those_of_the_real_server() -> None:
    assert differences("caddy") == {}


def test_several_ranges_are_refused() -> None:
    with pytest.raises(NotModelled, match="several ranges"):
        ask("caddy", "GET /t.txt HTTP/1.0\r\nRange: bytes=0-0,2-2\r\n\r\n")

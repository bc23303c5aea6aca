"""Command lines of containers as texts."""

from __future__ import annotations

import pytest

from vnetsim.docker.daemon.commandlines import simple_command


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("nginx -g 'daemon off;'", ["nginx", "-g", "daemon off;"]),
        ('exec nginx -g "daemon off;"', ["nginx", "-g", "daemon off;"]),
        ("true && nginx", []),
        ("nginx > /log", []),
        ("nginx; true", []),
        ("X=1 nginx", []),
        ("nginx $ARGS", []),
        ("nginx 'unclosed", []),
        ("", []),
    ],
)
def test_a_script_is_one_command_as_it_stands_or_it_is_not(script: str, words: list[str]) -> None:
    assert simple_command(script) == words

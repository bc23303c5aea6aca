"""What is inconsistent is refused with the place of the service."""

from __future__ import annotations

import pytest

from tests.compose.compose_recordings import MemoryFiles
from vnetsim.compose.options import ProjectOptions
from vnetsim.compose.values import ComposeError


@pytest.mark.parametrize(
    ("service", "message", "line"),
    [
        ("networks: [n]", 'service "a" refers to undefined network n: invalid compose project', 4),
        ("volumes: ['vol:/v']", 'service "a" refers to undefined volume vol: invalid compose project', 4),
        ("depends_on: [b]", 'service "a" depends on undefined service "b": invalid compose project', 4),
        ("depends_on: [a]", "dependency cycle detected: a -> a", 4),
        ("network_mode: service:b", 'service "a" depends on undefined service "b": invalid compose project', 2),
        ("healthcheck: {test: [x]}", 'healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"', 4),
        ("tmpfs: [/x, /x/../x:ro, /x:rw]", "services.a.tmpfs[2]: target /x already mounted as services.a.tmpfs[0]", 4),
    ],
)
def test_a_service(service: str, message: str, line: int) -> None:
    files = MemoryFiles({"/p/compose.yaml": f"services:\n  a:\n    image: x\n    {service}\n"})
    with pytest.raises(ComposeError) as refused:
        ProjectOptions(directory="/p", files=files).project()
    assert str(refused.value) == message
    assert (refused.value.file, refused.value.line) == ("/p/compose.yaml", line)

"""The short syntax of volumes."""

from __future__ import annotations

import pytest

from vnetsim.compose import volumes
from vnetsim.compose.values import ComposeError, YamlMap


@pytest.mark.parametrize(
    ("spec", "volume"),
    [
        ("/anon", {"type": "volume", "target": "/anon", "volume": {}}),
        ("./a:/b:ro,z", {"source": "./a", "target": "/b", "read_only": True, "type": "bind",
                         "bind": {"selinux": "z", "create_host_path": True}}),
        ("vol:/b:nocopy", {"source": "vol", "target": "/b", "type": "volume", "volume": {"nocopy": True}}),
        ("c:\\a:/b", {"source": "c:\\a", "target": "/b", "type": "bind", "bind": {"create_host_path": True}}),
    ],
)  # fmt: skip
def test_a_volume(spec: str, volume: YamlMap) -> None:
    assert volumes.short_form(spec) == volume


@pytest.mark.parametrize("spec", ["", "aa::b", "aa:bb:cc:dd"])
def test_no_volume(spec: str) -> None:
    with pytest.raises(ComposeError):
        volumes.parse(spec)

"""Relative paths."""

from __future__ import annotations

import pytest

from tests.compose.compose_recordings import MemoryFiles
from vnetsim.compose.paths import PathResolver, is_remote
from vnetsim.compose.values import YamlMap, YamlValue


@pytest.mark.parametrize(
    ("path", "resolved"),
    [("a/../b", "/p/b"), ("/a", "/a"), ("~/a", "/root/a"), ("https://x/y.git", "https://x/y.git"),
     ("service:b", "service:b"), (".", "/p"), ("docker-image://x", "docker-image://x")],
)  # fmt: skip
def test_a_build_context(path: str, resolved: str) -> None:
    tree: YamlMap = {"services": {"a": {"build": {"context": path}}}}
    PathResolver("/p", "/root", MemoryFiles({})).resolve(tree)
    assert tree == {"services": {"a": {"build": {"context": resolved}}}}


@pytest.mark.parametrize(
    ("mount", "source"),
    [
        ({"type": "bind", "source": "./a"}, "/p/a"),
        ({"type": "bind", "source": "c:\\a"}, "c:\\a"),
        ({"type": "volume", "source": "a"}, "a"),
    ],
)
def test_a_mount(mount: YamlMap, source: YamlValue) -> None:
    PathResolver("/p", "/root", MemoryFiles({})).resolve({"services": {"a": {"volumes": [mount]}}})
    assert mount["source"] == source


def test_what_only_git_has() -> None:
    assert is_remote("git@github.com:a/b")
    assert not is_remote("./git")

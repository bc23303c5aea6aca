"""What a container has changed of its image."""

from __future__ import annotations

from vnetsim.docker.daemon.changes import Snapshot, difference

BEFORE = Snapshot({"/a": "1", "/d/x": "2", "/v/old": "3"}, frozenset({"/d", "/v"}), frozenset({"/usr/bin/curl"}))


def test_of_a_directory_that_is_gone_only_it_is_named() -> None:
    layer = difference(BEFORE, Snapshot({"/a": "2"}, frozenset({"/n"}), frozenset({"/usr/bin/ip"})), ["/v"])
    assert (layer.files, layer.directories) == ({"/a": "2"}, ("/n",))
    assert layer.removed == ("/d", "/usr/bin/curl")
    assert layer.programs == {"ip"}


def test_nothing_is_no_change() -> None:
    layer = difference(BEFORE, BEFORE)
    assert (layer.files, layer.directories, layer.removed, layer.programs) == ({}, (), (), frozenset())

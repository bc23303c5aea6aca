"""DOT and Mermaid, which others lay out: what is above, and when they go from left to right."""

from __future__ import annotations

import re

import pytest

from tests.views.diagrams.test_nested import docker
from vnetsim.views.diagrams.dot import dot
from vnetsim.views.diagrams.mermaid import mermaid


def test_bridges_come_before_their_ports_and_ports_before_what_is_connected_to_them() -> None:
    topology = docker(2, 2)
    for text in (dot(topology), mermaid(topology)):
        pairs = re.findall(r"d(\d+) (?:--|===|-\.-) d(\d+)", text)
        kinds = [[topology.device(int(place)).name.rstrip("-0123456789") for place in pair] for pair in pairs]
        assert sorted({tuple(each) for each in kinds}) == [("br", "veth"), ("veth", "eth")]
        assert len(kinds) == len(topology.connections)


@pytest.mark.parametrize(("size", "wide"), [((2, 2), False), ((6, 5), True)])
def test_wide_networks_go_from_left_to_right(size: tuple[int, int], *, wide: bool) -> None:
    assert ("rankdir=LR" in dot(docker(*size))) is wide
    assert mermaid(docker(*size)).startswith("flowchart LR" if wide else "flowchart TB")

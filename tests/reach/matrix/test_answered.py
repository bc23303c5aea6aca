"""The cells that are made of what a pair has in common with others are those that are made one by one."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import HealthCheck, given, settings

from tests.reach.equivalence.crowds import Crowd, crowds
from vnetsim.lab import Lab
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.probing import asking

PORTS = ("icmp", "tcp/80", "udp/53")


def matrix(lab: Lab, patch: pytest.MonkeyPatch) -> Matrix:
    patch.setattr(asking, "_WORTH_CLASSES", 0)
    return Matrix.of(lab, ports=PORTS, in_place=True, jobs=1)


@settings(deadline=None, max_examples=5, suppress_health_check=list(HealthCheck))
@given(crowds())
def test_all_cells_are_those_that_are_looked_at_alone(crowd: Crowd) -> None:
    with pytest.MonkeyPatch.context() as patch:
        cells = matrix(crowd.lab(), patch).cells
    assert list(cells) == [cells[index] for index in range(len(cells))]


def test_a_matrix_comes_from_another_process_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab()
    for number in range(12):
        assert lab.run(f"docker run -d --name c{number} nginx")
    found = matrix(lab, monkeypatch)
    pickled = pickle.dumps(found)
    assert pickle.loads(pickled) == found
    assert len(pickled) < 40 * len(found.cells)

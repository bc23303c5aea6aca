"""A matrix of which equivalent probes are sent once is the matrix of which each is sent."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, assume, given, settings

from tests.reach.equivalence.crowds import Crowd, crowds
from tests.reach.equivalence.pair_by_pair import BY_CHANCE, compare, meanings
from vnetsim.lab import Lab
from vnetsim.reach.equivalence.classes import EquivalenceClasses
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.probing import asking

CALM = settings(deadline=None, suppress_health_check=list(HealthCheck))
PORTS = ("icmp", "tcp/80", "tcp/1", "udp/53")


def matrix(lab: Lab, ports: Sequence[str] = PORTS, *, names: bool = False) -> Matrix:
    return Matrix.of(lab.fork(), ports=ports, names=names, in_place=True, jobs=1)


@settings(CALM, max_examples=3)
@given(crowds())
def test_probes_of_equivalent_ends_fare_alike(crowd: Crowd) -> None:
    lab = crowd.lab()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "_WORTH_CLASSES", 0)
        shared = matrix(lab), meanings(lab)
        patch.setattr(EquivalenceClasses, "__bool__", lambda _: False)
        assert shared == (matrix(lab), meanings(lab))


@settings(CALM, max_examples=2)
@given(crowds(max_members=4))
def test_probes_fare_as_each_of_them_alone_on_a_copy(crowd: Crowd) -> None:
    """The whole of this law is a command: see pair_by_pair."""
    assume(not any(word in change.text for change in crowd.changes for word in BY_CHANCE))
    assert compare(crowd.lab(), ["tcp/80"]).differences == []

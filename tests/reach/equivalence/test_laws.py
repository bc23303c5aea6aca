"""A matrix of which equivalent probes are sent once is the matrix of which each is sent."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.reach.equivalence.crowds import Crowd, crowds
from vnetsim.lab import Lab
from vnetsim.process import Resolved
from vnetsim.reach.endpoints.names import Meanings
from vnetsim.reach.equivalence.classes import EquivalenceClasses
from vnetsim.reach.matrix.matrix import Matrix
from vnetsim.reach.probing import asking
from vnetsim.reach.probing.asking import Asker

CALM = settings(deadline=None, suppress_health_check=list(HealthCheck))
PORTS = ("icmp", "tcp/80", "tcp/1", "udp/53")


def matrix(lab: Lab) -> Matrix:
    return Matrix.of(lab.fork(), ports=PORTS, names=False, in_place=True, jobs=1)


def meanings(lab: Lab) -> Meanings:
    """What every container's name means to everybody; several addresses of one family come in a random order."""
    asker = Asker(lab.fork(), in_place=True, jobs=1)
    names = [one.name for one in asker.running if one.kind == "container"]
    return {key: in_order(answer) for key, answer in asker.meanings(dict.fromkeys(asker.senders, names)).items()}


def in_order(answer: Resolved) -> Resolved:
    addresses = answer.addresses
    several = len({address.version for address in addresses}) < len(addresses)
    return Resolved(tuple(sorted(addresses)) if several else addresses, answer.error, answer.zone)


@settings(CALM, max_examples=4)
@given(crowds())
def test_probes_of_equivalent_ends_fare_alike(crowd: Crowd) -> None:
    lab = crowd.lab()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "_WORTH_CLASSES", 0)
        shared = matrix(lab), meanings(lab)
        patch.setattr(EquivalenceClasses, "__bool__", lambda _: False)
        assert shared == (matrix(lab), meanings(lab))

"""Which questions for names have the same answer."""

from __future__ import annotations

import pytest

from tests.reach.equivalence.alike import classes, crowd_of_eight
from vnetsim.lab import Lab
from vnetsim.process import Resolved
from vnetsim.reach.endpoints.endpoints import Endpoint, all_endpoints, network_of
from vnetsim.reach.equivalence.naming import NameClasses
from vnetsim.wire.inet import Address

C = [Endpoint("container", f"c{number}") for number in range(4)]


@pytest.fixture(scope="module")
def crowd() -> Lab:
    return crowd_of_eight()


def names(lab: Lab) -> NameClasses:
    running = [one for one in all_endpoints(lab) if network_of(lab, one) is not None]
    return NameClasses(lab, running, classes(lab))


def test_names_of_containers_that_are_alike(crowd: Lab) -> None:
    known = names(crowd)
    assert known.orbit(C[0], "c1") == known.orbit(C[2], "c3") != known.orbit(C[0], "c0")
    assert known.orbit(C[0], "c0") == known.orbit(C[1], "c1")
    assert known.orbit(Endpoint("host"), "c0") == known.orbit(Endpoint("host"), "c1") != known.orbit(C[0], "c1")


@pytest.mark.parametrize(
    "line",
    [
        "docker exec c1 sh -c 'echo 192.0.2.1 other >> /etc/hosts'",
        "docker exec c1 sh -c 'echo options ndots:5 >> /etc/resolv.conf'",
        "docker run -d --network n0 --network-alias c1 alpine sleep 1000",
        "docker exec -d c0 sleep 1000; docker exec c2 sh -c 'echo 192.0.2.1 c1 >> /etc/hosts'",
    ],
)
def test_a_name_or_a_file_of_its_own(crowd: Lab, line: str) -> None:
    lab = crowd.fork()
    assert lab.run(line), line
    lab.sleep(3)
    known = names(lab)
    assert known.orbit(Endpoint("host"), "c1") != known.orbit(Endpoint("host"), "c3")


def test_an_answer_gets_the_addresses_of_the_other_container(crowd: Lab) -> None:
    known = names(crowd)
    (first,), (second,) = ([each for each in _addresses(crowd, name) if each.version == 4] for name in ("c1", "c2"))
    renamed = known.renamed((C[0], "c1"), Resolved((first,)), (C[3], "c2"))
    assert renamed == Resolved((second,))
    assert known.renamed((C[0], "c1"), Resolved((second,)), (C[3], "c2")) is None, "it names a third container"


def _addresses(lab: Lab, name: str) -> tuple[Address, ...]:
    member = classes(lab).member(Endpoint("container", name))
    assert member is not None
    return member.addresses

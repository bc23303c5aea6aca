"""The classes of a lab, by the names of their members."""

from __future__ import annotations

from typing import Final

from vnetsim.lab import Lab
from vnetsim.reach.endpoints.endpoints import all_endpoints, network_of
from vnetsim.reach.equivalence.classes import EquivalenceClasses

INSIDE: Final = "nsenter -t $(docker inspect -f '{{.State.Pid}}' c1) -n"
MACHINES: Final = range(4)


def crowd_of_eight() -> Lab:
    """Four containers on one network, and four namespaces on a bridge."""
    lab = Lab.docker_host()
    assert lab.run("docker network create --ipv6 n0")
    assert lab.run("ip link add br0 type bridge")
    assert lab.run("ip link set br0 up")
    assert lab.run("ip addr add 10.7.0.1/24 dev br0")
    for number in MACHINES:
        assert lab.run(f"docker run -d --name c{number} --network n0 nginx")
        assert lab.run(f"ip netns add m{number}")
        assert lab.run(f"ip link add v{number} type veth peer name eth0 netns m{number}")
        assert lab.run(f"ip link set v{number} master br0 up")
        assert lab.run(f"ip -n m{number} link set lo up")
        assert lab.run(f"ip -n m{number} link set eth0 up")
        assert lab.run(f"ip -n m{number} addr add 10.7.0.{number + 2}/24 dev eth0")
        assert lab.run(f"ip -n m{number} route add default via 10.7.0.1")
    lab.sleep(3)
    return lab


def classes(lab: Lab) -> EquivalenceClasses:
    return EquivalenceClasses(lab, [one for one in all_endpoints(lab) if network_of(lab, one) is not None])


def groups(lab: Lab) -> list[str]:
    """The members of each class that has more than one."""
    found: dict[int, list[str]] = {}
    known = classes(lab)
    for endpoint in all_endpoints(lab):
        member = known.member(endpoint)
        if member is not None:
            found.setdefault(member.number, []).append(endpoint.name)
    return [" ".join(names) for names in found.values()]


ALIKE: Final = ["c0 c1 c2 c3", "m0 m1 m2 m3"]

"""The classes of a lab, by the names of their members."""

from __future__ import annotations

from typing import Final

from vnetsim.lab import Lab
from vnetsim.reach.endpoints.endpoints import all_endpoints, network_of
from vnetsim.reach.equivalence.classes import EquivalenceClasses

INSIDE: Final = "nsenter -t $(docker inspect -f '{{.State.Pid}}' c1) -n"
MACHINES: Final = range(4)
#: All namespaces know the gateway, and it knows them; its MAC address is not that of a port.
KNOWN: Final = (
    "ip link set br0 address 02:00:00:00:01:00; "
    "for i in 0 1 2 3; do ip netns exec m$i ping -c 1 10.7.0.1; done; sleep 60; "
)
_MAC: Final = "$(ip netns exec {} cat /sys/class/net/eth0/address)"
#: And the bridge has learned the MAC address of m1 at another port.
SPOOFED: Final = KNOWN + (
    f"own={_MAC.format('m2')}; ip -n m2 link set eth0 address {_MAC.format('m1')};"
    "ip netns exec m2 ping -c 1 -W 1 10.7.0.9; ip -n m2 link set eth0 address $own;"
    "ip netns exec m2 ping -c 1 10.7.0.1; sleep 60"
)
#: Cables to the host instead of the bridge, a command, and nobody has spoken on them.
CABLES: Final = (
    "for i in 0 1 2 3; do ip link set v$i nomaster; ip addr flush dev v$i; done; {}; sleep 3; "
    "for i in 0 1 2 3; do ip neigh flush dev v$i; ip -n m$i neigh flush dev eth0; done"
)
#: Where the order of frames matters.
LOOP: Final = (
    "ip link add br1 type bridge; ip link set br1 up; for i in 0 1; do ip link add a$i type veth peer name b$i; "
    "ip link set a$i master br0; ip link set b$i master br1; done"
)


def crowd_of_eight() -> Lab:
    """Four containers on one network, and four namespaces on a bridge."""
    lab = Lab.docker_host()
    assert lab.run("docker network create --ipv6 n0")
    assert lab.run("ip link add br0 type bridge")
    assert lab.run("ip link set br0 up")
    assert lab.run("ip addr add 10.7.0.1/24 dev br0")
    for number in MACHINES:
        assert lab.run(f"docker run -d --name c{number} --network n0 nettools busybox httpd -f -p 80 -h /www")
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

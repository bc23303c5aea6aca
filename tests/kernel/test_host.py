"""What a host keeps as indexes is what a look at everything finds."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from vnetsim import Lab
from vnetsim.kernel.netdev.net_namespace import Netns

COMMANDS = (
    "docker run -d --name a -p 8080:80 nginx", "docker run -d --name b alpine sleep 100", "docker run -d nginx",
    "docker run -d --network container:a alpine sleep 50", "docker exec a ping -c 1 172.17.0.3",
    "docker exec -d b sh -c 'nc -lk 80 & nc -lk 81'", "docker exec b kill 1", "docker exec b sh -c 'kill $$'",
    "docker rm -f a", "docker rm -f b", "docker restart a", "docker kill b", "systemctl restart docker",
    "ip netns add n", "ip netns exec n sh -c 'nc -lk 90 & sleep 9' &", "ip netns del n",
    "ip link add v0 type veth peer name v1 netns n", "ip link del v0", "ip netns set n 7", "sleep 3",
    "curl localhost:8080",
)  # fmt: skip


def indexes_are_right(lab: Lab) -> None:
    machine, host = lab.machine, lab.machine.kernel
    assert host._processes == Counter(host.pids.values())
    offspring: dict[int, dict[int, object]] = {}
    for pid, child in machine._children.items():
        if child.parent != 1:
            offspring.setdefault(child.parent, {})[pid] = child
    assert machine._offspring == offspring
    known_by: dict[Netns, set[Netns]] = {}
    for namespace in host.namespaces:
        for other in namespace.nsids:
            known_by.setdefault(other, set()).add(namespace)
        for pid in namespace.owners._open:
            assert namespace.owners in host.descriptors[pid]
    assert {namespace: set(namespace.known_by) for namespace in host.namespaces if namespace.known_by} == known_by
    holders = {pid: set(owners) for pid, owners in host.descriptors.items() if owners}
    assert holders == {
        pid: {namespace.owners for namespace in host.namespaces if pid in namespace.owners._open} for pid in holders
    }


@settings(max_examples=examples(25))
@given(st.lists(st.sampled_from(COMMANDS), max_size=10))
def test_indexes_of_processes_sockets_and_namespaces(commands: list[str]) -> None:
    lab = Lab()
    for command in commands:
        lab.run(command)
        indexes_are_right(lab)

"""`ip route get` on a simulated host, held against what Linux 6.18 with iproute2 6.1 printed."""

from __future__ import annotations

import pytest

from vnetsim.lab import Lab

SETUP = """
ip link add v0 type veth peer name v1
ip link add w0 type veth peer name w1
ip link set lo up
ip link set v0 up
ip link set v1 up
ip link set w0 up
ip link set w1 up
ip addr add 10.0.0.1/24 dev v0
ip addr add 10.1.0.1/24 dev w0
ip route add default via 10.0.0.254
ip route add 10.41.0.0/16 via 10.0.0.2 src 10.1.0.1
ip route add 10.42.0.0/16 tos 8 via 10.0.0.2
ip route add unreachable 10.5.0.0/16
ip route add blackhole 10.6.0.0/16
ip route add prohibit 10.7.0.0/16
"""


@pytest.fixture(scope="module")
def lab() -> Lab:
    made = Lab()
    for command in SETUP.strip().splitlines():
        done = made.run(command)
        assert done.exit_code == 0, f"{command}: {done.output}"
    return made


ANSWERS = [
    ("8.8.8.8", "8.8.8.8 via 10.0.0.254 dev v0 src 10.0.0.1 uid 0", ""),
    ("10.41.0.1", "10.41.0.1 via 10.0.0.2 dev v0 src 10.1.0.1 uid 0", ""),
    ("10.42.0.1 tos 8", "10.42.0.1 tos 0x08 via 10.0.0.2 dev v0 src 10.0.0.1 uid 0", ""),
    ("10.42.0.1 tos 0x10", "10.42.0.1 via 10.0.0.254 dev v0 src 10.0.0.1 uid 0", ""),
    ("10.0.0.1 tos 8", "local 10.0.0.1 dev lo src 10.0.0.1 uid 0", "<local>"),
    ("10.0.0.1", "local 10.0.0.1 dev lo src 10.0.0.1 uid 0", "<local>"),
    ("10.0.0.255", "broadcast 10.0.0.255 dev v0 src 10.0.0.1 uid 0", "<local,brd>"),
    ("127.0.0.5", "local 127.0.0.5 dev lo src 127.0.0.1 uid 0", "<local>"),
    ("0.0.0.0", "local 0.0.0.0 dev lo src 127.0.0.1 uid 0", "<local>"),
    ("8.8.8.8 from 10.1.0.1", "8.8.8.8 from 10.1.0.1 via 10.0.0.254 dev v0 uid 0", ""),
    ("8.8.8.8 oif w0", "8.8.8.8 dev w0 src 10.1.0.1 uid 0", ""),
    ("10.0.0.1 oif w0", "10.0.0.1 dev w0 src 10.1.0.1 uid 0", ""),
    ("8.8.8.8 mark 5", "8.8.8.8 via 10.0.0.254 dev v0 src 10.0.0.1 mark 5 uid 0", ""),
    ("10.0.0.1 from 10.0.0.7 iif v0", "local 10.0.0.1 from 10.0.0.7 dev lo", "<local> iif v0"),
    ("10.0.0.255 from 10.0.0.7 iif v0", "broadcast 10.0.0.255 from 10.0.0.7 dev lo", "<local,brd> iif v0"),
]


@pytest.mark.parametrize(("question", "way", "cache"), ANSWERS, ids=[question for question, _, _ in ANSWERS])
def test_the_way_is_told_as_linux_tells_it(lab: Lab, question: str, way: str, cache: str) -> None:
    answer = lab.run(f"ip route get {question}")
    told, cached = answer.stdout.splitlines()
    assert (answer.exit_code, told.rstrip(), cached.strip()) == (0, way, f"cache {cache}".strip())


MATCHES = [
    ("8.8.8.8", "default via 10.0.0.254 dev v0"),
    ("10.0.0.9", "10.0.0.0/24 dev v0 proto kernel scope link src 10.0.0.1"),
    ("10.0.0.1", "local 10.0.0.1 dev v0 proto kernel scope host src 10.0.0.1"),
]


@pytest.mark.parametrize(("destination", "route"), MATCHES)
def test_the_route_itself_is_told_if_asked_for(lab: Lab, destination: str, route: str) -> None:
    assert lab.run(f"ip route get fibmatch {destination}").stdout.rstrip() == route


REFUSALS = [
    ("10.5.0.1", "No route to host"),
    ("10.6.0.1", "Invalid argument"),
    ("10.7.0.1", "Permission denied"),
    ("fibmatch 10.5.0.1", "No route to host"),
    ("8.8.8.8 from 9.9.9.9", "Network is unreachable"),
    ("8.8.8.8 from 224.0.0.1", "Invalid argument"),
    ("10.0.0.5 from 127.0.0.1", "Invalid argument"),
    ("8.8.8.8 from 10.0.0.7 iif v0", "No route to host"),
    ("10.0.0.1 from 10.1.0.1 iif v0", "Invalid argument"),
]


@pytest.mark.parametrize(("question", "words"), REFUSALS, ids=[question for question, _ in REFUSALS])
def test_where_there_is_no_way_the_reason_is_told(lab: Lab, question: str, words: str) -> None:
    answer = lab.run(f"ip route get {question}")
    assert (answer.exit_code, answer.stderr.strip()) == (2, f"RTNETLINK answers: {words}")

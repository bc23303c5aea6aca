"""Packet sockets whose device comes and goes, and errors that a UDP socket is not told (af_packet.c, udp.c)."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from tests.kernel.wires import ip
from tests.machines import pair, router, typed
from vnetsim import Lab
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Process, Program
from vnetsim.sockets import Captured

FAR = ip("10.0.2.2")


def run(lab: Lab, namespace: str, main: Any) -> None:
    context = attrs.evolve(lab.machine.host, network=lab.network(namespace))
    lab.machine.run(main, ["test"], context)
    lab.sleep(0.01)


def test_who_waits_for_packets_of_a_device_is_told_that_it_has_gone() -> None:
    lab, got = pair(), []

    def main(process: Process) -> Program:
        socket = process.network.packet_socket("eth0")
        assert not socket.gone
        captured: Captured | None = yield socket.receive()
        got.append((captured, socket.gone))
        return 0

    run(lab, "a", main)
    typed(lab, "ip -n a link del eth0")
    assert got == [(None, True)]


def test_one_that_moves_elsewhere_has_gone_too() -> None:
    lab = pair()
    socket = lab.network("a").packet_socket("eth0")
    typed(
        lab,
        """
        ip netns add c
        ip -n a link set eth0 netns c
    """,
    )
    assert socket.gone


def test_all_devices_never_go() -> None:
    lab = pair()
    socket = lab.network("a").packet_socket()
    typed(lab, "ip -n a link del eth0")
    assert not socket.gone


def test_a_socket_of_all_devices_hears_those_that_come_later() -> None:
    lab = pair()
    seen: list[Captured] = []
    lab.network("a").packet_socket().seen = seen.append
    typed(
        lab,
        """
        ip -n a link add v0 type veth peer name v1
        ip -n a link set v0 up
        ip -n a link set v1 up
        ip -n a addr add 10.9.0.1/24 dev v0
    """,
    )
    lab.run("ip netns exec a ping -c 1 -W 0.1 10.9.0.2")
    assert [(captured.device, captured.outgoing) for captured in seen][:2] == [("v0", True), ("v1", False)]


def test_one_that_is_closed_hears_nothing_of_new_devices() -> None:
    lab = pair()
    seen: list[Captured] = []
    socket = lab.network("a").packet_socket()
    socket.seen = seen.append
    socket.close()
    typed(
        lab,
        """
        ip -n a link add v0 type veth peer name v1
        ip -n a link set v0 up
        ip -n a link set v1 up
        ip -n a addr add 10.9.0.1/24 dev v0
    """,
    )
    lab.run("ip netns exec a ping -c 1 -W 0.1 10.9.0.2")
    assert seen == []


# --- errors that pass ------------------------------------------------------------------------------------------------

#: What REJECT or a router says, and what a connected socket is told of it (icmp_err_convert: only what is fatal).
TOLD = [
    ("icmp-port-unreachable", Errno.ECONNREFUSED),
    ("icmp-proto-unreachable", Errno.ENOPROTOOPT),
    ("icmp-host-prohibited", Errno.EHOSTUNREACH),
    ("icmp-net-unreachable", None),
    ("icmp-host-unreachable", None),
]


@pytest.mark.parametrize(("kind", "expected"), TOLD)
def test_a_socket_is_told_what_is_fatal(kind: str, expected: Errno | None) -> None:
    lab = router()
    typed(lab, f"ip netns exec r iptables -A FORWARD -p udp -j REJECT --reject-with {kind}")
    got: list[Errno | None] = []

    def main(process: Process) -> Program:
        socket = process.network.udp_socket()
        socket.connect(FAR, 9)
        socket.send(b"x")
        yield process.sleep(1_000_000)
        try:
            socket.send(b"x")
        except KernelError as error:
            got.append(error.errno)
        else:
            got.append(None)
        return 0

    run(lab, "h1", main)
    assert got == [expected]


def test_nobody_connects_to_all_of_a_network() -> None:
    lab = pair()
    socket = lab.network("a").udp_socket()
    with pytest.raises(KernelError) as refused:
        socket.connect(ip("10.0.0.255"), 9)
    assert refused.value.errno is Errno.EACCES

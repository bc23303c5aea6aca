"""UDP, ping and packet sockets: ports, who gets what, errors, and what waits (net/ipv4/udp.c, raw.c, af_packet.c).

The words of programs that use them are in the recordings tcp_udp_connect and tcp_udp_data.
"""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.servers import received, run, udp_client, udp_server
from tests.kernel.wires import device, ip, lost, packets, watched
from tests.laws import examples
from tests.machines import pair, ping, router, typed
from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.transport.udp import UdpSock
from vnetsim.process import Process, Program
from vnetsim.sockets import Captured, Datagram, IcmpMessage
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.inet import ANY4, IPv4
from vnetsim.wire.mac import BROADCAST

HERE, THERE = ip("10.0.0.1"), ip("10.0.0.2")


def refused(call: object, *args: object) -> Errno:
    assert callable(call)
    with pytest.raises(KernelError) as error:
        call(*args)
    return error.value.errno


# --- ports -------------------------------------------------------------------------------------------------------

#: Where two sockets are bound, and whether the second one may.
BOUND = [
    (("0.0.0.0", 9), ("0.0.0.0", 9), False),
    (("0.0.0.0", 9), ("10.0.0.1", 9), False),
    (("10.0.0.1", 9), ("0.0.0.0", 9), False),
    (("10.0.0.1", 9), ("10.0.0.1", 9), False),
    (("10.0.0.1", 9), ("127.0.0.1", 9), True),
    (("0.0.0.0", 9), ("0.0.0.0", 10), True),
]


@pytest.mark.parametrize(("first", "second", "free"), BOUND)
def test_a_port_of_an_address_belongs_to_one_socket(
    first: tuple[str, int], second: tuple[str, int], free: bool
) -> None:
    lab = pair()
    udp_client(lab, "a").bind(ip(first[0]), first[1])
    other = udp_client(lab, "a")
    if free:
        other.bind(ip(second[0]), second[1])
        assert other.local == (ip(second[0]), second[1])
    else:
        assert refused(other.bind, ip(second[0]), second[1]) is Errno.EADDRINUSE


def test_a_closed_socket_frees_its_port_and_closing_twice_changes_nothing() -> None:
    lab = pair()
    for _ in range(2):
        socket = udp_client(lab, "a", 9)
        socket.close()
        socket.close()


def test_ports_are_counted_per_namespace() -> None:
    lab = pair()
    udp_client(lab, "a", 9)
    udp_client(lab, "b", 9)


def test_an_address_of_somebody_else_cannot_be_bound() -> None:
    lab = pair()
    assert refused(udp_client(lab, "a").bind, THERE, 9) is Errno.EADDRNOTAVAIL
    assert refused(udp_client(lab, "a").bind, ip("10.0.0.255"), 9) in (Errno.EADDRNOTAVAIL, Errno.EADDRINUSE)


def test_a_socket_is_bound_once() -> None:
    lab = pair()
    socket = udp_client(lab, "a", 9)
    assert refused(socket.bind, ANY4, 10) is Errno.EINVAL
    udp_client(lab, "a", 10)


def test_a_socket_that_is_not_bound_gets_an_ephemeral_port() -> None:
    lab = pair()
    typed(lab, "ip netns exec a sysctl -qw net.ipv4.ip_local_port_range='40000 40003'")
    sockets = [udp_client(lab, "a") for _ in range(5)]
    for socket in sockets[:4]:
        socket.send_to(b"", THERE, 9)
    assert sorted(socket.port for socket in sockets) == [0, 40000, 40001, 40002, 40003]
    assert refused(sockets[4].send_to, b"", THERE, 9) in (Errno.EADDRINUSE, Errno.EAGAIN)
    sockets[0].close()
    sockets[4].send_to(b"", THERE, 9)
    assert sockets[4].port == sockets[0].port


# --- who gets it ---------------------------------------------------------------------------------------------------


def test_the_socket_that_fits_best_gets_a_datagram() -> None:
    """udp4_lib_lookup: connected before bound to the address before bound to all."""
    lab = pair()
    every = udp_client(lab, "b", 9, address=ip("127.0.0.1"))
    own = udp_client(lab, "b", 9, address=THERE)
    sender, stranger = udp_client(lab, "a", 4000), udp_client(lab, "a", 4001)
    sender.send_to(b"to the address", THERE, 9)
    lab.sleep(0.1)
    own.connect(HERE, 4000)
    sender.send_to(b"from the peer", THERE, 9)
    stranger.send_to(b"from a stranger", THERE, 9)
    lab.sleep(0.1)
    assert [each.data for each in received(own)] == [b"to the address", b"from the peer"]
    assert received(every) == []


def test_a_connected_socket_hears_its_peer_only() -> None:
    lab = pair()
    socket = udp_client(lab, "b", 9)
    socket.connect(HERE, 4000)
    for port in (4000, 4001):
        udp_client(lab, "a", port).send_to(str(port).encode(), THERE, 9)
    lab.sleep(0.1)
    assert [each.data for each in received(socket)] == [b"4000"]


def test_a_datagram_tells_where_it_came_from_and_where_it_was_sent() -> None:
    lab = pair()
    socket = udp_client(lab, "b", 9)
    udp_client(lab, "a", 4000).send_to(b"x", THERE, 9)
    lab.sleep(0.1)
    assert received(socket) == [Datagram(b"x", HERE, 4000, THERE, 64)]


def test_a_broadcast_needs_to_be_wanted_and_is_heard_by_all() -> None:
    lab = pair()
    assert refused(udp_client(lab, "a").connect, ip("10.0.0.255"), 9) is Errno.EACCES
    socket = udp_client(lab, "b", 9)
    udp_client(lab, "a", 4000).send_to(b"x", ip("10.0.0.255"), 9)
    lab.sleep(0.1)
    assert [str(each.destination) for each in received(socket)] == ["10.0.0.255"]


def test_a_socket_holds_so_many_datagrams_and_the_rest_is_lost() -> None:
    lab = pair(watch=True)
    socket = udp_client(lab, "b", 9)
    sender = udp_client(lab, "a", 4000)
    assert ping(lab, "a", "10.0.0.2")
    for number in range(400):
        sender.send_to(str(number).encode(), THERE, 9)
    lab.sleep(0.1)
    kept = [int(each.data) for each in received(socket)]
    assert kept == list(range(len(kept)))
    assert lost(lab, namespace="b") == [DropReason.SOCKET_RCVBUFF] * (400 - len(kept))


# --- errors --------------------------------------------------------------------------------------------------------


def test_the_second_call_of_a_connected_socket_tells_that_nobody_listens() -> None:
    """tcp_udp_connect: the error arrives at the second write or read."""
    lab = pair()
    socket = udp_client(lab, "a")
    socket.connect(THERE, 9)
    socket.send(b"one")
    lab.sleep(0.1)
    assert refused(socket.send, b"two") is Errno.ECONNREFUSED
    socket.send(b"three")
    lab.sleep(0.1)
    assert refused(socket.receive) is Errno.ECONNREFUSED
    socket.receive()


def test_a_socket_that_is_not_connected_hears_of_no_error() -> None:
    lab = pair()
    socket = udp_client(lab, "a")
    for _ in range(3):
        socket.send_to(b"", THERE, 9)
        lab.sleep(0.1)


#: What the router does, and what a connected socket is told: only what will not pass by itself (icmp_err_convert).
TOLD = [
    ("ip route add unreachable 10.9.0.0/16", None),
    ("ip route add prohibit 10.9.0.0/16", Errno.EHOSTUNREACH),
    ("true", None),
    ("iptables -A FORWARD -j REJECT --reject-with icmp-proto-unreachable", Errno.ENOPROTOOPT),
    ("iptables -A FORWARD -j REJECT --reject-with icmp-port-unreachable", Errno.ECONNREFUSED),
    ("iptables -A FORWARD -j REJECT --reject-with icmp-host-prohibited", Errno.EHOSTUNREACH),
]


@pytest.mark.parametrize(("command", "errno"), TOLD)
def test_what_a_router_tells_reaches_the_socket(command: str, errno: Errno | None) -> None:
    lab = router()
    if "iptables" in command:
        typed(lab, "ip -n r route add 10.9.0.0/16 via 10.0.2.2")
    typed(lab, f"ip netns exec r {command}")
    socket = udp_client(lab, "h1")
    socket.connect(ip("10.9.0.1"), 9)
    socket.send(b"x")
    lab.sleep(0.1)
    if errno is None:
        socket.send(b"y")
    else:
        assert refused(socket.receive) is errno


def test_a_path_that_is_narrow_is_an_error_once() -> None:
    lab = router(mtu=1300)
    heard = udp_client(lab, "h2", 9)
    socket = udp_client(lab, "h1")
    socket.connect(ip("10.0.2.2"), 9)
    socket.send(bytes(1400))
    lab.sleep(0.1)
    assert refused(socket.send, bytes(1400)) is Errno.EMSGSIZE
    socket.send(bytes(1400))
    lab.sleep(0.1)
    assert [len(each.data) for each in received(heard)] == [1400]


#: What is refused at once, as the system call tells it.
AT_ONCE = [
    ("10.99.0.1", Errno.ENETUNREACH, "true"),
    ("10.9.0.1", Errno.EHOSTUNREACH, "ip -n a route add unreachable 10.9.0.0/16"),
    ("10.9.0.1", Errno.EACCES, "ip -n a route add prohibit 10.9.0.0/16"),
    ("10.9.0.1", Errno.EINVAL, "ip -n a route add blackhole 10.9.0.0/16"),
    ("10.0.0.2", Errno.EPERM, "ip netns exec a iptables -A OUTPUT -j DROP"),
]


@pytest.mark.parametrize(("target", "errno", "command"), AT_ONCE)
def test_what_cannot_be_sent_is_refused(target: str, errno: Errno, command: str) -> None:
    lab = pair()
    typed(lab, command)
    assert refused(udp_client(lab, "a").send_to, b"x", ip(target), 9) is errno


def test_a_datagram_has_at_most_65507_bytes() -> None:
    lab = pair()
    heard = udp_client(lab, "b", 9)
    sender = udp_client(lab, "a")
    assert refused(sender.send_to, bytes(65508), THERE, 9) is Errno.EMSGSIZE
    sender.send_to(bytes(65507), THERE, 9)
    lab.sleep(0.1)
    assert [len(each.data) for each in received(heard)] == [65507]


def test_a_socket_without_a_peer_cannot_send() -> None:
    assert refused(udp_client(pair(), "a").send, b"") is Errno.EDESTADDRREQ


# --- waiting -------------------------------------------------------------------------------------------------------


def waited(lab: Lab, timeout: int | None) -> list[object]:
    """What a program in b gets that waits once on port 9, and when."""
    got: list[object] = []

    def main(process: Process) -> Program:
        socket = process.network.udp_socket(owner=process)
        socket.bind(ANY4, 9)
        answer = yield socket.receive(timeout)
        got.append(answer.data if isinstance(answer, Datagram) else answer)
        got.append(round(process.now() / SECOND, 1))
        return 0

    run(lab, "b", main)
    lab.sleep(0.5)
    return got


def test_a_program_waits_for_a_datagram_and_no_longer_than_it_said() -> None:
    lab = pair()
    began = lab.now() / SECOND
    got = waited(lab, 2 * SECOND)
    assert got == []
    lab.sleep(3)
    assert got == [None, round(began + 2, 1)]
    got = waited(lab, None)  # the socket of the first one was closed when it ended
    lab.sleep(100)
    assert got == []
    udp_client(lab, "a").send_to(b"at last", THERE, 9)
    lab.sleep(1)
    assert got[0] == b"at last"


def test_a_datagram_that_comes_after_the_wait_is_kept_for_the_next_one() -> None:
    lab = pair()
    socket = udp_client(lab, "b", 9)
    socket.receive(SECOND)
    lab.sleep(2)
    udp_client(lab, "a").send_to(b"x", THERE, 9)
    lab.sleep(0.1)
    assert [each.data for each in received(socket)] == [b"x"]


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=20))
def test_datagrams_keep_their_edges_and_their_order(data: list[bytes]) -> None:
    lab = pair()
    heard = udp_server(lab, "b", 9)
    client = udp_client(lab, "a")
    for each in data:
        client.send_to(each, THERE, 9)
    lab.sleep(0.1)
    assert [each.data for each in heard] == data
    assert [each.data for each in received(client)] == [each.upper() for each in data]


_choice = st.tuples(
    st.sampled_from(["bind", "close", "send"]),
    st.integers(0, 3),
    st.sampled_from([0, 9, 10]),
    st.sampled_from([ANY4, HERE, ip("127.0.0.1")]),
)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(_choice, max_size=25))
def test_no_two_sockets_ever_share_a_port_of_an_address(choices: list[tuple[str, int, int, IPv4]]) -> None:
    lab = pair()
    sockets: dict[int, UdpSock] = {}
    for what, number, port, address in choices:
        socket = sockets.setdefault(number, udp_client(lab, "a"))
        with contextlib.suppress(KernelError):
            if what == "bind":
                socket.bind(address, port)
            elif what == "send":
                socket.send_to(b"", THERE, 99)
            else:
                sockets.pop(number).close()
        held = [(each.local_port, each.local) for each in lab.network("a").sockets()]
        for at, (one, where) in enumerate(held):
            for other, there in held[at + 1 :]:
                assert one != other or (where and there and where != there)
    for socket in sockets.values():
        socket.close()
    assert not lab.network("a").sockets()


# --- ping and packet sockets ---------------------------------------------------------------------------------------


def test_each_ping_hears_its_own_answers_only() -> None:
    lab = pair()
    one, other = lab.network("a").ping_socket(THERE), lab.network("a").ping_socket(THERE)
    assert one.identifier != other.identifier
    one.send(1, b"x" * 16)
    lab.sleep(0.1)
    waits = [socket.receive(0) for socket in (one, other)]
    lab.sleep(0.1)
    answers = [wait.event.value for wait in waits]
    assert isinstance(answers[0], IcmpMessage)
    assert answers[1] is None


def test_a_packet_socket_sees_both_directions_and_only_its_device() -> None:
    lab = pair()
    typed(lab, "ip -n a link set lo up")
    wire, loop, everything = watched(lab, "a", "eth0"), watched(lab, "a", "lo"), watched(lab, "a")
    assert lab.run("ip netns exec a ping -c 1 10.0.0.2")
    assert lab.run("ip netns exec a ping -c 1 127.0.0.1")
    assert [each.outgoing for each in packets_of(wire)] == [True, False]
    assert {each.device for each in loop} == {"lo"}
    assert len(everything) == len(wire) + len(loop)


def packets_of(seen: list[Captured]) -> list[Captured]:
    return [each for each in seen if packets([each])]


def test_a_closed_packet_socket_sees_nothing_more() -> None:
    lab = pair()
    seen: list[object] = []
    tap = lab.network("a").packet_socket("eth0")
    tap.seen = seen.append
    assert lab.run("ip netns exec a ping -c 1 10.0.0.2")
    count = len(seen)
    tap.close()
    tap.close()
    assert lab.run("ip netns exec a ping -c 1 10.0.0.2")
    assert len(seen) == count > 0


def test_a_packet_socket_of_a_device_that_is_gone_is_harmless() -> None:
    lab = pair()
    tap = lab.network("a").packet_socket("eth0")
    typed(lab, "ip -n a link del eth0")
    with pytest.raises(KernelError):
        tap.send(Frame.build(BROADCAST, BROADCAST, 0x88B5, b""))
    tap.close()


def test_a_device_that_is_down_refuses_a_frame() -> None:
    lab = pair()
    mac = device(lab, "a", "eth0").mac
    typed(lab, "ip -n a link set eth0 down")
    assert (
        refused(lab.network("a").packet_socket("eth0").send, Frame.build(BROADCAST, mac, 0x88B5, b"")) is Errno.ENETDOWN
    )

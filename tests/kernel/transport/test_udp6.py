"""UDP and ping sockets of IPv6, and what both families share (net/ipv6/udp.c, raw.c).

What is not told here is as for IPv4 in test_udp.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.servers import received, udp_client
from tests.kernel.six import cable, ip6, namespace, pair6, reaches, router6
from tests.kernel.transport.test_udp import refused
from tests.kernel.wires import ip, lost, watched
from tests.laws import examples
from tests.machines import typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.transport.ping6 import PingSock6
from vnetsim.kernel.transport.udp6 import UdpSock6
from vnetsim.sockets import Datagram, IcmpMessage
from vnetsim.wire.inet import ANY4, ANY6, Address, IPv6
from vnetsim.wire.ipv6 import Packet

HERE, THERE = ip6("fd00::1"), ip6("fd00::2")


def client6(lab: Lab, name: str, port: int = 0, address: IPv6 = ANY6, *, only_v6: bool = False) -> UdpSock6:
    socket = lab.network(name).udp_socket(6)
    assert isinstance(socket, UdpSock6)
    if port:
        socket.bind(address, port, only_v6=only_v6)
    return socket


def heard(socket: UdpSock6) -> list[Datagram]:
    datagrams = []
    while len(socket._queue):
        datagram = socket.receive().event.value
        assert isinstance(datagram, Datagram)
        datagrams.append(datagram)
    return datagrams


def both() -> Lab:
    """a and b, who have 10.0.0.1 and 10.0.0.2 besides."""
    lab = pair6(watch=True)
    typed(lab, "ip -n a addr add 10.0.0.1/24 dev eth0\nip -n b addr add 10.0.0.2/24 dev eth0")
    return lab


# --- ports -----------------------------------------------------------------------------------------------------------

#: Where two sockets are bound, and whether the second one may.
BOUND: list[tuple[Address, Address, bool]] = [
    (ANY6, ANY6, False), (ANY6, HERE, False), (HERE, ANY6, False), (HERE, HERE, False),
    (HERE, ip6("::1"), True), (ANY6, ANY4, False), (ANY4, ANY6, False), (HERE, ANY4, True), (ANY4, HERE, True),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "free"), BOUND)
def test_a_port_of_an_address_belongs_to_one_socket(first: Address, second: Address, free: bool) -> None:
    lab = both()
    for address, may in ((first, True), (second, free)):
        socket = lab.network("a").udp_socket(6 if isinstance(address, IPv6) else 4)
        if may:
            socket.bind(address, 9)
        else:
            assert refused(socket.bind, address, 9) is Errno.EADDRINUSE


def test_a_socket_of_ipv6_only_leaves_the_port_of_ipv4_free() -> None:
    lab = both()
    six, four = client6(lab, "b", 9, only_v6=True), udp_client(lab, "b", 9)
    client6(lab, "a", 4000).send_to(b"six", THERE, 9)
    udp_client(lab, "a", 4001).send_to(b"four", ip("10.0.0.2"), 9)
    lab.sleep(0.1)
    assert [each.data for each in heard(six)] == [b"six"]
    assert [each.data for each in received(four)] == [b"four"]


def test_an_address_of_somebody_else_cannot_be_bound() -> None:
    assert refused(client6(pair6(), "a").bind, THERE, 9) is Errno.EADDRNOTAVAIL


# --- who gets it -----------------------------------------------------------------------------------------------------


def test_a_datagram_tells_where_it_came_from_and_where_it_was_sent() -> None:
    lab = pair6()
    socket = client6(lab, "b", 9)
    client6(lab, "a", 4000).send_to(b"x", THERE, 9)
    lab.sleep(0.1)
    assert heard(socket) == [Datagram(b"x", HERE, 4000, THERE, 64)]


def test_a_socket_of_all_addresses_speaks_ipv4_as_well() -> None:
    lab = both()
    socket = client6(lab, "b", 9)
    asker = udp_client(lab, "a", 4000)
    asker.send_to(b"hello", ip("10.0.0.2"), 9)
    lab.sleep(0.1)
    [datagram] = heard(socket)
    assert (str(datagram.source), str(datagram.destination)) == ("::ffff:10.0.0.1", "::ffff:10.0.0.2")
    socket.send_to(b"world", datagram.source, datagram.source_port)
    lab.sleep(0.1)
    assert received(asker) == [Datagram(b"world", ip("10.0.0.2"), 9, ip("10.0.0.1"), 64)]


def test_the_socket_that_fits_best_gets_a_datagram() -> None:
    lab = pair6()
    typed(lab, "ip -n b addr add fd00::22/64 dev eth0 nodad")
    own, other = client6(lab, "b", 9, THERE), client6(lab, "b", 9, ip6("fd00::22"))
    sender, stranger = client6(lab, "a", 4000), client6(lab, "a", 4001)
    sender.send_to(b"to one", THERE, 9)
    sender.send_to(b"to the other", ip6("fd00::22"), 9)
    lab.sleep(0.1)
    own.connect(HERE, 4000)
    sender.send_to(b"from the peer", THERE, 9)
    stranger.send_to(b"from a stranger", THERE, 9)
    lab.sleep(0.1)
    assert [each.data for each in heard(own)] == [b"to one", b"from the peer"]
    assert [each.data for each in heard(other)] == [b"to the other"]


def test_a_socket_holds_so_many_datagrams_and_the_rest_is_lost() -> None:
    lab = pair6(watch=True)
    socket, sender = client6(lab, "b", 9), client6(lab, "a", 4000)
    assert reaches(lab, "a", "fd00::2")
    for number in range(400):
        sender.send_to(str(number).encode(), THERE, 9)
    lab.sleep(0.1)
    kept = [int(each.data) for each in heard(socket)]
    assert kept == list(range(len(kept)))
    assert lost(lab, namespace="b") == [DropReason.SOCKET_RCVBUFF] * (400 - len(kept))


# --- errors ----------------------------------------------------------------------------------------------------------


def test_the_second_call_of_a_connected_socket_tells_that_nobody_listens() -> None:
    lab = pair6()
    socket = client6(lab, "a")
    socket.connect(THERE, 9)
    socket.send(b"one")
    lab.sleep(0.1)
    assert refused(socket.send, b"two") is Errno.ECONNREFUSED
    socket.send(b"three")
    lab.sleep(0.1)
    assert refused(socket.receive) is Errno.ECONNREFUSED
    socket.receive()


#: What the router does, and what a connected socket is told: only what will not pass by itself (icmpv6_err_convert).
TOLD = [
    ("ip -6 route add unreachable fd09::/16", None),
    ("ip -6 route add prohibit fd09::/16", Errno.EACCES),
    ("true", None),
    ("ip6tables -A FORWARD -j REJECT --reject-with icmp6-no-route", None),
    ("ip6tables -A FORWARD -j REJECT --reject-with icmp6-addr-unreachable", None),
    ("ip6tables -A FORWARD -j REJECT", Errno.ECONNREFUSED),
    ("ip6tables -A FORWARD -j REJECT --reject-with icmp6-policy-fail", Errno.EACCES),
]


@pytest.mark.parametrize(("command", "errno"), TOLD)
def test_what_a_router_tells_reaches_the_socket(command: str, errno: Errno | None) -> None:
    lab = router6()
    if "ip6tables" in command:
        typed(lab, "ip -n r -6 route add fd09::/16 via fd02::2")
    typed(lab, f"ip netns exec r {command}")
    socket = client6(lab, "h1")
    socket.connect(ip6("fd09::1"), 9)
    socket.send(b"x")
    lab.sleep(0.1)
    if errno is None:
        socket.send(b"y")
    else:
        assert refused(socket.receive) is errno


def test_a_path_that_is_narrow_costs_one_datagram_and_is_no_error() -> None:
    lab = router6()
    assert reaches(lab, "h1", "fd02::2")
    typed(lab, "ip -n r link set r2 mtu 1300")
    server, socket = client6(lab, "h2", 9), client6(lab, "h1")
    socket.connect(ip6("fd02::2"), 9)
    for number in range(3):
        socket.send(bytes([number]) * 1400)
        lab.sleep(0.1)
    assert [each.data[0] for each in heard(server)] == [1, 2]


#: What is refused at once, as the system call tells it.
AT_ONCE = [
    ("fd99::1", Errno.ENETUNREACH, "true"),
    ("fd09::1", Errno.EHOSTUNREACH, "ip -n a -6 route add unreachable fd09::/16"),
    ("fd09::1", Errno.EACCES, "ip -n a -6 route add prohibit fd09::/16"),
    ("fd09::1", Errno.EINVAL, "ip -n a -6 route add blackhole fd09::/16"),
    ("fd00::2", Errno.EPERM, "ip netns exec a ip6tables -A OUTPUT -j DROP"),
]


@pytest.mark.parametrize(("target", "errno", "command"), AT_ONCE)
def test_what_cannot_be_sent_is_refused(target: str, errno: Errno, command: str) -> None:
    lab = pair6()
    typed(lab, command)
    assert refused(client6(lab, "a").send_to, b"x", ip6(target), 9) is errno


@settings(max_examples=examples(25), deadline=None)
@given(sizes=st.lists(st.integers(0, 65527), min_size=1, max_size=6))
def test_datagrams_of_any_size_keep_their_edges_and_their_order(sizes: list[int]) -> None:
    lab = pair6()
    socket, sender = client6(lab, "b", 9), client6(lab, "a")
    for size in sizes:
        sender.send_to(bytes(size), THERE, 9)
        lab.sleep(0.01)
        assert [len(each.data) for each in heard(socket)] == [size]
    assert refused(sender.send_to, bytes(65528), THERE, 9) is Errno.EMSGSIZE


# --- ping ------------------------------------------------------------------------------------------------------------


def messages(socket: object) -> list[IcmpMessage]:
    """What has arrived in a ping socket; it is taken out."""
    assert isinstance(socket, PingSock6)
    taken = []
    while len(socket._queue):
        message = socket.receive().event.value
        assert isinstance(message, IcmpMessage)
        taken.append(message)
    return taken


def replies(lab: Lab, name: str, target: str, **wanted: object) -> list[tuple[str, str | None]]:
    """Who answers one echo request within a second, each with the link that he is on."""
    socket = lab.network(name).ping_socket(ip6(target), **wanted)  # type: ignore[arg-type]
    socket.send(1, bytes(56))
    lab.sleep(1)
    got = [(str(message.origin), message.zone) for message in messages(socket)]
    socket.close()
    return got


def test_what_is_on_a_link_is_asked_with_the_name_of_the_link() -> None:
    lab = pair6()
    assert replies(lab, "a", "fe80::ff:fe00:201", zone="eth0") == [("fe80::ff:fe00:201", "eth0")]
    assert replies(lab, "a", "fd00::2") == [("fd00::2", None)]
    assert replies(lab, "a", "ff02::1", device="eth0") == [("fe80::ff:fe00:101", "eth0"), ("fe80::ff:fe00:201", "eth0")]


def test_a_neighbour_may_be_pinged_without_naming_the_link_but_a_group_of_this_host_not() -> None:
    lab = pair6()
    assert replies(lab, "a", "fe80::ff:fe00:201") == [("fe80::ff:fe00:201", "eth0")]
    assert refused(lab.network("a").ping_socket, ip6("ff01::1")) is Errno.EINVAL


def test_the_source_is_the_one_that_was_asked_for_and_must_be_ones_own() -> None:
    lab = pair6()
    wire = watched(lab, "b", "eth0")
    typed(lab, "ip -n a addr add fd07::7/128 dev eth0\nip -n b -6 route add fd07::/64 dev eth0")
    assert replies(lab, "a", "fd00::2", source=ip6("fd07::7")) == [("fd00::2", None)]
    sources = {str(each.frame.payload.source) for each in wire if isinstance(each.frame.payload, Packet)}
    assert "fd07::7" in sources
    assert refused(lambda: lab.network("a").ping_socket(THERE, source=ip6("fd07::8"))) is Errno.EADDRNOTAVAIL


def test_each_socket_hears_its_own_replies_only() -> None:
    lab = pair6()
    one, other = lab.network("a").ping_socket(THERE), lab.network("a").ping_socket(THERE)
    one.send(7, b"")
    lab.sleep(0.1)
    assert [(each.sequence, each.error) for each in messages(one)] == [(7, False)]
    assert messages(other) == []


def test_a_packet_that_may_not_be_cut_is_refused_with_the_size_that_fits() -> None:
    lab = pair6()
    socket = lab.network("a").ping_socket(THERE, dont_fragment=True)
    assert refused(socket.send, 1, bytes(1453)) is Errno.EMSGSIZE
    assert [(each.local, each.info) for each in messages(socket)] == [(True, 1500)]
    socket.send(2, bytes(1452))


# --- links -----------------------------------------------------------------------------------------------------------


def two_links() -> Lab:
    """a with eth0 to b (fe80::ff:fe00:201) and eth1 to c (fe80::ff:fe00:202); nc listens in c."""
    lab = pair6()
    namespace(lab, "c")
    cable(lab, "a", "eth1", "c", "eth0", 2)
    lab.sleep(4)
    lab.run("ip netns exec c nc -6 -l -k -p 80 > /tmp/heard &")
    lab.sleep(0.1)
    return lab


#: What a says to c's port and how that ends.
TO_C = [
    ("nc -zv -w 1 {c}%eth1 80", "Connection to {c}%eth1 80 port [tcp/http] succeeded!"),
    ("nc -zv -w 1 {c}%eth1 81", "nc: connect to {c}%eth1 port 81 (tcp) failed: Connection refused"),
    ("nc -zv -w 1 {c}%eth0 80", "nc: connect to {c}%eth0 port 80 (tcp) timed out: Operation now in progress"),
    ("nc -zv -w 1 {c} 80", "nc: connect to {c} port 80 (tcp) failed: Invalid argument"),
    ("nc -zuv -w 1 {c} 80", "nc: connect to {c} port 80 (udp) failed: Invalid argument"),
    ("nc -zuv -w 1 {c}%eth1 80", ""),
    ("nc -zuv -w 1 {c}%lo 80", "nc: connect to {c}%lo port 80 (udp) failed: Network is unreachable"),
    ("nc -zuv -w 1 ff02::1 80", "nc: connect to ff02::1 port 80 (udp) failed: Invalid argument"),
]


@pytest.mark.parametrize(("command", "words"), TO_C)
def test_who_connects_to_a_neighbour_names_the_link(command: str, words: str) -> None:
    neighbour = "fe80::ff:fe00:202"
    result = two_links().run(f"ip netns exec a {command.format(c=neighbour)}")
    assert result.stderr.strip() == words.format(c=neighbour)


def test_data_goes_over_the_link_that_was_named_both_ways() -> None:
    lab = two_links()
    typed(lab, "ip netns exec a bash -c 'echo hello | nc -N -w 2 fe80::ff:fe00:202%eth1 80'")
    assert lab.run("cat /tmp/heard").stdout == "hello\n"
    assert "[fe80::ff:fe00:102]%eth1:" in lab.run("ip netns exec a ss -tan").stdout


def test_a_server_at_an_address_of_a_link_hears_that_link_only() -> None:
    lab = two_links()
    socket = client6(lab, "a")
    assert refused(socket.bind, ip6("fe80::ff:fe00:101"), 9) is Errno.EINVAL
    assert refused(lambda: socket.bind(ip6("fe80::ff:fe00:101"), 9, zone="eth1")) is Errno.EADDRNOTAVAIL
    socket.bind(ip6("fe80::ff:fe00:101"), 9, zone="eth0")
    client6(lab, "b", 4000).send_to(b"b", ip6("fe80::ff:fe00:101"), 9, zone="eth0")
    lab.sleep(0.1)
    assert [(str(each.source), each.zone, each.data) for each in heard(socket)] == [("fe80::ff:fe00:201", "eth0", b"b")]
    assert [(str(each.local), each.device) for each in lab.network("a").sockets()] == [("fe80::ff:fe00:101", "eth0")]

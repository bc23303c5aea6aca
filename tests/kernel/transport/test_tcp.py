"""TCP between namespaces: frames on the wire, refusals, errors of the network, and who may have which port."""

from __future__ import annotations

import re

import attrs
import pytest

from tests.kernel.servers import run
from tests.kernel.streams import (
    Waiting,
    accepted,
    connected,
    connecting,
    echo_server,
    entries,
    error_of,
    joined,
    listening,
    received,
    states,
    stream,
    table,
)
from tests.kernel.wires import lost, watched
from tests.machines import bridged, pair, router, typed
from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.transport.tcp import Bound
from vnetsim.process import Process, Program
from vnetsim.sockets import Captured
from vnetsim.wire.inet import ANY4, ANY6, LOOPBACK4, Address, IPv4, parse_address
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.printer import PacketPrinter
from vnetsim.wire.tcp import Tcp


def told(seen: list[Captured]) -> list[str]:
    """`10.0.0.1.40000 > 10.0.0.2.80: Flags [S], ...` without what is drawn by lot; the list is empty afterwards."""
    printer = PacketPrinter(link=False)
    lines = [frame.frame.describe(printer) for frame in seen]
    seen.clear()
    lines = [re.sub(r"TS val \d+ ecr \d+", "TS", line.removeprefix("IP ")) for line in lines]
    return [re.sub(r"(seq|ack) \d{5,}", r"\1 <n>", line) for line in lines if "Flags" in line]


# --- frames -----------------------------------------------------------------------------------------------------------


def test_a_conversation_as_recorded() -> None:
    lab = pair()
    listener = listening(lab, "b", 80)
    seen = watched(lab, "a", "eth0")
    client = connected(lab, "a", "10.0.0.2", 80, local=40000)
    server = accepted(lab, listener)
    client.send(b"hello\n")
    assert received(lab, server) == b"hello\n"
    client.close()
    lab.sleep(0.0001)
    server.close()
    lab.sleep(0.01)
    there, back = "10.0.0.1.40000 > 10.0.0.2.80", "10.0.0.2.80 > 10.0.0.1.40000"
    assert told(seen) == [
        f"{there}: Flags [S], seq <n>, win 64240, options [mss 1460,sackOK,TS,nop,wscale 10], length 0",
        f"{back}: Flags [S.], seq <n>, ack <n>, win 65160, options [mss 1460,sackOK,TS,nop,wscale 10], length 0",
        f"{there}: Flags [.], ack 1, win 63, options [nop,nop,TS], length 0",
        f"{there}: Flags [P.], seq 1:7, ack 1, win 63, options [nop,nop,TS], length 6: HTTP",
        f"{back}: Flags [.], ack 7, win 64, options [nop,nop,TS], length 0",
        f"{there}: Flags [F.], seq 7, ack 1, win 63, options [nop,nop,TS], length 0",
        f"{back}: Flags [F.], seq 1, ack 8, win 64, options [nop,nop,TS], length 0",
        f"{there}: Flags [.], ack 2, win 63, options [nop,nop,TS], length 0",
    ]


def test_a_closed_port() -> None:
    lab = pair(watch=True)
    seen = watched(lab, "a", "eth0")
    _, wait = connecting(lab, "a", "10.0.0.2", 81, local=40000)
    lab.sleep(0.1)
    assert wait.result is Errno.ECONNREFUSED
    assert told(seen)[1:] == ["10.0.0.2.81 > 10.0.0.1.40000: Flags [R.], seq 0, ack <n>, win 0, length 0"]
    assert lost(lab, namespace="b") == [DropReason.NO_SOCKET]
    assert states(lab, "a") == []


def test_identifications_count_and_what_the_kernel_answers_has_none() -> None:
    lab = pair()
    seen = watched(lab, "a", "eth0")
    client, _ = joined(lab, "a", "b", "10.0.0.2")
    client.send(b"x")
    lab.sleep(0.01)
    numbers = [
        (frame.outgoing, frame.frame.payload.identification, frame.frame.payload.dont_fragment)
        for frame in seen
        if isinstance(frame.frame.payload, Packet)
    ]
    ours = [number for outgoing, number, _ in numbers if outgoing]
    assert ours == [ours[0] + index & 0xFFFF for index in range(3)]
    assert numbers[1] == (False, 0, True)
    assert all(fragment for _, _, fragment in numbers)


@pytest.mark.parametrize(
    ("command", "mss", "window"),
    [
        ("true", 1460, 64240),
        ("ip -n a link set eth0 mtu 1400", 1360, 65280),
        ("ip -n a route replace 10.0.0.0/24 dev eth0 advmss 1000", 1000, 65000),
        ("ip netns exec a sysctl -qw 'net.ipv4.tcp_rmem=4096 65536 6291456'", 1460, 32120),
    ],
)
def test_what_a_syn_offers_follows_the_route(command: str, mss: int, window: int) -> None:
    lab = pair()
    typed(lab, command)
    seen = watched(lab, "a", "eth0")
    connecting(lab, "a", "10.0.0.2", 80)
    lab.sleep(0.01)
    syn = told(seen)[0]
    assert f"win {window}, options [mss {mss}," in syn


@pytest.mark.parametrize(
    ("key", "options"),
    [
        ("tcp_timestamps", "[mss 1460,nop,nop,sackOK,nop,wscale 10]"),
        ("tcp_sack", "[mss 1460,nop,nop,TS,nop,wscale 10]"),
        ("tcp_window_scaling", "[mss 1460,sackOK,TS]"),
    ],
)
def test_sysctls_switch_options_off(key: str, options: str) -> None:
    lab = pair()
    typed(lab, f"ip netns exec a sysctl -qw net.ipv4.{key}=0")
    seen = watched(lab, "a", "eth0")
    connecting(lab, "a", "10.0.0.2", 80)
    lab.sleep(0.01)
    assert f"options {options}" in told(seen)[0]


def test_on_the_loopback() -> None:
    lab = pair()
    seen = watched(lab, "a", "lo")
    joined(lab, "a", "a", "127.0.0.1")
    assert ["win 65495" in line or "win 65483" in line for line in told(seen)[::2][:2]] == [True, True]


# --- frames of several segments ---------------------------------------------------------------------------------------


def longest(seen: list[Captured]) -> int:
    return max(frame.frame.payload.length for frame in seen if isinstance(frame.frame.payload, Packet))


def test_virtual_cables_carry_more_than_the_mtu() -> None:
    lab = pair()
    client, server = joined(lab, "a", "b", "10.0.0.2")
    seen = watched(lab, "b", "eth0")
    client.send(bytes(60_000))
    assert len(received(lab, server)) == 60_000
    assert longest(seen) > 7000


def test_a_bridge_passes_them_on() -> None:
    lab = bridged(2)
    client, server = joined(lab, "h1", "h2", "10.0.0.2")
    seen = watched(lab, "h2", "eth0")
    client.send(bytes(60_000))
    assert len(received(lab, server)) == 60_000
    assert longest(seen) > 7000


def test_a_router_passes_them_on_where_each_segment_fits() -> None:
    lab = router()
    client, server = joined(lab, "h1", "h2", "10.0.2.2")
    seen = watched(lab, "h2", "eth0")
    client.send(bytes(60_000))
    assert len(received(lab, server)) == 60_000
    assert longest(seen) > 7000


def test_a_device_without_offloads_gets_segments() -> None:
    lab = pair()
    typed(lab, "ip netns exec a ethtool -K eth0 tso off gso off")
    client, server = joined(lab, "a", "b", "10.0.0.2")
    seen = watched(lab, "b", "eth0")
    client.send(bytes(60_000))
    assert len(received(lab, server)) == 60_000
    assert longest(seen) == 1500


def test_a_narrow_hop_is_learned_and_the_data_arrives() -> None:
    lab = router(mtu=1300)
    typed(lab, "ip -n h2 link set eth0 mtu 1500")
    client, server = joined(lab, "h1", "h2", "10.0.2.2")
    client.send(bytes(20_000))
    assert len(received(lab, server)) == 20_000
    assert "mtu 1300" in lab.run("ip -n h1 route get 10.0.2.2").stdout


def test_a_black_hole_is_one() -> None:
    """The recorded cure is in the next test."""
    lab = router(mtu=1300)
    typed(
        lab,
        """
        ip -n h2 link set eth0 mtu 1500
        ip netns exec h1 iptables -A INPUT -p icmp -j DROP
    """,
    )
    client, server = joined(lab, "h1", "h2", "10.0.2.2")
    client.send(bytes(20_000))
    lab.sleep(20)
    assert received(lab, server) == b""
    client.close()


def test_clamping_the_mss_helps() -> None:
    lab = router(mtu=1300)
    typed(
        lab,
        """
        ip -n h2 link set eth0 mtu 1500
        ip netns exec h1 iptables -A INPUT -p icmp -j DROP
        ip netns exec r iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
    """,
    )
    client, server = joined(lab, "h1", "h2", "10.0.2.2")
    client.send(bytes(20_000))
    assert len(received(lab, server)) == 20_000


# --- errors of the network --------------------------------------------------------------------------------------------


def test_no_way_is_said_at_once() -> None:
    lab = pair()
    assert error_of(lambda: connecting(lab, "a", "192.0.2.1", 80)) is Errno.ENETUNREACH


@pytest.mark.parametrize(
    ("kind", "errno"),
    [("unreachable", Errno.EHOSTUNREACH), ("prohibit", Errno.EACCES), ("blackhole", Errno.EINVAL)],
)
def test_what_a_route_of_ones_own_says(kind: str, errno: Errno) -> None:
    lab = pair()
    typed(lab, f"ip -n a route add {kind} 192.0.2.0/24")
    assert error_of(lambda: connecting(lab, "a", "192.0.2.1", 80)) is errno


def test_a_neighbour_that_is_not_there() -> None:
    lab = pair()
    _, wait = connecting(lab, "a", "10.0.0.99", 80)
    lab.sleep(2.5)
    assert wait.result is None
    lab.sleep(1)
    assert wait.result is Errno.EHOSTUNREACH


@pytest.mark.parametrize(
    ("reject", "errno"),
    [
        ("icmp-port-unreachable", Errno.ECONNREFUSED),
        ("icmp-host-unreachable", Errno.EHOSTUNREACH),
        ("icmp-net-unreachable", Errno.ENETUNREACH),
        ("icmp-proto-unreachable", Errno.ENOPROTOOPT),
        ("icmp-admin-prohibited", Errno.EHOSTUNREACH),
        ("tcp-reset", Errno.ECONNREFUSED),
    ],
)
def test_what_a_router_says(reject: str, errno: Errno) -> None:
    lab = router()
    typed(lab, f"ip netns exec r iptables -A FORWARD -p tcp -j REJECT --reject-with {reject}")
    _, wait = connecting(lab, "h1", "10.0.2.2", 80)
    lab.sleep(0.1)
    assert wait.result is errno


def test_what_a_router_says_of_a_connection_is_not_its_end() -> None:
    lab = router()
    client, server = joined(lab, "h1", "h2", "10.0.2.2")
    typed(lab, "ip netns exec r iptables -A FORWARD -p tcp -j REJECT --reject-with icmp-host-unreachable")
    client.send(b"hello")
    lab.sleep(3)
    typed(lab, "ip netns exec r iptables -F")
    lab.sleep(5)
    assert received(lab, server) == b"hello"


def test_nobody_answers() -> None:
    lab = pair()
    typed(
        lab,
        """
        ip netns exec b iptables -A INPUT -p tcp -j DROP
        ip netns exec a sysctl -qw net.ipv4.tcp_syn_retries=2
    """,
    )
    seen = watched(lab, "a", "eth0")
    _, wait = connecting(lab, "a", "10.0.0.2", 80)
    lab.sleep(30)
    assert wait.result is Errno.ETIMEDOUT
    times = [frame.at for frame in seen if isinstance(frame.frame.payload, Packet)]
    assert [round((at - times[0]) / SECOND) for at in times] == [0, 1, 2, 3, 4, 5, 7]


def test_a_connect_that_waits_only_so_long_goes_on() -> None:
    lab = pair()
    typed(lab, "ip netns exec b iptables -A INPUT -p tcp -j DROP")
    socket = stream(lab, "a")
    wait = Waiting(socket.connect(parse_address("10.0.0.2"), 80, SECOND // 2))
    lab.sleep(1)
    assert wait.signal.is_set
    assert (wait.result, states(lab, "a")) == (None, ["SYN-SENT"])
    socket.close()
    assert states(lab, "a") == []


def test_a_rule_of_ones_own_lets_it_wait() -> None:
    lab = pair()
    typed(lab, "ip netns exec a iptables -A OUTPUT -p tcp -j DROP")
    _, wait = connecting(lab, "a", "10.0.0.2", 80)
    lab.sleep(3)
    assert wait.result is None


# --- listening --------------------------------------------------------------------------------------------------------


def test_a_listener_that_nobody_serves_fills() -> None:
    lab = pair(watch=True)
    listener = listening(lab, "b", 80, backlog=1)
    sockets = []
    for _ in range(4):
        sockets.append(connecting(lab, "a", "10.0.0.2", 80))
        lab.sleep(0.01)
    assert [wait.result for _, wait in sockets] == [True, True, None, None]
    assert lost(lab, namespace="b") == [DropReason.SOCKET_RCVBUFF] * 2
    (entry,) = [entry for entry in entries(lab, "b") if entry.state == "LISTEN"]
    assert (entry.receive_queue, entry.send_queue) == (2, 1)
    accepted(lab, listener)
    accepted(lab, listener)
    lab.sleep(1.2)
    assert [wait.result for _, wait in sockets] == [True] * 4


def test_who_comes_at_the_same_time_may_believe_to_be_connected() -> None:
    """As on Linux: the last acknowledgement is dropped while the queue is full, and the server asks again."""
    lab = pair()
    listener = listening(lab, "b", 80, backlog=0)
    sockets = [connecting(lab, "a", "10.0.0.2", 80) for _ in range(2)]
    lab.sleep(0.1)
    assert [wait.result for _, wait in sockets] == [True, True]
    assert states(lab, "b") == ["LISTEN", "ESTAB", "SYN-RECV"]
    accepted(lab, listener)
    lab.sleep(2)
    assert states(lab, "b") == ["LISTEN", "ESTAB", "ESTAB"]


def test_the_other_end_learns_when_a_listener_is_closed() -> None:
    lab = pair()
    listener = listening(lab, "b", 80)
    client = connected(lab, "a", "10.0.0.2", 80)
    listener.close()
    lab.sleep(0.01)
    assert error_of(lambda: client.send(b"x")) is Errno.ECONNRESET
    assert states(lab, "b") == []


def test_accepting_waits_only_so_long() -> None:
    lab = pair()
    listener = listening(lab, "b", 80)
    wait = Waiting(listener.accept(SECOND))
    lab.sleep(0.5)
    assert not wait.signal.is_set
    lab.sleep(1)
    assert (wait.signal.is_set, wait.result) == (True, None)


def test_a_socket_that_does_not_listen_accepts_nothing() -> None:
    lab = pair()
    socket = stream(lab, "a")
    socket.bind(ANY4, 80)
    assert error_of(socket.accept) is Errno.EINVAL


@pytest.mark.parametrize(
    ("addresses", "target", "heard"),
    [
        (["0.0.0.0", "127.0.0.1"], "127.0.0.1", 1),
        (["127.0.0.1", "0.0.0.0"], "127.0.0.1", 0),
        (["0.0.0.0", "127.0.0.1"], "10.0.0.1", 0),
        (["::", "0.0.0.0"], "127.0.0.1", 1),
        (["::", "127.0.0.1"], "10.0.0.1", 0),
    ],
)
def test_the_listener_that_fits_best(addresses: list[str], target: str, heard: int) -> None:
    lab = pair()
    listeners = [listening(lab, "a", 80, address=address, reuse_port=True) for address in addresses]
    connected(lab, "a", target, 80)
    assert [len(listener._accepted) for listener in listeners] == [index == heard for index in range(len(listeners))]


def test_an_address_of_ones_own_only_hears_that() -> None:
    lab = pair()
    listening(lab, "b", 80, address="127.0.0.1")
    _, wait = connecting(lab, "a", "10.0.0.2", 80)
    lab.sleep(0.1)
    assert wait.result is Errno.ECONNREFUSED


def test_a_socket_of_both_families() -> None:
    lab = pair()
    listener = listening(lab, "b", 80, address="::")
    client = connected(lab, "a", "10.0.0.2", 80)
    server = accepted(lab, listener)
    assert str(server.remote[0]) == "::ffff:10.0.0.1"
    assert str(server.local[0]) == "::ffff:10.0.0.2"
    server.send(b"hello")
    assert received(lab, client) == b"hello"
    (entry,) = [entry for entry in entries(lab, "b") if entry.state == "ESTAB"]
    assert str(entry.local) == "::ffff:10.0.0.2"
    (entry,) = [entry for entry in entries(lab, "b") if entry.state == "LISTEN"]
    assert (entry.local, entry.dual_stack) == (ANY6, True)


def test_a_socket_of_ipv6_alone_hears_no_ipv4() -> None:
    lab = pair()
    listening(lab, "b", 80, address="::", only_v6=True)
    _, wait = connecting(lab, "a", "10.0.0.2", 80)
    lab.sleep(0.1)
    assert wait.result is Errno.ECONNREFUSED


# --- ports ------------------------------------------------------------------------------------------------------------


@attrs.frozen
class Holder:
    """Who has port 80 already: `listens`, and with which options."""

    address: str = "0.0.0.0"
    reuse: bool = False
    reuse_port: bool = False
    only_v6: bool = False
    listens: bool = False

    def take(self, lab: Lab) -> Errno | None:
        socket = stream(lab, "a", parse_address(self.address).version)

        def bind() -> None:
            socket.bind(
                parse_address(self.address), 80, reuse=self.reuse, reuse_port=self.reuse_port, only_v6=self.only_v6
            )
            if self.listens:
                socket.listen(1)

        return error_of(bind)


IN_USE = Errno.EADDRINUSE


@pytest.mark.parametrize(
    ("one", "other", "errno"),
    [
        (Holder(), Holder(), IN_USE),
        (Holder("127.0.0.1"), Holder("10.0.0.1"), None),
        (Holder("127.0.0.1"), Holder(), IN_USE),
        (Holder(), Holder("10.0.0.1"), IN_USE),
        (Holder(reuse=True), Holder(reuse=True), None),
        (Holder(reuse=True), Holder(), IN_USE),
        (Holder(reuse=True, listens=True), Holder(reuse=True), IN_USE),
        (Holder(reuse=True), Holder(reuse=True, listens=True), None),
        (Holder(reuse_port=True, listens=True), Holder(reuse_port=True, listens=True), None),
        (Holder(reuse_port=True), Holder(), IN_USE),
        (Holder("::"), Holder("0.0.0.0"), IN_USE),
        (Holder("0.0.0.0"), Holder("::"), IN_USE),
        (Holder("::", only_v6=True), Holder("0.0.0.0"), None),
        (Holder("0.0.0.0"), Holder("::", only_v6=True), None),
        (Holder("::1"), Holder("127.0.0.1"), None),
        (Holder("::1"), Holder("::"), IN_USE),
        (Holder("::", listens=True, reuse=True), Holder("0.0.0.0", listens=True, reuse=True), IN_USE),
    ],
)
def test_who_may_share_a_port(one: Holder, other: Holder, errno: Errno | None) -> None:
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip netns add a
        ip -n a link set lo up
        ip -n a addr add 10.0.0.1/24 dev lo
    """,
    )
    assert one.take(lab) is None
    assert other.take(lab) is errno


def test_sharing_does_not_depend_on_the_order_of_the_question() -> None:
    one = Bound(ANY4, False, True, False, False)
    other = Bound(LOOPBACK4, False, False, False, False)
    assert one.overlaps(other)
    assert other.overlaps(one)
    assert not one.tolerates(other)


def test_an_address_of_somebody_else_cannot_be_bound() -> None:
    lab = pair()
    assert error_of(lambda: stream(lab, "a").bind(parse_address("10.0.0.2"), 80)) is Errno.EADDRNOTAVAIL


def test_a_closed_socket_frees_its_port() -> None:
    lab = pair()
    listening(lab, "a", 80).close()
    listening(lab, "a", 80)


def test_a_connection_that_waits_keeps_its_port_unless_it_may_be_reused() -> None:
    lab = pair()
    client, server = joined(lab, "a", "b", "10.0.0.2")
    server.close()
    lab.sleep(0.01)
    client.close()
    lab.sleep(0.01)
    assert states(lab, "b") == ["TIME-WAIT"]
    assert error_of(lambda: listening(lab, "b", 80)) is Errno.EADDRINUSE
    assert error_of(lambda: listening(lab, "b", 80, reuse=True)) is Errno.EADDRINUSE
    lab.sleep(61)
    assert states(lab, "b") == []
    listening(lab, "b", 80)


def test_who_says_so_first_may_come_back_at_once() -> None:
    lab = pair()
    listener = listening(lab, "b", 80, reuse=True)
    client = connected(lab, "a", "10.0.0.2", 80)
    server = accepted(lab, listener)
    listener.close()
    server.close()
    lab.sleep(0.01)
    client.close()
    lab.sleep(0.01)
    listening(lab, "b", 80, reuse=True)


def test_a_new_connection_ends_the_wait_of_the_one_before() -> None:
    lab = pair()
    listener = listening(lab, "b", 80)
    client = connected(lab, "a", "10.0.0.2", 80, local=40000)
    server = accepted(lab, listener)
    server.close()
    lab.sleep(0.01)
    client.close()
    lab.sleep(0.1)
    assert states(lab, "b") == ["LISTEN", "TIME-WAIT"]
    connected(lab, "a", "10.0.0.2", 80, local=40000)
    assert states(lab, "b") == ["LISTEN", "ESTAB"]


def test_connections_take_even_ports_and_bind_odd_ones() -> None:
    lab = pair()
    listening(lab, "b", 80, backlog=100)
    for _ in range(20):
        assert connected(lab, "a", "10.0.0.2", 80).local[1] % 2 == 0
    for _ in range(20):
        socket = stream(lab, "a")
        socket.bind(ANY4, 0)
        assert socket.local[1] % 2 == 1


def test_the_range_of_ports_can_be_used_up() -> None:
    lab = pair()
    typed(lab, "ip netns exec a sysctl -qw 'net.ipv4.ip_local_port_range=50000 50003'")
    listening(lab, "b", 80, backlog=100)
    used = {connected(lab, "a", "10.0.0.2", 80).local[1] for _ in range(4)}
    assert used == {50000, 50001, 50002, 50003}
    assert error_of(lambda: connecting(lab, "a", "10.0.0.2", 80)) is Errno.EADDRNOTAVAIL


def test_the_range_is_used_up_for_bind_as_well() -> None:
    lab = pair()
    typed(lab, "ip netns exec a sysctl -qw 'net.ipv4.ip_local_port_range=50000 50002'")
    for _ in range(3):
        stream(lab, "a").bind(ANY4, 0)
    assert error_of(lambda: stream(lab, "a").bind(ANY4, 0)) is Errno.EADDRINUSE


def test_the_same_four_are_one_connection() -> None:
    lab = pair()
    listening(lab, "b", 80)
    listening(lab, "b", 81)
    sockets = [stream(lab, "a") for _ in range(3)]
    for socket in sockets:
        socket.bind(ANY4, 40000, reuse=True)
    server = parse_address("10.0.0.2")
    sockets[0].connect(server, 80)
    sockets[1].connect(server, 81)
    assert error_of(lambda: sockets[2].connect(server, 80)) is Errno.EADDRNOTAVAIL


# --- sockets ----------------------------------------------------------------------------------------------------------


def test_a_connection_to_no_address_is_to_oneself() -> None:
    lab = pair()
    listening(lab, "a", 80)
    client = connected(lab, "a", "0.0.0.0", 80)
    assert str(client.remote[0]) == "127.0.0.1"


@pytest.mark.parametrize("target", ["10.0.0.255", "224.0.0.1"])
def test_neither_broadcast_nor_multicast(target: str) -> None:
    lab = pair()
    typed(lab, "ip -n a addr change 10.0.0.1/24 brd + dev eth0")
    assert error_of(lambda: connecting(lab, "a", target, 80)) is Errno.ENETUNREACH


def test_a_socket_without_a_connection() -> None:
    lab = pair()
    socket = stream(lab, "a")
    for call in (lambda: socket.remote, lambda: socket.send(b"x"), socket.receive, socket.shutdown):
        assert error_of(call) is Errno.ENOTCONN
    socket.close()
    socket.close()
    assert error_of(lambda: socket.send(b"x")) is Errno.EBADF


def test_what_went_wrong_is_told_once() -> None:
    lab = pair()
    client, server = joined(lab, "a", "b", "10.0.0.2")
    client.send(b"unread")
    lab.sleep(0.01)
    server.close()
    lab.sleep(0.01)
    assert Waiting(client.receive()).result is Errno.ECONNRESET
    assert Waiting(client.receive()).result == b""
    assert error_of(lambda: client.send(b"x")) is Errno.EPIPE


def test_writing_after_the_end_of_writing() -> None:
    lab = pair()
    client, _ = joined(lab, "a", "b", "10.0.0.2")
    client.shutdown()
    assert error_of(lambda: client.send(b"x")) is Errno.EPIPE


def test_a_write_waits_until_there_is_room() -> None:
    lab = pair()
    client, server = joined(lab, "a", "b", "10.0.0.2")
    wait = Waiting(client.send(bytes(2_000_000)))
    lab.sleep(1)
    assert not wait.signal.is_set
    total = 0
    for _ in range(200):
        total += len(received(lab, server))
        if total == 2_000_000:
            break
    assert (wait.result, total) == (True, 2_000_000)


def test_who_waits_for_data_is_told_that_the_socket_is_closed() -> None:
    lab = pair()
    client, _ = joined(lab, "a", "b", "10.0.0.2")
    wait = Waiting(client.receive())
    client.close()
    assert wait.result is Errno.EBADF


def test_readable_takes_nothing() -> None:
    lab = pair()
    client, server = joined(lab, "a", "b", "10.0.0.2")
    early = Waiting(server.readable())
    late = Waiting(client.readable(SECOND))
    client.send(b"hello")
    lab.sleep(0.01)
    assert early.result is True
    assert received(lab, server) == b"hello"
    lab.sleep(2)
    assert late.result is False


def test_small_reads() -> None:
    lab = pair()
    client, server = joined(lab, "a", "b", "10.0.0.2")
    client.send(b"hello")
    lab.sleep(0.01)
    assert [Waiting(server.receive(size=2)).result for _ in range(3)] == [b"he", b"ll", b"o"]


def test_a_process_that_is_over_has_closed_its_sockets() -> None:
    lab = pair()
    listening(lab, "b", 80)

    def main(process: Process) -> Program:
        server = process.network.tcp_socket(owner=process)
        server.bind(ANY4, 8080)
        server.listen(1)
        client = process.network.tcp_socket(owner=process)
        yield client.connect(IPv4.parse("10.0.0.2"), 80)
        yield process.sleep(SECOND)
        return 0

    run(lab, "a", main)
    lab.sleep(0.5)
    held = [(entry.state, entry.process, entry.descriptor) for entry in entries(lab, "a")]
    assert held == [("LISTEN", "program", 3), ("ESTAB", "program", 4)]
    lab.sleep(1)
    assert states(lab, "a") == ["FIN-WAIT-2"]
    assert states(lab, "b") == ["LISTEN", "CLOSE-WAIT"]


def test_a_killed_process_has_too() -> None:
    lab = pair()
    echo_server(lab, "b", 7)
    client = connected(lab, "a", "10.0.0.2", 7)
    client.send(b"hello")
    assert received(lab, client) == b"hello"
    pid = next(entry.pid for entry in entries(lab, "b") if entry.state == "LISTEN")
    typed(lab, f"kill -9 {pid}")
    lab.sleep(0.1)
    assert states(lab, "b") == ["FIN-WAIT-2"]
    assert Waiting(client.receive()).result == b""


def test_queues_of_a_connection() -> None:
    lab = pair()
    client, _ = joined(lab, "a", "b", "10.0.0.2")
    client.send(b"hello")
    lab.sleep(0.01)
    (entry,) = entries(lab, "b")
    assert (entry.receive_queue, entry.send_queue) == (5, 0)
    client.close()
    lab.sleep(0.1)
    (entry,) = entries(lab, "b")
    assert (entry.state, entry.receive_queue) == ("CLOSE-WAIT", 6)


def test_namespaces_know_nothing_of_each_other() -> None:
    lab = pair()
    listening(lab, "a", 80)
    listening(lab, "b", 80)
    assert table(lab, None).entries() == []


def test_without_a_route_back_a_syn_is_not_answered() -> None:
    lab = router()
    listening(lab, "h2", 80)
    typed(lab, "ip -n h2 route del default")
    _, wait = connecting(lab, "h1", "10.0.2.2", 80)
    lab.sleep(0.5)
    assert (wait.result, states(lab, "h2")) == (None, ["LISTEN"])


def test_a_connection_survives_a_cable_that_is_cut_for_a_while() -> None:
    lab = pair()
    client, server = joined(lab, "a", "b", "10.0.0.2")
    typed(lab, "ip -n a link set eth0 down")
    client.send(b"hello")
    lab.sleep(3)
    typed(lab, "ip -n a link set eth0 up")
    lab.sleep(10)
    assert received(lab, server) == b"hello"


def test_segments_of_another_connection_are_refused() -> None:
    """After a restart: the other end still believes in the connection."""
    lab = pair()
    client, server = joined(lab, "a", "b", "10.0.0.2")
    endpoint = server.endpoint
    assert endpoint is not None
    endpoint.forget()
    seen = watched(lab, "a", "eth0")
    client.send(b"hello")
    lab.sleep(0.1)
    assert [segment.flags for segment in of_tcp(seen)] == [0x18, 0x04]
    assert Waiting(client.receive()).result is Errno.ECONNRESET


def of_tcp(seen: list[Captured]) -> list[Tcp]:
    packets = [frame.frame.payload for frame in seen if isinstance(frame.frame.payload, Packet)]
    return [packet.payload for packet in packets if isinstance(packet.payload, Tcp)]


def test_by_ipv6_as_well() -> None:
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip netns add a
        ip netns add b
        ip link add eth0 netns a type veth peer name eth0 netns b
        ip -n a addr add fd00::1/64 dev eth0 nodad
        ip -n b addr add fd00::2/64 dev eth0 nodad
        ip -n a link set eth0 up
        ip -n b link set eth0 up
    """,
    )
    lab.sleep(2)
    listener = listening(lab, "b", 80, address="::")
    client = connected(lab, "a", "fd00::2", 80)
    server = accepted(lab, listener)
    client.send(bytes(30_000))
    assert len(received(lab, server)) == 30_000
    peer: Address = server.remote[0]
    assert str(peer) == "fd00::1"
    _, wait = connecting(lab, "a", "fd00::2", 81)
    lab.sleep(0.01)
    assert wait.result is Errno.ECONNREFUSED

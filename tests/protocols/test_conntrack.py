"""Connection tracking: the TCP table row by row (nf_conntrack_proto_tcp.c), UDP, ICMP, errors, expiry, clashes.

Timeouts are the recorded defaults (sysctl_defaults); the words of `conntrack -L` are in the recording nf_conntrack.
"""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import examples
from vnetsim.clock import SECOND
from vnetsim.protocols.conntrack import (
    AlikeConnections,
    ConnectionTable,
    FlowTuple,
    NfConn,
    Tracked,
    Zone,
    is_untracked,
)
from vnetsim.protocols.conntrack_tcp import ConntrackState
from vnetsim.wire import icmp, ipv6
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.ipv4 import ICMP, TCP, UDP, Packet
from vnetsim.wire.tcp import ACK, FIN, PSH, RST, SYN, URG, Tcp
from vnetsim.wire.udp import Udp

CLIENT, SERVER, ROUTER = IPv4.parse("10.0.1.2"), IPv4.parse("10.0.2.2"), IPv4.parse("10.0.9.1")

DEFAULTS = {
    "acct": 0, "tcp_loose": 1, "tcp_timeout_syn_sent": 120, "tcp_timeout_syn_recv": 60,
    "tcp_timeout_established": 432000, "tcp_timeout_fin_wait": 120, "tcp_timeout_close_wait": 60,
    "tcp_timeout_last_ack": 30, "tcp_timeout_time_wait": 120, "tcp_timeout_close": 10,
    "tcp_timeout_unacknowledged": 300, "udp_timeout": 30, "udp_timeout_stream": 120, "icmp_timeout": 30,
    "generic_timeout": 600,
}  # fmt: skip


@attrs.define
class Tracker:
    """A table with a clock; what it is shown goes through, unless a test says otherwise."""

    settings: dict[str, int] = attrs.field(factory=lambda: dict(DEFAULTS))
    now: int = 0
    table: ConnectionTable = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.table = ConnectionTable(self.settings.__getitem__)

    def show(self, packet: Packet | ipv6.Packet, *, through: bool = True) -> Tracked | None:
        tracked = self.table.track(packet, self.now)
        if tracked is not None and through and tracked.state != "RELATED":
            assert self.table.confirm(tracked.connection, self.now)
        return tracked

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)
        self.table.expire(self.now)


def segment(flags: int, direction: int = 0, *, port: int = 4000) -> Packet:
    """From the client (direction 0) or the server (1)."""
    if direction:
        return Packet.build(SERVER, CLIENT, TCP, tcp(80, port, flags))
    return Packet.build(CLIENT, SERVER, TCP, tcp(port, 80, flags))


def tcp(source: int, destination: int, flags: int) -> Tcp:
    return Tcp.build(source, destination, sequence=1, acknowledgement=1, flags=flags, window=512)


def datagram(direction: int = 0, *, port: int = 4000) -> Packet:
    if direction:
        return Packet.build(SERVER, CLIENT, UDP, Udp.build(53, port, b"answer"))
    return Packet.build(CLIENT, SERVER, UDP, Udp.build(port, 53, b"question"))


def message(kind: int, direction: int = 0, *, identifier: int = 7, code: int = 0) -> Packet:
    ends = (SERVER, CLIENT) if direction else (CLIENT, SERVER)
    return Packet.build(*ends, ICMP, Icmp.build(kind, code, identifier << 16 | 1, b""))


# --- TCP ---------------------------------------------------------------------------------------------------------

NO, SS, SR, ES, FW, CW, LA, TW, CL, S2 = ConntrackState
FLAGS = {"syn": SYN, "synack": SYN | ACK, "fin": FIN | ACK, "ack": ACK, "rst": RST}
IV, IG = "invalid", "ignored"

#: tcp_conntracks of the kernel, without the column of packets that begin a connection.
TABLE: dict[tuple[int, str], tuple[ConntrackState | str, ...]] = {
    #              SS  SR  ES  FW  CW  LA  TW  CL  S2
    (0, "syn"): (SS, IG, IG, IG, IG, IG, SS, SS, S2),
    (0, "synack"): (IV, SR, IV, IV, IV, IV, IV, IV, SR),
    (0, "fin"): (IV, FW, FW, LA, LA, LA, TW, CL, IV),
    (0, "ack"): (IV, ES, ES, CW, CW, TW, TW, CL, IV),
    (0, "rst"): (CL, CL, CL, CL, CL, CL, CL, CL, CL),
    (1, "syn"): (S2, IV, IV, IV, IV, IV, SS, IV, S2),
    (1, "synack"): (SR, IG, IG, IG, IG, IG, IG, IG, SR),
    (1, "fin"): (IV, FW, FW, LA, LA, LA, TW, CL, IV),
    (1, "ack"): (IG, SR, ES, CW, CW, TW, TW, CL, IG),
    (1, "rst"): (CL, CL, CL, CL, CL, CL, CL, CL, CL),
}
STATES = (SS, SR, ES, FW, CW, LA, TW, CL, S2)
CELLS = [
    (direction, kind, before, after)
    for (direction, kind), row in TABLE.items()
    for before, after in zip(STATES, row, strict=True)
]


def in_state(tracker: Tracker, state: ConntrackState) -> NfConn:
    """A connection that was answered and is in that state now."""
    tracked = tracker.show(segment(SYN))
    assert tracked is not None
    tracked.connection.status |= {"SEEN_REPLY"}
    tracked.connection.state = state
    return tracked.connection


@pytest.mark.parametrize(("direction", "kind", "before", "after"), CELLS)
def test_a_segment_moves_a_connection_as_the_kernels_table_says(
    direction: int, kind: str, before: ConntrackState, after: ConntrackState | str
) -> None:
    tracker = Tracker()
    connection = in_state(tracker, before)
    tracked = tracker.show(segment(FLAGS[kind], direction))
    if after == IV:
        assert tracked is None
        assert connection.state is before
        return
    assert tracked is not None
    if after is SS and before in (TW, CL):
        # The old connection is over, the segment begins another one, in its own direction.
        assert tracked.connection is not connection
        assert (tracked.connection.state, tracked.state, len(tracker.table)) == (SS, "NEW", 1)
        return
    assert tracked.connection is connection
    assert connection.state is (before if after == IG else after)
    assert tracked.state == "ESTABLISHED"


#: Flags of a first segment, and the state it begins in; None where it is invalid.
FIRST = [(SYN, SS), (SYN | ACK, None), (FIN | ACK, None), (RST, None), (ACK, ES), (PSH | ACK, ES)]


@pytest.mark.parametrize(("flags", "state"), FIRST)
def test_what_may_begin_a_connection(flags: int, state: ConntrackState | None) -> None:
    tracked = Tracker().show(segment(flags))
    assert (tracked and tracked.connection.state) is state
    assert tracked is None or tracked.state == "NEW"


def test_connections_are_not_picked_up_in_the_middle_if_that_is_forbidden() -> None:
    tracker = Tracker({**DEFAULTS, "tcp_loose": 0})
    assert tracker.show(segment(ACK)) is None
    assert tracker.show(segment(SYN)) is not None


#: What scanners send (tcp_valid_flags).
NONSENSE = [0, FIN, PSH, URG, FIN | PSH | URG, SYN | FIN, SYN | RST, SYN | FIN | ACK, RST | FIN, SYN | ACK | URG,
            FIN | SYN | RST | PSH | ACK | URG]  # fmt: skip


@pytest.mark.parametrize("flags", NONSENSE)
@pytest.mark.parametrize("known", [False, True])
def test_flags_that_make_no_sense_are_invalid(flags: int, known: bool) -> None:
    tracker = Tracker()
    if known:
        in_state(tracker, ES)
    assert tracker.show(segment(flags)) is None


def test_a_whole_conversation() -> None:
    tracker = Tracker()
    steps = [
        (0, SYN, "NEW", SS, 120), (1, SYN | ACK, "ESTABLISHED", SR, 60), (0, ACK, "ESTABLISHED", ES, 432000),
        (0, PSH | ACK, "ESTABLISHED", ES, 432000), (1, ACK, "ESTABLISHED", ES, 432000),
        (0, FIN | ACK, "ESTABLISHED", FW, 120), (1, ACK, "ESTABLISHED", CW, 60),
        (1, FIN | ACK, "ESTABLISHED", LA, 30), (0, ACK, "ESTABLISHED", TW, 120),
    ]  # fmt: skip
    assured = []
    for direction, flags, ctstate, state, seconds in steps:
        tracked = tracker.show(segment(flags, direction))
        assert tracked is not None
        connection = tracked.connection
        assert (tracked.state, tracked.direction) == (ctstate, direction)
        assert (connection.state, connection.seconds_left) == (state, seconds)
        assured.append("ASSURED" in connection.status)
    assert assured == [False] * 2 + [True] * 7


def test_a_refused_connection_leaves_nothing() -> None:
    """nf_conntrack: the reset that answers a SYN removes the entry, and belongs to it all the same."""
    tracker = Tracker()
    assert tracker.show(segment(SYN)) is not None
    tracked = tracker.show(segment(RST | ACK, 1))
    assert tracked is not None
    assert (tracked.state, len(tracker.table)) == ("ESTABLISHED", 0)


@pytest.mark.parametrize("direction", [0, 1])
def test_a_reset_ends_at_once_what_was_never_answered(direction: int) -> None:
    tracker = Tracker()
    assert tracker.show(segment(ACK)) is not None
    assert tracker.show(segment(RST, direction)) is not None
    assert len(tracker.table) == 0


def test_a_reset_ends_what_was_answered_after_ten_seconds() -> None:
    tracker = Tracker()
    connection = in_state(tracker, ES)
    tracker.show(segment(RST, 1))
    assert (connection.state, connection.seconds_left) == (CL, 10)
    tracker.wait(10)
    assert len(tracker.table) == 0


def test_what_was_picked_up_is_not_trusted_for_days_before_it_is_answered() -> None:
    """nf_conntrack_tcp_timeout_unacknowledged."""
    tracker = Tracker()
    tracked = tracker.show(segment(ACK))
    assert tracked is not None
    connection = tracked.connection
    assert connection.seconds_left == 300
    tracker.show(segment(ACK, 1))
    assert (connection.seconds_left, "ASSURED" in connection.status) == (300, False)
    tracker.show(segment(ACK))
    assert (connection.seconds_left, "ASSURED" in connection.status) == (432000, True)


def test_what_is_ignored_does_not_prolong_a_connection() -> None:
    tracker = Tracker()
    connection = in_state(tracker, TW)
    tracker.show(segment(ACK))
    deadline = connection.deadline
    tracker.wait(50)
    assert tracker.show(segment(SYN | ACK, 1)) is not None
    assert connection.deadline == deadline


# --- UDP -----------------------------------------------------------------------------------------------------------


def test_datagrams_are_a_stream_once_they_go_both_ways_for_two_seconds() -> None:
    """Recorded: two exchanges at once leave 30 seconds; an exchange 2.5 s later leaves 120, assured."""
    tracker = Tracker()
    told = []
    for wait, direction in ((0, 0), (0, 1), (0, 0), (0, 1), (2.5, 0), (0, 1)):
        tracker.wait(wait)
        tracked = tracker.show(datagram(direction))
        assert tracked is not None
        told.append((tracked.state, tracked.connection.seconds_left, "ASSURED" in tracked.connection.status))
    assert told == [
        ("NEW", 30, False),
        ("ESTABLISHED", 30, False),
        ("ESTABLISHED", 30, False),
        ("ESTABLISHED", 30, False),
        ("ESTABLISHED", 120, True),
        ("ESTABLISHED", 120, True),
    ]


def test_datagrams_that_nobody_answers_stay_new() -> None:
    tracker = Tracker()
    for _ in range(5):
        tracked = tracker.show(datagram())
        assert tracked is not None
        assert (tracked.state, tracked.connection.seconds_left) == ("NEW", 30)
        tracker.wait(10)
    tracker.wait(20)
    assert len(tracker.table) == 0


# --- ICMP and others -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "answer"), [(8, 0), (13, 14), (17, 18)])
def test_a_query_is_answered_by_its_own_kind_with_its_own_identifier(query: int, answer: int) -> None:
    tracker = Tracker()
    asked = tracker.show(message(query))
    assert asked is not None
    assert (asked.state, asked.connection.seconds_left) == ("NEW", 30)
    stranger = tracker.show(message(answer, 1, identifier=8))
    assert stranger is None
    told = tracker.show(message(answer, 1))
    assert told is not None
    assert (told.state, told.connection) == ("ESTABLISHED", asked.connection)


@pytest.mark.parametrize("kind", [0, 14, 18, 9, 10, 40])
def test_an_answer_to_nothing_is_invalid(kind: int) -> None:
    assert Tracker().show(message(kind)) is None


def test_other_protocols_have_one_flow_between_two_hosts() -> None:
    tracker = Tracker()
    first = tracker.show(Packet.build(CLIENT, SERVER, 47, b"one"))
    other = tracker.show(Packet.build(SERVER, CLIENT, 47, b"two"))
    assert first is not None
    assert other is not None
    assert (first.connection is other.connection, other.state) == (True, "ESTABLISHED")
    assert first.connection.seconds_left == 600


def test_a_packet_without_the_header_of_its_protocol_is_invalid() -> None:
    assert Tracker().show(Packet.build(CLIENT, SERVER, TCP, b"\0\0")) is None


# --- errors ----------------------------------------------------------------------------------------------------------


def error(about: Packet, *, source: IPv4 = ROUTER, destination: IPv4 | None = None) -> Packet:
    to = about.source if destination is None else destination
    return Packet.build(source, to, ICMP, icmp.error(icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE, about))


@pytest.mark.parametrize("about", [segment(SYN), datagram(), message(8)])
def test_an_error_is_related_to_what_it_is_about(about: Packet) -> None:
    tracker = Tracker()
    original = tracker.show(about)
    assert original is not None
    deadline = original.connection.deadline
    tracker.wait(5)
    related = tracker.show(error(about))
    assert related is not None
    assert (related.state, related.connection, related.direction) == ("RELATED", original.connection, 1)
    assert original.connection.deadline == deadline
    assert len(tracker.table) == 1


def test_an_error_about_an_answer_goes_the_other_way() -> None:
    tracker = Tracker()
    tracker.show(datagram())
    tracker.show(datagram(1))
    related = tracker.show(error(datagram(1)))
    assert related is not None
    assert related.direction == 0


#: Errors that belong to nothing: about a stranger, to somebody else, about nothing.
UNRELATED = [
    error(datagram(port=5000)),
    error(datagram(), destination=SERVER),
    Packet.build(ROUTER, CLIENT, ICMP, Icmp.build(3, 1, 0, b"short")),
]


@pytest.mark.parametrize("packet", UNRELATED)
def test_an_error_about_nothing_known_is_invalid(packet: Packet) -> None:
    tracker = Tracker()
    tracker.show(datagram())
    assert tracker.show(packet) is None


# --- the table -----------------------------------------------------------------------------------------------------


def test_a_connection_counts_once_its_first_packet_got_through() -> None:
    tracker = Tracker()
    first = tracker.show(datagram(), through=False)
    assert first is not None
    assert len(tracker.table) == 0
    second = tracker.show(datagram())
    assert second is not None
    assert second.connection is not first.connection
    assert len(tracker.table) == 1


def test_of_two_connections_that_want_the_same_flow_the_first_one_wins() -> None:
    tracker = Tracker()
    one, other = tracker.show(datagram(), through=False), tracker.show(datagram(), through=False)
    assert one is not None
    assert other is not None
    assert tracker.table.confirm(one.connection, 0)
    assert not tracker.table.confirm(other.connection, 0)
    assert tracker.table.confirm(one.connection, 0)


def test_a_translated_connection_clashes_by_its_answers_too() -> None:
    tracker = Tracker()
    one, other = tracker.show(datagram(), through=False), tracker.show(datagram(port=5000), through=False)
    assert one is not None
    assert other is not None
    other.connection.reply = one.connection.reply
    assert tracker.table.confirm(one.connection, 0)
    assert tracker.table.is_taken(one.connection.reply, other.connection)
    assert not tracker.table.is_taken(one.connection.reply, one.connection)
    assert not tracker.table.confirm(other.connection, 0)


def test_what_is_over_makes_room_even_if_nobody_has_swept() -> None:
    tracker = Tracker()
    first = tracker.show(datagram())
    tracker.now += 31 * SECOND
    again = tracker.show(datagram())
    assert first is not None
    assert again is not None
    assert (again.state, again.connection is first.connection) == ("NEW", False)


def test_the_listener_hears_of_confirmed_connections_only() -> None:
    tracker = Tracker()
    told: list[str] = []
    tracker.table.listener = lambda event, _connection: told.append(event)
    tracker.show(datagram(port=1), through=False)
    tracker.show(datagram())
    tracker.show(datagram(1))
    tracker.show(datagram())
    tracker.wait(31)
    assert told == ["NEW", "UPDATE", "DESTROY"]


# --- laws --------------------------------------------------------------------------------------------------------

_addresses = st.sampled_from([CLIENT, SERVER, ROUTER])
_ports = st.sampled_from([1, 53, 80])
_packets = st.one_of(
    st.builds(lambda a, b, p, q: Packet.build(a, b, UDP, Udp.build(p, q, b"")), _addresses, _addresses, _ports, _ports),
    st.builds(
        lambda a, b, p, q, f: Packet.build(a, b, TCP, tcp(p, q, f)), _addresses, _addresses, _ports, _ports,
        st.sampled_from([SYN, SYN | ACK, ACK, FIN | ACK, RST, 0]),
    ),
    st.builds(
        lambda a, b, k, i: Packet.build(a, b, ICMP, Icmp.build(k, 0, i << 16, b"")), _addresses, _addresses,
        st.sampled_from([0, 8, 13, 14]), st.integers(0, 2),
    ),
)  # fmt: skip
_steps = st.lists(st.tuples(_packets, st.integers(0, 40), st.booleans()), max_size=30)


@settings(max_examples=examples(60), deadline=None)
@given(_steps)
def test_the_books_balance(steps: list[tuple[Packet, int, bool]]) -> None:
    """Each connection is found by both of its flows and no other; nothing outlives its time."""
    tracker = Tracker()
    for packet, wait, through in steps:
        tracker.wait(wait)
        tracked = tracker.table.track(packet, tracker.now)
        if tracked is not None and through and packet.source != packet.destination:
            tracker.table.confirm(tracked.connection, tracker.now)
        for connection in tracker.table:
            assert tracker.table.find(connection.original, tracker.now) == (connection, 0)
            assert tracker.table.find(connection.reply, tracker.now) == (connection, 1)
            assert connection.deadline > tracker.now
            assert "CONFIRMED" in connection.status
        assert len(list(tracker.table)) == len(tracker.table)
    tracker.wait(432_001)
    assert len(tracker.table) == 0


@settings(max_examples=examples(60), deadline=None)
@given(_packets)
def test_an_answer_looks_like_the_inverse_and_the_inverse_of_that_is_the_question(packet: Packet) -> None:
    flow = FlowTuple.of(packet)
    assert flow is not None
    assert flow.inverse().inverse() == flow
    assert (flow.inverse().source, flow.inverse().destination) == (packet.destination, packet.source)


@settings(max_examples=examples(60), deadline=None)
@given(_steps)
def test_nothing_is_established_that_was_not_answered(steps: list[tuple[Packet, int, bool]]) -> None:
    tracker = Tracker()
    seen: set[FlowTuple] = set()
    for packet, _, _ in steps:
        flow = FlowTuple.of(packet)
        assert flow is not None
        tracked = tracker.table.track(packet, tracker.now)
        if tracked is not None and tracked.state == "ESTABLISHED":
            assert flow.inverse() in seen
        if tracked is not None:
            tracker.table.confirm(tracked.connection, tracker.now)
            seen.add(flow)


@settings(max_examples=examples(150), deadline=None)
@given(_steps, st.booleans())
def test_ordinary_packets_leave_the_table_as_tracking_them_does(
    steps: list[tuple[Packet, int, bool]], counted: bool
) -> None:
    """`ordinary` and `go_on` are `track` for packets that are nothing new, but for what is over or listened to."""
    long, short = (Tracker({**DEFAULTS, "acct": int(counted)}) for _ in range(2))
    for packet, wait, through in steps:
        for tracker in (long, short):
            tracker.now += wait * SECOND
        found = short.table.ordinary(packet, short.now)
        tracked = long.show(packet, through=through and packet.source != packet.destination)
        if found[0] is None:
            short.show(packet, through=through and packet.source != packet.destination)
        else:
            assert tracked is not None
            assert (tracked.state, tracked.direction) == ("ESTABLISHED", found[1])
            short.table.go_on(found[0], found[1], packet.length, short.now)
        assert [_facts(each) for each in long.table] == [_facts(each) for each in short.table]


def _facts(connection: NfConn) -> tuple[object, ...]:
    return (
        connection.original, connection.reply, connection.state, frozenset(connection.status), connection.deadline,
        connection.seconds_left, tuple(connection.packets), tuple(connection.bytes), connection.counted,
    )  # fmt: skip


def established(tracker: Tracker) -> NfConn:
    for flags, direction in ((SYN, 0), (SYN | ACK, 1), (ACK, 0)):
        tracked = tracker.show(segment(flags, direction))
    assert tracked is not None
    return tracked.connection


#: What of an established connection of TCP is nothing new.
ORDINARY = [
    (ACK, True), (PSH | ACK, True), (ACK | URG, False), (FIN | ACK, False), (RST, False), (SYN, False), (0, False),
]  # fmt: skip


@pytest.mark.parametrize("direction", [0, 1])
@pytest.mark.parametrize(("flags", "ordinary"), ORDINARY)
def test_what_is_ordinary_of_an_established_connection(flags: int, ordinary: bool, direction: int) -> None:
    tracker = Tracker()
    connection = established(tracker)
    found = tracker.table.ordinary(segment(flags, direction), tracker.now)
    assert found == ((connection, direction) if ordinary else (None, 0))


def test_nothing_is_ordinary_that_is_not_answered_is_over_is_new_or_is_listened_to() -> None:
    tracker = Tracker()
    tracker.show(datagram())
    assert tracker.table.ordinary(datagram(), 0) == (None, 0), "not answered"
    assert tracker.table.ordinary(datagram(1), 0)[1] == 1, "the answer itself"
    tracker.show(datagram(1))
    assert tracker.table.ordinary(datagram(), 29 * SECOND)[0] is not None
    assert tracker.table.ordinary(datagram(), 30 * SECOND) == (None, 0), "over"
    assert tracker.table.ordinary(datagram(port=1), 0) == (None, 0), "new"
    tracker.table.listener = lambda _event, _connection: None
    assert tracker.table.ordinary(datagram(), 0) == (None, 0), "listened to"


@pytest.mark.parametrize(
    "packet", [error(datagram()), Packet.build(CLIENT, SERVER, 47, b""), Packet.build(CLIENT, SERVER, TCP, b"\0\0")]
)
def test_errors_and_what_has_no_ports_are_never_ordinary(packet: Packet) -> None:
    tracker = Tracker()
    tracker.show(datagram())
    tracker.show(datagram(1))
    assert tracker.table.ordinary(packet, 0) == (None, 0)


def test_forget_destroys_a_connection_and_no_other() -> None:
    tracker = Tracker()
    events: list[tuple[str, int]] = []
    tracker.table.listener = lambda event, connection: events.append((event, connection.original.source_port))
    for port in (1, 2, 3):
        tracker.show(datagram(port=port))
    events.clear()
    for connection in list(tracker.table):
        if connection.original.source_port != 2:
            tracker.table.forget(connection)
    assert events == [("DESTROY", 1), ("DESTROY", 3)]
    assert [connection.original.source_port for connection in tracker.table] == [2]


def test_who_is_forgotten_takes_nothing_from_who_has_the_flow_now() -> None:
    tracker = Tracker()
    one, other = tracker.show(datagram(), through=False), tracker.show(datagram())
    assert one is not None
    assert other is not None
    tracker.table.forget(one.connection)
    assert len(tracker.table) == 1
    assert not tracker.table.confirm(one.connection, 0), "what is over is not begun"
    assert one.connection.dying


def test_packets_and_bytes_are_counted_by_direction() -> None:
    tracker = Tracker({**DEFAULTS, "acct": 1})
    for direction in (0, 1, 1):
        tracker.show(datagram(direction))
    [connection] = tracker.table
    assert connection.counted
    assert connection.packets == [1, 2]
    assert connection.bytes == [datagram().length, 2 * datagram(1).length]
    uncounted = Tracker().show(datagram())
    assert uncounted is not None
    assert not uncounted.connection.counted


@pytest.mark.parametrize(
    ("change", "lasts"),
    [({}, True), ({"dying": True}, False), ({"status": set()}, False), ({"deadline": 5}, False),
     ({"deadline": 6}, True), ({"deadline": 0}, True), ({"state": TW}, False), ({"state": CL}, False),
     ({"state": FW}, True)],
)  # fmt: skip
def test_who_counts_connections_counts_those_that_are_known_and_not_over(change: dict[str, Any], lasts: bool) -> None:
    """nf_conncount.c: already_closed."""
    flow = FlowTuple(TCP, CLIENT, SERVER, 1, 2)
    connection = NfConn(flow, flow.inverse(), 0, ES, status=frozenset({"CONFIRMED"}), deadline=9)
    assert attrs.evolve(connection, **change).lasts(5) is lasts


def test_a_datagram_after_exactly_two_seconds_makes_no_stream() -> None:
    """nf_conntrack_udp_packet: the stream begins behind `stream_ts`."""
    for wait, seconds in ((2, 30), (2.001, 120)):
        tracker = Tracker()
        tracker.show(datagram())
        tracker.show(datagram(1))
        tracker.wait(wait)
        tracked = tracker.show(datagram())
        assert tracked is not None
        assert tracked.connection.seconds_left == tracked.connection.expires == seconds


@pytest.mark.parametrize(
    ("kind", "untracked"),
    [(128, False), (129, False), (130, True), (131, True), (132, True), (133, True), (136, True), (137, False),
     (143, True), (1, False)],
)  # fmt: skip
def test_neighbour_discovery_and_listener_messages_are_untracked(kind: int, untracked: bool) -> None:
    """noct_valid_new of nf_conntrack_proto_icmpv6.c."""
    here, there = IPv6.parse("fd00::1"), IPv6.parse("fd00::2")
    message = ipv6.Packet.build(here, there, 58, Icmpv6.build(kind, 0, 0, bytes(40)))
    assert is_untracked(message) is untracked
    assert not is_untracked(datagram())


@pytest.mark.parametrize(("kind", "state"), [(128, "NEW"), (129, None), (1, None), (200, None)])
def test_only_a_query_of_icmpv6_begins_a_connection(kind: int, state: str | None) -> None:
    here, there = IPv6.parse("fd00::1"), IPv6.parse("fd00::2")
    tracker = Tracker({**DEFAULTS, "icmpv6_timeout": 31})
    tracked = tracker.show(ipv6.Packet.build(here, there, 58, Icmpv6.build(kind, 0, 7 << 16, b"")))
    assert (tracked and tracked.state) == state
    if tracked is not None:
        assert tracked.connection.seconds_left == 31
        answer = tracker.show(ipv6.Packet.build(there, here, 58, Icmpv6.build(129, 0, 7 << 16, b"")))
        assert answer is not None
        assert (answer.state, answer.direction) == ("ESTABLISHED", 1)


def test_zones_tell_the_same_addresses_apart() -> None:
    """A zone may be of one direction only: the other is in the default zone then (nf_ct_zone_id)."""
    tracker = Tracker()
    packet, answer = segment(SYN), segment(SYN | ACK, 1)
    plain = tracker.show(packet)
    assert plain is not None
    for zone in (Zone(5), Zone(6, 3)):
        other = tracker.table.track(packet, 0, zone)
        assert other is not None
        assert other.state == "NEW"
        assert tracker.table.confirm(other.connection, 0)
        back = tracker.table.track(answer, 0, zone)
        assert back is not None
        assert (back.connection, back.direction) == (other.connection, 1)
    found = tracker.table.track(answer, 0)
    assert found is not None
    assert found.connection is plain.connection
    assert len(tracker.table) == 3
    assert not tracker.table.is_taken(plain.connection.reply._replace(source_port=1), plain.connection)


@pytest.mark.parametrize(("directions", "finds_the_answer"), [(1, True), (2, False)])
def test_a_zone_of_one_direction(directions: int, finds_the_answer: bool) -> None:
    tracker = Tracker()
    one = tracker.table.track(segment(SYN), 0, Zone(8, directions))
    assert one is not None
    assert tracker.table.confirm(one.connection, 0)
    assert one.connection.zone.of(0) == (8 if directions == 1 else 0)
    found = tracker.table.find(one.connection.reply, 0)
    assert (found is not None) == finds_the_answer
    assert tracker.table.find(one.connection.original, 0, Zone(8, directions)) == (one.connection, 0)
    tracker.table.forget(one.connection)
    assert len(tracker.table) == 0


PLAIN = AlikeConnections(SERVER, 80, CLIENT, frozenset({"CONFIRMED"}))


@pytest.mark.parametrize(
    "first", [segment(SYN), segment(ACK), attrs.evolve(datagram(), payload=Udp.build(4000, 80, b""))]
)
def test_a_connection_like_others_is_what_tracking_it_makes_of_it(first: Packet) -> None:
    one, other = Tracker(), Tracker()
    seen: list[str] = []
    one.table.listener = other.table.listener = lambda kind, connection: seen.append(f"{kind} {connection}")
    tracked, begun = one.show(first), other.table.begin_like(PLAIN, first, other.now)
    assert tracked is not None
    assert begun is not None
    assert attrs.asdict(begun) == attrs.asdict(tracked.connection)
    assert len(set(seen)) == 1
    assert len(seen) == 2
    for table, connection in ((one.table, tracked.connection), (other.table, begun)):
        assert table.find(connection.original, 0) == (connection, 0)
        assert table.find(connection.reply, 0) == (connection, 1)


def test_a_flow_that_is_known_or_begins_nothing_is_not_like_others() -> None:
    tracker = Tracker()
    begin = tracker.table.begin_like
    assert begin(PLAIN, segment(SYN), 0) is not None
    assert begin(PLAIN, segment(SYN), 0) is None
    # Another server's connection is answered with the same ports.
    assert begin(PLAIN, attrs.evolve(segment(SYN), destination=ROUTER), 0) is None
    assert begin(PLAIN, segment(SYN | FIN, port=4001), 0) is None
    assert begin(PLAIN, segment(RST, port=4001), 0) is None
    tracker.settings["tcp_loose"] = 0
    assert begin(PLAIN, segment(ACK, port=4001), 0) is None
    assert begin(PLAIN, segment(SYN, port=4001), 0) is not None
    assert len(tracker.table) == 2

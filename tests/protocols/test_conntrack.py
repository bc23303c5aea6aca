"""Connection tracking: the TCP table row by row (nf_conntrack_proto_tcp.c), UDP, ICMP, errors, expiry, clashes.

Timeouts are the recorded defaults (sysctl_defaults); the words of `conntrack -L` are in the recording nf_conntrack.
"""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnetsim.clock import SECOND
from vnetsim.protocols.conntrack import Connection, ConnectionTable, Flow, State, Tracked
from vnetsim.wire import icmp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4
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

    def show(self, packet: Packet, *, through: bool = True) -> Tracked | None:
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

NO, SS, SR, ES, FW, CW, LA, TW, CL, S2 = State
FLAGS = {"syn": SYN, "synack": SYN | ACK, "fin": FIN | ACK, "ack": ACK, "rst": RST}
IV, IG = "invalid", "ignored"

#: tcp_conntracks of the kernel, without the column of packets that begin a connection.
TABLE: dict[tuple[int, str], tuple[State | str, ...]] = {
    #              SS  SR  ES  FW  CW  LA  TW  CL  S2
    (0, "syn"):    (SS, IG, IG, IG, IG, IG, SS, SS, S2),
    (0, "synack"): (IV, SR, IV, IV, IV, IV, IV, IV, SR),
    (0, "fin"):    (IV, FW, FW, LA, LA, LA, TW, CL, IV),
    (0, "ack"):    (IV, ES, ES, CW, CW, TW, TW, CL, IV),
    (0, "rst"):    (CL, CL, CL, CL, CL, CL, CL, CL, CL),
    (1, "syn"):    (S2, IV, IV, IV, IV, IV, SS, IV, S2),
    (1, "synack"): (SR, IG, IG, IG, IG, IG, IG, IG, SR),
    (1, "fin"):    (IV, FW, FW, LA, LA, LA, TW, CL, IV),
    (1, "ack"):    (IG, SR, ES, CW, CW, TW, TW, CL, IG),
    (1, "rst"):    (CL, CL, CL, CL, CL, CL, CL, CL, CL),
}  # fmt: skip
STATES = (SS, SR, ES, FW, CW, LA, TW, CL, S2)
CELLS = [
    (direction, kind, before, after)
    for (direction, kind), row in TABLE.items() for before, after in zip(STATES, row, strict=True)
]  # fmt: skip


def in_state(tracker: Tracker, state: State) -> Connection:
    """A connection that was answered and is in that state now."""
    tracked = tracker.show(segment(SYN))
    assert tracked is not None
    tracked.connection.status.add("SEEN_REPLY")
    tracked.connection.state = state
    return tracked.connection


@pytest.mark.parametrize(("direction", "kind", "before", "after"), CELLS)
def test_a_segment_moves_a_connection_as_the_kernels_table_says(
    direction: int, kind: str, before: State, after: State | str
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
def test_what_may_begin_a_connection(flags: int, state: State | None) -> None:
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
        ("NEW", 30, False), ("ESTABLISHED", 30, False), ("ESTABLISHED", 30, False), ("ESTABLISHED", 30, False),
        ("ESTABLISHED", 120, True), ("ESTABLISHED", 120, True),
    ]  # fmt: skip


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
    error(datagram(port=5000)), error(datagram(), destination=SERVER),
    Packet.build(ROUTER, CLIENT, ICMP, Icmp.build(3, 1, 0, b"short")),
]  # fmt: skip


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


@settings(max_examples=60, deadline=None)
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


@settings(max_examples=60, deadline=None)
@given(_packets)
def test_an_answer_looks_like_the_inverse_and_the_inverse_of_that_is_the_question(packet: Packet) -> None:
    flow = Flow.of(packet)
    assert flow is not None
    assert flow.inverse().inverse() == flow
    assert (flow.inverse().source, flow.inverse().destination) == (packet.destination, packet.source)


@settings(max_examples=60, deadline=None)
@given(_steps)
def test_nothing_is_established_that_was_not_answered(steps: list[tuple[Packet, int, bool]]) -> None:
    tracker = Tracker()
    seen: set[Flow] = set()
    for packet, _, _ in steps:
        flow = Flow.of(packet)
        assert flow is not None
        tracked = tracker.table.track(packet, tracker.now)
        if tracked is not None and tracked.state == "ESTABLISHED":
            assert flow.inverse() in seen
        if tracked is not None:
            tracker.table.confirm(tracked.connection, tracker.now)
            seen.add(flow)

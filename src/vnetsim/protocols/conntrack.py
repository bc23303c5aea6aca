"""Connection tracking as a machine of its own (net/netfilter/nf_conntrack_core.c, nf_conntrack_proto*.c).

    table = ConnectionTable(timeout)
    table.track(packet, now) -> Tracked | None       # None: INVALID
    table.confirm(connection, now)                   # its first packet got through
    table.expire(now)                                # connections that timed out are gone

Values and `now` (nanoseconds) in, values out; which packets are shown to it, and what a translation does to them, is
the kernel's business.  Not modelled: helpers and expectations, SCTP, DCCP and GRE beyond "some protocol", the
window check of TCP (as with nf_conntrack_tcp_be_liberal).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

import attrs

from vnetsim.clock import SECOND
from vnetsim.protocols.conntrack_tcp import (
    FLAGS,
    IGNORE,
    INVALID,
    ConntrackState,
    SegmentKind,
    has_valid_flags,
    next_state,
    segment_kind,
)
from vnetsim.values import define
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6, tcp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address
from vnetsim.wire.ipv4 import ICMP, TCP, UDP
from vnetsim.wire.ipv6 import ICMPV6
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

Packet: TypeAlias = ipv4.Packet | ipv6.Packet

#: Echo and the other queries, with the type that answers each (invmap in nf_conntrack_proto_icmp.c, _icmpv6.c).
_ANSWERS: Final = {
    ICMP: {
        icmp.ECHO_REQUEST: icmp.ECHO_REPLY,
        icmp.TIMESTAMP: icmp.TIMESTAMP_REPLY,
        icmp.ADDRESS_MASK_REQUEST: icmp.ADDRESS_MASK_REPLY,
    },
    ICMPV6: {icmpv6.ECHO_REQUEST: icmpv6.ECHO_REPLY},
}
_INVERSE: Final = {
    protocol: {**answers, **{answer: query for query, answer in answers.items()}}
    for protocol, answers in _ANSWERS.items()
}
#: Messages between hosts of one link are no connection (noct_valid_new in nf_conntrack_proto_icmpv6.c).
_UNTRACKED: Final = frozenset(
    {*range(icmpv6.LISTENER_QUERY, icmpv6.NEIGHBOR_ADVERTISEMENT + 1), icmpv6.LISTENER_REPORT_V2}
)


def protocol_of(packet: Packet) -> int:
    """Of the payload."""
    return packet.protocol if isinstance(packet, ipv4.Packet) else packet.next_header


def is_untracked(packet: Packet) -> bool:
    """Whether conntrack ignores it: Neighbor Discovery and multicast listener messages."""
    return isinstance(packet.payload, Icmpv6) and packet.payload.type in _UNTRACKED


#: Makes a named tuple without a call of Python.
_tuple: Final = tuple.__new__


class FlowTuple(NamedTuple):
    """One direction of a connection (struct nf_conntrack_tuple).

    For ICMP and ICMPv6 `source_port` is the identifier and `destination_port` the type (times 256) and code.
    """

    protocol: int
    source: Address
    destination: Address
    source_port: int
    destination_port: int

    def inverse(self) -> FlowTuple:
        """What an answer looks like."""
        protocol, source, destination, source_port, destination_port = self
        types = _INVERSE.get(protocol)
        if types is None:
            return _tuple(FlowTuple, (protocol, destination, source, destination_port, source_port))
        kind = types.get(destination_port >> 8, destination_port >> 8) << 8 | destination_port & 0xFF
        return FlowTuple(protocol, destination, source, source_port, kind)

    @classmethod
    def of(cls, packet: Packet) -> FlowTuple | None:
        """The flow that a packet belongs to; None without a header that identifies it."""
        payload, protocol = packet.payload, protocol_of(packet)
        if isinstance(payload, (Udp, Tcp)):
            ports = payload.source_port, payload.destination_port
            return _tuple(cls, (protocol, packet.source, packet.destination, ports[0], ports[1]))
        if isinstance(payload, Icmp | Icmpv6):
            kind = payload.type << 8 | payload.code
            return cls(protocol, packet.source, packet.destination, payload.identifier, kind)
        if protocol in (TCP, UDP, ICMP, ICMPV6):
            return None
        return cls(protocol, packet.source, packet.destination, 0, 0)


#: Sysctls of protocols whose connections have no states.
_TIMEOUTS: Final = {ICMP: "icmp_timeout", ICMPV6: "icmpv6_timeout"}


#: An exchange of datagrams that lasts longer than this is a stream (nf_conntrack_proto_udp.c).
_UDP_STREAM_AFTER: Final = 2 * SECOND
_FOREVER: Final = 1 << 62


class Zone(NamedTuple):
    """struct nf_conntrack_zone: bit 0 of `directions` is for the original direction, bit 1 for replies."""

    id: int = 0
    directions: int = 3

    def of(self, direction: int) -> int:
        """nf_ct_zone_id"""
        return self.id if self.directions >> direction & 1 else 0


#: The zone of packets that no rule puts into another one (nf_ct_zone_dflt).
DEFAULT_ZONE: Final = Zone()


def _key(flow: FlowTuple, zone: int) -> Any:
    """Under which a flow is in the table: itself in the default zone."""
    return (*flow, zone) if zone else flow


#: Most connections have the same few sets of bits, and no label.
_NONE: Final[frozenset[Any]] = frozenset()
_SEEN_REPLY: Final = frozenset({"SEEN_REPLY"})


@define(eq=False)
class NfConn:
    """A tracked connection (struct nf_conn).

    `reply` is the inverse of `original` until a translation changes it.  `status` has EXPECTED, SEEN_REPLY, ASSURED,
    CONFIRMED, SNAT and DNAT as they come to be true, SNAT_DONE and DNAT_DONE once the nat rules were evaluated.
    """

    original: FlowTuple
    reply: FlowTuple
    created: int
    state: ConntrackState | None = None
    mark: int = 0
    status: frozenset[str] = _NONE
    deadline: int = 0
    dying: bool = False
    seconds_left: int = 0
    #: The flow entries of each direction and hook, which those keep who evaluate the rules.
    flow_entries: dict[Any, Any] = attrs.field(factory=dict)
    #: Whether the counters below count (nf_conntrack_acct when it began).
    counted: bool = False
    packets: list[int] = attrs.field(factory=lambda: [0, 0])
    bytes: list[int] = attrs.field(factory=lambda: [0, 0])
    zone: Zone = DEFAULT_ZONE
    labels: frozenset[int] = _NONE
    #: The flow of a flowtable that it is (IPS_OFFLOAD).
    offload: Any = None

    @property
    def expires(self) -> int:
        """Seconds until it would be forgotten, as of its last packet."""
        return self.seconds_left

    def lasts(self, now: int) -> bool:
        """Whether who counts connections counts this one: it is known, and not closed (nf_conncount.c)."""
        known = "CONFIRMED" in self.status and not self.dying and (not self.deadline or now < self.deadline)
        return known and self.state not in (ConntrackState.TIME_WAIT, ConntrackState.CLOSE)

    def flow(self, direction: int) -> FlowTuple:
        return self.reply if direction else self.original

    def table_keys(self) -> tuple[Any, Any]:
        """Of both directions, in the table."""
        return _key(self.original, self.zone.of(0)), _key(self.reply, self.zone.of(1))


class AlikeConnections(NamedTuple):
    """Confirmed connections that differ in the port of their client only: where they are answered from, and to.

    A translation may have given them those ends; it left the port of the client as it was.
    """

    source: Address
    source_port: int
    destination: Address
    status: frozenset[str]


#: No connection, in no direction.
_NOTHING: Final = (None, 0)


class Tracked(NamedTuple):
    """A packet's connection, the direction it goes in (0 original, 1 reply), and its ctstate."""

    connection: NfConn
    direction: int
    state: str


class ConnectionTable:
    """The connections of one namespace and family.

    `timeout(name)` gives a sysctl nf_conntrack_NAME (in seconds, but for `acct` and `tcp_loose`, which are 0 or 1).
    """

    def __init__(self, timeout: Callable[[str], int]) -> None:
        self._timeout = timeout
        #: By the flow, and the zone if it is not the default one.
        self._flows: dict[Any, tuple[NfConn, int]] = {}
        #: Is called with NEW, UPDATE and DESTROY of confirmed connections.
        self.listener: Callable[[str, NfConn], None] | None = None

    def __len__(self) -> int:
        return len(self._flows) // 2

    def __iter__(self) -> Iterator[NfConn]:
        """Oldest first."""
        return iter([connection for connection, direction in self._flows.values() if direction == 0])

    def find(self, flow: FlowTuple, now: int, zone: Zone = DEFAULT_ZONE) -> tuple[NfConn, int] | None:
        found = self._flows.get(flow) if not zone.id else self._in_zone(flow, zone)
        if found is not None and found[0].deadline <= now:
            self.forget(found[0])
            return None
        return found

    def _in_zone(self, flow: FlowTuple, zone: Zone) -> tuple[NfConn, int] | None:
        """resolve_normal_ct: what began in the zone, or is answered in it."""
        for wanted in (zone.of(0), zone.of(1)):
            found = self._flows.get(_key(flow, wanted))
            if found is not None and found[0].zone.of(found[1]) == zone.of(found[1]):
                return found
        return None

    def ordinary(self, packet: Packet, now: int) -> tuple[NfConn | None, int]:
        """The established connection and the direction of a packet that is nothing new to it.

        `go_on` is all that there is to do for such a packet then.
        """
        payload = packet.payload
        flow: Any
        if isinstance(payload, (Udp, Tcp)) and isinstance(packet, ipv4.Packet):
            # Equal to a Flow, and made without a call.
            flow = (packet.protocol, packet.source, packet.destination, payload.source_port, payload.destination_port)
        elif isinstance(payload, Icmp) and not payload.is_error:
            flow = FlowTuple.of(packet)
        else:
            return _NOTHING
        found = self._flows.get(flow)
        if found is None or self.listener is not None:
            return _NOTHING
        connection, direction = found
        if connection.deadline <= now or not (direction or "SEEN_REPLY" in connection.status):
            return _NOTHING
        if isinstance(payload, Tcp) and (
            connection.state is not ConntrackState.ESTABLISHED or payload.flags & FLAGS != tcp.ACK
        ):
            return _NOTHING
        return found

    def is_taken(self, reply: FlowTuple, besides: NfConn) -> bool:
        """Whether answers of that shape belong to another connection (nf_nat_used_tuple)."""
        found = self._flows.get(_key(reply, besides.zone.of(1)))
        return found is not None and found[0] is not besides

    # --- packets ----------------------------------------------------------------------------------------------------

    def track(self, packet: Packet, now: int, zone: Zone = DEFAULT_ZONE) -> Tracked | None:
        """nf_conntrack_in: None is INVALID.  A new connection is not in the table before it is confirmed."""
        payload = packet.payload
        if isinstance(payload, Icmp | Icmpv6) and payload.is_error:
            return self._related(packet.destination, payload, now, zone)
        if isinstance(payload, Tcp) and not has_valid_flags(payload):
            return None
        flow = FlowTuple.of(packet)
        if flow is None:
            return None
        found = self.find(flow, now, zone)
        if found is None:
            return self._begin(flow, packet, now, zone)
        connection, direction = found
        if self.listener is None:
            return self._go_on(connection, direction, packet, now)
        before = connection.state, connection.status
        tracked = self._go_on(connection, direction, packet, now)
        if not connection.dying and before != (connection.state, connection.status):
            self.listener("UPDATE", connection)
        return tracked

    def _related(self, destination: Address, message: Icmp | Icmpv6, now: int, zone: Zone) -> Tracked | None:
        """nf_conntrack_inet_error: an error belongs to the connection of the packet that it is about."""
        about = message.quoted()
        flow = None if about is None else FlowTuple.of(about)
        if flow is None:
            return None
        # The quoted packet has the opposite direction of the error: look for what would answer it.
        found = self.find(flow.inverse(), now, zone)
        if found is None:
            return None
        connection, direction = found
        if connection.flow(direction).destination != destination:
            return None
        return Tracked(connection, direction, "RELATED")

    def begin(self, packet: Packet, now: int) -> NfConn | None:
        """The connection that `track` would begin with a packet of UDP or TCP; None if it is of one, or of none."""
        flow = FlowTuple.of(packet)
        if flow is None or flow in self._flows:
            return None
        tracked = self._begin(flow, packet, now)
        return None if tracked is None else tracked.connection

    def _begin(self, flow: FlowTuple, packet: Packet, now: int, zone: Zone = DEFAULT_ZONE) -> Tracked | None:
        payload = packet.payload
        state: ConntrackState | None = None
        if isinstance(payload, Tcp):
            state = self._first_state(payload)
            if state is None:
                return None
        elif isinstance(payload, Icmp | Icmpv6) and payload.type not in _ANSWERS[flow.protocol]:
            return None
        connection = NfConn(flow, flow.inverse(), now, state, counted=self._timeout("acct") != 0, zone=zone)
        self._refresh(connection, packet, 0, now, answered=False)
        return Tracked(connection, 0, "NEW")

    def _first_state(self, segment: Tcp) -> ConntrackState | None:
        """tcp_new: of a connection that the segment begins; None if it begins none.

        Beginning in the middle is as good as established.
        """
        following = next_state(ConntrackState.NONE, 0, segment) if has_valid_flags(segment) else INVALID
        if isinstance(following, ConntrackState) and (
            following is ConntrackState.SYN_SENT or self._timeout("tcp_loose")
        ):
            return following
        return None

    def begin_like(self, like: AlikeConnections, packet: Packet, now: int) -> NfConn | None:
        """Begin and confirm a connection of UDP or TCP at once, with what others like it came to.

        None if one of its flows is in the table, or it is of no connection.
        """
        flow, payload, flows = FlowTuple.of(packet), packet.payload, self._flows
        state: ConntrackState | None = None
        if isinstance(payload, Tcp):
            state = self._first_state(payload)
            if state is None:
                return None
        if flow is None or flow in flows:
            return None
        reply = _tuple(FlowTuple, (flow.protocol, like.source, like.destination, like.source_port, flow.source_port))
        if reply in flows:
            return None
        connection = NfConn(flow, reply, now, state, status=like.status, counted=self._timeout("acct") != 0)
        self._refresh(connection, packet, 0, now, answered=False)
        flows[flow] = connection, 0
        flows[reply] = connection, 1
        if self.listener is not None:
            self.listener("NEW", connection)
        return connection

    def go_on(self, connection: NfConn, direction: int, length: int, now: int) -> None:
        """One more packet, of `length` bytes, of a connection that `ordinary` found."""
        status = connection.status
        answered = "SEEN_REPLY" in status
        if not answered or "ASSURED" not in status:
            if answered and connection.state is ConntrackState.ESTABLISHED:
                connection.status |= {"ASSURED"}
            self._assure(connection, now, answered=answered)
            if direction == 1:
                connection.status |= _SEEN_REPLY
        connection.packets[direction] += 1
        connection.bytes[direction] += length
        seconds = self._seconds(connection, answered=answered)
        connection.seconds_left = seconds
        connection.deadline = now + seconds * SECOND

    def unchanged_until(self, connection: NfConn) -> int:
        """Until when `go_on` changes nothing of a connection but its counters and its deadline."""
        status = connection.status
        if "SEEN_REPLY" not in status:
            return 0
        if "ASSURED" in status:
            return _FOREVER
        return connection.created + _UDP_STREAM_AFTER if connection.original.protocol == UDP else 0

    def _go_on(self, connection: NfConn, direction: int, packet: Packet, now: int) -> Tracked | None:
        payload = packet.payload
        answered = "SEEN_REPLY" in connection.status
        following: ConntrackState | str | None = None
        if isinstance(payload, Tcp):
            following = self._step(connection, direction, payload, answered=answered)
            if following == INVALID:
                return self.track(packet, now, connection.zone) if connection.dying else None
        if following != IGNORE and not connection.dying:
            self._assure(connection, now, answered=answered)
            self._refresh(connection, packet, direction, now, answered=answered)
        if direction == 1:
            connection.status |= _SEEN_REPLY
        return Tracked(connection, direction, "ESTABLISHED" if direction == 1 or answered else "NEW")

    def _step(self, connection: NfConn, direction: int, segment: Tcp, *, answered: bool) -> ConntrackState | str:
        """nf_conntrack_tcp_packet: the state that follows, "ignore" or "invalid".

        "invalid" of a connection that is `dying` then: it is over, and the segment begins another one.
        """
        kind = segment_kind(segment)
        assert connection.state is not None
        following = next_state(connection.state, direction, segment)
        if following is ConntrackState.SYN_SENT and connection.state in (
            ConntrackState.TIME_WAIT,
            ConntrackState.CLOSE,
        ):
            # The same ports once more: a new connection replaces the old one.
            self.forget(connection)
            return INVALID
        if isinstance(following, ConntrackState):
            if (
                following is ConntrackState.ESTABLISHED
                and connection.state in (ConntrackState.SYN_RECV, ConntrackState.ESTABLISHED)
                and answered
            ):
                connection.status |= {"ASSURED"}
            connection.state = following
            if kind is SegmentKind.RST and not answered:
                # Refused: nothing remains of it.
                self.forget(connection)
        return following

    def _assure(self, connection: NfConn, now: int, *, answered: bool) -> None:
        if connection.original.protocol == UDP and answered and now > connection.created + _UDP_STREAM_AFTER:
            connection.status |= {"ASSURED"}

    def _refresh(self, connection: NfConn, packet: Packet, direction: int, now: int, *, answered: bool) -> None:
        connection.packets[direction] += 1
        connection.bytes[direction] += packet.length
        seconds = self._seconds(connection, answered=answered)
        connection.seconds_left = seconds
        connection.deadline = now + seconds * SECOND

    def _seconds(self, connection: NfConn, *, answered: bool) -> int:
        protocol = connection.original.protocol
        if protocol == TCP:
            assert connection.state is not None
            seconds = self._timeout(connection.state.timeout)
            if connection.state is ConntrackState.ESTABLISHED and not answered:
                # Begun in the middle, with nothing heard from the other end so far.
                seconds = min(seconds, self._timeout("tcp_timeout_unacknowledged"))
            return seconds
        if protocol == UDP:
            stream = "ASSURED" in connection.status
            return self._timeout("udp_timeout_stream" if stream else "udp_timeout")
        return self._timeout(_TIMEOUTS.get(protocol, "generic_timeout"))

    # --- the table ----------------------------------------------------------------------------------------------------

    def confirm(self, connection: NfConn, now: int) -> bool:
        """__nf_conntrack_confirm: False if another connection has taken one of its flows meanwhile."""
        if "CONFIRMED" in connection.status:
            return True
        if connection.dying:
            return False
        zone = connection.zone
        if self.find(connection.original, now, zone) or self.find(connection.reply, now, zone):
            return False
        original, reply = connection.table_keys()
        self._flows[original] = connection, 0
        self._flows[reply] = connection, 1
        connection.status |= {"CONFIRMED"}
        connection.deadline = now + connection.seconds_left * SECOND
        if self.listener is not None:
            self.listener("NEW", connection)
        return True

    def shorten(self, connection: NfConn, now: int, less: int) -> None:
        """It was in a flowtable, without a packet for `less` seconds (flow_offload_fixup_ct)."""
        answered = "SEEN_REPLY" in connection.status
        seconds = self._seconds(connection, answered=answered)
        if connection.original.protocol == UDP:
            seconds = max(0, self._timeout("udp_timeout_stream" if answered else "udp_timeout") - less)
        connection.deadline = min(connection.deadline, now + seconds * SECOND)
        connection.seconds_left = max(0, connection.deadline - now) // SECOND

    def forget(self, connection: NfConn) -> None:
        if self.listener is not None and not connection.dying and "CONFIRMED" in connection.status:
            self.listener("DESTROY", connection)
        for flow in connection.table_keys():
            if self._flows.get(flow, (None, 0))[0] is connection:
                del self._flows[flow]
        connection.dying = True

    def expire(self, now: int) -> None:
        for connection in [each for each, way in self._flows.values() if not way and each.deadline <= now]:
            self.forget(connection)

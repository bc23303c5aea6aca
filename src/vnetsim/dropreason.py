"""Why something did not arrive: the one list that the trace and `why` share (include/net/dropreason-core.h).

A member has Linux's name without SKB_DROP_REASON_ where Linux has one, so that it is what `dropwatch`, `perf trace` and
`retis` show for the same packet.  Members of OWN have no counterpart, or none more specific than "dropped".
Not modelled: the reasons of TCP (TCP_*), whose segments end in the socket.
"""

from __future__ import annotations

import enum
from typing import Final

from vnetsim.errors import Errno


class DropReason(enum.Enum):
    """The value is the sentence for people."""

    DEV_READY = "the device is down"
    NO_CARRIER = "the device has no carrier"
    PKT_TOO_BIG = "the frame is longer than the receiving device takes"
    OTHERHOST = "the frame is addressed to another station"
    BRIDGE_INGRESS_STP_STATE = "the bridge port does not forward in its state"
    BRIDGE_PORT_POLICY = "a flag of the bridge port forbids it"
    BRIDGE_VLAN = "the bridge port is not in its VLAN"
    MAC_INVALID_SOURCE = "the frame's source address cannot be one"
    NO_TX_TARGET = "the bridge knows no other port to send it to"
    UNHANDLED_PROTO = "nobody here handles this protocol"
    IP_INHDR = "the packet makes no sense"
    NETFILTER_DROP = "a netfilter rule or policy dropped it"
    NETFILTER_REJECT = "a netfilter rule rejected it"
    IP_INNOROUTES = "no route leads to its destination"
    ROUTE_UNREACHABLE = "a route says that its destination is unreachable"
    ROUTE_BLACKHOLE = "a blackhole route swallowed it"
    ROUTE_PROHIBIT = "a route prohibits its destination"
    IP_INADDRERRORS = "this host does not forward"
    IP_INVALID_SOURCE = "its source address cannot come from there"
    IP_RPFILTER = "the reverse path filter dropped it"
    TTL_EXCEEDED = "its time to live was used up"
    ICMP_FRAG_NEEDED = "it does not fit and must not be fragmented"
    FRAG_REASM_TIMEOUT = "its fragments did not all arrive in time"
    NEIGH_FAILED = "nobody answered ARP for the next hop"
    NEIGH_QUEUEFULL = "too many packets wait for the next hop's address"
    NO_SOCKET = "no socket listens there"
    SOCKET_RCVBUFF = "the socket's buffer is full"
    ARP_IGNORED = "this host does not answer such ARP requests"
    ICMP_ECHO_IGNORED = "this host ignores such echo requests"
    ICMP_RATELIMIT = "ICMP errors to that host are rate limited"
    CPU_BACKLOG = "the machine's backlog is full"
    QDISC_DROP = "the device's queueing discipline has no room for it"
    TC_INGRESS = "a filter of tc dropped it where it arrived"
    TC_EGRESS = "a filter of tc dropped it before it left"
    NO_PEER = "the device leads nowhere"
    TUNNEL = "the tunnel does not lead anywhere"
    WG_NOKEY = "no peer of the WireGuard device is allowed to have its destination"
    WG_ENDPOINT = "the address of the WireGuard peer is not known"
    WG_HANDSHAKE = "the WireGuard peers have no session"
    WG_ALLOWED_IPS = "the WireGuard peer that sent it is not allowed to have its source"
    DEAD_LOOP = "devices that stand on each other send it round and round"
    LINK_LOSS = "the cable lost it"
    # No packet was made, or its end is not known.
    IP_OUTNOROUTES = "the sender has no route"
    NO_SOURCE_ADDRESS = "the sender has no address to send from"
    NAME_NOT_RESOLVED = "the name has no address"
    CONTAINER_NOT_RUNNING = "the container is not running"
    NO_ADDRESS = "the destination has no address"
    DUPLICATE_ADDRESS = "another host has the address too"
    NOT_SPECIFIED = "no answer came, and nothing is known of the packet's end"

    @property
    def code(self) -> str:
        """The name that `why` prints: Linux does not tell some of these apart."""
        return _CODES.get(self.name, self.name)


_CODES: Final = {"NETFILTER_REJECT": "NETFILTER_DROP", "ICMP_FRAG_NEEDED": "PKT_TOO_BIG", "NO_PEER": "NO_TX_TARGET"}

#: What `why` prints where the packet arrives.
ARRIVES: Final = "ARRIVES"

#: What the sender's own kernel answers to a system call, where no packet is made.
REFUSALS: Final = {
    Errno.ENETUNREACH: DropReason.IP_OUTNOROUTES,
    Errno.EHOSTUNREACH: DropReason.ROUTE_UNREACHABLE,
    Errno.EACCES: DropReason.ROUTE_PROHIBIT,
    Errno.EINVAL: DropReason.ROUTE_BLACKHOLE,
    Errno.EMSGSIZE: DropReason.PKT_TOO_BIG,
    Errno.ENETDOWN: DropReason.DEV_READY,
    Errno.EADDRNOTAVAIL: DropReason.NO_SOURCE_ADDRESS,
    Errno.ENOBUFS: DropReason.QDISC_DROP,
    Errno.EPERM: DropReason.NETFILTER_DROP,
    Errno.ENOKEY: DropReason.WG_NOKEY,
    Errno.EDESTADDRREQ: DropReason.WG_ENDPOINT,
}

#: Not the end of a packet: none was made, or its end is not known, or another host answered.
WITHOUT_DROP: Final = frozenset((
    DropReason.IP_OUTNOROUTES, DropReason.NO_SOURCE_ADDRESS, DropReason.NAME_NOT_RESOLVED,
    DropReason.CONTAINER_NOT_RUNNING, DropReason.NO_ADDRESS, DropReason.DUPLICATE_ADDRESS, DropReason.NOT_SPECIFIED,
))  # fmt: skip
#: Codes that Linux does not have.
OWN: Final = frozenset((
    ARRIVES, "NAME_NOT_RESOLVED", "CONTAINER_NOT_RUNNING", "NO_ADDRESS", "DUPLICATE_ADDRESS", "NO_CARRIER",
    "BRIDGE_PORT_POLICY", "BRIDGE_VLAN", "ROUTE_UNREACHABLE", "ROUTE_BLACKHOLE", "ROUTE_PROHIBIT", "TTL_EXCEEDED",
    "ARP_IGNORED", "ICMP_ECHO_IGNORED", "ICMP_RATELIMIT", "TUNNEL", "WG_NOKEY", "WG_ENDPOINT",
    "WG_HANDSHAKE", "WG_ALLOWED_IPS", "DEAD_LOOP", "LINK_LOSS", "NO_SOURCE_ADDRESS",
))  # fmt: skip
#: All codes.
CODES: Final = (ARRIVES, *dict.fromkeys(reason.code for reason in DropReason))

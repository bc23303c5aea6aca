"""The finite list of reasons for which something does not arrive.

Where Linux has a name for it, it is that one (include/net/dropreason-core.h, without SKB_DROP_REASON_); so the words
are those that `dropwatch`, `perf trace` and `retis` show for the same packet.  The others are ours, where Linux has
no name, or none that tells more than "dropped": they are in OWN.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import Errno
from vnetsim.trace import Reason

ARRIVES: Final = "ARRIVES"

#: What the walk of a packet says.
NAMES: Final = {
    Reason.DEVICE_DOWN: "DEV_READY",
    Reason.NO_CARRIER: "NO_CARRIER",
    Reason.TOO_BIG: "PKT_TOO_BIG",
    Reason.NOT_FOR_US: "OTHERHOST",
    Reason.PORT_STATE: "BRIDGE_INGRESS_STP_STATE",
    Reason.PORT_POLICY: "BRIDGE_PORT_POLICY",
    Reason.INVALID_SOURCE: "MAC_INVALID_SOURCE",
    Reason.NO_PORT: "NO_TX_TARGET",
    Reason.UNKNOWN_PROTOCOL: "UNHANDLED_PROTO",
    Reason.MALFORMED: "IP_INHDR",
    Reason.FILTERED: "NETFILTER_DROP",
    Reason.REJECTED: "NETFILTER_DROP",
    Reason.NO_ROUTE: "IP_INNOROUTES",
    Reason.UNREACHABLE_ROUTE: "ROUTE_UNREACHABLE",
    Reason.BLACKHOLE_ROUTE: "ROUTE_BLACKHOLE",
    Reason.PROHIBITED_ROUTE: "ROUTE_PROHIBIT",
    Reason.NOT_FORWARDING: "IP_INADDRERRORS",
    Reason.MARTIAN_SOURCE: "IP_INVALID_SOURCE",
    Reason.REVERSE_PATH: "IP_RPFILTER",
    Reason.TTL_EXCEEDED: "TTL_EXCEEDED",
    Reason.FRAGMENTATION_NEEDED: "PKT_TOO_BIG",
    Reason.REASSEMBLY_FAILED: "FRAG_REASM_TIMEOUT",
    Reason.NEIGHBOUR_FAILED: "NEIGH_FAILED",
    Reason.NEIGHBOUR_QUEUE_FULL: "NEIGH_QUEUEFULL",
    Reason.NO_SOCKET: "NO_SOCKET",
    Reason.SOCKET_BUFFER_FULL: "SOCKET_RCVBUFF",
    Reason.ARP_IGNORED: "ARP_IGNORED",
    Reason.ECHO_IGNORED: "ICMP_ECHO_IGNORED",
    Reason.RATE_LIMITED: "ICMP_RATELIMIT",
    Reason.BACKLOG_FULL: "CPU_BACKLOG",
    Reason.QUEUE_FULL: "QDISC_DROP",
    Reason.LEADS_NOWHERE: "NO_TX_TARGET",
    Reason.TUNNEL: "TUNNEL",
    Reason.DEAD_LOOP: "DEAD_LOOP",
    Reason.LOST: "LINK_LOSS",
}
#: What the sender's own kernel says, where no packet was made.
REFUSALS: Final = {
    Errno.ENETUNREACH: "IP_OUTNOROUTES",
    Errno.EHOSTUNREACH: "ROUTE_UNREACHABLE",
    Errno.EACCES: "ROUTE_PROHIBIT",
    Errno.EINVAL: "ROUTE_BLACKHOLE",
    Errno.EMSGSIZE: "PKT_TOO_BIG",
    Errno.ENETDOWN: "DEV_READY",
    Errno.EADDRNOTAVAIL: "NO_SOURCE_ADDRESS",
    Errno.ENOBUFS: "QDISC_DROP",
    Errno.EPERM: "NETFILTER_DROP",
}
NO_NAME: Final = "NAME_NOT_RESOLVED"
NOT_RUNNING: Final = "CONTAINER_NOT_RUNNING"
NO_ADDRESS: Final = "NO_ADDRESS"
NO_WAY_BACK: Final = "IP_OUTNOROUTES"
WRONG_HOST: Final = "DUPLICATE_ADDRESS"
UNKNOWN: Final = "NOT_SPECIFIED"

#: Names that Linux does not have.
OWN: Final = frozenset((
    ARRIVES, NO_NAME, NOT_RUNNING, NO_ADDRESS, WRONG_HOST, "NO_CARRIER", "BRIDGE_PORT_POLICY", "ROUTE_UNREACHABLE",
    "ROUTE_BLACKHOLE", "ROUTE_PROHIBIT", "TTL_EXCEEDED", "ARP_IGNORED", "ICMP_ECHO_IGNORED", "ICMP_RATELIMIT", "TUNNEL",
    "DEAD_LOOP", "LINK_LOSS", "NO_SOURCE_ADDRESS",
))  # fmt: skip
#: All there are.
REASONS: Final = tuple(
    dict.fromkeys([ARRIVES, *NAMES.values(), *REFUSALS.values(), NO_NAME, NOT_RUNNING, NO_ADDRESS, WRONG_HOST, UNKNOWN])
)

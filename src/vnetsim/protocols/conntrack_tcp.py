"""The states of a tracked TCP connection (net/netfilter/nf_conntrack_proto_tcp.c)."""

from __future__ import annotations

import enum
from typing import Final

from vnetsim.wire import tcp
from vnetsim.wire.tcp import Tcp


class ConntrackState(enum.Enum):
    """States of a TCP connection, as conntrack prints them (enum tcp_conntrack)."""

    NONE = "NONE"
    SYN_SENT = "SYN_SENT"
    SYN_RECV = "SYN_RECV"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT = "FIN_WAIT"
    CLOSE_WAIT = "CLOSE_WAIT"
    LAST_ACK = "LAST_ACK"
    TIME_WAIT = "TIME_WAIT"
    CLOSE = "CLOSE"
    SYN_SENT2 = "SYN_SENT2"

    def __init__(self, state: str) -> None:
        #: The sysctl of its timeout, without the prefix.
        self.timeout = f"tcp_timeout_{state.removesuffix('2').lower()}"


_NO, _SS, _SR, _ES, _FW, _CW, _LA, _TW, _CL, _S2 = ConntrackState
_ORDER: Final = tuple(ConntrackState)
#: In the tables below: INVALID, and "let it pass, change nothing".
INVALID: Final = "invalid"
_IV: Final = INVALID


IGNORE: Final = "ignore"
_IG: Final = IGNORE


class SegmentKind(enum.Enum):
    SYN = "syn"
    SYN_ACK = "syn/ack"
    FIN = "fin"
    RST = "rst"
    ACK = "ack"
    NONE = "none"


#: Next state by direction (0 original, 1 reply) and segment, a column for each state in the order of ConntrackState.
_TRANSITIONS: Final[dict[tuple[int, SegmentKind], tuple[ConntrackState | str, ...]]] = {
    (0, SegmentKind.SYN): (_SS, _SS, _IG, _IG, _IG, _IG, _IG, _SS, _SS, _S2),
    (0, SegmentKind.SYN_ACK): (_IV, _IV, _SR, _IV, _IV, _IV, _IV, _IV, _IV, _SR),
    (0, SegmentKind.FIN): (_IV, _IV, _FW, _FW, _LA, _LA, _LA, _TW, _CL, _IV),
    (0, SegmentKind.ACK): (_ES, _IV, _ES, _ES, _CW, _CW, _TW, _TW, _CL, _IV),
    (0, SegmentKind.RST): (_IV, _CL, _CL, _CL, _CL, _CL, _CL, _CL, _CL, _CL),
    (1, SegmentKind.SYN): (_IV, _S2, _IV, _IV, _IV, _IV, _IV, _SS, _IV, _S2),
    (1, SegmentKind.SYN_ACK): (_IV, _SR, _IG, _IG, _IG, _IG, _IG, _IG, _IG, _SR),
    (1, SegmentKind.FIN): (_IV, _IV, _FW, _FW, _LA, _LA, _LA, _TW, _CL, _IV),
    (1, SegmentKind.ACK): (_IV, _IG, _SR, _ES, _CW, _CW, _TW, _TW, _CL, _IG),
    (1, SegmentKind.RST): (_IV, _CL, _CL, _CL, _CL, _CL, _CL, _CL, _CL, _CL),
}


#: Flags that a segment can have beside PSH, ECE and CWR (tcp_valid_flags).
_VALID: Final = frozenset({
    tcp.SYN, tcp.SYN | tcp.URG, tcp.SYN | tcp.ACK, tcp.RST, tcp.RST | tcp.ACK, tcp.FIN | tcp.ACK,
    tcp.FIN | tcp.ACK | tcp.URG, tcp.ACK, tcp.ACK | tcp.URG,
})  # fmt: skip


FLAGS: Final = tcp.FIN | tcp.SYN | tcp.RST | tcp.ACK | tcp.URG


def segment_kind(segment: Tcp) -> SegmentKind:
    """get_conntrack_index."""
    flags = segment.flags
    if flags & tcp.RST:
        return SegmentKind.RST
    if flags & tcp.SYN:
        return SegmentKind.SYN_ACK if flags & tcp.ACK else SegmentKind.SYN
    if flags & tcp.FIN:
        return SegmentKind.FIN
    return SegmentKind.ACK if flags & tcp.ACK else SegmentKind.NONE


def has_valid_flags(segment: Tcp) -> bool:
    """tcp_error: scans like to send other combinations."""
    return segment.flags & FLAGS in _VALID


def next_state(state: ConntrackState, direction: int, segment: Tcp) -> ConntrackState | str:
    """The next state, INVALID or IGNORE."""
    row = _TRANSITIONS.get((direction, segment_kind(segment)))
    return INVALID if row is None else row[_ORDER.index(state)]

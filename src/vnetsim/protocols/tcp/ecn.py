"""Explicit Congestion Notification of one connection (RFC 3168, net/ipv4/tcp_input.c and tcp_output.c).

Not modelled: Accurate ECN, congestion control that needs marks (DCTCP).
"""

from __future__ import annotations

from typing import Final

from vnetsim.protocols.tcp.settings import TcpSettings
from vnetsim.wire.tcp import ACK, CWR, ECE

#: The ECN field of a packet (RFC 3168, 5).
NOT_ECT: Final = 0
ECT_0: Final = 2
CE: Final = 3
_BOTH: Final = ECE | CWR


class TcpEcn:
    """`field` is the ECN field of the packet that is being received."""

    def __init__(self, settings: TcpSettings) -> None:
        self._settings = settings
        self.agreed = False
        self.field = NOT_ECT
        #: A packet arrived that could have been marked (TCP_ECN_SEEN).
        self.seen = False
        #: A mark arrived: ECE is on all segments until the other end answers with CWR (TCP_ECN_DEMAND_CWR).
        self._demands_cwr = False
        #: How many reductions of the congestion window were signalled by CWR, and up to where data was sent.
        self._signalled = 0
        self._sent_to = 0

    # --- the handshake ----------------------------------------------------------------------------------------------

    def flags_of_syn(self, flags: int, tries: int) -> int:
        """tcp_ecn_send_syn, tcp_ecn_make_synack; with tcp_ecn_fallback only the first SYN requests ECN."""
        if flags & ACK:
            return ECE if self.agreed else 0
        return _BOTH if self._settings.ecn == 1 and not (tries and self._settings.ecn_fallback) else 0

    def hear_syn(self, flags: int, *, passive: bool) -> None:
        """tcp_ecn_create_request; tcp_ecn_rcv_synack and tcp_ecn_rcv_syn where this end requested it."""
        if passive:
            self.agreed = self._settings.ecn != 0 and flags & _BOTH == _BOTH and self.field == NOT_ECT
        else:
            self.agreed = self._settings.ecn == 1 and flags & _BOTH == (ECE if flags & ACK else _BOTH)

    # --- segments ---------------------------------------------------------------------------------------------------

    def mark(self, start: int, size: int, reductions: int) -> tuple[int, int]:
        """tcp_ecn_send: more flags for a segment with `size` bytes of data, and the ECN field of its packet."""
        if not self.agreed:
            return 0, NOT_ECT
        flags = ECE if self._demands_cwr else 0
        if not size or start < self._sent_to:
            return flags, NOT_ECT
        self._sent_to = start + size
        if self._signalled != reductions:
            self._signalled = reductions
            flags |= CWR
        return flags, ECT_0

    def accept(self, flags: int) -> bool:
        """Data arrived (tcp_ecn_accept_cwr, tcp_data_ecn_check); whether it is worth quick acknowledgements."""
        if not self.agreed:
            return False
        if flags & CWR:
            self._demands_cwr = False
        if self.field == NOT_ECT:
            return self.seen
        self.seen = True
        first = self.field == CE and not self._demands_cwr
        self._demands_cwr = self._demands_cwr or first
        return first

    def is_echo(self, flags: int) -> bool:
        """tcp_ecn_rcv_ecn_echo: the peer echoes a congestion mark."""
        return self.agreed and bool(flags & ECE)

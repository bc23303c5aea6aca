"""The states of a connection (RFC 9293, 3.3.2), by the names of `ss`."""

from __future__ import annotations

import enum


class TcpState(enum.Enum):
    ESTABLISHED = "ESTAB"
    SYN_SENT = "SYN-SENT"
    SYN_RECV = "SYN-RECV"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    TIME_WAIT = "TIME-WAIT"
    CLOSED = "UNCONN"
    CLOSE_WAIT = "CLOSE-WAIT"
    LAST_ACK = "LAST-ACK"
    LISTEN = "LISTEN"
    CLOSING = "CLOSING"

    @property
    def may_send(self) -> bool:
        """The application may still write."""
        return self in (TcpState.ESTABLISHED, TcpState.CLOSE_WAIT)

    @property
    def sends_data(self) -> bool:
        """What was written may still have to be sent, or sent again."""
        return self.may_send or self in (TcpState.FIN_WAIT_1, TcpState.CLOSING, TcpState.LAST_ACK)

    @property
    def may_receive(self) -> bool:
        """The peer has not sent its FIN."""
        return self in (TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2)

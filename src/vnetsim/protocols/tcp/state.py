"""The states of a connection (RFC 9293, 3.3.2), by the words of `ss`."""

from __future__ import annotations

import enum


class State(enum.Enum):
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
        return self in (State.ESTABLISHED, State.CLOSE_WAIT)

    @property
    def sends_data(self) -> bool:
        """What was written may still have to be sent, or sent again."""
        return self.may_send or self in (State.FIN_WAIT_1, State.CLOSING, State.LAST_ACK)

    @property
    def may_receive(self) -> bool:
        """The other end has not said that it is done."""
        return self in (State.ESTABLISHED, State.FIN_WAIT_1, State.FIN_WAIT_2)

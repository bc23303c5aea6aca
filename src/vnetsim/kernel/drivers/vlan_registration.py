"""What a VLAN device declares on the device below: GVRP and MVRP (net/8021q/vlan_gvrp.c, vlan_mvrp.c; net/802).

An applicant declares its VLAN twice, at random instants of at most 0.2 s; MVRP once a second from then on.  It
withdraws it once.  Follows a recording of Linux 6.18 (vlan_registration).  Not modelled: declarations of others,
several VLANs in one frame.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND, SECOND, Timer
from vnetsim.wire.bpdu import LLC
from vnetsim.wire.ethernet import HEADER_LENGTH, Frame, Payload
from vnetsim.wire.garp import GarpPdu
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device

_GROUP: Final = Mac.parse("01:80:c2:00:00:21")
_MVRP: Final = 0x88F5
_JOIN_TIME: Final = 200 * MILLISECOND
_DECLARATIONS: Final = 2
#: GARP's events JoinIn and LeaveEmpty; those of MRP in the first of the three that an octet holds (JoinIn, Lv).
_GARP_EVENTS: Final = {True: 2, False: 3}
_MRP_EVENTS: Final = {True: 1 * 36, False: 5 * 36}


class Applicant:
    """Of one VLAN and one of the two protocols, `gvrp` or `mvrp`."""

    def __init__(self, lower: Device, number: int, protocol: str) -> None:
        self._lower, self._number, self._protocol = lower, number, protocol
        self._declared = False
        self._left = 0
        self._timer: Timer | None = None

    def join(self) -> None:
        """garp_request_join: nothing where it is declared already."""
        if not self._declared:
            self._declared, self._left = True, _DECLARATIONS
            self._wait(self._random())

    def leave(self) -> None:
        if self._declared:
            self._declared, self._left = False, 1
            self._wait(self._random())

    def _random(self) -> int:
        return int(self._lower.namespace.host.random.random() * _JOIN_TIME)

    def _wait(self, time: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._lower.engine.after(time, self._send)

    def _send(self) -> None:
        self._timer = None
        self._left -= 1
        lower = self._lower
        if not lower.registered:
            return
        if lower.up:
            lower.transmit(lower.new_skb(self._frame()))
        if self._left > 0:
            self._wait(self._random())
        elif self._declared and self._protocol == "mvrp":
            self._wait(SECOND)

    def _frame(self) -> Frame:
        if self._protocol == "mvrp":
            pdu: Payload = struct.pack("!BBBHHBHH", 0, 1, 2, 1, self._number, _MRP_EVENTS[self._declared], 0, 0)
            return Frame.build(_GROUP, self._lower.mac, _MVRP, pdu)
        data = LLC + struct.pack("!HBBBHBB", 1, 1, 4, _GARP_EVENTS[self._declared], self._number, 0, 0)
        pdu = GarpPdu(data, len(data))
        return Frame(_GROUP, self._lower.mac, pdu.length, pdu, HEADER_LENGTH + pdu.length)

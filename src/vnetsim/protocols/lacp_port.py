"""The state machines of one port of a link aggregation (IEEE 802.3-2008, 43.4; drivers/net/bonding/bond_3ad.c).

A tick is a tenth of a second: `tick_before`, the selection of an aggregator by `protocols.lacp`, `tick_after`.  Who has
the port says what its device can do (`device_up`, `is_active`) and does what the machines decide (`enable`, `disable`,
`transmit`).  Not modelled: ports in standby, markers, the admin values of the standard that Linux cannot set.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.wire.lacp import (
    ACTIVITY,
    AGGREGATION,
    COLLECTING,
    DEFAULTED,
    DISTRIBUTING,
    EXPIRED,
    SYNCHRONIZATION,
    TIMEOUT,
    Lacpdu,
    LacpInfo,
)
from vnetsim.wire.mac import UNKNOWN, Mac

if TYPE_CHECKING:
    from vnetsim.protocols.lacp import Aggregator

TICKS_PER_SECOND: Final = 10
#: The longest of them, in ticks: short and long timeouts, waiting for others, churn, between two frames.
_SHORT: Final = 3 * TICKS_PER_SECOND
_LONG: Final = 90 * TICKS_PER_SECOND
_WAIT_WHILE: Final = 2 * TICKS_PER_SECOND
_CHURN_DETECTION: Final = 60 * TICKS_PER_SECOND
_BETWEEN_FRAMES: Final = TICKS_PER_SECOND // 3
#: One tick is lost in the state that sends.
_FAST_PERIOD: Final = TICKS_PER_SECOND - 1
_SLOW_PERIOD: Final = 30 * TICKS_PER_SECOND - 1
#: What is assumed of a partner that has not spoken.
NO_PARTNER: Final = LacpInfo(0xFFFF, UNKNOWN, 1, 0xFF, 1, 0)
_PRIORITY: Final = 0xFF
_DUPLEX: Final = 1


class AggregationPort(ABC):
    """`key` is the operational one: ten bits of a user's, five of the speed, one of the duplex mode.

    `state` is the actor's, `partner` the operational values of the other side.  `begin`: the machines start again.
    """

    def __init__(self, number: int, system_priority: int, system: Mac) -> None:
        self.number, self.system_priority, self.system = number, system_priority, system
        self.key = self.user_key = 0
        self.state = ACTIVITY | AGGREGATION
        self.partner = NO_PARTNER
        self.aggregator: Aggregator | None = None
        self.is_enabled = self.begin = self.lacp_enabled = True
        self.selected = self.ready = self.ready_n = self.ntt = False
        self.receive = self.periodic = self.mux = ""
        self._receive_timer = self._periodic_timer = self._mux_timer = 0
        self._transmit_timer = _BETWEEN_FRAMES
        self._churned = False
        self.actor_churn, self.partner_churn = _Churn(), _Churn()

    # --- of whoever has the port ------------------------------------------------------------------------------------

    @abstractmethod
    def device_up(self) -> bool:
        """Whether it is up and has a carrier."""

    @abstractmethod
    def is_active(self) -> bool:
        """Whether it may send and receive what is no LACPDU."""

    @abstractmethod
    def enable(self) -> None:
        """It may, if its link is up."""

    @abstractmethod
    def disable(self) -> None: ...

    @abstractmethod
    def transmit(self, pdu: Lacpdu) -> None: ...

    @abstractmethod
    def loopback(self) -> None:
        """Its own LACPDUs came back."""

    # --- the machines -----------------------------------------------------------------------------------------------

    def tick_before(self) -> None:
        self._receive()
        self._send_periodically()

    def tick_after(self) -> None:
        self._mux()
        self._transmit()
        self._detect_churn()
        self.begin = False

    def set_link(self, speed: int | None, *, up: bool) -> None:
        """bond_3ad_handle_link_change; `speed` is its number in keys, None if speed and duplex mode are unknown."""
        self.is_enabled = up
        before, self.key = self.key, self.user_key << 6
        full = up and speed is not None
        if full and speed is not None:
            self.key |= speed << 1 | _DUPLEX
        if before != self.key:
            self.lacp_enabled = full
            self.begin = self.begin or (full and (before >> 1 & 0x1F) != speed)

    def received(self, pdu: Lacpdu) -> None:
        self._receive(pdu)

    def send_now(self) -> None:
        actor = LacpInfo(self.system_priority, self.system, self.key, _PRIORITY, self.number, self.state)
        self.transmit(Lacpdu(actor, self.partner))

    def _receive(self, pdu: Lacpdu | None = None) -> None:
        """43.4.12, ad_rx_machine"""
        before = self.receive
        if self.begin:
            self.receive, self._churned = "initialize", True
        elif not self.is_enabled:
            self.receive = "port disabled"
        elif pdu is not None and self.receive in ("expired", "defaulted", "current"):
            self._churned = self._churned or self.receive != "current"
            self._receive_timer, self.receive = 0, "current"
        elif self._receive_timer == 1:
            self._receive_timer = 0
            self.receive = {"expired": "defaulted", "current": "expired"}.get(self.receive, self.receive)
        else:
            self._receive_timer -= self._receive_timer > 0
            if self.receive == "port disabled":
                self.receive = "expired" if self.lacp_enabled else "lacp disabled"
        if self.receive != before or pdu is not None:
            self._enter_receive(pdu)

    def _enter_receive(self, pdu: Lacpdu | None) -> None:
        if self.receive == "initialize":
            self.lacp_enabled, self.selected = bool(self.key & _DUPLEX), False
            self._record_default()
            self.state &= ~EXPIRED
            self.receive = "port disabled"
        elif self.receive == "lacp disabled":
            self.selected = False
            self._record_default()
            self.state &= ~EXPIRED
        elif self.receive == "expired":
            state = self.partner.state & ~SYNCHRONIZATION | TIMEOUT | ACTIVITY
            self.partner = attrs.evolve(self.partner, state=state)
            self._receive_timer, self._churned = _SHORT, True
            self.state |= EXPIRED
        elif self.receive == "defaulted":
            self.selected = self.selected and _alike(self.partner, NO_PARTNER)
            self._record_default()
            self.state &= ~EXPIRED
        elif self.receive == "current" and pdu is not None:
            self._record(pdu)

    def _record_default(self) -> None:
        self.partner = NO_PARTNER
        self.state |= DEFAULTED

    def _record(self, pdu: Lacpdu) -> None:
        """update_Selected, update_NTT and recordPDU."""
        actor, known = pdu.actor, pdu.partner
        if actor.system == self.system:
            self.loopback()
            return
        self.selected = self.selected and _alike(actor, self.partner)
        own = LacpInfo(self.system_priority, self.system, self.key, _PRIORITY, self.number, self.state)
        compared = ACTIVITY | TIMEOUT | SYNCHRONIZATION | AGGREGATION
        same = _alike(known, own)
        self.ntt = self.ntt or not same or bool((known.state ^ self.state) & compared)
        matched = same or not actor.state & AGGREGATION
        self.partner = actor if matched else attrs.evolve(actor, state=actor.state & ~SYNCHRONIZATION)
        self.state &= ~(DEFAULTED | EXPIRED)
        self._receive_timer = _SHORT if self.state & TIMEOUT else _LONG

    def _send_periodically(self) -> None:
        """43.4.13, ad_periodic_machine"""
        before, fast = self.periodic, self.partner.state & TIMEOUT
        silent = not (self.state | self.partner.state) & ACTIVITY
        if self.begin or not self.lacp_enabled or not self.is_enabled or silent:
            self.periodic = "none"
        elif self._periodic_timer:
            self._periodic_timer -= 1
            if not self._periodic_timer:
                self.periodic = "send"
            elif self.periodic == "fast" and not fast:
                self.periodic = "slow"
            elif self.periodic == "slow" and fast:
                self._periodic_timer, self.periodic = 0, "send"
        elif self.periodic == "none":
            self.periodic = "fast"
        elif self.periodic == "send":
            self.periodic = "fast" if fast else "slow"
        if self.periodic != before:
            self._periodic_timer = {"fast": _FAST_PERIOD, "slow": _SLOW_PERIOD}.get(self.periodic, 0)
            self.ntt = self.ntt or self.periodic == "send"

    def _mux(self) -> None:
        """43.4.15, ad_mux_machine: collecting and distributing are one state."""
        assert self.aggregator is not None
        before = self.mux
        if self.begin:
            self.mux = "detached"
        elif self.mux == "detached":
            self.mux = "waiting" if self.selected else self.mux
        elif self.mux == "waiting":
            self._wait()
        elif self.mux == "attached":
            self._attach()
        elif not (self.selected and self.partner.state & self.state & SYNCHRONIZATION):
            self.mux = "attached"
        elif self.aggregator.active and not self.is_active():
            self.enable()
        if self.mux != before:
            self._enter_mux()

    def _wait(self) -> None:
        """WAITING, until all ports of the aggregator have waited."""
        assert self.aggregator is not None
        if not self.selected:
            self._detach()
            return
        if self._mux_timer:
            self._mux_timer -= 1
            self.ready_n = self.ready_n or not self._mux_timer
        self.aggregator.update_ready()
        if self.ready and not self._mux_timer:
            self.mux = "attached"

    def _attach(self) -> None:
        """ATTACHED, until the partner is, too."""
        assert self.aggregator is not None
        selecting = self.aggregator.aggregation.selecting
        if self.selected and self.partner.state & SYNCHRONIZATION and not selecting:
            if self.aggregator.active:
                self.mux = "distributing"
        elif not self.selected:
            self._detach()
        elif self.aggregator.active:
            self.state |= SYNCHRONIZATION

    def _detach(self) -> None:
        assert self.aggregator is not None
        self.ready_n = False
        self.aggregator.update_ready()
        self.mux = "detached"

    def _enter_mux(self) -> None:
        assert self.aggregator is not None
        if self.mux == "waiting":
            self._mux_timer = _WAIT_WHILE
            return
        self.ntt = True
        if self.mux == "distributing":
            self.state |= COLLECTING | DISTRIBUTING | SYNCHRONIZATION
            if self.aggregator.active:
                self.enable()
            return
        in_sync = self.mux == "attached" and self.aggregator.active
        self.state = self.state & ~(SYNCHRONIZATION | COLLECTING | DISTRIBUTING) | SYNCHRONIZATION * in_sync
        if self.aggregator.has_partner:
            self.disable()

    def _transmit(self) -> None:
        """43.4.16, ad_tx_machine: at most three frames a second."""
        self._transmit_timer -= 1
        if not self._transmit_timer:
            if self.ntt and self.lacp_enabled:
                self.send_now()
                self.ntt = False
            self._transmit_timer = _BETWEEN_FRAMES

    def _detect_churn(self) -> None:
        """43.4.17, ad_churn_machine"""
        if self._churned:
            self._churned = False
            self.actor_churn.start()
            self.partner_churn.start()
        else:
            self.actor_churn.tick(self.state)
            self.partner_churn.tick(self.partner.state)


class _Churn:
    """Whether one side comes to be in sync: `monitoring`, `none`, or `churned` so many times."""

    def __init__(self) -> None:
        self.state, self.count, self._timer = "monitoring", 0, 0

    def start(self) -> None:
        self.state, self._timer = "monitoring", _CHURN_DETECTION

    def tick(self, state: int) -> None:
        if not self._timer:
            return
        self._timer -= 1
        if not self._timer and self.state == "monitoring":
            self.state = "none" if state & SYNCHRONIZATION else "churned"
            self.count += self.state == "churned"


def _alike(one: LacpInfo, other: LacpInfo) -> bool:
    """Whether they are the same but for bits of their states other than AGGREGATION."""
    return attrs.evolve(one, state=one.state & AGGREGATION) == attrs.evolve(other, state=other.state & AGGREGATION)

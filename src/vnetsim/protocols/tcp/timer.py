"""The timers of the sending half: retransmission, loss probe, reordering, zero window (net/ipv4/tcp_timer.c)."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND
from vnetsim.protocols.jiffies import JIFFY, expiry
from vnetsim.protocols.tcp.congestion import CALM, Phase
from vnetsim.wire.tcp import ACK

if TYPE_CHECKING:
    from vnetsim.protocols.tcp.sender import TcpSender

#: TCP_TIMEOUT_MIN: two ticks.
MIN_TIMEOUT: Final = 2 * JIFFY
#: TCP_RTO_MIN, from which the doublings until the connection is given up are counted (retransmits_timed_out).
_RTO_MIN: Final = 200 * MILLISECOND


class TcpTimer(enum.Enum):
    """What the timer is set for (icsk_pending)."""

    RETRANSMIT = "retransmit"
    LOSS_PROBE = "loss probe"
    REORDER = "reorder"
    WINDOW_PROBE = "window probe"


def arm(sender: TcpSender, timer: TcpTimer, delay: int, now: int) -> None:
    sender.timer = timer
    sender.due = expiry(now, min(max(delay, 0), sender.settings.rto_max))


def rearm(sender: TcpSender, now: int) -> None:
    """tcp_rearm_rto."""
    if not sender.board:
        sender.stop()
        return
    delay = sender.rto
    if sender.timer in (TcpTimer.REORDER, TcpTimer.LOSS_PROBE):
        delay = max(sender.board.pieces[0].sent + sender.rto - now, 1)
    arm(sender, TcpTimer.RETRANSMIT, delay, now)


def schedule_probe(sender: TcpSender, now: int) -> None:
    """tcp_schedule_loss_probe: rather than waiting for the RTO, probe once whether the last segment arrived."""
    if not sender.board or not sender.sack or sender.congestion.phase is not Phase.OPEN or sender.board.sacked:
        return
    if sender.trip.smoothed:
        delay = 2 * sender.trip.smoothed
        delay += sender.settings.rto_min if len(sender.board) == 1 else MIN_TIMEOUT
    else:
        delay = sender.settings.initial_rto
    delay = -(-delay // JIFFY) * JIFFY
    left = sender.board.pieces[0].sent + sender.rto - now
    arm(sender, TcpTimer.LOSS_PROBE, min(delay, left) if left > 0 else delay, now)


def expire(sender: TcpSender, now: int) -> bool:
    """The timer is due; False if the connection is to be given up."""
    timer, sender.timer = sender.timer, None
    if timer is TcpTimer.WINDOW_PROBE:
        return probe_window(sender, now)
    if not sender.board:
        return True
    if timer is TcpTimer.LOSS_PROBE:
        probe_loss(sender, now)
        return True
    if timer is TcpTimer.REORDER:
        reordering_timeout(sender, now)
        return True
    return timeout(sender, now)


def probe_loss(sender: TcpSender, now: int) -> None:
    """tcp_send_loss_probe: something new if there is something, else the last segment once more."""
    if not sender.probe_end:
        if not (sender.unsent and sender.quota() > 0 and sender.send_next(now, 1, cork=False)):
            last = sender.board.pieces[-1]
            last.sent, last.transmissions = now, last.transmissions + 1
            sender.transmit([last], sender.current_mss(), now)
        sender.probe_end = sender.nxt
    rearm(sender, now)


def reordering_timeout(sender: TcpSender, now: int) -> None:
    """tcp_rack_reo_timeout: what has not come until now is lost."""
    wait = sender.board.detect(now, sender.trip.smoothed, sender.trip.shortest, eager=True)
    if sender.board.lost > sender.board.resent and sender.congestion.phase in CALM:
        sender.enter_recovery()
        sender.congestion.delivered(1, sender.board.in_flight, advanced=False)
    sender.resend(now)
    if wait:
        arm(sender, TcpTimer.REORDER, wait + MIN_TIMEOUT, now)
    elif sender.timer is not TcpTimer.RETRANSMIT:
        rearm(sender, now)


def timeout(sender: TcpSender, now: int) -> bool:
    """tcp_retransmit_timer."""
    if gives_up(sender, now):
        return False
    again = sender.congestion.phase is Phase.LOSS and sender.retransmissions > 0
    if not again:
        sender.undo.begin(sender.una, sender.board.resent)
    sender.board.mark_all_lost()
    sender.congestion.enter_loss(sender.board.in_flight, sender.nxt, now, again=again)
    sender.recovery_end = sender.nxt
    sender.probe_end = 0
    sender.retransmissions += 1
    sender.rto = min(sender.rto << 1, sender.settings.rto_max)
    sender.resend(now)
    arm(sender, TcpTimer.RETRANSMIT, sender.rto, now)
    return True


def gives_up(sender: TcpSender, now: int) -> bool:
    """retransmits_timed_out: as long as so many retries would take, starting with the least RTO."""
    if not sender.retransmissions:
        return False
    retries = sender.settings.orphan_retries if sender.orphan else sender.settings.retries
    longest = sender.settings.rto_max
    doublings = (longest // _RTO_MIN).bit_length() - 1
    if retries <= doublings:
        patience = ((2 << retries) - 1) * _RTO_MIN
    else:
        patience = ((2 << doublings) - 1) * _RTO_MIN + (retries - doublings) * longest
    return now - sender.first_retransmission >= patience


def check_window_probe(sender: TcpSender, now: int) -> None:
    """tcp_check_probe_timer: nothing is in flight and nothing may be sent: probe the window at intervals."""
    if needs_window_probe(sender) and sender.timer is None:
        arm(sender, TcpTimer.WINDOW_PROBE, max(sender.rto, sender.settings.rto_min), now)


def probe_window(sender: TcpSender, now: int) -> bool:
    """tcp_probe_timer, tcp_send_probe0; False once too many were not answered."""
    if not needs_window_probe(sender):
        sender.probes = sender.backoff = 0
        return True
    if sender.probes >= (sender.settings.orphan_retries if sender.orphan else sender.settings.retries):
        return False
    space = sender.una + sender.window - sender.nxt
    if space > 0 and sender.unsent:
        sender.probes = sender.backoff = 0
        sender.send_new(min(space, sender.unsent, sender.current_mss()), sender.current_mss(), now)
        rearm(sender, now)
        return True
    sender.emit(sender.una - 1, b"", ACK, 0, now)
    sender.probes += 1
    sender.backoff = min(sender.backoff + 1, sender.settings.retries)
    arm_window_probe(sender, now)
    return True


def needs_window_probe(sender: TcpSender) -> bool:
    """There is something to send, and nothing in flight that would be acknowledged."""
    return not sender.board and (bool(sender.unsent) or (sender.finishing and sender.nxt == sender.end))


def arm_window_probe(sender: TcpSender, now: int) -> None:
    """tcp_probe0_when."""
    settings = sender.settings
    doublings = min(sender.backoff, (settings.rto_max // settings.rto_min).bit_length())
    arm(sender, TcpTimer.WINDOW_PROBE, min(max(sender.rto, settings.rto_min) << doublings, settings.rto_max), now)


def window_probe_answered(sender: TcpSender, now: int) -> None:
    """tcp_ack_probe."""
    if not needs_window_probe(sender):
        return
    if sender.una + sender.window - sender.nxt >= min(sender.unsent, sender.current_mss()):
        sender.backoff = 0
        sender.stop()
    else:
        arm_window_probe(sender, now)

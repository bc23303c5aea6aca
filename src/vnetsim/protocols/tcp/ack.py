"""Acknowledgements: what they deliver, what is lost, and in which state that puts us (tcp_ack of tcp_input.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND
from vnetsim.protocols.tcp.congestion import CALM, Phase
from vnetsim.protocols.tcp.scoreboard import REORDERING, Acknowledged
from vnetsim.protocols.tcp.timer import MIN_TIMEOUT, TcpTimer, arm, rearm, schedule_probe, window_probe_answered

if TYPE_CHECKING:
    from vnetsim.protocols.tcp.sender import TcpSender

#: The states in which lost segments are sent again.
_REPAIRING: Final = (Phase.RECOVERY, Phase.LOSS)


def acknowledge(
    sender: TcpSender, acknowledged: int, number: int, window: int, blocks: tuple[tuple[int, int], ...],
    echoed: int | None, now: int, *, bare: bool, ece: bool = False,
) -> None:  # fmt: skip
    """tcp_ack, for an acknowledgement that is neither older than `una` nor newer than `nxt`.

    `number` is the segment's own, `echoed` how long ago it was sent what the timestamp echoes; `bare` segments
    carry neither data nor SYN or FIN; `ece`: it echoes a congestion mark.
    """
    flight = len(sender.board)
    updated = update_window(sender, acknowledged, number, window)
    acked = sender.board.acknowledge(acknowledged, blocks, now, sender.trip.shortest)
    sender.delivered += acked.delivered
    if acknowledged > sender.una:
        advance(sender, acknowledged)
    elif bare and not updated and not sender.sack and flight:
        sender.board.duplicates += 1
    # An answer to what had arrived before echoes an old timestamp.
    repeated = [block for block in blocks[:1] if block[1] <= acknowledged]
    measure(sender, acked, None if repeated else echoed, now)
    if repeated:
        check_dsack(sender, repeated[0])
    sender.probes = 0
    if not flight:
        window_probe_answered(sender, now)
        return
    if acknowledged >= sender.probe_end:
        sender.probe_end = 0
    try_undo(sender, acked, acknowledged, echoed, now)
    fastretrans_alert(sender, acked, acknowledged, now, ece=ece)
    sender.learn_rate()
    after_ack(sender, acked, now)


def update_window(sender: TcpSender, acknowledged: int, number: int, window: int) -> bool:
    """tcp_may_update_window."""
    newer = acknowledged > sender.una or number > sender.window_update_seq
    if not newer and not (number == sender.window_update_seq and (window > sender.window or not window)):
        return False
    changed = window != sender.window
    sender.window_update_seq = number
    sender.window = window
    sender.largest_window = max(sender.largest_window, window)
    return changed


def advance(sender: TcpSender, acknowledged: int) -> None:
    sender.data.drop(max(0, min(acknowledged, sender.end) - sender.data_start))
    sender.una = acknowledged
    sender.retransmissions = sender.first_retransmission = 0
    if sender.board.duplicates:
        sender.board.duplicates = 0


def measure(sender: TcpSender, acked: Acknowledged, echoed: int | None, now: int) -> None:
    measured = acked.trip
    if measured is None and acked.advanced and echoed is not None:
        measured = echoed or MILLISECOND
    if measured is not None:
        sender.trip.sample(measured, sender.una, sender.nxt)
        sender.rto = sender.trip.timeout
        sender.congestion.measured(measured, sender.una, sender.nxt, now, sender.bursts.rate)


def fastretrans_alert(sender: TcpSender, acked: Acknowledged, acknowledged: int, now: int, *, ece: bool) -> None:
    """tcp_fastretrans_alert: what is lost, and in which phase that puts us."""
    congestion, board = sender.congestion, sender.board
    if congestion.phase is not Phase.OPEN and acknowledged >= sender.recovery_end + (congestion.phase is Phase.CWR):
        congestion.recovered()
        board.repaired()
    if congestion.phase in CALM:
        sender.undo.over()
    partial = acked.advanced and congestion.phase is Phase.RECOVERY and not sender.sack
    if partial or (not sender.sack and board.duplicates >= 3):
        board.mark_first_lost()
    if sender.sack and (board.sacked or board.resent or congestion.phase is not Phase.OPEN):
        eager = congestion.phase is not Phase.OPEN
        wait = board.detect(now, sender.trip.smoothed, sender.trip.shortest, eager=eager)
        if wait:
            arm(sender, TcpTimer.REORDER, wait + MIN_TIMEOUT, now)
    if board.lost > board.resent and congestion.phase in CALM:
        sender.enter_recovery()
    elif ece:
        sender.enter_cwr()
    congestion.delivered(acked.delivered, board.in_flight, advanced=acked.advanced)
    if (acked.advanced or (acked.delivered and board.reordering > REORDERING)) and is_cwnd_limited(sender):
        congestion.acknowledged(acked.delivered, now)


def is_cwnd_limited(sender: TcpSender) -> bool:
    """tcp_is_cwnd_limited."""
    congestion = sender.congestion
    return sender.cwnd_limited or (congestion.in_slow_start and congestion.window < 2 * sender.most_out)


def check_dsack(sender: TcpSender, block: tuple[int, int]) -> None:
    """The other end had it already (tcp_check_dsack): what was sent again was late, and not lost."""
    sender.board.came_twice(sender.nxt)
    if block[1] <= sender.una:
        sender.undo.came_twice(block[1])


def try_undo(sender: TcpSender, acked: Acknowledged, acknowledged: int, echoed: int | None, now: int) -> None:
    """tcp_try_undo_dsack, _partial, _recovery and _loss: the first transmission arrived after all."""
    congestion = sender.congestion
    if congestion.phase not in _REPAIRING:
        return
    delayed = acked.advanced and sender.undo.is_delayed(echoed, now)
    partial = congestion.phase is Phase.RECOVERY and acknowledged < sender.recovery_end
    if partial and delayed and sender.board.resent:
        return
    if sender.undo.is_possible(delayed=delayed):
        congestion.undo()
        if delayed:
            sender.board.unmark_lost()


def after_ack(sender: TcpSender, acked: Acknowledged, now: int) -> None:
    if acked.advanced and sender.timer is not TcpTimer.REORDER:
        rearm(sender, now)
        schedule_probe(sender, now)
    elif not sender.board:
        sender.stop()
    sender.resend(now)

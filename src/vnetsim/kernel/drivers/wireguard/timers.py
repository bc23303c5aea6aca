"""When a peer is sent handshakes and keepalives (drivers/net/wireguard/timers.c; the protocol's paper, 6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from vnetsim.clock import SECOND

if TYPE_CHECKING:
    from vnetsim.engine import Engine, Scheduled
    from vnetsim.kernel.drivers.wireguard.peer import WgPeer

REKEY_AFTER_TIME: Final = 120 * SECOND
REJECT_AFTER_TIME: Final = 180 * SECOND
REKEY_TIMEOUT: Final = 5 * SECOND
KEEPALIVE_TIMEOUT: Final = 10 * SECOND
#: Added to the time after which a handshake is tried again, at most (REKEY_TIMEOUT_JITTER_MAX_JIFFIES).
_JITTER: Final = SECOND // 3
#: 90 seconds of handshakes.
_MAX_HANDSHAKES: Final = 90 * SECOND // REKEY_TIMEOUT


class _Timer:
    """struct timer_list"""

    def __init__(self, engine: Engine, function: Callable[[], object]) -> None:
        self._engine, self._function = engine, function
        self._scheduled: Scheduled | None = None

    @property
    def pending(self) -> bool:
        return self._scheduled is not None

    def mod(self, delay: int) -> None:
        self.delete()
        self._scheduled = self._engine.after(delay, self._expire)

    def delete(self) -> None:
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None

    def _expire(self) -> None:
        self._scheduled = None
        self._function()


class WgTimers:
    """Those of one peer; the methods are what happened."""

    def __init__(self, peer: WgPeer, engine: Engine) -> None:
        self._peer = peer
        self._retransmit_handshake = _Timer(engine, self._expired_retransmit_handshake)
        self._send_keepalive = _Timer(engine, self._expired_send_keepalive)
        self._new_handshake = _Timer(engine, self._expired_new_handshake)
        self._zero_key_material = _Timer(engine, peer.forget_sessions)
        self._persistent_keepalive = _Timer(engine, self._expired_persistent_keepalive)
        self.handshake_attempts = 0
        self._need_another_keepalive = False

    def stop(self) -> None:
        for timer in (self._retransmit_handshake, self._send_keepalive, self._new_handshake, self._zero_key_material,
                      self._persistent_keepalive):  # fmt: skip
            timer.delete()
        self.handshake_attempts, self._need_another_keepalive = 0, False

    # --- what happened ----------------------------------------------------------------------------------------------

    def data_sent(self) -> None:
        """An answer is expected soon."""
        if not self._new_handshake.pending:
            self._new_handshake.mod(KEEPALIVE_TIMEOUT + REKEY_TIMEOUT + self._jitter())

    def data_received(self) -> None:
        """It is answered soon, by a keepalive if there is nothing else."""
        if self._send_keepalive.pending:
            self._need_another_keepalive = True
        else:
            self._send_keepalive.mod(KEEPALIVE_TIMEOUT)

    def any_authenticated_packet_sent(self) -> None:
        self._send_keepalive.delete()

    def any_authenticated_packet_received(self) -> None:
        self._new_handshake.delete()

    def any_authenticated_packet_traversal(self) -> None:
        if self._peer.persistent_keepalive:
            self._persistent_keepalive.mod(self._peer.persistent_keepalive * SECOND)

    def handshake_initiated(self) -> None:
        self._retransmit_handshake.mod(REKEY_TIMEOUT + self._jitter())

    def handshake_complete(self) -> None:
        self._retransmit_handshake.delete()
        self.handshake_attempts = 0
        self._peer.handshake_complete()

    def session_derived(self) -> None:
        self._zero_key_material.mod(REJECT_AFTER_TIME * 3)

    # --- what a timer does ------------------------------------------------------------------------------------------

    def _expired_retransmit_handshake(self) -> None:
        peer = self._peer
        if self.handshake_attempts > _MAX_HANDSHAKES:
            self._send_keepalive.delete()
            peer.purge_staged_packets()
            if not self._zero_key_material.pending:
                self._zero_key_material.mod(REJECT_AFTER_TIME * 3)
            return
        self.handshake_attempts += 1
        peer.clear_endpoint_source()
        peer.send_queued_handshake_initiation(retry=True)

    def _expired_send_keepalive(self) -> None:
        self._peer.send_keepalive()
        if self._need_another_keepalive:
            self._need_another_keepalive = False
            self._send_keepalive.mod(KEEPALIVE_TIMEOUT)

    def _expired_new_handshake(self) -> None:
        self._peer.clear_endpoint_source()
        self._peer.send_queued_handshake_initiation()

    def _expired_persistent_keepalive(self) -> None:
        if self._peer.persistent_keepalive:
            self._peer.send_keepalive()

    def _jitter(self) -> int:
        return self._peer.random.randrange(_JITTER)

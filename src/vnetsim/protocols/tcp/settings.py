"""The parameters of a connection: sysctls, its ports, and the limits of its path."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.values import frozen

#: Timestamps with the two bytes that align them.
TIMESTAMPS_LENGTH: Final = 12
#: The largest scale (RFC 7323, 2.3).
_MOST_SCALE: Final = 14
_LONGEST_PACKET: Final = 65_535
#: TCP_INIT_CWND.
INITIAL_WINDOW: Final = 10


@frozen(kw_only=True)
class TcpSettings:
    """/proc/sys/net/ipv4/tcp_* in bytes, attempts and nanoseconds, and constants of include/net/tcp.h."""

    timestamps: bool = True
    sack: bool = True
    window_scaling: bool = True
    #: tcp_rmem: initial and largest receive buffer.
    receive_buffer: int = 131_072
    receive_buffer_max: int = 33_554_432
    #: tcp_wmem's initial and largest, and what a socket with a smaller initial one has once it is connected.
    send_buffer_initial: int = 16_384
    send_buffer_max: int = 4_194_304
    send_buffer: int = 69_120
    syn_retries: int = 6
    syn_linear_timeouts: int = 4
    synack_retries: int = 5
    retries: int = 15
    orphan_retries: int = 8
    fin_timeout: int = 60 * SECOND
    time_wait: int = 60 * SECOND
    initial_rto: int = SECOND
    rto_min: int = 200 * MILLISECOND
    rto_max: int = 120 * SECOND
    initial_window: int = INITIAL_WINDOW
    #: Of the route (RTAX_WINDOW, RTAX_INITRWND in segments, RTAX_QUICKACK); 0: no limit.
    window_clamp: int = 0
    initial_receive_window: int = 0
    quickack: bool = False
    #: tcp_ecn: 0 never, 1 request and accept, 2 accept; an unanswered SYN is sent again without (tcp_ecn_fallback).
    ecn: int = 2
    ecn_fallback: bool = True
    #: One of congestion.ALGORITHMS.
    congestion_control: str = "cubic"

    @property
    def scale(self) -> int:
        """tcp_select_initial_window: enough for the largest buffer that there may be."""
        if not self.window_scaling:
            return 0
        space = min(self.receive_buffer_max, self.window_clamp or self.receive_buffer_max)
        return max(0, min(_MOST_SCALE, space.bit_length() - 1 - 15))


@frozen
class TcpPorts:
    local: int
    remote: int


@frozen(kw_only=True)
class TcpPath:
    """`mtu` and `headers` (of IP and TCP) in bytes; `advertised` is the MSS of the route (advmss), if it has one.

    `least_advertised` is the smallest MSS that is advertised (ip_rt_min_advmss).
    """

    mtu: int
    headers: int = 40
    advertised: int | None = None
    least_advertised: int = 256
    #: Frames may be longer than the MTU and are cut where a device needs it (TSO, GSO).
    segmentation: bool = True

    @property
    def mss(self) -> int:
        """The MSS that is advertised to the peer."""
        if self.advertised is not None:
            return self.advertised
        return max(min(self.mtu, _LONGEST_PACKET) - self.headers, self.least_advertised)

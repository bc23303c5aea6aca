"""TCP as a machine of its own: RFC 9293 as Linux does it (net/ipv4/tcp*.c, kernel 6.18).

    connection = TcpConnection(settings, ports, TcpPath(mtu=1500), number=..., clock=..., answering=False)
    connection.connect(now)            # or: TcpConnection.answering(syn, ...), for a SYN that reached a listener
    connection.receive(segment, now)   # something arrived
    connection.write(data, now), read(size, now), shutdown(now), close(now)
    connection.expire(now)             # `deadline` has come
    connection.take()                  # what is to be sent, in order: [Outgoing]

A connection knows no clock and no network: time is `now` in nanoseconds, segments are values of wire.tcp.  Modules:

    connection  tcp.c: the state of a connection, what an application does with it, handshake, segments that leave
    input       tcp_input.c: segments that arrive         minisocks   SYN-RECEIVED, TIME-WAIT (tcp_minisocks.c)
    ack         tcp_input.c: acknowledgements, recovery   timer       tcp_timer.c: RTO, loss probe, zero window
    sender      tcp_output.c: what may be sent when       receiver    order, windows, delayed acknowledgements
    scoreboard  segments in flight: SACK, RACK (RFC 8985) undo        spurious recoveries (Eifel, D-SACK)
    congestion  the window, PRR (RFC 6937), Reno; cubic   tsq         TSO autosizing, TCP small queues
    roundtrip   RTT and RTO (RFC 6298)                    ecn         congestion marks (RFC 3168)
    segments    sequence numbers, options, what leaves    byte_queue  bytes that wait
    settings    sysctls, and what the path allows         state       the states, as ss names them; counters

Not modelled: urgent data, Fast Open, MD5 and AO, keep-alives, F-RTO, compressed acknowledgements, pacing, BBR.
"""

from __future__ import annotations

from vnetsim.protocols.tcp.connection import TcpConnection
from vnetsim.protocols.tcp.segments import Outgoing, refusal
from vnetsim.protocols.tcp.settings import TcpPath, TcpPorts, TcpSettings
from vnetsim.protocols.tcp.state import TcpState

__all__ = ["Outgoing", "TcpConnection", "TcpPath", "TcpPorts", "TcpSettings", "TcpState", "refusal"]

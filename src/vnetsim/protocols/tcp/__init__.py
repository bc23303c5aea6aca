"""TCP as a machine of its own: RFC 9293 as Linux does it (net/ipv4/tcp*.c, kernel 6.18).

    connection = Connection(settings, ports, Path(mtu=1500), number=..., clock=..., answering=False)
    connection.connect(now)            # or: Connection.answering(syn, ...), for a SYN that reached a listener
    connection.receive(segment, now)   # something arrived
    connection.write(data, now), read(size, now), shutdown(now), close(now)
    connection.expire(now)             # `deadline` has come
    connection.take()                  # what is to be sent, in order: [Outgoing]

A connection knows no clock and no network: time is `now` in nanoseconds, segments are values of wire.tcp.  Modules:

    sequence    numbers that wrap around                 settings    sysctls, and what the path allows
    roundtrip   RTT and RTO (RFC 6298)                   congestion  the window, PRR (RFC 6937); cubic, reno
    scoreboard  what is in flight: SACK, RACK (RFC 8985) sender      what may be sent when, timers
    bursts      how much at once: TSO, small queues      undo        losses that were none
    options     what a segment carries beside its data   receiver    order, windows, acknowledgements
    stored      bytes that wait                          outgoing    segments that leave
    ecn         marks instead of losses (RFC 3168)
    state       the states, as ss calls them             connection  handshake, end, and all of it together

Not modelled: urgent data, Fast Open, MD5 and AO, keep-alives, F-RTO, compressed acknowledgements, pacing, BBR.
"""

from __future__ import annotations

from vnetsim.protocols.tcp.connection import Connection
from vnetsim.protocols.tcp.outgoing import Outgoing, refusal
from vnetsim.protocols.tcp.settings import Path, Ports, Settings
from vnetsim.protocols.tcp.state import State

__all__ = ["Connection", "Outgoing", "Path", "Ports", "Settings", "State", "refusal"]

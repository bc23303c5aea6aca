"""`iperf` (2.1.8): how much goes through a path.

    iperf -s [-u] [-p PORT] [-i SECONDS] [-f kmgKMG]
    iperf -c HOST [-u] [-b RATE] [-p PORT] [-t SECONDS] [-n BYTES] [-i SECONDS] [-f kmgKMG]

Time is simulated.  A path without a rate of its own (a bare veth pair) is as fast as its processor, of which vnetsim
has no model: a TCP client that finds itself on one is refused.  Not modelled: all other options (NotModelled names
them), several streams, both directions, histograms; a server takes one TCP client after the other.
"""

from __future__ import annotations

from vnetsim.process import Coroutine, Process
from vnetsim.programs.iperf import tcp, udp
from vnetsim.programs.iperf.options import IperfArguments
from vnetsim.programs.libc.exit import Exit, ends_by_exit

_USAGE = "Usage: iperf [-s|-c host] [options]\nTry `iperf --help' for more information.\n"


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = IperfArguments.read(process)
    if not options.server and not options.client:
        raise Exit(0, stderr=_USAGE)
    if options.server:
        return (yield from udp.serve(process, options)) if options.udp else (yield from tcp.serve(process, options))
    return (yield from udp.send(process, options)) if options.udp else (yield from tcp.send(process, options))

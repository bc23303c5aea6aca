"""`iperf3`: how much goes through a path (iperf 3.12, with its own protocol on the control connection).

    iperf3 -s [-1] [-D] [-p PORT] [-B ADDRESS] [-i SECONDS]
    iperf3 -c HOST [-p PORT] [-t SECONDS | -n BYTES | -k BLOCKS] [-u] [-b RATE] [-R] [-P N] [-l LENGTH] [-i SECONDS]
                   [-C reno|cubic] [-f kmgtKMGT] [-B ADDRESS] [--cport PORT] [-T TITLE] [-J]

Time is simulated, so that the figures are those of the simulated path.  A path without a rate of its own (a bare veth)
is as fast as the program: its processor writes ten gigabits a second, and half a million datagrams.

Not modelled: all other options (NotModelled names them), the load of processors (0 in -J), what -J tells of round trips
and windows of the other end, descriptors of more streams than four (their numbers go on by two), waiting of UDP senders
for a full queue of their own host (what is too much is lost).
"""

from __future__ import annotations

from vnetsim.errors import NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.iperf3 import client, server
from vnetsim.programs.iperf3.options import IperfOptions
from vnetsim.programs.iperf3.report import IperfPrinter
from vnetsim.programs.libc.exit import ends_by_exit


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = IperfOptions.read(process)
    options.check()
    if options.json and options.server:
        raise NotModelled("iperf3 -s -J")
    printer = IperfPrinter(process.write, options.form, options.title)
    if not options.server:
        return (yield from client.run(process, options, printer))
    if not options.daemon:
        return (yield from server.run(process, options, printer))
    silent = IperfPrinter(lambda _: None, options.form, "")
    process.fork(lambda child: server.run(child, options, silent))
    return 0

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

from collections.abc import Generator
from typing import Any, Final

from vnetsim.errors import NotModelled
from vnetsim.process import Process
from vnetsim.programs.iperf3 import client, server
from vnetsim.programs.iperf3.options import ParameterError, read
from vnetsim.programs.iperf3.report import Printer
from vnetsim.programs.libc.getopt import OptionError
from vnetsim.programs.resources import resource

_USAGE: Final = "iperf3/usage/iperf3.txt"


def main(process: Process) -> Generator[Any, Any, int]:
    yield from ()
    try:
        options = read(process.argv[1:])
    except ParameterError as error:
        process.error(f"iperf3: parameter error - {error}\n\n")
        process.write(resource(_USAGE))
        return 1
    except OptionError as error:
        process.error(f"iperf3: {error}\n{resource(_USAGE)}")
        return 1
    if options.help or options.tell_version:
        process.write(resource(_USAGE) if options.help else _version(process))
        return 0
    if options.json and options.server:
        raise NotModelled("iperf3 -s -J")
    printer = Printer(process.write, options.form, options.title)
    if not options.server:
        return (yield from client.run(process, options, printer))
    if not options.daemon:
        return (yield from server.run(process, options, printer))
    silent = Printer(lambda _: None, options.form, "")
    process.fork(lambda child: server.run(child, options, silent))
    return 0


def _version(process: Process) -> str:
    return (
        f"iperf 3.12 (cJSON 1.7.15)\nLinux {process.context.hostname} 6.18.0 #1 SMP x86_64\n"
        "Optional features available: CPU affinity setting, IPv6 flow label, SCTP, TCP congestion algorithm setting, "
        "sendfile / zerocopy, socket pacing, authentication, bind to device, support IPv4 don't fragment\n"
    )

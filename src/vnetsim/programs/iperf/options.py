"""The arguments of iperf, and the lines that clients and servers share."""

from __future__ import annotations

from vnetsim.clock import SECOND
from vnetsim.errors import UsageError
from vnetsim.process import Process
from vnetsim.programs.iperf3.units import amount, written
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import Options, argument, flag, option
from vnetsim.values import define

_RULE = "-" * 60
_HEAD = "[ ID] Interval       Transfer     Bandwidth"


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"iperf: expected a number of seconds, found {text!r}") from None


@define
class IperfArguments(Options):
    unmodelled = (
        "-e|--enhanced -B|--bind: -C|--compatibility -D|--daemon -d|--dualtest -F|--fileinput: -I|--stdin -l|--len: "
        "-L|--listenport: -M|--mss: -N|--nodelay -P|--parallel: -r|--tradeoff -R|--reverse -S|--tos: -T|--ttl: "
        "-V|--ipv6_domain -w|--window: -x|--reportexclude: -y|--reportstyle: -Z|--linux-congestion: "
        "-1|--singleclient --full-duplex --trip-times --bounceback --histograms::"
    )

    server: bool = flag("-s", "--server")
    client: str = argument("-c", "--client", default="")
    udp: bool = flag("-u", "--udp")
    port: int = argument("-p", "--port", default=5001, convert=int)
    seconds: float = argument("-t", "--time", default=10.0, convert=_seconds)
    interval: float = argument("-i", "--interval", default=0.0, convert=_seconds)
    form: str = argument("-f", "--format", default="a")
    bandwidth: str = argument("-b", "--bandwidth", default="")
    size: str = argument("-n", "--num", default="")

    @option("-v", "--version")
    def version(self, _: str) -> None:
        raise Exit(1, stderr="iperf version 2.1.8 (12 August 2022) pthreads\n")

    @property
    def bytes(self) -> int:
        """How much a client sends, 0 without a limit."""
        return amount(self.size, 1024)

    @property
    def rate(self) -> int:
        """Bits a second of UDP, by default 1 Mbit/s in units of 1024."""
        return amount(self.bandwidth or "1M", 1024)


class IperfReport:
    """The lines of one connection; times in nanoseconds."""

    def __init__(self, process: Process, options: IperfArguments, number: int = 1) -> None:
        self._process, self._options, self._number = process, options, number
        self._headed = False

    def line(self, text: str) -> None:
        self._process.write(f"{text}\n")

    def block(self, *lines: str) -> None:
        for each in (_RULE, *lines, _RULE):
            self.line(each)

    def entry(self, text: str) -> None:
        self.line(f"[{self._number:3d}] {text}")

    def interval(self, began: int, ended: int, size: int, tail: str = "", head: str = "") -> None:
        """Bytes between two times since the start."""
        if not self._headed or head:
            self.line(_HEAD + head)
            self._headed = True
        lasted = max(ended - began, 1)
        amount_text = written(size, "A")
        form = self._options.form
        rate = size * SECOND / lasted
        times = f"{began / SECOND:.4f}-{ended / SECOND:.4f} sec"
        self.entry(f"{times}  {amount_text}s  {written(rate, form)}s/sec{tail}")

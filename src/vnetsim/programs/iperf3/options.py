"""The options of iperf3 3.12 (iperf_api.c: iperf_parse_arguments)."""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.programs.iperf3.units import amount
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import Options, argument, flag, option, switch
from vnetsim.programs.resources import resource
from vnetsim.values import define

_CLIENT_ONLY: Final = frozenset("ubtnklPRCNT4") - {"4"} | {"cport"}
_MOST_SECONDS: Final = 86_400
_MOST_STREAMS: Final = 128
_MOST_BLOCK: Final = 1024 * 1024
_MOST_DATAGRAM: Final = 65_507
#: Without -b: a megabit (of 1024 * 1024) for UDP.
_UDP_RATE: Final = 1024 * 1024
_BLOCK: Final = 128 * 1024


def _number(text: str) -> int:
    """atoi(3)."""
    digits = text[: next((at for at, letter in enumerate(text) if not is_digits(letter)), len(text))]
    return int(digits or "0")


def _parameter_error(problem: str) -> Exit:
    return Exit(1, stderr=f"iperf3: parameter error - {problem}\n\n", stdout=resource("iperf3", "iperf3"))


def _port(text: str) -> int:
    port = _number(text)
    if not 1 <= port <= 65_535:
        raise _parameter_error("port number must be between 1 and 65535 inclusive")
    return port


def _form(text: str) -> str:
    if text not in tuple("kmgtKMGT"):
        raise _parameter_error("bad format specifier (valid formats are in the set [kmgtKMGT])")
    return text


def _interval(text: str) -> float:
    try:
        interval = float(text)
    except ValueError:
        interval = 0.0
    if interval and not 0.1 <= interval <= 60:
        raise _parameter_error("invalid report interval (min = 0.1, max = 60 seconds)")
    return interval


def _rate(text: str) -> int:
    if "/" in text:
        raise NotModelled("iperf3 -b with a burst")
    return amount(text, 1000)


def _seconds(text: str) -> int:
    seconds = _number(text)
    if seconds > _MOST_SECONDS:
        raise _parameter_error(f"test duration valid values are 0 to {_MOST_SECONDS} seconds")
    if not seconds:
        raise NotModelled("iperf3 -t 0, a test without an end")
    return seconds


def _parallel(text: str) -> int:
    streams = _number(text)
    if streams > _MOST_STREAMS:
        raise _parameter_error(f"number of parallel streams too large (maximum = {_MOST_STREAMS})")
    return streams


def _kibi(text: str) -> int:
    return amount(text, 1024)


@define
class IperfOptions(Options):
    """`rate` in bits per second (0: as fast as it goes); `size` and `blocks` are 0 where time is what ends the test."""

    ignored = "-N|--no-delay --forceflush"
    unmodelled = (
        "-V|--verbose --bidir -w|--window: -M|--set-mss: -S|--tos: --dscp: -L|--flowlabel: -Z|--zerocopy -O|--omit: "
        "--extra-data: --get-server-output --udp-counters-64bit --repeating-payload --sctp --dont-fragment --logfile: "
        "--timestamps -I|--pidfile: -F|--file: -A|--affinity: -d|--debug --connect-timeout: --pacing-timer: --fq-rate: "
        "--rcv-timeout: --bind-dev: --snd-timeout: --idle-timeout: --server-bitrate-limit: -X:"
    )

    server: bool = flag("-s", "--server")
    client: str | None = argument("-c", "--client", default=None)
    port: int = argument("-p", "--port", default=5201, convert=_port)
    form: str = argument("-f", "--format", default="a", convert=_form)
    interval: float = argument("-i", "--interval", default=1.0, convert=_interval)
    daemon: bool = flag("-D", "--daemon")
    once: bool = flag("-1", "--one-off")
    json: bool = flag("-J", "--json")
    udp: bool = flag("-u", "--udp")
    rate: int | None = argument("-b", "--bitrate", "--bandwidth", default=None, convert=_rate)
    seconds: int = argument("-t", "--time", default=10, convert=_seconds)
    size: int = argument("-n", "--bytes", default=0, convert=_kibi)
    blocks: int = argument("-k", "--blockcount", default=0, convert=_kibi)
    length: int = 0
    parallel: int = argument("-P", "--parallel", default=1, convert=_parallel)
    reverse: bool = flag("-R", "--reverse")
    congestion: str | None = argument("-C", "--congestion", "--linux-congestion", default=None)
    version: int | None = switch({"-4 --version4": 4, "-6 --version6": 6}, None)
    title: str = argument("-T", "--title", default="", convert="{}:  ".format)
    bind: str | None = argument("-B", "--bind", default=None)
    client_port: int = argument("--cport", default=0, convert=_port)

    @property
    def bits_per_second(self) -> int:
        return self.rate if self.rate is not None else _UDP_RATE if self.udp else 0

    @property
    def block(self) -> int:
        """Bytes in one write; 0: UDP, by the MSS of the control connection."""
        return self.length or (0 if self.udp else _BLOCK)

    @option("-l", "--length", takes=":")
    def set_length(self, text: str) -> None:
        self.length, most = amount(text, 1024), _MOST_DATAGRAM if self.udp else _MOST_BLOCK
        if not 0 < self.length <= most:
            raise _parameter_error(f"block size invalid (minimum = 1 bytes, maximum = {most} bytes)")

    @option("-h", "--help")
    def help(self, _: str) -> None:
        raise Exit(0, stdout=resource("iperf3", "iperf3"))

    @option("-v", "--version")
    def print_version(self, _: str) -> None:
        raise Exit(
            0,
            stdout=(
                f"iperf 3.12 (cJSON 1.7.15)\nLinux {self.process.context.hostname} 6.18.0 #1 SMP x86_64\n"
                "Optional features available: CPU affinity setting, IPv6 flow label, SCTP, TCP congestion algorithm "
                "setting, sendfile / zerocopy, socket pacing, authentication, bind to device, support IPv4 "
                "don't fragment\n"
            ),
        )

    def misused(self, problem: str) -> Exit:
        return Exit(1, stderr=f"iperf3: {problem}\n{resource('iperf3', 'iperf3')}")

    def check(self) -> None:
        """What does not go together."""
        if self.server and self.client is not None:
            raise _parameter_error("cannot be both server and client")
        if not self.server and self.client is None:
            raise _parameter_error("must either be a client (-c) or server (-s)")
        if self.server and self.given & _CLIENT_ONLY:
            raise _parameter_error("some option you are trying to set is client only")
        if not self.server and self.given & {"D", "1"}:
            raise _parameter_error("some option you are trying to set is server only")
        if ("t" in self.given) + bool(self.size) + bool(self.blocks) > 1:
            raise _parameter_error("only one test end condition (-t, -n, -k) may be specified")

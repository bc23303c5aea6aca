"""tcpdump's command line.

Not modelled: `-C -G -W -z` (many files), `-d` (compiled filters), `-E -M` (secrets), `-b -f -g -H -I -j -J -K -m -N -T
-u -V -y`, times in nanoseconds; `-B -O -Z` change nothing here.
"""

from __future__ import annotations

from vnetsim.digits import is_digits
from vnetsim.process import Process
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import Options, argument, count, flag, option
from vnetsim.programs.resources import resource
from vnetsim.values import define
from vnetsim.wire.pcap import SNAPSHOT


def is_newer(process: Process) -> bool:
    """4.99.6 with libpcap 1.10.6, as in the images; not 4.99.3 with libpcap 1.10.3, as on the host."""
    return process.context.release != "bookworm"


def failure(problem: str, status: int = 1) -> Exit:
    return Exit(status, stderr=f"tcpdump: {problem}\n")


def _count(text: str) -> int:
    if not is_digits(text) or not 0 < int(text) < 1 << 31:
        raise failure(f"invalid packet count {text}")
    return int(text)


def _snapshot(text: str) -> int:
    if not is_digits(text) or int(text) > SNAPSHOT:
        raise failure(f"invalid snaplen {text} (must be >= 0 and <= {SNAPSHOT})")
    return int(text) or SNAPSHOT


@define
class TcpdumpOptions(Options):
    """`hexadecimal`, `both` and `text` are how often -x, -X and -A are given, `times` -t, `numeric` -n.

    `modest` is -p: not every device can be promiscuous.
    """

    ignored = "-B|--buffer-size: -O|--no-optimize -Z|--relinquish-privileges: --micro"
    unmodelled = (
        "-b -C: -d -E: -f -g -G: -H -I|--monitor-mode -j|--time-stamp-type: -J|--list-time-stamp-types "
        "-K|--dont-verify-checksums -m: -M: -N -T: -u -V: -W: -y|--linktype: -z: --nano "
        "--precision|--time-stamp-precision: --lengths --skip:"
    )

    device: str | None = argument("-i", "--interface", default=None)
    source: str | None = argument("-r", default=None)
    target: str | None = argument("-w", default=None)
    filter_file: str | None = argument("-F", default=None)
    packets: int | None = argument("-c", default=None, convert=_count)
    snapshot: int = argument("-s", "--snapshot-length", default=SNAPSHOT, convert=_snapshot)
    direction: str = "inout"
    link: bool = flag("-e")
    quiet: bool = flag("-q")
    absolute: bool = flag("-S", "--absolute-tcp-sequence-numbers")
    line_buffered: bool = flag("-l")
    packet_buffered: bool = flag("-U", "--packet-buffered")
    modest: bool = flag("-p", "--no-promiscuous-mode")
    numbered: bool = flag("-#", "--number")
    prints: bool = flag("--print")
    counts: bool = flag("--count")
    immediate: bool = flag("--immediate-mode")
    lists_devices: bool = flag("-D", "--list-interfaces")
    lists_link_types: bool = flag("-L", "--list-data-link-types")
    numeric: int = count("-n")
    verbosity: int = count("-v")
    times: int = count("-t")
    hexadecimal: int = count("-x")
    both: int = count("-X")
    text: int = count("-A")

    @property
    def expression(self) -> str:
        return " ".join(self.operands)

    @option("-Q", "--direction", takes=":")
    def set_direction(self, text: str) -> None:
        if text.lower() not in ("in", "out", "inout"):
            quote = "'" if is_newer(self.process) else "`"
            raise failure(f"unknown capture direction {quote}{text}'")
        self.direction = text.lower()

    def misused(self, problem: str) -> Exit:
        return failure(f"{problem}\n{self._usage()}".removesuffix("\n"))

    @option("-h", "--help")
    def help(self, _: str) -> None:
        raise Exit(0, stdout=self._usage())

    @option("--version")
    def version(self, _: str) -> None:
        raise Exit(0, stdout=self._version())

    def _usage(self) -> str:
        return self._version() + resource("tcpdump", f"tcpdump.{self.process.context.release}")

    def _version(self) -> str:
        return resource("tcpdump", f"version.{self.process.context.release}")


def read(process: Process) -> TcpdumpOptions:
    options = TcpdumpOptions.read(process)
    if options.times > 5:
        raise failure("only -t, -tt, -ttt, -tttt and -ttttt are supported")
    return options

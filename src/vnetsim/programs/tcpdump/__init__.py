"""`tcpdump`: packets as they pass a device, or as a file keeps them (tcpdump 4.99.3; 4.99.6 in containers).

Not modelled: what `options`, `filter` and `names` list; packets that a snapshot cuts short, other link types than
Ethernet and those of `any`, and that a filter which no packet can pass is refused.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.errors import DecodeError, KernelError, NotModelled
from vnetsim.process import BrokenPipe, Coroutine, Process, Program, Resolved
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.octets import decode, encode
from vnetsim.programs.libc.streams import absolute
from vnetsim.programs.tcpdump import devices
from vnetsim.programs.tcpdump.capture import Live, Replay, Sink
from vnetsim.programs.tcpdump.filter import compile_filter
from vnetsim.programs.tcpdump.identifiers import Unresolved
from vnetsim.programs.tcpdump.names import databases
from vnetsim.programs.tcpdump.options import TcpdumpOptions, failure, is_newer, read
from vnetsim.programs.tcpdump.primitives import COOKED, ETHERNET, FilterError, LinkLayout, Test
from vnetsim.wire import pcap
from vnetsim.wire.inet import Address

#: S_ERR_ND_WRITE_FILE.
_CANNOT_WRITE: Final = 14
_LINK_TYPES: Final = {
    pcap.ETHERNET: "EN10MB (Ethernet)", pcap.COOKED: "LINUX_SLL2 (Linux cooked v2)",
    pcap.COOKED1: "LINUX_SLL (Linux cooked v1)", pcap.RAW: "RAW (Raw IP)",
}  # fmt: skip
#: What libpcap makes of the types of tunnels.
_OF_TUNNELS: Final = {"gre": pcap.COOKED1, "ipip": pcap.RAW, "sit": pcap.RAW, "none": pcap.RAW}
_LAYOUTS: Final = {pcap.ETHERNET: ETHERNET, pcap.COOKED: COOKED}


@ends_by_exit
def main(process: Process) -> Program:
    """Exit status 1: there is no such device, file or filter, or the device went away."""
    options = read(process)
    if options.lists_devices:
        lines = devices.listing(process)
        raise Exit(0, stdout="".join(f"{number}.{line}\n" for number, line in enumerate(lines, 1)))
    return _run(process, options)


def _run(process: Process, options: TcpdumpOptions) -> Coroutine[int]:
    try:
        if options.source is not None:
            return (yield from _from_file(process, options, options.source))
        return (yield from _live(process, options))
    except FilterError as error:
        raise failure(error.newer if is_newer(process) else str(error)) from None
    except BrokenPipe:
        raise Exit(_CANNOT_WRITE, stderr="tcpdump: Unable to write output: Broken pipe") from None


# --- live capture ----------------------------------------------------------------------------------------------------


def _live(process: Process, options: TcpdumpOptions) -> Coroutine[int]:
    device = devices.chosen(process, options.device)
    link_type = _open(process, device)
    if options.lists_link_types:
        return _list_link_types(process, device)
    if link_type == pcap.COOKED:
        _warn(process, options)
    if link_type not in _LAYOUTS and (_expression(process, options).strip() or options.target is not None):
        raise NotModelled(f"tcpdump's expressions and -w on {device}, whose packets have no Ethernet header")
    test = yield from _compiled(process, options, _LAYOUTS.get(link_type, ETHERNET))
    sink = Sink(process, options, offload=True)
    _save(process, options, sink, link_type)
    where = f"listening on {device}, link-type {_LINK_TYPES[link_type]}, snapshot length {options.snapshot} bytes"
    if options.verbosity or options.target is not None:
        process.error(f"tcpdump: {where}\n")
    else:
        process.error(f"tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n{where}\n")
    return (yield from Live(process, options, device, test, sink).run())


def _warn(process: Process, options: TcpdumpOptions) -> None:
    """The warnings about `any`."""
    if not is_newer(process):
        process.error("tcpdump: data link type LINUX_SLL2\n")
    elif not options.modest:
        process.error(
            "tcpdump: WARNING: any: That device doesn't support promiscuous mode\n"
            '(Promiscuous mode not supported on the "any" device)\n'
        )


def _open(process: Process, device: str) -> int:
    """The link type of the device."""
    if not process.context.raw_sockets:
        why = "Attempt to create packet socket failed - CAP_NET_RAW may be required"
        raise failure(
            f"{device}: You don't have permission to perform this capture on that device\n"
            f"({why if is_newer(process) else 'socket: Operation not permitted'})"
        )
    if device == devices.ANY:
        return pcap.COOKED
    link = devices.find(process, device)
    if link is None:
        raise failure(f"{device}: No such device exists\n(No such device exists)")
    if "UP" not in link.flags:
        raise failure(f"{device}: That device is not up")
    if link.mac is None:
        raise NotModelled("tcpdump on a device without link-layer addresses")
    return _OF_TUNNELS.get(link.link_type, pcap.ETHERNET)


def _list_link_types(process: Process, device: str) -> int:
    types = "  LINUX_SLL (Linux cooked v1)\n  LINUX_SLL2 (Linux cooked v2)\n"
    link = devices.find(process, device)
    if link is not None and link.link_type in _OF_TUNNELS:
        types = f"  {_LINK_TYPES[_OF_TUNNELS[link.link_type]]}\n"
    elif device != devices.ANY:
        types = "  EN10MB (Ethernet)\n  DOCSIS (DOCSIS) (printing not supported)\n"
    process.error(f"Data link types for {device} (use option -y to set):\n{types}")
    return 0


def _save(process: Process, options: TcpdumpOptions, sink: Sink, link_type: int) -> None:
    """Where -w wants the packets."""
    if options.target is None:
        return
    if options.target == "-":
        sink.save_to(lambda data: process.write(decode(data)), link_type)
        return
    path = absolute(process, options.target)
    try:
        process.files.write(path, "")
    except KernelError as error:
        raise failure(f"{options.target}: {error.errno.strerror}") from None
    sink.save_to(lambda data: process.files.append(path, decode(data)), link_type)


# --- files -----------------------------------------------------------------------------------------------------------


def _from_file(process: Process, options: TcpdumpOptions, name: str) -> Coroutine[int]:
    text = yield from _content(process, name)
    try:
        capture = pcap.PcapCapture.decode(encode(text))
    except DecodeError as error:
        raise failure(str(error)) from None
    if capture.link_type not in _LAYOUTS:
        raise NotModelled(f"tcpdump's link type {capture.link_type}")
    link_type_text = _LINK_TYPES[capture.link_type]
    process.error(f"reading from file {name}, link-type {link_type_text}, snapshot length {capture.snapshot}\n")
    if capture.link_type == pcap.COOKED:
        process.error("Warning: interface names might be incorrect\n")
    link = attrs.evolve(_LAYOUTS[capture.link_type], is_live=False)
    test = yield from _compiled(process, options, link)
    sink = Sink(process, options, offload=False)
    _save(process, options, sink, capture.link_type)
    return (yield from Replay(process, options, capture, test, sink).run())


def _content(process: Process, name: str) -> Coroutine[str]:
    if name == "-":
        return str((yield process.stdin.read_all()))
    try:
        return process.files.read(absolute(process, name))
    except KernelError as error:
        raise failure(f"{name}: {error.errno.strerror}") from None


# --- the filter ------------------------------------------------------------------------------------------------------


def _compiled(process: Process, options: TcpdumpOptions, link: LinkLayout) -> Coroutine[Test]:
    """Names of hosts are resolved as they turn up."""
    expression = _expression(process, options)
    known: dict[str, tuple[Address, ...]] = {}
    names = databases(process)
    while True:
        try:
            return compile_filter(expression, link, known, names)
        except Unresolved as missing:
            name = missing.args[0]
        resolved: Resolved = yield process.resolve(name)
        known[name] = resolved.addresses


def _expression(process: Process, options: TcpdumpOptions) -> str:
    if options.filter_file is None:
        return options.expression
    try:
        text = process.files.read(absolute(process, options.filter_file))
    except KernelError as error:
        raise failure(f"can't open {options.filter_file}: {error.errno.strerror}") from None
    return "\n".join(line.partition("#")[0] for line in text.splitlines())

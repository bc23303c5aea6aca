"""`ping` and `ping6` of busybox (networking/ping.c): -4 -6 -c -s -i -A -t -I -W -w -q -p.

ICMP errors are not shown, as the real one shows them only for messages with its own identifier; -w ends it only when
the next request is due, so that a last request waits for -W.  Not modelled: scopes of link-local addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Interrupted, Process, Resolved
from vnetsim.programs.busybox.appletlib import AppletOptions, strerror
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import argument, flag, option
from vnetsim.sockets import IcmpMessage, PingSocket
from vnetsim.values import define
from vnetsim.wire import icmp
from vnetsim.wire.inet import Address, inet_aton, is_address, parse_address
from vnetsim.wire.ipv4 import Packet

_REPLIES: Final = (icmp.ECHO_REPLY, 129)
#: Bytes of the time of sending, without which no time is shown.
_STAMP: Final = 4
#: What it shows where it may open no raw socket, and does not see the header of the packet.
_UNKNOWN_TTL: Final = 42


def _number(text: str) -> int:
    if not is_digits(text):
        raise Exit(1, stderr=f"ping: invalid number '{text}'\n")
    return int(text)


def _seconds(text: str) -> int:
    """Nanoseconds (parse_duration_str)."""
    whole, dot, fraction = text.partition(".")
    if not is_digits(whole or "0") or (dot and not is_digits(fraction or "0")) or text in ("", "."):
        raise Exit(1, stderr=f"ping: invalid number '{text}'\n")
    return int(whole or 0) * SECOND + int((fraction + "000000")[:6]) * 1000


@define
class BusyboxPingOptions(AppletOptions):
    """`interval` and `deadline` in nanoseconds, `linger` in seconds."""

    applet = "ping"
    usage_name = "ping"
    getopt_long = False

    version: int | None = None
    count: int = argument("-c", default=0, convert=_number)
    size: int = argument("-s", default=56, convert=_number)
    interval: int = argument("-i", default=SECOND, convert=_seconds)
    ttl: int | None = argument("-t", default=None, convert=_number)
    linger: int = argument("-W", default=10, convert=_number)
    deadline: int = argument("-w", default=0, convert=_seconds)
    source: str = argument("-I", default="")
    pattern: int = argument("-p", default=0, convert=lambda text: int(text, 16))
    adaptive: bool = flag("-A")
    quiet: bool = flag("-q")

    @option("-4")
    def ipv4(self, _: str) -> None:
        self.version = 4

    @option("-6")
    def ipv6(self, _: str) -> None:
        self.version = 6


def main(process: Process, args: Sequence[str]) -> Coroutine[int]:
    options = BusyboxPingOptions.read(process, args)
    if process.argv[0].rpartition("/")[2] == "ping6":
        options.version = 6
    if len(options.operands) != 1:
        raise Exit(1, stderr=options.usage)
    target = yield from _find(process, options)
    socket = _open(process, options, target)
    try:
        return (yield from _Session(process, options, socket, target).run())
    finally:
        socket.close()


def _find(process: Process, options: BusyboxPingOptions) -> Coroutine[Address]:
    name = options.operands[0]
    number = inet_aton(name)
    if number is not None and options.version != 6:
        return number
    resolved: Resolved = yield process.resolve(name, options.version)
    if not resolved.addresses:
        raise options.die(f"bad address '{name}'")
    return resolved.addresses[0]


def _open(process: Process, options: BusyboxPingOptions, target: Address) -> PingSocket:
    source = parse_address(options.source) if is_address(options.source) else None
    device = options.source if options.source and source is None else None
    if device and not any(device in (link.name, *link.altnames) for link in process.network.links()):
        raise options.die(f"bad address '{device}'")
    try:
        return process.network.ping_socket(
            target, source=source, device=device, ttl=options.ttl, broadcast=True, dont_fragment=False
        )
    except KernelError as error:
        header = _header(options, target)
        call = (
            "can't set multicast source interface"
            if source is not None
            else f"sendto: {strerror(process, error.errno)}"
        )
        raise Exit(1, stdout=header, stderr=f"ping: {call}\n") from None


def _header(options: BusyboxPingOptions, target: Address) -> str:
    of = f" from {options.source}" if is_address(options.source) else ""
    return f"PING {options.operands[0]} ({target}){of}: {options.size} data bytes\n"


@define
class _Session:
    """One run; `_next` is when the next request is due, `_end` when the last one has waited long enough."""

    _process: Process
    _options: BusyboxPingOptions
    _socket: PingSocket
    _target: Address
    _sent: dict[int, int] = attrs.field(factory=dict)
    _seen: set[int] = attrs.field(factory=set)
    _times: list[int] = attrs.field(factory=list)
    _duplicates: int = 0
    _next: int | None = 0
    _end: int | None = None

    def run(self) -> Coroutine[int]:
        self._process.write(_header(self._options, self._target))
        started = self._process.now()
        try:
            while True:
                now = self._process.now()
                if self._end is not None and now >= self._end:
                    break
                if self._next is not None and now >= self._next:
                    if self._options.deadline and now - started >= self._options.deadline:
                        break
                    self._send(now)
                until = self._next if self._next is not None else self._end
                assert until is not None
                answer: IcmpMessage | None = yield self._socket.receive(until - self._process.now())
                if answer is not None and not answer.error and answer.message.type in _REPLIES:
                    self._heard(answer)
                if self._options.count and len(self._seen) >= self._options.count:
                    break
        except Interrupted:
            pass
        return self._finish()

    def _send(self, now: int) -> None:
        """sendping_tail()."""
        number = len(self._sent)
        try:
            self._socket.send(number & 0xFFFF, bytes((self._options.pattern,)) * self._options.size)
        except KernelError as error:
            raise self._options.die(f"sendto: {strerror(self._process, error.errno)}") from None
        self._sent[number] = now
        if not self._options.count or len(self._sent) < self._options.count:
            self._next = now + self._options.interval
            return
        self._next = None
        longest = max(self._times, default=0) // 1000
        self._end = now + (max(1, longest // (512 * 1024)) if self._seen else self._options.linger) * SECOND

    def _heard(self, answer: IcmpMessage) -> None:
        """unpack_tail()."""
        assert answer.packet is not None
        number = answer.sequence
        if number not in self._sent:
            return
        repeated = number in self._seen
        if repeated:
            self._duplicates += 1
        self._seen.add(number)
        text = ""
        if self._options.size >= _STAMP:
            self._times.append(self._process.now() - self._sent[number])
            text = f" time={_milliseconds(self._times[-1])} ms"
        if self._options.adaptive and self._next is not None:
            self._next = self._process.now()
        if not self._options.quiet:
            packet = answer.packet
            ttl = packet.ttl if isinstance(packet, Packet) else packet.hop_limit
            if not self._process.context.raw_sockets:
                ttl = _UNKNOWN_TTL
            origin = f"{answer.message.length} bytes from {answer.origin}: seq={number} ttl={ttl}"
            self._process.write(f"{origin}{text}{' (DUP!)' * repeated}\n")

    def _finish(self) -> int:
        """print_stats_and_exit()."""
        sent, received = len(self._sent), len(self._seen)
        counts = f"{sent} packets transmitted, {received} packets received, "
        counts += f"{self._duplicates} duplicates, " if self._duplicates else ""
        loss = f"{(sent - received) * 100 // sent}% packet loss" if sent else ""
        self._process.write(f"\n--- {self._options.operands[0]} ping statistics ---\n{counts}{loss}\n")
        if self._times:
            average = sum(self._times) // len(self._times)
            values = "/".join(map(_milliseconds, (min(self._times), average, max(self._times))))
            self._process.write(f"round-trip min/avg/max = {values} ms\n")
        return int(not received or bool(self._options.deadline and received < self._options.count))


def _milliseconds(nanoseconds: int) -> str:
    microseconds = nanoseconds // 1000
    return f"{microseconds // 1000}.{microseconds % 1000:03}"

"""Sending probes, several at a time, and printing what came of them in order (traceroute.c: do_it)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MICROSECOND, SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.traceroute.options import TracerouteOptions
from vnetsim.sockets import IcmpMessage, ProbeSocket
from vnetsim.values import define
from vnetsim.wire import icmp, icmpv6
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address

_FIRST_PORT: Final = 33434
_DNS_PORT: Final = 53
#: On Linux a packet to a near host is answered before send(2) returns, so that probes and answers take turns.
_ONE_SEND: Final = 100 * MICROSECOND
_MARKS: Final = {
    icmp.NET_UNREACHABLE: "!N", icmp.NET_UNKNOWN: "!N", icmp.HOST_ISOLATED: "!N", icmp.NET_UNREACHABLE_FOR_TOS: "!N",
    icmp.HOST_UNREACHABLE: "!H", icmp.HOST_UNKNOWN: "!H", icmp.HOST_UNREACHABLE_FOR_TOS: "!H",
    icmp.NET_PROHIBITED: "!X", icmp.HOST_PROHIBITED: "!X", icmp.COMMUNICATION_PROHIBITED: "!X",
    icmp.PORT_UNREACHABLE: "", icmp.PROTOCOL_UNREACHABLE: "!P", icmp.SOURCE_ROUTE_FAILED: "!S",
    icmp.HOST_PRECEDENCE_VIOLATION: "!V", icmp.PRECEDENCE_CUTOFF: "!C",
}  # fmt: skip
_MARKS6: Final = {
    icmpv6.NO_ROUTE: "!N",
    icmpv6.BEYOND_SCOPE: "!H",
    icmpv6.ADDRESS_UNREACHABLE: "!H",
    icmpv6.ADMINISTRATIVELY_PROHIBITED: "!X",
    icmpv6.PORT_UNREACHABLE: "",
}


@define(eq=False)
class _Probe:
    """Times are nanoseconds; `final`: no hop behind this one is probed."""

    sent: int | None = None
    received: int | None = None
    origin: Address | None = None
    zone: str | None = None
    mark: str = ""
    done: bool = False
    final: bool = False

    @property
    def took(self) -> int:
        """0 without an answer."""
        return self.received - self.sent if self.received is not None and self.sent is not None else 0


class TracerouteSession:
    """Probes in the order of hops; the next to print is number `start`."""

    def __init__(self, process: Process, options: TracerouteOptions, socket: ProbeSocket) -> None:
        self._process = process
        self._options = options
        self._socket = socket
        self._probes = [_Probe() for _ in range(options.hops * options.queries)]
        self._start = (options.first - 1) * options.queries
        self._end = len(self._probes)
        self._last_sent: int | None = None

    def run(self) -> Coroutine[None]:
        while self._start < self._end:
            until = yield from self._advance()
            if until is not None:
                yield from self._poll(until)

    def _advance(self) -> Coroutine[int | None]:
        """Print what can be printed, send what may be sent; until when to wait for answers."""
        now, until, waiting = self._process.now(), None, 0
        index = self._start
        while index < self._end:
            probe = self._probes[index]
            if index == self._start and not probe.done and probe.sent is not None:
                until = probe.sent + self._patience(index)
                probe.done = until <= now
                until = None if probe.done else until
            if probe.done:
                yield from self._settle(index)
            else:
                if probe.sent is None:
                    pause = self._pause(now)
                    if pause is not None:
                        return pause if until is None else min(until, pause)
                    self._send(index)
                    yield self._process.sleep(_ONE_SEND)
                waiting += 1
                if waiting >= self._options.simultaneous:
                    break
            index += 1
        return until

    def _settle(self, index: int) -> Coroutine[None]:
        probe, queries = self._probes[index], self._options.queries
        if index == self._start:
            yield from self._print(index)
            self._start += 1
        if probe.final:
            self._end = (index // queries + 1) * queries

    def _pause(self, now: int) -> int | None:
        if not self._options.pause or self._last_sent is None:
            return None
        next_time = self._last_sent + int(self._options.pause * SECOND)
        return next_time if now < next_time else None

    def _patience(self, index: int) -> int:
        """get_timeout(): less after an answer from the same hop or one farther away."""
        options, queries = self._options, self._options.queries
        most = int(options.wait * SECOND)
        same_hop = self._probes[index - index % queries :][:queries]
        groups = ((options.here, same_hop), (options.near, self._probes[index + 1 :]))
        for factor, others in groups:
            took = next((probe.took for probe in others if probe.done and probe.took > 0), 0)
            if factor and took:
                return min(most, int(took * factor))
        return most

    # --- sending and listening ----------------------------------------------------------------------------------

    def _number(self, index: int) -> int:
        """A port of its own for every probe, or a sequence number."""
        options = self._options
        if options.tcp:
            return index
        if options.icmp:
            return (index + (1 if options.port is None else options.port)) & 0xFFFF
        if options.constant_port:
            return _DNS_PORT if options.port is None else options.port & 0xFFFF
        return ((_FIRST_PORT if options.port is None else options.port) + index) & 0xFFFF

    def _send(self, index: int) -> None:
        probe, options = self._probes[index], self._options
        probe.sent = self._last_sent = self._process.now()
        data = bytes(0x40 + at & 0xFF for at in range(options.length - options.headers))
        try:
            self._socket.send(self._number(index), data, index // options.queries + 1)
        except KernelError as error:
            if error.errno is not Errno.EMSGSIZE:
                raise Exit(1, stderr=f"\nsend: {error.errno.strerror}\n") from None

    def _poll(self, until: int) -> Coroutine[None]:
        """Everything that has arrived by the time the first answer is there."""
        timeout = max(0, until - self._process.now())
        answer: IcmpMessage | None = yield self._socket.receive(timeout)
        while answer is not None:
            self._heard(answer)
            answer = yield self._socket.receive(0)

    def _heard(self, answer: IcmpMessage) -> None:
        probe = self._find(answer)
        if probe is None or probe.done:
            return
        probe.received, probe.done = self._process.now(), True
        if answer.local:
            probe.mark, probe.final = f"!F-{answer.info}", True
            return
        probe.origin, probe.zone = answer.origin, answer.zone
        message = answer.message
        if isinstance(message, Icmpv6):
            probe.final = message.type != icmpv6.TIME_EXCEEDED
            probe.mark = _mark6(message)
            return
        if message.type == icmp.DESTINATION_UNREACHABLE:
            probe.final = True
            needed = message.code == icmp.FRAGMENTATION_NEEDED
            probe.mark = f"!F-{message.mtu}" if needed else _MARKS.get(message.code, f"!<{message.code}>")
        elif message.type == icmp.ECHO_REPLY:
            probe.final = True
        elif message.type != icmp.TIME_EXCEEDED:
            probe.mark = f"!<{message.type}-{message.code}>"

    def _find(self, answer: IcmpMessage) -> _Probe | None:
        """Probes to one port are indistinguishable: the oldest one that waits."""
        waiting = (
            probe
            for index, probe in enumerate(self._probes)
            if probe.sent is not None and not probe.done and self._number(index) == answer.sequence
        )
        return next(waiting, None)

    # --- printing -----------------------------------------------------------------------------------------------

    def _print(self, index: int) -> Coroutine[None]:
        probe, queries, write = self._probes[index], self._options.queries, self._process.write
        if index % queries == 0:
            write(f"\n{index // queries + 1:2} ")
        if probe.origin is None:
            write(" *")
        elif self._is_news(index):
            text = yield from self._address_text(probe.origin, probe.zone)
            write(f" {text}")
        if probe.received is not None:
            microseconds = probe.took // 1000
            write(f"  {microseconds // 1000}.{microseconds % 1000:03} ms")
        if probe.mark:
            write(f" {probe.mark}")

    def _is_news(self, index: int) -> bool:
        """Whether the hop did not answer from that address just before."""
        earlier = self._probes[index - index % self._options.queries : index]
        last = next((probe.origin for probe in reversed(earlier) if probe.origin is not None), None)
        return last != self._probes[index].origin

    def _address_text(self, address: Address, zone: str | None) -> Coroutine[str]:
        text = with_zone(address, zone)
        if self._options.numeric:
            return text
        name: str | None = yield self._process.reverse(address)
        return f"{name or text} ({text})"


def with_zone(address: Address, zone: str | None) -> str:
    return f"{address}%{zone}" if zone is not None else str(address)


def _mark6(message: Icmpv6) -> str:
    if message.type == icmpv6.PACKET_TOO_BIG:
        return f"!F-{message.mtu}"
    if message.type == icmpv6.DESTINATION_UNREACHABLE:
        return _MARKS6.get(message.code, f"!<{message.code}>")
    usual = message.type == icmpv6.ECHO_REPLY or (message.type, message.code) == (icmpv6.TIME_EXCEEDED, 0)
    return "" if usual else f"!<{message.type}-{message.code}>"

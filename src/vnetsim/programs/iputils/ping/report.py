"""What ping prints while it runs."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import SECOND
from vnetsim.process import Coroutine, Process
from vnetsim.programs.iputils.ping.options import PingOptions
from vnetsim.programs.iputils.ping.pr_icmph import describe
from vnetsim.programs.iputils.ping.statistics import reply_time
from vnetsim.programs.iputils.ping.target import Target
from vnetsim.sockets import IcmpMessage
from vnetsim.wire.inet import Address, IPv4
from vnetsim.wire.ipv4 import Packet

_HEADERS: Final = 28
_OPTIONS: Final = 40
_RECORD_ROUTE: Final = 7
_NOP: Final = 1
_MINIMUM_OFFSET: Final = 4


class PingReport:
    """Prints to the process; addresses are resolved to names if the target was a name, which takes simulated time."""

    def __init__(self, process: Process, options: PingOptions, target: Target, address: Address, *, raw: bool) -> None:
        self._process = process
        self._options = options
        self._name = target.name
        self._address = address
        self._zone = target.zone
        self._numeric = (target.numeric or options.numeric) and not options.names_forced
        self._raw = raw
        self._named: tuple[str, str] | None = None
        self._route: bytes = b""

    @property
    def name(self) -> str:
        """The target as it was typed."""
        return self._name

    def header(self, source: Address) -> None:
        options, write = self._options, self._process.write
        of = f" from {source} {options.device or ''}:" if options.device is not None or options.strict_source else ""
        if self._address.version == 6:
            between = " " if options.newer else ""
            text = _with_zone(self._address, self._zone)
            write(f"PING {self._name}{between}({text}){of} {options.size} data bytes\n")
            return
        length = options.size + _HEADERS + (_OPTIONS if options.record_route else 0)
        write(f"PING {self._name} ({self._address}){of} {options.size}({length}) bytes of data.\n")

    def no_answer_yet(self, sequence: int) -> None:
        self._stamp()
        self._process.write(f"no answer yet for icmp_seq={sequence % 0x10000}\n")

    def reply(self, answer: IcmpMessage, *, microseconds: int | None, first: bool) -> Coroutine[None]:
        """One line for a reply; `microseconds` None: its data are too short for a timestamp."""
        assert answer.packet is not None
        origin = yield from self._address_text(answer.origin, answer.zone)
        options, write = self._options, self._process.write
        self._stamp()
        verbose = f" ident={answer.message.identifier}" if options.verbose and self._raw else ""
        write(f"{answer.message.length} bytes from {origin}: icmp_seq={answer.sequence}{verbose}")
        packet = answer.packet
        write(f" ttl={packet.ttl if isinstance(packet, Packet) else packet.hop_limit}")
        if answer.message.length < options.size + 8:
            write(" (truncated)\n")
            return
        if microseconds is not None:
            write(reply_time(microseconds))
        many = self._address.is_multicast or options.broadcast
        if not first and (not many or options.verbose):
            write(" (DUP!)")
        if self._address.version == 4 and not many and answer.origin != self._address:
            write(" (DIFFERENT ADDRESS!)")
        if options.audible:
            write("\a")
        yield from self._recorded_route(packet.options if isinstance(packet, Packet) else b"")
        write("\n")

    def error(self, answer: IcmpMessage) -> Coroutine[None]:
        """An error about a request."""
        yield from self._from(answer, "")

    def redirect(self, answer: IcmpMessage) -> Coroutine[None]:
        """A redirect that came by as a message, which is no error."""
        yield from self._from(answer, ":")

    def _from(self, answer: IcmpMessage, colon: str) -> Coroutine[None]:
        origin = yield from self._address_text(answer.origin, answer.zone)
        message = answer.message
        self._stamp()
        text = describe(self._address.version, message.type, message.code, message.rest)
        self._process.write(f"From {origin}{colon} icmp_seq={answer.sequence} {text}\n")

    def too_long(self, mtu: int) -> None:
        """send(2) refused: `mtu` is as long as a packet may be."""
        between = "=" if self._address.version == 4 else ": "
        self.complain(f"local error: message too long, mtu{between}{mtu}")

    def complain(self, text: str) -> None:
        self._process.error(f"{self._process.argv[0]}: {text}\n")

    def _stamp(self) -> None:
        if self._options.timestamps:
            now = self._process.machine.wall_clock()
            self._process.write(f"[{now // SECOND}.{now % SECOND // 1000:06}] ")

    def _address_text(self, address: Address, zone: str | None) -> Coroutine[str]:
        """pr_addr(): remembers the last one."""
        text = _with_zone(address, zone)
        if self._numeric:
            return text
        if self._named is None or self._named[0] != text:
            name = yield self._process.reverse(address)
            self._named = (text, f"{name} ({text})" if name else text)
        return self._named[1]

    def _recorded_route(self, options: bytes) -> Coroutine[None]:
        """pr_options(), of which only the recorded route is shown."""
        at, write = 0, self._process.write
        while at < len(options) and options[at]:
            if options[at] == _NOP:
                at += 1
                continue
            length = max(2, options[at + 1]) if at + 1 < len(options) else 2
            if options[at] == _RECORD_ROUTE and length > _MINIMUM_OFFSET:
                used = min(options[at + 2], length + 1) - _MINIMUM_OFFSET
                route = options[at + 3 : at + 3 + used]
                if route and route == self._route:
                    write("\t(same route)")
                elif route:
                    self._route = route
                    yield from self._addresses(route)
            at += length

    def _addresses(self, route: bytes) -> Coroutine[None]:
        self._process.write("\nRR: ")
        for at in range(0, len(route), 4):
            address = IPv4.from_bytes(route[at : at + 4], "big")
            text = yield from self._address_text(IPv4(address), None)
            self._process.write(f"\t{text}\n")


def _with_zone(address: Address, zone: str | None) -> str:
    return f"{address}%{zone}" if zone is not None else str(address)

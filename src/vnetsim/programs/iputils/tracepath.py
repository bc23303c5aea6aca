"""`tracepath`: the path to a host and its MTU (iputils 20221126; 20250605 in containers)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program, Resolved
from vnetsim.process.network import Prober
from vnetsim.programs.iputils.iputils_common import INT_MAX, IputilsOptions, between
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import argument, flag, switch
from vnetsim.sockets import IcmpMessage, ProbeSocket
from vnetsim.values import define, frozen
from vnetsim.wire import icmp, icmpv6
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address, inet_aton
from vnetsim.wire.ipv4 import Packet

#: Headers of IPv4 or IPv6 and UDP, and how long the first packet is without -l.
_HEADERS: Final = {4: 28, 6: 48}
_LONGEST: Final = {4: 65535, 6: 128_000}
_FIRST_PORT: Final = 44444
#: Ports in use, one after the other.
_SLOTS: Final = 64
_TRIES: Final = 3
_SENDS: Final = 10
_HOST_COLUMN: Final = 52
#: Packets start with one of these or with 255, so that the nearest one above gives the number of hops.
_USUAL_TTLS: Final = (64, 128)
#: What an ICMP error is to a socket (icmp_err_convert), and how it is printed.
_ERRORS4: Final = {
    icmp.NET_UNREACHABLE: "!N", icmp.NET_UNKNOWN: "!N", icmp.NET_PROHIBITED: "!N", icmp.NET_UNREACHABLE_FOR_TOS: "!N",
    icmp.HOST_UNREACHABLE: "!H", icmp.HOST_PROHIBITED: "!H", icmp.HOST_UNREACHABLE_FOR_TOS: "!H",
    icmp.COMMUNICATION_PROHIBITED: "!H", icmp.HOST_PRECEDENCE_VIOLATION: "!H", icmp.PRECEDENCE_CUTOFF: "!H",
}  # fmt: skip
#: The same of ICMPv6 (icmpv6_err_convert).
_ERRORS6: Final = {
    icmpv6.NO_ROUTE: "!N",
    icmpv6.BEYOND_SCOPE: "!H",
    icmpv6.ADDRESS_UNREACHABLE: "!H",
    icmpv6.ADMINISTRATIVELY_PROHIBITED: "!A",
    icmpv6.POLICY_FAILED: "!A",
    icmpv6.REJECT_ROUTE: "!A",
}
_OTHER_ERRORS: Final = {
    icmp.PROTOCOL_UNREACHABLE: Errno.ENOPROTOOPT,
    icmp.SOURCE_ROUTE_FAILED: Errno.EOPNOTSUPP,
    icmp.HOST_UNKNOWN: Errno.EHOSTDOWN,
}


@define
class _TracepathOptions(IputilsOptions):
    tool = "tracepath"
    usage = "tracepath.{release}"
    usage_status = 255

    version: int | None = switch({"-4": 4, "-6": 6}, None)
    both: bool = flag("-b")
    numeric: bool = flag("-n")
    length: int | None = argument("-l", default=None, convert=between(-INT_MAX))
    hops: int = argument("-m", default=30, convert=between(0, 255))
    port: int = argument("-p", default=_FIRST_PORT, convert=between(0, 65535))
    target: str = ""

    def __attrs_post_init__(self) -> None:
        self.version = 6 if self.program.endswith("6") else None


@ends_by_exit
def main(process: Process) -> Program:
    """Exit status 255: bad options, 1: the name is unknown."""
    options = _TracepathOptions.read(process)
    if len(options.operands) != 1:
        raise options.misused()
    options.target, _, port = options.operands[0].partition("/")
    if port:
        options.port = between(0, 65535)(port)
    return _run(process, options)


def _run(process: Process, options: _TracepathOptions) -> Coroutine[int]:
    address, zone = yield from _find(process, options)
    headers = _HEADERS[address.version]
    if options.length is not None and options.length <= headers:
        raise Exit(1, f"pktlen must be within: {headers} < value <= {INT_MAX}")
    yield from _TracepathSession(process, options, address, zone).run()
    return 0


def _find(process: Process, options: _TracepathOptions) -> Coroutine[tuple[Address, str | None]]:
    """The address, and the device that was named with it."""
    number = inet_aton(options.target)
    if number is not None:
        if options.version == 6:
            raise Exit(1, f"{options.target}: Address family for hostname not supported")
        return number, None
    resolved: Resolved = yield process.resolve(options.target, options.version)
    if not resolved.addresses:
        raise Exit(1, f"{options.target}: {resolved.error}")
    return resolved.addresses[0], resolved.zone


# --- the session ------------------------------------------------------------------------------------------------------


@frozen
class _Sent:
    hops: int
    at: int


class _Done(Exception):
    """There is nothing more to find out."""


class _TracepathSession:
    """Probes of all hops, one after the other; `mtu` shrinks by "packet too big" errors."""

    def __init__(self, process: Process, options: _TracepathOptions, address: Address, zone: str | None) -> None:
        self._process = process
        self._options = options
        self._address = address
        self._zone = zone
        longest = _LONGEST[address.version]
        self._mtu = longest if options.length is None else min(options.length, longest)
        self._slot = 0
        self._history: dict[int, _Sent] = {}
        self._hops_to = self._hops_from = -1

    def run(self) -> Coroutine[None]:
        write, socket = self._process.write, self._open()
        try:
            for hops in range(1, self._options.hops + 1):
                yield from self._hop(socket, hops)
            write(f"     Too many hops: pmtu {self._mtu}\n")
        except _Done:
            pass
        finally:
            if socket is not None:
                socket.close()
        write(f"     Resume: pmtu {self._mtu} ")
        write(f"hops {self._hops_to} " if self._hops_to >= 0 else "")
        write(f"back {self._hops_from} " if self._hops_from >= 0 else "")
        write("\n")

    def _open(self) -> ProbeSocket | None:
        """None if there is no route, which only sending reports."""
        network = self._process.network
        if not isinstance(network, Prober):
            raise NotModelled("sending probes")
        try:
            return network.probe_socket(self._address, dont_fragment=True, zone=self._zone)
        except KernelError:
            return None

    def _hop(self, socket: ProbeSocket | None, hops: int) -> Coroutine[None]:
        """Three tries, and three more after every news about the MTU."""
        tries = 0
        while tries < _TRIES:
            mtu, finished = self._mtu, False
            try:
                heard = yield from self._probe(socket, hops)
            except _Done:
                finished = heard = True
            if self._mtu != mtu:
                tries = 0
                continue
            if finished:
                raise _Done
            if heard:
                return
            tries += 1
        self._process.write(f"{hops:2}:  no reply\n")

    def _probe(self, socket: ProbeSocket | None, hops: int) -> Coroutine[bool]:
        """probe_ttl(): whether anything was heard of it."""
        if socket is None or not (yield from self._send(socket, hops)):
            self._process.write(f"{hops:2}:  send failed\n")
            raise _Done
        return (yield from self._listen(socket, hops, SECOND))

    def _send(self, socket: ProbeSocket, hops: int) -> Coroutine[bool]:
        failures, headers = 0, _HEADERS[self._address.version]
        while failures < _SENDS:
            self._slot = (self._slot + 1) % _SLOTS
            self._history[self._slot] = _Sent(hops, self._process.now())
            try:
                socket.send((self._options.port + self._slot) & 0xFFFF, bytes(self._mtu - headers), hops)
            except KernelError:
                heard = yield from self._listen(socket, hops, 0)
                self._history.pop(self._slot, None)
                failures = 0 if heard else failures + 1
            else:
                return True
        return False

    # --- the error queue ----------------------------------------------------------------------------------------

    def _listen(self, socket: ProbeSocket, hops: int, timeout: int) -> Coroutine[bool]:
        """recverr(): whether there was anything in it; _Done once nothing more can be found out."""
        answer: IcmpMessage | None = yield socket.receive(timeout)
        heard = answer is not None
        while answer is not None:
            if answer.local:
                self._mtu = answer.info
                sent = self._history.get(self._slot)
                took = _took(sent, self._process.now()) if sent is not None and self._address.version == 6 else ""
                self._process.write(f"{hops:2}?: {'[LOCALHOST]':<32} {took}pmtu {self._mtu}\n")
            else:
                yield from self._heard(answer, hops)
            answer = yield socket.receive(0)
        return heard

    def _heard(self, answer: IcmpMessage, hops: int) -> Coroutine[None]:
        now, write = self._process.now(), self._process.write
        sent = self._history.pop((answer.sequence - self._options.port) & 0xFFFF, None)
        write(f"{sent.hops:2}:  " if sent is not None else f"{hops:2}?: ")
        host = yield from self._host(answer.origin, answer.zone)
        write(host.ljust(_HOST_COLUMN))
        if sent is not None:
            write(_took(sent, now))
        self._conclude(answer, sent.hops if sent is not None else hops)

    def _host(self, address: Address, zone: str | None) -> Coroutine[str]:
        options = self._options
        text = f"{address}%{zone}" if zone is not None else str(address)
        if options.numeric and not options.both:
            return text
        name: str | None = yield self._process.reverse(address)
        return f"{name or '???'} ({text})" if options.both else name or "???"

    def _conclude(self, answer: IcmpMessage, hops: int) -> None:
        message, write = answer.message, self._process.write
        too_big = (
            message.type == icmpv6.PACKET_TOO_BIG
            if isinstance(message, Icmpv6)
            else (message.type == icmp.DESTINATION_UNREACHABLE and message.code == icmp.FRAGMENTATION_NEEDED)
        )
        if message.type == (icmpv6.TIME_EXCEEDED if isinstance(message, Icmpv6) else icmp.TIME_EXCEEDED):
            back = _hops_back(answer)
            write(f"asymm {back:2} \n" if back not in (-1, hops) else "\n")
        elif too_big:
            self._mtu = message.mtu
            write(f"pmtu {self._mtu}\n")
        else:
            self._finish(answer, hops)

    def _finish(self, answer: IcmpMessage, hops: int) -> None:
        code, by_ipv6 = answer.message.code, isinstance(answer.message, Icmpv6)
        texts = _ERRORS6 if by_ipv6 else _ERRORS4
        if code == (icmpv6.PORT_UNREACHABLE if by_ipv6 else icmp.PORT_UNREACHABLE):
            self._process.write("reached\n")
            self._hops_to, self._hops_from = hops, _hops_back(answer)
        elif code in texts:
            self._process.write(f"{texts[code]}\n")
        else:
            self._process.write("\n")
            error = _OTHER_ERRORS.get(code, Errno.EHOSTUNREACH)
            self._process.error(f"{self._process.argv[0]}: NET ERROR: {error.strerror}\n")
        raise _Done


def _took(sent: _Sent, now: int) -> str:
    microseconds = (now - sent.at) // 1000
    return f"{microseconds // 1000:3}.{microseconds % 1000:03}ms "


def _hops_back(answer: IcmpMessage) -> int:
    """How many hops the answer has made; -1 if unknown."""
    if answer.packet is None:
        return -1
    ttl = answer.packet.ttl if isinstance(answer.packet, Packet) else answer.packet.hop_limit
    return next((usual + 1 - ttl for usual in _USUAL_TTLS if ttl <= usual), 256 - ttl)

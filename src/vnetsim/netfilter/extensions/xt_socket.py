"""Sockets of this host, and packets for a transparent proxy: socket, TPROXY (xt_socket.c, xt_TPROXY.c).

No program here makes a transparent socket (IP_TRANSPARENT): `--transparent` matches nothing, and TPROXY drops what it
gets, as Linux does where no transparent socket listens.  Not modelled: marks of sockets (SO_MARK), which are 0.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options, verdicts
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch, XtTarget
from vnetsim.netfilter.verdicts import Verdict
from vnetsim.values import frozen
from vnetsim.wire.inet import ANY4, ANY6, Address

_FLAGS: Final = ("transparent", "nowildcard", "restore-skmark")
_TCP_UDP: Final = (6, 17)


@frozen
class SocketMatch(XtMatch):
    """There is a socket for the packet: not one of any address unless `nowildcard` is among `flags`."""

    name = "socket"
    flags: tuple[str, ...] = ()

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"PREROUTING", "INPUT"})

    def matches(self, packet: PktInfo) -> bool:
        """socket_match."""
        found = packet.context.socket(packet.ip, packet.in_device)
        matched = found == "address" or (found == "wildcard" and "nowildcard" in self.flags)
        if not matched or "transparent" in self.flags:
            return False
        if "restore-skmark" in self.flags:
            packet.mark = 0
        return True

    def listing(self, _numeric: bool) -> str:
        return " ".join(["socket", *(f"--{flag}" for flag in self.flags)])

    def __str__(self) -> str:
        return f"-m {self.listing(True)}"


@frozen(str=False)
class Tproxy(XtTarget):
    """To a transparent socket at `address` (all zeroes: the first of the device) and `port`, with a mark."""

    name = "TPROXY"
    tables = frozenset({"mangle"})
    port: int
    address: Address
    mark: int = 0
    mask: int = 0

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"PREROUTING"})

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number in _TCP_UDP and not rule.protocol.negated

    def act(self, _packet: PktInfo) -> Verdict:
        """tproxy_tg4 where no socket is found."""
        return verdicts.DROP

    def listing(self, _numeric: bool) -> str:
        return f"TPROXY redirect {self.address}:{self.port} mark 0x{self.mark:x}/0x{self.mask:x}"

    def __str__(self) -> str:
        return f"TPROXY --on-port {self.port} --on-ip {self.address} --tproxy-mark 0x{self.mark:x}/0x{self.mask:x}"


def _port(text: str, context: ParseContext) -> int:
    """What does not fit into 16 bits is cut off."""
    found = options.number(text)
    if found is None:
        found = options.service(text, context.protocol)
    if found is None:
        raise ArgumentError(f'Port "{text}" does not resolve to anything.\n')
    return found & 0xFFFF


def _tproxy(parsed: ParsedOptions) -> Tproxy:
    mark, mask = parsed.get("tproxy-mark", (0, 0))
    anywhere: Address = ANY4 if parsed.context.version == 4 else ANY6
    return Tproxy(parsed.get("on-port"), parsed.get("on-ip", anywhere), mark, UINT32_MAX if mask is None else mask)


MATCHES: Final = (
    Extension(
        "socket",
        tuple(map(XtOption, _FLAGS)),
        lambda parsed: SocketMatch(tuple(flag for flag in _FLAGS if flag in parsed)),
    ),
)
TARGETS: Final = (
    Extension(
        "TPROXY",
        (
            XtOption("on-port", _port, mandatory=True),
            XtOption("on-ip", options.numeric_host),
            XtOption("tproxy-mark", options.marks),
        ),
        _tproxy,
    ),
)

"""The tokens of filter expressions (libpcap: scanner.l): keywords, constants, operators, partial addresses."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.tcpdump.primitives import ARP, ICMP, ICMP6, IPV4, IPV6, RARP, FilterError, FilterSyntaxError
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, IPv4, parse_address

_TOKEN: Final = re.compile(
    r"\s*(?:"
    r"(?P<mac>(?:[0-9a-fA-F]{1,2}[:.-]){5}[0-9a-fA-F]{1,2}(?![\w:.]))"
    r"|(?P<ipv6>[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*)"
    r"|(?P<word>\\?[A-Za-z0-9_](?:[\w.-]*[\w.])?)"
    r"|(?P<operator>&&|\|\||==|!=|>=|<=|<<|>>|[!()\[\]=<>+\-*/%&|^~:])"
    r")"
)
NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]+|\d+")
DOTTED: Final = re.compile(r"\d+(\.\d+){0,3}")
#: Protocols that are primitives by themselves, by kind.
ETHERTYPES: Final = {"ip": IPV4, "ip6": IPV6, "arp": ARP, "rarp": RARP}
IP_PROTOCOLS: Final = {
    "tcp": (6, None), "udp": (17, None), "sctp": (132, None), "icmp": (ICMP, 4), "icmp6": (ICMP6, 6), "igmp": (2, 4),
    "igrp": (9, 4), "pim": (103, None), "vrrp": (112, 4), "carp": (112, 4), "ah": (51, None), "esp": (50, None),
}  # fmt: skip
LINKS: Final = ("ether", "link")
UNKNOWN_KEYWORDS: Final = frozenset((
    "aarp", "atalk", "decnet", "iso", "esis", "isis", "clnp", "lat", "moprc", "mopdl", "netbeui", "stp", "ipx", "radio",
    "fddi", "tr", "wlan", "ppp", "slip", "gateway", "protochain", "byte", "mpls", "pppoed", "pppoes", "geneve", "vxlan",
    "llc", "ifname", "on", "rset", "rulenum", "rnr", "srnr", "reason", "action", "lane", "oamf4s", "oamf4e", "oamf4",
    "oam", "metac", "bcc", "oamf4sc", "ilmic", "connectmsg", "metaconnect", "type", "subtype", "dir", "ifindex",
))  # fmt: skip
KEYWORDS: Final = UNKNOWN_KEYWORDS | ETHERTYPES.keys() | IP_PROTOCOLS.keys() | {
    *LINKS, "and", "or", "not", "src", "dst", "host", "net", "mask", "port", "portrange", "proto", "less", "greater",
    "len", "length", "broadcast", "multicast", "inbound", "outbound", "vlan",
}  # fmt: skip
CONSTANTS: Final = {
    "icmptype": 0, "icmpcode": 1, "icmp-echoreply": 0, "icmp-unreach": 3, "icmp-sourcequench": 4, "icmp-redirect": 5,
    "icmp-echo": 8, "icmp-routeradvert": 9, "icmp-routersolicit": 10, "icmp-timxceed": 11, "icmp-paramprob": 12,
    "icmp-tstamp": 13, "icmp-tstampreply": 14, "icmp-ireq": 15, "icmp-ireqreply": 16, "icmp-maskreq": 17,
    "icmp-maskreply": 18, "icmp6type": 0, "icmp6code": 1, "icmp6-destinationunreach": 1, "icmp6-packettoobig": 2,
    "icmp6-timeexceeded": 3, "icmp6-parameterproblem": 4, "icmp6-echo": 128, "icmp6-echoreply": 129,
    "icmp6-multicastlistenerquery": 130, "icmp6-multicastlistenerreportv1": 131, "icmp6-multicastlistenerdone": 132,
    "icmp6-routersolicit": 133, "icmp6-routeradvert": 134, "icmp6-neighborsolicit": 135, "icmp6-neighboradvert": 136,
    "icmp6-redirect": 137, "icmp6-multicastlistenerreportv2": 143, "tcpflags": 13, "tcp-fin": 1, "tcp-syn": 2,
    "tcp-rst": 4, "tcp-push": 8, "tcp-ack": 16, "tcp-urg": 32, "tcp-ece": 64, "tcp-cwr": 128,
}  # fmt: skip
RELATIONS: Final[dict[str, Callable[[int, int], bool]]] = {
    ">": operator.gt, ">=": operator.ge, "=": operator.eq, "==": operator.eq, "<": operator.lt, "<=": operator.le,
    "!=": operator.ne,
}  # fmt: skip
MASK32: Final = 0xFFFF_FFFF
OPERATORS: Final[tuple[dict[str, Callable[[int, int], int]], ...]] = (
    {"|": operator.or_},
    {"^": operator.xor},
    {"&": operator.and_},
    {"<<": lambda a, b: a << b if b < 32 else 0, ">>": operator.rshift},
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.floordiv, "%": operator.mod},
)


@frozen
class Token:
    kind: str
    text: str


def tokens(text: str) -> list[Token]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise FilterSyntaxError
        found.append(Token(match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def partial_address(text: str) -> tuple[Address, int]:
    """An address and how many of its bits are given: `10.1` is 10.1.0.0, and 16."""
    if ":" in text:
        try:
            address = parse_address(text)
        except ValueError:
            raise FilterError(f"malformed IPv6 address '{text}'") from None
        return address, address.bits
    parts = [int(part) for part in text.split(".")]
    if max(parts) > 0xFF and len(parts) > 1:
        raise FilterError(f"invalid IPv4 address '{text}'")
    if len(parts) == 1 and parts[0] > 0xFF:
        return IPv4(parts[0] & MASK32), 32
    number = 0
    for part in parts:
        number = number << 8 | part
    known = 8 * len(parts)
    return IPv4(number << 32 - known), known


def length_of(mask: str) -> int:
    if not DOTTED.fullmatch(mask):
        raise FilterSyntaxError
    bits = int(partial_address(mask)[0])
    length = bin(bits).count("1")
    if bits != (1 << 32) - (1 << 32 - length):
        raise NotModelled("tcpdump's filter net with a mask that is no prefix")
    return length


def number_of(text: str) -> int:
    """Of a decimal, hexadecimal or octal number."""
    hexadecimal = text.lower().startswith("0x")
    octal = not hexadecimal and text.startswith("0") and text != "0"
    if octal and not set(text) <= set("01234567"):
        raise FilterError(f"number {text} contains non-octal digit")
    number = int(text, 16 if hexadecimal else 8 if octal else 10)
    if number > MASK32:
        kind = "hexadecimal" if hexadecimal else "octal" if octal else "decimal"
        raise FilterError(f"number {text} overflows 32 bits", f"{kind} number {text} overflows 32 bits")
    return number


class FilterTokens:
    """Tokens from left to right."""

    def __init__(self, rest: list[Token]) -> None:
        self.rest = rest

    def _peek(self, ahead: int = 0) -> str:
        return self.rest[ahead].text if len(self.rest) > ahead else ""

    def _take(self) -> Token:
        if not self.rest:
            raise FilterSyntaxError
        return self.rest.pop(0)

    def _takes(self, *texts: str) -> bool:
        if self._peek() in texts:
            self.rest.pop(0)
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise FilterSyntaxError

    def _number(self) -> int:
        text = self._take().text
        if not NUMBER.fullmatch(text):
            raise FilterSyntaxError
        return number_of(text)

"""Filter expressions (pcap-filter(7)), as grammar.y and gencode.c of libpcap 1.10 read them.

    compiled = compile_filter("tcp port 80 and not host 10.0.0.1", ETHERNET, hosts, names)
    accepts(compiled, Sample(data, length))

What is no keyword is a name: of a host (`hosts` has their addresses; Unresolved where one is missing), services
and protocols.  Not modelled: MPLS, PPPoE, Geneve, WLAN, ATM, PF, DECnet and ISO, `gateway`, `protochain`, `byte`,
`ip broadcast`, masks that are no prefix, and what libpcap 1.10.6 refuses besides (numbers of protocols above 255).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.tcpdump.identifiers import Databases, IdentifierParser, Qualifiers
from vnetsim.programs.tcpdump.primitives import (
    ONLY_MULTICAST,
    FilterError,
    FilterSyntaxError,
    LinkLayout,
    Test,
    always,
    both,
    either,
    negated,
    unfit,
)
from vnetsim.programs.tcpdump.scanner import (
    ETHERTYPES,
    IP_PROTOCOLS,
    KEYWORDS,
    LINKS,
    NUMBER,
    UNKNOWN_KEYWORDS,
    tokens,
)
from vnetsim.wire.inet import Address


def compile_filter(text: str, link: LinkLayout, hosts: Mapping[str, Sequence[Address]], names: Databases) -> Test:
    """FilterError with libpcap's message."""
    parser = _FilterParser(tokens(text), link, hosts, names)
    if not parser.rest:
        return always
    test = parser.expression()
    if parser.rest:
        raise FilterSyntaxError
    return test


class _FilterParser(IdentifierParser):
    # --- and, or, not ------------------------------------------------------------------------------------------------

    def expression(self) -> Test:
        """`and` and `or` bind equally, from left to right."""
        test = self._term()
        while self.rest:
            if self._takes("and", "&&"):
                test = both(test, self._term(again=True))
            elif self._takes("or", "||"):
                test = either(test, self._term(again=True))
            else:
                break
        return test

    def _term(self, *, again: bool = False) -> Test:
        """`again`: behind and/or, where an identifier alone is meant as the one before."""
        if self._takes("not", "!"):
            return negated(self._term(again=again))
        relation = self._try_relation()
        if relation is not None:
            self._latest = None
            return relation
        if again and self._latest is not None and self._peek() == "(" and self._is_identifier(1):
            return self._identifiers(self._latest)
        if self._takes("("):
            test = self.expression()
            self._expect(")")
            return test
        if again and self._is_identifier():
            if self._latest is None:
                raise FilterError("syntax error in filter expression")
            return self._identifier(self._latest)
        return self._primitive()

    def _is_identifier(self, ahead: int = 0) -> bool:
        if len(self.rest) <= ahead:
            raise FilterSyntaxError
        token = self.rest[ahead]
        return token.kind in ("mac", "ipv6") or (token.kind == "word" and token.text not in KEYWORDS)

    # --- primitives --------------------------------------------------------------------------------------------------

    def _primitive(self) -> Test:
        text = self._peek()
        if text in UNKNOWN_KEYWORDS:
            raise NotModelled(f"tcpdump's filter {text}")
        if text in _SINGLE:
            self.rest.pop(0)
            self._latest = None
            return _SINGLE[text](self)
        protocol = ""
        if text in ETHERTYPES or text in IP_PROTOCOLS or text in LINKS:
            protocol = self._take().text
            if self._peek() in ("broadcast", "multicast"):
                self._latest = None
                return self._cast(protocol, self._take().text)
            if not self._qualifies():
                return self._bare(protocol)
        if not self._qualifies():
            raise FilterSyntaxError
        return self._qualified(protocol)

    def _qualifies(self) -> bool:
        """Whether a direction or a kind follows, or an identifier."""
        return bool(self.rest) and (
            self._peek() in ("src", "dst", "host", "net", "port", "portrange", "proto")
            or self._peek() in UNKNOWN_KEYWORDS
        )

    def _bare(self, protocol: str) -> Test:
        """A protocol without a qualifier."""
        if self.rest and self._is_identifier():
            raise FilterSyntaxError
        self._latest = None
        if protocol in ETHERTYPES:
            return self._link.carries(ETHERTYPES[protocol])
        if protocol in LINKS:
            raise FilterError("link layer applied in wrong context", "'link' cannot be used as an abbreviation")
        number, family = IP_PROTOCOLS[protocol]
        return self._link.protocol(number, family)

    def _qualified(self, protocol: str) -> Test:
        direction = self._direction()
        kind = self._take().text if self._peek() in ("host", "net", "port", "portrange", "proto") else ""
        if self._peek() in UNKNOWN_KEYWORDS:
            raise NotModelled(f"tcpdump's filter {self._peek()}")
        qualifiers = Qualifiers(protocol, direction, kind)
        self._latest = qualifiers
        if kind == "proto":
            return self._protocol(qualifiers)
        return self._identifiers(qualifiers)

    def _direction(self) -> str:
        if self._peek() not in ("src", "dst"):
            return "or"
        first = self._take().text
        if self._peek() in ("or", "and") and self._peek(1) in ("src", "dst") and self._peek(1) != first:
            joined = self._take().text
            self.rest.pop(0)
            return joined
        return first

    def _identifiers(self, qualifiers: Qualifiers) -> Test:
        """One identifier, or several in parentheses."""
        if self._takes("not", "!"):
            return negated(self._identifiers(qualifiers))
        if not self._takes("("):
            return self._identifier(qualifiers)
        test = self._identifiers(qualifiers)
        while not self._takes(")"):
            if self._takes("and", "&&"):
                test = both(test, self._identifiers(qualifiers))
            elif self._takes("or", "||"):
                test = either(test, self._identifiers(qualifiers))
            else:
                raise FilterSyntaxError
        return test

    def _cast(self, protocol: str, text: str) -> Test:
        if protocol in LINKS:
            return self._link.broadcast() if text == "broadcast" else self._link.multicast()
        if text == "multicast" and protocol in ("ip", "ip6"):
            at, low = (16, 224) if protocol == "ip" else (24, 255)
            network = self._link.network
            return both(self._link.carries(ETHERTYPES[protocol]), lambda sample: sample.load(network + at) >= low)
        if text == "broadcast" and protocol == "ip":
            raise NotModelled("tcpdump's filter ip broadcast")
        raise unfit(
            protocol, text, "only link-layer/IP broadcast filters supported" if text == "broadcast" else ONLY_MULTICAST
        )

    def _size(self, compare: Callable[[int, int], bool]) -> Test:
        limit = self._number()
        return lambda sample: compare(sample.length, limit)

    def less(self) -> Test:
        return self._size(operator.le)

    def greater(self) -> Test:
        return self._size(operator.ge)

    def broadcast(self) -> Test:
        return self._link.broadcast()

    def multicast(self) -> Test:
        return self._link.multicast()

    def inbound(self) -> Test:
        return negated(self._link.outgoing("inbound"))

    def outbound(self) -> Test:
        return self._link.outgoing("outbound")

    def vlan(self) -> Test:
        """What follows is looked for behind the tag."""
        number = self._number() if NUMBER.fullmatch(self._peek()) else None
        test = self._link.vlan(number)
        self._link = self._link.behind_tag()
        return test


_SINGLE: Final[dict[str, Callable[[_FilterParser], Test]]] = {
    "less": _FilterParser.less,
    "greater": _FilterParser.greater,
    "broadcast": _FilterParser.broadcast,
    "multicast": _FilterParser.multicast,
    "vlan": _FilterParser.vlan,
    "inbound": _FilterParser.inbound,
    "outbound": _FilterParser.outbound,
}

"""Filter expressions (pcap-filter(7)), as grammar.y and gencode.c of libpcap 1.10 read them.

    compiled = compile_filter("tcp port 80 and not host 10.0.0.1", ETHERNET, hosts, names)
    accepts(compiled, Sample(data, length))

Words that are no keyword are names: of hosts (`hosts` has their addresses; Unresolved where one is missing), services
and protocols.  Not modelled: MPLS, PPPoE, Geneve, WLAN, ATM, PF, DECnet and ISO, `gateway`, `protochain`, `byte`,
`ip broadcast`, masks that are no prefix, and what libpcap 1.10.6 refuses besides (numbers of protocols above 255).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.programs.tcpdump.filterwords import (
    CONSTANTS,
    DOTTED,
    ETHERTYPES,
    IP_PROTOCOLS,
    KEYWORDS,
    LINKS,
    NUMBER,
    OPERATORS,
    RELATIONS,
    UNKNOWN_KEYWORDS,
    WORD,
    Token,
    length_of,
    number_of,
    partial_address,
    tokens,
)  # fmt: skip
from vnetsim.programs.tcpdump.primitives import (
    ARP,
    IPV4,
    IPV6,
    ONLY_MULTICAST,
    RARP,
    WITH_PORTS,
    FilterError,
    FilterSyntaxError,
    Link,
    Sample,
    Test,
    Value,
    always,
    both,
    either,
    negated,
    only_ethernet,
    prefix_of,
    unfit,
)  # fmt: skip
from vnetsim.wire.inet import Address, IPv4, Prefix


@attrs.frozen
class Databases:
    """The ports of services by their protocol (tcp, udp), and the numbers of protocols."""

    services: Mapping[str, Mapping[str, int]]
    protocols: Mapping[str, int]


class Unresolved(LookupError):
    """A name of a host whose addresses have to be asked for."""


def compile_filter(text: str, link: Link, hosts: Mapping[str, Sequence[Address]], names: Databases) -> Test:
    """FilterError in libpcap's words."""
    parser = _Parser(tokens(text), link, hosts, names)
    if not parser.rest:
        return always
    test = parser.expression()
    if parser.rest:
        raise FilterSyntaxError
    return test


class _NoPort(FilterError):
    """A name of no service."""


@attrs.frozen
class _Qualifiers:
    """How an identifier is meant: `protocol`, `direction` (src, dst, and, or) and `kind` (host, net, port ...)."""

    protocol: str = ""
    direction: str = "or"
    kind: str = ""


class _Parser:
    def __init__(
        self, rest: list[Token], link: Link, hosts: Mapping[str, Sequence[Address]], names: Databases
    ) -> None:  # fmt: skip
        self.rest = rest
        self._link = link
        self._known = hosts
        self._names = names
        self._latest: _Qualifiers | None = None
        #: Operands that are the number 0.
        self._zeros: list[Value] = []

    # --- tokens ------------------------------------------------------------------------------------------------------

    def _peek(self, ahead: int = 0) -> str:
        return self.rest[ahead].text if len(self.rest) > ahead else ""

    def _take(self) -> Token:
        if not self.rest:
            raise FilterSyntaxError
        return self.rest.pop(0)

    def _takes(self, *words: str) -> bool:
        if self._peek() in words:
            self.rest.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._takes(word):
            raise FilterSyntaxError

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
        word = self._peek()
        if word in UNKNOWN_KEYWORDS:
            raise NotModelled(f"tcpdump's filter {word}")
        if word in _SINGLE:
            self.rest.pop(0)
            self._latest = None
            return _SINGLE[word](self)
        protocol = ""
        if word in ETHERTYPES or word in IP_PROTOCOLS or word in LINKS:
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
        """A protocol that stands alone."""
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
        qualifiers = _Qualifiers(protocol, direction, kind)
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

    def _identifiers(self, qualifiers: _Qualifiers) -> Test:
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

    def _cast(self, protocol: str, word: str) -> Test:
        if protocol in LINKS:
            return self._link.broadcast() if word == "broadcast" else self._link.multicast()
        if word == "multicast" and protocol in ("ip", "ip6"):
            at, low = (16, 224) if protocol == "ip" else (24, 255)
            network = self._link.network
            return both(self._link.carries(ETHERTYPES[protocol]), lambda sample: sample.load(network + at) >= low)
        if word == "broadcast" and protocol == "ip":
            raise NotModelled("tcpdump's filter ip broadcast")
        raise unfit(
            protocol, word, "only link-layer/IP broadcast filters supported" if word == "broadcast" else ONLY_MULTICAST
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

    def _number(self) -> int:
        word = self._take().text
        if not NUMBER.fullmatch(word):
            raise FilterSyntaxError
        return number_of(word)

    # --- identifiers -------------------------------------------------------------------------------------------------

    def _identifier(self, qualifiers: _Qualifiers) -> Test:
        if qualifiers.kind == "proto":
            return self._protocol(qualifiers)
        token = self._take()
        if token.kind == "operator" or token.text in KEYWORDS:
            raise FilterSyntaxError
        text = token.text.removeprefix("\\")
        if token.kind == "mac":
            return self._station(qualifiers, text)
        if qualifiers.kind in ("port", "portrange"):
            if "." in text and DOTTED.fullmatch(text):
                kind = qualifiers.kind
                raise FilterError(
                    f"'{kind}' modifier applied to ip host", f"'{kind}' qualifier applied to IPv4 address"
                )
            return self._port(qualifiers, text)
        if token.kind == "ipv6" or DOTTED.fullmatch(text):
            return self._address(qualifiers, text)
        return self._named(qualifiers, text)

    def _station(self, qualifiers: _Qualifiers, text: str) -> Test:
        if qualifiers.protocol not in LINKS or qualifiers.kind not in ("", "host"):
            words = "thernet address used in non-ether expression"
            raise FilterError(f"e{words}", f"E{words}")
        return self._link.station(bytes(int(part, 16) for part in re.split("[:.-]", text)), qualifiers.direction)

    def _address(self, qualifiers: _Qualifiers, text: str) -> Test:
        length = said = None
        if self._takes("/"):
            length = self._number()
            said = f"{text}/{length}"
        elif self._takes("mask"):
            mask = self._take().text
            length = length_of(mask)
            said = f"{text} mask {mask}"
        address, known = partial_address(text)
        if said is None and qualifiers.protocol in LINKS and address.version == 4:
            raise FilterError("illegal link layer address", f"illegal link-layer address '{text}'")
        if length is not None and length > address.bits:
            raise _too_long(length, address)
        if said is None:
            return self._hosts(qualifiers, _prefix(text, address, known, net=qualifiers.kind == "net"), "address")
        prefix = prefix_of(address, known if length is None else length)
        if prefix.address != address:
            raise FilterError(f'non-network bits set in "{said}"')
        if qualifiers.kind != "net":
            raise unfit("host", said, "Mask syntax for networks only")
        return self._hosts(qualifiers, prefix, "prefix")

    def _hosts(self, qualifiers: _Qualifiers, prefix: Prefix, what: str) -> Test:
        kinds = (IPV4, ARP, RARP) if prefix.version == 4 else (IPV6,)
        if qualifiers.protocol:
            wanted = ETHERTYPES.get(qualifiers.protocol)
            if wanted is None or wanted not in kinds:
                raise _wrong_family(qualifiers, prefix, what)
            kinds = (wanted,)
        return self._link.hosts(prefix, qualifiers.direction, kinds)

    def _named(self, qualifiers: _Qualifiers, name: str) -> Test:
        if qualifiers.kind == "net":
            raise FilterError(f"unknown network '{name}'")
        if qualifiers.protocol in LINKS:
            raise self._no_station(name)
        if name not in self._known:
            raise Unresolved(name)
        addresses = self._known[name]
        if not addresses:
            raise FilterError(f"unknown host '{name}'")
        families = {"ip": 4, "arp": 4, "rarp": 4, "ip6": 6}
        wanted = families.get(qualifiers.protocol)
        tests = [self._hosts(qualifiers, prefix_of(address), "address") for address in addresses
                 if wanted in (None, address.version)]  # fmt: skip
        if not tests:
            raise FilterError(f"unknown host '{name}' for specified address family")
        return lambda sample: any(test(sample) for test in tests)

    def _no_station(self, name: str) -> FilterError:
        if self._link.is_ethernet:
            return FilterError(f"unknown ether host '{name}'", f"unknown Ethernet-like host '{name}'")
        only = "only ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel supports link-level host name"
        return only_ethernet("link host NAME", only)

    # --- ports -------------------------------------------------------------------------------------------------------

    def _port(self, qualifiers: _Qualifiers, text: str) -> Test:
        wanted = qualifiers.protocol
        if wanted and wanted not in ("tcp", "udp", "sctp"):
            raise unfit(wanted, qualifiers.kind, f"illegal qualifier of '{qualifiers.kind}'")
        if qualifiers.kind == "portrange":
            low, high, protocol = self._range(text, wanted)
        else:
            low, protocol = self._port_number(text, wanted)
            high = low
        low, high = min(low, high), max(low, high)
        chosen = (IP_PROTOCOLS[wanted or protocol][0],) if wanted or protocol else WITH_PORTS
        return self._link.ports(low, high, qualifiers.direction, chosen)

    def _range(self, text: str, wanted: str) -> tuple[int, int, str]:
        """A single number is a range, too."""
        ends = text.split("-", 1)
        if len(ends) == 1 and not NUMBER.fullmatch(text):
            raise FilterError(f"unknown port in range '{text}'", f"port range '{text}' contains no hyphen")
        numbers, protocol = [], ""
        for end in ends:
            try:
                number, protocol = self._port_number(end, wanted)
            except _NoPort:
                raise FilterError(f"unknown port in range '{text}'", f"'{end}' is not a valid port") from None
            numbers.append(number)
        return numbers[0], numbers[-1], protocol

    def _port_number(self, text: str, wanted: str) -> tuple[int, str]:
        """A port by number or name, and the only protocol that has such a service."""
        if NUMBER.fullmatch(text):
            number = number_of(text)
            if number > 0xFFFF:
                raise FilterError(
                    f"illegal port number {number} > 65535", f"port number {number} greater than maximum 65535"
                )
            return number, ""
        known = self._names.services.get(text)
        if not known:
            raise _NoPort(f"unknown port '{text}'")
        if wanted and wanted not in known and len(known) == 1:
            raise FilterError(f"port '{text}' is {next(iter(known))}")
        if wanted:
            return known.get(wanted, next(iter(known.values()))), wanted
        only = "" if len(known) > 1 else next(iter(known))
        return next(iter(known.values())), only

    # --- protocols ---------------------------------------------------------------------------------------------------

    def _protocol(self, qualifiers: _Qualifiers) -> Test:
        token = self._take()
        if token.text in KEYWORDS or token.kind != "word":
            raise FilterSyntaxError
        text = token.text.removeprefix("\\")
        protocol = qualifiers.protocol
        if protocol in LINKS:
            return self._link.carries(self._ethertype(text))
        number = number_of(text) if NUMBER.fullmatch(text) else self._names.protocols.get(text)
        if number is None:
            words = {"": "unknown proto", "ip": "unknown ip proto", "ip6": "unknown ip proto"}.get(protocol)
            old = f"{words} '{text}'" if words else f"unknown protocol: {text}"
            raise FilterError(old, f"unknown '{protocol}{' ' if protocol else ''}proto' value '{text}'")
        if protocol in ETHERTYPES and protocol not in ("ip", "ip6"):
            raise unfit(protocol, "proto", f"{protocol} does not encapsulate another protocol")
        if protocol in IP_PROTOCOLS:
            raise unfit(protocol, "proto", f"'{protocol} proto' is bogus")
        return self._link.protocol(number, {"": None, "ip": 4, "ip6": 6}[protocol])

    def _ethertype(self, text: str) -> int:
        if NUMBER.fullmatch(text):
            return number_of(text)
        if text not in ETHERTYPES:
            raise FilterError(f"unknown ether proto '{text}'", f"unknown 'link proto' value '{text}'")
        return ETHERTYPES[text]

    # --- arithmetic --------------------------------------------------------------------------------------------------

    def _try_relation(self) -> Test | None:
        """`tcp[13] & 2 != 0`; None, and nothing is read, where it is none."""
        if not self._may_compute():
            return None
        before = list(self.rest)
        try:
            relation = self._relation()
        except FilterSyntaxError:
            self.rest = before
            return None
        self._latest = None
        return relation

    def _may_compute(self) -> bool:
        word = self._peek()
        return word in ("(", "len", "length", "-", *CONSTANTS) or bool(NUMBER.fullmatch(word)) or self._peek(1) == "["

    def _relation(self) -> Test:
        left, kinds = self._sum(0)
        relation = self._take().text
        if relation not in RELATIONS:
            raise FilterSyntaxError
        right, others = self._sum(0)
        compare = RELATIONS[relation]
        conditions = [*kinds, *others]

        def test(sample: Sample) -> bool:
            return all(condition(sample) for condition in conditions) and compare(left(sample), right(sample))

        return test

    def _sum(self, level: int) -> tuple[Value, list[Test]]:
        """Operators of one level, and what the packet must be for the operands to be there."""
        if level == len(OPERATORS):
            return self._operand()
        value, conditions = self._sum(level + 1)
        while self._peek() in OPERATORS[level]:
            symbol = self._take().text
            compute = OPERATORS[level][symbol]
            right, more = self._sum(level + 1)
            if symbol in "/%" and right in self._zeros:
                raise FilterError("division by zero" if symbol == "/" else "modulus by zero")
            value, conditions = _computed(compute, value, right), [*conditions, *more]
        return value, conditions

    def _operand(self) -> tuple[Value, list[Test]]:
        if self._takes("("):
            inner = self._sum(0)
            self._expect(")")
            return inner
        if self._takes("-"):
            value, conditions = self._operand()
            return (lambda sample: -value(sample) & WORD), conditions
        word = self._peek()
        if word in ("len", "length"):
            self.rest.pop(0)
            return (lambda sample: sample.length), []
        if self._peek(1) == "[":
            return self._field()
        number = CONSTANTS[self._take().text] if word in CONSTANTS else self._number() & WORD

        def constant(_: Sample) -> int:
            return number

        if not number:
            self._zeros.append(constant)
        return constant, []

    def _field(self) -> tuple[Value, list[Test]]:
        protocol = self._take().text
        self._expect("[")
        index, conditions = self._sum(0)
        size = self._number() if self._takes(":") else 1
        self._expect("]")
        if protocol in UNKNOWN_KEYWORDS:
            raise NotModelled(f"tcpdump's filter {protocol}[]")
        if protocol not in ETHERTYPES and protocol not in IP_PROTOCOLS and protocol not in LINKS:
            raise FilterSyntaxError
        value, condition = self._link.field(protocol, index, size)
        return value, [*conditions, condition]


def _prefix(text: str, address: Address, known: int, *, net: bool) -> Prefix:
    """Less than four parts stand for all addresses that begin so.

    A number alone is that of a host; of a network it may lack zeros behind: `net 10` is 10.0.0.0/8.
    """
    if not is_digits(text):
        return prefix_of(address, known)
    value, length = address >> 32 - known, 32
    while net and value and not value >> 24:
        value, length = value << 8, length - 8
    return prefix_of(IPv4(value), length)


def _too_long(length: int, address: Address) -> FilterError:
    old = f"mask length must be <= {address.bits}"
    return FilterError(old, f"netmask length {length} greater than maximum 32" if address.version == 4 else old)


def _wrong_family(qualifiers: _Qualifiers, prefix: Prefix, what: str) -> FilterError:
    kind = qualifiers.kind or "host"
    family = {4: "ip", 6: "ip6"}[prefix.version]
    protocol = qualifiers.protocol
    modifier = "link-layer" if protocol in LINKS else f"'{protocol}'"
    if prefix.version == 4:
        to = "ip host" if protocol in ETHERTYPES else kind
    else:
        to = f"{family} {kind}"
    return unfit(protocol, f"{kind} <IPv{prefix.version} {what}>", f"{modifier} modifier applied to {to}")


_SINGLE: Final[dict[str, Callable[[_Parser], Test]]] = {
    "less": _Parser.less, "greater": _Parser.greater, "broadcast": _Parser.broadcast, "multicast": _Parser.multicast,
    "vlan": _Parser.vlan, "inbound": _Parser.inbound, "outbound": _Parser.outbound,
}  # fmt: skip


def _computed(compute: Callable[[int, int], int], left: Value, right: Value) -> Value:
    return lambda sample: compute(left(sample), right(sample)) & WORD

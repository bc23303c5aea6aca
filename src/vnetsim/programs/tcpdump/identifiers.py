"""Identifiers of filter expressions: hosts, networks, ports and protocols (libpcap: gencode.c, nametoaddr.c)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from vnetsim.digits import is_digits
from vnetsim.programs.tcpdump.arithmetic import ArithmeticParser
from vnetsim.programs.tcpdump.primitives import (
    ARP,
    IPV4,
    IPV6,
    RARP,
    WITH_PORTS,
    FilterError,
    FilterSyntaxError,
    LinkLayout,
    Test,
    only_ethernet,
    prefix_of,
    unfit,
)
from vnetsim.programs.tcpdump.scanner import (
    DOTTED,
    ETHERTYPES,
    IP_PROTOCOLS,
    KEYWORDS,
    LINKS,
    NUMBER,
    Token,
    length_of,
    number_of,
    partial_address,
)
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, IPv4, Prefix


@frozen
class Databases:
    """The ports of services by their protocol (tcp, udp), and the numbers of protocols."""

    services: Mapping[str, Mapping[str, int]]
    protocols: Mapping[str, int]


class Unresolved(LookupError):
    """A name of a host whose addresses have to be resolved."""


class _NoPort(FilterError):
    """A name of no service."""


@frozen
class Qualifiers:
    """How an identifier is meant: `protocol`, `direction` (src, dst, and, or) and `kind` (host, net, port ...)."""

    protocol: str = ""
    direction: str = "or"
    kind: str = ""


class IdentifierParser(ArithmeticParser):
    """Parses what follows qualifiers; `hosts` has the addresses of names."""

    def __init__(
        self, rest: list[Token], link: LinkLayout, hosts: Mapping[str, Sequence[Address]], names: Databases
    ) -> None:
        super().__init__(rest, link)
        self._known = hosts
        self._names = names
        self._latest: Qualifiers | None = None

    def _identifier(self, qualifiers: Qualifiers) -> Test:
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

    def _station(self, qualifiers: Qualifiers, text: str) -> Test:
        if qualifiers.protocol not in LINKS or qualifiers.kind not in ("", "host"):
            problem = "thernet address used in non-ether expression"
            raise FilterError(f"e{problem}", f"E{problem}")
        return self._link.station(bytes(int(part, 16) for part in re.split("[:.-]", text)), qualifiers.direction)

    def _address(self, qualifiers: Qualifiers, text: str) -> Test:
        length = network = None
        if self._takes("/"):
            length = self._number()
            network = f"{text}/{length}"
        elif self._takes("mask"):
            mask = self._take().text
            length = length_of(mask)
            network = f"{text} mask {mask}"
        address, known = partial_address(text)
        if network is None and qualifiers.protocol in LINKS and address.version == 4:
            raise FilterError("illegal link layer address", f"illegal link-layer address '{text}'")
        if length is not None and length > address.bits:
            raise _too_long(length, address)
        if network is None:
            return self._hosts(qualifiers, _prefix(text, address, known, net=qualifiers.kind == "net"), "address")
        prefix = prefix_of(address, known if length is None else length)
        if prefix.address != address:
            raise FilterError(f'non-network bits set in "{network}"')
        if qualifiers.kind != "net":
            raise unfit("host", network, "Mask syntax for networks only")
        return self._hosts(qualifiers, prefix, "prefix")

    def _hosts(self, qualifiers: Qualifiers, prefix: Prefix, what: str) -> Test:
        kinds = (IPV4, ARP, RARP) if prefix.version == 4 else (IPV6,)
        if qualifiers.protocol:
            wanted = ETHERTYPES.get(qualifiers.protocol)
            if wanted is None or wanted not in kinds:
                raise _wrong_family(qualifiers, prefix, what)
            kinds = (wanted,)
        return self._link.hosts(prefix, qualifiers.direction, kinds)

    def _named(self, qualifiers: Qualifiers, name: str) -> Test:
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
        tests = [
            self._hosts(qualifiers, prefix_of(address), "address")
            for address in addresses
            if wanted in (None, address.version)
        ]
        if not tests:
            raise FilterError(f"unknown host '{name}' for specified address family")
        return lambda sample: any(test(sample) for test in tests)

    def _no_station(self, name: str) -> FilterError:
        if self._link.is_ethernet:
            return FilterError(f"unknown ether host '{name}'", f"unknown Ethernet-like host '{name}'")
        only = "only ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel supports link-level host name"
        return only_ethernet("link host NAME", only)

    # --- ports -------------------------------------------------------------------------------------------------------

    def _port(self, qualifiers: Qualifiers, text: str) -> Test:
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

    def _protocol(self, qualifiers: Qualifiers) -> Test:
        token = self._take()
        if token.text in KEYWORDS or token.kind != "word":
            raise FilterSyntaxError
        text = token.text.removeprefix("\\")
        protocol = qualifiers.protocol
        if protocol in LINKS:
            return self._link.carries(self._ethertype(text))
        number = number_of(text) if NUMBER.fullmatch(text) else self._names.protocols.get(text)
        if number is None:
            problem = {"": "unknown proto", "ip": "unknown ip proto", "ip6": "unknown ip proto"}.get(protocol)
            old = f"{problem} '{text}'" if problem else f"unknown protocol: {text}"
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


def _prefix(text: str, address: Address, known: int, *, net: bool) -> Prefix:
    """Less than four parts match all addresses that begin so.

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


def _wrong_family(qualifiers: Qualifiers, prefix: Prefix, what: str) -> FilterError:
    kind = qualifiers.kind or "host"
    family = {4: "ip", 6: "ip6"}[prefix.version]
    protocol = qualifiers.protocol
    modifier = "link-layer" if protocol in LINKS else f"'{protocol}'"
    if prefix.version == 4:
        to = "ip host" if protocol in ETHERTYPES else kind
    else:
        to = f"{family} {kind}"
    return unfit(protocol, f"{kind} <IPv{prefix.version} {what}>", f"{modifier} modifier applied to {to}")

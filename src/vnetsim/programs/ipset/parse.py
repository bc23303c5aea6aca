"""Values as `ipset` reads them (lib/parse.c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from vnetsim.netfilter.header import PROTOCOLS
from vnetsim.netfilter.ipset.elements import (
    ICMP,
    ICMPV6,
    TCP,
    WITH_PORTS,
    Ether,
    Iface,
    MarkPart,
    SetName,
    kind_of_name,
)
from vnetsim.netfilter.ipset.request import AddressGroup, ElementRequest, Given, PlainPortGroup, PortGroup
from vnetsim.netfilter.ipset.settypes import SetType
from vnetsim.netfilter.options import number
from vnetsim.netfilter.services import service_port
from vnetsim.programs.ipset.errors import IpsetError, UnresolvedName, syntax
from vnetsim.values import define
from vnetsim.wire.inet import Address, IPv4, IPv6, inet_aton
from vnetsim.wire.mac import Mac

_WIDEST_PORT: Final = 0xFFFF
_LONGEST_DEVICE: Final = 15
_PARTS: Final = ("Second", "Third")
_PHYSICAL: Final = "physdev:"

#: The addresses of names, as far as they were asked for.
Hosts = Mapping[tuple[str, int], Sequence[Address]]


def integer(text: str, low: int, high: int) -> int:
    """strtoll(3) with base 0."""
    value = number(text.removeprefix("-"))
    if value is None:
        raise syntax(f"'{text}' is invalid as number")
    value = -value if text.startswith("-") else value
    if not low <= value <= high:
        raise syntax(f"'{text}' is out of range {low}-{high}")
    return value


@define
class ElementParser:
    """Reads elements of sets of one type and family."""

    type: SetType
    version: int
    hosts: Hosts
    command: str = "add"

    def element(self, text: str) -> ElementRequest:
        """Of a list, SETNAME[,before|after,SETNAME]."""
        if self.type.method == "list":
            return _members(text)
        texts = text.split(",")
        wanted = len(self.type.parts)
        optional = self.type.name == "bitmap:ip,mac"
        if len(texts) < wanted and not optional:
            raise syntax(f"{_PARTS[len(texts) - 1]} element is missing from {text}.")
        if len(texts) > wanted:
            raise syntax(_too_many(text, wanted, self.type.name))
        parts = [
            self._part(kind, each, at) for at, (kind, each) in enumerate(zip(self.type.parts, texts, strict=False))
        ]
        return ElementRequest((*parts, *([Ether(None)] if len(parts) < wanted else [])))

    def _part(self, kind: str, text: str, position: int) -> Given:
        if kind in ("ip", "net"):
            return self._addresses(text, kind, position)
        if kind == "port":
            return self.ports(text)
        if kind == "mac":
            return _mac(text)
        return MarkPart(integer(text, 0, 0xFFFF_FFFF)) if kind == "mark" else _iface(text)

    # --- addresses --------------------------------------------------------------------------------------------------

    def _addresses(self, text: str, kind: str, position: int) -> AddressGroup:
        single = kind == "ip" and (position > 0 or self.version == 6 or self.type.name == "hash:ip,mac")
        if single:
            return self._single(text)
        found = self.addresses(text)
        if self.command == "test" and kind == "ip" and (found.last is not None or found.length not in (None, 32)):
            raise self._no_range("IP/CIDR" if found.last is None else "FROM-TO IP")
        return found

    def _single(self, text: str) -> AddressGroup:
        bits = 32 if self.version == 4 else 128
        address_text, slash, length_text = text.partition("/")
        if (slash and integer(length_text, 0, bits) != bits) or "-" in _outside_names(text):
            raise syntax(f"plain IP address must be supplied: {text}")
        return AddressGroup(self.address(address_text))

    def addresses(self, text: str) -> AddressGroup:
        """IP, IP/CIDR or FROM-TO."""
        address_text, slash, length_text = text.partition("/")
        if slash and address_text:
            length = integer(length_text, 0, 32 if self.version == 4 else 128)
            return AddressGroup(self.address(address_text), length)
        first, dash, last = _outside_names(text).partition("-")
        if not dash:
            return AddressGroup(self.address(text.removeprefix("[").removesuffix("]")))
        if self.version == 6:
            raise syntax(f"IP address or IP/cidr must be specified: {text}")
        return AddressGroup(self.address(first), last=self.address(last))

    def address(self, text: str) -> Address:
        """An address, or a name that has one."""
        text = text.removeprefix("[").removesuffix("]")
        found: Address | None = inet_aton(text) if self.version == 4 else _ipv6(text)
        if found is not None:
            return found
        foreign = _ipv6(text) if self.version == 4 else inet_aton(text)
        known = self.hosts.get((text, self.version))
        if known is None and foreign is None and text and not set(text) & set("/ "):
            raise UnresolvedName(text, self.version)
        for each in known or ():
            return each
        raise syntax(f"cannot parse {text}: resolving to IPv{self.version} address failed")

    def _no_range(self, what: str) -> IpsetError:
        family = {4: "inet", 6: "inet6"}[self.version] if self.type.has_family else "unspec"
        return IpsetError(
            f"{what} range is not allowed in command {self.command} with set type {self.type.name} and family {family}"
        )

    # --- ports ------------------------------------------------------------------------------------------------------

    def ports(self, text: str) -> PortGroup:
        """[PROTO:]PORT[-PORT], or the type and code of ICMP."""
        name, colon, rest = text.partition(":")
        protocol = _protocol(name) if colon else TCP
        if colon and protocol not in WITH_PORTS:
            return PortGroup(protocol, self._without_ports(protocol, name, rest))
        first, last = _range(rest if colon else text, name if colon else "tcp", text)
        if self.command == "test" and last is not None:
            raise self._no_range("FROM-TO port")
        return (
            PlainPortGroup(protocol, first, last)
            if self.type.name == "bitmap:port"
            else PortGroup(protocol, first, last)
        )

    def _without_ports(self, protocol: int, name: str, text: str) -> int:
        if protocol in (ICMP, ICMPV6):
            wrong = (protocol == ICMP) != (self.version == 4)
            if wrong:
                called, family = ("ICMP", "inet") if protocol == ICMP else ("ICMPv6", "inet6")
                raise IpsetError(
                    f"Syntax error: Protocol {called} can be used with family {family} only\n"
                    "Invalid add command: missing setname"
                )
            return _icmp(text, v6=protocol == ICMPV6)
        if text != "0":
            raise syntax(f"Protocol {name} can be used with pseudo port value 0 only.")
        return 0


def _outside_names(text: str) -> str:
    """The text if it can be a range: `my-host` is a name."""
    first, _, last = text.partition("-")
    both = inet_aton(first) is not None or ":" in first, inet_aton(last) is not None or ":" in last
    return text if all(both) else ""


def _ipv6(text: str) -> IPv6 | None:
    try:
        return IPv6.parse(text)
    except ValueError:
        return None


def _too_many(text: str, wanted: int, name: str) -> str:
    if wanted == 1:
        return f"Elem separator in {text}, but settype {name} supports none."
    words = {2: ("Two", "one"), 3: ("Three", "two")}[wanted]
    return f"{words[0]} elem separators in {text}, but settype {name} supports {words[1]}."


def _members(text: str) -> ElementRequest:
    words = text.split(",")
    if len(words) == 1:
        return ElementRequest((SetName(text),))
    if len(words) != 3 or words[1] not in ("before", "after"):
        raise IpsetError("you must specify elements as setname,[before|after],setname")
    return ElementRequest(tuple(map(SetName, words)))


def _protocol(name: str) -> int:
    found = next((number_ for number_, known in PROTOCOLS.items() if known == name.lower()), None)
    found = {"icmpv6": ICMPV6}.get(name.lower(), found)
    value = number(name) if found is None else found
    if value is None or not 0 < value <= 0xFF:
        raise syntax(f"cannot parse '{name}' as a protocol")
    return value


def _range(text: str, protocol: str, whole: str) -> tuple[int, int | None]:
    """A service may have a dash in its name."""
    port = _port(text, protocol)
    if port is not None:
        return port, None
    first, dash, last = text.partition("-")
    ports = _port(first, protocol), _port(last, protocol) if dash else None
    if ports[0] is None or (dash and ports[1] is None):
        wrong = (last if dash and ports[1] is None else first) or whole
        value = number(wrong)
        reason = f"is out of range 0-{_WIDEST_PORT}" if value is not None else "is invalid as number"
        lines = (f"Syntax error: '{wrong}' {reason}", "Syntax error: 'tcp' is invalid as number")
        raise IpsetError("\n".join((*lines, f"cannot parse '{wrong}' as a {protocol} port")))
    return ports[0], ports[1]


def _port(text: str, protocol: str) -> int | None:
    value = number(text)
    if value is not None:
        return value if value <= _WIDEST_PORT else None
    return service_port(text, protocol)


def _icmp(text: str, *, v6: bool) -> int:
    """TYPE/CODE or a name; in the upper and the lower byte."""
    kind, slash, code = text.partition("/")
    numbers = kind_of_name(text, v6=v6)
    if numbers is None and slash and number(kind) is not None and number(code) is not None:
        numbers = integer(kind, 0, 0xFF), integer(code, 0, 0xFF)
    if numbers is None:
        raise IpsetError(f"Cannot parse {text} as an {'ICMPv6' if v6 else 'ICMP'} type/code.")
    return numbers[0] << 8 | numbers[1]


def _mac(text: str) -> Ether:
    try:
        return Ether(Mac.parse(text))
    except ValueError:
        raise syntax(f"cannot parse '{text}' as ethernet address") from None


def _iface(text: str) -> Iface:
    name = text.removeprefix(_PHYSICAL)
    if len(name) > _LONGEST_DEVICE:
        raise syntax(f"interface name '{name}' is longer than {_LONGEST_DEVICE} characters")
    return Iface(name, text.startswith(_PHYSICAL))


def ipv4_addresses(text: str, type_: SetType, hosts: Hosts) -> AddressGroup:
    """The range of a bitmap."""
    found = ElementParser(type_, 4, hosts).addresses(text) if "/" in text or "-" in text else None
    if found is None or not isinstance(found.first, IPv4):
        raise syntax(f"IP/cidr or IP-IP range must be specified: {text}")
    return found

"""Targets of the nat table: SNAT, DNAT, MASQUERADE, REDIRECT, NETMAP (libxt_NAT.c, xt_nat.c, xt_NETMAP.c).

Each gives a verdict that describes the translation; connection tracking carries it out.
"""

from __future__ import annotations

from typing import ClassVar, Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter import options, verdicts
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.header import MaskedAddress
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, Reader, XtOption
from vnetsim.netfilter.packet import MatchKey, PktInfo
from vnetsim.netfilter.rules import XtTarget
from vnetsim.netfilter.verdicts import Addresses, Ports
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

_NAT: Final = frozenset({"nat"})
_SOURCE: Final = frozenset({"POSTROUTING", "INPUT"})
_DESTINATION: Final = frozenset({"PREROUTING", "OUTPUT"})
#: Protocols that have ports, or a field used as one.
_WITH_PORTS: Final = (1, 6, 17, 33, 132)
_FLAGS: Final = ("random", "random-fully", "persistent")


@frozen(str=False)
class _Nat(XtTarget):
    """A target whose verdict is `verdict`."""

    tables = _NAT
    tracks = True
    verdict: verdicts.NatVerdict
    allowed: ClassVar[frozenset[str]]
    option: ClassVar[str]
    label: ClassVar[str]

    @property
    def hooks(self) -> frozenset[str]:
        return self.allowed

    @property
    def match_keys(self) -> tuple[MatchKey, ...]:
        return ()

    def act(self, _packet: PktInfo) -> verdicts.Verdict:
        return self.verdict

    def _range(self) -> str:
        """`10.0.0.1-10.0.0.9:80-90`; IPv6 addresses are in brackets before a port."""
        addresses, ports = self.verdict.addresses, self.verdict.ports
        text = "" if addresses is None else str(addresses)
        if ports is None:
            return text
        if not self.option.startswith("to-ports"):
            text = f"[{text}]:" if addresses is not None and addresses.first.version == 6 else f"{text}:"
        return f"{text}{ports}"

    def _flags(self) -> list[str]:
        chosen = (self.verdict.random, self.verdict.random_fully, self.verdict.persistent)
        return [flag for flag, is_set in zip(_FLAGS, chosen, strict=True) if is_set]

    def listing(self, _numeric: bool) -> str:
        found = self._range()
        return " ".join(([f"{self.label}{found}"] if found else []) + self._flags())

    def __str__(self) -> str:
        found = self._range()
        return " ".join(
            (self.name, *([f"--{self.option} {found}"] if found else []), *(f"--{f}" for f in self._flags()))
        )


class Snat(_Nat):
    __slots__ = ()
    name = "SNAT"
    allowed = _SOURCE
    option = "to-source"
    label = "to:"

    @classmethod
    def to(cls, first: Address, last: Address | None = None, ports: Ports | None = None) -> Snat:
        return cls(verdicts.SnatVerdict(Addresses(first, first if last is None else last), ports))


class Dnat(_Nat):
    __slots__ = ()
    name = "DNAT"
    allowed = _DESTINATION
    option = "to-destination"
    label = "to:"

    @classmethod
    def to(cls, address: Address, port: int | None = None) -> Dnat:
        return cls(verdicts.DnatVerdict(Addresses(address, address), None if port is None else Ports(port, port)))


class Masquerade(_Nat):
    __slots__ = ()
    name = "MASQUERADE"
    allowed = frozenset({"POSTROUTING"})
    option = "to-ports"
    label = "masq ports: "


class Redirect(_Nat):
    __slots__ = ()
    name = "REDIRECT"
    allowed = _DESTINATION
    option = "to-ports"
    label = "redir ports "


MASQUERADE: Final = Masquerade(verdicts.MasqueradeVerdict())


@frozen(str=False)
class Netmap(XtTarget):
    name = "NETMAP"
    tables = _NAT
    tracks = True
    network: MaskedAddress

    @property
    def hooks(self) -> frozenset[str]:
        return _SOURCE | _DESTINATION

    def act(self, _packet: PktInfo) -> verdicts.Verdict:
        return verdicts.NetmapVerdict(self.network.address, self.network.mask)

    def listing(self, _numeric: bool) -> str:
        return f"to:{self.network}"

    def __str__(self) -> str:
        return f"NETMAP --to {self.network}"


_MOST_PORT: Final = 0xFFFF


# --- reading -------------------------------------------------------------------------------------------------------


def _port(text: str) -> tuple[int | None, str]:
    """The port that `text` begins with (a service must be all of it), and the rest."""
    value, rest = options.leading_number(text)
    if value is not None and value <= 0xFFFF:
        return value, rest
    return options.service(text), ""


def _ports(text: str, context: ParseContext, *, base_allowed: bool) -> Ports:
    if context.protocol not in _WITH_PORTS:
        raise ArgumentError("Need TCP, UDP, SCTP or DCCP with port specification")
    first, rest = _port(text)
    if first is None:
        raise ArgumentError(f"Port `{text}' not valid")
    if not rest:
        return Ports(first, first)
    if rest[0] == ":":
        raise ArgumentError("Invalid port:port syntax - use dash")
    if rest[0] != "-":
        raise ArgumentError(f"Garbage after port value: `{rest}'")
    last_text, slash, base_text = rest[1:].partition("/")
    last, rest = options.leading_number(last_text)
    if last is None or last > _MOST_PORT:
        raise ArgumentError(f"Port `{last_text}' not valid")
    if last < first:
        raise ArgumentError(f"Port range `{last_text}' funky")
    if rest:
        raise ArgumentError(f"Garbage after port range: `{rest}'")
    return Ports(first, last, _base(base_text, context, allowed=base_allowed) if slash else None)


def _base(text: str, context: ParseContext, *, allowed: bool) -> int:
    """The base port of the range; what follows the number is ignored."""
    base, _ = _port(text)
    if not base:
        raise ArgumentError(f"Port `{text}' not valid")
    if context.extension == "REDIRECT":
        raise ArgumentError("Shifted portmap ranges not supported with this kernel")
    if not allowed:
        raise NotModelled(f"iptables -j {context.extension} with a shifted range of ports")
    return base


def _split(text: str) -> tuple[str, str | None]:
    """Addresses and ports: brackets mark off IPv6 addresses, and so does more than one colon."""
    if "[" in text:
        inside, bracket, behind = text.partition("[")[2].partition("]")
        if not bracket:
            raise ArgumentError("Invalid address format")
        _, colon, ports = behind.partition(":")
        return inside, ports if colon else None
    addresses, colon, ports = text.partition(":")
    if not colon or ":" in ports:
        return text, None
    return addresses, ports


def _destination(*, base_allowed: bool) -> Reader:
    def read(text: str, context: ParseContext) -> tuple[Addresses | None, Ports | None]:
        addresses_text, ports_text = _split(text)
        ports = None if ports_text is None else _ports(ports_text, context, base_allowed=base_allowed)
        if not addresses_text and ports is not None:
            return None, ports
        first_text, dash, last_text = addresses_text.partition("-")
        first = _address(first_text, context)
        return Addresses(first, _address(last_text, context) if dash else first), ports

    return read


def _address(text: str, context: ParseContext) -> Address:
    address = options.address(text, context.version)
    if address is None:
        raise ArgumentError(f'Bad IP address "{text}"')
    return address


def _to_ports(text: str, context: ParseContext) -> tuple[None, Ports]:
    return None, _ports(text, context, base_allowed=False)


def _network(text: str, context: ParseContext) -> MaskedAddress:
    address_text, slash, mask_text = text.partition("/")
    address, bits = options.numeric_host(address_text, context), context.bits
    length = options.prefix_length_or_all(mask_text, context) if slash else bits
    mask = (1 << bits) - (1 << bits - length)
    return MaskedAddress(type(address)(address & mask), mask)


def _extension(
    target: type[_Nat], verdict: type[verdicts.NatVerdict], key: str, read: Reader, flags: tuple[str, ...]
) -> Extension:
    def build(parsed: ParsedOptions) -> XtTarget:
        addresses, ports = parsed.get(key, (None, None))
        return target(verdict(addresses, ports, *(flag in parsed for flag in _FLAGS)))

    to = XtOption(key, read, mandatory=key != "to-ports")
    return Extension(target.name, (to, *(XtOption(flag) for flag in flags)), build)


def _netmap(parsed: ParsedOptions) -> Netmap:
    return Netmap(parsed.get("to"))


TARGETS: Final = (
    _extension(Snat, verdicts.SnatVerdict, "to-source", _destination(base_allowed=False), _FLAGS),
    _extension(Dnat, verdicts.DnatVerdict, "to-destination", _destination(base_allowed=True), ("random", "persistent")),
    _extension(Masquerade, verdicts.MasqueradeVerdict, "to-ports", _to_ports, ("random", "random-fully")),
    _extension(Redirect, verdicts.RedirectVerdict, "to-ports", _to_ports, ("random",)),
    Extension("NETMAP", (XtOption("to", _network, mandatory=True),), _netmap),
)

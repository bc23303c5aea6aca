"""Extensions of iptables in the language of nft (the `xlate` functions of iptables 1.8.9's extensions).

Some of these translations are wrong, and are kept so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from vnetsim.netfilter.extensions.xt_addrtype import AddressType, Types
from vnetsim.netfilter.extensions.xt_comment import Comment
from vnetsim.netfilter.extensions.xt_connmark import ConnMark
from vnetsim.netfilter.extensions.xt_conntrack import (
    Conntrack,
    CtAddress,
    CtDirection,
    CtExpire,
    CtPort,
    CtProtocol,
    CtState,
    CtStatus,
    StateMatch,
)
from vnetsim.netfilter.extensions.xt_dscp import Dscp
from vnetsim.netfilter.extensions.xt_ecn import EcnMatch
from vnetsim.netfilter.extensions.xt_hashlimit import HashLimit
from vnetsim.netfilter.extensions.xt_hl import Hl, HopLimit, Ttl
from vnetsim.netfilter.extensions.xt_icmp import ANY, IcmpType, Icmpv6Type
from vnetsim.netfilter.extensions.xt_iprange import AddressRange, IpRange
from vnetsim.netfilter.extensions.xt_length import Length
from vnetsim.netfilter.extensions.xt_mac import SourceMac
from vnetsim.netfilter.extensions.xt_multiport import MultiPort
from vnetsim.netfilter.extensions.xt_owner import Ids, OwnerMatch
from vnetsim.netfilter.extensions.xt_pkttype import PkttypeMatch
from vnetsim.netfilter.extensions.xt_quota import Quota
from vnetsim.netfilter.extensions.xt_statistic import ByChance, EveryNth
from vnetsim.netfilter.extensions.xt_tcpmss import SegmentSize
from vnetsim.netfilter.extensions.xt_tcpudp import TcpFlags, TcpMatch, UdpMatch
from vnetsim.netfilter.extensions.xt_time import EVERY_MONTHDAY, EVERY_WEEKDAY, Time, clock, date
from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.xlate_target import TRANSLATIONS
from vnetsim.netfilter.options import UINT32_MAX
from vnetsim.wire.inet import IPv4

_ICMP: Final = {
    0: "echo-reply", 3: "destination-unreachable", 4: "source-quench", 5: "redirect", 8: "echo-request",
    9: "router-advertisement", 10: "router-solicitation", 11: "time-exceeded", 12: "parameter-problem",
    13: "timestamp-request", 14: "timestamp-reply", 17: "address-mask-request", 18: "address-mask-reply",
}  # fmt: skip
_ICMPV6: Final = {
    1: "destination-unreachable", 2: "packet-too-big", 3: "time-exceeded", 4: "parameter-problem",
    128: "echo-request", 129: "echo-reply", 133: "nd-router-solicit", 134: "nd-router-advert",
    135: "nd-neighbor-solicit", 136: "nd-neighbor-advert", 137: "nd-redirect",
}  # fmt: skip
_STATES: Final = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED")
_TRANSLATED: Final = ("SNAT", "DNAT")
_STATUSES: Final = ("EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED")
_TYPES: Final = (
    "UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT",
)  # fmt: skip
_RANDOM_MASK: Final = 0x7FFFFFFF


def xlate(extension: object, family: str) -> str | None:
    """None for an extension without a translation."""
    translate = _TRANSLATIONS.get(type(extension))
    return None if translate is None else translate(extension, family)


def _not(negated: bool) -> str:
    return "!= " if negated else ""


def _span(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}-{last}"


# --- ports ---------------------------------------------------------------------------------------------------------


def _ports(match: TcpMatch | UdpMatch, _family: str) -> str:
    name = "tcp" if isinstance(match, TcpMatch) else "udp"
    parts = []
    for ports, field in ((match.source, "sport"), (match.destination, "dport")):
        if ports is not None and (ports.first, ports.last) != (0, 0xFFFF):
            parts.append(f"{name} {field} {_not(ports.negated)}{_span(ports.first, ports.last)}")
    if isinstance(match, TcpMatch) and match.option is not None:
        number, negated = match.option
        parts.append(f"tcp option {number} {'missing' if negated else 'exists'}")
    if isinstance(match, TcpMatch) and match.flags is not None:
        parts.append(_flags(match.flags))
    return " ".join(parts)


def _flags(flags: TcpFlags) -> str:
    value, mask = (_flag_text(bits) for bits in (flags.value, flags.mask))
    return f"tcp flags {_not(flags.negated)}{value} / {mask}"


def _flag_text(bits: int) -> str:
    names = types.TCP_FLAG.symbols or {}
    return ",".join(name for name, bit in names.items() if bits & bit) or "0x0"


def _multiport(match: MultiPort, _family: str) -> str:
    name = {6: "tcp", 17: "udp", 132: "sctp", 33: "dccp", 136: "udplite"}.get(match.protocol, "tcp")
    if match.which == "ports":
        pairs = [port for ports in match.ranges for port in dict.fromkeys((ports.first, ports.last))]
        elements = ", ".join(f"0-65535 . {port}, {port} . 0-65535" for port in pairs)
        return f"{name} sport . {name} dport {{ {elements} }}"
    listed = [_span(ports.first, ports.last) for ports in match.ranges]
    text = listed[0] if len(listed) == 1 else f"{{ {', '.join(listed)} }}"
    return f"{name} {match.which[:-1]} {_not(match.negated)}{text}"


# --- connections ---------------------------------------------------------------------------------------------------


def _state(match: StateMatch, _family: str) -> str:
    return _state_text(match.states, negated=match.negated)


def _state_text(states: tuple[str, ...], *, negated: bool, denied: bool = False) -> str:
    """If there is a translation among the states, only the first one is printed."""
    translated = next((state.lower() for state in _TRANSLATED if state in states), None)
    if translated is not None:
        return f"ct status {'!=' if denied else ''}{translated}"
    return f"ct state {'! ' if negated else ''}{','.join(state.lower() for state in _STATES if state in states)}"


def _conntrack(match: Conntrack, _family: str) -> str:
    parts = []
    for kind, translate in _CRITERIA.items():
        parts += [translate(criterion, match) for criterion in match.criteria if isinstance(criterion, kind)]
    return " ".join(parts).rstrip()


def _ct_direction(criterion: CtDirection, _match: Conntrack) -> str:
    return f"ct direction {'reply' if criterion.is_reply else 'original'}"


def _ct_protocol(criterion: CtProtocol, match: Conntrack) -> str:
    direction = next((c for c in match.criteria if isinstance(c, CtDirection)), None)
    tuple_ = "reply" if direction is not None and direction.is_reply else "original"
    return f"ct {tuple_} protocol {_not(criterion.negated)}{criterion.number}"


def _ct_state(criterion: CtState, match: Conntrack) -> str:
    """That a translation is negated is taken from another criterion."""
    denied = any(isinstance(other, CtStatus) and other.negated for other in match.criteria)
    return _state_text(criterion.states, negated=criterion.negated, denied=denied)


def _ct_status(criterion: CtStatus, _match: Conntrack) -> str:
    listed = ",".join(name.lower().replace("_", "-") for name in _STATUSES if name in criterion.statuses)
    return f"ct status {'! ' if criterion.negated else ''}{listed}"


def _ct_expire(criterion: CtExpire, _match: Conntrack) -> str:
    return f"ct expiration {_not(criterion.negated)}{_span(criterion.first, criterion.last)}"


def _ct_address(criterion: CtAddress, _match: Conntrack) -> str:
    tuple_, end = _side(criterion.which)
    return f"ct {tuple_} {end}addr {_not(criterion.negated)}{criterion.value_text}"


def _ct_port(criterion: CtPort, _match: Conntrack) -> str:
    tuple_, end = _side(criterion.which)
    ports = criterion.ports
    return f"ct {tuple_} proto-{'src' if end == 's' else 'dst'} {_not(ports.negated)}{_span(ports.first, ports.last)}"


def _side(which: str) -> tuple[str, str]:
    return "original" if which.startswith("orig") else "reply", "s" if "src" in which else "d"


#: In the order in which they are printed.
_CRITERIA: Final[dict[type[Any], Callable[..., str]]] = {
    CtDirection: _ct_direction, CtProtocol: _ct_protocol, CtState: _ct_state, CtStatus: _ct_status,
    CtExpire: _ct_expire, CtAddress: _ct_address, CtPort: _ct_port,
}  # fmt: skip


def _connmark(match: ConnMark, _family: str) -> str:
    if match.mask == UINT32_MAX:
        return f"ct mark {_not(match.negated)}{match.value:#x}"
    return f"ct mark and {match.mask:#x} {'!=' if match.negated else '=='} {match.value:#x}"


# --- addresses -----------------------------------------------------------------------------------------------------


def _iprange(match: IpRange, family: str) -> str:
    ends = (("saddr", match.source), ("daddr", match.destination))
    return " ".join(f"{family} {name} {_range(found)}" for name, found in ends if found is not None)


def _range(found: AddressRange) -> str:
    return f"{_not(found.negated)}{found.first}-{found.last}"


def _mac(match: SourceMac, _family: str) -> str:
    return f"ether saddr {_not(match.negated)}{match.mac}"


def _addrtype(match: AddressType, _family: str) -> str:
    """Of two ends only the source is printed, and as negated if either is."""
    limit = {"in": " . iif", "out": " . oif"}.get(match.limit.rpartition("-")[2], "")
    address_types = match.source or match.destination
    assert address_types is not None
    negated = any(found is not None and found.negated for found in (match.source, match.destination))
    end = "daddr" if match.source is None else "saddr"
    return f"fib {end}{limit} type {_not(negated)}{_type_text(address_types)}"


def _type_text(found: Types) -> str:
    listed = [name.lower() for name in _TYPES if name in found.types]
    return listed[0] if len(listed) == 1 else f"{{ {', '.join(listed)} }}"


# --- fields --------------------------------------------------------------------------------------------------------


def _pkttype(match: PkttypeMatch, _family: str) -> str:
    return f"pkttype {_not(match.negated)}{match.kind}"


def _length(match: Length, _family: str) -> str:
    return f"meta length {_not(match.negated)}{_span(match.first, match.last)}"


def _hops(match: HopLimit, family: str) -> str:
    operator = {"eq": _not(match.negated), "lt": "lt ", "gt": "gt "}[match.comparison]
    return f"{'ip ttl' if family == 'ip' else 'ip6 hoplimit'} {operator}{match.value}"


def _dscp(match: Dscp, family: str) -> str:
    return f"{family} dscp {_not(match.negated)}{match.value:#04x}"


def _icmp(match: IcmpType | Icmpv6Type, family: str) -> str | None:
    names = _ICMP if family == "ip" else _ICMPV6
    if match.kind == ANY:
        return "ip protocol icmp"
    if match.kind.code is not None or match.kind.type not in names:
        return None
    protocol = "icmp" if family == "ip" else "icmpv6"
    return f"{protocol} type {_not(match.negated)}{names[match.kind.type]}"


def _by_chance(match: ByChance, _family: str) -> str:
    return f"meta random & {_RANDOM_MASK} {'>=' if match.negated else '<'} {match.probability}"


def _every_nth(match: EveryNth, _family: str) -> str:
    return f"numgen inc mod {match.every} {_not(match.negated)}{match.packet}"


def _owner(match: OwnerMatch, _family: str) -> str | None:
    if match.socket is not None or (match.user is None) == (match.group is None):
        return None
    return f"skuid {_ids(match.user)}" if match.user is not None else f"skgid {_ids(match.group)}"


def _ids(found: Ids | None) -> str:
    assert found is not None
    return f"{_not(found.negated)}{_span(found.first, found.last)}"


def _comment(_match: Comment, _family: str) -> str:
    """It is stored beside the expressions, and nft does not print it."""
    return ""


_CODEPOINTS: Final = ("not-ect", "ect1", "ect0", "ce")
_LONG_UNITS: Final = {"sec": "second", "min": "minute", "hour": "hour", "day": "day"}
_BURST: Final = 5
_SECOND: Final = 1000
#: Parts of a packet in the order in which meters list them.
_KEYS: Final = ("dstip", "dstport", "srcip", "srcport")


def _ecn(match: EcnMatch, _family: str) -> str:
    """All is printed as negated if anything is (ecn_xlate)."""
    no = _not(match.negated or False in (match.ece, match.cwr))
    parts = [f"tcp flags {no}{name}" for name, flag in (("ecn", match.ece), ("cwr", match.cwr)) if flag is not None]
    if match.codepoint is not None:
        parts.append(f"ip ecn {no}{_CODEPOINTS[match.codepoint]}")
    return " ".join(parts)


def _segment_size(match: SegmentSize, _family: str) -> str:
    span = f"{match.first}" if match.first == match.last else f"{match.first}-{match.last}"
    return f"tcp option maxseg size {_not(match.negated)}{span}"


def _quota(match: Quota, _family: str) -> str:
    return f"quota {'over ' if match.negated else ''}{match.bytes} bytes"


def _hashlimit(match: HashLimit, family: str) -> str | None:
    if not match.modes:
        return None
    parts = [" . ".join(_key(match, mode, family) for mode in _KEYS if mode in match.modes)]
    if match.expire != _SECOND:
        parts.append(f"timeout {match.expire // _SECOND}s")
    over = "over " if match.exceeded else ""
    if match.counts_bytes:
        (rate, unit), burst = match.byte_rate, match.byte_burst
        parts.append(f"limit rate {over}{rate} {unit}bytes/second")
        parts += [f"burst {burst[0]} {burst[1]}bytes"] if burst else []
    else:
        text, name = match.rate_text(match.average)
        parts.append(f"limit rate {over}{text}/{_LONG_UNITS[name]}")
        parts += [f"burst {match.burst} packets"] if match.burst != _BURST else []
    return f"meter {match.table} {{ {' '.join(parts)} }}"


def _key(match: HashLimit, mode: str, family: str) -> str:
    if mode.endswith("port"):
        return f"tcp {'s' if mode == 'srcport' else 'd'}port"
    bits = 32 if family == "ip" else 128
    length = match.source_length if mode == "srcip" else match.destination_length
    end = f"{family} {'s' if mode == 'srcip' else 'd'}addr"
    return end if length == bits else f"{end} and {_mask(bits, length)}"


def _mask(bits: int, length: int) -> str:
    """An IPv6 mask is printed in full (xtables_ip6mask_to_numeric)."""
    mask = (1 << bits) - (1 << bits - length)
    return str(IPv4(mask)) if bits == IPv4.bits else ":".join(re.findall("....", f"{mask:032x}"))


def _time(match: Time, _family: str) -> str | None:
    return None if match.monthdays != EVERY_MONTHDAY else " ".join(_times(match))


def _times(match: Time) -> Iterator[str]:
    """Without a date it is empty, but its blank is printed."""
    dated = match.date_start or match.date_stop != 0x7FFFFFFF
    yield f'meta time "{date(match.date_start, " ")}"-"{date(match.date_stop, " ")}"' if dated else ""
    if not match.is_all_day:
        yield f'meta hour "{clock(match.start)}"-"{clock(match.stop)}"'
    if match.weekdays != EVERY_WEEKDAY:
        days = [str(day % 7) for day in match.weekdays]
        yield f"meta day {days[0]}" if len(days) == 1 else f"meta day {{ {', '.join(days)} }}"


_TRANSLATIONS: Final[dict[type[Any], Callable[..., str | None]]] = {
    TcpMatch: _ports, UdpMatch: _ports, MultiPort: _multiport, StateMatch: _state, Conntrack: _conntrack,
    ConnMark: _connmark, IpRange: _iprange, SourceMac: _mac, AddressType: _addrtype, PkttypeMatch: _pkttype,
    Length: _length, Ttl: _hops, Hl: _hops, Dscp: _dscp, IcmpType: _icmp, Icmpv6Type: _icmp, ByChance: _by_chance,
    EveryNth: _every_nth, OwnerMatch: _owner, Comment: _comment, EcnMatch: _ecn, SegmentSize: _segment_size,
    Quota: _quota,
    HashLimit: _hashlimit, Time: _time, **TRANSLATIONS,
}  # fmt: skip

"""Extensions of iptables in the words of nft (the `xlate` functions of iptables 1.8.9's extensions).

They are not always right, and are told as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from vnetsim.netfilter.extensions.ipt_reject import RejectTarget
from vnetsim.netfilter.extensions.xt_addrtype import AddressType, Types
from vnetsim.netfilter.extensions.xt_comment import Comment
from vnetsim.netfilter.extensions.xt_connmark import ConnMark, RestoreConnMark, SaveConnMark, SetConnMark
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
from vnetsim.netfilter.extensions.xt_ct import NoTrack
from vnetsim.netfilter.extensions.xt_dscp import Dscp, SetDscp, SetTos
from vnetsim.netfilter.extensions.xt_hl import Hl, HopLimit, Ttl
from vnetsim.netfilter.extensions.xt_icmp import ANY, IcmpType, Icmpv6Type
from vnetsim.netfilter.extensions.xt_iprange import AddressRange, IpRange
from vnetsim.netfilter.extensions.xt_length import Length
from vnetsim.netfilter.extensions.xt_log import Log
from vnetsim.netfilter.extensions.xt_mac import SourceMac
from vnetsim.netfilter.extensions.xt_mark import SetMark
from vnetsim.netfilter.extensions.xt_multiport import MultiPort
from vnetsim.netfilter.extensions.xt_nat import Dnat, Masquerade, Redirect, Snat
from vnetsim.netfilter.extensions.xt_owner import Ids, OwnerMatch
from vnetsim.netfilter.extensions.xt_pkttype import PacketType
from vnetsim.netfilter.extensions.xt_statistic import ByChance, EveryNth
from vnetsim.netfilter.extensions.xt_tcpmss import TcpMss
from vnetsim.netfilter.extensions.xt_tcpudp import TcpFlags, TcpMatch, UdpMatch
from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft import xlate_rare
from vnetsim.netfilter.nft.output import STATELESS
from vnetsim.netfilter.verdicts import Addresses, Ports

_FULL: Final = 0xFFFFFFFF
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
_REJECTS: Final = {
    "icmp-port-unreachable": "reject", "icmp6-port-unreachable": "reject", "tcp-reset": "reject with tcp reset",
    "icmp-net-unreachable": "reject with icmp type net-unreachable",
    "icmp-host-unreachable": "reject with icmp type host-unreachable",
    "icmp-proto-unreachable": "reject with icmp type prot-unreachable",
    "icmp-net-prohibited": "reject with icmp type net-prohibited",
    "icmp-host-prohibited": "reject with icmp type host-prohibited",
    "icmp-admin-prohibited": "reject with icmp type admin-prohibited",
    "icmp6-no-route": "reject with icmpv6 type no-route",
    "icmp6-adm-prohibited": "reject with icmpv6 type admin-prohibited",
    "icmp6-addr-unreachable": "reject with icmpv6 type addr-unreachable",
    "icmp6-policy-fail": "reject with icmpv6 type policy-fail",
    "icmp6-reject-route": "reject with icmpv6 type reject-route",
}  # fmt: skip
_STATES: Final = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED")
_TRANSLATED: Final = ("SNAT", "DNAT")
_STATUSES: Final = ("EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED")
_TYPES: Final = (
    "UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT",
)  # fmt: skip
_RANDOM_MASK: Final = 0x7FFFFFFF


def words(extension: object, family: str) -> str | None:
    """None for what nft has no words for."""
    teller = _TELLERS.get(type(extension))
    return None if teller is None else teller(extension, family)


def _not(negated: bool) -> str:
    return "!= " if negated else ""


def _span(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}-{last}"


# --- ports ---------------------------------------------------------------------------------------------------------


def _ports(match: TcpMatch | UdpMatch, _family: str) -> str:
    name = "tcp" if isinstance(match, TcpMatch) else "udp"
    said = []
    for ports, field in ((match.source, "sport"), (match.destination, "dport")):
        if ports is not None and (ports.first, ports.last) != (0, 0xFFFF):
            said.append(f"{name} {field} {_not(ports.negated)}{_span(ports.first, ports.last)}")
    if isinstance(match, TcpMatch) and match.option is not None:
        number, negated = match.option
        said.append(f"tcp option {number} {'missing' if negated else 'exists'}")
    if isinstance(match, TcpMatch) and match.flags is not None:
        said.append(_flags(match.flags))
    return " ".join(said)


def _flags(flags: TcpFlags) -> str:
    value, mask = (_flag_words(bits) for bits in (flags.value, flags.mask))
    return f"tcp flags {_not(flags.negated)}{value} / {mask}"


def _flag_words(bits: int) -> str:
    names = types.TCP_FLAG.symbols or {}
    return ",".join(name for name, bit in names.items() if bits & bit) or "0x0"


def _multiport(match: MultiPort, _family: str) -> str:
    name = {6: "tcp", 17: "udp", 132: "sctp", 33: "dccp", 136: "udplite"}.get(match.protocol, "tcp")
    if match.which == "ports":
        pairs = [port for ports in match.ranges for port in dict.fromkeys((ports.first, ports.last))]
        elements = ", ".join(f"0-65535 . {port}, {port} . 0-65535" for port in pairs)
        return f"{name} sport . {name} dport {{ {elements} }}"
    listed = [_span(ports.first, ports.last) for ports in match.ranges]
    said = listed[0] if len(listed) == 1 else f"{{ {', '.join(listed)} }}"
    return f"{name} {match.which[:-1]} {_not(match.negated)}{said}"


# --- connections ---------------------------------------------------------------------------------------------------


def _state(match: StateMatch, _family: str) -> str:
    return _state_words(match.states, negated=match.negated)


def _state_words(states: tuple[str, ...], *, negated: bool, denied: bool = False) -> str:
    """Of states and translations only the first translation is told."""
    translated = next((state.lower() for state in _TRANSLATED if state in states), None)
    if translated is not None:
        return f"ct status {'!=' if denied else ''}{translated}"
    return f"ct state {'! ' if negated else ''}{','.join(state.lower() for state in _STATES if state in states)}"


def _conntrack(match: Conntrack, _family: str) -> str:
    said = []
    for kind, teller in _CRITERIA.items():
        said += [teller(criterion, match) for criterion in match.criteria if isinstance(criterion, kind)]
    return " ".join(said).rstrip()


def _ct_direction(criterion: CtDirection, _match: Conntrack) -> str:
    return f"ct direction {'reply' if criterion.is_reply else 'original'}"


def _ct_protocol(criterion: CtProtocol, match: Conntrack) -> str:
    direction = next((c for c in match.criteria if isinstance(c, CtDirection)), None)
    way = "reply" if direction is not None and direction.is_reply else "original"
    return f"ct {way} protocol {_not(criterion.negated)}{criterion.number}"


def _ct_state(criterion: CtState, match: Conntrack) -> str:
    """That a translation is negated is taken from another criterion."""
    denied = any(isinstance(other, CtStatus) and other.negated for other in match.criteria)
    return _state_words(criterion.states, negated=criterion.negated, denied=denied)


def _ct_status(criterion: CtStatus, _match: Conntrack) -> str:
    listed = ",".join(word.lower().replace("_", "-") for word in _STATUSES if word in criterion.statuses)
    return f"ct status {'! ' if criterion.negated else ''}{listed}"


def _ct_expire(criterion: CtExpire, _match: Conntrack) -> str:
    return f"ct expiration {_not(criterion.negated)}{_span(criterion.first, criterion.last)}"


def _ct_address(criterion: CtAddress, _match: Conntrack) -> str:
    way, end = _side(criterion.which)
    return f"ct {way} {end}addr {_not(criterion.negated)}{criterion.value_words}"


def _ct_port(criterion: CtPort, _match: Conntrack) -> str:
    way, end = _side(criterion.which)
    ports = criterion.ports
    return f"ct {way} proto-{'src' if end == 's' else 'dst'} {_not(ports.negated)}{_span(ports.first, ports.last)}"


def _side(which: str) -> tuple[str, str]:
    return "original" if which.startswith("orig") else "reply", "s" if "src" in which else "d"


#: In the order in which they are told.
_CRITERIA: Final[dict[type[Any], Callable[..., str]]] = {
    CtDirection: _ct_direction, CtProtocol: _ct_protocol, CtState: _ct_state, CtStatus: _ct_status,
    CtExpire: _ct_expire, CtAddress: _ct_address, CtPort: _ct_port,
}  # fmt: skip


def _notrack(_target: NoTrack, _family: str) -> str:
    return "notrack"


# --- marks ---------------------------------------------------------------------------------------------------------


def _connmark(match: ConnMark, _family: str) -> str:
    if match.mask == _FULL:
        return f"ct mark {_not(match.negated)}{match.value:#x}"
    return f"ct mark and {match.mask:#x} {'!=' if match.negated else '=='} {match.value:#x}"


def _set_mark(target: SetMark, _family: str) -> str:
    return f"meta mark set {_changed('mark', target.value, target.mask, f'and {~target.mask & _FULL:#x} xor')}"


def _set_connmark(target: SetConnMark, _family: str) -> str:
    value, mask = target.value, target.mask
    if mask not in (_FULL, 0, value) and value:
        return f"ct mark set ct mark xor {value:#x} and {~mask & _FULL:#x}"
    return f"ct mark set {_changed('ct mark', value, mask, '')}"


def _changed(mark: str, value: int, mask: int, otherwise: str) -> str:
    if mask == _FULL:
        return f"{value:#x}"
    if value == 0:
        return f"{mark} and {~mask & _FULL:#x}"
    if mask == 0:
        return f"{mark} xor {value:#x}"
    return f"{mark} or {value:#x}" if value == mask else f"{mark} {otherwise} {value:#x}"


def _save_mark(target: SaveConnMark, _family: str) -> str | None:
    return _copied("ct mark set mark", target.nfmask, target.ctmask)


def _restore_mark(target: RestoreConnMark, _family: str) -> str | None:
    return _copied("meta mark set ct mark", target.nfmask, target.ctmask)


def _copied(said: str, nfmask: int, ctmask: int) -> str | None:
    if nfmask != ctmask:
        return None
    return said if nfmask == _FULL else f"{said} and {nfmask:#x}"


# --- addresses -----------------------------------------------------------------------------------------------------


def _iprange(match: IpRange, family: str) -> str:
    ends = (("saddr", match.source), ("daddr", match.destination))
    return " ".join(f"{family} {name} {_range(found)}" for name, found in ends if found is not None)


def _range(found: AddressRange) -> str:
    return f"{_not(found.negated)}{found.first}-{found.last}"


def _mac(match: SourceMac, _family: str) -> str:
    return f"ether saddr {_not(match.negated)}{match.mac}"


def _addrtype(match: AddressType, _family: str) -> str:
    """Of two ends only the source is told, and as negated if either is."""
    limit = {"in": " . iif", "out": " . oif"}.get(match.limit.rpartition("-")[2], "")
    told = match.source or match.destination
    assert told is not None
    negated = any(found is not None and found.negated for found in (match.source, match.destination))
    end = "daddr" if match.source is None else "saddr"
    return f"fib {end}{limit} type {_not(negated)}{_type_words(told)}"


def _type_words(found: Types) -> str:
    listed = [word.lower() for word in _TYPES if word in found.types]
    return listed[0] if len(listed) == 1 else f"{{ {', '.join(listed)} }}"


# --- fields --------------------------------------------------------------------------------------------------------


def _pkttype(match: PacketType, _family: str) -> str:
    return f"pkttype {_not(match.negated)}{match.kind}"


def _length(match: Length, _family: str) -> str:
    return f"meta length {_not(match.negated)}{_span(match.first, match.last)}"


def _hops(match: HopLimit, family: str) -> str:
    operator = {"eq": _not(match.negated), "lt": "lt ", "gt": "gt "}[match.comparison]
    return f"{'ip ttl' if family == 'ip' else 'ip6 hoplimit'} {operator}{match.value}"


def _dscp(match: Dscp, family: str) -> str:
    return f"{family} dscp {_not(match.negated)}{match.value:#04x}"


def _set_dscp(target: SetDscp, family: str) -> str:
    return f"{family} dscp set {target.value:#04x}"


def _set_tos(target: SetTos, _family: str) -> str:
    """Of IPv6, whatever the family."""
    value, mask = target.value >> 2, target.mask >> 2
    if target.mask == 0:
        return f"ip6 dscp set ip6 dscp xor {value:#04x}"
    if target.value == 0:
        return f"ip6 dscp set ip6 dscp and {~mask & 0x3F:#04x}"
    if target.value == target.mask:
        return f"ip6 dscp set ip6 dscp or {value:#04x}"
    if target.mask == 0xFF:
        return f"ip6 dscp set {value:#04x}"
    return f"ip6 dscp set ip6 dscp and {~mask & 0x3F:#04x} xor {value:#04x}"


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
    """It is told in another place, which nft does not ask for."""
    return ""


# --- targets -------------------------------------------------------------------------------------------------------


def _log(target: Log, _family: str) -> str:
    level = st.LOG_LEVELS[target.level]
    return st.LogStmt(target.prefix or None, level, target.details).to_text(None, STATELESS)


def _reject(target: RejectTarget, _family: str) -> str:
    return _REJECTS[target.kind]


def _mss(target: TcpMss, _family: str) -> str:
    return f"tcp option maxseg size set {'rt mtu' if target.size is None else target.size}"


def _nat(target: Snat | Dnat | Masquerade | Redirect, _family: str) -> str | None:
    verdict = target.verdict
    if verdict.ports is not None and verdict.ports.base is not None:
        return None
    said = target.name.lower()
    if verdict.addresses is not None or verdict.ports is not None:
        said += f" to {_to(verdict.addresses, verdict.ports)}"
    flags = [
        word
        for word, chosen in (
            ("random", verdict.random),
            ("fully-random", verdict.random_fully),
            ("persistent", verdict.persistent),
        )
        if chosen
    ]
    return f"{said} {','.join(flags)}" if flags else said


def _to(addresses: Addresses | None, ports: Ports | None) -> str:
    said = "" if addresses is None else f"{addresses}"
    if ports is None:
        return said
    if ":" in said:
        said = f"[{said}]"
    return f"{said}:{ports}"


_TELLERS: Final[dict[type[Any], Callable[..., str | None]]] = {
    TcpMatch: _ports, UdpMatch: _ports, MultiPort: _multiport, StateMatch: _state, Conntrack: _conntrack,
    NoTrack: _notrack,
    ConnMark: _connmark, SetMark: _set_mark, SetConnMark: _set_connmark, SaveConnMark: _save_mark,
    RestoreConnMark: _restore_mark, IpRange: _iprange, SourceMac: _mac, AddressType: _addrtype, PacketType: _pkttype,
    Length: _length, Ttl: _hops, Hl: _hops, Dscp: _dscp, SetDscp: _set_dscp, SetTos: _set_tos, IcmpType: _icmp,
    Icmpv6Type: _icmp, ByChance: _by_chance, EveryNth: _every_nth, OwnerMatch: _owner, Comment: _comment, Log: _log,
    RejectTarget: _reject, TcpMss: _mss, Snat: _nat, Dnat: _nat, Masquerade: _nat, Redirect: _nat, **xlate_rare.TELLERS,
}  # fmt: skip

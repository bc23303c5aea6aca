"""Hypothesis strategies: rules as a person could write them, in canonical form.

A strategy is built once: Hypothesis validates each new one when it is first drawn from, which
takes longer than a draw.
"""

from __future__ import annotations

from functools import cache
from typing import TypeVar

import attrs
from hypothesis import strategies as st

from vnetsim.netfilter import verdicts
from vnetsim.netfilter.extensions import (
    ipt_reject,
    xt_addrtype,
    xt_audit,
    xt_checksum,
    xt_classify,
    xt_comment,
    xt_connlimit,
    xt_connmark,
    xt_conntrack,
    xt_ct,
    xt_dscp,
    xt_ecn,
    xt_hashlimit,
    xt_hl,
    xt_icmp,
    xt_iprange,
    xt_length,
    xt_limit,
    xt_log,
    xt_mac,
    xt_mark,
    xt_multiport,
    xt_nat,
    xt_nflog,
    xt_nfqueue,
    xt_owner,
    xt_physdev,
    xt_pkttype,
    xt_quota,
    xt_recent,
    xt_statistic,
    xt_string,
    xt_tcpmss,
    xt_tcpudp,
    xt_time,
)
from vnetsim.netfilter.header import (
    DestinationAddress,
    DeviceName,
    FragmentBit,
    InDevice,
    MaskedAddress,
    OutDevice,
    Protocol,
    SourceAddress,
)
from vnetsim.netfilter.rules import ACCEPT, DROP, RETURN, Jump, Rule, XtMatch, XtTarget
from vnetsim.wire.inet import Address, IPv4, IPv6
from vnetsim.wire.mac import Mac

N = TypeVar("N", bound=MaskedAddress)

NAMES = st.from_regex(r"[a-z][a-z0-9.-]{0,10}\+?", fullmatch=True)
BOOLEANS = st.booleans()
MARKS = st.integers(0, 2**32 - 1)
SHORTS = st.integers(0, 0xFFFF)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=29)


@cache
def ordered(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))


@cache
def addresses_of(version: int) -> st.SearchStrategy[Address]:
    return st.integers(0, 2**32 - 1).map(IPv4) if version == 4 else st.integers(0, 2**128 - 1).map(IPv6)


@cache
def _masks(bits: int) -> st.SearchStrategy[int]:
    lengths = st.integers(1, bits).map(lambda length: (1 << bits) - (1 << bits - length))
    return st.one_of(lengths, lengths, st.integers(1, (1 << bits) - 1))


@st.composite
def networks(draw: st.DrawFn, version: int, kind: type[N]) -> N:
    """Masks with their ones in front and, now and then, others."""
    address = draw(addresses_of(version))
    mask = draw(_masks(address.bits))
    return kind(type(address)(address & mask), mask, draw(BOOLEANS))


@cache
def prefixes(version: int) -> st.SearchStrategy[MaskedAddress]:
    """Networks whose masks have their ones in front."""
    bits = 32 if version == 4 else 128
    return st.tuples(addresses_of(version), st.integers(0, bits)).map(
        lambda said: MaskedAddress.parse(f"{said[0]}/{said[1]}")
    )


#: None that iptables would say in another way.
PORT_RANGES = st.builds(
    lambda pair, negated: xt_tcpudp.PortRange(pair[0], pair[1], negated), ordered(SHORTS), BOOLEANS
).filter(lambda found: found.first > 0 or (found.last < 0xFFFF and not found.negated))
TCP_FLAGS = st.builds(xt_tcpudp.TcpFlags, st.integers(1, 0x3F), st.integers(0, 0x3F), BOOLEANS)
TCP = st.builds(
    xt_tcpudp.TcpMatch,
    source=st.none() | PORT_RANGES,
    destination=st.none() | PORT_RANGES,
    flags=st.none() | TCP_FLAGS,
    option=st.none() | st.tuples(st.integers(1, 255), BOOLEANS),
)
UDP = st.builds(xt_tcpudp.UdpMatch, source=st.none() | PORT_RANGES, destination=st.none() | PORT_RANGES)
_PLAIN_RANGES = st.one_of(
    SHORTS.map(lambda port: xt_tcpudp.PortRange(port, port)),
    ordered(SHORTS).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: xt_tcpudp.PortRange(*pair)),
)
TCP_CONTENTS = st.builds(
    xt_ecn.EcnMatch, cwr=st.none() | BOOLEANS, ece=BOOLEANS, codepoint=st.none() | st.integers(0, 3)
) | st.builds(lambda pair, negated: xt_tcpmss.SegmentSize(pair[0], pair[1], negated), ordered(SHORTS), BOOLEANS)
MULTIPORT = st.builds(
    xt_multiport.MultiPort,
    st.sampled_from(("sports", "dports", "ports")),
    st.lists(_PLAIN_RANGES, min_size=1, max_size=7).map(tuple),
    BOOLEANS,
)


@cache
def some(known: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """At least one of them, in their order."""
    return st.sets(st.sampled_from(known), min_size=1).map(lambda said: tuple(word for word in known if word in said))


STATES = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED")


@st.composite
def conntracks(draw: st.DrawFn, version: int) -> XtMatch:
    criteria: list[xt_conntrack.AnyCriterion] = []
    sides = ("origsrc", "origdst", "replsrc", "repldst")
    if draw(BOOLEANS):
        criteria.append(xt_conntrack.CtState(draw(some((*STATES, "SNAT", "DNAT"))), draw(BOOLEANS)))
    if draw(BOOLEANS):
        criteria.append(xt_conntrack.CtProtocol(draw(st.integers(1, 255)), draw(BOOLEANS)))
    for side in sorted(draw(st.sets(st.sampled_from(sides))), key=sides.index):
        address = draw(addresses_of(version))
        length = draw(st.integers(0, address.bits))
        mask = (1 << address.bits) - (1 << address.bits - length)
        criteria.append(xt_conntrack.CtAddress(side, address, mask, draw(BOOLEANS)))
    for side in sorted(draw(st.sets(st.sampled_from(sides))), key=sides.index):
        first, last = draw(ordered(SHORTS))
        criteria.append(xt_conntrack.CtPort(side, xt_tcpudp.PortRange(first, last, draw(BOOLEANS))))
    if draw(BOOLEANS) or not criteria:
        words = draw(some(("EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED")) | st.just(()))
        criteria.append(xt_conntrack.CtStatus(words, draw(BOOLEANS)))
    if draw(BOOLEANS):
        criteria.append(xt_conntrack.CtExpire(*draw(ordered(MARKS)), negated=draw(BOOLEANS)))
    if draw(BOOLEANS):
        criteria.append(xt_conntrack.CtDirection(draw(BOOLEANS)))
    return xt_conntrack.Conntrack(tuple(criteria))


@cache
def _maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


TYPES = st.builds(xt_addrtype.Types, some(("UNICAST", "LOCAL", "BROADCAST", "MULTICAST", "UNREACHABLE")), BOOLEANS)
ADDRTYPES = st.builds(
    xt_addrtype.AddressType, source=TYPES, destination=_maybe(TYPES), limit=st.sampled_from(("", "in", "out"))
)
LIMITS = st.builds(
    xt_limit.Limit, st.integers(1, 20), st.sampled_from((1, 60, 3600, 86400)), st.integers(1, 10000)
).filter(lambda limit: xt_limit.printed_rate(limit.unit * 10_000 // limit.rate, 10_000) == (limit.rate, limit.unit))
PROBABILITIES = st.integers(0, 2**31).map(xt_statistic.ByChance)
NTH = st.integers(1, 1000).flatmap(
    lambda every: st.builds(xt_statistic.EveryNth, st.just(every), st.integers(0, every - 1), BOOLEANS)
)
DEVICE_NAMES = st.builds(DeviceName, NAMES, BOOLEANS)
PHYSDEVS = st.builds(
    xt_physdev.PhysicalDevice,
    in_port=DEVICE_NAMES,
    is_in=_maybe(BOOLEANS),
    out_port=_maybe(DEVICE_NAMES),
    is_out=_maybe(BOOLEANS),
    is_bridged=_maybe(BOOLEANS),
)
IDS = st.builds(
    lambda pair, negated: xt_owner.Ids(pair[0], pair[1], negated), ordered(st.integers(0, 2**32 - 2)), BOOLEANS
)
OWNERS = st.builds(xt_owner.OwnerMatch, user=IDS, group=_maybe(IDS), socket=_maybe(BOOLEANS))


@cache
def _ranges(version: int) -> st.SearchStrategy[xt_iprange.AddressRange]:
    pairs = st.tuples(addresses_of(version), addresses_of(version)).map(sorted)
    return st.builds(lambda pair, negated: xt_iprange.AddressRange(pair[0], pair[1], negated), pairs, BOOLEANS)


LIST_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,9}", fullmatch=True)
STRINGS = st.builds(
    xt_string.String,
    pattern=st.binary(min_size=1, max_size=12) | TEXTS.filter(bool).map(str.encode),
    algorithm=st.sampled_from(("bm", "kmp")),
    first=st.integers(0, 100),
    end=st.integers(100, 0xFFFF),
    any_case=BOOLEANS,
    negated=BOOLEANS,
)
TIMES = st.builds(
    xt_time.Time,
    date_start=st.just(0) | st.integers(0, 2**31 - 1),
    date_stop=st.just(2**31 - 1) | st.integers(1, 2**31 - 1),
    start=st.integers(0, 86399),
    stop=st.integers(0, 86399),
    weekdays=st.sets(st.sampled_from(xt_time.EVERY_WEEKDAY), min_size=1).map(sorted).map(tuple),
    monthdays=st.just(xt_time.EVERY_MONTHDAY)
    | st.sets(st.sampled_from(xt_time.EVERY_MONTHDAY), min_size=1).map(sorted).map(tuple),
    kernel_zone=BOOLEANS,
)


@st.composite
def recents(draw: st.DrawFn, version: int) -> XtMatch:
    address = draw(addresses_of(version))
    action = draw(st.sampled_from(("set", "rcheck", "update", "remove")))
    found = xt_recent.Recent(
        action=action, mask=address, negated=draw(BOOLEANS), table=draw(LIST_NAMES), of_destination=draw(BOOLEANS)
    )
    if action in ("set", "remove"):
        return found
    seconds = draw(st.integers(0, 1000))
    return attrs.evolve(
        found,
        seconds=seconds,
        hits=draw(st.integers(0, 70)),
        reap=seconds > 0 and draw(BOOLEANS),
        same_ttl=draw(BOOLEANS),
    )


@st.composite
def hashlimits(draw: st.DrawFn, version: int) -> XtMatch:
    """Rates that are printed as they were said; the kernel keeps no more than so many buckets."""
    rate, unit = xt_limit.printed_rate(draw(st.integers(1, 86_400_000_000)), 1_000_000)
    bits = 32 if version == 4 else 128
    return xt_hashlimit.HashLimit(
        table=draw(LIST_NAMES), rate=rate, unit=unit, burst=draw(st.integers(1, 10000)), exceeded=draw(BOOLEANS),
        modes=draw(some(("srcip", "srcport", "dstip", "dstport")) | st.just(())), most=draw(st.integers(0, 500)),
        sweep=draw(st.integers(1, 5000)), expire=draw(st.integers(1, 5000)), source_length=draw(st.integers(0, bits)),
        destination_length=draw(st.integers(0, bits)), version=version,
    )  # fmt: skip


@cache
def rare_matches(version: int) -> st.SearchStrategy[XtMatch]:
    """Those that few rules have."""
    lengths = st.integers(0, 32 if version == 4 else 128)
    return st.one_of(
        STRINGS,
        TIMES,
        recents(version),
        hashlimits(version),
        st.builds(xt_connlimit.ConnLimit, MARKS, BOOLEANS, lengths, BOOLEANS),
        st.builds(xt_quota.Quota, st.integers(0, 2**64 - 1), BOOLEANS),
        st.builds(xt_ecn.EcnMatch, codepoint=st.integers(0, 3), negated=BOOLEANS),
    )


@cache
def matches(version: int) -> st.SearchStrategy[XtMatch]:
    """Those that fit every protocol."""
    hop = (xt_hl.Ttl, xt_hl.Hl)[version == 6]
    return st.one_of(
        conntracks(version),
        st.builds(xt_conntrack.StateMatch, some(STATES), BOOLEANS),
        st.builds(xt_mark.Mark, MARKS, MARKS, BOOLEANS),
        st.builds(xt_connmark.ConnMark, MARKS, MARKS, BOOLEANS),
        ADDRTYPES, LIMITS, PROBABILITIES, NTH, PHYSDEVS, OWNERS,
        st.builds(xt_iprange.IpRange, source=_ranges(version), destination=_maybe(_ranges(version))),
        st.builds(xt_mac.SourceMac, st.integers(0, 2**48 - 1).map(Mac), BOOLEANS),
        st.builds(lambda pair, negated: xt_length.Length(pair[0], pair[1], negated), ordered(SHORTS), BOOLEANS),
        st.builds(hop, st.just("eq"), st.integers(0, 255), BOOLEANS),
        st.builds(hop, st.sampled_from(("lt", "gt")), st.integers(0, 255)),
        st.builds(xt_dscp.Tos, st.integers(0, 255), st.integers(0, 255), BOOLEANS),
        st.builds(xt_dscp.Dscp, st.integers(0, 63), BOOLEANS),
        st.builds(xt_pkttype.PkttypeMatch, st.sampled_from(("unicast", "broadcast", "multicast")), BOOLEANS),
        st.builds(xt_comment.Comment, TEXTS),
        rare_matches(version),
    )  # fmt: skip


@cache
def _address_ranges(version: int) -> st.SearchStrategy[verdicts.Addresses]:
    return st.tuples(addresses_of(version), addresses_of(version)).map(lambda pair: verdicts.Addresses(*pair))


NAT_PORTS = ordered(SHORTS).map(lambda pair: verdicts.Ports(*pair))


@st.composite
def translations(draw: st.DrawFn, version: int, with_ports: bool) -> XtTarget:
    found = draw(NAT_PORTS) if with_ports and draw(BOOLEANS) else None
    flags = draw(st.tuples(BOOLEANS, BOOLEANS, BOOLEANS))
    to = draw(_address_ranges(version) if found is None else st.none() | _address_ranges(version))
    if draw(BOOLEANS):
        return xt_nat.Snat(verdicts.SnatVerdict(to, found, *flags))
    if draw(BOOLEANS):
        return xt_nat.Dnat(verdicts.DnatVerdict(to, found, flags[0], persistent=flags[2]))
    if draw(BOOLEANS):
        return xt_nat.Masquerade(verdicts.MasqueradeVerdict(None, found, *flags[:2]))
    return xt_nat.Redirect(verdicts.RedirectVerdict(None, found, flags[0]))


REJECTS = {
    4: ("icmp-port-unreachable", "icmp-net-unreachable", "icmp-admin-prohibited", "icmp-host-prohibited"),
    6: ("icmp6-port-unreachable", "icmp6-no-route", "icmp6-adm-prohibited", "icmp6-reject-route"),
}


NFLOGS = st.builds(xt_nflog.NfLog, prefix=TEXTS, group=SHORTS, size=st.none() | MARKS, threshold=SHORTS)
QUEUES = st.builds(
    lambda pair, bypass, fanout: xt_nfqueue.NfQueue(
        first=pair[0], last=pair[1], bypass=bypass, fanout=fanout and pair[0] < pair[1]
    ),
    ordered(SHORTS),
    BOOLEANS,
    BOOLEANS,
)
CHAINS = st.from_regex(r"[A-Z][A-Za-z0-9_-]{0,26}x", fullmatch=True)
JUMPS = st.builds(Jump, CHAINS, BOOLEANS)


@cache
def targets(version: int) -> st.SearchStrategy[XtTarget]:
    change = (xt_hl.ChangeTtl, xt_hl.ChangeHl)[version == 6]
    return st.one_of(
        st.sampled_from((ACCEPT, DROP, RETURN)),
        JUMPS,
        st.builds(ipt_reject.RejectTarget, st.sampled_from(REJECTS[version])),
        st.builds(xt_mark.SetMark, MARKS, MARKS),
        st.builds(xt_connmark.SetConnMark, MARKS, MARKS),
        st.builds(xt_connmark.SaveConnMark, MARKS, MARKS),
        st.builds(xt_connmark.RestoreConnMark, MARKS, MARKS),
        st.builds(xt_ct.NoTrack, BOOLEANS),
        st.builds(xt_log.Log, TEXTS, st.integers(0, 7), st.integers(0, 63).map(lambda bits: bits & 0b101111)),
        st.builds(change, st.sampled_from(("set", "inc", "dec")), st.integers(1, 255)),
        st.builds(xt_dscp.SetTos, st.integers(0, 255), st.integers(0, 255)),
        st.builds(xt_dscp.SetDscp, st.integers(0, 63)),
        NFLOGS,
        QUEUES,
        st.builds(xt_audit.Audit, st.sampled_from(("accept", "drop", "reject"))),
        st.just(xt_checksum.Checksum()),
        st.builds(xt_classify.Classify, SHORTS, st.integers(1, 0xFFFE)),
        translations(version, with_ports=False),
        st.builds(xt_nat.Netmap, prefixes(version)),
    )


@cache
def _tcp_targets(version: int) -> st.SearchStrategy[XtTarget]:
    return st.one_of(
        st.just(ipt_reject.RejectTarget("tcp-reset")),
        st.builds(xt_tcpmss.TcpMss, st.none() | st.integers(0, 65495)),
        translations(version, with_ports=True),
    )


@cache
def _own_matches(number: int | None, version: int) -> st.SearchStrategy[XtMatch] | None:
    """Those that are for one protocol."""
    if number == 6:
        return TCP | MULTIPORT | TCP_CONTENTS
    if number == 17:
        return UDP | MULTIPORT
    codes = st.none() | st.integers(0, 255)
    if number == 1 and version == 4:
        return st.builds(xt_icmp.IcmpType, st.builds(xt_icmp.IcmpKind, st.integers(0, 254), codes), BOOLEANS)
    if number == 58 and version == 6:
        return st.builds(xt_icmp.Icmpv6Type, st.builds(xt_icmp.IcmpKind, st.integers(0, 255), codes), BOOLEANS)
    return None


PROTOCOLS = st.sampled_from((None, 1, 6, 17, 47, 58, 200))
IN_DEVICES = st.none() | st.builds(InDevice, NAMES, BOOLEANS)
OUT_DEVICES = st.none() | st.builds(OutDevice, NAMES, BOOLEANS)
FRAGMENTS = st.none() | st.builds(FragmentBit, BOOLEANS)


@cache
def _several(version: int) -> st.SearchStrategy[list[XtMatch]]:
    return st.lists(matches(version), max_size=3)


@cache
def _target(version: int, number: int | None) -> st.SearchStrategy[XtTarget | None]:
    return st.none() | targets(version) | (_tcp_targets(version) if number == 6 else st.none())


@cache
def _network(version: int, kind: type[N]) -> st.SearchStrategy[N | None]:
    return st.none() | networks(version, kind)


@st.composite
def rules(draw: st.DrawFn, version: int) -> Rule:
    number = draw(PROTOCOLS)
    own = _own_matches(number, version)
    found: list[XtMatch] = draw(_several(version))
    if own is not None and draw(BOOLEANS):
        found.insert(draw(st.integers(0, len(found))), draw(own))
    target = draw(_target(version, number))
    return Rule(
        source=draw(_network(version, SourceAddress)),
        destination=draw(_network(version, DestinationAddress)),
        in_device=draw(IN_DEVICES),
        out_device=draw(OUT_DEVICES),
        protocol=None if number is None else Protocol(number, number in (47, 200) and draw(BOOLEANS)),
        fragment=draw(FRAGMENTS) if version == 4 else None,
        matches=tuple(found),
        target=target,
    )

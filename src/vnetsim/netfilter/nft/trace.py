"""What `nft monitor trace` tells of a packet at a chain (nf_tables_trace.c; src/netlink.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from vnetsim.netfilter.nft.expression import VerdictExpr
from vnetsim.netfilter.nft.frame import FramePkt
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.proto import ETHER, IP, IP6, NETDEV, TCP, VLAN, Header
from vnetsim.netfilter.nft.rule import rule_line
from vnetsim.netfilter.nft.tables import NftChain, NftRuleEntry, NftTable, Result
from vnetsim.netfilter.packet import IpPacket, PktInfo
from vnetsim.netfilter.verdicts import DropVerdict, RejectVerdict, StolenVerdict
from vnetsim.values import define, frozen
from vnetsim.wire import ipv4

#: Bytes of headers of the transport layer in a message (NFT_TRACETYPE_TRANSPORT_HSIZE).
_TRANSPORT: Final = 20
#: Fields that are printed, in their order (`format` of struct proto_desc).
_PRINTED: Final = {
    "ether": "saddr daddr", "vlan": "pcp dei id", "arp": "operation",
    "ip": "saddr daddr dscp ecn ttl id protocol length",
    "ip6": "saddr daddr dscp ecn hoplimit flowlabel nexthdr length",
    "icmp": "type code id sequence", "icmpv6": "type code parameter-problem", "udp": "sport dport length",
    "tcp": "sport dport flags window",
}  # fmt: skip
#: Fields of the next protocol, which the families of one protocol imply.
_IMPLIED: Final = {"ip": "protocol", "ip6": "nexthdr"}
#: Of packets that `fwd` takes; not modelled.
STOLEN: Final = "stolen"
#: A table's family and name, the chain, and the handle of a rule.
RuleKey = tuple[str, str, str, int]


@frozen
class TraceStep:
    """A rule of a chain; `entry` None: the policy of the base chain."""

    chain: str
    entry: NftRuleEntry | None
    verdict: str


@define(eq=False)
class Trail:
    """What became of a packet in a base chain; `ip` as it was at the first step, `mark` at the last one."""

    steps: list[TraceStep] = attrs.field(factory=list)
    packet: PktInfo | None = None
    ip: IpPacket | None = None
    mark: int = 0

    def note(self, packet: PktInfo, chain: NftChain, entry: NftRuleEntry | None, verdict: str) -> None:
        if self.packet is None:
            self.packet, self.ip = packet, packet.ip
        self.mark = packet.mark
        self.steps.append(TraceStep(chain.name, entry, verdict))


def verdict_of(result: Result) -> str:
    if isinstance(result, StolenVerdict):
        return STOLEN
    if isinstance(result, (DropVerdict, RejectVerdict)):
        return "drop"
    if isinstance(result, VerdictExpr):
        return f"{result.kind} {result.chain}" if result.chain else result.kind
    return "continue" if result is None else "accept"


@frozen(eq=False)
class NftTrace:
    """A packet at a base chain: the devices by which it came and leaves, and its Ethernet header if it came."""

    id: int
    table: NftTable
    trail: Trail
    devices: tuple[str, str]
    link: bytes

    def lines(self, rules: Mapping[RuleKey, str], ctx: OutputContext) -> Iterator[str]:
        """As printed by a program that knows the text of some `rules`."""
        for number, step in enumerate(self.trail.steps):
            front = f"trace id {self.id:08x} {self.table} {step.chain} "
            if not number:
                yield f"{front}packet: {''.join(f'{part} ' for part in self._packet(ctx))}\n"
            if step.entry is None:
                mark = f"meta mark 0x{self.trail.mark:08x} " if self.trail.mark else ""
                yield f"{front}policy {step.verdict} {mark}\n"
                continue
            text = rules.get((*self.table.key, step.chain, step.entry.handle))
            rule = f"unknown rule handle {step.entry.handle}" if text is None else f"rule {text}"
            yield f"{front}{rule} (verdict {step.verdict})\n"

    def _packet(self, ctx: OutputContext) -> Iterator[str]:
        packet, ip = self.trail.packet, self.trail.ip
        assert packet is not None
        for name, device in zip(("iif", "oif"), self.devices, strict=True):
            if device:
                yield f'{name} "{device}"'
        if self.link:
            yield from self._fields(ETHER, self.link, ctx)
            if len(self.link) > ETHER.fields[-1].offset // 8 + 2:
                yield from self._fields(VLAN, self.link, ctx)
        header = NETDEV.upper(packet.ethertype)
        data = ip.encode() if packet.is_ip and ip is not None else _frame_bytes(packet)
        if header is not None:
            yield from self._fields(header, data, ctx)
        if packet.is_ip and ip is not None and not packet.fragment_offset:
            yield from self._transport(ip, data[len(data) - len(ip.encode_payload()) :], ctx)

    def _transport(self, ip: IpPacket, data: bytes, ctx: OutputContext) -> Iterator[str]:
        network = IP if isinstance(ip, ipv4.Packet) else IP6
        data = data[:_TRANSPORT]
        header = network.upper(ip.protocol if isinstance(ip, ipv4.Packet) else ip.encode()[6])
        known = 0
        if header is not None and header.name in _PRINTED:
            yield from self._fields(header, data, ctx)
            known = 20 if header is TCP else 8
        if rest := data[known:]:
            yield f"@th,{8 * known},{8 * len(rest)} 0x{int.from_bytes(rest, 'big'):x}"

    def _fields(self, header: Header, data: bytes, ctx: OutputContext) -> Iterator[str]:
        for name in _PRINTED[header.name].split():
            field = header.field(name)
            if field is None or _IMPLIED.get(self.table.family) == name:
                continue
            whole = int.from_bytes(data, "big")
            value = whole >> 8 * len(data) - field.offset - field.bits & (1 << field.bits) - 1
            yield f"{header.name} {name} {'== ' if name == 'flags' else ''}{field.datatype.text(value, ctx)}"


def _frame_bytes(packet: PktInfo) -> bytes:
    assert isinstance(packet, FramePkt)
    return packet.network_bytes()


def texts(table: NftTable, chain: NftChain, ctx: OutputContext) -> dict[RuleKey, str]:
    """The rules of a chain as they are now."""
    return {(*table.key, chain.name, entry.handle): rule_line(table, entry, ctx) for entry in chain.entries}

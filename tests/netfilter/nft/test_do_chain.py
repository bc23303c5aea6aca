"""Packets walk through chains, and those that are traced leave a trail."""

from __future__ import annotations

from vnetsim.netfilter.nft.do_chain import evaluate
from vnetsim.netfilter.nft.expression import VerdictExpr
from vnetsim.netfilter.nft.statement import VerdictStmt
from vnetsim.netfilter.nft.tables import NftChain, NftHook, NftRule, NftRuleEntry, NftTable
from vnetsim.netfilter.packet import NetContext, PktInfo
from vnetsim.netfilter.verdicts import DROP
from vnetsim.wire import ipv4
from vnetsim.wire.inet import IPv4


def test_only_traced_packets_leave_a_trail() -> None:
    base = NftChain("c", 1, NftHook(kind="filter", hook="input", priority=0, policy="drop"))
    base.entries = [NftRuleEntry(NftRule((VerdictStmt(VerdictExpr("jump", "w")),)), 3)]
    other = NftChain("w", 2, entries=[NftRuleEntry(NftRule((VerdictStmt(VerdictExpr("return")),)), 4)])
    table = NftTable("ip", "t", chains={"c": base, "w": other})
    packet = PktInfo(ipv4.Packet.build(IPv4(1), IPv4(2), 200, b""), NetContext())
    assert evaluate(table, base, packet).trail is None
    packet.traced, packet.mark = True, 7
    outcome = evaluate(table, base, packet)
    assert outcome.verdict == DROP
    assert outcome.trail is not None
    assert [(step.chain, step.verdict) for step in outcome.trail.steps] == [
        ("c", "jump w"), ("w", "return"), ("c", "drop"),
    ]  # fmt: skip
    assert outcome.trail.mark == 7

"""-m sctp and -m dccp."""

from __future__ import annotations

import pytest

from tests.netfilter.extensions.test_matches import fits
from tests.netfilter.packets_for_rules import CLIENT, SERVER, at
from vnetsim.errors import NotModelled
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.parse import parse_rule
from vnetsim.wire import ipv4

PORTS = (1000).to_bytes(2, "big") + (80).to_bytes(2, "big")


def sctp(*chunks: int) -> PktInfo:
    data = PORTS + bytes(8) + b"".join(bytes((chunk, 0, 0, 6, 1, 2, 0, 0)) for chunk in chunks)
    return at(ipv4.Packet.build(CLIENT, SERVER, 132, data))


def dccp(kind: int) -> PktInfo:
    return at(ipv4.Packet.build(CLIENT, SERVER, 33, PORTS + bytes((4, 0, 0, 0, kind << 1, 0, 0, 0))))


@pytest.mark.parametrize(
    ("rule", "packet", "found"),
    [
        ("-p sctp --dport 80", sctp(), True),
        ("-p sctp --sport 80", sctp(), False),
        ("-p sctp ! --sport 1:999", sctp(), True),
        ("-p sctp --chunk-types any INIT,DATA", sctp(0, 3), True),
        ("-p sctp --chunk-types all INIT,DATA", sctp(0, 3), False),
        ("-p sctp --chunk-types all DATA,SACK", sctp(0, 3, 4), True),
        ("-p sctp --chunk-types only DATA,SACK", sctp(0, 3), True),
        ("-p sctp --chunk-types only DATA", sctp(0, 3), False),
        ("-p sctp ! --chunk-types only DATA", sctp(0, 3), True),
        ("-p sctp --dport 80", at(), False),
        ("-p dccp --dport 80 --dccp-types DATA,ACK", dccp(3), True),
        ("-p dccp --dccp-types DATA", dccp(0), False),
        ("-p dccp ! --dccp-types DATA", dccp(0), True),
        ("-p dccp --dccp-types INVALID", dccp(15), True),
    ],
)
def test_a_packet_fits(rule: str, packet: PktInfo, found: bool) -> None:
    assert fits(rule, packet) is found


@pytest.mark.parametrize(
    ("rule", "saved", "numeric"),
    [
        (
            "-p sctp -m sctp --sport 1: --dport 5",
            "-p sctp -m sctp --sport 1:65535 --dport 5",
            "sctp spts:1:65535 dpt:5",
        ),
        ("-p sctp -m sctp --chunk-types all INIT_ACK", "-p sctp -m sctp --chunk-types all INIT_ACK", "sctp all 0x0002"),
        ("-p sctp -m sctp --chunk-types any ALL", "-p sctp -m sctp --chunk-types any ALL", "sctp any ALL"),
        ("-p dccp -m dccp ! --dport 1", "-p dccp -m dccp ! --dport 1", "dccp dpt:!1"),
        ("-p dccp -m dccp --dccp-types ACK,DATA", "-p dccp -m dccp --dccp-types DATA,ACK", "dccp 2,3"),
    ],
)  # fmt: skip
def test_a_match_is_printed(rule: str, saved: str, numeric: str) -> None:
    found = parse_rule(rule)
    assert str(found) == saved
    assert found.matches[0].listing(True) == numeric


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("-p sctp --chunk-types all BOGUS", "Unknown sctp chunk `BOGUS'"),
        ("-p sctp --chunk-types some DATA", 'Match type has to be one of "ALL", "ANY" or "ONLY"'),
        ("-p dccp --dccp-types BOGUS", "Unknown DCCP type `BOGUS'"),
    ],
)
def test_a_match_is_refused(rule: str, message: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        parse_rule(rule)
    assert refused.value.message == message


@pytest.mark.parametrize("rule", ["-p sctp --chunk-types all DATA:U", "-p dccp --dccp-option 5"])
def test_what_is_not_modelled_is_said(rule: str) -> None:
    with pytest.raises(NotModelled):
        parse_rule(rule)

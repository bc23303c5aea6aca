"""The tests of a filter on a packet's bytes, as libpcap's gencode.c compiles it.

A test that looks behind the end of a packet refuses it altogether.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.values import frozen
from vnetsim.wire.cooked import OUTGOING
from vnetsim.wire.inet import Address, Prefix

#: The offset of the packet type in a cooked header.
_KIND_AT: Final = 10
ONLY_MULTICAST: Final = (
    "link-layer multicast filters supported only on ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel"
)


class TooShort(Exception):
    """A load behind the end of the packet."""


class FilterError(ValueError):
    """The error of libpcap 1.10.3 for an expression, and that of 1.10.6 where it differs."""

    def __init__(self, message: str, newer: str | None = None) -> None:
        super().__init__(message)
        self.newer = message if newer is None else newer


class FilterSyntaxError(FilterError):
    """No expression at all."""

    def __init__(self) -> None:
        super().__init__("can't parse filter expression: syntax error")


def unfit(protocol: str, what: str, message: str) -> FilterError:
    """The protocol is no qualifier of this."""
    return FilterError(message, f"'{_canonical(protocol)}' is not a valid qualifier for '{what}'")


def _canonical(protocol: str) -> str:
    return "link" if protocol == "ether" else protocol


def only_ethernet(what: str, message: str) -> FilterError:
    return FilterError(message, f"'{what}' not supported on DLT_LINUX_SLL2 (Linux cooked v2)")


@frozen
class Sample:
    """A packet as it is filtered: what is there of it, its whole length, whether this machine sent it."""

    data: bytes
    length: int
    outgoing: bool = False

    def load(self, at: int, size: int = 1) -> int:
        if at < 0 or at + size > len(self.data):
            raise TooShort
        return int.from_bytes(self.data[at : at + size], "big")


Test = Callable[[Sample], bool]
Value = Callable[[Sample], int]

IPV4: Final = 0x0800
ARP: Final = 0x0806
RARP: Final = 0x8035
IPV6: Final = 0x86DD
_VLANS: Final = (0x8100, 0x88A8, 0x9100)
TCP: Final = 6
UDP: Final = 17
SCTP: Final = 132
ICMP: Final = 1
ICMP6: Final = 58
_FRAGMENT: Final = 44
#: Protocols that have ports.
WITH_PORTS: Final = (TCP, UDP, SCTP)


@frozen
class LinkLayout:
    """Where the type of what follows the link-layer header is, and where that begins; addresses on Ethernet only."""

    type_at: int
    network: int
    is_ethernet: bool
    is_live: bool = True

    def behind_tag(self) -> LinkLayout:
        return attrs.evolve(self, type_at=self.type_at + 4, network=self.network + 4)

    # --- the link layer -----------------------------------------------------------------------------------------------

    def carries(self, ethertype: int) -> Test:
        at = self.type_at
        return lambda sample: sample.load(at, 2) == ethertype

    def outgoing(self, keyword: str) -> Test:
        """What this machine sent: cooked headers contain it, for Ethernet frames only a capture in progress has it."""
        if not self.is_ethernet:
            return lambda sample: sample.load(_KIND_AT) == OUTGOING
        if not self.is_live:
            raise FilterError(
                "inbound/outbound not supported on Ethernet when reading savefiles",
                f"not a live capture, '{keyword}' not supported on DLT_EN10MB (Ethernet)",
            )
        return lambda sample: sample.outgoing

    def vlan(self, number: int | None) -> Test:
        if not self.is_ethernet:
            raise only_ethernet("vlan", "no VLAN support for Linux cooked v2")
        if number is not None and number > 0xFFF:
            raise FilterError(f"VLAN tag {number} greater than maximum 4095")
        at, network = self.type_at, self.network

        def test(sample: Sample) -> bool:
            if sample.load(at, 2) not in _VLANS:
                return False
            return number is None or sample.load(network, 2) & 0xFFF == number

        return test

    def station(self, mac: bytes, direction: str) -> Test:
        if not self.is_ethernet:
            raise only_ethernet(
                "link host XX:XX:XX:XX:XX:XX",
                "ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel",
            )
        wanted = int.from_bytes(mac, "big")
        return directed(
            direction, lambda sample: sample.load(6, 6) == wanted, lambda sample: sample.load(0, 6) == wanted
        )

    def broadcast(self) -> Test:
        if not self.is_ethernet:
            raise only_ethernet("broadcast", "not a broadcast link")
        return lambda sample: sample.load(0, 6) == 0xFFFF_FFFF_FFFF

    def multicast(self) -> Test:
        if not self.is_ethernet:
            raise only_ethernet("multicast", ONLY_MULTICAST)
        return lambda sample: bool(sample.load(0) & 1)

    # --- the network layer -------------------------------------------------------------------------------------------

    def protocol(self, number: int, family: int | None = None) -> Test:
        """Of IPv4, of IPv6 (behind a fragment header, too), or either."""
        network = self.network
        is4, is6 = self.carries(IPV4), self.carries(IPV6)

        def over4(sample: Sample) -> bool:
            return is4(sample) and sample.load(network + 9) == number

        def over6(sample: Sample) -> bool:
            if not is6(sample):
                return False
            following = sample.load(network + 6)
            return following == number or (following == _FRAGMENT and sample.load(network + 40) == number)

        return {4: over4, 6: over6}[family] if family is not None else either(over4, over6)

    def hosts(self, prefix: Prefix, direction: str, kinds: tuple[int, ...]) -> Test:
        """An address or network, in the packets of these ethertypes."""
        tests = [both(self.carries(kind), self._ends(prefix, direction, kind)) for kind in kinds]
        return lambda sample: any(test(sample) for test in tests)

    def _ends(self, prefix: Prefix, direction: str, kind: int) -> Test:
        size = prefix.address.bits // 8
        source, destination = _ADDRESSES[kind]
        at_source, at_destination = self.network + source, self.network + destination
        make = type(prefix.address)

        def is_in(at: int) -> Test:
            return lambda sample: make(sample.load(at, size)) in prefix

        return directed(direction, is_in(at_source), is_in(at_destination))

    def ports(self, first: int, last: int, direction: str, protocols: tuple[int, ...]) -> Test:
        """A port or range of one of these protocols; only the first fragment of IPv4 has ports."""
        network = self.network

        def test(sample: Sample, read: Value, protocol: int) -> bool:
            if protocol not in protocols:
                return False
            at = read(sample)

            def is_in(where: int) -> bool:
                return first <= sample.load(where, 2) <= last

            return _choose(direction, lambda: is_in(at), lambda: is_in(at + 2))

        is4, is6 = self.carries(IPV4), self.carries(IPV6)

        def over6(sample: Sample) -> bool:
            return is6(sample) and test(sample, lambda _: network + 40, sample.load(network + 6))

        def over4(sample: Sample) -> bool:
            if not is4(sample) or sample.load(network + 9) not in protocols:
                return False
            if sample.load(network + 6, 2) & 0x1FFF:
                return False
            return test(sample, self.transport, sample.load(network + 9))

        return either(over6, over4)

    def transport(self, sample: Sample) -> int:
        """Where the payload of an IPv4 packet begins."""
        return self.network + 4 * (sample.load(self.network) & 0xF)

    # --- arithmetic --------------------------------------------------------------------------------------------------

    def field(self, protocol: str, index: Value, size: int) -> tuple[Value, Test]:
        """`tcp[13]`: the value, and whether the packet is of that kind at all; FilterError where that is no number."""
        if size not in (1, 2, 4):
            raise FilterError("data size must be 1, 2, or 4")
        network = self.network
        if protocol in ("ether", "link"):
            return (lambda sample: sample.load(index(sample), size)), always
        if protocol in _NETWORKS:
            return (lambda sample: sample.load(network + index(sample), size)), self.carries(_NETWORKS[protocol])
        if protocol == "icmp6":
            return (lambda sample: sample.load(network + 40 + index(sample), size)), self.protocol(ICMP6, 6)
        if protocol not in _TRANSPORTS:
            raise FilterError("unsupported index operation", f"'{protocol}' does not support the index operation")
        whole = self._first_fragment()
        kind = both(self.protocol(_TRANSPORTS[protocol], 4), whole)
        return (lambda sample: sample.load(self.transport(sample) + index(sample), size)), kind

    def _first_fragment(self) -> Test:
        network = self.network
        return lambda sample: not sample.load(network + 6, 2) & 0x1FFF


ETHERNET: Final = LinkLayout(12, 14, is_ethernet=True)
COOKED: Final = LinkLayout(0, 20, is_ethernet=False)
#: Where the addresses are behind the link-layer header: source and destination.
_ADDRESSES: Final = {IPV4: (12, 16), IPV6: (8, 24), ARP: (14, 24), RARP: (14, 24)}
_NETWORKS: Final = {"ip": IPV4, "ip6": IPV6, "arp": ARP, "rarp": RARP}
_TRANSPORTS: Final = {
    "tcp": TCP, "udp": UDP, "sctp": SCTP, "icmp": ICMP, "igmp": 2, "igrp": 9, "pim": 103, "vrrp": 112, "carp": 112,
}  # fmt: skip


# --- together --------------------------------------------------------------------------------------------------------


def always(_: Sample) -> bool:
    return True


def both(one: Test, other: Test) -> Test:
    return lambda sample: one(sample) and other(sample)


def either(one: Test, other: Test) -> Test:
    return lambda sample: one(sample) or other(sample)


def negated(test: Test) -> Test:
    return lambda sample: not test(sample)


def directed(direction: str, source: Test, destination: Test) -> Test:
    return lambda sample: _choose(direction, lambda: source(sample), lambda: destination(sample))


def _choose(direction: str, source: Callable[[], bool], destination: Callable[[], bool]) -> bool:
    if direction == "src":
        return source()
    if direction == "dst":
        return destination()
    if direction == "and":
        return source() and destination()
    return source() or destination()


def accepts(test: Test, sample: Sample) -> bool:
    try:
        return test(sample)
    except (TooShort, ZeroDivisionError):
        return False


def prefix_of(address: Address, length: int | None = None) -> Prefix:
    return Prefix.of(address, address.bits if length is None else length)

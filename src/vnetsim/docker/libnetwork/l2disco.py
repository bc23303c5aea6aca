"""Unsolicited ARP requests and neighbour advertisements for an endpoint's addresses (libnetwork/osl, internal/l2disco).

Neighbours that still have the MAC address of the previous container update their entry at once.

Not modelled: the raw socket of the advertisements; they leave by a packet socket, so that ip6tables of the container
does not see them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.docker.gotypes import parse_int, quote
from vnetsim.errors import EngineError
from vnetsim.process import Process, Program
from vnetsim.values import frozen
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import ARP, IPV6, Frame
from vnetsim.wire.icmpv6 import OVERRIDE, PROTOCOL, Icmpv6
from vnetsim.wire.inet import Address, IPv4, IPv6
from vnetsim.wire.ipv6 import Packet
from vnetsim.wire.mac import BROADCAST, Mac

MESSAGES: Final = "com.docker.network.advertise_addr_nmsgs"
INTERVAL: Final = "com.docker.network.advertise_addr_ms"
_MOST_MESSAGES: Final = 3
_INTERVALS_MS: Final = (100, 2000)
_ALL_NODES: Final = IPv6.parse("ff02::1")
_ALL_NODES_MAC: Final = Mac.parse("33:33:00:00:00:01")
#: RFC 4861, 3.1.
_HOP_LIMIT: Final = 255


@frozen(kw_only=True)
class Schedule:
    """How many messages are sent for each address, and how many nanoseconds apart."""

    messages: int = _MOST_MESSAGES
    interval_ns: int = SECOND


def schedule(options: Mapping[str, str]) -> Schedule:
    """The schedule in a network's options: EngineError 400 for invalid or out-of-range values."""
    found = Schedule()
    if MESSAGES in options:
        messages = _number(options, MESSAGES, "an integer", (0, _MOST_MESSAGES))
        found = attrs.evolve(found, messages=messages)
    if INTERVAL in options:
        interval = _number(options, INTERVAL, "integer milliseconds", _INTERVALS_MS) * MILLISECOND
        found = attrs.evolve(found, interval_ns=interval)
    return found


def _number(options: Mapping[str, str], option: str, kind: str, limits: tuple[int, int]) -> int:
    try:
        number = parse_int(options[option])
    except ValueError:
        raise EngineError(400, f"value for option {option} {quote(options[option])} must be {kind}") from None
    low, high = limits
    if not low <= number <= high:
        raise EngineError(400, f"{option} must be in the range {low} to {high}")
    return number


def advertiser(device: str, mac: Mac, addresses: list[Address], timing: Schedule) -> Callable[[Process], Program]:
    """A program that advertises the addresses of `device` and ends when the device has gone or changed."""
    frames = [_advertisement(address, mac) for address in addresses]

    def main(process: Process) -> Program:
        socket = process.network.packet_socket(device, receives=False)
        try:
            for message in range(timing.messages):
                if message:
                    yield process.sleep(timing.interval_ns)
                if not process.network.has_link(device, mac):
                    break
                for frame in frames:
                    socket.send(frame)
        finally:
            socket.close()
        return 0

    return main


def _advertisement(address: Address, mac: Mac) -> Frame:
    if isinstance(address, IPv4):
        return Frame.build(BROADCAST, mac, ARP, Arp.request(mac, address, address))
    own = IPv6(address)
    message = Icmpv6.neighbor_advertisement(own, mac, OVERRIDE)
    return Frame.build(
        _ALL_NODES_MAC, mac, IPV6, Packet.build(own, _ALL_NODES, PROTOCOL, message, hop_limit=_HOP_LIMIT)
    )

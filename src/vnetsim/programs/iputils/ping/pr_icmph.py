"""ICMP errors as ping prints them (iputils: pr_icmph of ping.c and ping6_common.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.wire import icmp
from vnetsim.wire.inet import IPv4

_UNREACHABLE: Final = {
    icmp.NET_UNREACHABLE: "Destination Net Unreachable",
    icmp.HOST_UNREACHABLE: "Destination Host Unreachable",
    icmp.PROTOCOL_UNREACHABLE: "Destination Protocol Unreachable",
    icmp.PORT_UNREACHABLE: "Destination Port Unreachable",
    icmp.SOURCE_ROUTE_FAILED: "Source Route Failed",
    icmp.NET_UNKNOWN: "Destination Net Unknown",
    icmp.HOST_UNKNOWN: "Destination Host Unknown",
    icmp.HOST_ISOLATED: "Source Host Isolated",
    icmp.NET_PROHIBITED: "Destination Net Prohibited",
    icmp.HOST_PROHIBITED: "Destination Host Prohibited",
    icmp.NET_UNREACHABLE_FOR_TOS: "Destination Net Unreachable for Type of Service",
    icmp.HOST_UNREACHABLE_FOR_TOS: "Destination Host Unreachable for Type of Service",
    icmp.COMMUNICATION_PROHIBITED: "Packet filtered",
    icmp.HOST_PRECEDENCE_VIOLATION: "Precedence Violation",
    icmp.PRECEDENCE_CUTOFF: "Precedence Cutoff",
}
_REDIRECT: Final = {
    icmp.REDIRECT_NET: "Redirect Network",
    icmp.REDIRECT_HOST: "Redirect Host",
    icmp.REDIRECT_NET_FOR_TOS: "Redirect Type of Service and Network",
    icmp.REDIRECT_HOST_FOR_TOS: "Redirect Type of Service and Host",
}
_EXCEEDED: Final = {
    icmp.TTL_EXCEEDED: "Time to live exceeded",
    icmp.REASSEMBLY_TIME_EXCEEDED: "Frag reassembly time exceeded",
}
_UNREACHABLE6: Final = {
    0: "No route",
    1: "Administratively prohibited",
    2: "Beyond scope of source address",
    3: "Address unreachable",
    4: "Port unreachable",
}
_EXCEEDED6: Final = {0: "Hop limit", 1: "Defragmentation failure"}


def describe(version: int, kind: int, code: int, rest: int) -> str:
    """`rest` is what follows the checksum of the message: an MTU, an address or a pointer."""
    return _describe6(kind, code, rest) if version == 6 else _describe4(kind, code, rest)


def _describe4(kind: int, code: int, rest: int) -> str:
    if kind == icmp.DESTINATION_UNREACHABLE:
        if code == icmp.FRAGMENTATION_NEEDED:
            return f"Frag needed and DF set (mtu = {rest & 0xFFFF})"
        return _UNREACHABLE.get(code, f"Dest Unreachable, Bad Code: {code}")
    if kind == icmp.REDIRECT:
        return f"{_REDIRECT.get(code, f'Redirect, Bad Code: {code}')}(New nexthop: {IPv4(rest)})"
    if kind == icmp.TIME_EXCEEDED:
        return _EXCEEDED.get(code, f"Time exceeded, Bad Code: {code}")
    if kind == icmp.PARAMETER_PROBLEM:
        return f"Parameter problem: pointer = {rest >> 24}"
    return "Source Quench" if kind == icmp.SOURCE_QUENCH else f"Bad ICMP type: {kind}"


def _describe6(kind: int, code: int, rest: int) -> str:
    if kind == 1:
        return f"Destination unreachable: {_UNREACHABLE6.get(code, f'Unknown code {code}')}"
    if kind == 2:
        return f"Packet too big: mtu={rest}" + (f", code={code}" if code else "")
    if kind == 3:
        return f"Time exceeded: {_EXCEEDED6.get(code, f'code {code}')}"
    return f"unknown icmp type: {kind}"

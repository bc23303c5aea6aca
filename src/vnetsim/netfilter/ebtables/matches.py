"""Options of the matches of ebtables: arp, ip, ip6, limit, mark, pkttype, vlan (extensions/libebt_*.c).

`find(name)` gives an option, whose `build` makes the condition; EbtablesRefusal as ebtables complains.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.netfilter import options
from vnetsim.netfilter.ebtables.among_options import AMONG
from vnetsim.netfilter.ebtables.errors import usage
from vnetsim.netfilter.ebtables.ethertypes import ethertype
from vnetsim.netfilter.ebtables.frame import FrameInfo
from vnetsim.netfilter.ebtables.ip_options import family
from vnetsim.netfilter.ebtables.match_option import (
    Build,
    EbMatchOption,
    hexadecimal,
    masked_mac,
    network_text,
    plain,
    plain_mac_text,
)
from vnetsim.netfilter.ebtables.rules import EbCondition, FrameTest
from vnetsim.netfilter.ebtables.stp_options import STP
from vnetsim.netfilter.ebtables.watchers import WATCHERS, log_conditions, nflog_conditions
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_limit import Limit, read_rate
from vnetsim.wire.inet import IPv4

OPCODES: Final = (
    "Request", "Reply", "Request_Reverse", "Reply_Reverse", "DRARP_Request", "DRARP_Reply", "DRARP_Error",
    "InARP_Request", "ARP_NAK",
)  # fmt: skip
_CLASSES: Final = ("host", "broadcast", "multicast", "otherhost", "outgoing", "loopback", "fastroute")
_SCALE: Final = 10_000
_PORTS_OF: Final = (6, 17, 33, 132, 136)


# --- arp --------------------------------------------------------------------------------------------------------------


def _arp_opcode(text: str, negated: bool) -> EbCondition:
    number = next((at for at, name in enumerate(OPCODES, 1) if name.lower() == text.lower()), None)
    if number is None:
        if not is_digits(text):
            raise usage("Problem with specified ARP opcode")
        number = int(text)
    name = OPCODES[number - 1] if 0 < number <= len(OPCODES) else str(number)

    def test(frame: FrameInfo) -> bool:
        return frame.arp is not None and frame.arp.operation == number

    return plain("--arp-op", name, test, negated)


def _arp_htype(text: str, negated: bool) -> EbCondition:
    number = 1 if text.lower() == "ethernet" else int(text) if is_digits(text) else None
    if number is None:
        raise usage("Problem with specified ARP hardware type")
    return plain("--arp-htype", str(number), lambda frame: frame.arp is not None and number == 1, negated)


def _arp_ptype(text: str, negated: bool) -> EbCondition:
    number = hexadecimal(text)
    if number is None:
        number = ethertype(text)
    if number is None:
        raise usage("Problem with specified ARP protocol type")
    return plain("--arp-ptype", f"0x{number:x}", lambda frame: frame.arp is not None and number == 0x0800, negated)


def _arp_ip(option: str, side: str) -> Build:
    def build(text: str, negated: bool) -> EbCondition:
        host, slash, mask_text = text.partition("/")
        address = options.address(host, 4)
        mask = options.mask(mask_text, 4) if slash else 0xFFFF_FFFF
        if mask is None:
            raise usage(f"invalid mask `{mask_text}' specified")
        if address is None:
            raise usage(f"host/network `{host}' not found")
        network = int(address) & mask

        def test(frame: FrameInfo) -> bool:
            return frame.arp is not None and int(getattr(frame.arp, side)) & mask == network

        return plain(option, network_text(IPv4(network), mask), test, negated)

    return build


def _arp_mac(option: str, side: str) -> Build:
    def build(text: str, negated: bool) -> EbCondition:
        found = masked_mac(text)
        if found is None:
            raise usage("Problem with ARP MAC address argument")
        address, mask = found

        def test(frame: FrameInfo) -> bool:
            return frame.arp is not None and int(getattr(frame.arp, side)) & mask == address

        return plain(option, plain_mac_text(address, mask), test, negated)

    return build


def _gratuitous(_text: str, negated: bool) -> EbCondition:
    def test(frame: FrameInfo) -> bool:
        return frame.arp is not None and frame.arp.sender_ip == frame.arp.target_ip

    return EbCondition("--arp-gratuitous", "", lambda: test, negated, before=True)


# --- vlan, mark, pkttype, limit ---------------------------------------------------------------------------------------


def _vlan_number(option: str, most: int, of: Callable[[FrameInfo], int | None]) -> Build:
    def build(text: str, negated: bool) -> EbCondition:
        if not is_digits(text) or int(text) > most:
            raise usage(f"Invalid {option} range ('{text}')")
        value = int(text)
        return EbCondition(option, text, lambda: lambda frame: of(frame) == value, negated)

    return build


def _vlan_encap(text: str, negated: bool) -> EbCondition:
    value = hexadecimal(text)
    if value is None:
        value = ethertype(text)
    if value is None:
        raise usage(f"Unknown --vlan-encap value ('{text}')")
    if value < 60:
        raise usage(f"Invalid --vlan-encap range ('{text}')")

    def test(frame: FrameInfo) -> bool:
        return frame.tag is not None and frame.tag.ethertype == value

    return plain("--vlan-encap", f"{value:04X}", test, negated)


def _mark(text: str, negated: bool) -> EbCondition:
    value_text, slash, mask_text = text.partition("/")
    value = 0 if slash and not value_text else options.number(value_text)
    mask = options.number(mask_text) if slash else options.UINT32_MAX
    if value is None or mask is None:
        raise usage(f"Bad mark value '{text}'")
    if slash and not value_text:
        return plain("--mark", f"/0x{mask:x}", lambda frame: bool(frame.mark & mask), negated)
    printed = f"0x{value:x}" + (f"/0x{mask:x}" if mask != options.UINT32_MAX else "")
    return plain("--mark", printed, lambda frame: frame.mark & mask == value, negated)


def _pkttype(text: str, negated: bool) -> EbCondition:
    if text not in _CLASSES:
        raise usage(f"Could not parse class '{text}'")
    return plain("--pkttype-type", text, lambda frame: frame.packet_type == text, negated)


def _limit(text: str, _negated: bool) -> EbCondition:
    try:
        found = read_rate(text, _SCALE)
    except ArgumentError as refused:
        raise usage(refused.message) from None
    if found is None:
        raise usage(f"bad rate `{text}'")
    return EbCondition("--limit", str(Limit(*found)).partition("--limit ")[2].split()[0], lambda: lambda _frame: True)


def _limit_burst(text: str, _negated: bool) -> EbCondition:
    if not is_digits(text) or not 0 < int(text) <= 10_000:
        raise usage(f"bad --limit-burst `{text}'")
    return EbCondition("--limit-burst", text, lambda: lambda _frame: True)


def limit_conditions(given: dict[str, EbCondition]) -> list[EbCondition]:
    """Both options of limit, with the bucket that they share."""
    rate_text = given["--limit"].text if "--limit" in given else "3/hour"
    burst = int(given["--limit-burst"].text) if "--limit-burst" in given else 5
    rate = read_rate(rate_text, _SCALE)
    assert rate is not None
    limit = Limit(*rate, burst)

    def make() -> FrameTest:
        bucket = limit.bucket()
        return lambda frame: bucket.take_at(frame.now)

    return [
        EbCondition("--limit", rate_text, make),
        EbCondition("--limit-burst", str(burst), lambda: lambda _frame: True),
    ]


_OPCODE: Final = EbMatchOption("arp", 0, _arp_opcode)
_TABLE: Final[dict[str, EbMatchOption]] = {
    **family("ip", 4),
    **family("ip6", 6),
    **STP,
    **AMONG,
    **WATCHERS,
    "arp-opcode": _OPCODE,
    "arp-op": _OPCODE,
    "arp-htype": EbMatchOption("arp", 1, _arp_htype),
    "arp-ptype": EbMatchOption("arp", 2, _arp_ptype),
    "arp-ip-src": EbMatchOption("arp", 3, _arp_ip("--arp-ip-src", "sender_ip")),
    "arp-ip-dst": EbMatchOption("arp", 4, _arp_ip("--arp-ip-dst", "target_ip")),
    "arp-mac-src": EbMatchOption("arp", 5, _arp_mac("--arp-mac-src", "sender_mac")),
    "arp-mac-dst": EbMatchOption("arp", 6, _arp_mac("--arp-mac-dst", "target_mac")),
    "arp-gratuitous": EbMatchOption("arp", 7, _gratuitous, takes=False),
    "vlan-id": EbMatchOption(
        "vlan", 0, _vlan_number("--vlan-id", 4094, lambda frame: None if frame.tag is None else frame.tag.vlan)
    ),
    "vlan-prio": EbMatchOption(
        "vlan", 1, _vlan_number("--vlan-prio", 7, lambda frame: None if frame.tag is None else frame.tag.priority)
    ),
    "vlan-encap": EbMatchOption("vlan", 2, _vlan_encap),
    "mark": EbMatchOption("mark_m", 0, _mark),
    "pkttype-type": EbMatchOption("pkttype", 0, _pkttype),
    "limit": EbMatchOption("limit", 0, _limit),
    "limit-burst": EbMatchOption("limit", 1, _limit_burst),
}


def find(name: str) -> EbMatchOption | None:
    """An option by its name without dashes."""
    return _TABLE.get(name)


def names() -> list[str]:
    return list(_TABLE)


def conditions(extension: str, own: list[EbCondition], *, deleted: bool) -> list[EbCondition]:
    """What the options of an extension mean together; `deleted`: in a rule that is looked for."""
    by_option = {condition.option: condition for condition in own}
    whole = {"limit": limit_conditions, "log": log_conditions, "nflog": nflog_conditions}.get(extension)
    if whole is not None:
        return whole(by_option)
    return without_priority(own) if extension == "vlan" and not deleted else own


def without_priority(own: list[EbCondition]) -> list[EbCondition]:
    """ebt_vlan_mt_check: the kernel drops the priority of a rule that names a VLAN other than 0."""
    if any(condition.option == "--vlan-id" and condition.text != "0" for condition in own):
        return [condition for condition in own if condition.option != "--vlan-prio"]
    return own


def is_incomplete(given: dict[str, list[EbCondition]], protocol: str, negated: bool) -> bool:
    """Whether the kernel refuses the extensions: they need a protocol of Ethernet, and ports one of IP."""
    needs = {"ip": "IPv4", "ip6": "IPv6", "vlan": "802_1Q"}
    for extension, name in needs.items():
        if extension in given and (negated or protocol != name):
            return True
    if "arp" in given and (negated or protocol not in ("ARP", "RARP")):
        return True
    for extension in ("ip", "ip6"):
        by_option = {
            condition.option.removeprefix(f"--{extension}-"): condition for condition in given.get(extension, ())
        }
        own = by_option.get("proto")
        number = None if own is None or own.negated else options.protocol_number(own.text)
        if by_option.keys() & {"sport", "dport"} and number not in _PORTS_OF:
            return True
        if "icmp-type" in by_option and number != (1 if extension == "ip" else 58):
            return True
    return False

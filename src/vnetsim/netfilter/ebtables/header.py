"""Conditions on the Ethernet header and the devices: -p, -s, -d, -i, -o, --logical-in, --logical-out."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.ebtables.errors import usage
from vnetsim.netfilter.ebtables.ethertypes import ethertype, ethertype_name
from vnetsim.netfilter.ebtables.frame import FrameInfo
from vnetsim.netfilter.ebtables.match_option import hexadecimal, mac_text, masked_mac
from vnetsim.netfilter.ebtables.rules import EbCondition
from vnetsim.wire.ethernet import LOWEST_ETHERTYPE

#: The field of a frame by the option that is about it.
_FIELDS: Final = {
    "-i": "in_device", "--logical-in": "logical_in", "-o": "out_device", "--logical-out": "logical_out",
}  # fmt: skip


def protocol(text: str, negated: bool) -> EbCondition:
    if text.upper() == "LENGTH":
        return EbCondition("-p", "Length", lambda: _has_length, negated)
    number = hexadecimal(text)
    if number is not None and not 0 <= number <= 0xFFFF:
        raise usage("Problem with the specified protocol")
    if number is None:
        number = ethertype(text)
    if number is None:
        said = "perhaps /etc/ethertypes is missing"
        raise usage(f"Problem with the specified Ethernet protocol '{text}', {said}")
    if number < LOWEST_ETHERTYPE:
        raise usage("Sorry, protocols have values above or equal to 0x0600")
    return EbCondition("-p", ethertype_name(number), lambda: lambda frame: frame.frame.ethertype == number, negated)


def _has_length(frame: FrameInfo) -> bool:
    return frame.frame.ethertype < LOWEST_ETHERTYPE


def device(option: str, name: str, negated: bool) -> EbCondition:
    field = _FIELDS[option]
    start, plus, rest = name.partition("+")
    if rest:
        raise usage("Spurious characters after '+' wildcard")
    if name == "+":
        raise NotModelled(f"ebtables {option} +")

    def test(frame: FrameInfo) -> bool:
        found: str = getattr(frame, field)
        return found.startswith(start) if plus else found == name

    return EbCondition(option, name, lambda: test, negated)


def address(letter: str, text: str, negated: bool) -> EbCondition:
    found = masked_mac(text)
    if found is None:
        raise usage(f"Problem with specified {'source' if letter == 's' else 'destination'} mac '{text}'")
    address, mask = found

    def test(frame: FrameInfo) -> bool:
        own = frame.frame.source if letter == "s" else frame.frame.destination
        return own & mask == address

    return EbCondition(f"-{letter}", mac_text(address, mask), lambda: test, negated)

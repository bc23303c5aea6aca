"""The matches among and 802_3 of ebtables (extensions/libebt_among.c and libebt_802_3.c, ebt_802_3.c).

iptables 1.8.9 makes of among a lookup in a set: with IP addresses it is about packets of IPv4 alone, negated or not.
It cannot delete such a rule by its text.  Not modelled, and refused: pairs that are there twice, a comma at the end,
sets in which some addresses have an IP address and some have none, files, and watchers beside it, which iptables
forgets.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter import options
from vnetsim.netfilter.ebtables.errors import usage
from vnetsim.netfilter.ebtables.frame import FrameInfo
from vnetsim.netfilter.ebtables.match_option import Build, EbMatchOption, hexadecimal, plain
from vnetsim.netfilter.ebtables.rules import EbCondition
from vnetsim.values import frozen
from vnetsim.wire.ethernet import HEADER_LENGTH
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import Mac


@frozen
class _Pair:
    mac: int
    ip: int | None

    @classmethod
    def parse(cls, text: str) -> _Pair:
        mac_text, equals, ip_text = text.partition("=")
        try:
            mac = int(Mac.parse(mac_text))
        except ValueError:
            raise usage(f"Invalid MAC address '{mac_text}'") from None
        address = options.address(ip_text, 4) if equals else None
        if equals and address is None:
            raise usage(f"Invalid IP address '{ip_text}'")
        return cls(mac, None if address is None else int(address))

    def __str__(self) -> str:
        """ether_ntoa(3) writes no leading zeros."""
        mac = ":".join(f"{byte:x}" for byte in self.mac.to_bytes(6, "big"))
        return mac if self.ip is None else f"{mac}={IPv4(self.ip)}"


def _among(side: str) -> Build:
    def build(text: str, negated: bool) -> EbCondition:
        if text.endswith(","):
            raise NotModelled(f"ebtables --among-{side} {text}")
        pairs = sorted((_Pair.parse(each) for each in text.split(",")), key=lambda pair: (pair.mac, pair.ip or 0))
        if len(set(pairs)) < len(pairs) or len({pair.ip is None for pair in pairs}) > 1:
            raise NotModelled(f"ebtables --among-{side} {text}")
        known = {(pair.mac, pair.ip) for pair in pairs}
        with_address = pairs[0].ip is not None

        def test(frame: FrameInfo) -> bool:
            mac = frame.frame.source if side == "src" else frame.frame.destination
            if not with_address:
                return ((int(mac), None) in known) != negated
            if frame.ip is None:
                return False
            return ((int(mac), int(frame.ip.source if side == "src" else frame.ip.destination)) in known) != negated

        shown = ",".join(map(str, pairs))
        return EbCondition(f"--among-{side}", f"{'! ' if negated else ''}{shown}", lambda: test)

    return build


def _from_file(text: str, _negated: bool) -> EbCondition:
    raise NotModelled(f"ebtables: the file {text} of --among-src-file or --among-dst-file")


def _service_access_points(text: str, negated: bool) -> EbCondition:
    value = hexadecimal(text) or 0
    if not 0 < value <= 0xFF:
        raise usage(f"Problem with specified sap hex value, {value:x}")

    def test(frame: FrameInfo) -> bool:
        data = frame.frame.encode()[HEADER_LENGTH:]
        return (data[1] == value) != negated and (data[0] == value) != negated

    return EbCondition("--802_3-sap", f"{'! ' if negated else ''}0x{value:02x}", lambda: test)


def _type(text: str, negated: bool) -> EbCondition:
    """No frame has a SNAP header here."""
    value = hexadecimal(text) or 0
    if not 0 < value <= 0xFFFF:
        raise usage(f"Problem with the specified type hex value, {value:x}")
    return plain("--802_3-type", f"{'! ' if negated else ''}0x{value:04x}", lambda _frame: False, False)


AMONG: Final[dict[str, EbMatchOption]] = {
    "among-src": EbMatchOption("among", 0, _among("src"), repeats=True),
    "among-dst": EbMatchOption("among", 1, _among("dst"), repeats=True),
    "among-src-file": EbMatchOption("among", 0, _from_file),
    "among-dst-file": EbMatchOption("among", 1, _from_file),
    "802_3-sap": EbMatchOption("802_3", 0, _service_access_points, repeats=True),
    "802_3-type": EbMatchOption("802_3", 1, _type, repeats=True),
}

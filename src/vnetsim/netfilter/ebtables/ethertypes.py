"""Names of ethertypes (/etc/ethertypes of Debian's netbase)."""

from __future__ import annotations

from typing import Final

_TABLE: Final = """
    IPv4=0800=ip,ip4 X25=0805 ARP=0806=ether-arp FR_ARP=0808 BPQ=08FF TRILL=22F3 L2-IS-IS=22F4 TEB=6558 RAW_FR=6559
    RARP=8035 ATALK=809B AARP=80F3 802_1Q=8100=8021q,1q,802.1q,dot1q IPX=8137 NetBEUI=8191 IPv6=86DD=ip6 PPP=880B
    MPLS=8847 MPLS_MULTI=8848 ATMMPOA=884C PPP_DISC=8863 PPP_SES=8864 ATMFATE=8884 EAPOL=888E S-TAG=88A8
    EAP_PREAUTH=88C7 LLDP=88CC MACSEC=88E5 PBB=88E7=macinmac MVRP=88F5 PTP=88F7 FCOE=8906 FIP=8914 ROCE=8915
    LoWPAN=A0ED
"""
_NAMES: Final[dict[int, str]] = {}
_NUMBERS: Final[dict[str, int]] = {}
for _entry in _TABLE.split():
    _name, _number, *_others = _entry.split("=")
    _NAMES[int(_number, 16)] = _name
    for _each in (_name, *",".join(_others).split(",")):
        _NUMBERS[_each.lower()] = int(_number, 16)


def ethertype(name: str) -> int | None:
    """By its name, in any case."""
    return _NUMBERS.get(name.lower()) if name else None


def ethertype_name(number: int) -> str:
    """Its name, or the number in hexadecimal digits."""
    return _NAMES.get(number, f"0x{number:x}")

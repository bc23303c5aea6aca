"""Ethernet addresses (IEEE 802)."""

from __future__ import annotations

import re
from typing import Final

_TEXT: Final = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")


class Mac(int):
    """A 48-bit Ethernet address; an integer, so hashing and comparing cost nothing."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Mac:
        """`02:0:a:0:0:1` as ether_aton(3) reads it; ValueError otherwise."""
        if not _TEXT.fullmatch(text):
            raise ValueError(f"{text!r} is not an Ethernet address")
        return cls.from_bytes(bytes(int(octet, 16) for octet in text.split(":")), "big")

    @property
    def is_multicast(self) -> bool:
        """True for group addresses, broadcast included: the lowest bit of the first octet."""
        return bool(self >> 40 & 1)

    def __str__(self) -> str:
        return self.to_bytes(6, "big").hex(":")

    def __repr__(self) -> str:
        return f"Mac({str(self)!r})"


class ProtocolAddress(Mac):
    """The IPv4 address that a tunnel has instead of an Ethernet address."""

    __slots__ = ()

    def __str__(self) -> str:
        return ".".join(map(str, (self & 0xFFFF_FFFF).to_bytes(4, "big")))


BROADCAST: Final = Mac(0xFFFF_FFFF_FFFF)
UNKNOWN: Final = Mac(0)

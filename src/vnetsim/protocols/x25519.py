"""Curve25519 (RFC 7748): public keys and shared secrets.

Written to be right, not to keep secrets: its time depends on the keys.
"""

from __future__ import annotations

from typing import Final

LENGTH: Final = 32
_PRIME: Final = 2**255 - 19
_A24: Final = 121665
_BASE: Final = (9).to_bytes(LENGTH, "little")


def clamped(private: bytes) -> bytes:
    """decodeScalar25519: a private key as it is used."""
    return bytes((private[0] & 248, *private[1:31], private[31] & 127 | 64))


def x25519(private: bytes, point: bytes) -> bytes:
    """A scalar times a point, by the u-coordinates: RFC 7748, 5."""
    scalar = int.from_bytes(clamped(private), "little")
    x1 = (int.from_bytes(point, "little") & (1 << 255) - 1) % _PRIME
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for bit in range(254, -1, -1):
        digit = scalar >> bit & 1
        if swap ^ digit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = digit
        x2, z2, x3, z3 = _step(x1, x2, z2, x3, z3)
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, _PRIME - 2, _PRIME) % _PRIME).to_bytes(LENGTH, "little")


def _step(x1: int, x2: int, z2: int, x3: int, z3: int) -> tuple[int, int, int, int]:
    """One step of the Montgomery ladder."""
    a, b = x2 + z2, x2 - z2
    aa, bb = a * a % _PRIME, b * b % _PRIME
    e = aa - bb
    da, cb = (x3 - z3) * a % _PRIME, (x3 + z3) * b % _PRIME
    return aa * bb % _PRIME, e * (aa + _A24 * e) % _PRIME, (da + cb) ** 2 % _PRIME, x1 * (da - cb) ** 2 % _PRIME


def public_key(private: bytes) -> bytes:
    return x25519(private, _BASE)

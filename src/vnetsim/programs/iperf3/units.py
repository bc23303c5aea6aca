"""Numbers as iperf3 writes and reads them (units.c)."""

from __future__ import annotations

from typing import Final

_FACTORS: Final = {"k": 1, "m": 2, "g": 3, "t": 4}
_BYTES: Final = ("Byte", "KByte", "MByte", "GByte", "TByte")
_BITS: Final = ("bit", "Kbit", "Mbit", "Gbit", "Tbit")


def amount(text: str, base: int) -> int:
    """`10M`: 10 * `base` ** 2; what is no number is 0, as for sscanf(3)."""
    digits = text.rstrip("kmgtKMGT")
    factor = base ** _FACTORS.get(text[len(digits) : len(digits) + 1].lower(), 0)
    try:
        return int(float(digits) * factor)
    except ValueError:
        return 0


def written(size: float, form: str) -> str:
    """`12.2 MByte`, `103 Mbit`: `form` is a for bits and A for bytes as they come, or k, m, g, t, K, M, G, T."""
    bits = form.islower()
    value, base, names = (size * 8, 1000, _BITS) if bits else (size, 1024, _BYTES)
    index = 0
    if form in "aA":
        while value >= base and index < len(names) - 1:
            value, index = value / base, index + 1
    else:
        index = _FACTORS[form.lower()]
        value /= base**index
    if value < 9.995:
        return f"{value:4.2f} {names[index]}"
    return f"{value:4.1f} {names[index]}" if value < 99.95 else f"{value:4.0f} {names[index]}"

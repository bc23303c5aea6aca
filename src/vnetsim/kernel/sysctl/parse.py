"""How the kernel reads the text that is written to a sysctl (kernel/sysctl.c)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError


def bitmap(text: str, size: int) -> str:
    """proc_do_large_bitmap, of `size` bits: what is written is kept as the fewest ranges."""
    bits: set[int] = set()
    for each in filter(None, text.strip().split(",")):
        bounds = each.split("-")
        if len(bounds) > 2 or not all(bound.isascii() and is_digits(bound) for bound in bounds):
            raise KernelError(Errno.EINVAL)
        first, last = int(bounds[0]), int(bounds[-1])
        if not first <= last < size:
            raise KernelError(Errno.EINVAL)
        bits.update(range(first, last + 1))
    starts = sorted(bit for bit in bits if bit - 1 not in bits)
    ends = sorted(bit for bit in bits if bit + 1 not in bits)
    return ",".join(f"{first}-{last}" if first < last else f"{first}" for first, last in zip(starts, ends, strict=True))


def members(ranges: str) -> Iterator[int]:
    """The numbers of a text like 0-1,3-127."""
    for each in filter(None, ranges.split(",")):
        first, _, last = each.partition("-")
        yield from range(int(first), int(last or first) + 1)


#: As strtol reads them: decimal, hexadecimal or octal.
_INTEGER: Final = re.compile(r"-?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")


def numbers(text: str) -> list[int]:
    """proc_get_long over and over: KernelError(EINVAL) for what is no number, or nothing."""
    fields = text.split()
    if not fields or not all(map(_INTEGER.fullmatch, fields)):
        raise KernelError(Errno.EINVAL)
    return list(map(_integer, fields))


def _integer(field: str) -> int:
    sign, digits = (-1, field[1:]) if field.startswith("-") else (1, field)
    return sign * int(digits, 16 if digits[:2] in ("0x", "0X") else 8 if digits.startswith("0") else 10)

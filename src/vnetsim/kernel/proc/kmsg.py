"""/dev/kmsg: the kernel's log as a file (kernel/printk/printk.c: devkmsg_write, msg_print_ext_body).

Each line that is written is a message, as a shell writes: what a program writes at once would be one message with line
feeds in it.  Not modelled: more than ten messages at a time (printk_devkmsg), which the kernel suppresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled

#: PRINTKRB_RECORD_MAX
_LONGEST: Final = 1024
#: LOG_USER, KERN_WARNING (default_message_loglevel).
_USER: Final = 1
_WARNING: Final = 4
_PREFIX: Final = r"<(\d*)>"
_BURST: Final = 10
_PRINTABLE: Final = range(0x20, 0x7F)


def messages(text: str) -> Iterator[tuple[int, str]]:
    """Level and facility in one number, and the text, of what is written."""
    lines = text.removesuffix("\n").split("\n") if text else []
    if len(lines) > _BURST:
        raise NotModelled("more than ten messages to /dev/kmsg at a time")
    for line in lines:
        if len(line.encode()) > _LONGEST:
            raise KernelError(Errno.EINVAL)
        yield _message(line)


def _message(line: str) -> tuple[int, str]:
    found = re.match(_PREFIX, line)
    if found is None:
        return _USER << 3 | _WARNING, line
    number = int(found[1] or "0")
    return (number >> 3 or _USER) << 3 | number & 7, line[found.end() :]


def record(number: int, entry: tuple[int, int, str]) -> str:
    """Documentation/ABI/testing/dev-kmsg: urgency, number, microseconds, flags; the line."""
    at, level, line = entry
    return f"{level},{number},{at // 1000},-;{escaped(line)}\n"


def escaped(line: str) -> str:
    """Anything but printable ASCII, and the backslash, as its number."""
    return "".join(
        chr(byte) if byte in _PRINTABLE and byte != ord("\\") else f"\\x{byte:02x}"
        for byte in line.encode("utf-8", "surrogateescape")
    )

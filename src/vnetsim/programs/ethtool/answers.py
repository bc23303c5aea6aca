"""How ethtool refuses."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import Errno
from vnetsim.programs.libc.exit import Exit

#: The offsets of the device's name and of the request's own attributes in a netlink message.
NAME_AT: Final = 24


def failure(status: int, message: str) -> Exit:
    return Exit(status, stderr=f"{message}\n")


def no_such_device() -> str:
    return f"netlink error: no device matches name (offset {NAME_AT})\nnetlink error: {Errno.ENODEV.strerror}"


def unsupported() -> str:
    return f"netlink error: {Errno.EOPNOTSUPP.strerror}"

"""How ethtool refuses."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.errors import Errno, VnetsimError

#: Where the name of the device stands in a netlink request, and where what is asked of it begins.
NAME_AT: Final = 24


@attrs.define(auto_exc=True, str=False)
class Refused(VnetsimError):
    """Ends with `status` after `message` (without its last newline) went to standard error."""

    status: int
    message: str

    def __str__(self) -> str:
        return self.message


def no_such_device() -> str:
    return f"netlink error: no device matches name (offset {NAME_AT})\nnetlink error: {Errno.ENODEV.words}"


def unsupported() -> str:
    return f"netlink error: {Errno.EOPNOTSUPP.words}"

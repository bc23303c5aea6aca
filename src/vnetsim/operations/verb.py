"""How a new entry relates to one that exists (netlink's NLM_F_CREATE, _EXCL, _REPLACE, _APPEND)."""

from __future__ import annotations

import enum


class Verb(enum.Enum):
    """The verbs of `ip route`, `ip neigh`, `ip addr` and `bridge fdb`."""

    ADD = "add"  #: refuse if it exists
    CHANGE = "change"  #: refuse if it does not exist
    REPLACE = "replace"  #: whichever of the two
    APPEND = "append"  #: behind what exists
    PREPEND = "prepend"  #: before what exists

    def __str__(self) -> str:
        return self.value


def command_line(*parts: object) -> str:
    """The parts that are given, as one command line."""
    return " ".join(str(part) for part in parts if part is not None and part != "")


def option(keyword: str, value: object) -> str:
    """`keyword value`, or nothing without a value."""
    return "" if value is None else f"{keyword} {value}"


def switch(keyword: str, value: bool | None) -> str:
    """`keyword on` or `keyword off`, or nothing."""
    return "" if value is None else f"{keyword} {'on' if value else 'off'}"

"""What `ipset` says when it refuses (lib/errcode.c, lib/session.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import VnetsimError
from vnetsim.values import define

VERSION: Final = "ipset v7.17"
HINT: Final = "Try `ipset help' for more information.\n"


@define(auto_exc=True, str=False)
class IpsetError(VnetsimError):
    """`status` 1: the command or the kernel; 2: usage, which the hint follows.  `command` is what was refused."""

    message: str
    status: int = 1

    def __str__(self) -> str:
        return self.message


def syntax(message: str) -> IpsetError:
    return IpsetError(f"Syntax error: {message}")


def usage(message: str) -> IpsetError:
    return IpsetError(message, 2)


@define(auto_exc=True)
class UnresolvedName(VnetsimError):
    """A name whose addresses have to be asked for first."""

    name: str
    version: int


#: By the kernel's code: what it means for a command, and for all others under "".
_TEXTS: Final[dict[str, dict[str, str]]] = {
    "ENOENT": {"": "The set with the given name does not exist"},
    "EEXIST": {"create": "Set cannot be created: set with the same name already exists"},
    "BUSY": {"destroy": "Set cannot be destroyed: it is in use by a kernel component"},
    "EXIST_SETNAME2": {
        "rename": "Set cannot be renamed: a set with the new name already exists",
        "swap": "Sets cannot be swapped: the second set does not exist",
    },
    "REFERENCED": {"rename": "Set cannot be renamed: it is in use by another system"},
    "TYPE_MISMATCH": {"swap": "The sets cannot be swapped: their type does not match"},
    "INVALID_CIDR": {"": "The value of the CIDR parameter of the IP address is invalid"},
    "TIMEOUT": {"": "Timeout cannot be used: set was created without timeout support"},
    "COUNTER": {"": "Packet/byte counters cannot be used: set was created without counter support"},
    "COMMENT": {"": "Comment cannot be used: set was created without comment support"},
    "SKBINFO": {"": "Skbinfo mapping cannot be used: set was created without skbinfo support"},
    "EXIST": {
        "add": "Element cannot be added to the set: it's already added",
        "del": "Element cannot be deleted from the set: it's not added",
    },
    "BITMAP_RANGE": {"": "Element is out of the range of the set"},
    "BITMAP_RANGE_SIZE": {"": "The range you specified exceeds the size limit of the set type"},
    "HASH_FULL": {"": "Hash is full, cannot add more elements"},
    "HASH_ELEM": {"": "Null-valued element, cannot be stored in a hash type of set"},
    "NAME": {"": "Set to be added/deleted/tested as element does not exist."},
    "LOOP": {"": "Sets with list:set type cannot be added to the set."},
    "NAMEREF": {"": "The set to which you referred with 'before' or 'after' does not exist."},
    "REF_EXIST": {"": "The set to which you referred with 'before' or 'after' is not added to the set."},
}


def said(code: str, command: str) -> IpsetError:
    """The kernel's refusal of a command."""
    texts = _TEXTS[code]
    return IpsetError(texts.get(command) or texts[""])

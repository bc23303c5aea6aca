"""Names for numbers of devices and addresses (lib/rt_names.c, lib/ll_types.c), as Debian's /etc/iproute2 has them."""

from __future__ import annotations

from typing import Final

from vnetsim.programs.iproute2.lib.arguments import number

_SCOPES: Final = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
_SCOPE_NUMBERS: Final = {name: scope for scope, name in _SCOPES.items()}

_ADDRESS_PROTOCOLS: Final = {1: "kernel_lo", 2: "kernel_ra", 3: "kernel_ll"}

#: ARPHRD_*, for `-N`.
_LINK_TYPES: Final = {
    "ether": 1, "ax25": 3, "infiniband": 32, "slip": 256, "can": 280, "ppp": 512, "rawip": 519, "ipip": 768,
    "tunnel6": 769, "loopback": 772, "sit": 776, "gre": 778, "ieee802.11": 801, "gre6": 823, "netlink": 824,
    "none": 65534, "void": 65535,
}  # fmt: skip


def group_name(group: int, *, numeric: bool = False) -> str:
    return "default" if group == 0 and not numeric else str(group)


def group_number(text: str) -> int | None:
    """rtnl_group_a2n(): None where it is neither a name nor a number."""
    return 0 if text == "default" else number(text)


def scope_name(scope: int, *, numeric: bool = False) -> str:
    return str(scope) if numeric else _SCOPES.get(scope, str(scope))


def scope_number(text: str) -> int | None:
    """rtnl_rtscope_a2n(): None where it is neither a name nor a number."""
    known = _SCOPE_NUMBERS.get(text)
    return number(text, 8) if known is None else known


def protocol_name(protocol: int, *, numeric: bool = False) -> str:
    """Who made an address (rtnl_addrprot_n2a)."""
    return _ADDRESS_PROTOCOLS[protocol] if protocol in _ADDRESS_PROTOCOLS and not numeric else f"{protocol:#x}"


def link_type_name(link_type: str, *, numeric: bool = False) -> str:
    return f"[{_LINK_TYPES[link_type]}]" if numeric and link_type in _LINK_TYPES else link_type

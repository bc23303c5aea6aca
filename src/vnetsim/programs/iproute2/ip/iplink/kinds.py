"""Reads what follows `type KIND`, as options of AddLink and SetLink (iproute2: ip/iplink_*.c).

Options are named as they are typed: numbers and switches are integers, the rest is text.  Not modelled: what a macvlan
in source mode listens to.  Kinds that iproute2 knows and vnetsim does not are left to the kernel to refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.programs.iproute2.ip.iplink import bond, geneve, tunnels, vxlan
from vnetsim.programs.iproute2.ip.iplink.kind_parser import (
    KindArgs,
    Options,
    Table,
    each,
    integer,
    present,
    read_table,
    switch,
)
from vnetsim.programs.iproute2.lib import ll_addr
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, invarg, number, valid
from vnetsim.programs.iproute2.lib.ll_map import index_of, name_of
from vnetsim.programs.iproute2.lib.rt_tables import RouteNames

# --- bridge ----------------------------------------------------------------------------------------------------------


def _vlan_protocol(it: KindArgs, keyword: str) -> None:
    arg = it.args.next_arg()
    names = {"802.1q": "802.1Q", "802.1ad": "802.1ad"}
    if arg.lower() not in names:
        raise invarg(f"invalid {keyword}", arg)
    it.options[keyword] = names[arg.lower()]


def _group_address(it: KindArgs, keyword: str) -> None:
    octets = ll_addr.parse(it.args.next_arg())
    it.options[keyword] = octets.hex(":")


_BRIDGE: Final[Table] = (
    *each(integer(32), "forward_delay", "hello_time", "max_age", "ageing_time", "stp_state"),
    ("priority", integer(16)),
    ("vlan_filtering", integer(8)),
    ("vlan_protocol", _vlan_protocol),
    ("group_fwd_mask", integer(16)),
    ("group_address", _group_address),
    ("no_linklocal_learn.", integer(8)),
    ("fdb_flush", present),
    ("vlan_default_pvid", integer(16)),
    *each(integer(8), "vlan_stats_enabled", "vlan_stats_per_port", "mcast_router", "mcast_snooping"),
    ("mcast_vlan_snooping.", integer(8)),
    *each(integer(8), "mcast_query_use_ifaddr", "mcast_querier"),
    *each(integer(32), "mcast_hash_elasticity", "mcast_hash_max", "mcast_last_member_count"),
    ("mcast_startup_query_count", integer(32)),
    *each(integer(64), "mcast_last_member_interval", "mcast_membership_interval", "mcast_querier_interval"),
    *each(integer(64), "mcast_query_interval", "mcast_query_response_interval", "mcast_startup_query_interval"),
    *each(integer(8), "mcast_stats_enabled", "mcast_igmp_version", "mcast_mld_version"),
    *each(integer(8), "nf_call_iptables", "nf_call_ip6tables", "nf_call_arptables"),
)


def _backup_port(it: KindArgs, keyword: str) -> None:
    arg = it.args.next_arg()
    links = it.network.links()
    index = index_of(links, arg)
    if not index:
        raise invarg("Device does not exist\n", arg)
    it.options[keyword] = name_of(links, index)


def _no_backup_port(it: KindArgs, _: str) -> None:
    it.options["backup_port"] = ""


_INVALID: Final = "{} is invalid"

_BRIDGE_PORT: Final[Table] = (
    ("fdb_flush", present),
    ("state", integer(8, _INVALID)),
    ("priority", integer(16, _INVALID)),
    ("cost", integer(32, _INVALID)),
    *each(switch(), "hairpin", "guard", "root_block", "fastleave", "learning", "flood", "mcast_flood", "bcast_flood"),
    *each(switch(), "mcast_to_unicast", "proxy_arp", "proxy_arp_wifi"),
    ("mcast_router", integer(8)),
    ("mcast_fast_leave", switch("fastleave")),
    ("neigh_suppress", switch()),
    ("group_fwd_mask", integer(16)),
    *each(switch(), "vlan_tunnel", "isolated", "locked"),
    ("backup_port", _backup_port),
    ("nobackup_port", _no_backup_port),
)

# --- macvlan, ipvlan, vlan -------------------------------------------------------------------------------------------

_MACVLAN_MODES: Final = ("private", "vepa", "bridge", "passthru", "source")


def _macvlan_mode(it: KindArgs, keyword: str) -> None:
    arg = it.args.next_arg()
    if arg not in _MACVLAN_MODES:
        choice = '"private", "vepa", "bridge", "passthru" or "source"'
        raise Iproute2Error(1, f'Error: argument of "mode" must be {choice}, not "{arg}"')
    it.options[keyword] = arg


def _macvlan_flag(it: KindArgs, _: str) -> None:
    arg = it.args.next_arg()
    if arg not in ("nopromisc", "nodst", "null"):
        raise Iproute2Error(1, f'Error: argument of "flag" must be "nopromisc", "nodst" or "null", not "{arg}"')
    it.options[arg] = 1


def _macvlan_source(it: KindArgs, _: str) -> None:
    if it.args.next_arg() not in ("add", "del", "set", "flush"):
        raise it.usage()
    raise NotModelled("macvlan macaddr")


def _queue_length(it: KindArgs, keyword: str) -> None:
    arg = it.args.next_arg()
    value = number(arg)
    if value is None:
        complaint = 'Error: argument of "bcqueuelen" must be a positive integer [0-4294967295]'
        raise Iproute2Error(1, f'{complaint}, not "{arg}"')
    it.options[keyword] = value


_MACVLAN: Final[Table] = (
    ("mode", _macvlan_mode),
    ("flag", _macvlan_flag),
    ("macaddr", _macvlan_source),
    ("nopromisc", present),
    ("nodst", present),
    ("bcqueuelen", _queue_length),
)


def _read_macvlan(it: KindArgs) -> None:
    read_table(it, _MACVLAN, "option")
    if it.options.get("nopromisc") and it.options.get("mode") != "passthru":
        raise it.usage(f"{it.kind}: nopromisc flag only valid in passthru mode")
    it.options.pop("null", None)


def _ipvlan_mode(it: KindArgs, keyword: str) -> None:
    arg = it.args.next_arg()
    if arg not in ("l2", "l3", "l3s"):
        raise Iproute2Error(1, 'Error: argument of "mode" must be either "l2", "l3" or "l3s"')
    it.options[keyword] = arg


def _ipvlan_flag(it: KindArgs, keyword: str) -> None:
    if "flag" in it.options:
        raise it.unknown(keyword)
    it.options["flag"] = keyword


_IPVLAN: Final[Table] = (("mode", _ipvlan_mode), *each(_ipvlan_flag, "private", "vepa", "bridge"))


def _vlan_switch(it: KindArgs, keyword: str) -> None:
    arg = it.args.next_arg()
    if arg not in ("on", "off"):
        raise Iproute2Error(1, f'Error: argument of "{keyword}" must be "on" or "off", not "{arg}"')
    it.options[keyword] = int(arg == "on")


def _qos_map(it: KindArgs, keyword: str) -> None:
    """vlan_parse_qos_map: pairs up to what is none."""
    key, pairs = keyword.replace("-qos-map", "_qos"), list[str]()
    arg: str | None = it.args.next_arg()
    while arg is not None and ":" in arg:
        one, _, to = arg.partition(":")
        pairs.append(f"{valid(number(one), f'invalid {keyword}', one)}:{valid(number(to), f'invalid {keyword}', one)}")
        arg = it.args.take()
    if arg is not None:
        it.args.back()
    it.options[key] = " ".join([*str(it.options.get(key, "")).split(), *pairs])


_VLAN: Final[Table] = (
    ("protocol", _vlan_protocol),
    ("id", integer(16, _INVALID)),
    *each(_vlan_switch, "reorder_hdr", "gvrp", "mvrp", "loose_binding", "bridge_binding"),
    *each(_qos_map, "ingress-qos-map", "egress-qos-map"),
)


def _vrf_table(it: KindArgs, keyword: str) -> None:
    arg = it.args.next_arg()
    it.options[keyword] = valid(RouteNames(it.files).table_number(arg), "invalid table ID\n", arg)


_VRF: Final[Table] = (("table", _vrf_table),)

_READERS: Final[dict[str, Callable[[KindArgs], None]]] = {
    "bond": lambda it: read_table(it, bond.BOND, "command"),
    "bond_slave": lambda it: read_table(it, bond.BOND_SLAVE, "option"),
    "bridge": lambda it: read_table(it, _BRIDGE, "command"),
    "bridge_slave": lambda it: read_table(it, _BRIDGE_PORT, "option"),
    "ipvlan": lambda it: read_table(it, _IPVLAN, "option"),
    "ipvtap": lambda it: read_table(it, _IPVLAN, "option"),
    "macvlan": _read_macvlan,
    "macvtap": _read_macvlan,
    "vrf": lambda it: read_table(it, _VRF, "option"),
    "vlan": lambda it: read_table(it, _VLAN, "command"),
    "vxlan": vxlan.read,
    "geneve": geneve.read,
    "gre": tunnels.read_gre,
    "gretap": tunnels.read_gre,
    "ipip": tunnels.read_iptnl,
    "sit": tunnels.read_iptnl,
}

#: Kinds that iproute2 has code for; what follows any other kind is garbage.
KNOWN: Final = frozenset(
    {
        "amt", "bareudp", "batadv", "can", "dsa", "dummy", "erspan", "gre", "gretap",
        "gtp", "hsr", "ifb", "ip6erspan", "ip6gre", "ip6gretap", "ip6tnl", "ipip", "ipoib", "macsec", "netdevsim",
        "nlmon", "rmnet", "sit", "team", "team_slave", "tun", "vcan", "veth", "virt_wifi", "vrf", "vti", "vti6",
        "vxcan", "wwan", "xfrm", *_READERS,
    }
)  # fmt: skip


def read(it: KindArgs) -> Options:
    """The options of a kind; Iproute2Error for arguments that it does not understand.  `veth` is link.py's."""
    reader = _READERS.get(it.kind)
    if reader is not None:
        reader(it)
    return it.options

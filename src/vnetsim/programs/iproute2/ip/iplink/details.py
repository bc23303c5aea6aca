"""What `ip -d` prints of the kind of a device, and of a bridge port (iproute2: the print_opt of ip/iplink_*.c).

It is read from `Link.details` and `Link.port`, whose keys are those of `ip -d -j link` (objects info_data and
info_slave_data), with these values:

- numbers and switches are integers (0 or 1), names, addresses and modes are text; timers are in 1/100 s;
- a bridge id is text as iproute2 prints it: `8000.2:0:0:0:0:b0`;
- a port's `state` is the keyword (`forwarding`) or the kernel's number;
- macvlan: `nopromisc`, `nodst` 1 if set; `macaddr_count`, and `macaddr_data` with blanks between;
- vxlan: `ttl` 0 is auto, `"inherit"` inherits; `df` is the keyword; `port_low` and `port_high` are the object
  port_range; `link` is the lower device's name; `remote`, `group`, `local` may be of either family;
- vlan: `flags` with blanks between, as `REORDER_HDR`; `ingress_qos` and `egress_qos` as `1:4 2:5`;
- bond: times in ms; `active_slave` and `primary` are names, missing where there is none;
- tun: `type` is `tun` or `tap`; `one_queue` is known to `ip tuntap` only;
- of every device, if they differ from the usual: `num_tx_queues`, `num_rx_queues`, `gso_max_size`, `gso_max_segs`,
  `tso_max_size`, `tso_max_segs`, `gro_max_size`.

What is missing has its usual value (DEFAULTS), what has none is not printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vnetsim.observations import Link
from vnetsim.programs.iproute2.ip.iplink import geneve, tunnels
from vnetsim.programs.iproute2.ip.iplink.bond_details import BOND, BOND_SLAVE
from vnetsim.programs.iproute2.ip.iplink.fields import (
    Details,
    Fields,
    Value,
    after,
    all_of,
    flag,
    hexadecimal,
    on_off,
    plain,
    sharp,
    timer,
)
from vnetsim.programs.iproute2.ip.iplink.vxlan_details import NEWER_VXLAN, VXLAN
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output

#: Of a new device on a machine with two processors.
_GENERAL: Final = {
    "num_tx_queues": 1, "num_rx_queues": 1, "gso_max_size": 65536, "gso_max_segs": 65535, "tso_max_size": 524280,
    "tso_max_segs": 65535, "gro_max_size": 65536, "gso_ipv4_max_size": 65536, "gro_ipv4_max_size": 65536,
}  # fmt: skip

DEFAULTS: Final[Mapping[str, Details]] = {
    "bond": {"num_tx_queues": 16, "num_rx_queues": 16},
    "bridge": {
        "forward_delay": 1500, "hello_time": 200, "max_age": 2000, "ageing_time": 30000, "stp_state": 0,
        "priority": 32768, "vlan_filtering": 0, "root_port": 0, "root_path_cost": 0, "topology_change": 0,
        "topology_change_detected": 0, "hello_timer": 0, "tcn_timer": 0, "topology_change_timer": 0, "gc_timer": 0,
        "group_fwd_mask": 0, "group_addr": "01:80:c2:00:00:00", "mcast_snooping": 1, "no_linklocal_learn": 0,
        "mcast_vlan_snooping": 0, "mcast_router": 1, "mcast_query_use_ifaddr": 0, "mcast_querier": 0,
        "mcast_hash_elasticity": 16, "mcast_hash_max": 4096, "mcast_last_member_cnt": 2, "mcast_startup_query_cnt": 2,
        "mcast_last_member_intvl": 100, "mcast_membership_intvl": 26000, "mcast_querier_intvl": 25500,
        "mcast_query_intvl": 12500, "mcast_query_response_intvl": 1000, "mcast_startup_query_intvl": 3124,
        "mcast_stats_enabled": 0, "mcast_igmp_version": 2, "mcast_mld_version": 1, "nf_call_iptables": 0,
        "nf_call_ip6tables": 0, "nf_call_arptables": 0, "fdb_n_learned": 0, "fdb_max_learned": 0, "mst_enabled": 0,
        "mdb_offload_fail_notification": 0, "fdb_local_vlan_0": 0,
    },
    "bridge_slave": {
        "priority": 32, "cost": 2, "hairpin": 0, "guard": 0, "root_block": 0, "fastleave": 0, "learning": 1, "flood": 1,
        "designated_cost": 0, "hold_timer": 0, "message_age_timer": 0, "forward_delay_timer": 0,
        "topology_change_ack": 0, "config_pending": 0, "proxy_arp": 0, "proxy_arp_wifi": 0, "multicast_router": 1,
        "mcast_flood": 1, "bcast_flood": 1, "mcast_to_unicast": 0, "neigh_suppress": 0, "group_fwd_mask": 0,
        "vlan_tunnel": 0, "isolated": 0, "locked": 0, "neigh_vlan_suppress": 0, "mab": 0,
    },
    "macvlan": {"mode": "vepa", "bcqueuelen": 1000, "usedbcqueuelen": 1000},
    "macvtap": {"mode": "vepa", "bcqueuelen": 1000, "usedbcqueuelen": 1000, "tso_max_size": 65536},
    "tun": {"pi": 0, "vnet_hdr": 0, "multi_queue": 0, "persist": 1, "tso_max_size": 65536},
    **{kind: {**tunnels.DEFAULTS, "proto": 0} for kind in ("gre", "gretap", "erspan", "ipip", "sit")},
    "veth": {"num_tx_queues": 2, "num_rx_queues": 2},
    "vxlan": {
        "port_low": 0, "port_high": 0, "port": 8472, "learning": 1, "ttl": 0, "df": "unset", "ageing": 300,
        "udp_csum": 1, "udp_zero_csum6_tx": 0, "udp_zero_csum6_rx": 0, "reserved_bits": "0xf7ffffff000000ff",
        "external": 0, "proxy": 0, "rsc": 0, "l2miss": 0, "l3miss": 0, "remcsum_tx": 0, "remcsum_rx": 0,
        "localbypass": 1,
    },
}  # fmt: skip

_PORT_STATES: Final = ("disabled", "listening", "learning", "forwarding", "blocking")
_GROUPS: Final = {0: "stp", 2: "lacp", 14: "lldp"}


def print_kind(out: Iproute2Output, link: Link, *, newer: bool) -> None:
    """The object `linkinfo`: a line for the kind, another one for a bridge port."""
    fields = {**_FIELDS, **_NEWER_FIELDS} if newer else _FIELDS
    if link.kind is None and link.port is None and link.slave is None:
        return
    out.open_object("linkinfo")
    if link.kind is not None:
        out.line()
        out.both("info_kind", f"    {link.kind} ", link.kind)
        _print_data(out, "info_data", link.kind, link.details, fields)
    if link.port is not None:
        out.line()
        out.both("info_slave_kind", "    bridge_slave ", "bridge")
        _print_data(out, "info_slave_data", "bridge_slave", link.port, fields)
    elif link.slave is not None:
        kind, values = link.slave
        out.line()
        out.both("info_slave_kind", f"    {kind}_slave ", kind)
        _print_data(out, "info_slave_data", f"{kind}_slave", values, fields)
    out.close_object()


def general(link: Link, key: str) -> Value:
    """A number that every device has (`num_tx_queues`, ...)."""
    kind: Details = DEFAULTS.get(link.kind or "", {})
    return link.details.get(key, kind.get(key, _GENERAL[key]))


def _print_data(out: Iproute2Output, key: str, kind: str, details: Details, of_kinds: Mapping[str, Fields]) -> None:
    fields = of_kinds.get(kind)
    if fields is None:
        return
    known = {**DEFAULTS.get(kind, {}), **details}
    out.open_object(key)
    for name, print_field in fields:
        if name in known:
            print_field(out, name, known)
    out.close_object()


# --- bridges -------------------------------------------------------------------------------------------------------


def _own_id_as_root(out: Iproute2Output, _: str, known: Details) -> None:
    """iproute2 6.1 prints the bridge's own id as the root's."""
    out.both("root_id", f"designated_root {known['bridge_id']} ", known["bridge_id"])


def _port_state(out: Iproute2Output, key: str, known: Details) -> None:
    state = known[key]
    arg = _PORT_STATES[state] if isinstance(state, int) else state
    out.both(key, f"state {arg} ", arg)


def _port_forward_mask(out: Iproute2Output, key: str, known: Details) -> None:
    mask = int(known[key])
    out.both(key, f"{key} {sharp(mask)} ", sharp(mask))
    args = ",".join(_GROUPS.get(bit, f"{1 << bit:#x}") for bit in range(16) if mask >> bit & 1) or "0x0"
    out.both("group_fwd_mask_str", f"group_fwd_mask_str {args} ", args)


def _fast_leave_again(out: Iproute2Output, _: str, known: Details) -> None:
    out.text(f"mcast_fast_leave {'on' if known['fastleave'] else 'off'} ")


_BRIDGE: Final[Fields] = (
    *all_of(
        plain(), "forward_delay", "hello_time", "max_age", "ageing_time", "stp_state", "priority", "vlan_filtering"
    ),
    ("vlan_protocol", plain()),
    ("bridge_id", plain()),
    ("bridge_id", _own_id_as_root),
    *all_of(plain(), "root_port", "root_path_cost", "topology_change", "topology_change_detected"),
    *all_of(timer, "hello_timer", "tcn_timer", "topology_change_timer", "gc_timer"),
    *all_of(plain(), "vlan_default_pvid", "vlan_stats_enabled", "vlan_stats_per_port"),
    ("group_fwd_mask", hexadecimal()),
    ("group_addr", plain("group_address")),
    *all_of(plain(), "mcast_snooping", "no_linklocal_learn", "mcast_vlan_snooping", "mcast_router"),
    *all_of(plain(), "mcast_query_use_ifaddr", "mcast_querier", "mcast_hash_elasticity", "mcast_hash_max"),
    ("mcast_last_member_cnt", plain("mcast_last_member_count")),
    ("mcast_startup_query_cnt", plain("mcast_startup_query_count")),
    ("mcast_last_member_intvl", plain("mcast_last_member_interval")),
    ("mcast_membership_intvl", plain("mcast_membership_interval")),
    ("mcast_querier_intvl", plain("mcast_querier_interval")),
    ("mcast_query_intvl", plain("mcast_query_interval")),
    ("mcast_query_response_intvl", plain("mcast_query_response_interval")),
    ("mcast_startup_query_intvl", plain("mcast_startup_query_interval")),
    *all_of(plain(), "mcast_stats_enabled", "mcast_igmp_version", "mcast_mld_version"),
    *all_of(plain(), "nf_call_iptables", "nf_call_ip6tables", "nf_call_arptables"),
)

_BRIDGE_PORT: Final[Fields] = (
    ("state", _port_state),
    *all_of(plain(), "priority", "cost"),
    *all_of(on_off, "hairpin", "guard", "root_block", "fastleave", "learning", "flood"),
    ("id", hexadecimal("port_id")),
    ("no", hexadecimal("port_no")),
    *all_of(plain(), "designated_port", "designated_cost"),
    ("bridge_id", plain("designated_bridge")),
    ("root_id", plain("designated_root")),
    *all_of(timer, "hold_timer", "message_age_timer", "forward_delay_timer"),
    *all_of(plain(), "topology_change_ack", "config_pending"),
    *all_of(on_off, "proxy_arp", "proxy_arp_wifi"),
    ("multicast_router", plain("mcast_router")),
    ("fastleave", _fast_leave_again),
    *all_of(on_off, "mcast_flood", "bcast_flood", "mcast_to_unicast", "neigh_suppress"),
    ("group_fwd_mask", _port_forward_mask),
    *all_of(on_off, "vlan_tunnel", "isolated", "locked"),
    ("backup_port", plain()),
)


# --- macvlan, ipvlan, vlan, tun --------------------------------------------------------------------------------------


def _sources(out: Iproute2Output, key: str, known: Details) -> None:
    """The addresses that a macvlan in source mode listens to."""
    if known["mode"] != "source":
        return
    out.both(key, f"remotes ({known[key]}) ", known[key])
    sources = str(known.get("macaddr_data", "")).split()
    out.text("".join(f"{source} " for source in sources))
    out.data("macaddr_data", sources)


def _multi_queue(out: Iproute2Output, key: str, known: Details) -> None:
    out.data(key, bool(known[key]))
    if known[key]:
        out.text("multi_queue ")
        for name in ("numqueues", "numdisabled"):
            out.both(name, f"{name} {known.get(name, 0)} ", known.get(name, 0))


def _owner(out: Iproute2Output, key: str, known: Details) -> None:
    name = "root" if known[key] == 0 else known[key]
    out.both(key, f"{key} {name} ", name)


_MACVLAN: Final[Fields] = (
    ("mode", plain()),
    ("nopromisc", flag()),
    ("nodst", flag()),
    ("bcqueuelen", plain()),
    ("usedbcqueuelen", plain()),
    ("macaddr_count", _sources),
)


def _vlan_flags(out: Iproute2Output, key: str, known: Details) -> None:
    flags = str(known[key]).split()
    out.both(key, f"<{','.join(flags)}> ", flags)


def _qos_map(out: Iproute2Output, key: str, known: Details) -> None:
    pairs = [pair.partition(":") for pair in str(known[key]).split()]
    out.line()
    out.text(f"      {key.replace('_qos', '-qos-map')} {{ {''.join(f'{one}:{to} ' for one, _, to in pairs)}}} ")
    out.data(key, [{"from": int(one), "to": int(to)} for one, _, to in pairs])


_VLAN: Final[Fields] = (
    *all_of(plain(), "protocol", "id"), ("flags", _vlan_flags), *all_of(_qos_map, "ingress_qos", "egress_qos"),
)  # fmt: skip

_IPVLAN: Final[Fields] = (("mode", plain(" mode")), *all_of(flag(), "private", "vepa", "bridge"))

_TUN: Final[Fields] = (
    ("type", plain()),
    *all_of(on_off, "pi", "vnet_hdr"),
    ("multi_queue", _multi_queue),
    ("persist", on_off),
    *all_of(_owner, "user", "group"),
)


def _real_root(out: Iproute2Output, _: str, known: Details) -> None:
    """Of a bridge that runs no spanning tree it is the bridge's own id."""
    root = known.get("root_id", known["bridge_id"])
    out.both("root_id", f"designated_root {root} ", root)


_NEWER_BRIDGE: Final = after(
    tuple((name, _real_root if field is _own_id_as_root else field) for name, field in _BRIDGE),
    gc_timer=all_of(plain(), "fdb_n_learned", "fdb_max_learned"),
    mcast_vlan_snooping=all_of(plain(), "mst_enabled", "mdb_offload_fail_notification", "fdb_local_vlan_0"),
)
_NEWER_BRIDGE_PORT: Final = after(
    _BRIDGE_PORT, neigh_suppress=(("neigh_vlan_suppress", on_off),), locked=(("mab", on_off),)
)
_VRF: Final[Fields] = (("table", plain("table")),)
#: The kinds of which iproute2 prints more than the name.
_FIELDS: Final[Mapping[str, Fields]] = {
    "bond": BOND, "bond_slave": BOND_SLAVE, "bridge": _BRIDGE, "bridge_slave": _BRIDGE_PORT, "ipvlan": _IPVLAN,
    "macvlan": _MACVLAN, "macvtap": _MACVLAN, "tun": _TUN, "vlan": _VLAN, "vrf": _VRF,
    "vrf_slave": _VRF, "vxlan": VXLAN, "geneve": geneve.GENEVE,
    **dict.fromkeys(("gre", "gretap", "erspan"), tunnels.GRE), **dict.fromkeys(("ipip", "sit"), tunnels.IPTNL),
}  # fmt: skip
#: What newer versions print differently.
_NEWER_FIELDS: Final[Mapping[str, Fields]] = {
    "bridge": _NEWER_BRIDGE,
    "bridge_slave": _NEWER_BRIDGE_PORT,
    "vxlan": NEWER_VXLAN,
}

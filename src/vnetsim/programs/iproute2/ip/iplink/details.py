"""What `ip -d` says about the kind of a device, and about a bridge port (iproute2: the print_opt of ip/iplink_*.c).

It is read from `Link.details` and `Link.port`, whose keys are those of `ip -d -j link` (objects info_data and
info_slave_data), with these values:

- numbers and switches are integers (0 or 1), names, addresses and modes are text; timers are in 1/100 s;
- a bridge id is text as iproute2 prints it: `8000.2:0:0:0:0:b0`;
- a port's `state` is the arg (`forwarding`) or the kernel's number;
- macvlan: `nopromisc`, `nodst` 1 if set; `macaddr_count`, and `macaddr_data` with blanks between;
- vxlan: `ttl` 0 is auto, `"inherit"` inherits; `df` is the arg; `port_low` and `port_high` are the object
  port_range; `link` is the lower device's name; `remote`, `group`, `local` may be of either family;
- vlan: `flags` with blanks between, as `REORDER_HDR`;
- tun: `type` is `tun` or `tap`; `one_queue` is known to `ip tuntap` only;
- of every device, if they differ from the usual: `num_tx_queues`, `num_rx_queues`, `gso_max_size`, `gso_max_segs`,
  `tso_max_size`, `tso_max_segs`, `gro_max_size`.

What is missing has its usual value (DEFAULTS), what has none is not printed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from vnetsim.observations import Link
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output, RawNumber
from vnetsim.wire.inet import parse_address

Value: TypeAlias = str | int
Details: TypeAlias = Mapping[str, Value]

#: Of a new device on a machine with two processors.
_GENERAL: Final = {
    "num_tx_queues": 1, "num_rx_queues": 1, "gso_max_size": 65536, "gso_max_segs": 65535, "tso_max_size": 524280,
    "tso_max_segs": 65535, "gro_max_size": 65536, "gso_ipv4_max_size": 65536, "gro_ipv4_max_size": 65536,
}  # fmt: skip

DEFAULTS: Final[Mapping[str, Details]] = {
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
    if link.kind is None and link.port is None:
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


Field: TypeAlias = Callable[[Iproute2Output, str, Details], None]
Fields: TypeAlias = tuple[tuple[str, Field], ...]


def _plain(keyword: str | None = None) -> Field:
    """`keyword value`; the keyword is the key if none is given."""

    def print_field(out: Iproute2Output, key: str, known: Details) -> None:
        out.both(key, f"{keyword or key} {known[key]} ", known[key])

    return print_field


def _hexadecimal(keyword: str | None = None) -> Field:
    """printf's %#x, in the document as text."""

    def print_field(out: Iproute2Output, key: str, known: Details) -> None:
        text = _sharp(int(known[key]))
        out.both(key, f"{keyword or key} {text} ", text)

    return print_field


def _sharp(number: int) -> str:
    return f"{number:#x}" if number else "0"


def _on_off(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, f"{key} {'on' if known[key] else 'off'} ", bool(known[key]))


def _flag(keyword: str | None = None) -> Field:
    """A keyword that stands there when set."""

    def print_field(out: Iproute2Output, key: str, known: Details) -> None:
        if known[key]:
            out.both(key, f"{keyword or key} ", True)

    return print_field


def _no_flag(keyword: str) -> Field:
    """`keyword` or `nokeyword`."""

    def print_field(out: Iproute2Output, key: str, known: Details) -> None:
        out.both(key, f"{'' if known[key] else 'no'}{keyword} ", bool(known[key]))

    return print_field


def _timer(out: Iproute2Output, key: str, known: Details) -> None:
    seconds, hundredths = divmod(int(known[key]), 100)
    out.both(key, f"{key} {seconds:>4}.{hundredths:02} ", RawNumber(f"{seconds}.{hundredths:02}"))


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
    out.both(key, f"{key} {_sharp(mask)} ", _sharp(mask))
    args = ",".join(_GROUPS.get(bit, f"{1 << bit:#x}") for bit in range(16) if mask >> bit & 1) or "0x0"
    out.both("group_fwd_mask_str", f"group_fwd_mask_str {args} ", args)


def _fast_leave_again(out: Iproute2Output, _: str, known: Details) -> None:
    out.text(f"mcast_fast_leave {'on' if known['fastleave'] else 'off'} ")


def _all(field: Field, *keys: str) -> Fields:
    return tuple((key, field) for key in keys)


_BRIDGE: Final[Fields] = (
    *_all(_plain(), "forward_delay", "hello_time", "max_age", "ageing_time", "stp_state", "priority", "vlan_filtering"),
    ("vlan_protocol", _plain()),
    ("bridge_id", _plain()),
    ("bridge_id", _own_id_as_root),
    *_all(_plain(), "root_port", "root_path_cost", "topology_change", "topology_change_detected"),
    *_all(_timer, "hello_timer", "tcn_timer", "topology_change_timer", "gc_timer"),
    *_all(_plain(), "vlan_default_pvid", "vlan_stats_enabled", "vlan_stats_per_port"),
    ("group_fwd_mask", _hexadecimal()),
    ("group_addr", _plain("group_address")),
    *_all(_plain(), "mcast_snooping", "no_linklocal_learn", "mcast_vlan_snooping", "mcast_router"),
    *_all(_plain(), "mcast_query_use_ifaddr", "mcast_querier", "mcast_hash_elasticity", "mcast_hash_max"),
    ("mcast_last_member_cnt", _plain("mcast_last_member_count")),
    ("mcast_startup_query_cnt", _plain("mcast_startup_query_count")),
    ("mcast_last_member_intvl", _plain("mcast_last_member_interval")),
    ("mcast_membership_intvl", _plain("mcast_membership_interval")),
    ("mcast_querier_intvl", _plain("mcast_querier_interval")),
    ("mcast_query_intvl", _plain("mcast_query_interval")),
    ("mcast_query_response_intvl", _plain("mcast_query_response_interval")),
    ("mcast_startup_query_intvl", _plain("mcast_startup_query_interval")),
    *_all(_plain(), "mcast_stats_enabled", "mcast_igmp_version", "mcast_mld_version"),
    *_all(_plain(), "nf_call_iptables", "nf_call_ip6tables", "nf_call_arptables"),
)

_BRIDGE_PORT: Final[Fields] = (
    ("state", _port_state),
    *_all(_plain(), "priority", "cost"),
    *_all(_on_off, "hairpin", "guard", "root_block", "fastleave", "learning", "flood"),
    ("id", _hexadecimal("port_id")),
    ("no", _hexadecimal("port_no")),
    *_all(_plain(), "designated_port", "designated_cost"),
    ("bridge_id", _plain("designated_bridge")),
    ("root_id", _plain("designated_root")),
    *_all(_timer, "hold_timer", "message_age_timer", "forward_delay_timer"),
    *_all(_plain(), "topology_change_ack", "config_pending"),
    *_all(_on_off, "proxy_arp", "proxy_arp_wifi"),
    ("multicast_router", _plain("mcast_router")),
    ("fastleave", _fast_leave_again),
    *_all(_on_off, "mcast_flood", "bcast_flood", "mcast_to_unicast", "neigh_suppress"),
    ("group_fwd_mask", _port_forward_mask),
    *_all(_on_off, "vlan_tunnel", "isolated", "locked"),
    ("backup_port", _plain()),
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
    ("mode", _plain()),
    ("nopromisc", _flag()),
    ("nodst", _flag()),
    ("bcqueuelen", _plain()),
    ("usedbcqueuelen", _plain()),
    ("macaddr_count", _sources),
)


def _vlan_flags(out: Iproute2Output, key: str, known: Details) -> None:
    flags = str(known[key]).split()
    out.both(key, f"<{','.join(flags)}> ", flags)


_VLAN: Final[Fields] = (*_all(_plain(), "protocol", "id"), ("flags", _vlan_flags))

_IPVLAN: Final[Fields] = (("mode", _plain(" mode")), *_all(_flag(), "private", "vepa", "bridge"))

_TUN: Final[Fields] = (
    ("type", _plain()),
    *_all(_on_off, "pi", "vnet_hdr"),
    ("multi_queue", _multi_queue),
    ("persist", _on_off),
    *_all(_owner, "user", "group"),
)


# --- vxlan -----------------------------------------------------------------------------------------------------------


def _far_end(out: Iproute2Output, key: str, known: Details) -> None:
    """`remote`, `group` or `local`; the key in the document tells the family, too."""
    text = str(known[key])
    address = parse_address(text)
    if address:
        out.both(key if address.version == 4 else f"{key}6", f"{key} {text} ", text)


def _port_range(out: Iproute2Output, _: str, known: Details) -> None:
    low, high = known["port_low"], known["port_high"]
    out.text(f"srcport {low} {high} ")
    out.data("port_range", {"low": low, "high": high})


def _learning(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, "" if known[key] else "nolearning ", bool(known[key]))


def _tos(out: Iproute2Output, key: str, known: Details) -> None:
    if known[key]:
        text = _sharp(int(known[key]))
        out.both(key, f"tos {'inherit' if known[key] == 1 else text} ", text)


def _ttl(out: Iproute2Output, key: str, known: Details) -> None:
    if known[key] == "inherit":
        out.text("ttl inherit ")
    else:
        out.both(key, f"ttl {known[key] or 'auto'} ", known[key])


def _dont_fragment(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, "" if known[key] == "unset" else f"df {known[key]} ", known[key])


def _flow_label(out: Iproute2Output, key: str, known: Details) -> None:
    if known[key]:
        text = _sharp(int(known[key]))
        out.both(key, f"flowlabel {text} ", text)


def _ageing(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(key, f"ageing {known[key] or 'none'} ", known[key])


def _limit(out: Iproute2Output, key: str, known: Details) -> None:
    if known[key]:
        out.both(key, f"maxaddr {known[key]} ", known[key])


_VXLAN: Final[Fields] = (
    ("external", _flag()),
    ("vnifilter", _flag()),
    ("id", _plain()),
    *_all(_far_end, "group", "remote", "local"),
    ("link", _plain("dev")),
    ("port_low", _port_range),
    ("port", _plain("dstport")),
    ("learning", _learning),
    *_all(_flag(), "proxy", "rsc", "l2miss", "l3miss"),
    ("tos", _tos),
    ("ttl", _ttl),
    ("df", _dont_fragment),
    ("label", _flow_label),
    ("ageing", _ageing),
    ("limit", _limit),
    ("udp_csum", _no_flag("udpcsum")),
    ("udp_zero_csum6_tx", _no_flag("udp6zerocsumtx")),
    ("udp_zero_csum6_rx", _no_flag("udp6zerocsumrx")),
    ("remcsum_tx", _flag("remcsumtx")),
    ("remcsum_rx", _flag("remcsumrx")),
    *_all(_flag(), "gbp", "gpe"),
)


def _real_root(out: Iproute2Output, _: str, known: Details) -> None:
    """Of a bridge that runs no spanning tree it is the bridge's own id."""
    root = known.get("root_id", known["bridge_id"])
    out.both("root_id", f"designated_root {root} ", root)


def _present(out: Iproute2Output, key: str, known: Details) -> None:
    if known[key]:
        out.both(key, f"{key} ", None)


def _unusual(*, usual: bool) -> Field:
    """A keyword that stands there when it is not as usual; in the document it always does."""

    def print_field(out: Iproute2Output, key: str, known: Details) -> None:
        value = bool(known[key])
        out.both(key, "" if value is usual else f"{'' if value else 'no'}{key} ", value)

    return print_field


def _after(fields: Fields, **inserted: Fields) -> Fields:
    """`fields` with others behind some of them."""
    return tuple(field for name, old in fields for field in ((name, old), *inserted.get(name, ())))


_NEWER_BRIDGE: Final = _after(
    tuple((name, _real_root if field is _own_id_as_root else field) for name, field in _BRIDGE),
    gc_timer=_all(_plain(), "fdb_n_learned", "fdb_max_learned"),
    mcast_vlan_snooping=_all(_plain(), "mst_enabled", "mdb_offload_fail_notification", "fdb_local_vlan_0"),
)
_NEWER_BRIDGE_PORT: Final = _after(
    _BRIDGE_PORT, neigh_suppress=(("neigh_vlan_suppress", _on_off),), locked=(("mab", _on_off),)
)
_NEWER_VXLAN: Final[Fields] = (
    ("id", _plain()),
    *_all(_far_end, "group", "remote", "local"),
    ("link", _plain("dev")),
    ("port_low", _port_range),
    ("port", _plain("dstport")),
    ("tos", _tos),
    ("ttl", _ttl),
    ("df", _dont_fragment),
    ("label", _flow_label),
    ("ageing", _ageing),
    ("limit", _limit),
    ("reserved_bits", _plain()),
    *_all(_present, "gbp", "gpe"),
    *_all(_unusual(usual=False), "external", "vnifilter"),
    ("learning", _unusual(usual=True)),
    *_all(_unusual(usual=False), "proxy", "rsc", "l2miss", "l3miss"),
    ("udp_csum", _unusual(usual=True)),
    *_all(_unusual(usual=False), "udp_zero_csum6_tx", "udp_zero_csum6_rx", "remcsum_tx", "remcsum_rx"),
    ("localbypass", _unusual(usual=True)),
)

#: The kinds about which iproute2 has more to say than their name.
_FIELDS: Final[Mapping[str, Fields]] = {
    "bridge": _BRIDGE, "bridge_slave": _BRIDGE_PORT, "ipvlan": _IPVLAN, "macvlan": _MACVLAN, "macvtap": _MACVLAN,
    "tun": _TUN, "vlan": _VLAN, "vxlan": _VXLAN,
}  # fmt: skip
#: What newer versions say otherwise.
_NEWER_FIELDS: Final[Mapping[str, Fields]] = {
    "bridge": _NEWER_BRIDGE, "bridge_slave": _NEWER_BRIDGE_PORT, "vxlan": _NEWER_VXLAN,
}  # fmt: skip

"""The files of /sys/class/net/BRIDGE/bridge (net/bridge/br_sysfs_br.c), as recorded on Linux 6.18.

Not modelled: `flush`, writing, and the directory `brport` of a port.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.bridge.options import bridge_details

#: The names that are those of netlink, times in 1/100 s.
_PLAIN: Final = (
    "ageing_time", "forward_delay", "gc_timer", "group_addr", "hello_time", "hello_timer", "max_age",
    "nf_call_arptables", "nf_call_ip6tables", "nf_call_iptables", "no_linklocal_learn", "priority", "root_path_cost",
    "root_port", "stp_state", "tcn_timer", "topology_change", "topology_change_detected", "topology_change_timer",
)  # fmt: skip
_MULTICAST: Final = (
    "igmp_version", "last_member_count", "last_member_interval", "membership_interval", "mld_version", "querier",
    "querier_interval", "query_interval", "query_response_interval", "query_use_ifaddr", "router", "snooping",
    "startup_query_count", "startup_query_interval", "stats_enabled",
)  # fmt: skip


def bridge_files(bridge: Bridge) -> dict[str, str]:
    """The content of each file by its name."""
    known = bridge_details(bridge)
    found = {name: str(known[name]) for name in _PLAIN}
    for name in _MULTICAST:
        short = name.replace("_count", "_cnt").replace("_interval", "_intvl")
        found[f"multicast_{name}"] = str(known[f"mcast_{short}"])
    found |= {name: str(known[f"mcast_{name}"]) for name in ("hash_elasticity", "hash_max")}
    found["group_fwd_mask"] = f"{int(known['group_fwd_mask']):#x}"
    found |= {name: _identifier(str(known[name])) for name in ("bridge_id", "root_id")}
    if bridge.filtering.is_built:
        found |= {name: str(known[name]) for name in ("vlan_filtering", "vlan_stats_enabled", "vlan_stats_per_port")}
        found["vlan_protocol"] = f"{bridge.filtering.protocol:#06x}"
        found["default_pvid"] = str(known["vlan_default_pvid"])
    return found


def _identifier(text: str) -> str:
    """`8000.2:0:0:0:0:aa` as `8000.0200000000aa`."""
    priority, _, address = text.partition(".")
    return f"{priority}.{''.join(octet.zfill(2) for octet in address.split(':'))}"


def read_bridge_file(bridge: Bridge, name: str) -> str:
    """KernelError(ENOENT) for one that is not there."""
    found = bridge_files(bridge).get(name)
    if found is None:
        raise KernelError(Errno.ENOENT)
    return f"{found}\n"

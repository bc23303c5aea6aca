"""What `ip -d` prints of bonds and of their slaves (iproute2: ip/iplink_bond.c, ip/iplink_bond_slave.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.programs.iproute2.ip.iplink.fields import Details, Fields, all_of, plain
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output


def _validate(out: Iproute2Output, key: str, known: Details) -> None:
    """The document has null for `none`."""
    out.both(key, f"{key} {known[key]} ", None if known[key] == "none" else known[key])


def _notifications(out: Iproute2Output, key: str, known: Details) -> None:
    out.both("num_peer_notif", f"{key} {known[key]} ", known[key])


def _lacp(out: Iproute2Output, key: str, known: Details) -> None:
    out.both(f"ad_{key}", f"{key} {known[key]} ", known[key])


BOND: Final[Fields] = (
    *all_of(plain(), "mode", "active_slave", "miimon", "updelay", "downdelay", "peer_notify_delay", "use_carrier"),
    *all_of(plain(), "arp_interval", "arp_missed_max"),
    ("arp_validate", _validate),
    *all_of(plain(), "arp_all_targets", "primary", "primary_reselect", "fail_over_mac", "xmit_hash_policy"),
    ("resend_igmp", plain()),
    ("num_grat_arp", _notifications),
    *all_of(plain(), "all_slaves_active", "min_links", "lp_interval", "packets_per_slave"),
    *all_of(_lacp, "lacp_active", "lacp_rate"),
    *all_of(plain(), "ad_select", "ad_aggregator", "ad_num_ports", "ad_actor_key", "ad_partner_key", "ad_partner_mac"),
    *all_of(plain(), "ad_actor_sys_prio", "ad_user_port_key", "ad_actor_system", "tlb_dynamic_lb"),
)

BOND_SLAVE: Final[Fields] = (
    *all_of(plain(), "state", "mii_status", "link_failure_count", "perm_hwaddr", "queue_id", "prio"),
    *all_of(plain(), "ad_aggregator_id", "ad_actor_oper_port_state", "ad_actor_oper_port_state_str"),
    *all_of(plain(), "ad_partner_oper_port_state", "ad_partner_oper_port_state_str"),
)

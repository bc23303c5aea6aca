"""The options of a bond (struct bond_params), and which may be set when (drivers/net/bonding/bond_options.c).

Names are those of `ip link`; times are in ms, those of delays in looks at the links.
"""

from __future__ import annotations

from typing import Final

from vnetsim.values import define, frozen

MODES: Final = (
    "balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb",
)  # fmt: skip
#: Their names in /proc/net/bonding (bond_mode_name).
MODE_NAMES: Final = (
    "load balancing (round-robin)", "fault-tolerance (active-backup)", "load balancing (xor)",
    "fault-tolerance (broadcast)", "IEEE 802.3ad Dynamic link aggregation", "transmit load balancing",
    "adaptive load balancing",
)  # fmt: skip
ROUND_ROBIN, ACTIVE_BACKUP, XOR, BROADCAST, LACP, TLB, ALB = MODES
_PRIMARY: Final = frozenset({ACTIVE_BACKUP, TLB, ALB})
_LACP: Final = frozenset({LACP})
_ARP: Final = frozenset({ROUND_ROBIN, ACTIVE_BACKUP, XOR, BROADCAST})
_ALL: Final = frozenset(MODES)
_INT_MAX: Final = 0x7FFFFFFF
#: The interval that modes get which need to look at the links (BOND_DEFAULT_MIIMON).
DEFAULT_MIIMON: Final = 100

#: Values by name, in the order of their numbers.
CHOICES: Final = {
    "arp_validate": ("none", "active", "backup", "all", "filter", "filter_active", "filter_backup"),
    "arp_all_targets": ("any", "all"),
    "primary_reselect": ("always", "better", "failure"),
    "fail_over_mac": ("none", "active", "follow"),
    "xmit_hash_policy": ("layer2", "layer2+3", "layer3+4", "encap2+3", "encap3+4", "vlan+srcmac"),
    "lacp_active": ("off", "on"),
    "lacp_rate": ("slow", "fast"),
    "ad_select": ("stable", "bandwidth", "count"),
}
#: Their numbers, where they are not those of the order: /sys/class/net/*/bonding shows them.
NUMBERS: Final = {"xmit_hash_policy": {"layer2": 0, "layer3+4": 1, "layer2+3": 2, "encap2+3": 3, "encap3+4": 4,
                                       "vlan+srcmac": 5}}  # fmt: skip


@define
class BondParams:
    """`primary` is a name, which a slave may have that is not there yet."""

    mode: str = ROUND_ROBIN
    miimon: int = 0
    updelay: int = 0
    downdelay: int = 0
    peer_notify_delay: int = 0
    use_carrier: int = 1
    arp_interval: int = 0
    arp_missed_max: int = 2
    arp_validate: str = "none"
    arp_all_targets: str = "any"
    primary: str = ""
    primary_reselect: str = "always"
    fail_over_mac: str = "none"
    xmit_hash_policy: str = "layer2"
    resend_igmp: int = 1
    num_grat_arp: int = 1
    all_slaves_active: int = 0
    min_links: int = 0
    lp_interval: int = 1
    packets_per_slave: int = 1
    lacp_active: str = "on"
    lacp_rate: str = "slow"
    ad_select: str = "stable"
    ad_actor_sys_prio: int = 65535
    ad_user_port_key: int = 0
    ad_actor_system: str = "00:00:00:00:00:00"
    tlb_dynamic_lb: int = 1

    @property
    def uses_primary(self) -> bool:
        """bond_uses_primary"""
        return self.mode in _PRIMARY

    @property
    def uses_hash(self) -> bool:
        return self.mode in (XOR, LACP)


@frozen
class BondOption:
    """struct bond_option: the modes that have it, whether slaves or an `up` bond forbid it, its numbers."""

    modes: frozenset[str] = _ALL
    no_slaves: bool = False
    down: bool = False
    low: int = 0
    high: int = _INT_MAX


#: In the order in which bond_changelink sets them.
OPTIONS: Final = {
    "mode": BondOption(no_slaves=True, down=True),
    "active_slave": BondOption(_PRIMARY),
    "miimon": BondOption(),
    "updelay": BondOption(),
    "downdelay": BondOption(),
    "peer_notify_delay": BondOption(high=300_000),
    "use_carrier": BondOption(),
    "arp_interval": BondOption(_ARP),
    "arp_ip_target": BondOption(),
    "ns_ip6_target": BondOption(),
    "arp_validate": BondOption(_ARP),
    "arp_all_targets": BondOption(),
    "primary": BondOption(_PRIMARY),
    "primary_reselect": BondOption(),
    "fail_over_mac": BondOption(no_slaves=True),
    "xmit_hash_policy": BondOption(),
    "resend_igmp": BondOption(high=255),
    "num_grat_arp": BondOption(high=255),
    "all_slaves_active": BondOption(high=1),
    "min_links": BondOption(),
    "lp_interval": BondOption(low=1),
    "packets_per_slave": BondOption(frozenset({ROUND_ROBIN}), high=0xFFFF),
    "lacp_active": BondOption(_LACP, down=True),
    "lacp_rate": BondOption(_LACP, down=True),
    "ad_select": BondOption(down=True),
    "ad_actor_sys_prio": BondOption(_LACP, low=1, high=0xFFFF),
    "ad_user_port_key": BondOption(_LACP, high=1023),
    "ad_actor_system": BondOption(_LACP),
    "tlb_dynamic_lb": BondOption(frozenset({TLB, ALB}), down=True, high=1),
    "arp_missed_max": BondOption(_ARP, low=1, high=255),
    "prio": BondOption(_PRIMARY, low=-_INT_MAX - 1),
}

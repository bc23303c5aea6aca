"""What follows `type bond` and `type bond_slave` (iproute2: ip/iplink_bond.c, ip/iplink_bond_slave.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.programs.iproute2.ip.iplink.kind_parser import Handler, KindArgs, Table, each, integer
from vnetsim.programs.iproute2.lib import ll_addr
from vnetsim.programs.iproute2.lib.arguments import invarg, number
from vnetsim.programs.iproute2.lib.ll_map import find

_MODES: Final = (
    "balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb",
)  # fmt: skip
_VALIDATE: Final = ("none", "active", "backup", "all", "filter", "filter_active", "filter_backup")
_HASHES: Final = ("layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac")


def _one_of(*names: str) -> Handler:
    """A name, or its number."""

    def handle(it: KindArgs, keyword: str) -> None:
        arg = it.args.next_arg()
        index = number(arg, base=10)
        if arg not in names and (index is None or index >= len(names)):
            raise invarg(f"invalid {keyword}", arg)
        it.options[keyword] = arg if arg in names else names[index or 0]

    return handle


def _device(it: KindArgs, keyword: str) -> None:
    it.options[keyword] = find(it.network, it.args.next_arg()).name


def _no_active_slave(it: KindArgs, _: str) -> None:
    it.options["active_slave"] = ""


def _text(it: KindArgs, keyword: str) -> None:
    it.options[keyword] = it.args.next_arg()


def _notifications(it: KindArgs, keyword: str) -> None:
    integer(8)(it, keyword)
    it.options["num_grat_arp"] = it.options.pop(keyword)


def _system(it: KindArgs, keyword: str) -> None:
    it.options[keyword] = ll_addr.parse(it.args.next_arg()).hex(":")


def _signed(it: KindArgs, keyword: str) -> None:
    arg = it.args.next_arg()
    value = number(arg.removeprefix("-"), 31)
    if value is None:
        raise invarg(f"invalid {keyword}", arg)
    it.options[keyword] = -value if arg.startswith("-") else value


#: In the order of the program, which decides what an abbreviation means.
BOND: Final[Table] = (
    ("mode", _one_of(*_MODES)),
    ("active_slave", _device),
    ("clear_active_slave", _no_active_slave),
    *each(integer(32), "miimon", "updelay", "downdelay", "peer_notify_delay"),
    ("use_carrier", integer(8)),
    ("arp_interval", integer(32)),
    *each(_text, "arp_ip_target", "ns_ip6_target"),
    ("arp_validate", _one_of(*_VALIDATE)),
    ("arp_all_targets", _one_of("any", "all")),
    ("primary", _device),
    ("primary_reselect", _one_of("always", "better", "failure")),
    ("fail_over_mac", _one_of("none", "active", "follow")),
    ("xmit_hash_policy", _one_of(*_HASHES)),
    ("resend_igmp", integer(32)),
    *each(_notifications, "num_grat_arp", "num_unsol_na"),
    ("all_slaves_active", integer(8)),
    *each(integer(32), "min_links", "lp_interval", "packets_per_slave"),
    ("lacp_active", _one_of("off", "on")),
    ("lacp_rate", _one_of("slow", "fast")),
    ("ad_select", _one_of("stable", "bandwidth", "count")),
    *each(integer(16), "ad_user_port_key", "ad_actor_sys_prio"),
    ("ad_actor_system", _system),
    ("tlb_dynamic_lb", integer(8)),
    ("arp_missed_max", integer(8)),
)

BOND_SLAVE: Final[Table] = (("queue_id", integer(16)), ("prio", _signed))

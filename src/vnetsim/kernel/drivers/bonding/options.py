"""Setting options of a bond and of its slaves (drivers/net/bonding/bond_options.c, bond_netlink.c).

Not modelled: monitoring by ARP (arp_interval, arp_ip_target, ns_ip6_target), the modes balance-tlb and
balance-alb, fail_over_mac follow, the hash policies encap2+3 and encap3+4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.drivers.bonding.active import change_active_slave, select_active_slave
from vnetsim.kernel.drivers.bonding.params import (
    ALB,
    DEFAULT_MIIMON,
    LACP,
    MODES,
    OPTIONS,
    TLB,
    BondOption,
)
from vnetsim.kernel.drivers.bonding.slave import UP, Slave
from vnetsim.wire.lacp import ACTIVITY, TIMEOUT
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.bonding.ad import Ad
    from vnetsim.kernel.drivers.bonding.state import Bonding

Value = str | int
_ERR, _WARNING, _INFO = 3, 4, 6
_ABSENT: Final = {
    "mode": (TLB, ALB), "fail_over_mac": ("follow",), "xmit_hash_policy": ("encap2+3", "encap3+4"),
}  # fmt: skip


def set_options(bond: Bonding, options: Mapping[str, Value]) -> None:
    """bond_changelink: in the kernel's order, until one is refused; KernelError with its sentence."""
    if options.get("miimon") and options.get("arp_interval"):
        raise KernelError(Errno.EINVAL, "ARP monitoring cannot be used with MII monitoring")
    for name in sorted(options, key=list(OPTIONS).index):
        set_option(bond, name, options[name])


def set_option(bond: Bonding, name: str, value: Value) -> None:
    """__bond_opt_set"""
    check_option(bond, name)
    option = OPTIONS[name]
    if isinstance(value, int) and not option.low <= value <= option.high:
        raise invalid(bond, name, value, option)
    if value in _ABSENT.get(name, ()):
        raise NotModelled(f"bond {name} {value}")
    setter = _SETTERS.get(name)
    if setter is not None:
        setter(bond, value)
    else:
        setattr(bond.params, name, value)
    bond.flush_flows()


def check_option(bond: Bonding, name: str) -> None:
    """bond_opt_check_deps: KernelError(EACCES, ENOTEMPTY, EBUSY)."""
    option, mode = OPTIONS[name], bond.params.mode
    if mode not in option.modes:
        what = f"not supported in mode {mode}({MODES.index(mode)})"
        bond.log(_ERR, f"option {name}: mode dependency failed, {what}")
        raise KernelError(Errno.EACCES, "option not supported in mode")
    if option.no_slaves and bond.slaves:
        bond.log(_ERR, f"option {name}: unable to set because the bond device has slaves")
        raise KernelError(Errno.ENOTEMPTY, "unable to set option because the bond device has slaves")
    if option.down and bond.up:
        bond.log(_ERR, f"option {name}: unable to set because the bond device is up")
        raise KernelError(Errno.EBUSY, "unable to set option because the bond is up")


def invalid(bond: Bonding, name: str, value: Value, option: BondOption | None = None) -> KernelError:
    bond.log(_ERR, f"option {name}: invalid value ({value})")
    if option is not None and option.high > 1:
        bond.log(_ERR, f"option {name}: allowed values {option.low} - {option.high}")
    return KernelError(Errno.EINVAL, "invalid option value")


# --- what some of them do --------------------------------------------------------------------------------------------


def _mode(bond: Bonding, value: Value) -> None:
    """bond_option_mode_set: modes without ARP monitoring look at the links."""
    bond.params.mode = str(value)
    bond.ad = _new_ad(bond) if value == LACP else None
    if value in (LACP, TLB, ALB) and not bond.params.miimon:
        bond.params.miimon = DEFAULT_MIIMON


def _new_ad(bond: Bonding) -> Ad:
    from vnetsim.kernel.drivers.bonding.ad import Ad  # noqa: PLC0415 -- only bonds in this mode

    return Ad(bond)


def _lacp_flag(name: str, bit: int, on: str) -> Callable[[Bonding, Value], None]:
    """bond_3ad_update_lacp_rate, bond_3ad_update_lacp_active: a bit of the states of all ports."""

    def setter(bond: Bonding, value: Value) -> None:
        setattr(bond.params, name, value)
        if bond.ad is not None:
            bond.ad.set_option(bit, on=value == on)

    return setter


def _actor_system(name: str) -> Callable[[Bonding, Value], None]:
    def setter(bond: Bonding, value: Value) -> None:
        if isinstance(value, str) and Mac.parse(value).is_multicast:
            raise invalid(bond, name, value)
        setattr(bond.params, name, value)
        if bond.ad is not None:
            bond.ad.take_system()

    return setter


def _min_links(bond: Bonding, value: Value) -> None:
    bond.params.min_links = int(value)
    if bond.ad is not None:
        bond.update_carrier()


def _miimon(bond: Bonding, value: Value) -> None:
    bond.params.miimon = int(value)
    bond.miimon_changed()


def _delay(name: str) -> Callable[[Bonding, Value], None]:
    """Delays count looks at the links: KernelError(EPERM) without a monitor."""

    def setter(bond: Bonding, value: Value) -> None:
        milliseconds, miimon = int(value), bond.params.miimon
        what = {"updelay": "up", "downdelay": "down", "peer_notify_delay": "peer notification"}[name]
        if not miimon:
            bond.log(_ERR, f"Unable to set {what} delay as MII monitoring is disabled")
            raise KernelError(Errno.EPERM)
        if milliseconds % miimon:
            rounded = milliseconds // miimon * miimon
            text = (
                f"{what} delay ({milliseconds}) is not a multiple of miimon ({miimon}), value rounded to {rounded} ms"
            )
            bond.log(_WARNING, text)
        setattr(bond.params, name, milliseconds // miimon)

    return setter


def _use_carrier(bond: Bonding, value: Value) -> None:
    del bond
    if not value:
        raise KernelError(Errno.EINVAL, "option obsolete, use_carrier cannot be disabled")


def _arp_monitoring(name: str) -> Callable[[Bonding, Value], None]:
    def setter(bond: Bonding, value: Value) -> None:
        del bond
        if value:
            raise NotModelled(f"bond {name}: monitoring by ARP")

    return setter


def _active_slave(bond: Bonding, value: Value) -> None:
    """bond_option_active_slave_set; without a name the best one is chosen."""
    if not value:
        change_active_slave(bond, None)
        select_active_slave(bond)
        return
    new = bond.slave_of(bond.namespace.device(str(value)))
    if new is None:
        raise invalid(bond, "active_slave", value)
    if new is bond.current:
        return
    if bond.current is None or new.link != UP or not new.is_up:
        what = f"Could not set as active slave; either {value} is down or the link is down"
        bond.log(_ERR, what, new)
        raise invalid(bond, "active_slave", value)
    change_active_slave(bond, new)


def _primary(bond: Bonding, value: Value) -> None:
    """bond_option_primary_set: also of a device that is no slave yet."""
    bond.params.primary = str(value)
    bond.primary = next((slave for slave in bond.slaves if slave.name == value), None)
    bond.force_primary = bond.primary is not None
    select_active_slave(bond)


def _primary_reselect(bond: Bonding, value: Value) -> None:
    bond.params.primary_reselect = str(value)
    select_active_slave(bond)


_SETTERS: Final[dict[str, Callable[[Bonding, Value], None]]] = {
    "mode": _mode, "active_slave": _active_slave, "miimon": _miimon, "use_carrier": _use_carrier,
    **{name: _delay(name) for name in ("updelay", "downdelay", "peer_notify_delay")},
    **{name: _arp_monitoring(name) for name in ("arp_interval", "arp_ip_target", "ns_ip6_target")},
    "primary": _primary, "primary_reselect": _primary_reselect, "min_links": _min_links,
    "lacp_rate": _lacp_flag("lacp_rate", TIMEOUT, "fast"), "lacp_active": _lacp_flag("lacp_active", ACTIVITY, "on"),
    **{name: _actor_system(name) for name in ("ad_actor_sys_prio", "ad_actor_system")},
}  # fmt: skip


# --- slaves ----------------------------------------------------------------------------------------------------------


def set_slave_options(slave: Slave, options: Mapping[str, Value]) -> None:
    """bond_slave_changelink: `queue_id`, `prio`."""
    bond = slave.bond
    if "queue_id" in options:
        queue = int(options["queue_id"])
        if queue > bond.queues or any(queue == other.queue_id for other in bond.slaves if queue):
            raise KernelError(Errno.EPERM)
        slave.queue_id = queue
    if "prio" in options:
        check_option(bond, "prio")
        slave.prio = int(options["prio"])
        if bond.primary is not None:
            what = "prio updated, but will not affect failover re-selection as primary slave have been set"
            bond.log(_WARNING, what, slave)
        select_active_slave(bond)


# --- what is shown ---------------------------------------------------------------------------------------------------


def bond_details(bond: Bonding) -> dict[str, Value]:
    """IFLA_BOND_*, in ms."""
    params = bond.params
    found: dict[str, Value] = {"mode": params.mode}
    if bond.current is not None and params.uses_primary:
        found["active_slave"] = bond.current.name
    for name in ("miimon", "updelay", "downdelay", "peer_notify_delay"):
        found[name] = getattr(params, name) * (1 if name == "miimon" else params.miimon)
    found |= {name: getattr(params, name) for name in ("use_carrier", "arp_interval", "arp_missed_max")}
    found |= {name: getattr(params, name) for name in ("arp_validate", "arp_all_targets")}
    if bond.primary is not None:
        found["primary"] = bond.primary.name
    found |= {name: getattr(params, name) for name in _SHOWN}
    if bond.ad is not None:
        found |= {**bond.ad.details(), **{name: getattr(params, name) for name in _SHOWN_OF_LACP}}
    return {**found, "tlb_dynamic_lb": params.tlb_dynamic_lb, "tso_max_size": bond.tso_max_size}


_SHOWN: Final = (
    "primary_reselect", "fail_over_mac", "xmit_hash_policy", "resend_igmp", "num_grat_arp", "all_slaves_active",
    "min_links", "lp_interval", "packets_per_slave", "lacp_active", "lacp_rate", "ad_select",
)  # fmt: skip
_SHOWN_OF_LACP: Final = ("ad_actor_sys_prio", "ad_user_port_key", "ad_actor_system")

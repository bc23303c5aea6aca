"""/sys/class/net/BOND/bonding, SLAVE/bonding_slave and bonding_masters, as recorded on Linux 6.18 (bond_sysfs.c).

What is written there is as with `ip link`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.drivers.bonding.bond import Bond
from vnetsim.kernel.drivers.bonding.options import bond_details, set_option
from vnetsim.kernel.drivers.bonding.params import CHOICES, MODES, NUMBERS
from vnetsim.kernel.drivers.bonding.slave import Slave
from vnetsim.kernel.rtnetlink.link import add_link, delete_link, set_link
from vnetsim.operations import AddLink, DeleteLink, SetLink

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace

#: Files by the name of their option, where it has another.
_OTHER_NAMES: Final = {"num_unsol_na": "num_grat_arp", "peer_notif_delay": "peer_notify_delay"}
_NUMERIC: Final = (
    "all_slaves_active", "arp_interval", "arp_missed_max", "downdelay", "lp_interval", "miimon", "min_links",
    "num_grat_arp", "num_unsol_na", "packets_per_slave", "peer_notif_delay", "resend_igmp", "tlb_dynamic_lb",
    "updelay", "use_carrier",
)  # fmt: skip
#: Files that have a content in mode 802.3ad only.
_LACP: Final = (
    "ad_actor_key", "ad_actor_sys_prio", "ad_actor_system", "ad_aggregator", "ad_num_ports", "ad_partner_key",
    "ad_partner_mac", "ad_user_port_key",
)  # fmt: skip


def _of_option(name: str) -> Callable[[Bond], str]:
    return lambda bond: str(bond_details(bond).get(_OTHER_NAMES.get(name, name), ""))


def _of_choice(name: str) -> Callable[[Bond], str]:
    """`layer2 0`"""
    numbers = NUMBERS.get(name) or {choice: number for number, choice in enumerate(CHOICES.get(name, MODES))}
    return lambda bond: f"{getattr(bond.params, name)} {numbers[getattr(bond.params, name)]}"


def _of_aggregator(name: str) -> Callable[[Bond], str]:
    """Of a bond in mode 802.3ad without an active aggregator it is 0."""
    return lambda bond: str(bond_details(bond).get(name, "" if bond.ad is None else 0))


FILES: Final[dict[str, Callable[[Bond], str]]] = {
    **{name: _of_option(name) for name in (*_NUMERIC, *_LACP, "active_slave", "primary")},
    **{name: _of_choice(name) for name in ("mode", *CHOICES)},
    **{name: _of_aggregator(name) for name in ("ad_aggregator", "ad_num_ports", "ad_actor_key", "ad_partner_key")},
    "arp_ip_target": lambda _bond: "",
    "mii_status": lambda bond: "up" if bond.carrier else "down",
    "queue_id": lambda bond: " ".join(f"{slave.name}:{slave.queue_id}" for slave in bond.slaves),
    "slaves": lambda bond: " ".join(slave.name for slave in bond.slaves),
}
SLAVE_FILES: Final[dict[str, Callable[[Slave], object]]] = {
    "ad_actor_oper_port_state": lambda slave: slave.details().get("ad_actor_oper_port_state", "N/A"),
    "ad_aggregator_id": lambda slave: slave.details().get("ad_aggregator_id", "N/A"),
    "ad_partner_oper_port_state": lambda slave: slave.details().get("ad_partner_oper_port_state", "N/A"),
    "link_failure_count": lambda slave: slave.link_failure_count,
    "mii_status": lambda slave: slave.link,
    "perm_hwaddr": lambda slave: slave.perm_mac,
    "queue_id": lambda slave: slave.queue_id,
    "state": lambda slave: "backup" if slave.backup else "active",
}
_READ_ONLY: Final = frozenset(("mii_status", *_LACP)) - {"ad_actor_sys_prio", "ad_actor_system", "ad_user_port_key"}


def read(bond: Bond, name: str) -> str:
    """KernelError(ENOENT) for a file that is not there; what has no value is empty."""
    if name not in FILES:
        raise KernelError(Errno.ENOENT)
    text = FILES[name](bond)
    return f"{text}\n" if text else ""


def read_slave(device: Device, name: str) -> str:
    slave = device.rx_handler_data
    if name not in SLAVE_FILES or not isinstance(slave, Slave):
        raise KernelError(Errno.ENOENT)
    return f"{SLAVE_FILES[name](slave)}\n"


def write(bond: Bond, name: str, text: str) -> None:
    """KernelError as for the option; (EINVAL) for what it does not read, (EACCES) for what cannot be written."""
    if name not in FILES:
        raise KernelError(Errno.ENOENT)
    if name in _READ_ONLY:
        raise KernelError(Errno.EACCES)
    if name == "slaves":
        _write_slaves(bond, text)
    elif name == "queue_id":
        _write_queue(bond, text)
    else:
        with bond.namespace.linkwatch:
            set_option(bond, _OTHER_NAMES.get(name, name), _value(name, text))


def _value(name: str, text: str) -> str | int:
    if name in _NUMERIC or name in ("ad_actor_sys_prio", "ad_user_port_key"):
        if not is_digits(text):
            raise KernelError(Errno.EINVAL)
        return int(text)
    choices = MODES if name == "mode" else CHOICES.get(name)
    if choices is None or text in choices:
        return text
    numbers = NUMBERS.get(name) or {choice: number for number, choice in enumerate(choices)}
    found = next((choice for choice, number in numbers.items() if str(number) == text), None)
    if found is None:
        raise KernelError(Errno.EINVAL)
    return found


def _write_slaves(bond: Bond, text: str) -> None:
    """`+eth0` enslaves, `-eth0` releases (bond_option_slaves_set)."""
    device = bond.namespace.find(text[1:])
    if text[:1] not in ("+", "-"):
        raise KernelError(Errno.EPERM)
    if device is None:
        raise KernelError(Errno.ENODEV)
    with bond.namespace.linkwatch:
        if text[0] == "+":
            if device.master is not None:
                raise KernelError(Errno.EBUSY)
            bond.add_slave(device)
        elif bond.slave_of(device) is None:
            raise KernelError(Errno.EINVAL)
        else:
            bond.del_slave(device)


def _write_queue(bond: Bond, text: str) -> None:
    """`eth0:2`"""
    name, _, queue = text.partition(":")
    slave = next((slave for slave in bond.slaves if slave.name == name), None)
    if slave is None or not is_digits(queue):
        raise KernelError(Errno.EINVAL)
    namespace: NetworkNamespace = bond.namespace  # type: ignore[assignment]
    set_link(namespace, SetLink(device=name, kind="bond_slave", options={"queue_id": int(queue)}))


def write_masters(network: NetworkNamespace, text: str) -> None:
    """`+bond7` makes a bond, `-bond7` deletes one."""
    name = text[1:]
    if text[:1] == "+" and name:
        add_link(network, AddLink(kind="bond", name=name))
    elif text[:1] == "-" and name:
        if not isinstance(network.by_name.get(name), Bond):
            raise KernelError(Errno.ENODEV)
        delete_link(network, DeleteLink(device=name))
    else:
        raise KernelError(Errno.EPERM)

"""/proc/net/bonding/NAME, as Linux 6.18 prints it (drivers/net/bonding/bond_procfs.c)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.drivers.bonding.bond import Bond
from vnetsim.kernel.drivers.bonding.params import MODE_NAMES, MODES, NUMBERS

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.bonding.ad import Ad, AdPort
    from vnetsim.kernel.drivers.bonding.slave import Slave
    from vnetsim.kernel.netns import NetworkNamespace

_AGGREGATOR: Final = {
    "Aggregator ID": "ad_aggregator", "Number of ports": "ad_num_ports", "Actor Key": "ad_actor_key",
    "Partner Key": "ad_partner_key", "Partner Mac Address": "ad_partner_mac",
}  # fmt: skip
_VERSION: Final = "v6.18.15+deb13-amd64"


def read(namespace: NetworkNamespace, name: str) -> str:
    """KernelError(ENOENT) for what is no bond."""
    device = namespace.by_name.get(name)
    if not isinstance(device, Bond):
        raise KernelError(Errno.ENOENT)
    return "".join(f"{line}\n" for line in (*_bond_lines(device), *_slave_lines(device)))


def _bond_lines(bond: Bond) -> Iterator[str]:
    """bond_info_show_master"""
    params = bond.params
    yield f"Ethernet Channel Bonding Driver: {_VERSION}"
    yield ""
    over_mac = (
        "" if params.fail_over_mac == "none" or not params.uses_primary else f" (fail_over_mac {params.fail_over_mac})"
    )
    yield f"Bonding Mode: {MODE_NAMES[MODES.index(params.mode)]}{over_mac}"
    if params.uses_hash:
        policy = params.xmit_hash_policy
        yield f"Transmit Hash Policy: {policy} ({NUMBERS['xmit_hash_policy'][policy]})"
    if params.uses_primary:
        reselect = "" if bond.primary is None else f" (primary_reselect {params.primary_reselect})"
        yield f"Primary Slave: {_name(bond.primary)}{reselect}"
        yield f"Currently Active Slave: {_name(bond.current)}"
    yield f"MII Status: {'up' if bond.carrier else 'down'}"
    yield f"MII Polling Interval (ms): {params.miimon}"
    yield f"Up Delay (ms): {params.updelay * params.miimon}"
    yield f"Down Delay (ms): {params.downdelay * params.miimon}"
    yield f"Peer Notification Delay (ms): {params.peer_notify_delay * params.miimon}"
    if bond.ad is not None:
        yield from _aggregation_lines(bond, bond.ad)


def _aggregation_lines(bond: Bond, ad: Ad) -> Iterator[str]:
    params = bond.params
    yield from ("", "802.3ad info")
    yield f"LACP active: {params.lacp_active}"
    yield f"LACP rate: {params.lacp_rate}"
    yield f"Min links: {params.min_links}"
    yield f"Aggregator selection policy (ad_select): {params.ad_select}"
    yield f"System priority: {ad.system_priority}"
    yield f"System MAC address: {ad.system}"
    known = ad.details()
    if not known:
        yield f"bond {bond.name} has no active aggregator"
        return
    yield "Active Aggregator Info:"
    for text, key in _AGGREGATOR.items():
        yield f"\t{text}: {known[key]}"


def _name(slave: Slave | None) -> str:
    return "None" if slave is None else slave.name


def _slave_lines(bond: Bond) -> Iterator[str]:
    """bond_info_show_slave"""
    for slave in bond.slaves:
        yield ""
        yield f"Slave Interface: {slave.name}"
        yield f"MII Status: {slave.link}"
        yield "Speed: Unknown" if slave.speed is None else f"Speed: {slave.speed} Mbps"
        yield "Duplex: Unknown" if slave.speed is None else "Duplex: full"
        yield f"Link Failure Count: {slave.link_failure_count}"
        yield f"Permanent HW addr: {slave.perm_mac}"
        yield f"Slave queue ID: {slave.queue_id}"
        if bond.ad is not None:
            yield from _port_lines(bond.ad.ports[slave])


def _port_lines(port: AdPort) -> Iterator[str]:
    yield f"Aggregator ID: {'N/A' if port.aggregator is None else port.aggregator.identifier}"
    yield f"Actor Churn State: {port.actor_churn.state}"
    yield f"Partner Churn State: {port.partner_churn.state}"
    yield f"Actor Churned Count: {port.actor_churn.count}"
    yield f"Partner Churned Count: {port.partner_churn.count}"
    yield "details actor lacp pdu:"
    yield f"    system priority: {port.system_priority}"
    yield f"    system mac address: {port.system}"
    yield f"    port key: {port.key}"
    yield "    port priority: 255"
    yield f"    port number: {port.number}"
    yield f"    port state: {port.state}"
    partner = port.partner
    yield "details partner lacp pdu:"
    yield f"    system priority: {partner.system_priority}"
    yield f"    system mac address: {partner.system}"
    yield f"    oper key: {partner.key}"
    yield f"    port priority: {partner.port_priority}"
    yield f"    port number: {partner.port}"
    yield f"    port state: {partner.state}"

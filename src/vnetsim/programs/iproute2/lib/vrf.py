"""Devices that are VRFs, by their names (iproute2: ip/ipvrf.c: ipvrf_get_table, name_is_vrf)."""

from __future__ import annotations

from vnetsim.observations import Link
from vnetsim.process.network import Network
from vnetsim.programs.iproute2.lib.arguments import invarg


def vrfs(network: Network) -> list[Link]:
    """In the order of their indexes."""
    return [link for link in network.links() if link.kind == "vrf"]


def vrf_table(network: Network, name: str) -> int | None:
    """The table of a VRF; the main one for `default`, None if there is no such VRF."""
    found = next((link for link in vrfs(network) if link.name == name), None)
    if found is None:
        return 254 if name == "default" else None
    return int(found.details["table"])


def by_vrf_name(network: Network, name: str) -> Link:
    """The VRF; Iproute2Error if there is no such one."""
    found = next((link for link in vrfs(network) if link.name == name), None)
    if found is None:
        raise invarg("Not a valid VRF name\n", name)
    return found

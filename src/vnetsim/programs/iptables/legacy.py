"""iptables-legacy: the same commands on the tables of ip_tables (iptables 1.8.9).

Packets meet the rules of both kinds, and each kind of program sees those of its own only.  Modelled are namespaces with
rules of one kind: the tables are then the same.  Not modelled: iptables-legacy-save and -restore, the few messages that
differ, rules of both kinds in one namespace, and nft there.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process

#: A service of the machine: the networks that have rules of ip_tables.
_NETWORKS: Final = "/proc/net/ip_tables_names"


def _networks(process: Process) -> list[object]:
    try:
        found: list[object] = process.machine.service(_NETWORKS)
    except KernelError:
        found = []
    return found


def expect_nft(process: Process) -> None:
    """NotModelled for a program of nf_tables where rules of ip_tables are."""
    if any(process.network is network for network in _networks(process)):
        raise NotModelled(f"{process.argv[0]} beside rules of iptables-legacy")


def use(process: Process) -> None:
    """Here are rules of ip_tables from now on; NotModelled where rules of nf_tables are."""
    networks = _networks(process)
    if any(process.network is network for network in networks):
        return
    if any(process.network.ruleset(version).tables for version in (4, 6)):
        raise NotModelled(f"{process.argv[0]} beside rules of iptables-nft")
    process.machine.offer_service(_NETWORKS, [*networks, process.network])

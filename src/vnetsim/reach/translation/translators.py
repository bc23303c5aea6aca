"""Who changes the destination of packets in a lab: nat rules of iptables and of nft, and docker-proxy.

    for translation in translations(lab):
        translation.matched, translation.text

Read are the nat rules of every namespace, at PREROUTING and OUTPUT, in built-in chains and in those that they call;
what the engine publishes is among them, and in the command lines of its proxies.

Not read: programs other than docker-proxy that pass on what they receive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vnetsim.process.network import Network
from vnetsim.reach.translation import iptables_nat, nft_nat
from vnetsim.reach.translation.independence import networks
from vnetsim.reach.translation.intervals import complement
from vnetsim.reach.translation.translations import (
    LOOPBACK,
    OUTPUT,
    PROTOCOLS,
    PROXY,
    Namespace,
    Translation,
    anything,
    local_addresses,
)
from vnetsim.wire.inet import parse_address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


def translations(lab: BaseLab) -> list[Translation]:
    """All of a lab, namespaces in their order, without those that a machine makes of its own loopback to itself.

    That is what Docker's embedded DNS needs: no socket is bound to 127.0.0.11.
    """
    found: list[Translation] = []
    for network in filter(_translates, networks(lab)):
        namespace = Namespace.of(lab, network)
        found += iptables_nat.translations(namespace)
        found += nft_nat.translations(namespace)
    found += _proxies(lab)
    return [each for each in found if each.matched and not _is_at_home(each)]


def _translates(network: Network) -> bool:
    return bool(network.native_tables()) or any("nat" in network.ruleset(v).tables for v in (4, 6))


def _is_at_home(each: Translation) -> bool:
    home = LOOPBACK[each.matched.version]
    if each.hook != OUTPUT or complement(home, each.matched.addresses):
        return False
    return each.to_local or (each.addresses is not None and not complement(home, (each.addresses,)))


def _proxies(lab: BaseLab) -> Iterator[Translation]:
    """docker-proxy, by its command line."""
    for process in lab.machine.processes():
        if process.network is None or not process.argv[:1] or not process.argv[0].endswith("/docker-proxy"):
            continue
        flags = dict(zip(process.argv[1::2], process.argv[2::2], strict=False))
        outer, inner = parse_address(flags["-host-ip"]), parse_address(flags["-container-ip"])
        local = local_addresses(process.network, outer.version)
        if flags["-proto"] not in PROTOCOLS:
            continue
        port, inside = int(flags["-host-port"]), int(flags["-container-port"])
        matched = anything(outer.version).narrowed(
            protocols=[flags["-proto"]],
            ports=((port, port),),
            addresses=((int(outer), int(outer)),) if outer else local,
        )
        yield Translation(
            namespace=lab.label_of(process.network), hook=PROXY, matched=matched, version=inner.version,
            addresses=(int(inner), int(inner)), ports=(inside, inside), text=" ".join(process.argv),
        )  # fmt: skip

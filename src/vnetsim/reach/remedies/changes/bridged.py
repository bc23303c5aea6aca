"""Proposals about bridges and netfilter: back by the port that it came from, and no rules for what is only bridged.

A bridge sends a frame back by its port only in hairpin mode (br_forward.c, should_deliver).  br_netfilter passes
bridged packets to the rules of iptables (Documentation/networking/bridge.rst), mostly written for routed ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.dropreason import DropReason
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes.filtering import program_for
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.walks.crossing import Crossing, crossings
from vnetsim.reach.walks.loss import Loss
from vnetsim.trace import Filtered

_BACK: Final = "behind the port it came from"


def hairpins(situation: Situation) -> Iterator[Change]:
    """What was translated to who is behind the same port: that port in hairpin mode, and its answers come back here."""
    for loss in situation.diagnosis.lost:
        netns, packet = situation.namespaces.find(loss.event.namespace), situation.packet(loss)
        if (
            netns is None
            or packet is None
            or loss.reason is not DropReason.NO_TX_TARGET
            or _BACK not in loss.event.detail
        ):
            continue
        if _is_translated(situation, netns, loss):
            device = loss.event.device
            hairpin = netns.command(f"bridge link set dev {device} hairpin on")
            ends = f"-s {packet.source} -d {packet.destination}"
            back = netns.command(f"{program_for(packet)} -t nat -A POSTROUTING {ends} -j MASQUERADE")
            text = f"let {netns.label} send back by {device} what came in by it"
            yield Change((hairpin,), text)
            yield Change((hairpin, back), f"{text}, and masquerade it")


def _is_translated(situation: Situation, netns: LabNetns, loss: Loss) -> bool:
    return any(
        isinstance(event, Filtered) and event.verdict == "DNAT" and event.namespace == netns.label
        for event in situation.diagnosis.verdict.journey(loss.packet)
    )


def unfiltered(situation: Situation) -> Iterator[Change]:
    """Bridged packets meet no rules of iptables: where none of them is about bridged ones.

    An engine needs them to: what it forbids between containers of one network is a rule.
    """
    for crossing in crossings(situation.namespaces, situation.diagnosis.verdict, ended=True):
        netns, version = crossing.netns, crossing.came.source.version
        key = f"net.bridge.bridge-nf-call-ip{'6' if version == 6 else ''}tables"
        if not _is_dropped_on_a_bridge(situation, crossing) or not netns.sysctl_value(key):
            continue
        has_engine = situation.lab.has_engine and netns.endpoint.kind == "host"
        if not has_engine and not _is_about_bridged(netns, crossing.in_device, version):
            text = f"let bridged packets of IPv{version} meet no rules of iptables in {netns.label}"
            yield Change((netns.sysctl(key, 0),), text)


def _is_dropped_on_a_bridge(situation: Situation, crossing: Crossing) -> bool:
    loss = situation.loss
    return (
        loss is not None
        and loss.event.namespace == crossing.netns.label
        and loss.role == "request"
        and loss.reason in (DropReason.NETFILTER_DROP, DropReason.NETFILTER_REJECT)
        and loss.decider.hook == "FORWARD"
        and loss.decider.table == "filter"
        and not crossing.is_routed
    )


def _is_about_bridged(netns: LabNetns, bridge: str, version: int) -> bool:
    """Whether a rule matches ports of a bridge, or what comes in and leaves by one."""
    table = netns.network.ruleset(version).tables["filter"]
    return any(
        match.name == "physdev" for chain in table.chains.values() for entry in chain.entries
        for match in entry.rule.matches
    ) or any(
        entry.rule.in_device is not None and entry.rule.out_device is not None
        and entry.rule.in_device.fits(bridge) and entry.rule.out_device.fits(bridge)
        for chain in table.chains.values() for entry in chain.entries
    )  # fmt: skip

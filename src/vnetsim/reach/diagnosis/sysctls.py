"""Sysctls that decide about packets, and what they were when they did."""

from __future__ import annotations

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.endpoints.netns import LabNetns, conf
from vnetsim.reach.walks.loss import Loss


def sysctl_of(netns: LabNetns, loss: Loss) -> str:
    """The sysctl that decided: that of the device, or the one of all devices where that is what counts."""
    key = str(loss.decider)
    if loss.reason is DropReason.IP_INADDRERRORS and netns.sysctl_value(key):
        family = "ipv6" if "ipv6" in key else "ipv4"
        return conf(loss.event.device, "forwarding").replace("ipv4", family)
    every = conf("all", key.rpartition(".")[2])
    strictest = loss.reason in (DropReason.IP_RPFILTER, DropReason.ARP_IGNORED)
    return every if strictest and netns.sysctl_value(every) > netns.sysctl_value(key) else key


def about_sysctl(case: DiagnosisCase, loss: Loss) -> str:
    netns = case.namespaces.find(loss.event.namespace)
    if netns is None:
        return str(loss.decider)
    packet = case.packet(loss.packet)
    about = f", {packet.source} > {packet.destination}" if packet is not None else ""
    key = sysctl_of(netns, loss)
    return f"{key} = {netns.sysctl_value(key)}{about}"

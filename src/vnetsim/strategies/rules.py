"""iptables rules as strategies: command lines for one namespace, most of which mean something to its traffic.

Drawn: filter, nat, mangle and raw; matches on addresses, devices, protocols, ports, ICMP types, marks and
states; the targets that decide, mark, translate or call a chain.  Not drawn: LOG, limits by time, IPv6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from vnetsim.strategies.topologies import Topology, inside

_HOOKS: Final = {
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "raw": ("PREROUTING", "OUTPUT"),
}
_REJECTS: Final = ("icmp-port-unreachable", "icmp-net-unreachable", "icmp-host-prohibited", "icmp-admin-prohibited")


@st.composite
def _matches(draw: st.DrawFn, chain: str, devices: Sequence[str], addresses: Sequence[str]) -> str:
    ins = chain in ("PREROUTING", "INPUT", "FORWARD")
    outs = chain in ("FORWARD", "OUTPUT", "POSTROUTING")
    negated = draw(st.sampled_from(["", "", "! "]))
    address = draw(st.sampled_from([*addresses, "10.0.0.0/24", "10.0.1.0/24"]))
    device = draw(st.sampled_from([*devices, "lo"]))
    choices = ["", f"{negated}-s {address}", f"{negated}-d {address}", f"{negated}-p icmp", "-p tcp --dport 80",
               "-p icmp --icmp-type echo-request", "-p icmp --icmp-type 0", "-p udp", "-m mark --mark 0x1",
               f"{negated}-f", "-m length --length 0:100",
               "-m conntrack --ctstate ESTABLISHED,RELATED", "-m conntrack --ctstate NEW"]  # fmt: skip
    choices += [f"{negated}-i {device}"] if ins else []
    choices += [f"{negated}-o {device}"] if outs else []
    return draw(st.sampled_from(choices))


@st.composite
def rules(draw: st.DrawFn, topology: Topology, namespace: str | None) -> str:
    """One `iptables` command that appends, inserts or sets a policy."""
    devices = topology.devices(namespace)
    addresses = [str(assigned.interface.address) for assigned in topology.addresses]
    table = draw(st.sampled_from(["filter", "filter", "filter", "mangle", "raw", "nat", "nat"]))
    if table == "nat":
        return inside(namespace, draw(_nat(devices, addresses)))
    chain = draw(st.sampled_from(_HOOKS[table]))
    if table == "filter" and draw(st.integers(0, 5)) == 0:
        return inside(namespace, f"iptables -P {chain} {draw(st.sampled_from(['DROP', 'ACCEPT']))}")
    match = draw(_matches(chain, devices, addresses))
    target = draw(_targets(table))
    verb = draw(st.sampled_from(["-A", "-A", "-I"]))
    args = ["iptables", "" if table == "filter" else f"-t {table}", verb, chain, match, target]
    return inside(namespace, " ".join(filter(None, args)))


def _targets(table: str) -> st.SearchStrategy[str]:
    choices = ["-j ACCEPT", "-j DROP", "-j RETURN", ""]
    if table == "filter":
        choices += ["-j REJECT", *(f"-j REJECT --reject-with {kind}" for kind in _REJECTS)]
    elif table == "mangle":
        choices += ["-j MARK --set-mark 0x1", "-j TTL --ttl-set 2", "-j TOS --set-tos 0x10"]
    else:
        choices += ["-j NOTRACK"]
    return st.sampled_from(choices)


@st.composite
def _nat(draw: st.DrawFn, devices: Sequence[str], addresses: Sequence[str]) -> str:
    chain = draw(st.sampled_from(["PREROUTING", "OUTPUT", "POSTROUTING", "INPUT"]))
    match = draw(_matches(chain, devices, addresses))
    other = draw(st.sampled_from(addresses))
    if chain in ("PREROUTING", "OUTPUT"):
        targets = [f"-j DNAT --to-destination {other}", "-j REDIRECT", "-j ACCEPT"]
    elif chain == "POSTROUTING":
        targets = ["-j MASQUERADE", f"-j SNAT --to-source {other}", "-j ACCEPT"]
    else:
        targets = [f"-j SNAT --to-source {other}", "-j ACCEPT"]
    return " ".join(filter(None, ["iptables -t nat -A", chain, match, draw(st.sampled_from(targets))]))


@st.composite
def rule_sets(draw: st.DrawFn, topology: Topology, max_size: int = 5) -> tuple[str, ...]:
    """Rules in one of the topology's namespaces, in the order in which they are typed."""
    namespace = draw(st.sampled_from(topology.probing_namespaces))
    return tuple(draw(st.lists(rules(topology, namespace), max_size=max_size)))

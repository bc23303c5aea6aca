"""Mutations of iptables and ip6tables: one rule is deleted or moved; a policy; ip_forward; NAT.

Wide are those after which a chain accepts whatever comes: ACCEPT as its policy, as its first rule, or for want of the
rules that dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.netfilter.tables import Chain
from vnetsim.reach.exploration.mutations.mutation import Mutation, MutationNetns, cables, forwards, mutation_netns

if TYPE_CHECKING:
    from vnetsim.lab import Lab

_ENGINE_RULES: Final = re.compile(r"-j DOCKER|docker0|br-[0-9a-f]{12}")
_OF_PEOPLE: Final = "DOCKER-USER"
_ALL_REFUSED: Final = re.compile(r"-j (DROP|REJECT)( --reject-with \S+)?")
_PROGRAMS: Final = {4: "iptables", 6: "ip6tables"}
_FORWARDING: Final = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}


def firewall(lab: Lab) -> Iterator[Mutation]:
    for netns in mutation_netns(lab):
        for version in (4, 6):
            yield from _firewall(lab, netns, version)


def _firewall(lab: Lab, netns: MutationNetns, version: int) -> Iterator[Mutation]:
    if version == 6 and not _speaks_ipv6(lab, netns):
        return
    switched = 0 if forwards(lab, netns, version) else 1
    yield Mutation("firewall", (f"{netns.prefix}sysctl -w {_FORWARDING[version]}={switched}",))
    table = lab.network(netns.name).ruleset(version).tables.get("filter")
    for chain in _chains_of_people({} if table is None else table.chains):
        yield from _of_chain(f"{netns.prefix}{_PROGRAMS[version]}", chain)


def _speaks_ipv6(lab: Lab, netns: MutationNetns) -> bool:
    found = lab.network(netns.name).addresses()
    return any(
        entry.address.version == 6
        and not entry.address.is_loopback
        and not getattr(entry.address, "is_link_local", False)
        for entry in found
    )


def _chains_of_people(chains: dict[str, Chain]) -> list[Chain]:
    return [
        chain
        for name, chain in chains.items()
        if chain.present and (name == _OF_PEOPLE or not name.startswith("DOCKER"))
    ]


def _of_chain(program: str, chain: Chain) -> Iterator[Mutation]:
    every = [str(entry.rule) for entry in chain.entries]
    rules = dict.fromkeys(rule for rule in every if not _ENGINE_RULES.search(rule))
    drops = str(chain.policy) == "DROP"
    for rule in rules:
        delete = f"{program} -D {chain.name} {rule}"
        yield Mutation("firewall", (delete,), wide=bool(_ALL_REFUSED.fullmatch(rule)) and not drops)
        if rule != every[-1]:
            yield Mutation("firewall", (delete, f"{program} -A {chain.name} {rule}"))
        if rule != every[0]:
            yield Mutation("firewall", (delete, f"{program} -I {chain.name} {rule}"), wide=rule == "-j ACCEPT")
    if rules:
        yield Mutation("firewall", (f"{program} -F {chain.name}",), wide=not drops)
    if chain.policy is not None:
        yield Mutation("firewall", (f"{program} -P {chain.name} {'ACCEPT' if drops else 'DROP'}",), wide=drops)
    yield Mutation("firewall", (f"{program} -I {chain.name} -j ACCEPT",), wide=True)


def nat(lab: Lab) -> Iterator[Mutation]:
    """A router masquerades what leaves by one of its devices, whoever sent it."""
    for netns in mutation_netns(lab):
        addressed = {entry.device for entry in lab.network(netns.name).addresses() if entry.address.version == 4}
        if not forwards(lab, netns):
            continue
        masquerading = _masquerading(lab, netns)
        for link in cables(lab, netns):
            rule = f"-o {link.name} -j MASQUERADE"
            if link.name in addressed and rule not in masquerading:
                yield Mutation("nat", (f"{netns.prefix}iptables -t nat -A POSTROUTING {rule}",))


def _masquerading(lab: Lab, netns: MutationNetns) -> list[str]:
    table = lab.network(netns.name).ruleset().tables.get("nat")
    return [] if table is None else [str(entry.rule) for entry in table.chains["POSTROUTING"].entries]

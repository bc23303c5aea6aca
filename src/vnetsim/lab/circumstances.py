"""What decides about the packets of a lab besides themselves: chance, counting, the clock, a module of the kernel.

An answer is the walk of one packet at one time, so what is found here is an assumption of each answer: rules that
match by chance or count packets (xt_statistic.c, nft_numgen.c, xt_cpu.c), rules about the time (xt_time.c,
nft_meta.c), netem that loses or corrupts (sch_netem.c), routes of several next hops (fib_multipath_hash), bonds that
send in turn or by a hash of addresses (bond_main.c), and br_netfilter, which is loaded here from the beginning.
Limits are none: what a question sends stays below them.  Neither are the ports that NAT chooses.  Many of one kind
are one sentence, with their number.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, cast

from vnetsim.clock import SECOND
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.netfilter.nft.rule import rule_text

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.bonding.state import Bonding
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.kernel.proc.machine import KernelMachine
    from vnetsim.observations import Qdisc
    from vnetsim.process.network import Network

_CHANCE: Final = "chance decides, another packet may fare otherwise"
_COUNT: Final = "the number of the packet decides, the next one may fare otherwise"
_HASH: Final = "a hash, seeded anew at each boot, decides which of {} next hops a flow takes"
_PORT: Final = "a hash of addresses decides by which of {} ports a flow leaves"
#: As many of one kind are named one by one.
_FEW: Final = 3
#: The rules of iptables, and expressions of nft, by what decides; a share of 0 or 1 does not.
_IPTABLES: Final = {
    _CHANCE: re.compile(r"-m statistic --mode random (?:! )?--probability 0\.(?!0+ )|-m cpu "),
    _COUNT: re.compile(r"-m statistic --mode nth (?!--every 1 )"),
    "": re.compile(r"-m time "),
}
_NFT: Final = {
    _CHANCE: re.compile(r"NumgenExpr\(mode='random', modulus=(?!1,)|MetaExpr\(key='(?:random|cpu)'\)"),
    _COUNT: re.compile(r"NumgenExpr\(mode='inc', modulus=(?!1,)"),
    "": re.compile(r"MetaExpr\(key='(?:hour|day|time)'\)"),
}
#: Targets that let a packet go on.
_HARMLESS: Final = ("LOG", "NFLOG")
_FAMILIES: Final = {4: ("iptables", ("ip", "inet")), 6: ("ip6tables", ("ip6", "inet"))}
#: A share of all packets, for netem.
_ALL: Final = 0xFFFF_FFFF
_MODULE: Final = "net/bridge/"


def circumstances(machine: KernelMachine, *, docker: bool) -> Iterator[str]:
    """A sentence for each; `docker`: an engine was started, which loads br_netfilter."""
    namespaces: list[NetworkNamespace] = machine.kernel.namespaces
    now = time.strftime("%A %Y-%m-%d %H:%M UTC", time.gmtime(machine.wall_clock() // SECOND))
    loaded = docker or any(each.sysctls.has_written(_MODULE) for each in namespaces)
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for namespace in namespaces:
        for kind, subject, decider, detail in (*_deciding(machine.network(namespace)), *_bonds(namespace)):
            found.setdefault((kind, decider), []).append((f"{namespace.label}, {subject}", detail))
    for (kind, decider), those in found.items():
        yield from _sentences(kind, decider or f"the time decides, assumed to be {now}", those)
    for namespace in () if loaded else namespaces:
        yield from _bridged(namespace, machine.network(namespace))


def _sentences(kind: str, decider: str, those: list[tuple[str, str]]) -> Iterator[str]:
    """One for each, or one for many."""
    if len(those) > _FEW:
        subject, detail = those[0]
        those = [(f"{subject}, and {len(those) - 1} more such {kind}", detail)]
    for subject, detail in those:
        yield f"{subject}: {decider}{detail}"


def _deciding(network: Network) -> Iterator[tuple[str, str, str, str]]:
    """What decides: its kind, which one it is, by what ("" for the time), and how it is written."""
    for where, text, decider in (*_of_iptables(network), *_of_nft(network)):
        yield "rules", where, decider, f" ({text})"
    for qdisc in network.qdiscs():
        shares = _shares(qdisc)
        if shares:
            yield "disciplines", f"netem of {qdisc.device}", _CHANCE, f" ({', '.join(shares)})"
    for route, count in _routes(network):
        yield "routes", route, _HASH.format(count), ""


def _of_iptables(network: Network) -> Iterator[tuple[str, str, str]]:
    for version, (program, _) in _FAMILIES.items():
        for table in network.ruleset(version).tables.values():
            for chain in table.chains.values():
                for number, entry in enumerate(chain.entries, 1):
                    rule = entry.rule
                    if not rule.matches or rule.target is None or rule.target.name in _HARMLESS:
                        continue
                    text = " ".join(map(str, rule.matches)) + " "
                    for decider in (each for each, pattern in _IPTABLES.items() if pattern.search(text)):
                        yield f"{program} {table.name} {chain.name} rule {number}", str(rule), decider


def _of_nft(network: Network) -> Iterator[tuple[str, str, str]]:
    for table in network.native_tables().values():
        for chain in table.chains.values():
            for number, entry in enumerate(chain.entries, 1):
                meaning = repr(entry.rule.statements)
                for decider in (each for each, pattern in _NFT.items() if pattern.search(meaning)):
                    yield f"nft {table.name} {chain.name} rule {number}", rule_text(table, entry.rule), decider


def _shares(qdisc: Qdisc) -> list[str]:
    """What netem does to some packets so that they do not arrive as they are."""
    found = [f"{name} {qdisc.options[name] / _ALL:.4g}" for name in ("loss", "corrupt") if _is_partly(qdisc, name)]
    models = [f"loss {name}" for name in ("state", "gemodel") if name in qdisc.options]
    return found + models if qdisc.kind == "netem" else []


def _is_partly(qdisc: Qdisc, name: str) -> bool:
    return 0 < qdisc.options.get(name, 0) < _ALL


def _routes(network: Network) -> Iterator[tuple[str, int]]:
    """Those of several next hops, and how many these are."""
    for version in _FAMILIES:
        for route in network.routes(version, None):
            if len(route.hops) > 1:
                yield f"route {route.destination if route.destination.length else 'default'}", len(route.hops)


def _bonds(namespace: NetworkNamespace) -> Iterator[tuple[str, str, str, str]]:
    """Those that divide what they send among several ports."""
    for bond in (cast("Bonding", each) for each in namespace.devices() if each.kind == "bond"):
        ports = sum(slave.is_up for slave in bond.slaves)
        if ports > 1 and (bond.params.mode == "balance-rr" or bond.params.uses_hash):
            decider = _PORT.format(ports) if bond.params.uses_hash else _COUNT
            yield "bonds", f"bond {bond.name}", decider, f" (mode {bond.params.mode})"


def _bridged(namespace: NetworkNamespace, network: Network) -> Iterator[str]:
    """Where it makes a difference: a bridge with ports, and rules or policies."""
    if not any(isinstance(device.master, Bridge) for device in namespace.devices()):
        return
    for version, (program, families) in _FAMILIES.items():
        chains = [chain for table in network.ruleset(version).tables.values() for chain in table.chains.values()]
        native = [chain for (family, _), table in network.native_tables().items() if family in families
                  for chain in table.chains.values()]  # fmt: skip
        filtered = any(chain.entries or str(chain.policy or "ACCEPT") != "ACCEPT" for chain in chains)
        if namespace.sysctls.number(f"{_MODULE}bridge-nf-call-{program}") and (filtered or any(native)):
            loaded = f"br_netfilter is assumed to be loaded, so that {program} filters what bridges pass on"
            yield f"{namespace.label}: {loaded} (net.bridge.bridge-nf-call-{program} = 1)"

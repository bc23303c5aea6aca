"""What `arptables -L`, `-S` and arptables-save print (nft_arp_print_rule_details, nft_arp_save_rule)."""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.programs.arptables.arguments import BUILTIN, ArpCommand
from vnetsim.programs.arptables.chains import ArpChains


def _chosen(chains: ArpChains, name: str | None) -> list[str]:
    if name is None:
        return chains.names
    if name not in chains.names:
        raise ArgumentError(f"chain `{name}' in table `filter' is incompatible, use 'nft' tool.", status=1)
    return [name]


def listed(chains: ArpChains, command: ArpCommand) -> Iterator[str]:
    chosen = _chosen(chains, command.chain)
    if command.kind == "S":
        if command.number is None:
            yield from (f"-P {each} {chains.policy(each)}" for each in chosen if each in BUILTIN)
            yield from (f"-N {each}" for each in chosen if each not in BUILTIN)
        for each in chosen:
            lines = list(commands(chains, each, counters="v" in command.flags))
            yield from lines if command.number is None else lines[command.number - 1 : command.number]
        return
    for at, each in enumerate(chosen):
        yield from [""] if at else []
        lines = list(_rules(chains, each, command.flags))
        yield from (
            [_head(chains, each, command.flags), *lines]
            if command.number is None
            else (lines[command.number - 1 : command.number])
        )


def commands(chains: ArpChains, name: str, *, counters: bool) -> Iterator[str]:
    for rule, counter in chains.rules(name):
        counts = f"-c {counter.packets} {counter.bytes} " if counters else ""
        yield f"-A {name} {counts}{rule.text(numeric=True)}"


def _head(chains: ArpChains, name: str, flags: set[str]) -> str:
    if name not in BUILTIN:
        return f"Chain {name} ({chains.references(name)} references)"
    return f"Chain {name} (policy {chains.policy(name)}{' 0 packets, 0 bytes' if 'v' in flags else ''})"


def _rules(chains: ArpChains, name: str, flags: set[str]) -> Iterator[str]:
    every = "*" if "n" in flags else "any"
    for number, (rule, counter) in enumerate(chains.rules(name), 1):
        text = rule.text(numeric="n" in flags, devices=(every, every) if "v" in flags else ("", ""))
        counts = f" , pcnt={counter.packets} -- bcnt={counter.bytes} " if "v" in flags else ""
        yield f"{f'{number} ' if '0' in flags else ''}{text}{counts}"

"""iptables and ip6tables (iptables/xtables.c: do_commandx)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import Wait
from vnetsim.netfilter.errors import VERSION, ArgumentError, NetfilterError
from vnetsim.netfilter.tables import BUILTIN, Chain, XtTable
from vnetsim.process import Process
from vnetsim.programs.iptables import arguments, listing
from vnetsim.programs.iptables.arguments import IptablesCommand
from vnetsim.programs.iptables.change import carry_out, operations
from vnetsim.programs.iptables.complaints import check_native, complain, may_change, names_warning, reading, try_help
from vnetsim.programs.iptables.listing import ListingFormat
from vnetsim.wire.inet import Address

_USAGE: Final = """\
{name} {version}

Usage: {name} -[ACD] chain rule-specification [options]
       {name} -I chain [rulenum] rule-specification [options]
       {name} -R chain rulenum rule-specification [options]
       {name} -D chain rulenum [options]
       {name} -[LS] [chain [rulenum]] [options]
       {name} -[FZ] [chain] [options]
       {name} -[NX] chain
       {name} -E old-chain-name new-chain-name
       {name} -P chain target [options]
       {name} -h (print this help information)
"""


def run(process: Process, name: str) -> Generator[Wait, Any, int]:
    version = 6 if name.startswith("ip6") else 4
    try:
        command = yield from reading(process, version, process.argv[1:])
    except ArgumentError as refused:
        return complain(process, name, refused)
    except arguments.AnotherFamilyError:
        try_help(process, name)
        return 2
    except arguments.ShowVersionError:
        process.write(f"{name} {VERSION}\n")
        return 0
    except arguments.ShowHelpError:
        process.write(_USAGE.format(name=name, version=VERSION))
        return 0
    if not may_change(process, name):
        return 4
    return (yield from execute(process, name, version, command))


def execute(process: Process, name: str, version: int, command: IptablesCommand) -> Generator[Wait, Any, int]:
    """List and change; the exit status."""
    if command.table not in BUILTIN:
        process.error(f"{name} {VERSION}: table '{command.table}' does not exist\n")
        process.error(f"Perhaps {name} or your kernel needs to be upgraded.\n")
        return 3
    try:
        if any(kind in "LS" for kind in command.kinds):
            for line in (yield from listed(process, version, command)):
                process.write(f"{line}\n")
                process.error(names_warning(line))
        if not operations(command, version):
            return 0
    except NetfilterError as refused:
        return complain(process, name, refused)
    return _changed(process, name, version, command)


def _changed(process: Process, name: str, version: int, command: IptablesCommand) -> int:
    lines, refusal = carry_out(process.network, command, version)
    for line in lines:
        process.write(f"{line}\n")
    return 0 if refusal is None else complain(process, name, refusal)


def listed(process: Process, version: int, command: IptablesCommand) -> Generator[Wait, Any, list[str]]:
    check_native(process, version, command.table)
    table = process.network.ruleset(version).table(command.table)
    chosen = _chosen(table, command.chain)
    number = command.number or None
    if "S" in command.kinds:
        return _commands(chosen, number, counters=command.verbose > 0)
    names = {} if command.numeric else (yield from _names(process, chosen))
    form = ListingFormat(
        version=version,
        numeric=command.numeric,
        verbose=command.verbose > 0,
        exact=command.exact,
        line_numbers=command.line_numbers,
        name=names.get,
    )
    if number is not None:
        return list(listing.rules(chosen[0], form, number))
    return list(listing.chains(table, chosen, form))


def _commands(chosen: list[Chain], number: int | None, *, counters: bool) -> list[str]:
    if number is None:
        return list(listing.commands(chosen, counters=counters))
    return [listing.command(chosen[0], entry, counters=counters) for entry in chosen[0].entries[number - 1 : number]]


def _chosen(table: XtTable, name: str | None) -> list[Chain]:
    if name is None:
        return table.listed()
    if name not in table.chains:
        raise ArgumentError(f"chain `{name}' in table `{table.name}' is incompatible, use 'nft' tool.", status=1)
    return [table.chains[name]]


def _names(process: Process, chosen: list[Chain]) -> Generator[Wait, Any, dict[Address, str]]:
    """The names of the addresses that would be listed."""
    wanted: dict[Address, None] = {}
    for chain in chosen:
        for rule in chain.rules:
            for network in (rule.source, rule.destination):
                if network is not None and network.mask:
                    wanted[network.address] = None
            wanted |= dict.fromkeys(address for extension in rule.extensions for address in extension.addresses)
    names: dict[Address, str] = {}
    for address in wanted:
        found: str | None = yield process.reverse(address)
        if found is not None:
            names[address] = found
    return names

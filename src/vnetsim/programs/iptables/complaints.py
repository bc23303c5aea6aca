"""The error messages of the programs (xtables_error, xtables_exit_tryhelp), and resolving names."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from vnetsim.clock import Wait
from vnetsim.errors import NotModelled
from vnetsim.netfilter.errors import NO_LABEL_NAMES, VERSION, ArgumentError, NetfilterError
from vnetsim.netfilter.ipset.listset import families_of
from vnetsim.netfilter.nft.compat import FAMILIES
from vnetsim.netfilter.specification import UnknownHostError
from vnetsim.netfilter.tables import BUILTIN
from vnetsim.process import Process, Resolved
from vnetsim.programs.iptables.arguments import IptablesCommand, parse
from vnetsim.wire.inet import Address

NOT_PERMITTED = "Could not fetch rule set generation id: Permission denied (you must be root)\n"


def complain(process: Process, program: str, refused: NetfilterError, line: int | None = None) -> int:
    """Print it as `program` would, in `line` of what iptables-restore reads; the exit status."""
    refused.program = program
    process.error(f"{refused}\n")
    if isinstance(refused, ArgumentError) and refused.status == 2:
        try_help(process, program, line)
    return refused.status


def try_help(process: Process, program: str, line: int | None = None) -> None:
    if line is not None:
        process.error(f"Error occurred at line: {line}\n")
    process.error(f"Try `{program} -h' or '{program} --help' for more information.\n")


def may_change(process: Process, program: str) -> bool:
    """Without CAP_NET_ADMIN even listing is refused (exit status 4)."""
    if not process.context.privileged:
        process.error(f"{program} {VERSION}: {NOT_PERMITTED}")
    return process.context.privileged


def check_native(process: Process, version: int, table: str | None = None) -> None:
    """NotModelled where nft made a table (`table` or any) of iptables' that has something to show."""
    native = process.network.native_tables()
    family = FAMILIES[version]
    for name in BUILTIN if table is None else (table,):
        if (family, name) in native and native[family, name].chains:
            raise NotModelled(f"iptables: listing the table {name}, which nft made")


def reading(
    process: Process, version: int, args: Sequence[str], *, table: str | None = None
) -> Generator[Wait, Any, IptablesCommand]:
    """The command in `args`, with the addresses of all names in it; notes are printed, errors are as in `parse`."""
    hosts: dict[str, Sequence[Address]] = {}
    notes: list[str] = []
    while True:
        try:
            command = parse(args, version, hosts, notes, table=table)
            _check_sets(process, version, command)
            return command
        except UnknownHostError as unknown:
            answer: Resolved = yield process.resolve(unknown.name, version)
            hosts[unknown.name] = answer.addresses
            notes.clear()
        finally:
            for note in notes:
                process.error(f"{note}\n")


def _check_sets(process: Process, version: int, command: IptablesCommand) -> None:
    """Refuse rules with sets that do not exist, or that are of the other family (get_set_byname of libxt_set.h)."""
    for name in {name: None for rule in command.rules for extension in rule.extensions for name in extension.sets}:
        found = process.network.ipsets().find(name)
        if found is None:
            raise ArgumentError(f"Set {name} doesn't exist.\n")
        if version not in families_of(found):
            family = {4: "IPv4", 6: "IPv6"}[families_of(found)[0]]
            raise ArgumentError(f"The protocol family of set {name} is {family}, which is not applicable.\n")


def names_warning(line: str) -> str:
    """What iptables says when it looks for the name of a connection's label in a line that it prints."""
    return f"{NO_LABEL_NAMES}\n" if "connlabel" in line.split() else ""

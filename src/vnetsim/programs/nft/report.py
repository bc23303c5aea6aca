"""list and reset (do_command_list, do_command_reset of src/rule.c and json.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Final

import attrs

from vnetsim.errors import Errno
from vnetsim.netfilter.nft import json, rule
from vnetsim.netfilter.nft.datatype import Json
from vnetsim.netfilter.nft.operations import NftResetObjects
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.sets import NftObject, NftSet
from vnetsim.netfilter.nft.statement import XtStmt
from vnetsim.netfilter.nft.tables import NftTable
from vnetsim.process import Process
from vnetsim.programs.nft.cache import NOT_FOUND, NftCache
from vnetsim.programs.nft.cmd import Cmd
from vnetsim.programs.nft.erec import ErrorRecord, NftError

_OBJECTS: Final = ("counter", "quota", "limit")
#: Listings that fetch only what they are about, and so have no advice.
_FILTERED: Final = ("table", "chain", "set", "map")
#: Of this target iptables makes nf_tables' own statement (add_log in iptables/nft.c).
_NATIVE_TARGET: Final = "NFLOG"


def check(command: Cmd, knowledge: NftCache) -> None:
    """Refused where there is no such thing (cmd_evaluate_list, cmd_evaluate_reset)."""
    if command.table is None:
        return
    knowledge.command = command
    family = command.family or "ip"
    if command.verb == "list" and command.thing in _FILTERED:
        _check_filtered(command, knowledge, family)
        return
    table = knowledge.own_table()
    name = command.name if command.verb == "list" else None
    if name is not None and (command.thing, name.text) not in table.objects:
        raise NftError(knowledge.no_object(name.text), name.location)


def _check_filtered(command: Cmd, knowledge: NftCache, family: str) -> None:
    assert command.table is not None
    table = knowledge.table(family, command.table.text)
    if table is None:
        raise NftError(NOT_FOUND, command.table.location)
    if command.name is None:
        return
    name = command.name.text
    if command.thing == "chain":
        found = name in table.chains
    else:
        found = name in table.sets and table.sets[name].spec.is_map == (command.thing == "map")
    if not found:
        raise NftError(NOT_FOUND, command.name.location)


def output_context(options: Container[str], process: Process) -> OutputContext:
    names = {link.index: link.name for link in process.network.links()}
    numeric = "n" in options
    return OutputContext(
        numeric_symbols=numeric, numeric_protocols=numeric or "p" in options,
        numeric_priorities=numeric or "y" in options, numeric_times=numeric or "T" in options,
        services="S" in options, users="u" in options, stateless="s" in options, terse="t" in options,
        handles="a" in options, interface=names.get, now=process.now(),
    )  # fmt: skip


@attrs.define
class Lister:
    process: Process
    tables: Sequence[NftTable]
    style: OutputContext
    as_json: bool

    def run(self, command: Cmd) -> ErrorRecord | None:
        """A complaint where the kernel refuses."""
        if command.verb == "reset":
            return self._reset(command)
        if self.as_json:
            self.process.write(json.document(self._json(command)))
        else:
            for text in self._text(command):
                self.process.write(text)
        return None

    # --- which ------------------------------------------------------------------------------------------------------

    def _chosen(self, command: Cmd) -> list[NftTable]:
        """Tables of the family, and of the name if there is one."""
        return [
            table
            for table in self.tables
            if (command.family in (None, table.family) and command.table is None) or table is self._own(command)
        ]

    def _own(self, command: Cmd) -> NftTable | None:
        if command.table is None:
            return None
        key = command.family or "ip", command.table.text
        return next((table for table in self.tables if table.key == key), None)

    def _objects(self, command: Cmd, table: NftTable) -> list[NftObject]:
        kind = command.thing.removesuffix("s")
        name = None if command.name is None else command.name.text
        return [one for (k, n), one in table.objects.items() if k == kind and name in (None, n)]

    def _sets(self, command: Cmd, table: NftTable) -> Iterator[NftSet]:
        for one in table.sets.values():
            if one.spec.anonymous or one.spec.is_map != command.thing.startswith("map"):
                continue
            if command.name is None or command.name.text == one.spec.name:
                yield one

    # --- text -------------------------------------------------------------------------------------------------------

    def _text(self, command: Cmd) -> Iterator[str]:
        printers: dict[str, Callable[[Cmd, NftTable], str]] = {
            "table": self._table,
            "ruleset": self._table,
            "tables": _head_alone,
            "chain": self._chain,
            "chains": self._chains,
            **dict.fromkeys(("set", "map", "sets", "maps"), self._set_text),
        }
        printer = printers.get(command.thing, self._object_text)
        everywhere = command.thing in ("sets", "maps")
        chosen = self._chosen(attrs.evolve(command, table=None) if everywhere else command)
        for table in chosen:
            yield printer(command, table)

    def _warn(self, table: NftTable) -> None:
        statements = (s for c in table.chains.values() for e in c.entries for s in e.rule.statements)
        if any(isinstance(statement, XtStmt) and statement.name != _NATIVE_TARGET for statement in statements):
            self.process.error(f"# Warning: table {table} is managed by iptables-nft, do not touch!\n")

    def _table(self, command: Cmd, table: NftTable) -> str:
        del command
        self._warn(table)
        return rule.table_text(table, self.style)

    def _chain(self, command: Cmd, table: NftTable) -> str:
        assert command.name is not None
        chain = table.chains[command.name.text]
        self._warn(attrs.evolve(table, chains={chain.name: chain}))
        return f"{rule.table_head(table)}\n{rule.chain_text(table, chain, self.style)}}}\n"

    def _chains(self, command: Cmd, table: NftTable) -> str:
        del command
        chains = "".join(f"{rule.chain_head(one, self.style)}\t}}\n" for one in table.chains.values())
        return f"{rule.table_head(table)}\n{chains}}}\n"

    def _set_text(self, command: Cmd, table: NftTable) -> str:
        sets = "".join(rule.set_text(one, self.style) for one in self._sets(command, table))
        return f"{rule.table_head(table)}\n{sets}}}\n"

    def _object_text(self, command: Cmd, table: NftTable) -> str:
        if not table.objects:
            return ""
        objects = "".join(rule.object_text(one, self.style) for one in self._objects(command, table))
        return f"{rule.table_head(table)}\n{objects}}}\n"

    # --- JSON -------------------------------------------------------------------------------------------------------

    def _json(self, command: Cmd) -> Iterator[Json]:
        everywhere = command.thing in ("sets", "maps")
        for table in self._chosen(attrs.evolve(command, table=None) if everywhere else command):
            yield from self._json_of(command, table)

    def _json_of(self, command: Cmd, table: NftTable) -> Iterator[Json]:
        match command.thing:
            case "table" | "ruleset":
                yield from json.whole_table_json(table, self.style)
            case "tables":
                yield json.table_json(table)
            case "chain":
                assert command.name is not None
                chain = table.chains[command.name.text]
                yield json.chain_json(table, chain)
                yield from json.rules_json(table, chain, self.style)
            case "chains":
                yield from (json.chain_json(table, one) for one in table.chains.values())
            case "set" | "map" | "sets" | "maps":
                yield from (json.set_json(table, one, self.style) for one in self._sets(command, table))
            case _:
                yield from (json.object_json(table, one) for one in self._objects(command, table))

    # --- reset ------------------------------------------------------------------------------------------------------

    def _reset(self, command: Cmd) -> ErrorRecord | None:
        """Print the state of objects, and reset it."""
        table = None if command.table is None else command.table.text
        name = None if command.name is None else command.name.text
        chosen = self._chosen(command)
        if name is not None and not any(self._objects(command, one) for one in chosen):
            return ErrorRecord(f"Could not process rule: {Errno.ENOENT.strerror}", command.location)
        if self.as_json:
            found = [json.object_json(one, o) for one in chosen for o in self._objects(command, one)]
            self.process.write(json.document(found))
        else:
            for one in chosen:
                if self._objects(command, one):
                    self.process.write(self._object_text(command, one))
        self.process.network.execute(
            NftResetObjects(kind=command.thing.removesuffix("s"), family=command.family, table=table, name=name)
        )
        return None


def _head_alone(_command: Cmd, table: NftTable) -> str:
    return f"table {table}\n"

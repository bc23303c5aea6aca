"""Running commands: all of them, or none; list and reset (src/libnftables.c, rule.c and json.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Final

import attrs

from vnetsim.errors import Errno, NotModelled
from vnetsim.netfilter.nft import json, rule
from vnetsim.netfilter.nft.datatype import Json
from vnetsim.netfilter.nft.events import NftChanges
from vnetsim.netfilter.nft.extack import BatchRefused, ExtAck
from vnetsim.netfilter.nft.location import InputDescriptor
from vnetsim.netfilter.nft.operations import NftBatch, NftResetObjects
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.sets import NftObject, NftSet
from vnetsim.netfilter.nft.statement import XtStmt
from vnetsim.netfilter.nft.tables import NftTable
from vnetsim.process import Process
from vnetsim.programs.nft.cache import NOT_FOUND, NftCache, needed
from vnetsim.programs.nft.cmd import Cmd
from vnetsim.programs.nft.datatype import NameEnvironment
from vnetsim.programs.nft.erec import ErrorRecord, NftError
from vnetsim.programs.nft.evaluate_cmd import CmdEvaluator
from vnetsim.programs.nft.netlink_linearize import NetlinkStep
from vnetsim.programs.nft.parser import NftScope
from vnetsim.programs.nft.parser_cmd import parse
from vnetsim.values import define, frozen

_MAX_ERRORS: Final = 10
_LISTINGS: Final = ("list", "reset")
_NOT_PERMITTED: Final = "Operation not permitted (you must be root)\n"
_NO_CACHE: Final = "netlink: Error: cache initialization failed: Operation not permitted\n"
#: Listings that fetch only their own table, and so have no suggestions.
_FILTERED: Final = ("table", "chain", "set", "map", "flowtable")
#: Of this target iptables makes nf_tables' own statement (add_log in iptables/nft.c).
_NATIVE_TARGET: Final = "NFLOG"


@frozen(kw_only=True)
class NftOptions:
    """`letters` are the options given, `defines` the arguments of -D, `args` the command or `file` its source."""

    letters: frozenset[str]
    defines: tuple[tuple[str, str], ...] = ()
    args: tuple[str, ...] = ()
    file: str | None = None

    def __contains__(self, letter: str) -> bool:
        return letter in self.letters


@define
class NftSession:
    """One run of nft; `tables` are all tables of the namespace, with those of iptables."""

    process: Process
    options: NftOptions
    tables: Sequence[NftTable]
    environment: NameEnvironment

    def run(self, source: InputDescriptor, scope: NftScope) -> int:
        commands, errors = parse(source, scope)
        kinds = needed(commands)
        if not self.process.context.privileged:
            return self._refuse(commands, errors, kinds)
        flushed = any(command.verb == "flush" and command.thing == "ruleset" for command in commands)
        cache = NftCache(() if flushed else self.tables, kinds)
        steps = self._plan(commands, cache, errors)
        if errors:
            return self._report(errors)
        if steps and any(command.verb in _LISTINGS for command in commands):
            raise NotModelled("nft: a listing together with changes")
        refused = self._execute(steps, cache)
        if refused:
            return self._report(refused)
        return self._list(commands)

    # --- evaluation --------------------------------------------------------------------------------------------------

    def _plan(self, commands: list[Cmd], cache: NftCache, errors: list[ErrorRecord]) -> list[NetlinkStep]:
        names = {table.key: {name for name in table.sets if name.startswith("__")} for table in self.tables}
        evaluator = CmdEvaluator(cache, self.environment, names)
        steps: list[NetlinkStep] = []
        wrong = 0
        for command in commands:
            try:
                if command.verb in _LISTINGS:
                    _check_listed(command, cache)
                else:
                    steps += evaluator.evaluate(command)
            except NftError as refused:
                errors += [*refused.before, refused.error]
                wrong += 1
                if wrong == _MAX_ERRORS:
                    break
        return steps

    def _report(self, errors: Sequence[ErrorRecord]) -> int:
        for error in errors:
            self.process.error(str(error))
        return 1

    def _refuse(self, commands: list[Cmd], errors: list[ErrorRecord], kinds: frozenset[str]) -> int:
        """Without CAP_NET_ADMIN not even the cache can be filled."""
        if kinds or errors or not commands:
            self.process.error(_NOT_PERMITTED)
            if not errors:
                self.process.error(_NO_CACHE)
            return self._report(errors)
        message = f"Could not process rule: {Errno.EPERM.strerror}"
        return self._report([ErrorRecord(message, command.location) for command in commands[:1]])

    def _execute(self, steps: list[NetlinkStep], cache: NftCache) -> list[ErrorRecord]:
        if not steps:
            return []
        batch = NftBatch(operations=tuple(step.final() for step in steps), check="c" in self.options,
                         by=self.process.pid, by_name=self.process.argv[0].rpartition("/")[2])  # fmt: skip
        watch = self.process.network.watch_ruleset() if "e" in self.options and not batch.check else None
        try:
            self.process.network.execute(batch)
        except BatchRefused as refused:
            return [_error(failure, steps[failure.number], cache) for failure in refused.failures]
        finally:
            if watch is not None:
                watch.close()
        if watch is not None:
            self._echo(watch.heard)
        return []

    def _echo(self, heard: Sequence[NftChanges | None]) -> None:
        """What was added (netlink_echo_callback)."""
        style = output_context(self.options.letters, self.process)
        for changes in filter(None, heard):
            added = [event for event in changes.events if event.verb != "delete" and event.echoed]
            if not added and changes.events:
                continue
            from vnetsim.programs.nft.monitor import json_line, text_lines  # noqa: PLC0415 -- few commands echo

            self.process.write(json_line(added, style) if "j" in self.options else text_lines(changes, added, style))

    def _list(self, commands: list[Cmd]) -> int:
        style = output_context(self.options.letters, self.process)
        lister = _Lister(self.process, self.tables, style, as_json="j" in self.options)
        for command in commands:
            if command.verb in _LISTINGS:
                error = lister.run(command)
                if error is not None:
                    return self._report([error])
        return 0


def _error(failure: ExtAck, step: NetlinkStep, cache: NftCache) -> ErrorRecord:
    message = f"Could not process rule: {failure.errno.strerror}"
    location = step.parts.get(failure.part) if failure.part else None
    if location is None:
        return ErrorRecord(message, step.command.location)
    suggestion = cache.suggestion(step.command) if failure.errno is Errno.ENOENT else None
    if suggestion is None:
        return ErrorRecord(message, location)
    if not suggestion.kind and step.command.thing != "table" and step.command.table is not None:
        location = step.command.table.location
    return ErrorRecord(f"{failure.errno.strerror}{suggestion}", location)


# --- list and reset (do_command_list, do_command_reset) -------------------------------------------------------------


def _check_listed(command: Cmd, cache: NftCache) -> None:
    """Fail if the listed table, chain, set or object does not exist (cmd_evaluate_list, cmd_evaluate_reset)."""
    if command.table is None:
        return
    cache.command = command
    family = command.family or "ip"
    if command.verb == "list" and command.thing in _FILTERED:
        _check_filtered(command, cache, family)
        return
    table = cache.own_table()
    name = command.name if command.verb == "list" else None
    if name is not None and (command.thing, name.text) not in table.objects:
        raise cache.missing("obj", name.text, name.location)


def _check_filtered(command: Cmd, cache: NftCache, family: str) -> None:
    assert command.table is not None
    table = cache.table(family, command.table.text)
    if table is None:
        raise NftError(NOT_FOUND, command.table.location)
    if command.name is None:
        return
    name = command.name.text
    if command.thing == "chain":
        found = name in table.chains
    elif command.thing == "flowtable":
        found = ("flowtable", name) in table.objects
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


@define
class _Lister:
    process: Process
    tables: Sequence[NftTable]
    style: OutputContext
    as_json: bool

    def run(self, command: Cmd) -> ErrorRecord | None:
        """An error where the kernel refuses."""
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
            **dict.fromkeys(("flowtable", "flowtables"), self._flowtables),
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
        chains = "".join(f"{rule.chain_head(table, one, self.style)}\t}}\n" for one in table.chains.values())
        return f"{rule.table_head(table)}\n{chains}}}\n"

    def _flowtables(self, command: Cmd, table: NftTable) -> str:
        chosen = (one for one in table.flowtables.values() if command.name_text in (None, one.name))
        return f"{rule.table_head(table)}\n{''.join(rule.flowtable_text(one, self.style) for one in chosen)}}}\n"

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
            case "flowtable" | "flowtables":
                chosen = (one for one in table.flowtables.values() if command.name_text in (None, one.name))
                yield from (json.flowtable_json(table, one) for one in chosen)
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

"""Commands become operations (cmd_evaluate_... of src/evaluate.c, nft_cmd_expand of src/cmd.c of nftables 1.0.6).

Each operation has the locations that errors of the kernel about its parts point to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypedDict

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft import operations as ops
from vnetsim.netfilter.nft.expression import Expr
from vnetsim.netfilter.nft.extack import POLICY, TYPE
from vnetsim.netfilter.nft.location import Location
from vnetsim.netfilter.nft.numbers import TableKey
from vnetsim.netfilter.nft.set_expr import SetExpr, SetSpec, expr_name
from vnetsim.netfilter.nft.sets import EMPTY_OBJECTS, OBJECT_KINDS, ObjectSpec
from vnetsim.netfilter.nft.stateful import CounterStmt, LimitStmt, QuotaStmt
from vnetsim.netfilter.nft.tables import DEVICE_HOOKS, FAMILY_HOOKS, NftHook, NftRule
from vnetsim.programs.nft.cache import (
    NOT_FOUND,
    CachedChain,
    CachedElem,
    CachedSet,
    CachedTable,
    NftCache,
    check_overlaps,
    merged,
    take_out,
)
from vnetsim.programs.nft.cmd import ChainBlock, Cmd, FlowtableBlock, HookSpec, Name, ObjectBlock, SetBlock, TableBlock
from vnetsim.programs.nft.datatype import NameEnvironment, priority_of
from vnetsim.programs.nft.erec import NftError
from vnetsim.programs.nft.evaluate_set import SetContext, declared
from vnetsim.programs.nft.evaluate_stmt import RuleEvaluator
from vnetsim.programs.nft.netlink_linearize import NetlinkStep, Part, elements_of, known_elements, new_elem, parts_of


class _Table(TypedDict):
    family: str
    table: str


def _table(command: Cmd) -> _Table:
    family, table = command.key
    return {"family": family, "table": table}


def _named(command: Cmd) -> Name:
    assert command.name is not None
    return command.name


class CmdEvaluator:
    """Evaluates commands in their order; `names` are those of the anonymous sets that exist."""

    def __init__(self, cache: NftCache, env: NameEnvironment, names: Mapping[TableKey, set[str]]) -> None:
        self._cache, self._env = cache, env
        self._names = {key: set(found) for key, found in names.items()}
        self._pending: list[NetlinkStep] = []
        new = ("add", "create")
        self._evaluate: dict[tuple[str, str], Callable[[Cmd], list[NetlinkStep]]] = {
            **{(verb, "table"): self._add_table for verb in new},
            **{(verb, "chain"): self._add_chain for verb in new},
            **{(verb, "rule"): self._add_rule for verb in ("add", "insert")},
            **{(verb, kind): self._add_set for verb in new for kind in ("set", "map")},
            **{(verb, "element"): self._add_elements for verb in new},
            **{(verb, kind): self._add_object for verb in new for kind in OBJECT_KINDS},
            **{(verb, "flowtable"): self._add_flowtable for verb in new},
            **{("delete", kind): self._delete for kind in ("flowtable", "table", "chain", "set", "map", *OBJECT_KINDS)},
            **{("flush", kind): self._flush_set for kind in ("set", "map")},
            **{("flush", kind): self._delete_rule for kind in ("table", "chain")},
            ("replace", "rule"): self._replace_rule,
            ("delete", "rule"): self._delete_rule,
            ("delete", "element"): self._delete_elements,
            ("flush", "ruleset"): self._flush_ruleset,
            ("rename", "chain"): self._rename,
        }

    def evaluate(self, command: Cmd) -> list[NetlinkStep]:
        self._cache.command = command
        evaluate = self._evaluate.get((command.verb, command.thing))
        if evaluate is None:
            raise NotModelled(f"nft {command.verb} {command.thing}")
        self._pending = []
        return evaluate(command)

    # --- tables -----------------------------------------------------------------------------------------------------

    def _add_table(self, command: Cmd) -> list[NetlinkStep]:
        block = command.payload if isinstance(command.payload, TableBlock) else None
        table = self._cache.tables.setdefault(command.key, CachedTable(*command.key))
        operation = ops.NftAddTable(
            **_table(command),
            dormant=block is not None and block.dormant,
            comment=None if block is None else block.comment,
            create=command.verb == "create",
        )
        steps = [NetlinkStep(command, operation)]
        if block is None:
            return steps
        inside = self._in_block(command, table, block)
        # `create` makes the table without its block.
        return [*steps, *(inside if command.verb == "add" else ())]

    def _in_block(self, command: Cmd, table: CachedTable, block: TableBlock) -> list[NetlinkStep]:
        sets: list[NetlinkStep] = []
        for name, kind, set_block in block.sets:
            sets += self._set_steps(_inner(command, kind, name), set_block, name.location)
        chains: list[NetlinkStep] = []
        rules: list[NetlinkStep] = []
        for name, chain_block in block.chains:
            inner = _inner(command, "chain", name)
            chains.append(self._chain_step(inner, chain_block))
            rules += self._rule_steps(inner, chain_block)
        objects = []
        for kind, name, object_block in block.objects:
            table.objects[kind, name.text] = None
            objects.append(self._object_step(_inner(command, kind, name), object_block))
        for name, flowtable in block.flowtables:
            sets.append(self._flowtable_step(_inner(command, "flowtable", name), flowtable))
        return [*chains, *objects, *sets, *rules]

    def _flush_ruleset(self, command: Cmd) -> list[NetlinkStep]:
        return [NetlinkStep(command, ops.NftDeleteTable(family=command.family))]

    # --- chains -----------------------------------------------------------------------------------------------------

    def _add_chain(self, command: Cmd) -> list[NetlinkStep]:
        self._cache.own_table()
        block = command.payload if isinstance(command.payload, ChainBlock) else None
        steps = [self._chain_step(command, block)]
        return steps if block is None else [*steps, *self._rule_steps(command, block)]

    def _rule_steps(self, command: Cmd, block: ChainBlock) -> list[NetlinkStep]:
        """The rules in a chain's block, each behind its anonymous sets."""
        steps: list[NetlinkStep] = []
        for rule in block.rules:
            self._pending = []
            step = self._rule_step(attrs.evolve(command, verb="add", thing="rule", location=rule.location), rule)
            steps += [*self._pending, step]
        return steps

    def _chain_step(self, command: Cmd, block: ChainBlock | None) -> NetlinkStep:
        name = _named(command).text
        self._cache.own_table().chains.setdefault(name, CachedChain(name))
        hook = None if block is None or block.hook is None else _hook(command.key[0], block.hook)
        policy = None if block is None else block.policy
        operation = ops.NftAddChain(
            **_table(command),
            chain=name,
            hook=hook,
            policy=None if policy is None else policy.text,
            comment=None if block is None else block.comment,
            create=command.verb == "create",
        )
        parts = parts_of(command) | ({POLICY: policy.location} if policy else {})
        if block is not None and block.hook is not None:
            parts[TYPE] = block.hook.kind.location
        return NetlinkStep(command, operation, parts)

    def _rename(self, command: Cmd) -> list[NetlinkStep]:
        name = _named(command)
        self._cache.find_chain(name)
        return [NetlinkStep(command, ops.NftRenameChain(**_table(command), chain=name.text, new_name=command.new_name))]

    # --- rules ------------------------------------------------------------------------------------------------------

    def _add_rule(self, command: Cmd) -> list[NetlinkStep]:
        assert isinstance(command.payload, NftRule)
        step = self._rule_step(command, command.payload)
        return [*self._pending, step]

    def _rule_step(self, command: Cmd, syntax: NftRule) -> NetlinkStep:
        rule, parts = self._rule(command, syntax)
        handle, index = self._position(command)
        operation = ops.NftAddRule(
            **_table(command),
            chain=_named(command).text,
            rule=rule,
            insert=command.verb == "insert",
            handle=handle,
            index=index,
        )
        return NetlinkStep(command, operation, parts)

    def _position(self, command: Cmd) -> tuple[int | None, int | None]:
        """Handle or index; nft resolves them by its cache once a command refers to a rule."""
        handle = command.handle_value
        index = None if command.index is None else command.index.value
        if not self._cache.updated:
            return handle, index
        rules = self._cache.find_chain(_named(command)).rules
        missing = f"Could not process rule: {NOT_FOUND}"
        at = len(rules)
        insert = command.verb == "insert"
        if command.index is not None:
            if command.index.value >= len(rules):
                raise NftError(missing, command.index.location)
            at = command.index.value + (not insert)
        elif command.handle is not None:
            if handle not in rules:
                raise NftError(missing, command.handle.location)
            at = rules.index(handle) + (not insert)
        elif insert:
            at = 0
        rules.insert(at, None)
        return handle, index

    def _rule(self, command: Cmd, syntax: NftRule) -> tuple[NftRule, dict[Part, Location]]:
        rule, locations = RuleEvaluator(command.key[0], self._cache, self._env, self._declare).rule(syntax)
        parts = parts_of(command)
        for number, location in enumerate(locations):
            parts["statement", number] = location
        return rule, parts

    def _declare(self, spec: SetSpec, elements: tuple[ops.NewElem, ...], location: Location) -> SetSpec:
        """An anonymous set: the kernel gives it the first free number."""
        command = self._cache.command
        assert command is not None
        if command.verb == "replace" and spec.intervals:
            raise NotModelled("replacing a rule by one with a set of intervals, at which nft 1.0.6 aborts")
        taken = self._names.setdefault(command.key, set())
        name = next(name for number in range(len(taken) + 1) if (name := f"{spec.name}{number}") not in taken)
        taken.add(name)
        spec = attrs.evolve(spec, name=name)
        whole = attrs.evolve(command, location=location, thing="set")
        add_elements = ops.NftAddElements(**_table(command), name=name, elements=elements)
        self._pending.append(NetlinkStep(whole, ops.NftAddSet(**_table(command), spec=spec), parts_of(command)))
        self._pending.append(NetlinkStep(whole, add_elements, {}))
        return spec

    def _replace_rule(self, command: Cmd) -> list[NetlinkStep]:
        assert isinstance(command.payload, NftRule)
        assert command.handle is not None
        rule, parts = self._rule(command, command.payload)
        operation = ops.NftReplaceRule(
            **_table(command), chain=_named(command).text, handle=command.handle.value, rule=rule
        )
        return [*self._pending, NetlinkStep(command, operation, parts)]

    def _delete_rule(self, command: Cmd) -> list[NetlinkStep]:
        operation = ops.NftDeleteRule(**_table(command), chain=command.name_text, handle=command.handle_value)
        return [NetlinkStep(command, operation)]

    # --- sets -------------------------------------------------------------------------------------------------------

    def _add_set(self, command: Cmd) -> list[NetlinkStep]:
        assert isinstance(command.payload, SetBlock)
        steps = self._set_steps(command, command.payload, command.payload.location)
        return steps if command.verb == "add" else steps[:1]

    def _set_steps(self, command: Cmd, block: SetBlock, location: Location) -> list[NetlinkStep]:
        table = self._cache.own_table()
        spec = declared(_named(command).text, command.thing == "map", block)
        known = table.sets.setdefault(spec.name, CachedSet(spec))
        operation = ops.NftAddSet(**_table(command), spec=spec, create=command.verb == "create")
        command = attrs.evolve(command, location=location)
        steps = [NetlinkStep(command, operation, known=known)]
        if block.elements is None:
            return steps
        context = SetContext(spec, location=location, data_intervals=spec.data_intervals)
        return [*steps, *self._element_steps(command, known, context, block.elements)]

    def _find_set(self, command: Cmd) -> CachedSet:
        name = _named(command)
        return self._cache.find_set(name.text, name.location)

    def _add_elements(self, command: Cmd) -> list[NetlinkStep]:
        known = self._find_set(command)
        assert isinstance(command.payload, Expr)
        context = SetContext(known.spec, data_intervals=known.spec.data_intervals)
        return self._element_steps(command, known, context, command.payload)

    def _element_steps(self, command: Cmd, known: CachedSet, context: SetContext, syntax: Expr) -> list[NetlinkStep]:
        several = self._elements(known, context, syntax)
        spec = context.spec
        if not _by_interval(spec):
            return [_elements_step(command, spec.name, elements_of(spec, several))]
        new = known_elements(spec, several)
        gone: list[CachedElem] = []
        if spec.auto_merge and not spec.is_map:
            new, gone = merged(known.elements, new)
        elif not spec.auto_merge:
            check_overlaps(known.elements, new)
        known.elements = [element for element in known.elements if element not in gone]
        elements = [(new_elem(element), element.location or command.location) for element in new]
        elements += [one for one in elements_of(spec, several) if one[0].catch_all]
        known.elements += [attrs.evolve(element, stored=True) for element in new]
        steps = [_elements_step(command, spec.name, elements)]
        if gone:
            away = tuple(new_elem(element) for element in gone)
            delete = ops.NftDeleteElements(**_table(command), name=spec.name, elements=away)
            steps.insert(0, NetlinkStep(command, delete, {}))
        return steps

    def _elements(self, known: CachedSet, context: SetContext, syntax: Expr) -> SetExpr:
        assert self._cache.command is not None
        evaluator = RuleEvaluator(self._cache.command.key[0], self._cache, self._env, self._declare)
        found = evaluator.fill(context, syntax)
        if not isinstance(found, SetExpr):
            message = f"Set {known.spec.name}: Unexpected initial type {expr_name(found)}, missing {{ }}?"
            raise NftError(message, found.location)
        return found

    def _delete_elements(self, command: Cmd) -> list[NetlinkStep]:
        known = self._find_set(command)
        assert isinstance(command.payload, Expr)
        context = SetContext(known.spec, data_intervals=known.spec.data_intervals)
        several = self._elements(known, context, command.payload)
        elements = elements_of(known.spec, several)
        if _by_interval(known.spec):
            take_out(known.elements, known_elements(known.spec, several))
        operation = ops.NftDeleteElements(
            **_table(command), name=known.spec.name, elements=tuple(element for element, _ in elements)
        )
        return [NetlinkStep(command, operation, parts_of(command) | _numbered(elements))]

    def _flush_set(self, command: Cmd) -> list[NetlinkStep]:
        known = self._find_set(command)
        if known.spec.is_map != (command.thing == "map"):
            raise NftError(NOT_FOUND, _named(command).location)
        known.elements = []
        return [NetlinkStep(command, ops.NftFlushSet(**_table(command), name=known.spec.name))]

    # --- objects ----------------------------------------------------------------------------------------------------

    def _add_object(self, command: Cmd) -> list[NetlinkStep]:
        self._cache.own_table().objects[command.thing, _named(command).text] = None
        block = command.payload if isinstance(command.payload, ObjectBlock) else None
        return [self._object_step(command, block)]

    def _object_step(self, command: Cmd, block: ObjectBlock | None) -> NetlinkStep:
        statement = EMPTY_OBJECTS[command.thing] if block is None else block.statement
        assert isinstance(statement, (CounterStmt, QuotaStmt, LimitStmt))
        comment = None if block is None else block.comment
        spec = ObjectSpec(kind=command.thing, name=_named(command).text, statement=statement, comment=comment)
        return NetlinkStep(command, ops.NftAddObject(**_table(command), spec=spec, create=command.verb == "create"))

    # --- flowtables -------------------------------------------------------------------------------------------------

    def _add_flowtable(self, command: Cmd) -> list[NetlinkStep]:
        assert isinstance(command.payload, FlowtableBlock)
        return [self._flowtable_step(command, command.payload)]

    def _flowtable_step(self, command: Cmd, block: FlowtableBlock) -> NetlinkStep:
        """flowtable_evaluate"""
        name = _named(command)
        self._cache.own_table().objects["flowtable", name.text] = None
        if block.hook is not None and block.hook.text not in FAMILY_HOOKS["netdev"]:
            raise NftError(f"invalid hook {block.hook.text}", block.location)
        priority = 0 if block.priority is None else priority_of("netdev", block.priority, "ingress")
        if priority is None:
            raise NftError("invalid priority expression value.", block.priority_location)
        operation = ops.NftAddFlowtable(
            **_table(command), name=name.text, priority=priority, devices=block.devices, counter=block.counter,
            hook="ingress" if block.hook is None else block.hook.text, create=command.verb == "create",
        )  # fmt: skip
        return NetlinkStep(command, operation)

    # --- deleting ---------------------------------------------------------------------------------------------------

    def _delete(self, command: Cmd) -> list[NetlinkStep]:
        """A table, chain, set or object, by name or handle."""
        thing, name, handle = command.thing, command.name_text, command.handle_value
        if thing == "table":
            table = None if command.table is None else command.table.text
            self._cache.tables.pop((command.family or "ip", table or ""), None)
            whole = ops.NftDeleteTable(family=command.family or "ip", table=table, handle=handle)
            return [NetlinkStep(command, whole)]
        cached = self._cache.tables.get(command.key)
        if cached is not None and name is not None:
            cached.remove(thing, name)
        operation: ops.NftOperation
        if thing == "chain":
            operation = ops.NftDeleteChain(**_table(command), chain=name, handle=handle)
        elif thing == "flowtable":
            devices = command.payload.devices if isinstance(command.payload, FlowtableBlock) else ()
            operation = ops.NftDeleteFlowtable(**_table(command), name=name, handle=handle, devices=devices)
        elif thing in OBJECT_KINDS:
            operation = ops.NftDeleteObject(**_table(command), kind=thing, name=name, handle=handle)
        else:
            command = attrs.evolve(command, thing="set")
            operation = ops.NftDeleteSet(**_table(command), name=name, handle=handle)
        return [NetlinkStep(command, operation)]


def _inner(command: Cmd, thing: str, name: Name) -> Cmd:
    """A command for something inside a table's block."""
    return attrs.evolve(command, verb="add", thing=thing, name=name, location=name.location, payload=None)


def _elements_step(command: Cmd, name: str, elements: list[tuple[ops.NewElem, Location]]) -> NetlinkStep:
    operation = ops.NftAddElements(
        **_table(command),
        name=name,
        elements=tuple(element for element, _ in elements),
        create=command.verb == "create",
    )
    return NetlinkStep(command, operation, parts_of(command) | _numbered(elements))


def _numbered(elements: list[tuple[ops.NewElem, Location]]) -> dict[Part, Location]:
    return {("element", number): location for number, (_, location) in enumerate(elements)}


def _by_interval(spec: SetSpec) -> bool:
    """Whether nft itself merges intervals and finds overlaps."""
    return spec.intervals and len(spec.key) == 1


def _hook(family: str, syntax: HookSpec) -> NftHook:
    if syntax.hook.text not in FAMILY_HOOKS[family]:
        raise NftError(f"The {family} family does not support this hook", syntax.hook.location)
    if syntax.hook.text in DEVICE_HOOKS and not syntax.devices:
        raise NftError("Missing `device' in this chain definition", syntax.location)
    priority = priority_of(family, syntax.priority, syntax.hook.text)
    if priority is None:
        raise NftError("invalid priority expression value in this context.", syntax.priority_location)
    return NftHook(kind=syntax.kind.text, hook=syntax.hook.text, priority=priority, devices=syntax.devices)

"""Commands become operations (cmd_evaluate_..., nft_cmd_expand of nftables 1.0.6).

Each operation knows which part of the command a complaint of the kernel is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft import operations as ops
from vnetsim.netfilter.nft.extack import CHAIN, HANDLE, OBJECT, POLICY, SET, TABLE
from vnetsim.netfilter.nft.numbers import TableKey
from vnetsim.netfilter.nft.rule import PRIORITY_HOOKS, STD_PRIORITIES
from vnetsim.netfilter.nft.sets import ObjectSpec, SetSpec
from vnetsim.netfilter.nft.stateful import CounterStmt, LimitStmt, QuotaStmt
from vnetsim.netfilter.nft.tables import HOOKS, NftHook, NftRule
from vnetsim.programs.nft import ast
from vnetsim.programs.nft.cache import (
    NOT_FOUND,
    CachedChain,
    CachedElem,
    CachedSet,
    CachedTable,
    NftCache,
)
from vnetsim.programs.nft.datatype import NameEnvironment, integer
from vnetsim.programs.nft.declarations import declared
from vnetsim.programs.nft.erec import Location, NftError
from vnetsim.programs.nft.evaluate_set import SetContext, as_told, elements_of, known_elements
from vnetsim.programs.nft.evaluate_stmt import RuleEvaluator
from vnetsim.programs.nft.intervals import check_overlaps, merged, take_out
from vnetsim.programs.nft.typed import TypedSet

Part: TypeAlias = "str | tuple[str, int]"
_OBJECTS: Final = ("counter", "quota", "limit")
_EMPTY: Final = {"counter": CounterStmt(), "quota": QuotaStmt(0), "limit": LimitStmt(0, 1)}


@attrs.define(eq=False)
class NetlinkStep:
    """An operation, or a set that is known once all commands were looked at."""

    command: ast.Cmd
    operation: ops.NftOperation
    parts: Mapping[Part, Location] = attrs.field(factory=dict)
    known: CachedSet | None = None

    def final(self) -> ops.NftOperation:
        """A set that rules put elements into is dynamic, whether that was said or not."""
        if self.known is None or not self.known.dynamic or not isinstance(self.operation, ops.NftAddSet):
            return self.operation
        spec = self.operation.spec
        return attrs.evolve(self.operation, spec=attrs.evolve(spec, flags=spec.flags | {"dynamic"}))


class CmdEvaluator:
    """Looks at one command after the other; `names` are those that sets without a name have already."""

    def __init__(self, knowledge: NftCache, environment: NameEnvironment, names: Mapping[TableKey, set[str]]) -> None:
        self._knowledge, self._around = knowledge, environment
        self._names = {key: set(found) for key, found in names.items()}
        self._pending: list[NetlinkStep] = []
        self._plan: dict[tuple[str, str], Callable[[ast.Cmd], list[NetlinkStep]]] = {
            **{(verb, "table"): self._add_table for verb in ("add", "create")},
            **{(verb, "chain"): self._add_chain for verb in ("add", "create")},
            **{(verb, "rule"): self._add_rule for verb in ("add", "insert")},
            **{(verb, kind): self._add_set for verb in ("add", "create") for kind in ("set", "map")},
            **{(verb, "element"): self._add_elements for verb in ("add", "create")},
            **{(verb, kind): self._add_object for verb in ("add", "create") for kind in _OBJECTS},
            ("replace", "rule"): self._replace_rule, ("delete", "table"): self._delete_table,
            ("delete", "chain"): self._delete_chain, ("delete", "rule"): self._delete_rule,
            ("delete", "set"): self._delete_set, ("delete", "map"): self._delete_set,
            ("delete", "element"): self._delete_elements,
            **{("delete", kind): self._delete_object for kind in _OBJECTS},
            ("flush", "ruleset"): self._flush_ruleset, ("flush", "table"): self._flush_rules,
            ("flush", "chain"): self._flush_rules, ("flush", "set"): self._flush_set, ("flush", "map"): self._flush_set,
            ("rename", "chain"): self._rename,
        }  # fmt: skip

    def plan(self, command: ast.Cmd) -> list[NetlinkStep]:
        self._knowledge.command = command
        plan = self._plan.get((command.verb, command.thing))
        if plan is None:
            raise NotModelled(f"nft {command.verb} {command.thing}")
        self._pending = []
        return plan(command)

    # --- tables -----------------------------------------------------------------------------------------------------

    def _add_table(self, command: ast.Cmd) -> list[NetlinkStep]:
        family, name = place(command)
        block = command.payload if isinstance(command.payload, ast.TableBlock) else None
        table = self._knowledge.tables.setdefault((family, name), CachedTable(family, name))
        operation = ops.NftAddTable(
            family=family, table=name, dormant=None if block is None else block.dormant,
            comment=None if block is None else block.comment, create=command.verb == "create",
        )  # fmt: skip
        steps = [NetlinkStep(command, operation, _parts(command))]
        if block is None:
            return steps
        inside = self._in_block(command, table, block)
        # `create` makes the table and forgets what is in it.
        return [*steps, *(inside if command.verb == "add" else ())]

    def _in_block(self, command: ast.Cmd, table: CachedTable, block: ast.TableBlock) -> list[NetlinkStep]:
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
        return [*chains, *objects, *sets, *rules]

    def _delete_table(self, command: ast.Cmd) -> list[NetlinkStep]:
        handle = None if command.handle is None else command.handle.value
        name = None if command.table is None else command.table.text
        if name is not None:
            self._knowledge.tables.pop((command.family or "ip", name), None)
        operation = ops.NftDeleteTable(family=command.family or "ip", table=name, handle=handle)
        return [NetlinkStep(command, operation, _parts(command))]

    def _flush_ruleset(self, command: ast.Cmd) -> list[NetlinkStep]:
        return [NetlinkStep(command, ops.NftDeleteTable(family=command.family))]

    # --- chains -----------------------------------------------------------------------------------------------------

    def _add_chain(self, command: ast.Cmd) -> list[NetlinkStep]:
        self._knowledge.own_table()
        block = command.payload if isinstance(command.payload, ast.ChainBlock) else None
        steps = [self._chain_step(command, block)]
        return steps if block is None else [*steps, *self._rule_steps(command, block)]

    def _rule_steps(self, command: ast.Cmd, block: ast.ChainBlock) -> list[NetlinkStep]:
        """The rules in a chain's block, each behind the sets that were made for it."""
        steps: list[NetlinkStep] = []
        for rule in block.rules:
            self._pending = []
            step = self._rule_step(attrs.evolve(command, verb="add", thing="rule", location=rule.location), rule)
            steps += [*self._pending, step]
        return steps

    def _chain_step(self, command: ast.Cmd, block: ast.ChainBlock | None) -> NetlinkStep:
        family, table = place(command)
        assert command.name is not None
        name = command.name.text
        self._knowledge.own_table().chains.setdefault(name, CachedChain(name))
        hook = None if block is None or block.hook is None else _hook(family, block.hook)
        policy = None if block is None else block.policy
        operation = ops.NftAddChain(
            family=family, table=table, chain=name, hook=hook, policy=None if policy is None else policy.text,
            comment=None if block is None else block.comment, create=command.verb == "create",
        )  # fmt: skip
        parts = _parts(command)
        if policy is not None:
            parts[POLICY] = policy.location
        return NetlinkStep(command, operation, parts)

    def _delete_chain(self, command: ast.Cmd) -> list[NetlinkStep]:
        family, table = place(command)
        known = self._knowledge.table(family, table)
        if known is not None and command.name is not None:
            known.chains.pop(command.name.text, None)
        operation = ops.NftDeleteChain(family=family, table=table, chain=_name(command), handle=_handle(command))
        return [NetlinkStep(command, operation, _parts(command))]

    def _rename(self, command: ast.Cmd) -> list[NetlinkStep]:
        assert command.name is not None
        self._knowledge.find_chain(command.name)
        family, table = place(command)
        operation = ops.NftRenameChain(
            family=family, table=table, chain=command.name.text, new_name=command.new_name
        )  # fmt: skip
        return [NetlinkStep(command, operation, _parts(command))]

    # --- rules ------------------------------------------------------------------------------------------------------

    def _add_rule(self, command: ast.Cmd) -> list[NetlinkStep]:
        assert isinstance(command.payload, ast.RuleSyntax)
        step = self._rule_step(command, command.payload)
        return [*self._pending, step]

    def _rule_step(self, command: ast.Cmd, syntax: ast.RuleSyntax) -> NetlinkStep:
        family, table = place(command)
        rule, parts = self._evaluated(command, syntax)
        assert command.name is not None
        handle, index = self._position(command)
        operation = ops.NftAddRule(
            family=family, table=table, chain=command.name.text, rule=rule, insert=command.verb == "insert",
            handle=handle, index=index,
        )  # fmt: skip
        return NetlinkStep(command, operation, parts)

    def _position(self, command: ast.Cmd) -> tuple[int | None, int | None]:
        """Handle or index; nft itself knows where rules are once some command has asked for that."""
        handle = None if command.handle is None else command.handle.value
        index = None if command.index is None else command.index.value
        if not self._knowledge.updated:
            return handle, index
        assert command.name is not None
        rules = self._knowledge.find_chain(command.name).rules
        wrong = NftError(f"Could not process rule: {NOT_FOUND}", None)
        at = len(rules)
        insert = command.verb == "insert"
        if command.index is not None:
            if command.index.value >= len(rules):
                raise NftError(str(wrong), command.index.location)
            at = command.index.value + (not insert)
        elif command.handle is not None:
            if handle not in rules:
                raise NftError(str(wrong), command.handle.location)
            at = rules.index(handle) + (not insert)
        elif insert:
            at = 0
        rules.insert(at, None)
        return handle, index

    def _evaluated(self, command: ast.Cmd, syntax: ast.RuleSyntax) -> tuple[NftRule, dict[Part, Location]]:
        family, _ = place(command)
        evaluator = RuleEvaluator(family, self._knowledge, self._around, self._declare)
        rule, places = evaluator.rule(syntax)
        parts = _parts(command)
        for number, where in enumerate(places):
            if where is not None:
                parts["statement", number] = where
        return rule, parts

    def _declare(self, spec: SetSpec, elements: tuple[ops.NewElem, ...], location: Location) -> SetSpec:
        """A set without a name: the kernel gives it the first number that is free."""
        command = self._knowledge.command
        assert command is not None
        if command.verb == "replace" and spec.intervals:
            raise NotModelled("replacing a rule by one with a set of intervals, at which nft 1.0.6 aborts")
        family, table = place(command)
        taken = self._names.setdefault((family, table), set())
        name = next(name for number in range(len(taken) + 1) if (name := f"{spec.name}{number}") not in taken)
        taken.add(name)
        spec = attrs.evolve(spec, name=name)
        whole = attrs.evolve(command, location=location, thing="set")
        self._pending.append(NetlinkStep(whole, ops.NftAddSet(family=family, table=table, spec=spec), _parts(command)))
        self._pending.append(
            NetlinkStep(whole, ops.NftAddElements(family=family, table=table, name=name, elements=elements))
        )
        return spec

    def _replace_rule(self, command: ast.Cmd) -> list[NetlinkStep]:
        family, table = place(command)
        assert isinstance(command.payload, ast.RuleSyntax)
        assert command.name is not None
        assert command.handle is not None
        rule, parts = self._evaluated(command, command.payload)
        operation = ops.NftReplaceRule(
            family=family, table=table, chain=command.name.text, handle=command.handle.value, rule=rule
        )  # fmt: skip
        return [*self._pending, NetlinkStep(command, operation, parts)]

    def _delete_rule(self, command: ast.Cmd) -> list[NetlinkStep]:
        family, table = place(command)
        operation = ops.NftDeleteRule(family=family, table=table, chain=_name(command), handle=_handle(command))
        return [NetlinkStep(command, operation, _parts(command))]

    def _flush_rules(self, command: ast.Cmd) -> list[NetlinkStep]:
        family, table = place(command)
        return [
            NetlinkStep(command, ops.NftDeleteRule(family=family, table=table, chain=_name(command)), _parts(command))
        ]

    # --- sets -------------------------------------------------------------------------------------------------------

    def _add_set(self, command: ast.Cmd) -> list[NetlinkStep]:
        assert isinstance(command.payload, ast.SetBlock)
        steps = self._set_steps(command, command.payload, command.payload.location)
        return steps if command.verb == "add" else steps[:1]

    def _set_steps(self, command: ast.Cmd, block: ast.SetBlock, location: Location) -> list[NetlinkStep]:
        family, table = place(command)
        assert command.name is not None
        known_table = self._knowledge.own_table()
        spec = declared(command.name.text, command.thing == "map", block, family, self._knowledge, self._around)
        known = known_table.sets.setdefault(spec.name, CachedSet(spec))
        operation = ops.NftAddSet(family=family, table=table, spec=spec, create=command.verb == "create")
        steps = [NetlinkStep(attrs.evolve(command, location=location), operation, _parts(command), known)]
        if block.elements is None:
            return steps
        filling = SetContext(spec, place=location, data_intervals=spec.data_intervals)
        return [*steps, *self._element_steps(attrs.evolve(command, location=location), known, filling, block.elements)]

    def _add_elements(self, command: ast.Cmd) -> list[NetlinkStep]:
        known = self._own_set(command)
        assert isinstance(command.payload, ast.Syntax)
        filling = SetContext(known.spec, data_intervals=known.spec.data_intervals)
        return self._element_steps(command, known, filling, command.payload)

    def _own_set(self, command: ast.Cmd) -> CachedSet:
        assert command.name is not None
        return self._knowledge.find_set(command.name.text, command.name.location)

    def _element_steps(
        self, command: ast.Cmd, known: CachedSet, filling: SetContext, syntax: ast.Syntax
    ) -> list[NetlinkStep]:
        several = self._elements(known, filling, syntax)
        spec = filling.spec
        if not _one_by_one(spec):
            elements = elements_of(spec, several)
            return [self._elements_step(command, spec.name, elements)]
        new = known_elements(spec, several)
        gone: list[CachedElem] = []
        if spec.auto_merge and not spec.is_map:
            new, gone = merged(known.elements, new)
        elif not spec.auto_merge:
            check_overlaps(known.elements, new)
        known.elements = [element for element in known.elements if element not in gone]
        elements = [(as_told(element), element.location or command.location) for element in new]
        elements += [one for one in elements_of(spec, several) if one[0].catch_all]
        for element in new:
            known.elements.append(attrs.evolve(element, stored=True))
        steps = [self._elements_step(command, spec.name, elements)]
        if gone:
            family, table = place(command)
            away = tuple(as_told(element) for element in gone)
            steps.insert(
                0,
                NetlinkStep(command, ops.NftDeleteElements(family=family, table=table, name=spec.name, elements=away)),
            )
        return steps

    def _elements(self, known: CachedSet, filling: SetContext, syntax: ast.Syntax) -> TypedSet:
        evaluator = RuleEvaluator(place(self._own())[0], self._knowledge, self._around, self._declare)
        found = evaluator.fill(filling, syntax)
        if not isinstance(found, TypedSet):
            words = f"Set {known.spec.name}: Unexpected initial type {found.word}, missing {{ }}?"
            raise NftError(words, found.location)
        return found

    def _own(self) -> ast.Cmd:
        assert self._knowledge.command is not None
        return self._knowledge.command

    def _elements_step(self, command: ast.Cmd, name: str, elements: list[tuple[ops.NewElem, Location]]) -> NetlinkStep:
        family, table = place(command)
        operation = ops.NftAddElements(
            family=family, table=table, name=name, elements=tuple(element for element, _ in elements),
            create=command.verb == "create",
        )  # fmt: skip
        return NetlinkStep(command, operation, {**_parts(command), **_numbered(elements)})

    def _delete_elements(self, command: ast.Cmd) -> list[NetlinkStep]:
        known = self._own_set(command)
        family, table = place(command)
        assert isinstance(command.payload, ast.Syntax)
        filling = SetContext(known.spec, data_intervals=known.spec.data_intervals)
        several = self._elements(known, filling, command.payload)
        elements = elements_of(known.spec, several)
        if _one_by_one(known.spec):
            take_out(known.elements, known_elements(known.spec, several))
        operation = ops.NftDeleteElements(
            family=family, table=table, name=known.spec.name, elements=tuple(element for element, _ in elements)
        )
        return [NetlinkStep(command, operation, {**_parts(command), **_numbered(elements)})]

    def _delete_set(self, command: ast.Cmd) -> list[NetlinkStep]:
        family, table = place(command)
        known = self._knowledge.table(family, table)
        if known is not None and command.name is not None:
            known.sets.pop(command.name.text, None)
        operation = ops.NftDeleteSet(family=family, table=table, name=_name(command), handle=_handle(command))
        return [NetlinkStep(attrs.evolve(command, thing="set"), operation, _parts(command))]

    def _flush_set(self, command: ast.Cmd) -> list[NetlinkStep]:
        known = self._own_set(command)
        assert command.name is not None
        if known.spec.is_map != (command.thing == "map"):
            raise NftError(NOT_FOUND, command.name.location)
        known.elements = []
        family, table = place(command)
        return [
            NetlinkStep(command, ops.NftFlushSet(family=family, table=table, name=known.spec.name), _parts(command))
        ]

    # --- objects ----------------------------------------------------------------------------------------------------

    def _add_object(self, command: ast.Cmd) -> list[NetlinkStep]:
        assert command.name is not None
        self._knowledge.own_table().objects[command.thing, command.name.text] = None
        block = command.payload if isinstance(command.payload, ast.ObjectBlock) else None
        return [self._object_step(command, block)]

    def _object_step(self, command: ast.Cmd, block: ast.ObjectBlock | None) -> NetlinkStep:
        family, table = place(command)
        assert command.name is not None
        statement = _EMPTY[command.thing] if block is None else block.statement
        assert isinstance(statement, (CounterStmt, QuotaStmt, LimitStmt))
        spec = ObjectSpec(
            kind=command.thing, name=command.name.text, statement=statement,
            comment=None if block is None else block.comment,
        )  # fmt: skip
        operation = ops.NftAddObject(family=family, table=table, spec=spec, create=command.verb == "create")
        return NetlinkStep(command, operation, _parts(command))

    def _delete_object(self, command: ast.Cmd) -> list[NetlinkStep]:
        family, table = place(command)
        known = self._knowledge.table(family, table)
        if known is not None and command.name is not None:
            known.objects.pop((command.thing, command.name.text), None)
        operation = ops.NftDeleteObject(
            family=family, table=table, kind=command.thing, name=_name(command), handle=_handle(command)
        )
        return [NetlinkStep(command, operation, _parts(command))]


# --- small things --------------------------------------------------------------------------------------------------


def place(command: ast.Cmd) -> TableKey:
    assert command.table is not None
    return command.family or "ip", command.table.text


def _name(command: ast.Cmd) -> str | None:
    return None if command.name is None else command.name.text


def _handle(command: ast.Cmd) -> int | None:
    return None if command.handle is None else command.handle.value


def _inner(command: ast.Cmd, thing: str, name: ast.Name) -> ast.Cmd:
    """A command for something inside a table's block."""
    return attrs.evolve(command, verb="add", thing=thing, name=name, location=name.location, payload=None)


def _parts(command: ast.Cmd) -> dict[Part, Location]:
    parts: dict[Part, Location] = {}
    if command.table is not None:
        parts[TABLE] = command.table.location
    if command.name is not None:
        kind = {"chain": CHAIN, "rule": CHAIN, "set": SET, "map": SET, "element": SET}.get(command.thing, OBJECT)
        parts[kind] = command.name.location
    if command.handle is not None:
        parts[HANDLE] = command.handle.location
    return parts


def _numbered(elements: list[tuple[ops.NewElem, Location]]) -> dict[Part, Location]:
    return {("element", number): location for number, (_, location) in enumerate(elements)}


def _one_by_one(spec: SetSpec) -> bool:
    """Whether nft itself takes care that intervals do not overlap."""
    return spec.intervals and len(spec.key) == 1


def _hook(family: str, syntax: ast.HookSyntax) -> NftHook:
    if syntax.hook.text not in HOOKS:
        raise NftError(f"The {family} family does not support this hook", syntax.hook.location)
    priority = _priority(syntax)
    if priority is None:
        words = "invalid priority expression value in this context."
        raise NftError(words, syntax.priority_location)
    return NftHook(kind=syntax.kind.text, hook=syntax.hook.text, priority=priority)


def _priority(syntax: ast.HookSyntax) -> int | None:
    said = syntax.priority
    if not isinstance(said, ast.Symbol):
        raise NftError("value is not a valid priority expression", said.location)
    number = integer(said.text)
    if number is not None:
        return number
    name, *rest = said.text.split()
    known = STD_PRIORITIES.get(name)
    if known is None or PRIORITY_HOOKS.get(name) not in (None, syntax.hook.text):
        return None
    if not rest:
        return known
    return known + int(rest[1]) if rest[0] == "+" else known - int(rest[1])

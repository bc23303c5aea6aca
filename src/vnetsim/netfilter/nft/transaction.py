"""Changing tables: a batch is tried on copies and takes effect as a whole, or not at all (nf_tables_api.c).

The kernel goes on after a refusal, to report every error.  Loops and misplaced statements are found at the end; then
the batch is tried once more with a validation after each rule, so that the error names the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from vnetsim.errors import Errno
from vnetsim.netfilter.nft import operations as ops
from vnetsim.netfilter.nft import validate
from vnetsim.netfilter.nft.events import NftEvent, events_of, snapshot
from vnetsim.netfilter.nft.expression import Interval, Key, VerdictExpr
from vnetsim.netfilter.nft.extack import CHAIN, HANDLE, OBJECT, POLICY, SET, TABLE, ExtAck, OperationRefused
from vnetsim.netfilter.nft.flowtable import add, delete
from vnetsim.netfilter.nft.numbers import Numbers, TableKey
from vnetsim.netfilter.nft.sets import NftObject, NftSet, SetElem, expiry
from vnetsim.netfilter.nft.tables import NftChain, NftRule, NftRuleEntry, NftTable
from vnetsim.netfilter.nft.validate import (
    check_chain,
    check_hook,
    check_statement,
    invalid,
    is_jump_target,
    redirected,
    statements_of,
    unbind_anonymous_sets,
)


class NftTransaction:
    """Operations tried on copies of `before`; `validating` validates tables after each rule."""

    def __init__(self, before: Mapping[TableKey, NftTable], numbers: Numbers, now: int, *, validating: bool) -> None:
        self._numbers, self._now, self._validating = numbers, now, validating
        self.tables: dict[TableKey, NftTable] = dict(before)
        self._before = before.keys()
        #: Copies made so far, by identity (and kept, so that no other object gets it).
        self._copied: dict[int, object] = {}
        self.failures: list[ExtAck] = []
        #: What listeners hear of; None: there are none.
        self.events: list[NftEvent] | None = None
        #: Whether something changed of which the messages say nothing that is printed.
        self.quiet = False
        #: Tables that have to be validated before they take effect.
        self._doubtful: dict[TableKey, None] = {}
        self._carry_out: dict[type[ops.NftOperation], Callable[..., None]] = {
            ops.NftAddTable: self._add_table, ops.NftDeleteTable: self._delete_table,
            ops.NftAddChain: self._add_chain, ops.NftDeleteChain: self._delete_chain,
            ops.NftRenameChain: self._rename_chain,
            ops.NftAddRule: self._add_rule, ops.NftReplaceRule: self._replace_rule,
            ops.NftDeleteRule: self._delete_rule,
            ops.NftAddSet: self._add_set, ops.NftDeleteSet: self._delete_set, ops.NftFlushSet: self._flush_set,
            ops.NftAddElements: self._add_elements, ops.NftDeleteElements: self._delete_elements,
            ops.NftAddObject: self._add_object, ops.NftDeleteObject: self._delete_object,
            ops.NftAddFlowtable: self._add_flowtable, ops.NftDeleteFlowtable: self._delete_flowtable,
        }  # fmt: skip

    def execute(self, number: int, operation: ops.NftOperation) -> None:
        """Refusals are kept in `failures`."""
        before = None if self.events is None else snapshot(self.tables)
        self.attempt(number, lambda: self._carry_out[type(operation)](operation))
        if before is not None and self.events is not None:
            self.events += events_of(operation, before, snapshot(self.tables))

    def attempt(self, number: int, what: Callable[[], None]) -> None:
        """The same for a change of other tables."""
        try:
            what()
        except OperationRefused as refused:
            self.failures.append(ExtAck(number, refused.errno, refused.part))

    @property
    def changed(self) -> bool:
        """Whether a table is another one now."""
        return bool(self._copied) or self.tables.keys() != self._before

    def is_valid(self) -> bool:
        return all(invalid(self.tables[key]) is None for key in self._doubtful if key in self.tables)

    # --- copies -----------------------------------------------------------------------------------------------------

    def _changing(self, operation: ops.NftTableOperation) -> NftTable:
        """The table of an operation, to be changed."""
        key = operation.family, operation.table
        table = self.tables.get(key)
        if table is None:
            raise OperationRefused(Errno.ENOENT, TABLE)
        if id(table) not in self._copied:
            table = self.tables[key] = table.copy()
            self._copied[id(table)] = table
        return table

    def _chain(self, table: NftTable, name: str) -> NftChain:
        chain = table.chains.get(name)
        if chain is None:
            raise OperationRefused(Errno.ENOENT, CHAIN)
        if id(chain) not in self._copied:
            chain = table.chains[name] = chain.copy()
            self._copied[id(chain)] = chain
        return chain

    def _set(self, table: NftTable, name: str) -> NftSet:
        found = table.sets.get(name)
        if found is None:
            raise OperationRefused(Errno.ENOENT, SET)
        if id(found) not in self._copied:
            found = table.sets[name] = found.copy()
            self._copied[id(found)] = found
        return found

    # --- tables -----------------------------------------------------------------------------------------------------

    def _add_table(self, operation: ops.NftAddTable) -> None:
        key = operation.family, operation.table
        if key in self.tables:
            if operation.create:
                raise OperationRefused(Errno.EEXIST, TABLE)
            if operation.dormant != self.tables[key].dormant:
                self._wake(self._changing(operation), dormant=operation.dormant)
            return
        table = NftTable(*key, self._numbers.tables.next(), operation.dormant, operation.comment)
        self._copied[id(table)] = table
        self.tables[key] = table

    def _wake(self, table: NftTable, *, dormant: bool) -> None:
        table.dormant = dormant
        for name in [name for name, chain in table.chains.items() if chain.hook is not None]:
            self._chain(table, name).registered = self._numbers.hooks.next()

    def _delete_table(self, operation: ops.NftDeleteTable) -> None:
        if operation.table is None and operation.handle is None:
            for key in [key for key in self.tables if operation.family in (None, key[0])]:
                del self.tables[key]
            return
        for key, table in self.tables.items():
            if key[0] == operation.family and (key[1] == operation.table or table.handle == operation.handle):
                del self.tables[key]
                return
        raise OperationRefused(Errno.ENOENT, HANDLE if operation.table is None else TABLE)

    # --- chains -----------------------------------------------------------------------------------------------------

    def _add_chain(self, operation: ops.NftAddChain) -> None:
        table = self._changing(operation)
        hook = operation.hook
        if operation.chain in table.chains:
            self._update_chain(table, operation)
            return
        if operation.policy is not None and hook is None:
            raise OperationRefused(Errno.EOPNOTSUPP, POLICY)
        if hook is not None:
            check_hook(operation.family, hook)
            hook = attrs.evolve(hook, policy=operation.policy or "accept")
        chain = NftChain(operation.chain, table.handles.next(), hook, operation.comment)
        if hook is not None:
            chain.registered = self._numbers.hooks.next()
        self._copied[id(chain)] = chain
        table.chains[chain.name] = chain

    def _update_chain(self, table: NftTable, operation: ops.NftAddChain) -> None:
        if operation.create:
            raise OperationRefused(Errno.EEXIST, CHAIN)
        chain = self._chain(table, operation.chain)
        if operation.policy is not None and chain.hook is None:
            raise OperationRefused(Errno.EOPNOTSUPP, POLICY)
        if operation.hook is not None:
            if chain.hook is None or chain.hook.kind != operation.hook.kind:
                raise OperationRefused(Errno.EEXIST, CHAIN)
            if (chain.hook.hook, chain.hook.priority) != (operation.hook.hook, operation.hook.priority):
                raise OperationRefused(Errno.EOPNOTSUPP)
            more = tuple(device for device in operation.hook.devices if device not in chain.hook.devices)
            chain.hook = attrs.evolve(chain.hook, devices=chain.hook.devices + more)
        if operation.policy is not None:
            assert chain.hook is not None
            chain.hook = attrs.evolve(chain.hook, policy=operation.policy)

    def _delete_chain(self, operation: ops.NftDeleteChain) -> None:
        table = self._changing(operation)
        name = operation.chain
        if name is None:
            name = next((c.name for c in table.chains.values() if c.handle == operation.handle), None)
            if name is None:
                raise OperationRefused(Errno.ENOENT, HANDLE)
        chain = self._chain(table, name)
        if is_jump_target(table, name, but=chain):
            raise OperationRefused(Errno.EBUSY, HANDLE if operation.chain is None else CHAIN)
        del table.chains[name]
        for entry in chain.entries:
            unbind_anonymous_sets(table, entry.rule)

    def _rename_chain(self, operation: ops.NftRenameChain) -> None:
        table = self._changing(operation)
        chain = self._chain(table, operation.chain)
        if operation.new_name in table.chains:
            raise OperationRefused(Errno.EEXIST)
        chain.name = operation.new_name
        table.chains = {(c.name if c is chain else name): c for name, c in table.chains.items()}
        self._retarget(table, operation.chain, operation.new_name)

    def _retarget(self, table: NftTable, old: str, new: str) -> None:
        """Let jumps and maps to the chain `old` lead to `new`."""
        for name in list(table.chains):
            if any(old in validate.chains(s) for e in table.chains[name].entries for s in e.rule.statements):
                chain = self._chain(table, name)
                chain.entries = [
                    entry.saying(tuple(redirected(s, old, new) for s in entry.rule.statements))
                    for entry in chain.entries
                ]
        for name in list(table.sets):
            members = table.sets[name].members.values()
            if any(isinstance(m.data, VerdictExpr) and m.data.chain == old for m in members):
                found = self._set(table, name)
                for key, member in found.members.items():
                    if isinstance(member.data, VerdictExpr) and member.data.chain == old:
                        found.members[key] = attrs.evolve(member, data=attrs.evolve(member.data, chain=new))
                found.forget()

    # --- rules ------------------------------------------------------------------------------------------------------

    def _add_rule(self, operation: ops.NftAddRule) -> None:
        table = self._changing(operation)
        chain = self._chain(table, operation.chain)
        at = 0 if operation.insert else len(chain.entries)
        if operation.handle is not None:
            found = chain.entry(operation.handle)
            if found is None:
                raise OperationRefused(Errno.ENOENT, HANDLE)
            at = chain.entries.index(found) + (not operation.insert)
        elif operation.index is not None:
            if operation.index >= len(chain.entries):
                raise OperationRefused(Errno.ENOENT, HANDLE)
            at = operation.index + (not operation.insert)
        chain.entries.insert(at, self._entry(table, operation.rule, table.handles.next()))
        self._look(table)

    def _replace_rule(self, operation: ops.NftReplaceRule) -> None:
        table = self._changing(operation)
        chain = self._chain(table, operation.chain)
        found = chain.entry(operation.handle)
        if found is None:
            raise OperationRefused(Errno.ENOENT, HANDLE)
        new = self._entry(table, operation.rule, found.handle)
        chain.entries[chain.entries.index(found)] = new
        unbind_anonymous_sets(table, found.rule)
        self._look(table)

    def _entry(self, table: NftTable, rule: NftRule, handle: int) -> NftRuleEntry:
        """A new rule; its chains, sets and objects have to exist."""
        for number, statement in enumerate(rule.statements):
            check_statement(table, statement, ("statement", number))
            if (name := validate.filled_set(statement)) is not None:
                self._set(table, name).limit()
        if any(validate.is_validated(statement, table.family) for statement in rule.statements):
            self._doubtful[table.key] = None
        return NftRuleEntry(rule, handle)

    def _look(self, table: NftTable) -> None:
        if self._validating and (errno := invalid(table)) is not None:
            raise OperationRefused(errno)

    def _delete_rule(self, operation: ops.NftDeleteRule) -> None:
        table = self._changing(operation)
        if operation.handle is None:
            names = list(table.chains) if operation.chain is None else [operation.chain]
            for name in names:
                chain = self._chain(table, name)
                gone, chain.entries = chain.entries, []
                for entry in gone:
                    unbind_anonymous_sets(table, entry.rule)
            return
        assert operation.chain is not None, "a rule is deleted from its chain"
        chain = self._chain(table, operation.chain)
        found = chain.entry(operation.handle)
        if found is None:
            raise OperationRefused(Errno.ENOENT, HANDLE)
        chain.entries.remove(found)
        unbind_anonymous_sets(table, found.rule)

    # --- sets -------------------------------------------------------------------------------------------------------

    def _add_set(self, operation: ops.NftAddSet) -> None:
        table = self._changing(operation)
        known = table.sets.get(operation.spec.name)
        if known is not None:
            if operation.create or not known.spec.same_as(operation.spec):
                raise OperationRefused(Errno.EEXIST, SET)
            return
        found = NftSet(operation.spec, table.handles.next())
        self._copied[id(found)] = found
        table.sets[operation.spec.name] = found

    def _delete_set(self, operation: ops.NftDeleteSet) -> None:
        table = self._changing(operation)
        name = operation.name
        if name is None:
            name = next((n for n, found in table.sets.items() if found.handle == operation.handle), None)
            if name is None:
                raise OperationRefused(Errno.ENOENT, HANDLE)
        if name not in table.sets:
            raise OperationRefused(Errno.ENOENT, SET)
        if any(name in validate.sets(statement) for statement in statements_of(table)):
            raise OperationRefused(Errno.EBUSY, HANDLE if operation.name is None else SET)
        del table.sets[name]

    def _flush_set(self, operation: ops.NftFlushSet) -> None:
        found = self._set(self._changing(operation), operation.name)
        found.members.clear()
        found.catch_all = None
        found.forget()

    def _add_elements(self, operation: ops.NftAddElements) -> None:
        table = self._changing(operation)
        found = self._set(table, operation.name)
        for number, element in enumerate(operation.elements):
            part = "element", number
            if isinstance(element.data, VerdictExpr) and element.data.chain:
                check_chain(table, element.data.chain, part)
                self._doubtful[table.key] = None
            self._add_element(table, found, element, create=operation.create, part=part)
        found.forget()
        self._look(table)

    def _add_element(
        self, table: NftTable, found: NftSet, element: ops.NewElem, *, create: bool, part: tuple[str, int]
    ) -> None:
        spec = found.spec
        if spec.is_map != (element.data is not None):
            raise OperationRefused(Errno.EINVAL, part)
        if spec.objects is not None and (spec.objects, element.data) not in table.objects:
            raise OperationRefused(Errno.ENOENT, part)
        known = found.catch_all if element.catch_all else found.members.get(element.key)
        if known is not None and known.lives(self._now):
            self._again(found, known, element, create=create, part=part)
            return
        if not element.catch_all and _overlaps(found, element.key):
            raise OperationRefused(Errno.EEXIST, part)
        if spec.size is not None and len(found.members) >= spec.size and not element.catch_all:
            raise OperationRefused(Errno.ENFILE, part)
        statements = element.statements or spec.statements
        timeout = element.timeout if element.timeout is not None else spec.timeout
        left = timeout if element.expires is None else element.expires
        member = SetElem(
            element.key, element.data, element.timeout if element.timeout != spec.timeout else None,
            expiry(left, self._now) if timeout else None, element.comment, statements,
            tuple(statement.begin() for statement in statements), element.catch_all,
        )  # fmt: skip
        if element.catch_all:
            found.catch_all = member
        else:
            found.members[element.key] = member

    def _again(
        self, found: NftSet, known: SetElem, element: ops.NewElem, *, create: bool, part: tuple[str, int]
    ) -> None:
        """An element that exists: its timeout begins again."""
        if create or known.data != element.data:
            raise OperationRefused(Errno.EEXIST, part)
        if element.timeout is not None:
            renewed = attrs.evolve(
                known,
                timeout=element.timeout if element.timeout != found.spec.timeout else None,
                expires_at=expiry(element.timeout if element.expires is None else element.expires, self._now),
            )
            if element.catch_all:
                found.catch_all = renewed
            else:
                found.members[element.key] = renewed

    def _delete_elements(self, operation: ops.NftDeleteElements) -> None:
        found = self._set(self._changing(operation), operation.name)
        for number, element in enumerate(operation.elements):
            if element.catch_all:
                known, found.catch_all = found.catch_all, None
            else:
                known = found.members.pop(element.key, None)
            if known is None or not known.lives(self._now):
                raise OperationRefused(Errno.ENOENT, ("element", number))
        found.forget()

    # --- objects ----------------------------------------------------------------------------------------------------

    def _add_object(self, operation: ops.NftAddObject) -> None:
        table = self._changing(operation)
        key = operation.spec.kind, operation.spec.name
        if key in table.objects:
            if operation.create:
                raise OperationRefused(Errno.EEXIST, OBJECT)
            return
        table.objects[key] = NftObject(operation.spec, table.handles.next())

    def _delete_object(self, operation: ops.NftDeleteObject) -> None:
        table = self._changing(operation)
        found = (one for (kind, _), one in table.objects.items() if kind == operation.kind)
        wanted = (one for one in found if operation.name == one.spec.name or operation.handle == one.handle)
        key = next(((one.spec.kind, one.spec.name) for one in wanted), None)
        if key is None:
            raise OperationRefused(Errno.ENOENT, HANDLE if operation.name is None else OBJECT)
        used = any(validate.object_name(statement) == key for statement in statements_of(table))
        if used or any(key[1] == m.data for s in table.sets.values() if s.spec.objects for m in s.members.values()):
            raise OperationRefused(Errno.EBUSY, HANDLE if operation.name is None else OBJECT)
        del table.objects[key]

    # --- flowtables -------------------------------------------------------------------------------------------------

    def _add_flowtable(self, operation: ops.NftAddFlowtable) -> None:
        add(self._changing(operation), operation, self._numbers.hooks)
        self.quiet = True

    def _delete_flowtable(self, operation: ops.NftDeleteFlowtable) -> None:
        delete(self._changing(operation), operation)
        self.quiet = True


# --- checks --------------------------------------------------------------------------------------------------------


def _overlaps(found: NftSet, key: Key) -> bool:
    """Whether an interval overlaps with another one."""
    if not isinstance(key, Interval):
        return False
    return any(
        isinstance(known, Interval) and known.first <= key.last and key.first <= known.last for known in found.members
    )

"""Changing rules: what iptables does before it sends a batch to the kernel, and how the kernel answers.

Follows iptables/nft.c of iptables 1.8.9 and net/netfilter/nf_tables_api.c.  iptables refuses some things itself (exit
status 1 or 2) and sends nothing then; the kernel tries every operation of a batch, reports all that failed (status 4)
and undoes the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar, Final

import attrs

from vnetsim.errors import Errno, NotModelled
from vnetsim.netfilter import operations as ops
from vnetsim.netfilter.errors import BAD_RULE, NO_CHAIN, ArgumentError, KernelRefusalError, NetfilterError
from vnetsim.netfilter.rules import Jump, Rule
from vnetsim.netfilter.tables import BUILTIN, Chain, Constraint, IptEntry, XtTable
from vnetsim.netfilter.verdicts import ACCEPT
from vnetsim.values import define

#: How many jumps may follow each other (NFT_JUMP_STACK_SIZE).
_MAX_JUMPS: Final = 16


class _OperationFailed(Exception):
    """The kernel refuses one operation of the batch; `message` as iptables reports it."""

    def __init__(self, action: str, errno: Errno, what: str) -> None:
        super().__init__(what)
        self.message = f"{action} failed ({errno.strerror}): {what}"


class Transaction:
    """Operations, done and recorded; `commit` gives the tables as they are afterwards, `abort` undoes everything.

    The tables and chains that change get successors, which share the lists of entries with them: a rule more in a chain
    costs the same however long that is.
    """

    def __init__(self, before: Mapping[str, XtTable]) -> None:
        self._before = before
        self._tables = dict(before)
        self._copied: set[str] = set()
        self._failures: list[tuple[int, str]] = []
        self._number = -1
        #: What undoes the changes of lists of entries, the last one first.
        self._undo: list[Callable[[], object]] = []
        #: Chains that this batch made, and names that chains get with its end: until then they have the old one.
        self._made: set[tuple[str, str]] = set()
        self._renamed: dict[tuple[str, str], str] = {}

    def execute(self, operation: ops.IptablesOperation) -> None:
        """NetfilterError of status 1 or 2 at once; what the kernel refuses is kept for `commit`."""
        self._number += 1
        try:
            self._CARRY_OUT[type(operation)](self, operation)
        except _OperationFailed as refusal:
            self._failures.append((self._number, refusal.message))
        except NetfilterError as refused:
            refused.failures = ((self._number, refused.message),)
            raise

    def commit(self) -> dict[str, XtTable] | None:
        """None if nothing has changed; NetfilterError with everything that the kernel refused."""
        if self._failures:
            raise KernelRefusalError(tuple(self._failures))
        for (table, name), new_name in self._renamed.items():
            self._rename(table, name, new_name)
        return self._tables if self._copied else None

    def abort(self) -> None:
        """The lists of entries are again as they were."""
        while self._undo:
            self._undo.pop()()

    def _insert_entry(self, chain: Chain, at: int, entry: IptEntry) -> None:
        self._undo.append(partial(chain.entries.pop, at))
        chain.insert(at, entry)

    def _remove_entry(self, chain: Chain, at: int) -> IptEntry:
        entry = chain.remove(at)
        self._undo.append(partial(chain.entries.insert, at, entry))
        return entry

    # --- successors -------------------------------------------------------------------------------------------------

    def _table(self, name: str) -> XtTable:
        """To be read."""
        return self._tables.get(name) or XtTable.new(name)

    def _changing(self, name: str) -> XtTable:
        """To be changed; it begins to exist."""
        if name not in self._copied or name not in self._tables:
            self._tables[name] = XtTable(name, dict(self._table(name).chains))
            self._copied.add(name)
        return self._tables[name]

    def _chain(self, table: str, name: str) -> Chain:
        """To be changed."""
        chains = self._changing(table).chains
        chains[name] = chains[name].successor()
        return chains[name]

    def _present(self, table: str, name: str) -> Chain | None:
        """To be read, if it is there."""
        chain = self._table(table).chains.get(name)
        return chain if chain is not None and chain.present and table in self._tables else None

    def _require(self, table: str, name: str) -> Chain:
        """To be changed; NetfilterError if it is not there."""
        if self._present(table, name) is None:
            raise NetfilterError(NO_CHAIN)
        return self._chain(table, name)

    def _bring_about(self, table: str, name: str, *, counting: bool = False) -> Chain:
        """To be changed; a built-in chain that is not there yet comes into being."""
        chain = self._table(table).chains.get(name)
        if chain is None:
            raise NetfilterError(NO_CHAIN)
        chain = self._chain(table, name)
        if not chain.present:
            chain.present, chain.counting = True, counting
        return chain

    # --- rules ------------------------------------------------------------------------------------------------------

    def _append(self, operation: ops.AppendRule) -> None:
        self._check_jump(operation.table, operation.rule)
        chain = self._bring_about(operation.table, operation.chain, counting=operation.counting)
        entry = IptEntry(operation.rule, operation.packets, operation.bytes)
        self._put(chain, len(chain.entries), entry, "RULE_APPEND")

    def _insert(self, operation: ops.InsertRule) -> None:
        self._check_jump(operation.table, operation.rule)
        chain = self._bring_about(operation.table, operation.chain, counting=operation.counting)
        if operation.number > len(chain.entries) + 1:
            raise NetfilterError("Index of insertion too big.")
        entry = IptEntry(operation.rule, operation.packets, operation.bytes)
        at_the_end = operation.number > max(1, len(chain.entries))
        self._put(chain, operation.number - 1, entry, "RULE_APPEND" if at_the_end else "RULE_INSERT")

    def _replace(self, operation: ops.ReplaceRule) -> None:
        self._check_jump(operation.table, operation.rule)
        chain = self._require(operation.table, operation.chain)
        if operation.number > len(chain.entries):
            raise NetfilterError("Index of replacement too big.")
        at = operation.number - 1
        replaced = self._remove_entry(chain, at)
        entry = IptEntry(operation.rule, operation.packets, operation.bytes, replaced.handle)
        try:
            self._put(chain, at, entry, "RULE_REPLACE")
        except _OperationFailed:
            self._insert_entry(chain, at, replaced)
            raise

    def _delete(self, operation: ops.DeleteRule) -> None:
        if operation.number is not None:
            chain = self._require(operation.table, operation.chain)
            if operation.number > len(chain.entries):
                raise NetfilterError("Index of deletion too big.")
            self._remove_entry(chain, operation.number - 1)
        else:
            assert operation.rule is not None, "a rule is deleted by its number or by what it says"
            at = self._find(operation.table, operation.chain, operation.rule)
            self._remove_entry(self._chain(operation.table, operation.chain), at)

    def _check(self, operation: ops.CheckRule) -> None:
        self._holder(operation.table, operation.chain, operation.rule)

    def _find(self, table: str, name: str, rule: Rule) -> int:
        return self._holder(table, name, rule).rules.index(rule)

    def _holder(self, table: str, name: str, rule: Rule) -> Chain:
        """The chain, if the rule is there."""
        self._check_jump(table, rule)
        chain = self._present(table, name)
        if chain is None or not chain.has(rule):
            raise NetfilterError(BAD_RULE)
        return chain

    def _check_jump(self, table: str, rule: Rule) -> None:
        if isinstance(rule.target, Jump) and rule.target.chain not in self._table(table).chains:
            raise ArgumentError(f"Chain '{rule.target.chain}' does not exist")

    # --- what the kernel checks -------------------------------------------------------------------------------------

    def _put(self, chain: Chain, at: int, entry: IptEntry, action: str) -> None:
        """Insert, then look at the whole table; what is found wrong there stays, for the batch is lost anyway.

        A rule without constraints makes nothing wrong that was not so before.
        """
        table = self._changing(chain.table)
        errno = _misplaced(table, chain, entry.rule) or self._estimators(entry.rule)
        if errno is None:
            self._insert_entry(chain, at, entry)
            if self._failures or entry.constraints:
                errno = _invalid(table)
        if errno is not None:
            raise _OperationFailed(action, errno, f"rule in chain {chain.name}")

    def _estimators(self, rule: Rule) -> Errno | None:
        """xt_rateest_tg_checkentry, xt_rateest_mt_checkentry: names that a rule makes, with the same parameters."""
        asked = [found for extension in rule.extensions if (found := extension.estimators) is not None]
        if not asked:
            return None
        chains = (chain for table in self._tables.values() for chain in table.chains.values())
        others = (each for chain in chains for entry in chain.entries for each in entry.rule.extensions)
        known = [found for each in others if (found := each.estimators) is not None]
        names = {name for each in known for name in each.names}
        for each in asked:
            if each.made is None and not set(each.names) <= names:
                return Errno.ENOENT
            if any(each.made != one.made for one in known if each.made and one.made and one.names == each.names):
                return Errno.EINVAL
        return None

    # --- chains -----------------------------------------------------------------------------------------------------

    def _new_chain(self, operation: ops.NewChain) -> None:
        table = self._changing(operation.table)
        if operation.chain in table.chains:
            if not operation.replace:
                raise NetfilterError("Chain already exists.")
            self._chain(operation.table, operation.chain).clear()
        else:
            table.chains[operation.chain] = Chain(operation.table, operation.chain)
            self._made.add((operation.table, operation.chain))

    def _delete_chain(self, operation: ops.DeleteChain) -> None:
        if operation.chain is not None:
            chain = self._require(operation.table, operation.chain)
            if chain.policy is None:
                self._delete_own(chain)
            elif chain.is_untouched:
                self._vanish(chain)
            elif chain.entries and chain.policy == ACCEPT:
                raise _OperationFailed("CHAIN_DEL", Errno.EBUSY, f"chain {chain.name}")
            else:
                raise NetfilterError("Directory not empty.")
        elif operation.table in self._tables:
            for chain in list(self._table(operation.table).chains.values()):
                if chain.policy is None:
                    self._delete_own(chain)
                elif chain.is_untouched:
                    self._vanish(chain)

    def _delete_own(self, chain: Chain) -> None:
        table = self._changing(chain.table)
        if chain.entries or table.references(chain.name):
            raise _OperationFailed("CHAIN_DEL", Errno.EBUSY, f"chain {chain.name}")
        del table.chains[chain.name]

    def _vanish(self, chain: Chain) -> None:
        self._changing(chain.table).chains[chain.name] = XtTable.new(chain.table).chains[chain.name]

    def _rename_chain(self, operation: ops.RenameChain) -> None:
        if operation.new_name in self._table(operation.table).chains:
            raise NetfilterError("File exists.")
        self._require(operation.table, operation.chain)
        if (operation.table, operation.chain) in self._made:
            raise _OperationFailed("CHAIN_RENAME", Errno.ENOENT, f"chain {operation.new_name}")
        self._renamed[operation.table, operation.chain] = operation.new_name

    def _rename(self, table_name: str, old: str, new: str) -> None:
        if old not in self._table(table_name).chains:
            return
        if new in self._table(table_name).chains:
            raise NotModelled(f"two chains of the name {new}: a batch that makes one and gives its name to another")
        self._chain(table_name, old)
        table = self._changing(table_name)
        chain = table.chains.pop(old)
        chain.name = new
        table.chains[new] = chain
        for name in list(table.chains):
            if Constraint(None, old) in table.chains[name].constraints():
                self._redirect(self._chain(table_name, name), old, new)

    def _redirect(self, chain: Chain, old: str, new: str) -> None:
        """Rules that lead to `old` lead to `new`."""
        for at, entry in enumerate(chain.entries):
            target = entry.rule.target
            if isinstance(target, Jump) and target.chain == old:
                rule = attrs.evolve(entry.rule, target=Jump(new, target.goto))
                self._remove_entry(chain, at)
                self._insert_entry(chain, at, IptEntry(rule, entry.packets, entry.bytes, entry.handle))

    def _flush(self, operation: ops.Flush) -> None:
        if operation.chain is not None:
            self._bring_about(operation.table, operation.chain).clear()
        elif operation.table in self._before:
            for name, chain in list(self._table(operation.table).chains.items()):
                if chain.present or operation.verbose:
                    self._bring_about(operation.table, name).clear()

    def _zero(self, operation: ops.Zero) -> None:
        if operation.number is not None:
            self._zero_rule(operation.table, operation.chain or "", operation.number)
        elif operation.listed:
            self._zero_listed(operation)
        elif operation.chain is not None:
            _zero_chain(self._require(operation.table, operation.chain))
        elif operation.table in self._tables:
            for name, chain in list(self._table(operation.table).chains.items()):
                if chain.present:
                    _zero_chain(self._chain(operation.table, name))

    def _zero_listed(self, operation: ops.Zero) -> None:
        names = list(self._table(operation.table).chains) if operation.chain is None else [operation.chain]
        if operation.table not in self._tables:
            raise _OperationFailed("CHAIN_ZERO", Errno.ENOENT, f"chain {names[0]}")
        for name in names:
            _zero_chain(self._bring_about(operation.table, name))

    def _zero_rule(self, table: str, name: str, number: int) -> None:
        if self._present(table, name) is None:
            raise NetfilterError(BAD_RULE)
        chain = self._chain(table, name)
        if number <= len(chain.entries):
            zeroed = self._remove_entry(chain, number - 1).zeroed()
            self._insert_entry(chain, number - 1, zeroed)

    def _set_policy(self, operation: ops.SetPolicy) -> None:
        if operation.chain not in BUILTIN[operation.table]:
            raise NetfilterError("Bad built-in chain name.")
        chain = self._bring_about(operation.table, operation.chain)
        if operation.policy is not None:
            chain.policy = operation.policy
            chain.counting, chain.packets, chain.bytes = True, operation.packets, operation.bytes

    def _delete_table(self, operation: ops.DeleteTable) -> None:
        if self._tables.pop(operation.table, None) is not None:
            self._copied.add(operation.table)

    #: Who carries out which operation.
    _CARRY_OUT: ClassVar[dict[type[ops.IptablesOperation], Callable[..., None]]] = {
        ops.AppendRule: _append,
        ops.InsertRule: _insert,
        ops.ReplaceRule: _replace,
        ops.DeleteRule: _delete,
        ops.CheckRule: _check,
        ops.NewChain: _new_chain,
        ops.DeleteChain: _delete_chain,
        ops.RenameChain: _rename_chain,
        ops.Flush: _flush,
        ops.Zero: _zero,
        ops.SetPolicy: _set_policy,
        ops.DeleteTable: _delete_table,
    }


def _zero_chain(chain: Chain) -> None:
    chain.zero()
    if chain.policy is not None:
        chain.counting, chain.packets, chain.bytes = True, 0, 0


def _misplaced(table: XtTable, chain: Chain, rule: Rule) -> Errno | None:
    """What the kernel has against this rule in this chain, whoever leads there."""
    if rule.matches_no_address:
        return Errno.EINVAL
    for extension in rule.extensions:
        if not extension.fits(rule) or (extension.tables is not None and table.name not in extension.tables):
            return Errno.EINVAL
        if not extension.exists:
            return Errno.ENOENT
        if extension.overflows:
            return Errno.ERANGE
        if chain.policy is not None and extension.hooks is not None and chain.name not in extension.hooks:
            return Errno.EINVAL
    if isinstance(rule.target, Jump):
        led_to = table.chains[rule.target.chain]
        if led_to.policy is not None:
            return Errno.EOPNOTSUPP if led_to.present else Errno.ENOENT
    return None


def _invalid(table: XtTable) -> Errno | None:
    """Follow all jumps from the built-in chains (nft_table_validate): loops, and extensions at a wrong hook."""
    for base in table.chains.values():
        if base.hooked and _Validation(table, base.name).visit(base, 0) is not None:
            return _Validation(table, base.name, in_order=True).visit(base, 0)
    return None


@define
class _Validation:
    """What is wrong; `in_order`, the first of that."""

    table: XtTable
    hook: str
    in_order: bool = False
    _seen: set[tuple[str, int]] = attrs.field(init=False, factory=set)

    def visit(self, chain: Chain, jumps: int) -> Errno | None:
        if jumps > _MAX_JUMPS:
            return Errno.EMLINK
        if (chain.name, jumps) in self._seen:
            return None
        self._seen.add((chain.name, jumps))
        for hooks, jump in chain.constraints_in_order() if self.in_order else chain.demands():
            if hooks is not None and self.hook not in hooks:
                return Errno.EINVAL
            if jump is not None and (errno := self.visit(self.table.chains[jump], jumps + 1)) is not None:
                return errno
        return None

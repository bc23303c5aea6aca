"""What the commands of arptables change, as operations on nf_tables (nft.c of iptables 1.8.9)."""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.errors import Errno, NotModelled
from vnetsim.netfilter.errors import ArgumentError, NetfilterError
from vnetsim.netfilter.nft import operations as ops
from vnetsim.netfilter.nft.extack import BatchRefused
from vnetsim.netfilter.nft.stateful import CounterStmt
from vnetsim.netfilter.nft.statement import XtTargetStmt
from vnetsim.netfilter.nft.tables import NftHook, NftRule, NftRuleEntry
from vnetsim.process.network import Network
from vnetsim.programs.arptables.arguments import BUILTIN, ArpCommand
from vnetsim.programs.arptables.chains import KEY, ArpChains
from vnetsim.programs.arptables.rule import ArpRule

_FAMILY, _TABLE = KEY
_NO_CHAIN = "No chain/target/match by that name."
_BAD_RULE = "Bad rule (does a matching rule exist in that chain?)."
_DOING = {"F": "Flushing", "Z": "Zeroing"}
_VERBS = {"A": "RULE_APPEND", "I": "RULE_INSERT", "R": "RULE_REPLACE", "X": "CHAIN_DEL"}


class ArpChange:
    """The change of one command; `lines` are printed with `-v`."""

    def __init__(self, chains: ArpChains, command: ArpCommand) -> None:
        self._chains, self._command = chains, command
        self.lines: list[str] = []

    def carry_out(self, network: Network) -> None:
        """NetfilterError if arptables or the kernel refuses."""
        operations = tuple(self._operations())
        if not operations:
            return
        try:
            network.execute(ops.NftBatch(operations=(*self._missing_table(), *operations)))
        except BatchRefused as refused:
            raise self._refused(refused.errno) from None

    def _operations(self) -> Iterator[ops.NftOperation]:
        kind = self._command.kind
        if kind in "AIRDC":
            for rule in self._command.rules or [ArpRule()]:
                yield from self._of_rule(rule)
        elif kind in "FZX" or self._command.zero:
            yield from self._of_chains("Z" if self._command.zero else kind)
        elif kind in "NEP":
            yield from {"N": self._new, "E": self._rename, "P": self._policy}[kind]()

    def _missing_table(self) -> Iterator[ops.NftOperation]:
        if self._chains.table is None:
            yield ops.NftAddTable(family=_FAMILY, table=_TABLE)

    def _missing_chain(self, name: str, policy: str | None = None) -> Iterator[ops.NftOperation]:
        if name in BUILTIN and (name not in self._chains.chains or policy is not None):
            hook = NftHook(kind="filter", hook=BUILTIN[name], priority=0, policy=policy or "accept")
            yield ops.NftAddChain(family=_FAMILY, table=_TABLE, chain=name, hook=hook, policy=policy)

    def _refused(self, errno: Errno) -> NetfilterError:
        verb, chain = _VERBS[self._command.kind], self._command.chain
        return ArgumentError(f" {verb} failed ({errno.strerror}): rule in chain {chain}", status=4)

    # --- rules ------------------------------------------------------------------------------------------------------

    def _of_rule(self, rule: ArpRule) -> Iterator[ops.NftOperation]:
        kind, chain = self._command.kind, self._command.chain or ""
        jump = rule.jump
        if jump is not None and jump not in self._chains.chains:
            raise ArgumentError(f"Chain '{jump}' does not exist")
        if kind in "AI":
            self._check(rule)
        if "v" in self._command.flags:
            self.lines.append(rule.text(numeric=True, devices=("*", "*")))
        if kind in "AIR" and chain not in self._chains.names:
            raise NetfilterError(_NO_CHAIN)
        yield from self._missing_chain(chain) if kind in "AI" else ()
        yield from {"A": self._append, "I": self._insert, "R": self._replace, "D": self._delete, "C": self._find}[kind](
            chain, rule
        )

    def _check(self, rule: ArpRule) -> None:
        """What the kernel refuses of a target, or in a chain."""
        target, chain = rule.target, self._command.chain
        if any(each.option in "sd" and each.negated and not each.mask for each in rule.conditions):
            raise self._refused(Errno.EINVAL)
        if rule.jump in BUILTIN:
            raise self._refused(Errno.EOPNOTSUPP)
        if isinstance(target, XtTargetStmt):
            wrong = target.name == "mangle" and not target.changes
            if wrong or (target.name == "CLASSIFY" and chain == "INPUT"):
                raise self._refused(Errno.EINVAL)
            if target.name == target.text:
                raise self._refused(Errno.ENOENT)

    def _made(self, rule: ArpRule) -> NftRule:
        return NftRule(rule.statements(CounterStmt(*self._command.counters)))

    def _entries(self, chain: str) -> list[NftRuleEntry]:
        return self._chains.chains[chain].entries if chain in self._chains.chains else []

    def _append(self, chain: str, rule: ArpRule) -> Iterator[ops.NftOperation]:
        yield ops.NftAddRule(family=_FAMILY, table=_TABLE, chain=chain, rule=self._made(rule))

    def _insert(self, chain: str, rule: ArpRule) -> Iterator[ops.NftOperation]:
        entries, at = self._entries(chain), (self._command.number or 1) - 1
        if at > len(entries):
            raise NetfilterError("Index of insertion too big.")
        handle = entries[at].handle if at < len(entries) else None
        yield ops.NftAddRule(
            family=_FAMILY, table=_TABLE, chain=chain, rule=self._made(rule), handle=handle, insert=handle is not None
        )

    def _replace(self, chain: str, rule: ArpRule) -> Iterator[ops.NftOperation]:
        self._check(rule)
        handle = self._at("replacement").handle
        yield ops.NftReplaceRule(family=_FAMILY, table=_TABLE, chain=chain, handle=handle, rule=self._made(rule))

    def _at(self, what: str) -> NftRuleEntry:
        entries, number = self._entries(self._command.chain or ""), self._command.number or 0
        if number > len(entries):
            raise NetfilterError(f"Index of {what} too big.")
        return entries[number - 1]

    def _delete(self, chain: str, rule: ArpRule) -> Iterator[ops.NftOperation]:
        entry = self._at("deletion") if self._command.number is not None else self._same(chain, rule)
        yield ops.NftDeleteRule(family=_FAMILY, table=_TABLE, chain=chain, handle=entry.handle)

    def _find(self, chain: str, rule: ArpRule) -> Iterator[ops.NftOperation]:
        self._same(chain, rule)
        yield from ()

    def _same(self, chain: str, rule: ArpRule) -> NftRuleEntry:
        found = zip(self._entries(chain), self._chains.rules(chain), strict=True)
        for entry, (known, _) in found:
            if known.compared == rule.compared:
                return entry
        raise NetfilterError(_BAD_RULE)

    # --- chains -----------------------------------------------------------------------------------------------------

    def _of_chains(self, kind: str) -> Iterator[ops.NftOperation]:
        name = self._command.chain
        if name is not None and name not in self._chains.names:
            raise NetfilterError(_NO_CHAIN)
        yield from self._missing_chain(name) if name is not None and kind in "FZ" else ()
        for each in [name] if name is not None else self._chains.made:
            if "v" in self._command.flags and kind in _DOING:
                self.lines.append(f"{_DOING[kind]} chain `{each}'")
            if kind == "X":
                yield from self._delete_chain(each, alone=name is not None)
            elif kind == "F" and self._entries(each):
                yield ops.NftDeleteRule(family=_FAMILY, table=_TABLE, chain=each)
            elif kind == "Z":
                yield from self._zero(each)

    def _zero(self, chain: str) -> Iterator[ops.NftOperation]:
        chosen = self._entries(chain)
        number = self._command.number
        for entry in chosen if number is None else chosen[number - 1 : number]:
            rule = NftRule(
                tuple(CounterStmt() if isinstance(each, CounterStmt) else each for each in entry.rule.statements)
            )
            yield ops.NftReplaceRule(family=_FAMILY, table=_TABLE, chain=chain, handle=entry.handle, rule=rule)

    def _delete_chain(self, name: str, *, alone: bool) -> Iterator[ops.NftOperation]:
        chain = self._chains.chains.get(name)
        if chain is None:
            raise NetfilterError(_NO_CHAIN)
        if name in BUILTIN and not alone and (chain.entries or self._chains.policy(name) != "ACCEPT"):
            return
        if name in BUILTIN and self._chains.policy(name) != "ACCEPT":
            raise NetfilterError("Directory not empty.")
        if chain.entries or self._chains.references(name):
            raise self._busy(name)
        if "v" in self._command.flags and name not in BUILTIN:
            self.lines.append(f"Deleting chain `{name}'")
        yield ops.NftDeleteChain(family=_FAMILY, table=_TABLE, chain=name)

    def _busy(self, name: str) -> NetfilterError:
        return ArgumentError(f" CHAIN_DEL failed ({Errno.EBUSY.strerror}): chain {name}", status=4)

    def _new(self) -> Iterator[ops.NftOperation]:
        name = self._command.chain or ""
        if name in self._chains.names:
            raise NetfilterError("Chain already exists.")
        yield ops.NftAddChain(family=_FAMILY, table=_TABLE, chain=name)

    def _rename(self) -> Iterator[ops.NftOperation]:
        old, new = self._command.chain or "", self._command.argument
        if old in BUILTIN:
            raise NotModelled(f"arptables -E {old}")
        if new in self._chains.names:
            raise NetfilterError("File exists.")
        if old not in self._chains.chains:
            raise NetfilterError(_NO_CHAIN)
        yield ops.NftRenameChain(family=_FAMILY, table=_TABLE, chain=old, new_name=new)

    def _policy(self) -> Iterator[ops.NftOperation]:
        name, policy = self._command.chain or "", self._command.argument
        if policy not in ("ACCEPT", "DROP"):
            raise NetfilterError("Bad policy name. Run `dmesg' for more information.")
        if name not in BUILTIN:
            raise NetfilterError("Bad built-in chain name.")
        yield from self._missing_chain(name, policy.lower())

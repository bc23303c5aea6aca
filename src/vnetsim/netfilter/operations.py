"""The operations on a namespace's rules, as values; each prints as the command that a person would type.

They are executed by `Ruleset.apply` (and so by `Network.execute`), which refuses with NetfilterError as iptables does.
Numbers of rules count from 1.
"""

from __future__ import annotations

from collections.abc import Iterable

from vnetsim.netfilter.rules import Rule
from vnetsim.netfilter.verdicts import Verdict
from vnetsim.values import frozen


@frozen(kw_only=True)
class IptablesOperation:
    """Common to all: which `table` of which family (`version` 4 for iptables, 6 for ip6tables)."""

    table: str = "filter"
    version: int = 4

    def arguments(self) -> str:
        """The command line behind the table."""
        raise NotImplementedError

    def command(self) -> str:
        program = "iptables" if self.version == 4 else "ip6tables"
        return _text(program, None if self.table == "filter" else f"-t {self.table}", self.arguments())


class BridgeRuleOperation:
    """Changes of the tables of ebtables (netfilter.ebtables.operations); refused with EbtablesRefusal."""

    __slots__ = ()

    def command(self) -> str:
        raise NotImplementedError


class IpsetOperation:
    """Changes of the sets that rules refer to (netfilter.ipset.operations); refused with IpsetRefusal."""

    __slots__ = ()

    def command(self) -> str:
        raise NotImplementedError


@frozen(kw_only=True)
class _NewRule(IptablesOperation):
    """`packets` and `bytes` are where the rule's counters begin.

    `counting`: a built-in chain that comes into being by this rule counts what falls through it, as iptables 1.8.10
    and later make it (an engine may bring its own iptables); 1.8.9 makes it so that it does not.
    """

    chain: str
    rule: Rule
    packets: int = 0
    bytes: int = 0
    counting: bool = False

    def _rule(self) -> str:
        return _text(self.rule, f"-c {self.packets} {self.bytes}" if self.packets or self.bytes else None)


@frozen(kw_only=True)
class AppendRule(_NewRule):
    def arguments(self) -> str:
        return _text("-A", self.chain, self._rule())


@frozen(kw_only=True)
class InsertRule(_NewRule):
    """Before what is rule `number` now."""

    number: int = 1

    def arguments(self) -> str:
        return _text("-I", self.chain, None if self.number == 1 else self.number, self._rule())


@frozen(kw_only=True)
class ReplaceRule(_NewRule):
    number: int

    def arguments(self) -> str:
        return _text("-R", self.chain, self.number, self._rule())


@frozen(kw_only=True)
class DeleteRule(IptablesOperation):
    """By `number`, or else the first one that equals `rule`."""

    chain: str
    rule: Rule | None = None
    number: int | None = None

    def arguments(self) -> str:
        return _text("-D", self.chain, self.rule if self.number is None else self.number)


@frozen(kw_only=True)
class CheckRule(IptablesOperation):
    """Changes nothing; refused if there is no such rule."""

    chain: str
    rule: Rule

    def arguments(self) -> str:
        return _text("-C", self.chain, self.rule)


@frozen(kw_only=True)
class NewChain(IptablesOperation):
    """With `replace`, a chain of that name is emptied instead of refused, as `:NAME` lines of iptables-restore want."""

    chain: str
    replace: bool = False

    def arguments(self) -> str:
        return _text("-N", self.chain)


@frozen(kw_only=True)
class DeleteChain(IptablesOperation):
    """Without `chain`, all chains of the table that can go."""

    chain: str | None = None

    def arguments(self) -> str:
        return _text("-X", self.chain)


@frozen(kw_only=True)
class RenameChain(IptablesOperation):
    chain: str
    new_name: str

    def arguments(self) -> str:
        return _text("-E", self.chain, self.new_name)


@frozen(kw_only=True)
class Flush(IptablesOperation):
    """Without `chain`, all chains of the table.

    `verbose`: with `-v`, for which iptables goes through the chains one by one and makes the built-in ones that
    are not there.
    """

    chain: str | None = None
    verbose: bool = False

    def arguments(self) -> str:
        return _text("-F", self.chain, "-v" if self.verbose else None)


@frozen(kw_only=True)
class Zero(IptablesOperation):
    """Counters of a rule, of a chain, or of the whole table.

    `listed`: together with a listing, for which iptables makes up the built-in chains that are not there; it then
    wants the kernel to have them.
    """

    chain: str | None = None
    number: int | None = None
    listed: bool = False

    def arguments(self) -> str:
        return _text("-L -Z" if self.listed else "-Z", self.chain, self.number)


@frozen(kw_only=True)
class SetPolicy(IptablesOperation):
    """Of a built-in chain, whose counters then begin at `packets` and `bytes`; without `policy` it is only made."""

    chain: str
    policy: Verdict | None
    packets: int = 0
    bytes: int = 0

    def arguments(self) -> str:
        return _text("-P", self.chain, self.policy)


@frozen(kw_only=True)
class DeleteTable(IptablesOperation):
    """The table is gone with everything in it: how iptables-restore begins, and `nft delete table`."""

    def command(self) -> str:
        return f"nft delete table {'ip' if self.version == 4 else 'ip6'} {self.table}"


@frozen(kw_only=True)
class Batch(IptablesOperation):
    """All of `operations`, or none of them when one is refused."""

    operations: tuple[IptablesOperation, ...]

    def command(self) -> str:
        return "; ".join(operation.command() for operation in self.operations)


@frozen(kw_only=True)
class Deferred(IptablesOperation):
    """Several, one after the other, carried out before rules are used; those that are refused are left out."""

    def operations(self) -> Iterable[IptablesOperation]:
        raise NotImplementedError

    def command(self) -> str:
        return "; ".join(operation.command() for operation in self.operations())


def _text(*parts: object) -> str:
    return " ".join(str(part) for part in parts if part is not None and str(part))

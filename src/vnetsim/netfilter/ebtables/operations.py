"""Changes of the tables of ebtables, as values; each prints as the command that a person would type."""

from __future__ import annotations

from vnetsim.netfilter.ebtables.rules import ACCEPT, EbRule
from vnetsim.netfilter.ebtables.tables import EbTables
from vnetsim.netfilter.operations import BridgeRuleOperation
from vnetsim.values import frozen


@frozen(kw_only=True)
class EbtablesOperation(BridgeRuleOperation):
    """Common to all; refused with EbtablesRefusal."""

    table: str = "filter"

    def carry_out(self, tables: EbTables, /) -> None:
        raise NotImplementedError

    def arguments(self) -> str:
        """The command line behind the table."""
        raise NotImplementedError

    def command(self) -> str:
        return f"ebtables {'' if self.table == 'filter' else f'-t {self.table} '}{self.arguments()}".rstrip()


@frozen(kw_only=True)
class EbInsert(EbtablesOperation):
    """At `place` (from 1), or at the end without one."""

    chain: str
    rule: EbRule
    place: int | None = None

    def carry_out(self, tables: EbTables) -> None:
        tables.insert(self.table, self.chain, self.rule, self.place)

    def arguments(self) -> str:
        where = f"-A {self.chain}" if self.place is None else f"-I {self.chain} {self.place}"
        return f"{where} {self.rule}"


@frozen(kw_only=True)
class EbDelete(EbtablesOperation):
    chain: str
    rule: EbRule

    def carry_out(self, tables: EbTables) -> None:
        tables.delete(self.table, self.chain, self.rule)

    def arguments(self) -> str:
        return f"-D {self.chain} {self.rule}"


@frozen(kw_only=True)
class EbDeleteAt(EbtablesOperation):
    """From `first` to `last`, -1 for the last rule."""

    chain: str
    first: int
    last: int

    def carry_out(self, tables: EbTables) -> None:
        tables.delete_at(self.table, self.chain, self.first, self.last)

    def arguments(self) -> str:
        end = "" if self.last == self.first else ":" if self.last < 0 else f":{self.last}"
        return f"-D {self.chain} {self.first}{end}"


@frozen(kw_only=True)
class EbPolicy(EbtablesOperation):
    chain: str
    policy: str

    def carry_out(self, tables: EbTables) -> None:
        tables.chain(self.table, self.chain).policy = self.policy

    def arguments(self) -> str:
        return f"-P {self.chain} {self.policy}"


@frozen(kw_only=True)
class EbNewChain(EbtablesOperation):
    chain: str
    policy: str = ACCEPT

    def carry_out(self, tables: EbTables) -> None:
        tables.new_chain(self.table, self.chain, self.policy)

    def arguments(self) -> str:
        return f"-N {self.chain} -P {self.policy}"


@frozen(kw_only=True)
class EbDeleteChains(EbtablesOperation):
    chain: str | None = None

    def carry_out(self, tables: EbTables) -> None:
        tables.delete_chains(self.table, self.chain)

    def arguments(self) -> str:
        return f"-X {self.chain or ''}"


@frozen(kw_only=True)
class EbRenameChain(EbtablesOperation):
    chain: str
    new: str

    def carry_out(self, tables: EbTables) -> None:
        tables.rename_chain(self.table, self.chain, self.new)

    def arguments(self) -> str:
        return f"-E {self.chain} {self.new}"


@frozen(kw_only=True)
class EbFlush(EbtablesOperation):
    chain: str | None = None

    def carry_out(self, tables: EbTables) -> None:
        tables.flush(self.table, self.chain)

    def arguments(self) -> str:
        return f"-F {self.chain or ''}"


@frozen(kw_only=True)
class EbZero(EbtablesOperation):
    chain: str | None = None

    def carry_out(self, tables: EbTables) -> None:
        tables.zero(self.table, self.chain)

    def arguments(self) -> str:
        return f"-Z {self.chain or ''}"


@frozen(kw_only=True)
class EbInitialise(EbtablesOperation):
    """`--init-table`."""

    def carry_out(self, tables: EbTables) -> None:
        tables.initialise(self.table)

    def arguments(self) -> str:
        return "--init-table"

"""Operations on nf_tables as values; each prints as the command of nft.

They are executed by `NativeRuleset.apply` (and so by `Network.execute`), one or a whole Batch of them, which refuses
with BatchRefused: then nothing was done.  Names are those of tables, chains, sets and objects.
"""

from __future__ import annotations

from vnetsim.netfilter.nft.expression import Key
from vnetsim.netfilter.nft.set_expr import SetSpec
from vnetsim.netfilter.nft.sets import Data, ObjectSpec
from vnetsim.netfilter.nft.stateful import Stmt
from vnetsim.netfilter.nft.tables import NftHook, NftRule
from vnetsim.values import frozen


@frozen(kw_only=True)
class NftOperation:
    """Common to all."""

    def command(self) -> str:
        raise NotImplementedError


@frozen(kw_only=True)
class NftTableOperation(NftOperation):
    """`family` is ip, ip6 or inet."""

    family: str
    table: str

    @property
    def path(self) -> str:
        return f"{self.family} {self.table}"


@frozen(kw_only=True)
class NftAddTable(NftTableOperation):
    """`create` refuses where it exists."""

    dormant: bool = False
    comment: str | None = None
    create: bool = False

    def command(self) -> str:
        return f"nft {_verb(self.create)} table {self.path}"


@frozen(kw_only=True)
class NftDeleteTable(NftOperation):
    """By name or handle; without either, all of the family, or of all families for None."""

    family: str | None = None
    table: str | None = None
    handle: int | None = None

    def command(self) -> str:
        if self.table is None and self.handle is None:
            return " ".join(filter(None, ("nft flush ruleset", self.family)))
        return f"nft delete table {self.family} {self.table or f'handle {self.handle}'}"


@frozen(kw_only=True)
class NftAddChain(NftTableOperation):
    """With a `hook` it is a base chain; `policy` None leaves that as it is."""

    chain: str
    hook: NftHook | None = None
    policy: str | None = None
    comment: str | None = None
    create: bool = False

    def command(self) -> str:
        text = f"nft {_verb(self.create)} chain {self.path} {self.chain}"
        if self.hook is None:
            return text
        policy = f" policy {self.policy};" if self.policy else ""
        hook = self.hook
        return f"{text} {{ type {hook.kind} hook {hook.hook} priority {hook.priority};{policy} }}"


@frozen(kw_only=True)
class NftDeleteChain(NftTableOperation):
    chain: str | None = None
    handle: int | None = None

    def command(self) -> str:
        return f"nft delete chain {self.path} {self.chain or f'handle {self.handle}'}"


@frozen(kw_only=True)
class NftRenameChain(NftTableOperation):
    chain: str
    new_name: str

    def command(self) -> str:
        return f"nft rename chain {self.path} {self.chain} {self.new_name}"


@frozen(kw_only=True)
class NftAddFlowtable(NftTableOperation):
    """More devices for one that exists."""

    name: str
    hook: str = "ingress"
    priority: int = 0
    devices: tuple[str, ...] = ()
    counter: bool = False
    create: bool = False

    def command(self) -> str:
        block = f"hook {self.hook} priority {self.priority}; devices = {{ {', '.join(self.devices)} }};"
        counter = " counter;" if self.counter else ""
        return f"nft {_verb(self.create)} flowtable {self.path} {self.name} {{ {block}{counter} }}"


@frozen(kw_only=True)
class NftDeleteFlowtable(NftTableOperation):
    """The whole, or `devices` of it."""

    name: str | None = None
    handle: int | None = None
    devices: tuple[str, ...] = ()

    def command(self) -> str:
        devices = f" {{ devices = {{ {', '.join(self.devices)} }}; }}" if self.devices else ""
        return f"nft delete flowtable {self.path} {self.name or f'handle {self.handle}'}{devices}"


@frozen(kw_only=True)
class NftAddRule(NftTableOperation):
    """At the end of the chain, or behind the rule with `handle` or number `index` (from 0).

    `insert` puts it in front instead.
    """

    chain: str
    rule: NftRule
    handle: int | None = None
    index: int | None = None
    insert: bool = False

    def command(self) -> str:
        where = "" if self.handle is None else f" position {self.handle}"
        where = where if self.index is None else f" index {self.index}"
        return f"nft {'insert' if self.insert else 'add'} rule {self.path} {self.chain}{where} ..."


@frozen(kw_only=True)
class NftReplaceRule(NftTableOperation):
    chain: str
    handle: int
    rule: NftRule

    def command(self) -> str:
        return f"nft replace rule {self.path} {self.chain} handle {self.handle} ..."


@frozen(kw_only=True)
class NftDeleteRule(NftTableOperation):
    """One, or without `handle` all of the chain, or of the table for None."""

    chain: str | None = None
    handle: int | None = None

    def command(self) -> str:
        if self.handle is not None:
            return f"nft delete rule {self.path} {self.chain} handle {self.handle}"
        return f"nft flush table {self.path}" if self.chain is None else f"nft flush chain {self.path} {self.chain}"


@frozen(kw_only=True)
class NftAddSet(NftTableOperation):
    """A set or map without its elements."""

    spec: SetSpec
    create: bool = False

    def command(self) -> str:
        return f"nft {_verb(self.create)} {self.spec.kind} {self.path} {self.spec.name} {{ ... }}"


@frozen(kw_only=True)
class NftDeleteSet(NftTableOperation):
    name: str | None = None
    handle: int | None = None

    def command(self) -> str:
        return f"nft delete set {self.path} {self.name or f'handle {self.handle}'}"


@frozen(kw_only=True)
class NewElem:
    """Times in milliseconds."""

    key: Key
    data: Data | None = None
    timeout: int | None = None
    expires: int | None = None
    comment: str | None = None
    statements: tuple[Stmt, ...] = ()
    catch_all: bool = False


@frozen(kw_only=True)
class NftAddElements(NftTableOperation):
    name: str
    elements: tuple[NewElem, ...]
    create: bool = False

    def command(self) -> str:
        return f"nft {_verb(self.create)} element {self.path} {self.name} {{ ... }}"


@frozen(kw_only=True)
class NftDeleteElements(NftTableOperation):
    name: str
    elements: tuple[NewElem, ...]

    def command(self) -> str:
        return f"nft delete element {self.path} {self.name} {{ ... }}"


@frozen(kw_only=True)
class NftFlushSet(NftTableOperation):
    name: str

    def command(self) -> str:
        return f"nft flush set {self.path} {self.name}"


@frozen(kw_only=True)
class NftAddObject(NftTableOperation):
    spec: ObjectSpec
    create: bool = False

    def command(self) -> str:
        return f"nft {_verb(self.create)} {self.spec.kind} {self.path} {self.spec.name}"


@frozen(kw_only=True)
class NftDeleteObject(NftTableOperation):
    kind: str
    name: str | None = None
    handle: int | None = None

    def command(self) -> str:
        return f"nft delete {self.kind} {self.path} {self.name or f'handle {self.handle}'}"


@frozen(kw_only=True)
class NftResetObjects(NftOperation):
    """What objects of a `kind` have counted begins anew; None is all of them."""

    kind: str
    family: str | None = None
    table: str | None = None
    name: str | None = None

    def command(self) -> str:
        text = " ".join(filter(None, (self.family, self.table, self.name)))
        return f"nft reset {self.kind}{'' if self.name else 's'} {text}".rstrip()


@frozen(kw_only=True)
class NftBatch(NftOperation):
    """All of `operations`, or none of them when one is refused; `check`: none of them in any case.

    `by` is the process, which listeners hear of.
    """

    operations: tuple[NftOperation, ...]
    check: bool = False
    by: int = 0
    by_name: str = ""

    def command(self) -> str:
        return "; ".join(operation.command() for operation in self.operations)


def _verb(create: bool) -> str:
    return "create" if create else "add"

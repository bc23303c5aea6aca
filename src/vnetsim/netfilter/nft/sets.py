"""Sets and maps (nft_set_hash.c, nft_set_rbtree.c, nft_set_pipapo.c), named and anonymous, and named objects."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, TypeAlias

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.netfilter.nft.datatype import Basis, Datatype, Value
from vnetsim.netfilter.nft.expression import Interval, Key, VerdictExpr
from vnetsim.netfilter.nft.set_expr import SetSpec
from vnetsim.netfilter.nft.stateful import CounterStmt, LimitStmt, QuotaStmt, Stmt, StmtState
from vnetsim.values import define, frozen

#: The data of a map: a value, several for a concatenation, a verdict, the name of an object.
Data: TypeAlias = "Key | VerdictExpr"

#: Flags of sets in the order in which they are printed.
FLAGS: Final = ("constant", "dynamic", "interval", "timeout")

#: The size of a set without one that packets fill.
_USUAL_SIZE: Final = 0xFFFF


@define(eq=False)
class SetElem:
    """An element: `expires_at` in nanoseconds (None: never), `timeout` in milliseconds if it has one of its own."""

    key: Key
    data: Data | None = None
    timeout: int | None = None
    expires_at: int | None = None
    comment: str | None = None
    statements: tuple[Stmt, ...] = ()
    states: tuple[StmtState | None, ...] = ()
    catch_all: bool = False

    def lives(self, now: int) -> bool:
        return self.expires_at is None or now < self.expires_at


@define(eq=False)
class NftSet:
    """Members in the order in which they came; only ever changed in a copy, or by packets (`SetUpdate`)."""

    spec: SetSpec
    handle: int = 0
    members: dict[Key, SetElem] = attrs.field(factory=dict)
    catch_all: SetElem | None = None
    _sorted: list[SetElem] | None = attrs.field(init=False, default=None)
    _firsts: list[int] = attrs.field(init=False, factory=list)

    def copy(self) -> NftSet:
        return NftSet(self.spec, self.handle, dict(self.members), self.catch_all)

    def limit(self) -> None:
        """A set that packets fill has a size (nft_dynset_init)."""
        if not self.spec.size:
            self.spec = attrs.evolve(self.spec, size=_USUAL_SIZE)

    def forget(self) -> None:
        """Members have changed: the sorted index is stale."""
        self._sorted = None

    # --- looking up -------------------------------------------------------------------------------------------------

    def find(self, value: Key, now: int) -> SetElem | None:
        """The member for the value of a packet, or for one value for each part of a concatenation."""
        found = self._find(value)
        if found is not None and found.lives(now):
            return found
        return self.catch_all

    def _find(self, value: Key) -> SetElem | None:
        if not self.spec.intervals:
            return self.members.get(value)
        if isinstance(value, tuple):
            return next((m for m in self.members.values() if _covers(m.key, value)), None)
        number = string_number(value) if isinstance(value, str) else value
        return self._in_order(number) if isinstance(number, int) else None

    def _in_order(self, number: int) -> SetElem | None:
        if self._sorted is None:
            self._sorted = sorted(self.members.values(), key=lambda member: _ends(member.key).first)
            self._firsts = [_ends(member.key).first for member in self._sorted]
        at = bisect_right(self._firsts, number) - 1
        return self._sorted[at] if at >= 0 and number <= _ends(self._sorted[at].key).last else None

    # --- printing ---------------------------------------------------------------------------------------------------

    def listed(self, now: int) -> list[SetElem]:
        """In the order in which nft prints them."""
        members = [member for member in self.members.values() if member.lives(now)]
        if not (self.spec.intervals and len(self.spec.key) > 1):
            ranked = _merge_sorted([(self._rank(member), member) for member in members])
            members = [member for _, member in ranked]
        return [*members, *([self.catch_all] if self.catch_all is not None and self.catch_all.lives(now) else [])]

    def _rank(self, member: SetElem) -> int:
        if self.spec.intervals:
            return _ends(member.key).first
        if isinstance(member.key, tuple):
            return self._rank_concatenated(member.key)
        if isinstance(member.key, str):
            return int.from_bytes(member.key.encode(), "little")
        number = _number(member.key)
        # Of several flags the lowest one counts.
        return number & -number if self.spec.key[0].is_flags else number

    def _rank_concatenated(self, key: tuple[Value | Interval, ...]) -> int:
        """By what lies in memory, read as one little-endian number (concat_expr_msort_value)."""
        memory = b""
        for part, datatype, bits in zip(key, self.spec.key, self.spec.bits, strict=True):
            size = (bits + 7) // 8
            if isinstance(part, str):
                memory += part.encode().ljust(size, b"\0")
            else:
                memory += _number(part).to_bytes(size, "little" if datatype.host_order else "big")
        return int.from_bytes(memory, "little")


def _merge_sorted(ranked: list[tuple[int, SetElem]]) -> list[tuple[int, SetElem]]:
    """nft's merge sort (src/mergesort.c), which puts equals of the second half first."""
    if len(ranked) < 2:
        return ranked
    middle = (len(ranked) + 1) // 2
    first, second = _merge_sorted(ranked[:middle]), _merge_sorted(ranked[middle:])
    merged: list[tuple[int, SetElem]] = []
    while first:
        if not second or first[0][0] < second[0][0]:
            merged.append(first.pop(0))
        else:
            merged.append(second.pop(0))
    return merged + second


def _number(part: Key) -> int:
    assert isinstance(part, int), "a point, where there are no intervals"
    return part


def _ends(key: Key) -> Interval:
    assert isinstance(key, Interval), "a set of intervals"
    return key


def _covers(key: Key, value: tuple[Value | Interval, ...]) -> bool:
    assert isinstance(key, tuple)
    return all(_fits(part, found) for part, found in zip(key, value, strict=True))


def _fits(part: Value | Interval, found: Value | Interval) -> bool:
    if not isinstance(part, Interval):
        return part == found
    number = string_number(found) if isinstance(found, str) else found
    return isinstance(number, int) and part.first <= number <= part.last


#: Bytes of a device's name in the kernel.
_NAME_SIZE: Final = 16


def string_number(text: str) -> int:
    """A string as the number that intervals of strings are made of."""
    return int.from_bytes(text.encode().ljust(_NAME_SIZE, b"\0"), "big")


def string_interval(text: str, *, wildcard: bool) -> Interval:
    """A name, or all that begin so."""
    first = string_number(text)
    return Interval(first, first | (1 << 8 * (_NAME_SIZE - len(text))) - 1 if wildcard else first)


def string_of(number: int) -> str:
    return number.to_bytes(_NAME_SIZE, "big").rstrip(b"\0").decode()


def is_string(datatype: Datatype) -> bool:
    return datatype.basis is Basis.STRING


def expiry(milliseconds: int | None, now: int) -> int | None:
    return None if milliseconds is None else now + milliseconds * MILLISECOND


# --- named objects -------------------------------------------------------------------------------------------------

#: Kinds of objects, and the statement of one that is declared without any.
EMPTY_OBJECTS: Final[dict[str, CounterStmt | QuotaStmt | LimitStmt]] = {
    "counter": CounterStmt(),
    "quota": QuotaStmt(0),
    "limit": LimitStmt(0, 1),
}
OBJECT_KINDS: Final = tuple(EMPTY_OBJECTS)


@frozen(kw_only=True)
class ObjectSpec:
    """`kind` is counter, quota or limit; `statement` the same as an unnamed statement."""

    kind: str
    name: str
    statement: CounterStmt | QuotaStmt | LimitStmt
    comment: str | None = None


@define(eq=False)
class NftObject:
    spec: ObjectSpec
    handle: int = 0
    state: StmtState = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        state = self.spec.statement.begin()
        assert state is not None
        self.state = state

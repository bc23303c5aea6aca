"""What an expression means, once its type is known: between what was read (syntax) and what the kernel keeps.

`constant` and `single` say whether the value is known and whether it is one value (EXPR_F_CONSTANT, EXPR_F_SINGLETON).
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from vnetsim.netfilter.nft.datatypes import Basis, Datatype, Value
from vnetsim.netfilter.nft.expressions import Node
from vnetsim.netfilter.nft.headers import Field, Header
from vnetsim.netfilter.nft.sets import SetSpec
from vnetsim.netfilter.nft.statements import Statement
from vnetsim.programs.nft.source import Location


@attrs.frozen(kw_only=True)
class Meaning:
    """Common to all; `bits` is 0 where nobody knows."""

    location: Location
    datatype: Datatype
    bits: int = 0

    @property
    def constant(self) -> bool:
        return False

    @property
    def single(self) -> bool:
        return False

    @property
    def word(self) -> str:
        """What complaints call it."""
        raise NotImplementedError

    @property
    def is_string(self) -> bool:
        return self.datatype.basis is Basis.STRING


class Constant(Meaning):
    """Of one value or several."""

    @property
    def constant(self) -> bool:
        return True


@attrs.frozen(kw_only=True)
class Known(Constant):
    value: Value

    @property
    def single(self) -> bool:
        return True

    @property
    def word(self) -> str:
        return "value"


@attrs.frozen(kw_only=True)
class KnownPrefix(Constant):
    """All values that begin with the first `length` bits of `value`; of a string, all that begin with it."""

    value: Value
    length: int

    @property
    def word(self) -> str:
        return "prefix"


@attrs.frozen(kw_only=True)
class KnownRange(Constant):
    first: int
    last: int

    @property
    def word(self) -> str:
        return "range"


@attrs.frozen(kw_only=True)
class Star(Constant):
    """`*`"""

    @property
    def word(self) -> str:
        return "catch-all set element"


@attrs.frozen(kw_only=True)
class Decided(Constant):
    """A verdict."""

    kind: str
    chain: str = ""

    @property
    def single(self) -> bool:
        return True

    @property
    def word(self) -> str:
        return "verdict"


@attrs.frozen(kw_only=True)
class Looked(Meaning):
    """Something that each packet has; of a field of a header it is known which one (`header` None: it is raw)."""

    node: Node
    header: Header | None = None
    field: Field | None = None
    protocol: bool = False

    @property
    def word(self) -> str:
        return "expression"


@attrs.frozen(kw_only=True)
class Operated(Meaning):
    """`left operator right`, with a number on the right."""

    operator: str
    left: Meaning
    right: int

    @property
    def word(self) -> str:
        return "binop"


@attrs.frozen(kw_only=True)
class Joined(Meaning):
    """`a . b`"""

    parts: tuple[Meaning, ...]

    @property
    def constant(self) -> bool:
        return all(part.constant for part in self.parts)

    @property
    def single(self) -> bool:
        return all(part.single for part in self.parts)

    @property
    def word(self) -> str:
        return "concat"


@attrs.frozen(kw_only=True)
class Item(Meaning):
    """An element of a set."""

    key: Meaning
    statements: tuple[Statement, ...] = ()
    timeout: int | None = None
    expires: int | None = None
    comment: str | None = None

    @property
    def constant(self) -> bool:
        return self.key.constant

    @property
    def single(self) -> bool:
        return self.key.single

    @property
    def word(self) -> str:
        return "set element"


@attrs.frozen(kw_only=True)
class Pair(Constant):
    """An element of a map."""

    left: Item
    right: Meaning

    @property
    def single(self) -> bool:
        return self.left.single

    @property
    def word(self) -> str:
        return "mapping"


@attrs.frozen(kw_only=True)
class Several(Constant):
    """`{ ... }`; `intervals`: some element stands for more than one value."""

    elements: tuple[Item | Pair, ...]
    intervals: bool = False

    @property
    def word(self) -> str:
        return "set"


@attrs.frozen(kw_only=True)
class Referred(Constant):
    """A set or map: one with a name, or one that was made for a `{ ... }`."""

    spec: SetSpec

    @property
    def word(self) -> str:
        return "set reference"


@attrs.frozen(kw_only=True)
class Mapped(Constant):
    """`key map mappings`"""

    key: Meaning
    spec: SetSpec

    @property
    def word(self) -> str:
        return "map"


def shapes(key: Meaning) -> tuple[tuple[Datatype, ...], tuple[int, ...]]:
    """Types and sizes of a key, one for each part of a concatenation."""
    parts: Sequence[Meaning] = key.parts if isinstance(key, Joined) else (key,)
    return tuple(part.datatype for part in parts), tuple(part.bits for part in parts)
